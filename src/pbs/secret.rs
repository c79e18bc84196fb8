//! Texts that must not be seen: wiped when dropped, shown by nothing, read only by name.

use crate::pbs::{Malformed, TokenId, id::LONGEST_ID};
use serde::{Deserialize, Deserializer};
use std::{fmt, str::FromStr};
use zeroize::Zeroizing;

/// A password, a ticket, or the secret of a token.
///
/// It has no `Display` and no `Serialize`, and its `Debug` is the same for every value: whoever
/// needs the text calls [`Secret::expose`], which is easy to find in a review.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text over; the one buffer it stands in will be wiped.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// As it stands between the quotation marks of a JSON text.
    pub(crate) fn in_json(&self) -> Self {
        let quoted = Zeroizing::new(serde_json::to_string(self.expose()).unwrap_or_default());
        Self::new(
            quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or_default(),
        )
    }

    /// The text itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

/// An API token with its secret: all that a machine needs to authenticate.
#[derive(Clone, Debug)]
pub struct ApiToken {
    /// Which token it is.
    pub id: TokenId,
    /// What proves it.
    pub secret: Secret,
}

impl ApiToken {
    /// Puts them together.
    ///
    /// # Errors
    /// The secret is empty, or holds what no header can.
    pub fn new(id: TokenId, secret: Secret) -> Result<Self, Malformed> {
        match faulty(secret.expose()) {
            None => Ok(Self { id, secret }),
            Some(place) => {
                let form = "printable characters without white space (the secret of a token)";
                Err(Malformed::character(form, secret.expose(), place))
            }
        }
    }

    /// `user@realm!name:secret`, as PBS wants it in the `Authorization` header.
    #[must_use]
    pub fn to_text(&self) -> Secret {
        Secret::new(format!("{}:{}", self.id, self.secret.expose()))
    }
}

/// Reads `user@realm!name:secret`, and the same with `=`, as Proxmox VE writes it; white space
/// around it is dropped, since it often comes from a file.
impl FromStr for ApiToken {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        const FORM: &str = "`user@realm!name:secret` (an API token)";
        let text = text.trim();
        // A user's name may hold `=`, so the first separator behind a whole token id counts.
        let parts = text
            .match_indices([':', '='])
            // None can lie further on than in the longest id; a character has at most 4 bytes.
            .take_while(|(at, _)| *at <= 4 * LONGEST_ID)
            .find_map(|(at, _)| text[..at].parse::<TokenId>().ok().map(|id| (id, &text[at + 1..])));
        let Some((id, secret)) = parts else {
            let head = text.split_once(':').map_or(text, |(head, _)| head);
            return Err(match head.parse::<TokenId>() {
                Err(malformed) => malformed.within(FORM),
                Ok(_) => Malformed::character(FORM, text, text.chars().count() + 1),
            });
        };
        let before = text.chars().count() - secret.chars().count();
        match faulty(secret) {
            Some(place) => Err(Malformed::character(FORM, text, before + place)),
            None => Ok(Self { id, secret: Secret::new(secret) }),
        }
    }
}

/// The first character, counted from 1, that cannot be one of a token's secret.
fn faulty(secret: &str) -> Option<usize> {
    let place = secret.chars().position(|c| !c.is_ascii_graphic());
    place.or(secret.is_empty().then_some(0)).map(|place| place + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_in_every_form_it_is_written_in() {
        for text in ["a@pbs!ci:0d6e0dd0", "a@pbs!ci=0d6e0dd0", "  a@pbs!ci:0d6e0dd0\n"] {
            let token: ApiToken = text.parse().unwrap();
            assert_eq!(token.id.to_string(), "a@pbs!ci", "{text:?}");
            assert_eq!(token.secret.expose(), "0d6e0dd0", "{text:?}");
            assert_eq!(token.to_text().expose(), "a@pbs!ci:0d6e0dd0", "{text:?}");
        }
        let token: ApiToken = "a=b@pbs!ci=x=y".parse().unwrap();
        assert_eq!((token.id.to_string().as_str(), token.secret.expose()), ("a=b@pbs!ci", "x=y"));
    }

    #[test]
    fn a_malformed_token_is_described_and_never_shown() {
        for (text, told) in [
            ("", "ends too early"),
            ("hunter2", "ends too early"),
            ("a@pbs!ci", "ends too early"),
            ("a@pbs!ci:", "ends too early"),
            ("a@pbs:hunter2", "ends too early"),
            ("a@pbs!:hunter2", "ends too early"),
            ("a@pbs!ci:hun ter2", "character 13 "),
            ("a@pbs!c i:hunter2", "character 8 "),
            ("PBSAPIToken=a@pbs!ci hunter2", "character 21 "),
        ] {
            let shown = text.parse::<ApiToken>().unwrap_err().to_string();
            assert!(shown.contains("`user@realm!name:secret`"), "{shown}");
            assert!(shown.contains(told), "{text:?}: {shown}");
            assert!(!shown.contains("hunter2") && !shown.contains("a@pbs"), "{shown}");
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let token: ApiToken = "a@pbs!ci:MARKER".parse().unwrap();
        assert_eq!(format!("{token:?}"), "ApiToken { id: a@pbs!ci, secret: Secret(..) }");
    }
}
