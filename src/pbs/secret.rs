//! Secrets, which are wiped from memory when they are dropped, and which cannot be shown by
//! accident.

use crate::pbs::{Malformed, TokenId, id::LONGEST_ID};
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Deserializer};
use std::{fmt, str::FromStr};
use zeroize::Zeroizing;

/// A password, a ticket, or the secret of a token.
///
/// This type has no `Display` and no `Serialize`, and its `Debug` does not show the text. Only
/// [`Secret::expose`] returns the text, so a search for this name finds all code that reads a
/// secret.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// A secret with this text. The buffer of the text is wiped when the secret is dropped.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The password of a login. Line breaks at the end of `text` are removed, because they usually
    /// come from a file or from the output of a command.
    ///
    /// # Errors
    /// The password is empty or contains a control character. PBS 4.2.3 refuses every login with
    /// such a password (measured), even if another system accepts the password.
    pub fn password(text: &str) -> Result<Self, Malformed> {
        const FORM: &str = "a password without control characters";
        let password = text.trim_end_matches(['\r', '\n']);
        match password.chars().position(char::is_control) {
            Some(place) => Err(Malformed::character(FORM, place + 1)),
            None if password.is_empty() => Err(Malformed::empty(FORM)),
            None => Ok(Self::new(password)),
        }
    }

    /// The ticket in `text`. The text can be the ticket itself, or a cookie that contains the
    /// ticket. If the cookie was copied from a browser, it can begin with its name, and its value
    /// can be percent-encoded.
    #[must_use]
    pub fn ticket(text: &str) -> Self {
        let text = unquoted(text.trim());
        let names = ["PBSAuthCookie=", "__Host-PBSAuthCookie="];
        let ticket = names.into_iter().find_map(|name| text.strip_prefix(name)).unwrap_or(text);
        match ticket.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("PBS%3A")) {
            true => Self::new(percent_decode_str(ticket).decode_utf8_lossy()),
            false => Self::new(ticket),
        }
    }

    /// The secret with the escapes of a JSON string, without the quotation marks.
    pub(crate) fn in_json(&self) -> Self {
        let quoted = Zeroizing::new(serde_json::to_string(self.expose()).unwrap_or_default());
        Self::new(
            quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or_default(),
        )
    }

    /// The text of the secret.
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

/// The id and the secret of an API token.
#[derive(Clone, Debug)]
pub struct ApiToken {
    /// Id of the token.
    pub id: TokenId,
    /// Secret of the token.
    pub secret: Secret,
}

impl ApiToken {
    /// Combines an id and a secret, after a check of the secret.
    ///
    /// # Errors
    /// The secret is empty, contains a character that an HTTP header cannot contain, or also
    /// contains the id of a token.
    pub fn new(id: TokenId, secret: Secret) -> Result<Self, Malformed> {
        const FORM: &str = "the secret of a token (printable ASCII characters without white space)";
        check_secret(FORM, secret.expose())?;
        // The secrets of PBS are UUIDs, so no secret has the form `user@realm!name:secret`.
        if secret.expose().parse::<Self>().is_ok() {
            return Err(Malformed::rule(
                FORM,
                "the text contains the id of a token too; only the part after the `:` is the secret",
            ));
        }
        Ok(Self { id, secret })
    }

    /// The token as `user@realm!name:secret`, which PBS expects in the `Authorization` header.
    #[must_use]
    pub fn to_text(&self) -> Secret {
        Secret::new(format!("{}:{}", self.id, self.secret.expose()))
    }
}

/// Parses `user@realm!name:secret`. Also accepts `=` in place of the `:`, because Proxmox VE writes
/// its tokens with `=`. White space around the text is removed, because the text often comes from a
/// file. Quotation marks around the text are removed, because some programs that read a file with
/// variables leave the quotation marks in the values. If the text was copied from an
/// `Authorization` header, the beginning of the header is removed.
impl FromStr for ApiToken {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        const FORM: &str = "an API token (`user@realm!name:secret`)";
        let whole_text = text;
        let text = unquoted(text.trim());
        if text.starts_with(['"', '\'']) || text.ends_with(['"', '\'']) {
            return Err(Malformed::rule(FORM, "there is a quotation mark at one end of the text"));
        }
        if text.contains("PVEAPIToken") {
            return Err(Malformed::rule(FORM, "the text is a token of Proxmox VE"));
        }
        let text = text.strip_prefix("Authorization:").map_or(text, str::trim_start);
        let text = text.strip_prefix("PBSAPIToken=").unwrap_or(text);
        // The number of characters that were removed from the beginning of the text.
        let removed = whole_text.find(text).map_or(0, |index| whole_text[..index].chars().count());
        // The name of a user can contain `=`. The separator is therefore the first `:` or `=` that
        // follows a valid token id.
        let parts = text
            .match_indices([':', '='])
            // A token id has at most `LONGEST_ID` characters of at most 4 bytes.
            .take_while(|(index, _)| *index <= 4 * LONGEST_ID)
            .find_map(|(index, _)| Some((text[..index].parse().ok()?, &text[index + 1..])));
        let Some((id, secret)) = parts else {
            let head = text.split_once(':').map_or(text, |(head, _)| head);
            return Err(match head.parse::<TokenId>() {
                Err(malformed) if text.is_empty() => malformed.within(FORM),
                Err(malformed) => malformed.within(FORM).of_part("token id").moved_right(removed),
                Ok(_) => Malformed::missing(FORM, "secret"),
            });
        };
        let before = text.chars().count() - secret.chars().count();
        check_secret(FORM, secret)
            .map_err(|error| error.of_part("secret").moved_right(before).moved_right(removed))?;
        Ok(Self { id, secret: Secret::new(secret) })
    }
}

