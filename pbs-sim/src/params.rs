//! Parameters: where they come from (URI, query, form, JSON), how they are checked, and the texts
//! that PBS 4.2.3 answers when they are wrong (measured). Knows nothing of what they mean.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::{answer::Refusal, id, roles, settings::Version};

/// A parameter that a call takes.
pub(crate) struct Param {
    name: &'static str,
    kind: Kind,
    required: bool,
    since: Version,
}

#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Text { shortest: usize, longest: usize, grammar: fn(&str) -> bool },
    Flag,
    Integer,
    Choice(&'static [&'static str]),
    Choices(&'static [&'static str]),
}

pub(crate) const ANY_TEXT: Kind = text(0, 4096, |_| true);
pub(crate) const USERID: Kind = text(3, 64, id::is_userid);
pub(crate) const AUTH_ID: Kind = text(3, 64, id::is_auth_id);
pub(crate) const TOKEN_NAME: Kind = text(1, 2048, id::is_word);
pub(crate) const COMMENT: Kind = text(0, 128, id::is_one_line);
pub(crate) const PERSON: Kind = text(2, 64, id::is_one_line);
pub(crate) const PASSWORD: Kind = text(1, 1024, id::is_one_line);
pub(crate) const NEW_PASSWORD: Kind = text(8, 64, id::is_one_line);
pub(crate) const DIGEST: Kind = text(0, 4096, id::is_digest);
pub(crate) const ACL_PATH: Kind = text(1, 128, id::is_acl_path);
pub(crate) const NAMESPACE: Kind = text(0, 256, id::is_namespace);
pub(crate) const DATASTORE: Kind = text(3, 32, id::is_word);
pub(crate) const BACKUP_ID: Kind = text(1, 128, id::is_word);
pub(crate) const GROUP_NAME: Kind = text(3, 64, id::is_word);
pub(crate) const ROLE: Kind = Kind::Choice(&roles::IDS);

const fn text(shortest: usize, longest: usize, grammar: fn(&str) -> bool) -> Kind {
    Kind::Text { shortest, longest, grammar }
}

pub(crate) const fn optional(name: &'static str, kind: Kind) -> Param {
    Param { name, kind, required: false, since: Version(0, 0, 0) }
}

pub(crate) const fn required(name: &'static str, kind: Kind) -> Param {
    Param { name, kind, required: true, since: Version(0, 0, 0) }
}

impl Param {
    pub(crate) const fn since(mut self, version: Version) -> Self {
        self.since = version;
        self
    }
}

/// Parameters as they came, before anything is known about them.
pub(crate) enum Given {
    Pairs(Vec<(String, String)>),
    Json(Map<String, Value>),
}

impl Given {
    /// What a request gives beside its path. A body without a type is a form; the query counts
    /// unless the body is JSON.
    pub(crate) fn read(
        query: Option<&str>,
        content_type: Option<&str>,
        body: &[u8],
        has_body: bool,
    ) -> Result<Self, Refusal> {
        let mut pairs = Vec::new();
        if has_body {
            match content_type.map(|kind| kind.split(';').next().unwrap_or(kind).trim()) {
                Some("application/json") => return json(body),
                None | Some("application/x-www-form-urlencoded") => pairs.extend(pairs_of(body)),
                Some(_) => {
                    let kind = content_type.unwrap_or_default();
                    return Err(Refusal::bad(format!("unsupported content type Ok({kind:?})")));
                }
            }
        }
        pairs.extend(pairs_of(query.unwrap_or_default().as_bytes()));
        Ok(Self::Pairs(pairs))
    }

    /// For the log: names and values, secrets redacted.
    pub(crate) fn redacted(&self) -> Vec<(String, String)> {
        let pairs: Vec<(String, String)> = match self {
            Self::Pairs(pairs) => pairs.clone(),
            Self::Json(map) => {
                map.iter().map(|(name, value)| (name.clone(), shown(value))).collect()
            }
        };
        pairs.into_iter().map(redact).collect()
    }
}

