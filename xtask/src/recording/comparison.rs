//! Compares an answer with the recorded answer. The answers of two servers may differ in secrets,
//! signatures, digests, the order of lists, and data about the machine.

use std::{mem::discriminant, time::Duration};

use serde_json::Value;

use super::{
    exchange::{Answer, Headers},
    substitutions::Substitutions,
};

/// Fields that describe the machine, its processes and its certificate. Only the JSON types of
/// these fields are compared.
const MACHINE_FIELDS: [&str; 24] = [
    "archived-at",
    "created",
    "current-kernel",
    "duration",
    "endtime",
    "fingerprint",
    "history",
    "history-start",
    "issuer",
    "kversion",
    "last-run-endtime",
    "modified",
    "next-run",
    "node",
    "notafter",
    "notbefore",
    "pem",
    "pid",
    "pstart",
    "public-key-bits",
    "public-key-type",
    "san",
    "starttime",
    "subject",
];

/// How long PBS delays an answer with status 401 and an answer with status 403.
const PENALTIES: [(u16, Duration); 2] =
    [(401, Duration::from_secs(3)), (403, Duration::from_millis(500))];

/// Compares an answer with the recorded answer. Stores in `known` which actual secrets and digests
/// belong to which recorded ones. `delays` is the factor that the answering server applies to the
/// delays in `PENALTIES`.
///
/// # Errors
/// The answers differ. The text describes the first difference.
pub fn compare(
    recorded: &Answer,
    actual: &Answer,
    known: &mut Substitutions,
    delays: f64,
) -> Result<(), String> {
    if actual.status != recorded.status {
        return Err(format!(
            "status {} instead of {}: {}",
            actual.status,
            recorded.status,
            actual.body()
        ));
    }
    let headers = |name| (recorded.response_headers.get(name), actual.response_headers.get(name));
    let has_headers = recorded.response_headers != Headers::default();
    for name in ["content-type", "content-encoding"] {
        let (recorded, actual) = headers(name);
        if has_headers && actual != recorded {
            return Err(format!("{name} {actual:?} instead of {recorded:?}"));
        }
    }
    if let (Some(recorded), actual) = headers("set-cookie") {
        let actual = actual.unwrap_or_default();
        if without_signature(actual) != without_signature(recorded) {
            return Err(format!("set-cookie {actual:?} instead of {recorded:?}"));
        }
    }
    let (recorded_time, actual_time) =
        (Duration::from_millis(recorded.ms), Duration::from_millis(actual.ms));
    for (status, penalty) in PENALTIES {
        let is_delayed = recorded.status == status && recorded_time >= penalty;
        if is_delayed && actual_time < penalty.mul_f64(delays) {
            return Err(format!("answered after {actual_time:?}, which is too early"));
        }
    }
    compare_bodies(recorded.body(), actual.body(), known)?;
    if let Some(recorded) = recorded.acl_cfg() {
        let actual = actual.acl_cfg().unwrap_or_default();
        if actual != recorded {
            let (recorded, actual) = (recorded.join("\n"), actual.join("\n"));
            return Err(format!("acl.cfg afterwards is\n{actual}\ninstead of\n{recorded}"));
        }
    }
    Ok(())
}

fn compare_bodies(recorded: &str, actual: &str, known: &mut Substitutions) -> Result<(), String> {
    match (serde_json::from_str(recorded), serde_json::from_str(actual)) {
        (Ok(recorded), Ok(actual)) => compare_values("", &recorded, &actual, known),
        _ if recorded == actual => Ok(()),
        _ => Err(format!("body\n{actual:?}\ninstead of\n{recorded:?}")),
    }
}

/// Compares the values of the field `name`. Ignores the order of objects in lists.
fn compare_values(
    name: &str,
    recorded: &Value,
    actual: &Value,
    known: &mut Substitutions,
) -> Result<(), String> {
    let differs = || Err(format!("{name:?} is\n{actual}\ninstead of\n{recorded}"));
    match (recorded, actual) {
        _ if MACHINE_FIELDS.contains(&name) => {
            match discriminant(recorded) == discriminant(actual) {
                true => Ok(()),
                false => differs(),
            }
        }
        (Value::Object(recorded), Value::Object(actual)) => {
            if !recorded.keys().eq(actual.keys()) {
                return differs();
            }
            let mut fields = recorded.iter().zip(actual.values());
            fields.try_for_each(|((name, recorded), actual)| {
                compare_values(name, recorded, actual, known)
            })
        }
        (Value::Array(recorded), Value::Array(actual)) => {
            if recorded.len() != actual.len() {
                return differs();
            }
            // PBS keeps the order of the texts in a list. Only the files of a backup are listed in
            // the order of the directory.
            if name != "files" && recorded.iter().all(Value::is_string) {
                let mut elements = recorded.iter().zip(actual);
                return elements.try_for_each(|(recorded, actual)| {
                    compare_values(name, recorded, actual, known)
                });
            }
            let (recorded, actual) = (sorted(recorded), sorted(actual));
            let mut elements = recorded.iter().zip(actual);
            elements
                .try_for_each(|(recorded, actual)| compare_values(name, recorded, actual, known))
        }
        (Value::String(recorded), Value::String(actual)) => match name {
            "value" | "secret" if is_secret(recorded) => compare_secrets(recorded, actual, known),
            "digest" => compare_digests(recorded, actual, known),
            _ if recorded.starts_with("UPID:") => compare_upids(recorded, actual, known),
            // The part of this id after `default-` is random.
            "id" if recorded.starts_with("default-") && shape(actual) == shape(recorded) => Ok(()),
            // A line in the log of a task begins with its time.
            "t" if log_line(recorded) == log_line(actual) => Ok(()),
            "ticket" | "CSRFPreventionToken" if recorded.starts_with('<') => {
                known.secrets.insert(recorded.into(), actual.into());
                Ok(())
            }
            "ticket" | "CSRFPreventionToken" => {
                match without_signature(actual) == without_signature(recorded) {
                    true => Ok(()),
                    false => differs(),
                }
            }
            _ if recorded == actual => Ok(()),
            _ => differs(),
        },
        _ if recorded == actual => Ok(()),
        _ => differs(),
    }
}

