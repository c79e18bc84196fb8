//! Host names and addresses.

use crate::pbs::{Malformed, notation::notation_type};
use std::net::Ipv6Addr;

const NAME_FORM: &str = "a DNS name such as `pbs.example.com`";
const HOST_FORM: &str = "a host name or IP address such as `pbs.example.com` or `2001:db8::1`";
const PORT_FORM: &str = "a host and a port such as `pbs.example.com:8089` or `[2001:db8::1]:8089`";

notation_type! {
    /// A DNS name without a dot at the end. Two names are equal if they differ only in upper and
    /// lower case.
    DnsName, String, |text: &str| {
        check_name(NAME_FORM, text, false)?;
        Ok((text.to_owned(), text.to_ascii_lowercase()))
    }
}

notation_type! {
    /// A DNS name in which each part can begin with `_`, such as `_acme-challenge.example.com`.
    DnsAlias, String, |text: &str| {
        check_name(NAME_FORM, text, true)?;
        Ok((text.to_owned(), text.to_ascii_lowercase()))
    }
}

notation_type! {
    /// A DNS name or an IP address. An IPv6 address is not in brackets.
    Host, Address, parse_host
}

notation_type! {
    /// A DNS name or an IP address, and a port. An IPv6 address is in brackets.
    HostPort, (Address, u16), parse_host_and_port
}

/// The meaning of a text that contains a host. Different texts for the same host have equal
/// meanings.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Address {
    /// A DNS name in lower case, or an IPv4 address. There is only one text for each IPv4 address.
    Name(String),
    /// An IPv6 address.
    V6(Ipv6Addr),
}

fn parse_host(text: &str) -> Result<(String, Address), Malformed> {
    if text.contains("://") {
        return Err(Malformed::rule(
            HOST_FORM,
            "the text must not contain a scheme such as `https://`",
        ));
    }
    if text.starts_with('[') {
        return Err(Malformed::rule(HOST_FORM, "an IPv6 address must not be in brackets"));
    }
    let address = match text.matches(':').count() {
        0 => parse_name(HOST_FORM, text)?,
        1 => return Err(Malformed::rule(HOST_FORM, "the text must not contain a port")),
        _ => Address::V6(parse_ipv6_address(HOST_FORM, text)?),
    };
    Ok((text.to_owned(), address))
}

fn parse_host_and_port(text: &str) -> Result<(String, (Address, u16)), Malformed> {
    let (host, port) = match text.rsplit_once(':') {
        Some(parts) => parts,
        None if text.is_empty() => return Err(Malformed::empty(PORT_FORM)),
        None => return Err(Malformed::missing(PORT_FORM, "port")),
    };
    let address = match host.strip_prefix('[') {
        Some(address) => match address.strip_suffix(']') {
            Some(address) => Address::V6(parse_ipv6_address(PORT_FORM, address)?),
            None => return Err(Malformed::rule(PORT_FORM, "a bracket or the port is missing")),
        },
        None if host.contains(':') => {
            return Err(Malformed::rule(PORT_FORM, "an IPv6 address must be in brackets"));
        }
        None => parse_name(PORT_FORM, host).map_err(|error| error.of_part("host"))?,
    };
    Ok((text.to_owned(), (address, parse_port(PORT_FORM, port)?)))
}

/// Parses a port from 1 to 65535. Like PBS, the function accepts zeros at the beginning of a number
/// with up to four digits (API description). PBS also accepts the port 0, but no server can listen
/// on this port.
pub(super) fn parse_port(form: &'static str, text: &str) -> Result<u16, Malformed> {
    const FAULT: &str = "the port must be a number from 1 to 65535";
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit())
        && (text.len() <= 4 || !text.starts_with('0'));
    match text.parse() {
        Ok(port) if is_number && port > 0 => Ok(port),
        _ if text.is_empty() => Err(Malformed::missing(form, "port")),
        _ => Err(Malformed::rule(form, FAULT)),
    }
}

/// Parses a DNS name.
pub(super) fn parse_name(form: &'static str, text: &str) -> Result<Address, Malformed> {
    check_name(form, text, false)?;
    Ok(Address::Name(text.to_ascii_lowercase()))
}

/// Parses an IPv6 address without brackets.
pub(super) fn parse_ipv6_address(form: &'static str, text: &str) -> Result<Ipv6Addr, Malformed> {
    text.parse().map_err(|_| Malformed::rule(form, "the IPv6 address is not valid"))
}

/// Checks a DNS name. If `allows_underscores` is true, each part between two dots can begin with
/// `_`. PBS does not limit the length of a name or of its parts (API description). But this
/// function applies the limits of DNS, because a longer name cannot be resolved.
fn check_name(form: &'static str, text: &str, allows_underscores: bool) -> Result<(), Malformed> {
    if text.is_empty() {
        return Err(Malformed::empty(form));
    }
    if text.len() > 1 && text.ends_with('.') {
        return Err(Malformed::rule(form, "the name must not end with `.`"));
    }
    let mut start = 0;
    for label in text.split('.') {
        let last = label.chars().count().saturating_sub(1);
        let is_allowed = |(place, c): (usize, char)| {
            c.is_ascii_alphanumeric()
                || (allows_underscores && place == 0 && c == '_')
                || (c == '-' && place > 0 && place < last)
        };
        if let Some(place) = label.chars().enumerate().position(|each| !is_allowed(each)) {
            return Err(Malformed::character(form, start + place + 1));
        }
        if label.is_empty() {
            return Err(Malformed::character(form, start + 1));
        }
        start += label.len() + 1;
    }
    if text.len() > 253 || text.split('.').any(|label| label.len() > 63) {
        return Err(Malformed::rule(
            form,
            "the name has more than 253 characters, or more than 63 characters between two dots",
        ));
    }
    Ok(())
}
