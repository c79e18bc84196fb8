//! Decides whether the client uses a proxy. `NO_PROXY` has the same meaning as for curl (read in
//! the source of curl 8).

use crate::pbs::{Error, Proxies, Result, config::Endpoint};
use reqwest::{Proxy, Url};
use std::net::IpAddr;

/// The proxy through which the client reaches the endpoint. `None` if the client connects directly.
/// The client always connects directly to a loopback address.
///
/// # Errors
/// The URL of the proxy is invalid.
pub(super) fn for_endpoint(proxies: &Proxies, endpoint: &Endpoint) -> Result<Option<Proxy>> {
    let Some(text) = configured_proxy(proxies, endpoint) else { return Ok(None) };
    let invalid = || {
        Error::Config(
            "the HTTPS proxy is not a URL such as `http://proxy:3128`; check `HTTPS_PROXY`"
                .to_owned(),
        )
    };
    let url = parse_url(text).ok_or_else(invalid)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Error::Config(
            "the URL of the HTTPS proxy must begin with `http://` or `https://`, because other \
             kinds of proxies are not supported; check `HTTPS_PROXY`"
                .to_owned(),
        ));
    }
    Proxy::https(url).map(Some).map_err(|_| invalid())
}

/// The address of the proxy as errors show it, without the user name and the password. `None` if
/// the client connects directly.
pub(super) fn shown_address(proxies: &Proxies, endpoint: &Endpoint) -> Option<String> {
    let url = parse_url(configured_proxy(proxies, endpoint)?)?;
    let port = url.port_or_known_default()?;
    Some(format!("{}://{}:{port}", url.scheme(), url.host_str()?))
}

/// The text that configures the proxy for the endpoint. `None` if the client connects directly.
fn configured_proxy<'a>(proxies: &'a Proxies, endpoint: &Endpoint) -> Option<&'a str> {
    let proxy = proxies.https.as_deref().map(str::trim).filter(|text| !text.is_empty())?;
    let no_proxy = proxies.no_proxy.as_deref().unwrap_or_default();
    (!is_loopback(endpoint.host()) && !bypasses(no_proxy, endpoint.host())).then_some(proxy)
}

/// The URL of the proxy. `None` if the text is not a URL. As for curl, the text can omit `http://`.
fn parse_url(text: &str) -> Option<Url> {
    let with_scheme = match text.contains("://") {
        true => text.to_owned(),
        false => format!("http://{text}"),
    };
    Url::parse(&with_scheme).ok().filter(Url::has_host)
}

fn is_loopback(host: &str) -> bool {
    match ip(host) {
        Some(address) => address.to_canonical().is_loopback(),
        None => {
            let name = host.trim_end_matches('.').to_ascii_lowercase();
            name == "localhost" || name.ends_with(".localhost")
        }
    }
}

/// Whether the client reaches the host directly because of `no_proxy`, the value of `NO_PROXY`. The
/// value is a list of names and IP addresses. A name also stands for its subdomains. An IP address
/// can be followed by a slash and the number of bits to compare. An entry with a port stands for no
/// host. The only wildcard is the value `*`, which stands for all hosts.
fn bypasses(no_proxy: &str, host: &str) -> bool {
    let mut entries = no_proxy.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    no_proxy.trim() == "*"
        || match ip(host) {
            Some(address) => entries.any(|entry| contains(entry, address)),
            None => entries.any(|entry| is_domain_of(entry, host)),
        }
}

/// Whether `host` is the domain `name` or one of its subdomains.
fn is_domain_of(name: &str, host: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let name = name.strip_prefix('.').unwrap_or(name).to_ascii_lowercase();
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    let prefix = host.strip_suffix(&name);
    !name.is_empty() && prefix.is_some_and(|prefix| prefix.is_empty() || prefix.ends_with('.'))
}

/// Whether `entry` is this address, or a network in CIDR notation that contains the address.
fn contains(entry: &str, address: IpAddr) -> bool {
    let (network, bits) = match entry.split_once('/') {
        Some((network, bits)) => (network, Some(bits)),
        None => (entry, None),
    };
    let Some(network) = ip(network) else { return false };
    let (network, address, width) = match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            (u128::from(network.to_bits()), u128::from(address.to_bits()), 32)
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => (network.to_bits(), address.to_bits(), 128),
        _ => return false,
    };
    let bits = bits.map_or(Ok(width), str::parse::<u32>);
    let host_bits = bits.ok().and_then(|bits| width.checked_sub(bits));
    host_bits.is_some_and(|bits| (network ^ address).checked_shr(bits).unwrap_or(0) == 0)
}

