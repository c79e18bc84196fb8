//! Additional HTTP headers, for a gateway in front of the server.

use crate::pbs::Secret;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use std::{collections::BTreeMap, fmt};

/// HTTP headers that the client adds to every request. A gateway in front of the server can require
/// such headers, for example to authenticate the client. The values are secrets.
#[derive(Clone, Default)]
pub struct HttpHeaders {
    map: HeaderMap,
    secrets: Vec<Secret>,
}

/// Why a header cannot be added. The message contains neither a value nor an invalid name, because
/// a user can confuse the two, and set a secret as the name of a header.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHeader {
    /// The name contains a character that is not allowed.
    #[error(
        "the name of a header is invalid; a name consists of ASCII letters, digits and hyphens, \
         for example `CF-Access-Client-Id`"
    )]
    Name,
    /// The client or the HTTP protocol determines this header.
    #[error("the header `{0}` cannot be set, because the provider itself sets this header")]
    Reserved(HeaderName),
    /// The value contains a character that is not allowed.
    #[error(
        "the value of the header `{0}` contains a character that is not allowed in an HTTP header; \
         only printable ASCII characters are allowed"
    )]
    Value(HeaderName),
    /// Two names differ only in case.
    #[error("the header `{0}` is set twice; the case of the name does not matter")]
    Duplicate(HeaderName),
}

/// The headers that the client sets itself, and the headers that describe the connection and the
/// body of the message.
const RESERVED: [&str; 16] = [
    "accept-encoding",
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "csrfpreventiontoken",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

impl HttpHeaders {
    /// The headers with these names and values. White space around a value is removed.
    ///
    /// # Errors
    /// A name or a value is invalid, two names differ only in case, or one of the headers is a
    /// header that the client sets itself.
    pub fn new(headers: BTreeMap<String, Secret>) -> Result<Self, InvalidHeader> {
        let mut this = Self::default();
        for (name, secret) in headers {
            let name: HeaderName = name.trim().parse().map_err(|_| InvalidHeader::Name)?;
            if RESERVED.contains(&name.as_str()) {
                return Err(InvalidHeader::Reserved(name));
            }
            let text = secret.expose().trim();
            let value = HeaderValue::from_str(text).ok().filter(|_| text.is_ascii());
            let mut value = value.ok_or_else(|| InvalidHeader::Value(name.clone()))?;
            value.set_sensitive(true);
            this.secrets.push(Secret::new(text));
            if this.map.insert(name.clone(), value).is_some() {
                return Err(InvalidHeader::Duplicate(name));
            }
        }
        Ok(this)
    }

    pub(crate) fn map(&self) -> HeaderMap {
        self.map.clone()
    }

    /// The values of the headers, which are secrets.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &Secret> {
        self.secrets.iter()
    }
}

impl fmt::Debug for HttpHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpHeaders({})", self.map.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(headers: &[(&str, &str)]) -> Result<HttpHeaders, InvalidHeader> {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), Secret::new(*value)));
        HttpHeaders::new(headers.collect())
    }

    #[test]
    fn a_header_of_a_gateway_is_accepted_and_not_shown() {
        let accepted = headers(&[("CF-Access-Client-Id", "id"), ("x-token", " MARKER\n")]).unwrap();
        assert!(accepted.map()["X-Token"] == "MARKER");
        assert_eq!(accepted.secrets().count(), 2);
        assert!(!format!("{accepted:?} {:?}", accepted.map()).contains("MARKER"));
    }

    #[test]
    fn a_header_that_the_provider_sets_itself_or_that_is_invalid_is_refused() {
        let own = ["Authorization", "Cookie", "CSRFPreventionToken", "Host", "Content-Type"];
        for name in own.into_iter().chain(RESERVED) {
            let shown = headers(&[(name, "x")]).unwrap_err().to_string();
            assert!(shown.contains(&format!("`{}`", name.to_lowercase())), "{shown}");
            assert!(shown.contains("the provider itself sets this header"), "{shown}");
        }
        for (list, expected) in [
            (vec![("MARKER name", "x")], InvalidHeader::Name),
            (vec![("", "x")], InvalidHeader::Name),
            (vec![("x-a", "MAR\nKER")], InvalidHeader::Value(HeaderName::from_static("x-a"))),
            (vec![("x-a", "MARKER\u{fc}")], InvalidHeader::Value(HeaderName::from_static("x-a"))),
            (
                vec![("X-A", "x"), ("x-a", "y")],
                InvalidHeader::Duplicate(HeaderName::from_static("x-a")),
            ),
        ] {
            let error = headers(&list).unwrap_err();
            assert!(!error.to_string().contains("MARKER"), "{error}");
            assert_eq!(error, expected);
        }
    }
}
