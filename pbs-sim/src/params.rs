//! Validation of request parameters against PBS's description of the call. The messages are those
//! of PBS 4.2.3 (recorded).

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::{
    datastore::MAX_DEPTH,
    description::{ApiCall, PathParams, Schema},
    raw_params::RawParams,
    response::ApiError,
    settings::{VERSION_4_0, Version},
};

/// Validated parameters, including those from the path.
pub(crate) struct Args(BTreeMap<String, Value>);

impl Args {
    /// The value of a text parameter, if the request has it.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    /// The value of a text parameter that the call requires, such as a parameter in the path. Empty
    /// if the request does not have the parameter.
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

    /// The texts in a list parameter. Empty if the request does not have the parameter.
    pub(crate) fn list(&self, name: &str) -> Vec<&str> {
        let elements = self.0.get(name).and_then(Value::as_array);
        elements.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// All parameters except those with these names.
    pub(crate) fn all_except(&self, names: &[&str]) -> Map<String, Value> {
        let params = self.0.iter().filter(|(name, _)| !names.contains(&name.as_str()));
        params.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// Whether the list parameter contains `element`. False if the request does not have the
    /// parameter.
    pub(crate) fn list_contains(&self, name: &str, element: &str) -> bool {
        self.list(name).contains(&element)
    }
}

/// Validates the parameters of a request against PBS's description of the call.
///
/// # Errors
/// PBS's message with status 400, which names all parameters that are unknown, invalid, duplicate
/// or missing.
pub(crate) fn validate(
    call: &ApiCall,
    version: Version,
    raw: RawParams,
    path_params: &PathParams,
) -> Result<Args, ApiError> {
    let mut args: BTreeMap<String, Value> = BTreeMap::new();
    let mut errors: Vec<(String, String)> = Vec::new();
    let is_json = matches!(raw, RawParams::Json(_));
    match raw {
        RawParams::Pairs(pairs) => {
            for (name, value) in pairs.into_iter().chain(path_params.iter().cloned()) {
                let Some(schema) = call.params.get(&name) else {
                    if !call.allows_additional_params {
                        errors.push((name, UNKNOWN_PARAMETER.into()));
                    }
                    continue;
                };
                match (schema.value_from_text(&name, &value), args.get_mut(&name)) {
                    (Err(error), _) => errors.push((name, error)),
                    (Ok(Value::Array(new)), Some(Value::Array(elements))) => elements.extend(new),
                    (Ok(_), Some(_)) => errors.push((name, "duplicate parameter.".into())),
                    (Ok(value), None) => drop(args.insert(name, value)),
                }
            }
        }
        RawParams::Json(mut map) => {
            for (name, value) in path_params {
                map.insert(name.to_string(), Value::from(value.as_str()));
            }
            for (name, value) in map {
                let Some(schema) = call.params.get(&name) else {
                    if !call.allows_additional_params {
                        errors.push((name, UNKNOWN_PARAMETER.into()));
                    }
                    continue;
                };
                match schema.check_json(&name, &value) {
                    Ok(()) => drop(args.insert(name, value)),
                    Err((Some(index), error)) => errors.push((format!("{name}/[{index}]"), error)),
                    Err((None, error)) => errors.push((name, error)),
                }
            }
        }
    }
    // For some parameters, PBS compares the value with the list of valid values after all other
    // checks. PBS's message about such a value does not name the parameter.
    let (late_errors, mut errors): (Vec<_>, Vec<_>) =
        errors.into_iter().partition(|(name, error)| {
            error.ends_with("is not defined in the enumeration.")
                && is_checked_late(call, version, name)
        });
    // In a form, PBS looks for missing parameters only if all sent parameters are valid.
    if is_json || errors.is_empty() {
        let is_missing = |(name, schema): &(&String, &Schema)| {
            let has_error = |(invalid_name, _): &(String, String)| invalid_name == *name;
            let is_sent = args.contains_key(*name)
                || late_errors.iter().any(has_error)
                || errors.iter().any(has_error);
            !schema.is_optional() && !is_sent
        };
        let missing_names: Vec<String> =
            call.params.iter().filter(is_missing).map(|(name, _)| name.clone()).collect();
        errors.extend(missing_names.into_iter().map(|name| (name, MISSING_PARAMETER.to_string())));
    }
    match errors.as_slice() {
        [] => {}
        [(name, error)] => {
            let text = format!("parameter verification failed - '{name}': {error}");
            return Err(ApiError::bad_request(text));
        }
        errors => {
            let lines: String =
                errors.iter().map(|(name, error)| format!("\n- '{name}': {error}")).collect();
            return Err(ApiError::bad_request(format!("parameter verification failed:{lines}")));
        }
    }
    if let Some((name, error)) = late_errors.first() {
        return Err(ApiError::bad_request(unknown_variant(&call.params[name], error)));
    }
    check_types(call, &args)?;
    Ok(Args(args))
}

const UNKNOWN_PARAMETER: &str = "schema does not allow additional properties.";
const MISSING_PARAMETER: &str = "parameter is missing and it is not optional.";

/// Whether PBS compares the value of this parameter with the list of valid values late: only when
/// PBS converts the parameters to the types of the handler (recorded).
fn is_checked_late(call: &ApiCall, version: Version, name: &str) -> bool {
    match name {
        "notification-mode" => true,
        // In `GET /admin/sync`, PBS checks this parameter together with all other parameters.
        "sync-direction" => call.path != "/admin/sync",
        "statusfilter" => true,
        "mode" => call.path.starts_with("/config/access/"),
        // PBS 3.4.8 checks the backup type together with all other parameters (measured).
        "backup-type" => version >= VERSION_4_0,
        _ => false,
    }
}

/// PBS's message about an invalid value of a parameter for which [`is_checked_late`] is true.
/// `error` is the message of the schema about this value.
fn unknown_variant(schema: &Schema, error: &str) -> String {
    let value = error.strip_prefix("value '").and_then(|rest| rest.rsplit_once("' is"));
    let value = value.map_or("", |(value, _)| value);
    let choices: Vec<String> =
        schema.choices().iter().map(|choice| format!("`{choice}`")).collect();
    let expected = match choices.as_slice() {
        [first, second] => format!("{first} or {second}"),
        choices => format!("one of {}", choices.join(", ")),
    };
    format!("unknown variant `{value}`, expected {expected}")
}

/// Refuses values that fit PBS's description, but not the type of the parameter in PBS's own code.
/// There are two kinds of such values. If the description sets no limits for a number, the number
/// can be too large or too small for its Rust type. A namespace can have more than seven levels
/// (PBS 4.2.3, recorded).
fn check_types(call: &ApiCall, args: &BTreeMap<String, Value>) -> Result<(), ApiError> {
    for (name, value) in args {
        let expected = match name.as_str() {
            "ns" | "parent" | "remote-ns" | "target-ns" => {
                let depth = value.as_str().unwrap_or_default().split('/').count();
                (depth > MAX_DEPTH).then_some("valid backup namespace")
            }
            _ if call.params.get(name).is_none_or(Schema::has_range) => None,
            "port" | "mtu" => {
                value.as_i64().filter(|number| u16::try_from(*number).is_err()).map(|_| "u16")
            }
            "limit" | "start" => value.as_i64().filter(|number| *number < 0).map(|_| "u64"),
            "max-body-size" => value.as_i64().filter(|number| *number < 0).map(|_| "usize"),
            "put-rate-limit" => value.as_i64().filter(|number| *number < 0).map(|_| "u64"),
            _ => None,
        };
        if let Some(expected) = expected {
            let value = match value {
                Value::String(text) => format!("string {text:?}"),
                value => format!("integer `{value}`"),
            };
            let text = format!("invalid value: {value}, expected {expected}");
            return Err(ApiError::bad_request(text));
        }
    }
    Ok(())
}
