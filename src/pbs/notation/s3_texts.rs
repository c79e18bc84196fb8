//! Texts of an S3 endpoint.

use super::host;
use crate::pbs::{
    Malformed,
    id::{check_length, name_type},
    text::one_line,
};

const HOST_FORM: &str =
    "a host name such as `s3.example.com` or `{{bucket}}.s3.{{region}}.example.com`";

name_type! {
    /// The host name or IP address of an S3 service. `{{bucket}}` at the beginning stands for the
    /// name of a bucket. `{{region}}` stands for the region.
    S3Host, check_host
}

fn check_host(text: &str) -> Result<(), Malformed> {
    if text.contains("://") {
        return Err(Malformed::rule(
            HOST_FORM,
            "the text must not contain a scheme such as `https://`",
        ));
    }
    if text.parse::<std::net::Ipv6Addr>().is_ok() {
        return Ok(());
    }
    if text.contains(':') {
        return Err(Malformed::rule(HOST_FORM, "the text must not contain a port"));
    }
    // The templates are allowed only as whole parts of the name: `{{bucket}}` as the first part,
    // and `{{region}}` as any part except the last (API description). The rest of the check
    // therefore leaves `{{bucket}}` out, and uses the word `region` in place of `{{region}}`.
    let rest = text.strip_prefix("{{bucket}}.").unwrap_or(text);
    let last = rest.matches('.').count();
    let replace_template = |(place, part)| match part {
        "{{region}}" if place < last => "region",
        part => part,
    };
    let parts: Vec<_> = rest.split('.').enumerate().map(replace_template).collect();
    host::parse_name(HOST_FORM, &parts.join(".")).map(drop)
}

name_type! {
    /// The region of an S3 service, 2 to 32 characters. PBS versions before 4.1 require at least
    /// three characters (API descriptions).
    S3Region, check_region
}

fn check_region(text: &str) -> Result<(), Malformed> {
    const FORM: &str = "a region of 2 to 32 lower-case letters, digits, `_` and `-`";
    let is_allowed = |(place, c): (usize, char)| {
        c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || (c == '-' && place > 0)
    };
    match text.chars().enumerate().position(|each| !is_allowed(each)) {
        Some(place) => Err(Malformed::character(FORM, place + 1)),
        None => check_length(FORM, text, 2, 32),
    }
}

name_type! {
    /// The access key of an S3 service. PBS accepts every text, but this type rejects an empty text
    /// and a text that is not a single line.
    S3AccessKey, |text: &str| {
        const FORM: &str = "an access key without control characters";
        one_line(FORM, text)?;
        if text.is_empty() { Err(Malformed::empty(FORM)) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_can_contain_templates_and_nothing_else() {
        for text in [
            "s3.example.com",
            "127.0.0.1",
            "::1",
            "{{bucket}}.s3.{{region}}.example.com",
            "s3.{{region}}.example.com",
            "{{region}}.example.com",
        ] {
            assert!(text.parse::<S3Host>().is_ok(), "{text}");
        }
        for text in [
            "",
            "https://s3.example.com",
            "s3.example.com:9000",
            "[::1]",
            "{{bucket}}",
            "s3.{{bucket}}.example.com",
            "s3.{{region}}",
            "{{foo}}.example.com",
            "s3-{{region}}.example.com",
            "{{bucket}}.{{bucket}}.example.com",
            "a b",
        ] {
            assert!(text.parse::<S3Host>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_region_has_2_to_32_characters() {
        let long = "e".repeat(33);
        assert!(
            "eu-west-1".parse::<S3Region>().is_ok()
                && "eu".parse::<S3Region>().is_ok()
                && "_ab".parse::<S3Region>().is_ok()
        );
        for text in ["", "e", "-eu", "EU", "eu west", &long] {
            assert!(text.parse::<S3Region>().is_err(), "{text}");
        }
    }
}