/// A query for the log, secrets redacted.
pub(crate) fn redacted_query(query: &str) -> String {
    let pairs: Vec<String> = pairs_of(query.as_bytes())
        .map(redact)
        .map(|(name, value)| if value.is_empty() { name } else { format!("{name}={value}") })
        .collect();
    pairs.join("&")
}

fn redact((name, value): (String, String)) -> (String, String) {
    let secret = name.contains("password") || name.contains("secret") || name.contains("ticket");
    (name, if secret { "<redacted>".into() } else { value })
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), String::from)
}

fn pairs_of(encoded: &[u8]) -> impl Iterator<Item = (String, String)> + '_ {
    form_urlencoded::parse(encoded).into_owned()
}

fn json(body: &[u8]) -> Result<Given, Refusal> {
    if body.is_empty() {
        return Ok(Given::Json(Map::new()));
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(map)) => Ok(Given::Json(map)),
        Ok(Value::Array(_)) => Err(Refusal::bad("Expected object - got array.")),
        Ok(_) => Err(Refusal::bad("Expected object - got scalar value.")),
        Err(error) => Err(Refusal::bad(error.to_string())),
    }
}

/// Checked parameters.
pub(crate) struct Args(BTreeMap<&'static str, Value>);

impl Args {
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    /// A parameter that is required, or part of the path.
    pub(crate) fn word(&self, name: &str) -> &str {
        self.text(name).unwrap_or_default()
    }

    pub(crate) fn owned(&self, name: &str) -> Option<String> {
        self.text(name).map(String::from)
    }

    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        self.0.get(name).and_then(Value::as_bool)
    }

    pub(crate) fn integer(&self, name: &str) -> Option<i64> {
        self.0.get(name).and_then(Value::as_i64)
    }

    pub(crate) fn lists(&self, name: &str, item: &str) -> bool {
        let items = self.0.get(name).and_then(Value::as_array);
        items.is_some_and(|items| items.iter().any(|known| known == item))
    }
}

