//! The HTTP proxy of a node.

use crate::pbs::{
    Malformed,
    id::check_length,
    notation::host::{Address, ipv6_address, parse_port},
};
use std::{fmt, str::FromStr};
use zeroize::Zeroizing;

const FORM: &str = "an HTTP proxy (`[http://][user:password@]host[:port]`)";

/// The HTTP proxy through which PBS connects to the internet. The form of the text is
/// `[http://][user:password@]host[:port]`.
///
/// Two values are equal if they name the same proxy and contain the same user and password. `Debug`
/// does not show the text, because it can contain a password.
#[derive(Clone)]
pub struct HttpProxy {
    text: Zeroizing<String>,
    user_and_password: Option<Zeroizing<String>>,
    address: Address,
    port: u16,
}

/// The port that PBS uses if the text contains none (read in the source).
const DEFAULT_PORT: u16 = 1080;

impl HttpProxy {
    /// The text that is sent to PBS.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for HttpProxy {
    type Err = Malformed;

    /// PBS accepts every URL with the scheme `http`, but ignores a path, and uses port 1080 if the
    /// port is not a number or too large (read in the source). This type rejects texts with a path
    /// or with such a port.
    fn from_str(text: &str) -> Result<Self, Malformed> {
        check_length(FORM, text, 0, 128)?;
        let authority = match text.split_once("://") {
            Some((scheme, authority)) if scheme.eq_ignore_ascii_case("http") => authority,
            Some(_) => return Err(Malformed::rule(FORM, "the only possible scheme is `http`")),
            None if text.is_empty() => return Err(Malformed::empty(FORM)),
            None => text,
        };
        let before = text.chars().count() - authority.chars().count();
        if authority.contains(['/', '?', '#']) {
            return Err(Malformed::rule(FORM, "nothing can follow the port"));
        }
        let (user_and_password, host_and_port) = match authority.rsplit_once('@') {
            Some((user, rest)) => (Some(user), rest),
            None => (None, authority),
        };
        let user = user_and_password.unwrap_or_default();
        if let Some(place) = user.chars().position(|c| !is_allowed_in_user(c)) {
            return Err(Malformed::character(FORM, before + place + 1));
        }
        let (host, port) = split_port(host_and_port)?;
        let port = port.map_or(Ok(DEFAULT_PORT), |port| parse_port(FORM, port))?;
        let start = before + authority.chars().count() - host_and_port.chars().count();
        Ok(Self {
            address: parse_address(host).map_err(|error| error.after(start))?,
            text: Zeroizing::new(text.to_owned()),
            user_and_password: user_and_password.map(|user| Zeroizing::new(user.to_owned())),
            port,
        })
    }
}

/// Splits the port off. The colons inside an IPv6 address do not count.
fn split_port(text: &str) -> Result<(&str, Option<&str>), Malformed> {
    match text.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => match host.contains(':') {
            true if !host.starts_with('[') => {
                Err(Malformed::rule(FORM, "an IPv6 address must be in brackets"))
            }
            _ => Ok((host, Some(port))),
        },
        _ => Ok((text, None)),
    }
}

/// A host name can contain underscores here, because PBS does not compare it with its pattern for
/// host names (read in the source).
fn parse_address(host: &str) -> Result<Address, Malformed> {
    if let Some(address) = host.strip_prefix('[') {
        let address = address.strip_suffix(']');
        let address = address.ok_or_else(|| Malformed::rule(FORM, "a bracket is missing"))?;
        return Ok(Address::V6(ipv6_address(FORM, address)?));
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    match host.chars().position(|c| !allowed(c)) {
        Some(place) => Err(Malformed::character(FORM, place + 1)),
        None if host.is_empty() => Err(Malformed::missing(FORM, "host")),
        None => Ok(Address::Name(host.to_ascii_lowercase())),
    }
}

/// Whether a URL allows the character in the user and the password. All other characters must be
/// percent-encoded.
fn is_allowed_in_user(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-._~%!$&'()*+,;=:".contains(c)
}

impl PartialEq for HttpProxy {
    fn eq(&self, other: &Self) -> bool {
        self.user_and_password == other.user_and_password
            && self.address == other.address
            && self.port == other.port
    }
}

impl fmt::Display for HttpProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for HttpProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HttpProxy(..)")
    }
}
