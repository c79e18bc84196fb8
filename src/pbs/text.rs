//! Free texts. They are checked here, so that a text that PBS would reject is reported before a
//! request is sent.

use crate::pbs::Malformed;
use std::str::FromStr;

/// A comment: one line of at most 128 characters (PBS 4.2.3, measured). An empty text means that
/// there is no comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment(String);

/// The name or the e-mail address of a person: one line of at least 2 characters (PBS 4.2.3,
/// measured). An empty text means that the user has no such name or address.
///
/// The text cannot begin or end with white space. PBS removes such white space when it reads its
/// file `user.cfg`, and only then checks the length again. If the text is too short without the
/// white space, PBS cannot read the file any more (read in the source of 4.2.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonText(String);

impl FromStr for Comment {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        const FORM: &str = "one line of at most 128 characters";
        one_line(FORM, text)?;
        match text.chars().count() {
            length if length > 128 => Err(Malformed::long(FORM, length, 128)),
            _ => Ok(Self(text.to_owned())),
        }
    }
}

impl FromStr for PersonText {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        const FORM: &str = "one line of 2 to 64 characters, or an empty text";
        one_line(FORM, text)?;
        if text.trim() != text {
            return Err(Malformed::rule(FORM, "the text begins or ends with white space"));
        }
        match text.chars().count() {
            1 => Err(Malformed::rule(FORM, "the text has only 1 character")),
            length if length > 64 => Err(Malformed::long(FORM, length, 64)),
            _ => Ok(Self(text.to_owned())),
        }
    }
}

fn one_line(form: &'static str, text: &str) -> Result<(), Malformed> {
    match text.chars().position(char::is_control) {
        Some(place) => Err(Malformed::character(form, text, place + 1)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_name_without_its_outer_white_space_is_still_valid() {
        for text in ["a ", " a", "\u{a0}a", "  ", "ab\u{2003}", "\u{3000}\u{3000}"] {
            let error = text.parse::<PersonText>().unwrap_err().to_string();
            assert!(error.contains("begins or ends with white space"), "{text:?}: {error}");
        }
        assert!("a b".parse::<PersonText>().is_ok());
    }
}
