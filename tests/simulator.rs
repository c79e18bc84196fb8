//! The simulator answers as the recorded server did: every exchange of the fixtures is replayed in
//! the order of the recording and compared. Knows nothing of the provider.

#[path = "simulator/script.rs"]
mod script;

use std::{
    collections::{BTreeMap, BTreeSet},
    mem::discriminant,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use pbs_sim::Simulator;
use reqwest::{
    Client, Method,
    header::{AUTHORIZATION, COOKIE, HeaderMap},
};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use serde::Deserialize;
use serde_json::Value;

use script::{LEFT_OUT, PASSWORDS, ROOT_TOKEN_SECRET, SCRIPT, Step};

#[derive(Deserialize)]
struct Exchange {
    case: String,
    method: String,
    path: String,
    request_headers: BTreeMap<String, String>,
    request_body: Option<String>,
    status: u16,
    ms: u64,
    response_headers: BTreeMap<String, String>,
    response_body: String,
}

fn exchanges() -> Vec<Exchange> {
    serde_json::from_str(include_str!("fixtures/pbs-4.2.3/exchanges.json"))
        .expect("the fixture has the form of exchanges")
}

#[test]
fn every_exchange_is_in_the_script_once() {
    let recorded: BTreeSet<String> = exchanges().into_iter().map(|e| e.case).collect();
    let mut scripted = BTreeSet::new();
    for step in SCRIPT {
        let Step::Replay(folder, names) = step else { continue };
        for name in names.split_whitespace() {
            assert!(scripted.insert(format!("{folder}/{name}")), "twice: {folder}/{name}");
        }
    }
    assert_eq!(recorded, scripted);
    for (case, reason) in LEFT_OUT {
        assert!(recorded.contains(case), "{case} is left out ({reason}) but was not recorded");
    }
}

#[tokio::test]
async fn the_simulator_answers_as_the_recorded_server() {
    let recorded: BTreeMap<String, Exchange> =
        exchanges().into_iter().map(|exchange| (exchange.case.clone(), exchange)).collect();
    let mut replay = Replay::new();
    let mut differences = Vec::new();
    for step in SCRIPT {
        match step {
            Step::Meanwhile(change) => replay.sim.world(change),
            Step::Clock(seconds) => {
                replay.sim.set_time(SystemTime::UNIX_EPOCH + Duration::from_secs(*seconds));
            }
            Step::Pass(seconds) => replay.sim.advance(Duration::from_secs(*seconds)),
            Step::AclDigest(digest) => replay.learn_acl_digest(digest).await,
            Step::Replay(folder, names) => {
                for name in names.split_whitespace() {
                    let exchange = &recorded[&format!("{folder}/{name}")];
                    let found = replay.compare(exchange).await;
                    let left_out = LEFT_OUT.iter().any(|(case, _)| *case == exchange.case);
                    match found {
                        Err(difference) if !left_out => {
                            differences.push(format!("{}: {difference}", exchange.case));
                        }
                        Ok(()) if left_out => {
                            differences.push(format!("{} is left out but passes", exchange.case));
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    let count = differences.len();
    assert!(differences.is_empty(), "{count} differ:\n\n{}", differences.join("\n\n"));
}

/// A replay under way, and how its secrets, digests and tickets correspond to the recorded ones.
struct Replay {
    sim: Simulator,
    client: Client,
    secrets: BTreeMap<String, String>,
    digests: BTreeMap<String, String>,
    /// Ticket and CSRF token by user and time of the ticket.
    logins: BTreeMap<(String, String), (String, String)>,
}

impl Replay {
    fn new() -> Self {
        let sim = Simulator::start(script::settings());
        let client = client(&sim);
        Self {
            sim,
            client,
            secrets: BTreeMap::new(),
            digests: BTreeMap::new(),
            logins: BTreeMap::new(),
        }
    }

    async fn compare(&mut self, exchange: &Exchange) -> Result<(), String> {
        let (response, took) = self.send(exchange).await;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let bytes = response.bytes().await.map_err(|error| error.to_string())?;
        let body = String::from_utf8_lossy(&bytes);
        if status != exchange.status {
            return Err(format!("status {status} instead of {}: {body}", exchange.status));
        }
        for name in ["content-type", "content-encoding"] {
            let wanted = exchange.response_headers.get(name).map(String::as_str);
            if header(&headers, name) != wanted {
                return Err(format!("{name} {:?} instead of {wanted:?}", header(&headers, name)));
            }
        }
        if let Some(wanted) = exchange.response_headers.get("set-cookie") {
            let cookie = header(&headers, "set-cookie").unwrap_or_default();
            if without_signature(cookie) != without_signature(wanted) {
                return Err(format!("set-cookie {cookie:?} instead of {wanted:?}"));
            }
        }
        let scale = script::settings().delays;
        for penalty in [Duration::from_secs(3), Duration::from_millis(500)] {
            let recorded = Duration::from_millis(exchange.ms);
            if recorded >= penalty && took < penalty.mul_f64(scale) {
                return Err(format!("answered after {took:?}, too early"));
            }
        }
        // Some recordings carry the access control list that was there afterwards.
        let (wanted, acl) = match exchange.response_body.split_once("\n\n# acl.cfg afterwards:\n") {
            Some((body, acl)) => (body, Some(acl)),
            None => (exchange.response_body.as_str(), None),
        };
        self.same_body(wanted, &body)?;
        if let Some(acl) = acl {
            let wanted: Vec<&str> = acl
                .lines()
                .map(|line| line.trim_start_matches('#').trim())
                .filter(|line| !line.is_empty())
                .collect();
            let found = self.sim.world(|world| world.acl_cfg());
            if found.lines().collect::<Vec<_>>() != wanted {
                return Err(format!("acl.cfg afterwards is\n{found}instead of\n{acl}"));
            }
        }
        Ok(())
    }

    async fn send(&mut self, exchange: &Exchange) -> (reqwest::Response, Duration) {
        let method = Method::from_bytes(exchange.method.as_bytes()).expect("a method");
        let path = self.translate(&exchange.path);
        let mut request = self.client.request(method, format!("{}{path}", self.sim.endpoint()));
        if let Some(value) = exchange.request_headers.get("authorization") {
            request = request.header(AUTHORIZATION, self.translate(value));
        }
        if let Some(cookie) = exchange.request_headers.get("cookie") {
            let (cookie, csrf) = self.login(cookie).await;
            request = request.header(COOKIE, cookie);
            if let Some(recorded) = exchange.request_headers.get("csrfpreventiontoken") {
                let known = recorded.ends_with("<csrf>");
                request =
                    request.header("csrfpreventiontoken", if known { &csrf } else { recorded });
            }
        }
        if let Some(kind) = exchange.request_headers.get("content-type") {
            request = request.header("content-type", kind);
        }
        if let Some(kind) = exchange.request_headers.get("accept-encoding") {
            request = request.header("accept-encoding", kind);
        }
        if let Some(body) = &exchange.request_body {
            request = request.body(self.translate(body));
        }
        let start = Instant::now();
        let response = request.send().await.expect("the simulator answers");
        (response, start.elapsed())
    }

    /// A recorded text with the secrets, digests and sizes of this replay.
    fn translate(&self, text: &str) -> String {
        let mut text = text
            .replace("<root-token-secret>", ROOT_TOKEN_SECRET)
            .replace("<password>", PASSWORDS[0].1);
        for (recorded, current) in self.secrets.iter().chain(&self.digests) {
            text = text.replace(recorded, current);
        }
        // A ticket as the password.
        if let Some((start, ticket)) = text.split_once("password=PBS%3A") {
            let parts: Vec<&str> = ticket.split("%3A").collect();
            let key = (parts[0].replace("%40", "@"), parts[1].to_string());
            text = format!("{start}password={}", escaped(&self.logins[&key].0));
        }
        // A body that the recording abbreviates: `xxx... [614441 bytes]`.
        if let Some((start, size)) =
            text.strip_suffix(" bytes]").and_then(|t| t.split_once("... ["))
        {
            let size: usize = size.parse().expect("a number of bytes");
            text = format!("{start}{}", "x".repeat(size - start.len()));
        }
        text
    }

    /// A recorded cookie with a ticket of this replay, and its CSRF token. A login that the
    /// recording has not is made first.
    async fn login(&mut self, cookie: &str) -> (String, String) {
        let Some(start) = cookie.strip_suffix("<signature>") else {
            return (cookie.into(), String::new());
        };
        let plain = start.replace("%3A", ":").replace("%40", "@");
        let parts: Vec<&str> = plain.split(':').collect();
        let key = (parts[1].to_string(), parts[2].to_string());
        if !self.logins.contains_key(&key) {
            let (userid, password) =
                PASSWORDS.iter().find(|(userid, _)| *userid == key.0).expect("a password");
            let url = format!("{}/api2/json/access/ticket", self.sim.endpoint());
            let form = [("username", userid), ("password", password)];
            let answer = self.client.post(url).form(&form).send().await.expect("an answer");
            let answer: Value = answer.json().await.expect("a login");
            self.remember_login(&answer["data"]);
        }
        let (ticket, csrf) =
            self.logins.get(&key).unwrap_or_else(|| panic!("the clock is wrong for {key:?}"));
        let signature = ticket.split_once("::").expect("a signature").1;
        let signature = if start.contains("%3A") { escaped(signature) } else { signature.into() };
        (format!("{start}{signature}"), csrf.clone())
    }

    fn remember_login(&mut self, data: &Value) {
        let text = |name: &str| data[name].as_str().unwrap_or_default().to_string();
        let ticket = text("ticket");
        let parts: Vec<&str> = ticket.split(':').collect();
        if let ["PBS", userid, made, ..] = parts.as_slice() {
            let key = (userid.to_string(), made.to_string());
            self.logins.insert(key, (ticket.clone(), text("CSRFPreventionToken")));
        }
    }

    async fn learn_acl_digest(&mut self, recorded: &str) {
        let url = format!("{}/api2/json/access/acl", self.sim.endpoint());
        let token = format!("PBSAPIToken={}", self.sim.admin_token());
        let answer = self.client.get(url).header(AUTHORIZATION, token).send().await;
        let answer: Value = answer.expect("an answer").json().await.expect("JSON");
        let digest = answer["digest"].as_str().expect("a digest");
        self.digests.insert(recorded.into(), digest.into());
    }

    fn same_body(&mut self, wanted: &str, found: &str) -> Result<(), String> {
        let parsed = (serde_json::from_str(wanted), serde_json::from_str(found));
        let same = match parsed {
            (Ok(wanted), Ok(found)) => {
                let found: Value = found;
                self.remember_login(&found["data"]);
                self.same_value("", &wanted, &found)?;
                true
            }
            _ => wanted == found,
        };
        if same { Ok(()) } else { Err(format!("body\n{found:?}\ninstead of\n{wanted:?}")) }
    }

    /// The same up to what must differ; lists are compared as sets.
    fn same_value(&mut self, name: &str, wanted: &Value, found: &Value) -> Result<(), String> {
        let differs = || Err(format!("{name:?} is\n{found}\ninstead of\n{wanted}"));
        match (wanted, found) {
            _ if OF_THE_MACHINE.contains(&name) => {
                match discriminant(wanted) == discriminant(found) {
                    true => Ok(()),
                    false => differs(),
                }
            }
            (Value::Object(wanted), Value::Object(found)) => {
                if !wanted.keys().eq(found.keys()) {
                    return differs();
                }
                wanted
                    .iter()
                    .zip(found.values())
                    .try_for_each(|((name, wanted), found)| self.same_value(name, wanted, found))
            }
            (Value::Array(wanted), Value::Array(found)) => {
                if wanted.len() != found.len() {
                    return differs();
                }
                let (wanted, found) = (in_order(wanted), in_order(found));
                wanted
                    .iter()
                    .zip(found)
                    .try_for_each(|(wanted, found)| self.same_value(name, wanted, found))
            }
            (Value::String(wanted), Value::String(found)) => match name {
                "value" | "secret" => self.same_secret(wanted, found),
                "digest" => self.same_digest(wanted, found),
                "ticket" | "CSRFPreventionToken" => {
                    let found = without_signature(found);
                    if found == without_signature(wanted) { Ok(()) } else { differs() }
                }
                _ if wanted == found => Ok(()),
                _ => differs(),
            },
            _ if wanted == found => Ok(()),
            _ => differs(),
        }
    }

    fn same_secret(&mut self, wanted: &str, found: &str) -> Result<(), String> {
        let form = |text: &str| -> String {
            let hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
            text.chars().map(|c| if hex(c) { 'x' } else { c }).collect()
        };
        if form(found) != form(wanted) || found.as_bytes()[14] != b'4' {
            return Err("the secret is no UUID of version 4".into());
        }
        self.secrets.insert(wanted.into(), found.into());
        Ok(())
    }

    /// Where the recorded digest was the same as before, so is this one; where it was another, it
    /// is another.
    fn same_digest(&mut self, wanted: &str, found: &str) -> Result<(), String> {
        let known = self.digests.entry(wanted.into()).or_insert_with(|| found.into());
        if known != found {
            return Err(format!("the digest changed where {wanted} did not"));
        }
        let twin = self.digests.iter().find(|(other, digest)| *other != wanted && *digest == found);
        match twin {
            Some((other, _)) => Err(format!("the digest did not change from {other} to {wanted}")),
            None => Ok(()),
        }
    }
}

/// Fields that tell of the machine and its certificate, not of PBS: only their kind is compared.
const OF_THE_MACHINE: [&str; 13] = [
    "current-kernel",
    "fingerprint",
    "history",
    "history-start",
    "issuer",
    "kversion",
    "notafter",
    "notbefore",
    "pem",
    "public-key-bits",
    "public-key-type",
    "san",
    "subject",
];

/// Sorted by what identifies an item, so that what must differ does not matter.
fn in_order(items: &[Value]) -> Vec<&Value> {
    let mut items: Vec<&Value> = items.iter().collect();
    items.sort_by_cached_key(|item| item.to_string());
    items
}

fn without_signature(text: &str) -> String {
    match text.split_once("::") {
        // A cookie has attributes behind the ticket.
        Some((start, rest)) => format!("{start}{}", rest.find(';').map_or("", |at| &rest[at..])),
        None if text.contains(':') && !text.contains(';') => {
            text.split_once(':').map_or(text, |(made, _)| made).into()
        }
        None => text.into(),
    }
}

fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).into() } else { format!("%{byte:02X}") })
        .collect()
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().expect("an ASCII header"))
}

fn client(sim: &Simulator) -> Client {
    let mut roots = rustls::RootCertStore::empty();
    let certificate =
        CertificateDer::from_pem_slice(sim.ca_pem().as_bytes()).expect("a PEM certificate");
    roots.add(certificate).expect("a certificate");
    let config = rustls::ClientConfig::builder_with_provider(Arc::new(
        rustls::crypto::ring::default_provider(),
    ))
    .with_safe_default_protocol_versions()
    .expect("ring offers TLS")
    .with_root_certificates(roots)
    .with_no_client_auth();
    Client::builder()
        .tls_backend_preconfigured(config)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client")
}
