//! Reads and writes the fixture file, which contains the recorded exchanges. If the answer of an
//! exchange has not changed, its text in the file stays the same byte for byte.

use std::{fmt, fs, path::Path};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor},
};
use serde_json::ser::PrettyFormatter;

use crate::cli::Result;

/// A request and, if it has been recorded, the server's answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// `FOLDER/NAME`: identifies the exchange in the script.
    pub case: String,
    /// What the exchange shows. `None` if the name of the exchange already says this.
    pub note: Option<String>,
    /// HTTP method.
    pub method: String,
    /// Path and query. The path, the headers and the body contain placeholders in place of some
    /// secrets.
    pub path: String,
    /// Headers that matter for the answer.
    #[serde(default)]
    pub request_headers: Headers,
    /// Body. A long body of one repeated character is abbreviated: `xxx... [614441 bytes]`.
    pub request_body: Option<String>,
    /// The answer. `None` if the exchange was added and has not been recorded yet.
    #[serde(flatten)]
    pub answer: Option<Answer>,
}

/// The server's answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Milliseconds from sending the request to the arrival of the answer.
    pub ms: u64,
    /// The answer's headers that [`RECORDED_HEADERS`] names. Empty if the headers are not recorded.
    #[serde(default)]
    pub response_headers: Headers,
    /// Body. The text of `acl.cfg` may follow the body; see [`Answer::acl_cfg`].
    pub response_body: String,
}

/// The headers of the answer that are recorded. The other headers, for example `date`, depend on
/// the time or on the machine.
pub const RECORDED_HEADERS: [&str; 5] =
    ["content-type", "set-cookie", "content-length", "content-encoding", "transfer-encoding"];

const ACL_HEADING: &str = "\n\n# acl.cfg afterwards:\n";

impl Answer {
    /// The body as the server sent it.
    pub fn body(&self) -> &str {
        self.response_body.split_once(ACL_HEADING).map_or(&self.response_body, |(body, _)| body)
    }

    /// The lines of the server's `acl.cfg` after the request. `None` if the recorded answer does
    /// not contain the text of this file.
    pub fn acl_cfg(&self) -> Option<Vec<&str>> {
        let (_, text) = self.response_body.split_once(ACL_HEADING)?;
        let lines = text.lines().map(|line| line.trim_start_matches('#').trim());
        Some(lines.filter(|line| !line.is_empty()).collect())
    }

    /// Appends the text of `acl.cfg` to the body, each line as a comment.
    pub fn append_acl_cfg(&mut self, text: &str) {
        let lines: Vec<String> = text.split('\n').map(|line| format!("# {line}")).collect();
        self.response_body += &format!("{ACL_HEADING}{}", lines.join("\n"));
    }
}

/// HTTP headers with lower-case names, in the order in which they were recorded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Headers(pub Vec<(String, String)>);

impl Headers {
    /// The value of the header of this lower-case name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl Serialize for Headers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct HeadersVisitor;
        impl<'de> Visitor<'de> for HeadersVisitor {
            type Value = Headers;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of HTTP headers")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Headers, A::Error> {
                let mut headers = Headers::default();
                while let Some(header) = map.next_entry()? {
                    headers.0.push(header);
                }
                Ok(headers)
            }
        }
        deserializer.deserialize_map(HeadersVisitor)
    }
}

/// Reads a fixture.
///
/// # Errors
/// The file cannot be read, or an exchange lacks a part of its request.
pub fn read(file: &Path) -> Result<Vec<Exchange>> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", file.display()).into())
}

/// The text of a fixture in the format of the first recording. The text is indented by one space,
/// and every character outside printable ASCII is escaped.
///
/// # Errors
/// The exchanges cannot be serialized, which does not happen for valid exchanges.
pub fn to_text(exchanges: &[Exchange]) -> Result<String> {
    let mut json = Vec::new();
    let formatter = PrettyFormatter::with_indent(b" ");
    exchanges.serialize(&mut serde_json::Serializer::with_formatter(&mut json, formatter))?;
    let mut text = String::new();
    for character in String::from_utf8(json)?.chars() {
        match character {
            '\n' | ' '..='~' => text.push(character),
            // Outside of strings, JSON is ASCII. A character that is not ASCII is therefore part of
            // a string and can be escaped.
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    text += &format!("\\u{unit:04x}");
                }
            }
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::fixture;

    #[test]
    fn the_fixture_is_written_as_it_was_read() {
        let text = fs::read_to_string(fixture()).expect("the fixture is committed");
        let exchanges = read(&fixture()).expect("the fixture is complete");
        assert!(to_text(&exchanges).expect("it can be written") == text, "the bytes differ");
    }

    #[test]
    fn an_exchange_without_an_answer_is_read_as_not_recorded() {
        let text = r#"{"case": "00-basics/new", "note": null, "method": "GET", "path": "/x",
            "request_headers": {}, "request_body": null}"#;
        let exchange: Exchange = serde_json::from_str(text).expect("the request is complete");
        assert_eq!(exchange.answer, None);
    }

    #[test]
    fn acl_cfg_is_appended_as_it_is_read() {
        let headers = Headers::default();
        let body = "{}".to_owned();
        let mut answer =
            Answer { status: 200, ms: 1, response_headers: headers, response_body: body };
        assert_eq!(answer.acl_cfg(), None);
        answer.append_acl_cfg("acl:1:/:a@pbs:Admin\n");
        assert_eq!(answer.response_body, "{}\n\n# acl.cfg afterwards:\n# acl:1:/:a@pbs:Admin\n# ");
        assert_eq!(answer.body(), "{}");
        assert_eq!(answer.acl_cfg(), Some(vec!["acl:1:/:a@pbs:Admin"]));
    }
}
