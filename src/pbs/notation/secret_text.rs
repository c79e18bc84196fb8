//! Rules for secrets that PBS stores. The types hold no text, so that they leave no copies of a
//! secret in memory.

use crate::pbs::{Malformed, text::one_line};
use std::str::FromStr;

/// The password with which PBS logs in to a remote: 1 to 768 bytes without control characters.
///
/// The schema of PBS allows 1024 characters. But PBS stores the password in Base64, and refuses to
/// write more than 1024 characters of Base64 (PBS 4.2.3, recorded).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RemotePassword;

/// The token of a Gotify application. PBS accepts every text. But it cannot write a control
/// character to its configuration file, and an empty token cannot be valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GotifyToken;

/// The token of InfluxDB. PBS accepts every text. But it cannot write a control character to its
/// configuration file (PBS 4.2.3, recorded for other secrets), and an empty token cannot be valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InfluxToken;

impl FromStr for RemotePassword {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        const FORM: &str = "a password of at most 768 bytes without control characters";
        not_blank(FORM, text)?;
        match text.len() {
            length if length > 768 => Err(Malformed::rule(FORM, "the password is too long")),
            _ => Ok(Self),
        }
    }
}

/// The password with which PBS logs in to an SMTP server. PBS accepts every text. But it cannot
/// write a control character to its configuration file (PBS 4.2.3, recorded), and an SMTP server
/// accepts no empty password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SmtpPassword;

/// The secret key of an S3 endpoint. PBS accepts every text. But it cannot write a control
/// character to its configuration file (PBS 4.2.3, recorded), and an empty key cannot be valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct S3SecretKey;

impl FromStr for S3SecretKey {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        not_blank("a secret key without control characters", text).map(|()| Self)
    }
}

impl FromStr for SmtpPassword {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        not_blank("a password without control characters", text).map(|()| Self)
    }
}

impl FromStr for GotifyToken {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        not_blank("a token without control characters", text).map(|()| Self)
    }
}

impl FromStr for InfluxToken {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        not_blank("a token without control characters", text).map(|()| Self)
    }
}

fn not_blank(form: &'static str, text: &str) -> Result<(), Malformed> {
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
