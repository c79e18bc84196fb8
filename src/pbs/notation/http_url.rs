//! Addresses of web services.

use crate::pbs::{Malformed, id::name_type, text::one_line};

name_type! {
    /// The address of a web service, which begins with `http://` or `https://`. PBS accepts every
    /// text, and fails when it uses another one.
    HttpUrl, check_url
}

fn check_url(text: &str) -> Result<(), Malformed> {
    const FORM: &str = "a URL such as `https://gotify.example.com`";
    one_line(FORM, text)?;
    let scheme = ["https://", "http://"].into_iter().find(|scheme| text.starts_with(scheme));
    let Some(scheme) = scheme else {
        return Err(Malformed::rule(FORM, "it does not begin with `https://` or `http://`"));
    };
    let rest = &text[scheme.len()..];
    if rest.is_empty() || rest.starts_with(['/', ':', '?', '#']) {
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
