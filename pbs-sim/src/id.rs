//! Syntax of user ids, authentication ids, identifiers and ACL paths in the state of the server.
//! The syntax of request parameters is not part of this module, because PBS's description of its
//! API contains it.
//!
//! The rules come from PBS 4.2.3 (measured). Only the list of known ACL paths comes from PBS's
//! source. This module does not know which objects exist.

use crate::settings::{VERSION_4_0, Version};

/// Whether the text is a user id of the form `user@realm`.
///
/// The name can contain `@` and `!`, but no control characters, no white space, and neither `:` nor
/// `/`.
pub(crate) fn is_userid(text: &str) -> bool {
    match text.rsplit_once('@') {
        Some((name, realm)) => {
            !name.is_empty()
                && name.chars().all(|c| !c.is_control() && !c.is_whitespace() && !":/".contains(c))
                && is_identifier(realm)
        }
        None => false,
    }
}

/// Whether the text is an authentication id: a user id `user@realm` or a token id
/// `user@realm!name`.
pub(crate) fn is_auth_id(text: &str) -> bool {
    is_userid(user_of(text)) && token_name_of(text).is_none_or(is_identifier)
}

/// Whether the text matches `[A-Za-z0-9_][A-Za-z0-9._-]*`, the syntax of token names, realms,
/// datastore names, backup ids and path segments.
pub(crate) fn is_identifier(text: &str) -> bool {
    let is_first_char = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.starts_with(is_first_char)
        && text.chars().all(|c| is_first_char(c) || c == '.' || c == '-')
}

/// Whether this PBS version accepts ACL entries at this path. The list of paths comes from PBS's
/// source. The difference between the versions was measured.
pub(crate) fn is_known_acl_path(path: &str, version: Version) -> bool {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    match segments.as_slice() {
        [] => true,
        ["system", "s3-endpoint" | "encryption-keys", ..] if version < VERSION_4_0 => false,
        ["access"] | ["access", "acl" | "users" | "domains" | "openid"] => true,
        ["access", "openid", _] => true,
        ["datastore"] => true,
        ["datastore", _, namespaces @ ..] => namespaces.len() <= 7,
        ["remote"] | ["remote", _] => true,
        ["remote", _, _, namespaces @ ..] => namespaces.len() <= 7,
        ["system"] => true,
        ["system", "certificates" | "disks" | "log" | "notifications" | "status"] => true,
        ["system", "tasks" | "time" | "services" | "network"] => true,
        ["system", "s3-endpoint" | "encryption-keys"] => true,
        ["system", "services" | "s3-endpoint" | "encryption-keys", _] => true,
        ["system", "network", "dns" | "interfaces"] | ["system", "network", "interfaces", _] => {
            true
        }
        ["tape"] | ["tape", "device" | "pool" | "job"] => true,
        ["tape", "device" | "pool" | "job", _] => true,
        _ => false,
    }
}

/// The user id in an authentication id: the part before `!` and the token name. For a user id, the
/// whole id.
pub(crate) fn user_of(auth_id: &str) -> &str {
    split_token_id(auth_id).map_or(auth_id, |(user, _)| user)
}

/// The token name of an authentication id. `None` for a user id.
pub(crate) fn token_name_of(auth_id: &str) -> Option<&str> {
    split_token_id(auth_id).map(|(_, name)| name)
}

/// Splits a token id into the user id and the token name, at the first `!` after the last `@`. The
/// name of a user can contain `@` and `!`. A realm or a token name cannot contain these characters.
/// `None` for a user id.
fn split_token_id(auth_id: &str) -> Option<(&str, &str)> {
    let realm = auth_id.rfind('@')?;
    let separator = realm + auth_id[realm..].find('!')?;
    Some((&auth_id[..separator], &auth_id[separator + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_auth_id_accepts_users_and_tokens_only() {
        for valid in [
            "root@pam",
            "a@b@pbs",
            "müller@pbs",
            "root@pam!x",
            "u@pbs!_a.b-c",
            "wow!what@pbs",
            "wow!what@pbs!x",
        ] {
            assert!(is_auth_id(valid), "{valid}");
        }
        assert_eq!(user_of("wow!what@pbs!x"), "wow!what@pbs");
        assert_eq!(token_name_of("wow!what@pbs!x"), Some("x"));
        assert_eq!(token_name_of("wow!what@pbs"), None);
        for invalid in
            ["", "ghost", "@pbs", "a b@pbs", "a@", "u@pbs!", "u@pbs!.a", "u@pbs!-a", "u@pbs!a!b"]
        {
            assert!(!is_auth_id(invalid), "{invalid}");
        }
    }

    #[test]
    fn only_listed_acl_paths_are_known() {
        for known in [
            "/",
            "/datastore",
            "/datastore/a/1/2/3/4/5/6/7",
            "/remote/r/s/1",
            "/system/network/interfaces/eth0",
        ] {
            assert!(is_known_acl_path(known, VERSION_4_0), "{known}");
        }
        for unknown in ["/bogus", "/access/users/foo", "/datastore/a/1/2/3/4/5/6/7/8"] {
            assert!(!is_known_acl_path(unknown, VERSION_4_0), "{unknown}");
        }
    }
}
