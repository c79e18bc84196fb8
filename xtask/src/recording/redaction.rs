//! Replaces the secrets and digests in an answer by the values of the previous recording, for three
//! reasons. A fixture must not contain secrets. Later requests of the script contain the previous
//! values, so these requests still match the answers. If the server answers as before, the recorded
//! answer does not change. In a ticket, the signature is replaced by a placeholder, and the time by
//! the time that the previous recording contains.

use ring::digest::{SHA256, digest};
use serde_json::Value;

use super::{
    exchange::{Answer, Exchange},
    substitutions::Substitutions,
};
use crate::hex;

/// Returns the answer in the form to record. Stores in `known` which actual secrets and digests
/// belong to which recorded ones. `time` is [`Sender::time`](super::sender::Sender::time), the time
/// in recorded tickets, in seconds since 1970.
pub(super) fn redact(
    exchange: &Exchange,
    mut answer: Answer,
    known: &mut Substitutions,
    time: u64,
) -> Answer {
    let recorded =
        exchange.answer.as_ref().and_then(|answer| serde_json::from_str(answer.body()).ok());
    if let Ok(body) = serde_json::from_str::<Value>(&answer.response_body) {
        let mut tickets = Vec::new();
        visit_strings("", &body, recorded.as_ref(), &mut |name, actual, recorded| match name {
            "value" | "secret" => {
                let recorded =
                    recorded.map_or_else(|| made_up_secret(&exchange.case), str::to_owned);
                known.secrets.insert(recorded, actual.to_owned());
            }
            "digest" => {
                if known.recorded_digest(actual).is_none()
                    && let Some(recorded) = recorded
                    && !known.digests.contains_key(recorded)
                {
                    known.digests.insert(recorded.to_owned(), actual.to_owned());
                }
            }
            "ticket" | "ticket-info" => tickets.push((actual.to_owned(), ticket(actual, time))),
            "CSRFPreventionToken" => {
                tickets.push((actual.to_owned(), format!("{time:08X}:<csrf>")))
            }
            _ => {}
        });
        for (actual, redacted) in tickets {
            answer.response_body = answer.response_body.replace(&actual, &redacted);
        }
        answer.response_body = known.to_recorded(&answer.response_body);
    }
    for (name, value) in &mut answer.response_headers.0 {
        if name == "set-cookie" {
            *value = ticket(value, time);
        }
    }
    answer
}

/// Calls `found` with the name and value of every string field, and with the string at the same
/// place in the recorded answer.
fn visit_strings(
    name: &str,
    actual: &Value,
    recorded: Option<&Value>,
    found: &mut dyn FnMut(&str, &str, Option<&str>),
) {
    match actual {
        Value::Object(fields) => {
            for (name, actual) in fields {
                visit_strings(
                    name,
                    actual,
                    recorded.and_then(|recorded| recorded.get(name)),
                    found,
                );
            }
        }
        // The order of lists can differ. The recorded element that belongs to `item` is therefore
        // unknown.
        Value::Array(items) => items.iter().for_each(|item| visit_strings(name, item, None, found)),
        Value::String(text) => found(name, text, recorded.and_then(Value::as_str)),
        _ => {}
    }
}

/// A ticket `PBS:USER:TIME::SIGNATURE`, or a cookie with a ticket, with `time` as its time, and
/// with the placeholder `<signature>` in place of its signature.
fn ticket(text: &str, time: u64) -> String {
    let Some((start, end)) = text.split_once("::") else { return text.to_owned() };
    let start = start.rsplit_once(':').map_or(start, |(start, _)| start);
    let (signature, attributes) = end.split_at(end.find(';').unwrap_or(end.len()));
    // If the ticket is only in the cookie, PBS writes `ticketinfo` in place of the signature.
    let signature = if signature == "ticketinfo" { signature } else { "<signature>" };
    format!("{start}:{time:08X}::{signature}{attributes}")
}