/// A line in the log of a task without its time. Random ids are replaced by their shape, and
/// measured numbers are left out.
fn log_line(text: &str) -> Option<String> {
    let (_, line) = text.split_once(": ")?;
    let is_random = line.starts_with("queued notification (id=");
    let is_measured = line.starts_with("  verified ");
    Some(match (is_random, is_measured) {
        (true, _) => shape(line),
        (_, true) => {
            let mut words = line.split(|c: char| c.is_ascii_digit() || c == '.');
            words.by_ref().filter(|word| !word.is_empty()).collect()
        }
        _ => line.into(),
    })
}

/// The text with an `x` in place of each hexadecimal digit.
fn shape(text: &str) -> String {
    let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    text.chars().map(|c| if is_hex(c) { 'x' } else { c }).collect()
}

/// Whether the text is a UUID, or a placeholder such as `<root-token-secret>`.
fn is_secret(recorded: &str) -> bool {
    recorded.ends_with("-secret>") || (recorded.len() == 36 && recorded.matches('-').count() == 4)
}

/// Two task ids agree if their tasks have the same type and worker id, and were started by the same
/// user or token.
fn compare_upids(recorded: &str, actual: &str, known: &mut Substitutions) -> Result<(), String> {
    let task = |upid: &str| -> Vec<String> { upid.split(':').skip(6).map(str::to_owned).collect() };
    if !actual.starts_with("UPID:") || task(actual) != task(recorded) {
        return Err(format!("{actual:?} instead of {recorded:?}"));
    }
    known.learn_upid(recorded, actual);
    Ok(())
}

fn compare_secrets(recorded: &str, actual: &str, known: &mut Substitutions) -> Result<(), String> {
    let has_shape = recorded.starts_with('<') || shape(actual) == shape(recorded);
    if !has_shape || actual.as_bytes().get(14) != Some(&b'4') {
        return Err("the secret is no UUID of version 4".into());
    }
    known.secrets.insert(recorded.into(), actual.into());
    Ok(())
}

/// Allows any digest. If two recorded digests are equal, the actual digests must be equal too. If
/// two recorded digests differ, the actual digests must differ too.
fn compare_digests(recorded: &str, actual: &str, known: &mut Substitutions) -> Result<(), String> {
    let expected = known.digests.entry(recorded.into()).or_insert_with(|| actual.into());
    if expected != actual {
        return Err(format!("the digest changed, but the recorded digest stayed {recorded}"));
    }
    if known.digests_can_coincide {
        return Ok(());
    }
    let mut same = known.digests.iter().filter(|(_, digest)| *digest == actual);
    match same.find(|(other, _)| *other != recorded) {
        Some((other, _)) => Err(format!(
            "the digest stayed the same, but the recorded digest changed from {other} to \
                 {recorded}"
        )),
        None => Ok(()),
    }
}

/// Sorts the elements by their JSON text. The text leaves out the fields in [`MACHINE_FIELDS`], so
/// differences in these fields do not change the order.
fn sorted(items: &[Value]) -> Vec<&Value> {
    let key = |item: &&Value| {
        let mut item = (*item).clone();
        if let Some(fields) = item.as_object_mut() {
            fields.retain(|name, _| !MACHINE_FIELDS.contains(&name.as_str()));
        }
        item.to_string()
    };
    let mut items: Vec<&Value> = items.iter().collect();
    items.sort_by_cached_key(key);
    items
}

/// If the text contains a ticket, the text without the signature of the ticket. If the text is a
/// CSRF prevention token, the text without the hash of this token.
fn without_signature(text: &str) -> String {
    match text.split_once("::") {
        // In a cookie, attributes follow the ticket. These attributes are kept.
        Some((start, rest)) => format!("{start}{}", rest.find(';').map_or("", |end| &rest[end..])),
        None if text.contains(':') && !text.contains(';') => {
            text.split_once(':').map_or(text, |(time, _)| time).into()
        }
        None => text.into(),
    }
}
