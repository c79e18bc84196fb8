//! What PBS demands of the texts that people write, the same for every resource.

/// One line of at most 128 characters (PBS 4.2.3, measured).
pub(crate) fn check_comment(text: &str) -> Result<(), String> {
    const MOST: usize = 128;
    match text.chars().count() {
        length if length > MOST => {
            Err(format!("It has {length} characters; PBS keeps at most {MOST}. Shorten it."))
        }
        _ if text.chars().any(char::is_control) => {
            Err("It must be one line, without control characters such as tabs.".into())
        }
        _ => Ok(()),
    }
}

/// At least 2 characters, on one line (PBS 4.2.3, measured). An empty text means none.
pub(crate) fn check_name(text: &str) -> Result<(), String> {
    match text.chars().count() {
        0 => Ok(()),
        1 => Err("PBS wants at least 2 characters. Write more, or leave it out.".into()),
        _ if text.chars().any(char::is_control) => {
            Err("It must be one line, without control characters such as tabs.".into())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_counted_in_characters() {
        assert!(check_comment(&"ü".repeat(128)).is_ok());
        assert!(check_comment(&"ü".repeat(129)).unwrap_err().contains("129 characters"));
        assert!(check_comment("").is_ok() && check_comment("a\tb").is_err());
        assert!(check_name("").is_ok() && check_name("üß").is_ok());
        assert!(check_name("x").is_err() && check_name("a\nb").is_err());
    }
}