/// Parses an IP address. The address can have the brackets that a URL requires around an IPv6
/// address.
fn ip(host: &str) -> Option<IpAddr> {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(https: &str, no_proxy: &str) -> Proxies {
        Proxies { https: Some(https.to_owned()), no_proxy: Some(no_proxy.to_owned()) }
    }

    #[test]
    fn no_proxy_has_the_same_meaning_as_for_curl() {
        for (no_proxy, host, expected) in [
            ("", "pbs.example.com", false),
            ("*", "pbs.example.com", true),
            (" * ", "192.0.2.7", true),
            ("*,other", "pbs.example.com", false),
            ("*.example.com", "pbs.example.com", false),
            ("pbs.example.com", "pbs.example.com", true),
            ("example.com", "pbs.example.com", true),
            (".example.com", "pbs.example.com", true),
            (".example.com", "example.com", true),
            ("example.com.", "pbs.example.com", true),
            ("example.com", "pbs.example.com.", true),
            ("EXAMPLE.com", "pbs.Example.COM", true),
            ("ample.com", "pbs.example.com", false),
            ("example.com", "example.com.org", false),
            ("pbs.example.com", "example.com", false),
            ("a, b ,,pbs.example.com", "pbs.example.com", true),
            ("pbs.example.com:8007", "pbs.example.com", false),
            (".", "pbs.example.com", false),
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7:8007", "192.0.2.7", false),
            ("2.7", "192.0.2.7", false),
            ("192.0.2.0/24", "192.0.2.7", true),
            ("192.0.2.0/29", "192.0.2.8", false),
            ("192.0.2.7/32", "192.0.2.7", true),
            ("192.0.2.7/33", "192.0.2.7", false),
            ("192.0.2.7/x", "192.0.2.7", false),
            ("0.0.0.0/0", "192.0.2.7", true),
            ("2001:db8::7", "[2001:db8::7]", true),
            ("[2001:db8::7]", "[2001:db8::7]", true),
            ("2001:db8::/32", "[2001:db8::7]", true),
            ("2001:db9::/32", "[2001:db8::7]", false),
            ("::/0", "[2001:db8::7]", true),
            ("192.0.2.0/24", "[2001:db8::7]", false),
            ("192.0.2.0/24", "pbs.example.com", false),
        ] {
            assert_eq!(bypasses(no_proxy, host), expected, "{no_proxy:?} {host}");
        }
    }

    #[test]
    fn a_loopback_endpoint_never_uses_the_proxy() {
        let proxies = proxies("http://proxy:3128", "");
        for (host, is_direct) in [
            ("127.0.0.1", true),
            ("127.1.2.3", true),
            ("[::1]", true),
            ("[::ffff:127.0.0.1]", true),
            ("localhost", true),
            ("LOCALHOST", true),
            ("pbs.localhost", true),
            ("localhost.", true),
            ("128.0.0.1", false),
            ("localhost.example.com", false),
        ] {
            let endpoint = format!("https://{host}:8007").parse().unwrap();
            assert_eq!(shown_address(&proxies, &endpoint).is_none(), is_direct, "{host}");
            assert_eq!(for_endpoint(&proxies, &endpoint).unwrap().is_none(), is_direct, "{host}");
        }
    }

    #[test]
    fn the_proxy_is_shown_without_its_password() {
        let endpoint = "https://pbs.example.com".parse().unwrap();
        for (text, expected) in [
            ("http://name:MARKER@proxy:3128/path", "http://proxy:3128"),
            ("https://proxy", "https://proxy:443"),
            ("proxy:3128", "http://proxy:3128"),
            ("name:MARKER@proxy:3128", "http://proxy:3128"),
            (" http://[2001:db8::1]:3128\n", "http://[2001:db8::1]:3128"),
        ] {
            assert_eq!(shown_address(&proxies(text, ""), &endpoint).as_deref(), Some(expected));
            assert!(for_endpoint(&proxies(text, ""), &endpoint).unwrap().is_some(), "{text}");
        }
        for (text, expected) in [
            ("http://name:MARKER@[", "is not a URL"),
            ("socks5://name:MARKER@proxy", "other kinds of proxies are not supported"),
        ] {
            let error = for_endpoint(&proxies(text, ""), &endpoint).unwrap_err().to_string();
            assert!(error.contains(expected) && !error.contains("MARKER"), "{error}");
        }
        assert_eq!(shown_address(&proxies(" ", ""), &endpoint), None);
    }
}
