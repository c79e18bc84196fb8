//! Sends recorded requests to a server. Replaces the placeholders and the recorded secrets, digests
//! and tickets by the actual values of this server.

use std::time::{Duration, Instant};

use reqwest::{Client, Method, RequestBuilder, Response, header::AUTHORIZATION, redirect::Policy};
use serde_json::Value;

use super::{
    exchange::{Answer, Exchange, Headers, RECORDED_HEADERS},
    script::{PASSWORDS, ROOT_TOKEN},
    substitutions::{Login, Substitutions},
};
use crate::{cli::Result, pinned_tls};

/// The actual values of the placeholders `<root-token-secret>` and `<password>`.
pub struct Credentials {
    /// The secret of [`ROOT_TOKEN`].
    pub root_secret: String,
    /// The password of all users for which the fixture contains `<password>`. The password must not
    /// contain characters that are escaped in a URL.
    pub password: String,
}

impl Credentials {
    /// The password of a user of the script.
    ///
    /// # Errors
    /// The script has no password for the user.
    pub fn password_of(&self, userid: &str) -> Result<&str> {
        let account = PASSWORDS.iter().find(|(known, _)| *known == userid);
        let (_, password) =
            account.ok_or_else(|| format!("{userid} is missing from PASSWORDS in the script"))?;
        Ok(password.unwrap_or(&self.password))
    }
}

/// Sends the requests of the script to a server.
pub struct Sender {
    client: Client,
    endpoint: String,
    /// The values of the placeholders.
    pub credentials: Credentials,
    /// The actual values that replace recorded values in requests.
    pub substitutions: Substitutions,
    /// The time that recorded tickets contain, in seconds since 1970.
    time: u64,
}

