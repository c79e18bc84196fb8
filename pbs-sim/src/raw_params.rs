//! Request parameters as the client sent them: parsing from query, form and JSON, and redaction for
//! the request log. [`params`](crate::params) validates them.

use serde_json::{Map, Value};

use crate::response::ApiError;

/// Request parameters that have not been validated. Parameters in the path are not included.
pub(crate) enum RawParams {
    /// Names and values from a form body and the query, in this order. A name can occur more than
    /// once.
    Pairs(Vec<(String, String)>),
    /// The members of a JSON body.
    Json(Map<String, Value>),
}

impl RawParams {
    /// Parses the parameters of a request. The body is parsed only if `has_body` is true.
    /// `has_body` is false for `GET` requests, because PBS ignores their body.
    ///
    /// A body without a content type is parsed as a form. If the body is JSON, the query is
    /// ignored.
    ///
    /// # Errors
    /// PBS's message with status 400 if the content type is not supported or the body is not a JSON
    /// object.
    pub(crate) fn parse(
        query: Option<&str>,
        content_type: Option<&str>,
        body: &[u8],
        has_body: bool,
    ) -> Result<Self, ApiError> {
        let mut pairs = Vec::new();
        if has_body {
            match content_type.map(|text| text.split(';').next().unwrap_or(text).trim()) {
                Some("application/json") => return parse_json(body),
                None | Some("application/x-www-form-urlencoded") => pairs.extend(parse_form(body)),
                Some(_) => {
                    // The error of a real PBS contains the Rust value `Ok("…")` instead of the
                    // content type alone (PBS 4.2.3, recorded).
                    let text = format!(
                        "unsupported content type Ok({:?})",
                        content_type.unwrap_or_default()
                    );
                    return Err(ApiError::bad_request(text));
                }
            }
        }
        pairs.extend(parse_form(query.unwrap_or_default().as_bytes()));
        Ok(Self::Pairs(pairs))
    }

    /// Names and values for the request log, with the values of secrets redacted.
    pub(crate) fn redacted(&self) -> Vec<(String, String)> {
        let pairs: Vec<(String, String)> = match self {
            Self::Pairs(pairs) => pairs.clone(),
            Self::Json(map) => {
                map.iter().map(|(name, value)| (name.clone(), json_to_text(value))).collect()
            }
        };
        pairs.into_iter().map(redact).collect()
    }
}

/// The decoded query for the request log, with the values of secrets redacted.
pub(crate) fn redacted_query(query: &str) -> String {
    let pairs: Vec<String> = parse_form(query.as_bytes())
        .map(redact)
        .map(|(name, value)| if value.is_empty() { name } else { format!("{name}={value}") })
        .collect();
    pairs.join("&")
}

/// If the name of a parameter shows that its value is a secret, replaces the value.
fn redact((name, value): (String, String)) -> (String, String) {
    let is_secret = ["password", "secret", "ticket"].iter().any(|part| name.contains(part))
        || ["token", "client-key", "key", "data", "eab_hmac_key"].contains(&name.as_str());
    (name, if is_secret { "<redacted>".into() } else { value })
}

/// The text of a JSON string, or the JSON form of another value.
fn json_to_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), String::from)
}

fn parse_form(encoded: &[u8]) -> impl Iterator<Item = (String, String)> + '_ {
    form_urlencoded::parse(encoded).into_owned()
}

/// Parses a JSON body. An empty body counts as an empty object. The error messages are those of PBS
/// 4.2.3 (recorded).
fn parse_json(body: &[u8]) -> Result<RawParams, ApiError> {
    if body.is_empty() {
        return Ok(RawParams::Json(Map::new()));
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(map)) => Ok(RawParams::Json(map)),
        Ok(Value::Array(_)) => Err(ApiError::bad_request("Expected object - got array.")),
        Ok(_) => Err(ApiError::bad_request("Expected object - got scalar value.")),
        Err(error) => Err(ApiError::bad_request(error.to_string())),
    }
}
