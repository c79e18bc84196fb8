//! Decides whether the client uses a proxy. `NO_PROXY` has the same meaning as for curl (read in
//! the source of curl 8).

use crate::pbs::{Error, Proxies, Result, config::Endpoint};
use reqwest::{Proxy, Url};
use std::net::IpAddr;

/// The proxy through which the client reaches the endpoint. `None` if it connects directly. A
/// loopback address is always reached directly.
///
/// # Errors
/// The URL of the proxy is invalid.
pub(super) fn for_endpoint(proxies: &Proxies, endpoint: &Endpoint) -> Result<Option<Proxy>> {
    let Some(text) = address(proxies, endpoint) else { return Ok(None) };
    let invalid = || {
        Error::Config(
            "the HTTPS proxy is not a URL such as `http://proxy:3128`; check `HTTPS_PROXY`"
                .to_owned(),
        )
    };
    let url = parsed(text).ok_or_else(invalid)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Error::Config(
            "the URL of the HTTPS proxy must begin with `http://` or `https://`, because other \
             kinds of proxies are not supported; check `HTTPS_PROXY`"
                .to_owned(),
        ));
    }
    Proxy::https(url).map(Some).map_err(|_| invalid())
}

/// The address of the proxy for errors, without the user name and the password. `None` if the
/// client connects directly.
pub(super) fn shown(proxies: &Proxies, endpoint: &Endpoint) -> Option<String> {
    let url = parsed(address(proxies, endpoint)?)?;
    let port = url.port_or_known_default()?;
    Some(format!("{}://{}:{port}", url.scheme(), url.host_str()?))
}

fn address<'a>(proxies: &'a Proxies, endpoint: &Endpoint) -> Option<&'a str> {
    let address = proxies.https.as_deref().map(str::trim).filter(|text| !text.is_empty())?;
    let except = proxies.no_proxy.as_deref().unwrap_or_default();
    (!is_loopback(endpoint.host()) && !bypasses(except, endpoint.host())).then_some(address)
}

/// The URL of the proxy. As for curl, `http://` can be omitted.
fn parsed(text: &str) -> Option<Url> {
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

/// Whether the value of `NO_PROXY` names the host. A name also stands for its subdomains. An IP
/// address can be followed by a slash and the number of bits to compare. A port is not possible.
/// The only wildcard is the value `*`, which stands for all hosts.
fn bypasses(no_proxy: &str, host: &str) -> bool {
    let mut names = no_proxy.split(',').map(str::trim).filter(|name| !name.is_empty());
    no_proxy.trim() == "*"
        || match ip(host) {
            Some(address) => names.any(|name| contains(name, address)),
            None => names.any(|name| is_domain_of(name, host)),
        }
}

fn is_domain_of(name: &str, host: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let name = name.strip_prefix('.').unwrap_or(name).to_ascii_lowercase();
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    let parent = host.strip_suffix(&name);
    !name.is_empty() && parent.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Whether `name` is this address, or a network in CIDR notation that contains the address.
fn contains(name: &str, address: IpAddr) -> bool {
    let (network, bits) = match name.split_once('/') {
        Some((network, bits)) => (network, Some(bits)),
        None => (name, None),
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
    let ignored = bits.ok().and_then(|bits| width.checked_sub(bits));
    ignored.is_some_and(|ignored| (network ^ address).checked_shr(ignored).unwrap_or(0) == 0)
}

/// The IP address, with or without the brackets of a URL.
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
        for (host, direct) in [
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
            assert_eq!(shown(&proxies, &endpoint).is_none(), direct, "{host}");
            assert_eq!(for_endpoint(&proxies, &endpoint).unwrap().is_none(), direct, "{host}");
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
            assert_eq!(shown(&proxies(text, ""), &endpoint).as_deref(), Some(expected));
            assert!(for_endpoint(&proxies(text, ""), &endpoint).unwrap().is_some(), "{text}");
        }
        for (text, expected) in [
            ("http://name:MARKER@[", "is not a URL"),
            ("socks5://name:MARKER@proxy", "other kinds of proxies are not supported"),
        ] {
            let error = for_endpoint(&proxies(text, ""), &endpoint).unwrap_err().to_string();
            assert!(error.contains(expected) && !error.contains("MARKER"), "{error}");
        }
        assert_eq!(shown(&proxies(" ", ""), &endpoint), None);
    }
}
