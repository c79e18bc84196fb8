//! Checks of secrets that PBS stores. Each type only checks a text when it is parsed, and does not
//! contain the text, so that no copy of a secret is left in memory.

use crate::pbs::{Malformed, text::one_line};
use std::str::FromStr;

/// The check of the password with which PBS logs in to a remote: 1 to 768 bytes without control
/// characters.
///
/// PBS's API description allows 1024 characters. But PBS stores the password in Base64, and refuses
/// to write more than 1024 characters of Base64 (PBS 4.2.3, recorded).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RemotePassword;

/// The check of the token of a Gotify application. PBS accepts every text, but cannot write a
/// control character to its configuration file. An empty token cannot be valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GotifyToken;

/// The check of the token of an InfluxDB server. PBS accepts every text, but cannot write a control
/// character to its configuration file (PBS 4.2.3, recorded with other secrets). An empty token
/// cannot be valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InfluxToken;

impl FromStr for RemotePassword {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        const FORM: &str = "a password of at most 768 bytes without control characters";
        check_secret(FORM, text)?;
        match text.len() {
            length if length > 768 => Err(Malformed::rule(FORM, "the password is too long")),
            _ => Ok(Self),
        }
    }
}

/// The check of the password with which PBS logs in to an SMTP server. PBS accepts every text, but
/// cannot write a control character to its configuration file (PBS 4.2.3, recorded). An SMTP server
/// accepts no empty password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SmtpPassword;

/// The check of the secret key of an S3 endpoint. PBS accepts every text, but cannot write a
/// control character to its configuration file (PBS 4.2.3, recorded). An empty key cannot be valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct S3SecretKey;

impl FromStr for S3SecretKey {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        check_secret("a secret key without control characters", text).map(|()| Self)
    }
}

impl FromStr for SmtpPassword {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        check_secret("a password without control characters", text).map(|()| Self)
    }
}

impl FromStr for GotifyToken {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        check_secret("a token without control characters", text).map(|()| Self)
    }
}

impl FromStr for InfluxToken {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        check_secret("a token without control characters", text).map(|()| Self)
    }
}

/// Rejects an empty text, control characters, and white space at the beginning and the end.
fn check_secret(form: &'static str, text: &str) -> Result<(), Malformed> {
    one_line(form, text)?;
    if text.is_empty() { Err(Malformed::empty(form)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_pbs_cannot_store_is_rejected() {
        let long = "ü".repeat(384);
        assert!(long.parse::<RemotePassword>().is_ok());
        for text in ["", " MARKER", "MARKER\n", "MARKER\u{7f}x", &format!("{long}x")] {
            let error = text.parse::<RemotePassword>().unwrap_err().to_string();
            assert!(!error.contains("MARKER"), "{error}");
        }
        for text in ["", "MARKER\t", "\0MARKER"] {
            let token = text.parse::<GotifyToken>().unwrap_err().to_string();
            let password = text.parse::<SmtpPassword>().unwrap_err().to_string();
            let key = text.parse::<S3SecretKey>().unwrap_err().to_string();
            let influx = text.parse::<InfluxToken>().unwrap_err().to_string();
            assert!(![token, password, key, influx].concat().contains("MARKER"));
        }
        assert!("AbC.dEf".parse::<GotifyToken>().is_ok());
    }
}
