//! The HTTP proxy of a node.

use crate::pbs::{
    Malformed,
    id::check_length,
    notation::host::{Address, parse_ipv6_address, parse_port},
};
use std::{fmt, str::FromStr};
use zeroize::Zeroizing;

const FORM: &str = "an HTTP proxy (`[http://][user:password@]host[:port]`)";

/// The HTTP proxy through which PBS connects to the internet. The form of the text is
/// `[http://][user:password@]host[:port]`.
///
/// Two values are equal if they contain the same host, port, user and password. `Debug` does not
/// show the text, because it can contain a password.
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
    /// The text that the provider sends to PBS.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for HttpProxy {
    type Err = Malformed;

    /// PBS accepts every URL with the scheme `http`. But it ignores a path. If the port is not a
    /// number, or is too large, PBS uses port 1080 (read in the source). This type therefore
    /// rejects a path, and a port that is not a number from 1 to 65535.
    fn from_str(text: &str) -> Result<Self, Malformed> {
        check_length(FORM, text, 0, 128)?;
        let authority = match text.split_once("://") {
            Some((scheme, authority)) if scheme.eq_ignore_ascii_case("http") => authority,
            Some(_) => return Err(Malformed::rule(FORM, "the only possible scheme is `http`")),
            None if text.is_empty() => return Err(Malformed::empty(FORM)),
            None => text,
        };
        let authority_offset = text.chars().count() - authority.chars().count();
        if authority.contains(['/', '?', '#']) {
            return Err(Malformed::rule(FORM, "the port must be the last part of the text"));
        }
        let (user_and_password, host_and_port) = match authority.rsplit_once('@') {
            Some((user, rest)) => (Some(user), rest),
            None => (None, authority),
        };
        let user = user_and_password.unwrap_or_default();
        if let Some(place) = user.chars().position(|c| !is_allowed_in_user(c)) {
            return Err(Malformed::character(FORM, authority_offset + place + 1));
        }
        let (host, port) = split_port(host_and_port)?;
        let port = port.map_or(Ok(DEFAULT_PORT), |port| parse_port(FORM, port))?;
        let host_offset = text.chars().count() - host_and_port.chars().count();
        Ok(Self {
            address: parse_address(host).map_err(|error| error.moved_right(host_offset))?,
            text: Zeroizing::new(text.to_owned()),
            user_and_password: user_and_password.map(|user| Zeroizing::new(user.to_owned())),
            port,
        })
    }
}

/// Splits a text into the host and the port. The port is `None` if the text contains no port. A
/// colon in an IPv6 address does not separate the host from the port.
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

/// Parses the host of a proxy. A host name can contain underscores, because PBS does not compare
/// the name of a proxy with its pattern for host names (read in the source).
fn parse_address(host: &str) -> Result<Address, Malformed> {
    if let Some(address) = host.strip_prefix('[') {
        let address = address.strip_suffix(']');
        let address = address.ok_or_else(|| Malformed::rule(FORM, "a bracket is missing"))?;
        return Ok(Address::V6(parse_ipv6_address(FORM, address)?));
    }
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    match host.chars().position(|c| !is_allowed(c)) {
        Some(place) => Err(Malformed::character(FORM, place + 1)),
        None if host.is_empty() => Err(Malformed::missing(FORM, "host")),
        None => Ok(Address::Name(host.to_ascii_lowercase())),
    }
}

/// Whether the character is allowed in the user and password of a URL. Every other character must
/// be percent-encoded.
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
