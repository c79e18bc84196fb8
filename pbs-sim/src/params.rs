//! Validation of request parameters: which parameters an endpoint accepts, which values are valid,
//! and PBS's messages for invalid parameters (PBS 4.2.3, recorded).

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{id, raw_params::RawParams, response::ApiError, roles, settings::Version};

/// A parameter that an endpoint accepts, in its path, query or body.
pub(crate) struct Param {
    name: &'static str,
    kind: Kind,
    is_required: bool,
    /// First PBS version that knows the parameter.
    since: Version,
}

/// Type of a parameter, with the constraints on its value.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// Text that is between `min_chars` and `max_chars` characters long and satisfies `is_valid`.
    Text { min_chars: usize, max_chars: usize, is_valid: fn(&str) -> bool },
    /// A boolean.
    Boolean,
    /// An integer that is not negative.
    Integer,
    /// One of the given texts.
    OneOf(&'static [&'static str]),
    /// A list in which each element is one of the given texts. In a form, the parameter is repeated
    /// for each element.
    ListOf(&'static [&'static str]),
}

/// Text without further rules.
pub(crate) const ANY_TEXT: Kind = text(0, 4096, |_| true);
/// User id.
pub(crate) const USERID: Kind = text(3, 64, id::is_userid);
/// User id or token id.
pub(crate) const AUTH_ID: Kind = text(3, 64, id::is_auth_id);
/// Name of a token, without its user.
pub(crate) const TOKEN_NAME: Kind = text(1, 2048, id::is_identifier);
/// Comment of a user or token.
pub(crate) const COMMENT: Kind = text(0, 128, id::has_no_control_characters);
/// First name, last name or e-mail address of a user.
pub(crate) const NAME_OR_EMAIL: Kind = text(2, 64, id::has_no_control_characters);
/// Password of a login. A ticket is accepted instead of the password. A password with a control
/// character is not malformed, but wrong (measured).
pub(crate) const LOGIN_PASSWORD: Kind = text(1, 1024, |_| true);
/// Password of an existing user.
pub(crate) const PASSWORD: Kind = text(1, 1024, id::has_no_control_characters);
/// Password to set.
pub(crate) const NEW_PASSWORD: Kind = text(8, 64, id::has_no_control_characters);
/// Digest of a configuration file.
pub(crate) const DIGEST: Kind = text(0, 4096, id::is_digest);
/// ACL path.
pub(crate) const ACL_PATH: Kind = text(1, 128, id::is_acl_path);
/// Namespace in a datastore.
pub(crate) const NAMESPACE: Kind = text(0, 256, id::is_namespace);
/// Name of a datastore.
pub(crate) const DATASTORE: Kind = text(3, 32, id::is_identifier);
/// Id of a backup group, without its type.
pub(crate) const BACKUP_ID: Kind = text(1, 128, id::is_identifier);
/// Name of a group of users.
pub(crate) const GROUP_NAME: Kind = text(3, 64, id::is_identifier);
/// Id of a role.
pub(crate) const ROLE: Kind = Kind::OneOf(&roles::ROLE_IDS);

const fn text(min_chars: usize, max_chars: usize, is_valid: fn(&str) -> bool) -> Kind {
    Kind::Text { min_chars, max_chars, is_valid }
}

/// An optional parameter of every PBS version.
pub(crate) const fn optional(name: &'static str, kind: Kind) -> Param {
    Param { name, kind, is_required: false, since: Version(0, 0, 0) }
}

/// A required parameter of every PBS version.
pub(crate) const fn required(name: &'static str, kind: Kind) -> Param {
    Param { name, kind, is_required: true, since: Version(0, 0, 0) }
}

impl Param {
    /// Restricts the parameter to this PBS version and newer versions. Older versions treat it as
    /// an unknown parameter.
    pub(crate) const fn since(mut self, version: Version) -> Self {
        self.since = version;
        self
    }
}