/// The text without the quotation marks around it.
fn unquoted(text: &str) -> &str {
    let without = |mark| text.strip_prefix(mark)?.strip_suffix(mark);
    without('"').or_else(|| without('\'')).map_or(text, str::trim)
}

/// Checks that an HTTP header can contain the secret.
fn check_secret(form: &'static str, secret: &str) -> Result<(), Malformed> {
    match secret.chars().position(|c| !c.is_ascii_graphic()) {
        Some(place) => Err(Malformed::character(form, place + 1)),
        None if secret.is_empty() => Err(Malformed::empty(form)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_parsed_with_either_separator_and_surrounding_white_space() {
        for text in [
            "a@pbs!ci:0d6e0dd0",
            "a@pbs!ci=0d6e0dd0",
            "  a@pbs!ci:0d6e0dd0\n",
            "\"a@pbs!ci:0d6e0dd0\"",
            "'a@pbs!ci:0d6e0dd0'\n",
            "PBSAPIToken=a@pbs!ci:0d6e0dd0",
            "\"PBSAPIToken=a@pbs!ci=0d6e0dd0\"",
            "Authorization: PBSAPIToken=a@pbs!ci:0d6e0dd0",
        ] {
            let token: ApiToken = text.parse().unwrap();
            assert_eq!(token.id.to_string(), "a@pbs!ci", "{text:?}");
            assert_eq!(token.secret.expose(), "0d6e0dd0", "{text:?}");
            assert_eq!(token.to_text().expose(), "a@pbs!ci:0d6e0dd0", "{text:?}");
        }
        let token: ApiToken = "a=b@pbs!ci=x=y".parse().unwrap();
        assert_eq!((token.id.to_string().as_str(), token.secret.expose()), ("a=b@pbs!ci", "x=y"));
    }

    #[test]
    fn an_invalid_token_is_described_and_never_shown() {
        for (text, expected) in [
            ("", "the text is empty"),
            ("hunter2", "the realm is missing"),
            ("a@pbs!ci", "the secret is missing"),
            ("a@pbs!ci:", "the secret is missing"),
            ("a@pbs:hunter2", "the token name is missing"),
            ("a@pbs!:hunter2", "the token name is missing"),
            ("!ci:hunter2", "the user is missing"),
            (":hunter2", "the token id is missing"),
            ("a@pbs!ci:hun ter2", "character 13 "),
            ("a@pbs!c i:hunter2", "character 8 "),
            ("PBSAPIToken=a@pbs!ci hunter2", "character 21 "),
            (" \"PBSAPIToken=a@pbs!ci:hun ter2\"", "character 27 "),
            ("\"a@pbs!ci:hunter2", "a quotation mark at one end"),
            ("a@pbs!ci:hunter2'", "a quotation mark at one end"),
            ("PVEAPIToken=a@pbs!ci=hunter2", "a token of Proxmox VE"),
        ] {
            let shown = text.parse::<ApiToken>().unwrap_err().to_string();
            assert!(shown.contains("`user@realm!name:secret`"), "{shown}");
            assert!(shown.contains(expected), "{text:?}: {shown}");
            assert!(!shown.contains("hunter2") && !shown.contains("a@pbs"), "{shown}");
        }
    }

    #[test]
    fn a_line_break_at_the_end_of_a_password_is_removed() {
        for (text, expected) in
            [("pass word \n", "pass word "), ("password\r\n", "password"), (" p\"", " p\"")]
        {
            assert!(Secret::password(text).unwrap().expose() == expected);
        }
        for (text, expected) in [
            ("MARK\tER", "character 5 "),
            ("\nMARKER", "character 1 "),
            ("MARKER\u{0}", "character 7 "),
            ("\n", "is empty"),
        ] {
            let shown = Secret::password(text).unwrap_err().to_string();
            assert!(shown.contains(expected) && !shown.contains("MARKER"), "{shown}");
            assert!(shown.contains("a password without control characters"), "{shown}");
        }
    }

    #[test]
    fn a_ticket_is_taken_from_a_cookie() {
        for text in [
            "PBS:a@pbs:6581AB00::c2ln+/==",
            " PBS:a@pbs:6581AB00::c2ln+/==\n",
            "'PBS:a@pbs:6581AB00::c2ln+/=='",
            "PBS%3Aa%40pbs%3A6581AB00%3A%3Ac2ln%2B%2F%3D%3D",
            "PBSAuthCookie=PBS%3Aa%40pbs%3A6581AB00%3A%3Ac2ln%2B%2F%3D%3D",
            "__Host-PBSAuthCookie=PBS:a@pbs:6581AB00::c2ln+/==",
        ] {
            assert!(Secret::ticket(text).expose() == "PBS:a@pbs:6581AB00::c2ln+/==");
        }
    }

    #[test]
    fn debug_does_not_show_the_secret() {
        let token: ApiToken = "a@pbs!ci:MARKER".parse().unwrap();
        assert_eq!(format!("{token:?}"), "ApiToken { id: a@pbs!ci, secret: Secret(..) }");
    }
}