/// Checks what was given, with what the URI has, against what the call takes.
pub(crate) fn check(
    params: &[Param],
    version: Version,
    given: Given,
    from_uri: &[(&'static str, String)],
) -> Result<Args, Refusal> {
    let known = |name: &str| params.iter().find(|p| p.name == name && p.since <= version);
    let mut args: BTreeMap<&'static str, Value> = BTreeMap::new();
    let mut errors: Vec<(String, String)> = Vec::new();
    match given {
        Given::Pairs(pairs) => {
            let uri = from_uri.iter().map(|(name, value)| (name.to_string(), value.clone()));
            for (name, value) in pairs.into_iter().chain(uri) {
                let Some(param) = known(&name) else {
                    errors.push((name, NOT_TAKEN.into()));
                    continue;
                };
                match (from_text(&value, param.kind), args.get_mut(param.name)) {
                    (Err(error), _) => errors.push((name, error)),
                    (Ok(Value::Array(more)), Some(Value::Array(items))) => items.extend(more),
                    (Ok(_), Some(_)) => errors.push((name, "duplicate parameter.".into())),
                    (Ok(value), None) => drop(args.insert(param.name, value)),
                }
            }
        }
        Given::Json(mut map) => {
            for (name, value) in from_uri {
                map.insert(name.to_string(), Value::from(value.as_str()));
            }
            for (name, value) in map {
                let Some(param) = known(&name) else {
                    errors.push((name, NOT_TAKEN.into()));
                    continue;
                };
                match from_json(&value, param.kind) {
                    Ok(()) => drop(args.insert(param.name, value)),
                    Err((Some(index), error)) => errors.push((format!("{name}/[{index}]"), error)),
                    Err((None, error)) => errors.push((name, error)),
                }
            }
        }
    }
    let mut missing: Vec<&str> = params
        .iter()
        .filter(|p| p.required && !args.contains_key(p.name))
        .filter(|p| !errors.iter().any(|(name, _)| name == p.name))
        .map(|p| p.name)
        .collect();
    missing.sort_unstable();
    errors.extend(missing.iter().map(|name| (name.to_string(), MISSING.to_string())));
    match errors.as_slice() {
        [] => Ok(Args(args)),
        [(name, error)] => {
            Err(Refusal::bad(format!("parameter verification failed - '{name}': {error}")))
        }
        several => {
            let lines: String =
                several.iter().map(|(name, error)| format!("\n- '{name}': {error}")).collect();
            Err(Refusal::bad(format!("parameter verification failed:{lines}")))
        }
    }
}

const NOT_TAKEN: &str = "schema does not allow additional properties.";
const MISSING: &str = "parameter is missing and it is not optional.";

fn from_text(text: &str, kind: Kind) -> Result<Value, String> {
    match kind {
        Kind::Text { .. } => check_text(text, kind).map(|()| text.into()),
        Kind::Choice(choices) => check_choice(text, choices).map(|()| text.into()),
        Kind::Choices(choices) => {
            check_choice(text, choices).map(|()| Value::Array(vec![text.into()]))
        }
        Kind::Integer => {
            let number: i64 = text.parse().map_err(|error| format!("{error}"))?;
            check_integer(number).map(|()| number.into())
        }
        Kind::Flag => match text.to_lowercase().as_str() {
            "1" | "on" | "yes" | "true" => Ok(true.into()),
            "0" | "off" | "no" | "false" => Ok(false.into()),
            _ => Err("Unable to parse boolean option.".into()),
        },
    }
}

/// The error, with the place in the list if it is about an item.
fn from_json(value: &Value, kind: Kind) -> Result<(), (Option<usize>, String)> {
    let whole = |error: String| (None, error);
    match (kind, value) {
        (Kind::Text { .. }, Value::String(text)) => check_text(text, kind).map_err(whole),
        (Kind::Choice(choices), Value::String(text)) => check_choice(text, choices).map_err(whole),
        (Kind::Text { .. } | Kind::Choice(_), _) => Err(whole("Expected string value.".into())),
        (Kind::Flag, Value::Bool(_)) => Ok(()),
        (Kind::Flag, _) => Err(whole("Expected boolean value.".into())),
        (Kind::Integer, _) => match value.as_i64() {
            Some(number) => check_integer(number).map_err(whole),
            None => Err(whole("Expected integer value.".into())),
        },
        (Kind::Choices(choices), Value::Array(items)) => {
            items.iter().enumerate().try_for_each(|(index, item)| match item.as_str() {
                Some(text) => check_choice(text, choices).map_err(|error| (Some(index), error)),
                None => Err((Some(index), "Expected string value.".into())),
            })
        }
        (Kind::Choices(_), Value::Object(_)) => Err(whole("Expected array - got object.".into())),
        (Kind::Choices(_), _) => Err(whole("Expected array - got scalar value.".into())),
    }
}

fn check_text(text: &str, kind: Kind) -> Result<(), String> {
    let Kind::Text { shortest, longest, grammar } = kind else { return Ok(()) };
    let length = text.chars().count();
    if length < shortest {
        Err(format!("value must be at least {shortest} characters long"))
    } else if length > longest {
        Err(format!("value may only be {longest} characters long"))
    } else if !grammar(text) {
        Err("value does not match the regex pattern".into())
    } else {
        Ok(())
    }
}

fn check_choice(text: &str, choices: &[&str]) -> Result<(), String> {
    match choices.contains(&text) {
        true => Ok(()),
        false => Err(format!("value '{text}' is not defined in the enumeration.")),
    }
}

/// Every integer that calls take is a time or a count: none is negative.
fn check_integer(number: i64) -> Result<(), String> {
    match number {
        0.. => Ok(()),
        _ => Err(format!("value must have a minimum value of 0 (got {number})")),
    }
}
