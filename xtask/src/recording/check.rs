//! Checks that the script and the fixture match. This needs no server.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::Value;

use super::{
    exchange::Exchange,
    script::{Change, LEFT_OUT, PASSWORDS, SCRIPT, Step},
};

/// The result of a check.
#[derive(Debug, Default, PartialEq)]
pub struct Findings {
    /// Mistakes in the script or the fixture that would make a recording or replay fail.
    pub problems: Vec<String>,
    /// Exchanges without an answer, which have to be recorded.
    pub not_recorded: Vec<String>,
}

const PLACEHOLDERS: [&str; 4] = ["<root-token-secret>", "<password>", "<signature>", "<csrf>"];

/// Checks that every exchange is in the script once and can be sent at its place in the script.
pub fn check(exchanges: &[Exchange]) -> Findings {
    let mut findings = Findings::default();
    let mut by_case = BTreeMap::new();
    for exchange in exchanges {
        if by_case.insert(exchange.case.as_str(), exchange).is_some() {
            findings.problems.push(format!("{} is in the fixture twice", exchange.case));
        }
        if exchange.answer.is_none() {
            findings.not_recorded.push(exchange.case.clone());
        }
    }
    for (case, reason) in LEFT_OUT {
        if !by_case.contains_key(case) {
            findings
                .problems
                .push(format!("LEFT_OUT names {case} ({reason}), which is not in the fixture"));
        }
    }
    let mut state = ScriptState::default();
    let mut scripted = BTreeSet::new();
    for step in SCRIPT {
        match step {
            Step::Clock(seconds) => state.set_time(*seconds),
            Step::Wait(seconds) => state.set_time(state.time + seconds),
            Step::AclDigest(digest) => {
                state.known_values.insert((*digest).to_owned());
            }
            Step::Changes(changes) => changes.iter().for_each(|change| state.learn_change(change)),
            Step::Exchanges(folder, names) => {
                for name in names.split_whitespace() {
                    let case = format!("{folder}/{name}");
                    let Some(exchange) = by_case.get(case.as_str()) else {
                        findings
                            .problems
                            .push(format!("{case} is in the script but not in the fixture"));
                        continue;
                    };
                    let problems = state.check_request(exchange).into_iter();
                    findings.problems.extend(problems.map(|problem| format!("{case} {problem}")));
                    if !scripted.insert(exchange.case.as_str()) {
                        findings.problems.push(format!("{case} is in the script twice"));
                    }
                }
            }
        }
    }
    let not_scripted = by_case.keys().filter(|case| !scripted.contains(*case));
    findings
        .problems
        .extend(not_scripted.map(|case| format!("{case} is in the fixture but not in the script")));
    findings
}

/// The times, secrets and digests that are known at a place in the script, so that a request at
/// this place can contain them.
#[derive(Default)]
struct ScriptState {
    time: u64,
    /// All times that the script has set so far, in the form in which tickets contain them.
    times: BTreeSet<String>,
    /// Secrets and digests that the server has returned so far.
    known_values: BTreeSet<String>,
}

impl ScriptState {
    fn set_time(&mut self, seconds: u64) {
        self.time = seconds;
        self.times.insert(format!("{seconds:08X}"));
    }

    fn learn_change(&mut self, change: &Change) {
        if let Change::CreateToken { secret: Some(secret), .. }
        | Change::RegenerateSecret { secret, .. } = change
        {
            self.known_values.insert((*secret).to_owned());
        }
    }

    /// The problems of the request at this place in the script. Each problem is the end of a
    /// sentence that begins with the name of the exchange. Afterwards, the values in the recorded
    /// answer are known.
    fn check_request(&mut self, exchange: &Exchange) -> Vec<String> {
        let mut problems = Vec::new();
        if Method::from_bytes(exchange.method.as_bytes()).is_err() {
            problems.push(format!("has the method {:?}", exchange.method));
        }
        if !exchange.path.starts_with('/') {
            problems.push("has a path that does not begin with a slash".to_owned());
        }
        let headers = exchange.request_headers.0.iter().map(|(_, value)| value);
        for text in headers.chain([&exchange.path]).chain(&exchange.request_body) {
            problems.extend(unknown_placeholder(text));
            problems.extend(self.unknown_value(text));
        }
        if let Some(cookie) = exchange.request_headers.get("cookie") {
            problems.extend(self.wrong_ticket(cookie));
        }
        if let Some(answer) = &exchange.answer
            && let Ok(body) = serde_json::from_str(answer.body())
        {
            self.learn_answer(&body);
        }
        problems
    }

