//! Texts of the node configuration.

use super::PropertyString;
use crate::pbs::{Malformed, id::name_type, notation::notation_type};

notation_type! {
    /// The notes of the node, which can have several lines.
    ///
    /// PBS adds a line break at the end (recorded), so two texts are equal if they differ only in
    /// one line break at the end. PBS accepts no control characters except line breaks (API
    /// description).
    Notes, String, parse_notes
}

fn parse_notes(text: &str) -> Result<(String, String), Malformed> {
    const FORM: &str = "a text without control characters other than line breaks";
    match text.chars().position(|c| c.is_control() && c != '\n') {
        Some(place) => Err(Malformed::character(FORM, place + 1)),
        None => Ok((text.to_owned(), text.strip_suffix('\n').unwrap_or(text).to_owned())),
    }
}

name_type! {
    /// A list of TLS cipher suites in the notation of OpenSSL. This type checks only the
    /// characters. The server checks whether OpenSSL knows the suites.
    Ciphers, check_ciphers
}

fn check_ciphers(text: &str) -> Result<(), Malformed> {
    const FORM: &str = "a list of cipher suites separated by `:`";
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "_:, +!-@=.".contains(c);
    match text.chars().position(|c| !is_allowed(c)) {
        Some(place) => Err(Malformed::character(FORM, place + 1)),
        None if text.is_empty() => Err(Malformed::empty(FORM)),
        None => Ok(()),
    }
}

notation_type! {
    /// The location of the node: `latitude=NUMBER,longitude=NUMBER`, with an optional `name=TEXT`.
    /// The order of the parts has no meaning, because PBS changes the order when it stores the
    /// location (recorded). PBS reads the coordinates as numbers, so `48.20` and `48.2` are equal.
    Location, PropertyString, parse_location
}

fn parse_location(text: &str) -> Result<(String, PropertyString), Malformed> {
    const FORM: &str = "a location such as `latitude=48.2,longitude=16.37,name=Vienna`";
    let mut pairs: PropertyString = text.parse().map_err(|error: Malformed| error.within(FORM))?;
    for key in ["latitude", "longitude"] {
        let Some(number) = pairs.get(key) else {
            return Err(Malformed::missing(
                FORM,
                if key == "latitude" { "latitude" } else { "longitude" },
            ));
        };
        match number.parse::<f64>() {
            Ok(number) if number.is_finite() => pairs.set(key, &number.to_string()),
            _ => return Err(Malformed::rule(FORM, "a coordinate is not a number")),
        }
    }
    let is_known = |(key, _): (&str, &str)| ["latitude", "longitude", "name"].contains(&key);
    if !pairs.iter().all(is_known) {
        return Err(Malformed::rule(FORM, "a key is unknown"));
    }
    Ok((text.to_owned(), pairs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_equal_except_for_the_line_break_that_pbs_adds() {
        let parse = |text: &str| text.parse::<Notes>();
        assert_eq!(
            parse("# Rack 7\n\n  second").unwrap(),
            parse("# Rack 7\n\n  second\n").unwrap()
        );
        assert_ne!(parse("a\n\n").unwrap(), parse("a").unwrap());
        assert!(parse("a\tb").is_err() && parse("a\r\n").is_err());
    }

    #[test]
    fn a_location_needs_two_numbers_in_any_order() {
        for text in ["latitude=48.2,longitude=16.37,name=Vienna", "longitude=-1,latitude=0"] {
            assert!(text.parse::<Location>().is_ok(), "{text}");
        }
        for text in [
            "",
            "MARKER",
            "latitude=1",
            "latitude=MARKER,longitude=1",
            "latitude=1,longitude=2,MARKER=3",
        ] {
            let error = text.parse::<Location>().unwrap_err().to_string();
            assert!(!error.contains("MARKER"), "{error}");
        }
        let parse = |text: &str| text.parse::<Location>();
        let stored = parse("name=Vienna,latitude=48.2,longitude=16.37");
        assert!(parse("latitude=48.2,longitude=16.37,name=Vienna") == stored);
        assert!(parse("latitude=48.20,longitude=+16.370,name=Vienna") == stored);
        assert!(parse("latitude=48.2,longitude=16.38,name=Vienna") != stored);
    }

    #[test]
    fn ciphers_have_only_the_characters_that_pbs_accepts() {
        assert!("ECDHE-RSA-AES256-GCM-SHA384:!aNULL@SECLEVEL=2".parse::<Ciphers>().is_ok());
        assert!("".parse::<Ciphers>().is_err() && "AES;MARKER".parse::<Ciphers>().is_err());
    }
}