impl Sender {
    /// Prepares the connection, but sends nothing yet.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn new(endpoint: &str, fingerprint: &str, credentials: Credentials) -> Result<Self> {
        let client = Client::builder()
            .tls_backend_preconfigured(pinned_tls::client_config(fingerprint)?)
            .no_proxy()
            .redirect(Policy::none())
            .build()?;
        Ok(Self {
            client,
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            credentials,
            substitutions: Substitutions::default(),
            time: 0,
        })
    }

    /// The time that recorded tickets contain in place of their actual time, in seconds since 1970.
    /// The script sets this time to the time in the previous recording (`Step::Clock`).
    pub fn time(&self) -> u64 {
        self.time
    }

    /// Sets the time that recorded tickets contain.
    pub fn set_time(&mut self, seconds: u64) {
        self.time = seconds;
    }

    /// Sends the request of the exchange.
    ///
    /// # Errors
    /// The request is malformed, or the server does not answer.
    pub async fn send(&mut self, exchange: &Exchange) -> Result<Answer> {
        let mut request = self.request(&exchange.method, &self.to_actual(&exchange.path)?)?;
        let login = match exchange.request_headers.get("cookie") {
            Some(cookie) => Some(self.login_of(cookie).await?),
            None => None,
        };
        for (name, value) in &exchange.request_headers.0 {
            let value = match (name.as_str(), &login) {
                ("cookie", Some((cookie, _))) => cookie.clone(),
                ("csrfpreventiontoken", Some((_, Some(login)))) if value.ends_with("<csrf>") => {
                    login.csrf.clone()
                }
                _ => self.to_actual(value)?,
            };
            request = request.header(name, value);
        }
        if let Some(body) = &exchange.request_body {
            request = request.body(self.to_actual(body)?);
        }
        let start = Instant::now();
        let response = request.send().await.map_err(|error| with_causes(&error))?;
        let answer = answer(response, start.elapsed()).await?;
        self.remember_login(answer.body());
        Ok(answer)
    }

    /// Sends a request that does not become part of the recording, as [`ROOT_TOKEN`]. Returns the
    /// fields `data` and `digest` of the answer.
    ///
    /// # Errors
    /// The server does not answer, or refuses the request.
    pub async fn api(
        &self,
        method: &str,
        path: &str,
        form: &[(&str, &str)],
    ) -> Result<(Value, Option<String>)> {
        let secret = &self.credentials.root_secret;
        let mut request = self
            .request(method, &format!("/api2/json{path}"))?
            .header(AUTHORIZATION, format!("PBSAPIToken={ROOT_TOKEN}:{secret}"));
        if !form.is_empty() {
            request = request.form(form);
        }
        let response = request.send().await.map_err(|error| with_causes(&error))?;
        let (status, body) = (response.status(), response.text().await?);
        if !status.is_success() {
            return Err(format!("{method} {path}: {status}: {}", body.trim()).into());
        }
        let mut body: Value = serde_json::from_str(&body)?;
        Ok((body["data"].take(), body["digest"].as_str().map(str::to_owned)))
    }

    /// Reads the digest of the current access control list, and remembers it as the actual value of
    /// the digest `recorded`.
    ///
    /// # Errors
    /// The errors of [`Sender::api`], or the answer has no digest.
    pub async fn learn_acl_digest(&mut self, recorded: &str) -> Result<()> {
        let (_, digest) = self.api("GET", "/access/acl", &[]).await?;
        let digest = digest.ok_or("GET /access/acl: the answer has no digest")?;
        self.substitutions.digests.insert(recorded.to_owned(), digest);
        Ok(())
    }

    fn request(&self, method: &str, path: &str) -> Result<RequestBuilder> {
        let method = Method::from_bytes(method.as_bytes())?;
        Ok(self.client.request(method, format!("{}{path}", self.endpoint)))
    }

    /// The text to send: the recorded text with the actual values in place of the placeholders, the
    /// recorded values and the abbreviation of a long body.
    fn to_actual(&self, text: &str) -> Result<String> {
        let text = text
            .replace("<root-token-secret>", &self.credentials.root_secret)
            .replace("<password>", &self.credentials.password);
        let mut text = self.substitutions.to_actual(&text);
        // PBS accepts a ticket in place of a password. The actual ticket of the same login replaces
        // the recorded ticket.
        if let Some((start, ticket)) = text.split_once("password=PBS%3A") {
            let mut parts = ticket.split("%3A");
            let (user, time) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            let login = self.login(&user.replace("%40", "@"), time)?;
            text = format!("{start}password={}", percent_encoded(&login.ticket));
        }
        // A body that the fixture abbreviates: `xxx... [614441 bytes]`.
        if let Some((start, size)) =
            text.strip_suffix(" bytes]").and_then(|text| text.split_once("... ["))
        {
            let size: usize = size.parse()?;
            text = format!("{start}{}", "x".repeat(size - start.len()));
        }
        Ok(text)
    }

    /// Returns the recorded cookie with the actual ticket, and the login with this ticket. If no
    /// earlier exchange has logged in as the user of the ticket, this function logs in first. If
    /// the cookie does not end with the placeholder of a signature, the result contains no login.
    async fn login_of(&mut self, cookie: &str) -> Result<(String, Option<Login>)> {
        let Some(start) = cookie.strip_suffix("<signature>") else {
            return Ok((self.to_actual(cookie)?, None));
        };
        let plain = start.replace("%3A", ":").replace("%40", "@");
        let mut parts = plain.split(':').skip(1);
        let (user, time) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        if self.login(user, time).is_err() {
            self.log_in(user).await?;
        }
        let login = self.login(user, time)?.clone();
        let ticket = match start.contains("%3A") {
            true => percent_encoded(&login.ticket),
            false => login.ticket.clone(),
        };
        let name = start.split_once('=').map_or("", |(name, _)| name);
        Ok((format!("{name}={ticket}"), Some(login)))
    }

    fn login(&self, user: &str, time: &str) -> Result<&Login> {
        let key = (user.to_owned(), time.to_owned());
        self.substitutions.logins.get(&key).ok_or_else(|| {
            let now = self.time;
            format!("no ticket of {user} from {time} is known; the script's clock is at {now:08X}")
                .into()
        })
    }

    async fn log_in(&mut self, user: &str) -> Result<()> {
        let form = [("username", user), ("password", self.credentials.password_of(user)?)];
        let request = self.request("POST", "/api2/json/access/ticket")?.form(&form);
        let body = request.send().await.map_err(|error| with_causes(&error))?.text().await?;
        self.remember_login(&body);
        Ok(())
    }

    /// If the answer contains a ticket, remembers it with its user and [`Self::time`].
    fn remember_login(&mut self, body: &str) {
        let Ok(body) = serde_json::from_str::<Value>(body) else { return };
        let text = |name: &str| body["data"][name].as_str().unwrap_or_default().to_owned();
        let login = Login { ticket: text("ticket"), csrf: text("CSRFPreventionToken") };
        if let ["PBS", user, _, ..] = login.ticket.split(':').collect::<Vec<_>>().as_slice() {
            let key = ((*user).to_owned(), format!("{:08X}", self.time));
            self.substitutions.logins.insert(key, login);
        }
    }
}

async fn answer(response: Response, took: Duration) -> Result<Answer> {
    let mut headers = Headers::default();
    for name in RECORDED_HEADERS {
        if let Some(value) = response.headers().get(name) {
            headers.0.push((name.to_owned(), value.to_str()?.to_owned()));
        }
    }
    let status = response.status().as_u16();
    let body = response.bytes().await.map_err(|error| with_causes(&error))?;
    Ok(Answer {
        status,
        ms: u64::try_from(took.as_millis())?,
        response_headers: headers,
        response_body: String::from_utf8_lossy(&body).into_owned(),
    })
}

/// The messages of the error and of its causes, because the message of an error of reqwest contains
/// only the URL.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text
}

/// The text in percent-encoding, as in a segment of a path.
pub(super) fn percent_encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).into() } else { format!("%{byte:02X}") })
        .collect()
}
