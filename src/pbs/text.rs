//! Texts that a user can choose freely. The types in this file reject a text that PBS would reject,
//! so that the mistake is reported before a request is sent.
//!
//! PBS stores these texts in its file `user.cfg`, each on one line after the name of its property.
//! When PBS reads the file, it removes white space at the beginning and at the end of a text, and
//! only then checks the length again. If a name is too short without the white space, PBS cannot
//! read the file any more (read in the source of 4.2.3). Texts with white space at the beginning or
//! at the end are therefore rejected.

use crate::pbs::{Malformed, id::check_length};
use std::str::FromStr;

/// A comment: one line of at most 128 characters (PBS 4.2.3, measured). An empty text means that
/// there is no comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment(String);

/// The name or the e-mail address of a person: one line of 2 to 64 characters (PBS 4.2.3,
/// measured). An empty text means that the user has no such name or address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonText(String);

impl FromStr for Comment {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        const FORM: &str = "one line of at most 128 characters";
        one_line(FORM, text)?;
        check_length(FORM, text, 0, 128)?;
        Ok(Self(text.to_owned()))
    }
}

impl FromStr for PersonText {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        const FORM: &str = "one line of 2 to 64 characters, or an empty text";
        one_line(FORM, text)?;
        if !text.is_empty() {
            check_length(FORM, text, 2, 64)?;
        }
        Ok(Self(text.to_owned()))
    }
}

/// Checks that the text is one line without control characters, and does not begin or end with
/// white space.
pub(super) fn one_line(form: &'static str, text: &str) -> Result<(), Malformed> {
    match text.chars().position(char::is_control) {
        Some(place) => Err(Malformed::character(form, place + 1)),
        None if text.trim() != text => {
            Err(Malformed::rule(form, "the text begins or ends with white space"))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pbs::UserId;
    use proptest::prelude::*;

    #[test]
    fn lengths_are_counted_in_characters() {
        assert!("ü".repeat(128).parse::<Comment>().is_ok());
        let error = "ü".repeat(129).parse::<Comment>().unwrap_err().to_string();
        assert!(error.contains("has 129 characters"), "{error}");
        assert!("".parse::<Comment>().is_ok() && "a\tb".parse::<Comment>().is_err());
        assert!("".parse::<PersonText>().is_ok() && "üß".parse::<PersonText>().is_ok());
        assert!("x".parse::<PersonText>().is_err() && "a\nb".parse::<PersonText>().is_err());
        assert!("x".repeat(64).parse::<PersonText>().is_ok());
        assert!("x".repeat(65).parse::<PersonText>().is_err());
    }

    #[test]
    fn a_text_with_white_space_at_its_beginning_or_end_is_rejected() {
        for text in ["a ", " a", "\u{a0}a", "  ", "ab\u{2003}", "\u{3000}\u{3000}"] {
            let errors = [text.parse::<PersonText>().err(), text.parse::<Comment>().err()];
            for error in errors.map(|error| error.expect("the text is rejected").to_string()) {
                assert!(error.contains("begins or ends with white space"), "{text:?}: {error}");
            }
        }
        assert!("a b".parse::<PersonText>().is_ok() && "a b".parse::<Comment>().is_ok());
    }

    /// The id and the properties of the only section in the text, as PBS reads them from `user.cfg`
    /// (read in the source of 4.2.3). `None` if PBS cannot read the text, or reads several
    /// sections.
    fn read(text: &str) -> Option<(String, Vec<(String, String)>)> {
        let (header, lines) = text.split_once('\n')?;
        let (kind, id) = header.split_once(':')?;
        let mut properties = Vec::new();
        for line in lines.lines() {
            let (key, value) = line
                .strip_prefix(char::is_whitespace)?
                .trim_start()
                .split_once(char::is_whitespace)?;
            properties.push((key.to_owned(), value.trim().to_owned()));
        }
        (kind == "user").then(|| (id.trim().to_owned(), properties))
    }

    proptest! {
        #[test]
        fn a_user_is_read_from_the_user_file_as_it_was_written(
            id in "[a-c,@!:#; \u{a0}ü-]{1,4}@pbs",
            comment in "[a:# \n\t\r\u{85}\u{2028}ü]{0,5}",
            name in "[a:# \n\t\r\u{85}\u{2028}ü]{0,5}",
        ) {
            let accepted = id.parse::<UserId>().is_ok()
                && comment.parse::<Comment>().is_ok()
                && name.parse::<PersonText>().is_ok();
            if accepted {
                let text = format!("user: {id}\n\tcomment {comment}\n\tfirstname {name}\n");
                let properties = vec![("comment".into(), comment), ("firstname".into(), name)];
                prop_assert_eq!(read(&text), Some((id, properties)));
            }
        }
    }
}