    fn learn_answer(&mut self, body: &Value) {
        for value in [&body["data"]["value"], &body["data"]["secret"], &body["digest"]] {
            self.known_values.extend(value.as_str().map(str::to_owned));
        }
    }

    /// If the text contains a secret or digest that the server has not returned so far, returns a
    /// problem. A value of zeros is allowed, because requests use it as a wrong secret or digest.
    fn unknown_value(&self, text: &str) -> Option<String> {
        let words = text.split(|c: char| !c.is_ascii_hexdigit() && c != '-');
        let mut values = words.filter(|word| is_uuid(word) || is_digest(word));
        let is_wrong_on_purpose = |value: &str| value.trim_matches(['0', '-']).is_empty();
        let unknown = values
            .find(|value| !is_wrong_on_purpose(value) && !self.known_values.contains(*value))?;
        Some(format!("sends {unknown}, which the server has not given before"))
    }

    fn wrong_ticket(&self, cookie: &str) -> Option<String> {
        let plain = cookie.strip_suffix("<signature>")?.replace("%3A", ":").replace("%40", "@");
        let mut parts = plain.split(':').skip(1);
        let (user, time) = (parts.next()?, parts.next()?);
        if !PASSWORDS.iter().any(|(known, _)| *known == user) {
            return Some(format!("sends a ticket of {user}, who is not in PASSWORDS"));
        }
        let reached = self.times.contains(time);
        (!reached)
            .then(|| format!("sends a ticket from {time}, a time that the script has not reached"))
    }
}

fn unknown_placeholder(text: &str) -> Option<String> {
    let known = PLACEHOLDERS.iter().fold(text.to_owned(), |text, it| text.replace(it, ""));
    let (_, rest) = known.split_once('<')?;
    let name = rest.split_once('>')?.0;
    Some(format!("has the unknown placeholder <{name}>"))
}

fn is_uuid(word: &str) -> bool {
    word.len() == 36 && word.bytes().filter(|byte| *byte == b'-').count() == 4
}

fn is_digest(word: &str) -> bool {
    word.len() == 64 && !word.contains('-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::{exchange, fixture};

    fn exchanges() -> Vec<Exchange> {
        exchange::read(&fixture()).expect("the fixture is complete")
    }

    #[test]
    fn the_fixture_and_the_script_match() {
        assert_eq!(check(&exchanges()), Findings::default());
    }

    #[test]
    fn an_exchange_without_an_answer_is_reported_as_not_recorded() {
        let mut exchanges = exchanges();
        exchanges[0].answer = None;
        let findings = check(&exchanges);
        assert_eq!(findings.not_recorded, [exchanges[0].case.clone()]);
        assert_eq!(findings.problems, Vec::<String>::new());
    }

    #[test]
    fn every_mistake_is_named_with_its_exchange() {
        type Change = fn(&mut Vec<Exchange>);
        let mistakes: [(&str, Change); 6] = [
            ("00-basics/access-index is in the script but not in the fixture", |all| {
                all.remove(0);
            }),
            ("00-basics/access-index is in the fixture twice", |all| all.push(all[0].clone())),
            ("x/y is in the fixture but not in the script", |all| {
                let new = Exchange { case: "x/y".into(), ..all[0].clone() };
                all.push(new);
            }),
            ("00-basics/access-index has the unknown placeholder <user-secret>", |all| {
                all[0].path += "?secret=<user-secret>";
            }),
            (
                "00-basics/access-index sends b9766956-497f-44e2-bd60-94845bd9658b, which the \
                 server has not given before",
                |all| all[0].path += "?x=b9766956-497f-44e2-bd60-94845bd9658b",
            ),
            (
                "00-basics/access-index sends a ticket from 6B04B901, a time that the script has \
                 not reached",
                |all| {
                    let cookie = "PBSAuthCookie=PBS:admin@pbs:6B04B901::<signature>";
                    all[0].request_headers.0.push(("cookie".into(), cookie.into()));
                },
            ),
        ];
        for (expected, change) in mistakes {
            let mut exchanges = exchanges();
            change(&mut exchanges);
            assert_eq!(check(&exchanges).problems, [expected]);
        }
    }
}
