//! Addresses of web services.

use super::host;
use crate::pbs::{Malformed, id::name_type, text::one_line};

name_type! {
    /// The address of a web service, which begins with `http://` or `https://`. PBS accepts every
    /// text. But if an address does not begin with `http://` or `https://`, every request to the
    /// address fails.
    HttpUrl, check_url
}

name_type! {
    /// The address to which a webhook sends its requests. The path can contain templates, for
    /// example `{{ secrets.token }}`, which PBS replaces by values. PBS does not replace templates
    /// in the host name (PBS 4.2.3, recorded).
    WebhookUrl, check_webhook_url
}

name_type! {
    /// The address of an InfluxDB server. The address can contain a path.
    InfluxUrl, check_influx_url
}

fn check_webhook_url(text: &str) -> Result<(), Malformed> {
    const FORM: &str = "a URL such as `https://hooks.example.com/{{ secrets.token }}`";
    one_line(FORM, text)?;
    let host = host_of(FORM, text)?;
    if host.contains("{{") {
        return Err(Malformed::rule(
            FORM,
            "a template is only allowed after the host name and the port",
        ));
    }
    check_host(FORM, host)
}

fn check_influx_url(text: &str) -> Result<(), Malformed> {
    const FORM: &str = "a URL such as `https://influxdb.example.com:8086`";
    if let Some(place) = text.chars().position(|c| c.is_whitespace() || c.is_control()) {
        return Err(Malformed::character(FORM, place + 1));
    }
    check_host(FORM, host_of(FORM, text)?)
}

/// The part of a URL between the scheme and the path: the host and the port.
fn host_of<'a>(form: &'static str, text: &'a str) -> Result<&'a str, Malformed> {
    let scheme = ["https://", "http://"].into_iter().find(|scheme| text.starts_with(scheme));
    let Some(scheme) = scheme else {
        return Err(Malformed::rule(form, "the URL must begin with `https://` or `http://`"));
    };
    Ok(text[scheme.len()..].split('/').next().unwrap_or_default())
}

/// Checks the host and the port of a URL. The port can be omitted.
fn check_host(form: &'static str, host: &str) -> Result<(), Malformed> {
    if host.contains(['?', '#']) {
        return Err(Malformed::rule(form, "a `/` is missing after the host name"));
    }
    let address = match host.strip_suffix(']').and_then(|host| host.strip_prefix('[')) {
        Some(address) => host::parse_ipv6_address(form, address).map(drop),
        None if host.contains(':') => host.parse::<host::HostPort>().map(drop),
        None => host::parse_name(form, host).map(drop),
    };
    address.map_err(|error| error.of_part("host"))
}

fn check_url(text: &str) -> Result<(), Malformed> {
    const FORM: &str = "a URL such as `https://gotify.example.com`";
    one_line(FORM, text)?;
    let host = host_of(FORM, text)?;
    if host.is_empty() || host.starts_with([':', '?', '#']) {
        return Err(Malformed::missing(FORM, "host name"));
    }
    match text.chars().position(char::is_whitespace) {
        Some(place) => Err(Malformed::character(FORM, place + 1)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_of_a_webhook_has_templates_only_behind_the_host() {
        for text in [
            "https://a.example.com",
            "http://127.0.0.1:8080/a b?c={{ secrets.x }}",
            "https://[::1]/{{ url-encode title }}",
            "https://[::1]:8443/",
        ] {
            assert!(text.parse::<WebhookUrl>().is_ok(), "{text}");
        }
        for text in [
            "",
            "MARKER/x",
            "ftp://MARKER/x",
            "https://",
            "https:///MARKER",
            "https://{{ secrets.MARKER }}/x",
            "https://a?MARKER",
            "https://a:MARKER/x",
            "https://a:70000/MARKER",
            "https://[MARKER]/",
            "https://a/MARKER\n",
        ] {
            let error = text.parse::<WebhookUrl>().expect_err(text).to_string();
            assert!(!error.contains("MARKER"), "{error}");
        }
    }

    #[test]
    fn the_url_of_an_influxdb_server_has_a_host_and_no_white_space() {
        for text in
            ["http://127.0.0.1:8086", "https://[::1]:8086/influx", "https://db.example.com/"]
        {
            assert!(text.parse::<InfluxUrl>().is_ok(), "{text}");
        }
        for text in [
            "",
            "db:8086",
            "https://",
            "https://a b",
            "https://a/\n",
            "https://a:b/",
            "https://a?b",
        ] {
            assert!(text.parse::<InfluxUrl>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_url_needs_a_scheme_and_a_host() {
        for text in ["https://gotify.example.com", "http://[::1]:8080/gotify", "https://a/b?c=d#e"]
        {
            assert!(text.parse::<HttpUrl>().is_ok(), "{text}");
        }
        for text in [
            "",
            "MARKER.example.com",
            "ftp://MARKER",
            "https://",
            "https:///MARKER",
            "http://a MARKER",
        ] {
            let error = text.parse::<HttpUrl>().unwrap_err().to_string();
            assert!(!error.contains("MARKER"), "{error}");
        }
    }
}