/// Validated parameters, including those from the path.
pub(crate) struct Args(BTreeMap<&'static str, Value>);

impl Args {
    /// The value of a text parameter, if the request has it.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    /// The value of a required text parameter. All parameters in the path are required.
    pub(crate) fn required_text(&self, name: &str) -> &str {
        self.text(name).unwrap_or_default()
    }

    /// Like [`text`](Self::text), as an owned string.
    pub(crate) fn owned_text(&self, name: &str) -> Option<String> {
        self.text(name).map(String::from)
    }

    /// The value of a boolean parameter, if the request has it.
    pub(crate) fn boolean(&self, name: &str) -> Option<bool> {
        self.0.get(name).and_then(Value::as_bool)
    }

    /// The value of an integer parameter, if the request has it.
    pub(crate) fn integer(&self, name: &str) -> Option<i64> {
        self.0.get(name).and_then(Value::as_i64)
    }

    /// Whether the list parameter contains `element`. False if the request does not have the
    /// parameter.
    pub(crate) fn list_contains(&self, name: &str, element: &str) -> bool {
        let elements = self.0.get(name).and_then(Value::as_array);
        elements.is_some_and(|elements| elements.iter().any(|value| value == element))
    }
}

/// Validates the parameters of a request against those that the endpoint accepts.
///
/// `path_params` are the names and values of the parameters in the path.
///
/// # Errors
/// PBS's message with status 400, which names all parameters that are unknown, invalid, duplicate
/// or missing.
pub(crate) fn validate(
    params: &[Param],
    version: Version,
    raw: RawParams,
    path_params: &[(&'static str, String)],
) -> Result<Args, ApiError> {
    let find_param =
        |name: &str| params.iter().find(|param| param.name == name && param.since <= version);
    let mut args: BTreeMap<&'static str, Value> = BTreeMap::new();
    let mut errors: Vec<(String, String)> = Vec::new();
    match raw {
        RawParams::Pairs(pairs) => {
            let in_path = path_params.iter().map(|(name, value)| (name.to_string(), value.clone()));
            for (name, value) in pairs.into_iter().chain(in_path) {
                let Some(param) = find_param(&name) else {
                    errors.push((name, UNKNOWN_PARAMETER.into()));
                    continue;
                };
                match (value_from_text(&value, param.kind), args.get_mut(param.name)) {
                    (Err(error), _) => errors.push((name, error)),
                    (Ok(Value::Array(new)), Some(Value::Array(elements))) => elements.extend(new),
                    (Ok(_), Some(_)) => errors.push((name, "duplicate parameter.".into())),
                    (Ok(value), None) => drop(args.insert(param.name, value)),
                }
            }
        }
        RawParams::Json(mut map) => {
            for (name, value) in path_params {
                map.insert(name.to_string(), Value::from(value.as_str()));
            }
            for (name, value) in map {
                let Some(param) = find_param(&name) else {
                    errors.push((name, UNKNOWN_PARAMETER.into()));
                    continue;
                };
                match check_json(&value, param.kind) {
                    Ok(()) => drop(args.insert(param.name, value)),
                    Err((Some(index), error)) => errors.push((format!("{name}/[{index}]"), error)),
                    Err((None, error)) => errors.push((name, error)),
                }
            }
        }
    }
    let mut missing: Vec<&str> = params
        .iter()
        .filter(|param| param.is_required && !args.contains_key(param.name))
        .filter(|param| !errors.iter().any(|(name, _)| name == param.name))
        .map(|param| param.name)
        .collect();
    missing.sort_unstable();
    errors.extend(missing.iter().map(|name| (name.to_string(), MISSING_PARAMETER.to_string())));
    match errors.as_slice() {
        [] => Ok(Args(args)),
        [(name, error)] => {
            let text = format!("parameter verification failed - '{name}': {error}");
            Err(ApiError::bad_request(text))
        }
        errors => {
            let lines: String =
                errors.iter().map(|(name, error)| format!("\n- '{name}': {error}")).collect();
            Err(ApiError::bad_request(format!("parameter verification failed:{lines}")))
        }
    }
}

const UNKNOWN_PARAMETER: &str = "schema does not allow additional properties.";
const MISSING_PARAMETER: &str = "parameter is missing and it is not optional.";

/// Converts a value from a form, a query or the path. The value of a list parameter becomes a list
/// with one element. The error is PBS's message about the value.
fn value_from_text(text: &str, kind: Kind) -> Result<Value, String> {
    match kind {
        Kind::Text { .. } => check_text(text, kind).map(|()| text.into()),
        Kind::OneOf(choices) => check_choice(text, choices).map(|()| text.into()),
        Kind::ListOf(choices) => {
            check_choice(text, choices).map(|()| Value::Array(vec![text.into()]))
        }
        Kind::Integer => {
            let number: i64 = text.parse().map_err(|error| format!("{error}"))?;
            check_integer(number).map(|()| number.into())
        }
        Kind::Boolean => match text.to_lowercase().as_str() {
            "1" | "on" | "yes" | "true" => Ok(true.into()),
            "0" | "off" | "no" | "false" => Ok(false.into()),
            _ => Err("Unable to parse boolean option.".into()),
        },
    }
}

/// Checks a value from a JSON body. The value must have exactly the type of the parameter. The
/// error is PBS's message about the value. If the message is about an element of a list, the error
/// contains the index of the element.
fn check_json(value: &Value, kind: Kind) -> Result<(), (Option<usize>, String)> {
    let about_value = |error: String| (None, error);
    match (kind, value) {
        (Kind::Text { .. }, Value::String(text)) => check_text(text, kind).map_err(about_value),
        (Kind::OneOf(choices), Value::String(text)) => {
            check_choice(text, choices).map_err(about_value)
        }
        (Kind::Text { .. } | Kind::OneOf(_), _) => {
            Err(about_value("Expected string value.".into()))
        }
        (Kind::Boolean, Value::Bool(_)) => Ok(()),
        (Kind::Boolean, _) => Err(about_value("Expected boolean value.".into())),
        (Kind::Integer, _) => match value.as_i64() {
            Some(number) => check_integer(number).map_err(about_value),
            None => Err(about_value("Expected integer value.".into())),
        },
        (Kind::ListOf(choices), Value::Array(elements)) => {
            elements.iter().enumerate().try_for_each(|(index, element)| match element.as_str() {
                Some(text) => check_choice(text, choices).map_err(|error| (Some(index), error)),
                None => Err((Some(index), "Expected string value.".into())),
            })
        }
        (Kind::ListOf(_), Value::Object(_)) => {
            Err(about_value("Expected array - got object.".into()))
        }
        (Kind::ListOf(_), _) => Err(about_value("Expected array - got scalar value.".into())),
    }
}

fn check_text(text: &str, kind: Kind) -> Result<(), String> {
    let Kind::Text { min_chars, max_chars, is_valid } = kind else { return Ok(()) };
    let length = text.chars().count();
    if length < min_chars {
        Err(format!("value must be at least {min_chars} characters long"))
    } else if length > max_chars {
        Err(format!("value may only be {max_chars} characters long"))
    } else if !is_valid(text) {
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

/// Every integer parameter is a Unix time or a port number, so its smallest value is 0.
fn check_integer(number: i64) -> Result<(), String> {
    match number {
        0.. => Ok(()),
        _ => Err(format!("value must have a minimum value of 0 (got {number})")),
    }
}
