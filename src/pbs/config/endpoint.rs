//! Addresses of servers.

use crate::pbs::{Malformed, id::text_type};
use reqwest::Url;
use rustls_pki_types::ServerName;
use std::{fmt, str::FromStr};

/// The address of a server: `https://host:port`, followed by the base path of a reverse proxy if
/// there is one.
///
/// The default port is 8007, or 443 if the address has a base path. A trailing `/api2/json` is
/// removed, because the client adds it to the path of every request.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    url: Url,
    port: u16,
}

impl Endpoint {
    /// The host name or IP address. An IPv6 address has brackets.
    pub(crate) fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// The URL of an API path. Each segment is percent-encoded.
    pub(crate) fn api<'a>(&self, segments: impl IntoIterator<Item = &'a str>) -> Url {
        let mut url = self.url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(["api2", "json"]).extend(segments);
        }
        url
    }
}

impl FromStr for Endpoint {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        const FORM: &str = "an endpoint such as `https://host:8007`";
        let rule = |rule| Malformed::rule(FORM, rule);
        if let Some(place) = text.chars().position(|c| c.is_whitespace() || c.is_control()) {
            return Err(Malformed::character(FORM, place + 1));
        }
        let scheme = text.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
        match scheme.as_deref() {
            Some("https") => {}
            Some("http") => {
                return Err(rule(
                    "`http://` would send the credentials unencrypted; use `https://`",
                ));
            }
            _ => return Err(rule("the text must begin with `https://`")),
        }
        if authority(text).is_empty() {
            return Err(Malformed::missing(FORM, "host name"));
        }
        if has_bare_ipv6_address(authority(text)) {
            return Err(rule(
                "an IPv6 address must be in brackets, for example `https://[fd00::1]:8007`",
            ));
        }
        let mut url = Url::parse(text).map_err(|_| rule("the text is not a URL"))?;
        if !url.username().is_empty() || url.password().is_some() || authority(text).contains('@') {
            return Err(rule(
                "a user name or password in the URL is not allowed; set `username` and `password`",
            ));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(rule("a query (`?`) or a fragment (`#`) is not allowed"));
        }
        let path = url.path().trim_end_matches('/');
        let path = path.strip_suffix("/api2/json").unwrap_or(path).trim_end_matches('/').to_owned();
        url.set_path(&path);
        // `Url` drops an explicit port 443, because 443 is the default port of `https`. The default
        // port of an endpoint is 8007, so `has_port` looks for a port in the original text.
        let explicit = has_port(authority(text)).then(|| url.port_or_known_default()).flatten();
        let port = explicit.unwrap_or(if path.is_empty() { 8007 } else { 443 });
        if port == 0 {
            return Err(rule("the port must not be 0"));
        }
        let host = url.host_str().unwrap_or_default();
        let is_name = !host.starts_with('[');
        if is_name && ServerName::try_from(host.strip_suffix('.').unwrap_or(host)).is_err() {
            return Err(rule(
                "the host name is not valid. Each part of a host name has 1 to 63 letters, \
                 digits, hyphens and underscores, and does not begin or end with a hyphen",
            ));
        }
        url.set_port(Some(port)).map_err(|()| rule("the text is not a URL"))?;
        Ok(Self { url, port })
    }
}

/// The part of the text between `https://` and the path.
fn authority(text: &str) -> &str {
    let rest = text.split_once("://").map_or("", |(_, rest)| rest);
    rest.split(['/', '\\', '?', '#']).next().unwrap_or_default()
}

/// Whether the text is an IPv6 address without brackets, with or without a port.
fn has_bare_ipv6_address(authority: &str) -> bool {
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    !host.contains('[') && host.matches(':').count() > 1
}

/// Whether a port follows the host. The colons inside an IPv6 address do not count.
fn has_port(authority: &str) -> bool {
    let after_address = authority.rsplit_once(']').map_or(authority, |(_, rest)| rest);
    after_address.rsplit_once(':').is_some_and(|(_, port)| !port.is_empty())
}

