//! The grammar of names and paths: user, token and authentication ids, ACL paths (PBS 4.2.3,
//! measured; the ACL tree from its source). Knows nothing of what exists.

/// `name@realm`.
pub(crate) fn is_userid(text: &str) -> bool {
    match text.rsplit_once('@') {
        Some((name, realm)) => {
            !name.is_empty()
                && name.chars().all(|c| !c.is_control() && !c.is_whitespace() && !":/!".contains(c))
                && is_word(realm)
        }
        None => false,
    }
}

/// `name@realm` or `name@realm!token`.
pub(crate) fn is_auth_id(text: &str) -> bool {
    match text.split_once('!') {
        Some((user, token)) => is_userid(user) && is_word(token),
        None => is_userid(text),
    }
}

/// A token name, a path segment, a realm: `[A-Za-z0-9_][A-Za-z0-9._-]*`.
pub(crate) fn is_word(text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.starts_with(word) && text.chars().all(|c| word(c) || c == '.' || c == '-')
}

/// Printable, of any script: comments, names, e-mail addresses.
pub(crate) fn is_one_line(text: &str) -> bool {
    !text.chars().any(char::is_control)
}

/// 64 hexadecimal digits.
pub(crate) fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.chars().all(|c| c.is_ascii_hexdigit())
}

/// `/` or `/seg(/seg)*`.
pub(crate) fn is_acl_path(text: &str) -> bool {
    text == "/" || text.strip_prefix('/').is_some_and(|rest| rest.split('/').all(is_word))
}

/// A namespace: empty or `seg(/seg)*`, at most 7 deep.
pub(crate) fn is_namespace(text: &str) -> bool {
    text.is_empty() || (text.split('/').all(is_word) && text.split('/').count() <= 7)
}

/// Whether PBS has something to guard at this ACL path.
pub(crate) fn is_in_acl_tree(path: &str) -> bool {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    match segments.as_slice() {
        [] => true,
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

/// The user part of an authentication id.
pub(crate) fn user_of(auth_id: &str) -> &str {
    auth_id.split_once('!').map_or(auth_id, |(user, _)| user)
}

/// The token name of an authentication id, if it is a token's.
pub(crate) fn token_of(auth_id: &str) -> Option<&str> {
    auth_id.split_once('!').map(|(_, token)| token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids() {
        for good in ["root@pam", "a@b@pbs", "müller@pbs", "root@pam!x", "u@pbs!_a.b-c"] {
            assert!(is_auth_id(good), "{good}");
        }
        for bad in
            ["", "ghost", "@pbs", "a b@pbs", "a@", "u@pbs!", "u@pbs!.a", "u@pbs!-a", "u@pbs!a!b"]
        {
            assert!(!is_auth_id(bad), "{bad}");
        }
    }

    #[test]
    fn acl_paths() {
        for good in [
            "/",
            "/datastore",
            "/datastore/a/1/2/3/4/5/6/7",
            "/remote/r/s/1",
            "/system/network/interfaces/eth0",
        ] {
            assert!(is_acl_path(good) && is_in_acl_tree(good), "{good}");
        }
        for bad in ["", "datastore", "//datastore", "/datastore/", "/a b"] {
            assert!(!is_acl_path(bad), "{bad}");
        }
        for outside in ["/bogus", "/access/users/foo", "/datastore/a/1/2/3/4/5/6/7/8"] {
            assert!(!is_in_acl_tree(outside), "{outside}");
        }
    }
}
