//! The id of a sample object.

use crate::pbs::id::{Malformed, check_length, check_plain, name_type};

name_type! {
    /// The id of a sample object.
    SampleObjectId, check
}

fn check(text: &str) -> Result<(), Malformed> {
    const FORM: &str = "the id of a sample object (letters, digits, `_`, `.` and `-`)";
    check_plain(FORM, text, 0)?;
    check_length(FORM, text, 3, 32)
}

#[cfg(test)]
mod tests {
    use super::SampleObjectId;

    #[test]
    fn an_id_has_3_to_32_letters_digits_and_separators() {
        for text in ["abc", "a.b-c_1", "_12", &"a".repeat(32)] {
            assert!(text.parse::<SampleObjectId>().is_ok(), "{text} must be accepted");
        }
        for text in ["", "ab", "-abc", "a/b", "two words", &"a".repeat(33)] {
            assert!(text.parse::<SampleObjectId>().is_err(), "{text} must be rejected");
        }
    }
}