/// A secret for an exchange that has no recorded answer yet: a UUID of version 4, derived from the
/// name of the exchange.
fn made_up_secret(case: &str) -> String {
    let digits = hex(&digest(&SHA256, case.as_bytes()).as_ref()[..16]);
    let (first, second, third, fourth) =
        (&digits[..8], &digits[8..12], &digits[13..16], &digits[17..20]);
    format!("{first}-{second}-4{third}-8{fourth}-{}", &digits[20..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::exchange::Headers;

    const TIME: u64 = 0x6B04_AC23;

    fn exchange(recorded: Option<&str>) -> Exchange {
        Exchange {
            case: "30-token/new".into(),
            note: None,
            method: "POST".into(),
            path: "/".into(),
            request_headers: Headers::default(),
            request_body: None,
            answer: recorded.map(answer),
        }
    }

    fn answer(body: &str) -> Answer {
        let response_headers = Headers::default();
        Answer { status: 200, ms: 1, response_headers, response_body: body.into() }
    }

    #[test]
    fn a_secret_is_replaced_by_the_recorded_one_and_remembered() {
        let recorded = r#"{"data":{"value":"recorded"},"digest":"d0"}"#;
        let actual = r#"{"digest":"d1","data":{"value":"actual"}}"#;
        let mut known = Substitutions::default();
        let redacted = redact(&exchange(Some(recorded)), answer(actual), &mut known, TIME);
        assert_eq!(redacted.response_body, r#"{"digest":"d0","data":{"value":"recorded"}}"#);
        assert_eq!(known.to_actual("recorded d0"), "actual d1");
    }

    #[test]
    fn a_secret_without_a_recorded_one_is_made_up() {
        let mut known = Substitutions::default();
        let body = r#"{"data":{"value":"actual"}}"#;
        let redacted = redact(&exchange(None), answer(body), &mut known, TIME);
        let again = redact(&exchange(None), answer(body), &mut known, TIME);
        assert!(!redacted.response_body.contains("actual"), "{}", redacted.response_body);
        assert_eq!(redacted, again);
        let (recorded, actual) = known.secrets.first_key_value().expect("one secret");
        assert_eq!((actual.as_str(), recorded.len(), &recorded[14..15]), ("actual", 36, "4"));
    }

    #[test]
    fn a_digest_is_not_replaced_if_it_changed_and_the_recorded_one_did_not() {
        let recorded = exchange(Some(r#"{"digest":"d0"}"#));
        let mut known = Substitutions::default();
        for (actual, expected) in [("x1", "d0"), ("x1", "d0"), ("x2", "x2")] {
            let body = format!(r#"{{"digest":"{actual}"}}"#);
            let redacted = redact(&recorded, answer(&body), &mut known, TIME);
            assert_eq!(redacted.response_body, format!(r#"{{"digest":"{expected}"}}"#));
        }
    }

    #[test]
    fn tickets_lose_their_signature_and_take_the_time_of_the_script() {
        let body =
            r#"{"data":{"CSRFPreventionToken":"11111111:h","ticket":"PBS:a@pbs:11111111::S+/"}}"#;
        let redacted = redact(&exchange(None), answer(body), &mut Substitutions::default(), TIME);
        let expected = r#"{"data":{"CSRFPreventionToken":"6B04AC23:<csrf>",""#.to_owned()
            + r#"ticket":"PBS:a@pbs:6B04AC23::<signature>"}}"#;
        assert_eq!(redacted.response_body, expected);
        assert_eq!(
            ticket("C=PBS:a@pbs:1::S; Path=/;", TIME),
            "C=PBS:a@pbs:6B04AC23::<signature>; Path=/;"
        );
        assert_eq!(ticket("PBS:a@pbs:1::ticketinfo", TIME), "PBS:a@pbs:6B04AC23::ticketinfo");
        let removal = "C=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/;";
        assert_eq!(ticket(removal, TIME), removal);
    }
}