text_type!(Endpoint);

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.url.path().trim_end_matches('/');
        write!(f, "https://{}:{}{path}", self.host(), self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_normalized_to_host_port_and_base_path() {
        for (text, shown) in [
            ("https://pbs.example.com", "https://pbs.example.com:8007"),
            ("https://pbs.example.com/", "https://pbs.example.com:8007"),
            ("HTTPS://PBS.example.com:8007", "https://pbs.example.com:8007"),
            ("https://pbs.example.com:443", "https://pbs.example.com:443"),
            ("https://pbs.example.com:443/", "https://pbs.example.com:443"),
            ("https://pbs.example.com:9000/api2/json", "https://pbs.example.com:9000"),
            ("https://pbs.example.com/api2/json/", "https://pbs.example.com:8007"),
            ("https://example.com/backup", "https://example.com:443/backup"),
            ("https://example.com/backup/api2/json", "https://example.com:443/backup"),
            ("https://example.com:8443/a/b/", "https://example.com:8443/a/b"),
            ("https://[::1]", "https://[::1]:8007"),
            ("https://[2001:db8::1]:8007", "https://[2001:db8::1]:8007"),
            ("https://192.0.2.7", "https://192.0.2.7:8007"),
            ("https://pbs_1.example.com", "https://pbs_1.example.com:8007"),
            ("https://_pbs", "https://_pbs:8007"),
            ("https://pbs.example.com.", "https://pbs.example.com.:8007"),
            ("https://b\u{fc}cher.example.com", "https://xn--bcher-kva.example.com:8007"),
        ] {
            let endpoint: Endpoint = text.parse().unwrap();
            assert_eq!(endpoint.to_string(), shown, "{text}");
            assert_eq!(shown.parse::<Endpoint>().unwrap(), endpoint, "{text}");
        }
    }

    #[test]
    fn an_invalid_endpoint_is_rejected_and_not_shown() {
        for text in [
            "",
            "pbs.example.com",
            "pbs.example.com:8007",
            "http://pbs.example.com",
            "http://localhost:8007",
            "http://127.0.0.1:8007",
            "ftp://pbs.example.com",
            "https://",
            "https://::1",
            "https://root:MARKER@pbs.example.com",
            "https://MARKER@pbs.example.com",
            "https://@pbs.example.com",
            "https://pbs.example.com?MARKER",
            "https://pbs.example.com/#MARKER",
            "https://pbs.example.com:0",
            "https://pbs.example.com:65536",
            " https://pbs.example.com",
            "https://pbs.example.com\n",
        ] {
            let shown = text.parse::<Endpoint>().unwrap_err().to_string();
            assert!(!shown.contains("MARKER") && shown.contains("https://host:8007"), "{shown}");
        }
    }

    #[test]
    fn the_error_about_an_ipv6_address_without_brackets_shows_the_brackets() {
        for text in ["https://fd00::1", "https://fd00::1:8007", "https://::1", "https://fd00::1/x"]
        {
            let shown = text.parse::<Endpoint>().unwrap_err().to_string();
            assert!(
                shown.contains("must be in brackets, for example `https://[fd00::1]"),
                "{shown}"
            );
        }
    }

    #[test]
    fn the_error_about_an_invalid_host_name_says_what_is_allowed() {
        let long = format!("https://{}.example.com", "a".repeat(64));
        for text in [
            long.as_str(),
            "https://pbs-",
            "https://-pbs",
            "https://a..b",
            "https://a+b",
            "https://.pbs",
        ] {
            let shown = text.parse::<Endpoint>().unwrap_err().to_string();
            assert!(shown.contains("hyphens and underscores"), "{text}: {shown}");
        }
    }

    #[test]
    fn segments_are_percent_encoded() {
        let endpoint: Endpoint = "https://example.com/base".parse().unwrap();
        assert_eq!(
            endpoint.api(["access", "users", "a?b#c%é@pbs"]).as_str(),
            "https://example.com/base/api2/json/access/users/a%3Fb%23c%25%C3%A9@pbs"
        );
        let endpoint: Endpoint = "https://h".parse().unwrap();
        assert_eq!(endpoint.api(["version"]).as_str(), "https://h:8007/api2/json/version");
    }
}
