//! Why PBS refuses a request: the caller lacks a privilege, or a parameter has a wrong value.

use super::{Error, response::HTML_PAGE};
use crate::pbs::{AuthId, UserId};

/// Messages about a wrong value of a parameter, in which PBS does not name the parameter. Each
/// entry contains the start of the message, and the parameter (PBS 4.2.3, recorded).
const WRONG_VALUES: [(&str, &str); 8] = [
    ("no such user.", "auth-id"),
    ("no such API token.", "auth-id"),
    ("invalid acl path '", "path"),
    ("unknown realm '", "userid"),
    ("no such datastore '", "store"),
    ("ENOENT: No such file or directory", "ns"),
    ("user '", "new-owner"),
    ("API token '", "new-owner"),
];

impl Error {
    /// The parameter of the request whose value PBS refuses, as PBS spells it, for example
    /// `auth-id`.
    ///
    /// PBS checks the form of every parameter before it carries out a request. The message then
    /// begins with `parameter verification failed - 'auth-id': `. While PBS carries out the
    /// request, it can refuse other values, for example the id of a user that does not exist. The
    /// message then does not name the parameter. In both cases, the status is 400.
    #[must_use]
    pub fn refused_parameter(&self) -> Option<&str> {
        let (status, message) = self.refusal()?;
        if status != 400 {
            return None;
        }
        if let Some(rest) = message.strip_prefix("parameter verification failed - '") {
            return rest.split_once("': ").map(|(name, _)| name);
        }
        // Messages about other parameters also begin with `user '` or `API token '`.
        let is_about_new_owner = message.ends_with(" is inactive or non-existent");
        let wrong = WRONG_VALUES.iter().find(|(start, parameter)| {
            message.starts_with(start) && (*parameter != "new-owner" || is_about_new_owner)
        });
        wrong.map(|(_, parameter)| *parameter)
    }

    /// Whether PBS refuses to delete an object because other objects refer to this object (PBS
    /// 4.2.3, recorded).
    #[must_use]
    pub fn reports_use(&self) -> bool {
        self.refusal().is_some_and(|(status, message)| {
            status == 400
                && (message.contains(" is used by ")
                    || message.contains(", referenced by: ")
                    || message.starts_with("in-use by "))
        })
    }

    /// Whether the server does not have the realm of this user.
    #[must_use]
    pub fn reports_unknown_realm(&self, user: &UserId) -> bool {
        self.refusal() == Some((400, &format!("unknown realm '{}'", user.realm())))
    }

    /// If PBS has refused the request because `caller` lacks a privilege, adds the name of the
    /// missing privilege to the error. `caller` is the user or token that has sent the request, if
    /// the client knows it. `privilege` and `path` are used only if the message of PBS does not
    /// name the missing privilege and its path.
    pub(crate) fn with_missing_privilege(
        self,
        privilege: &str,
        path: &str,
        caller: Option<&AuthId>,
    ) -> Self {
        let Some((status, message)) = self.refusal() else { return self };
        if !lacks_privilege(status, message) {
            return self;
        }
        let (privilege, path) = named_privilege(message).unwrap_or((privilege, path));
        let missing = format!("`{}` on `{path}`", privilege.replace('|', "` or `"));
        self.with_advice(match caller {
            Some(AuthId::Token(token)) => format!(
                ". The token {token} or its user {} lacks the privilege {missing}. Both need a role \
                 with this privilege",
                token.user()
            ),
            Some(AuthId::User(user)) => format!(". The user {user} lacks the privilege {missing}"),
            None => format!(". The provider's user or token lacks the privilege {missing}"),
        })
    }
}

/// The privilege and the ACL path in a message such as `missing permissions
/// 'Datastore.Modify|Datastore.Prune' on '/datastore/main'` (PBS 4.2.3, recorded). If the message
/// names several privileges, one of them is enough.
fn named_privilege(message: &str) -> Option<(&str, &str)> {
    let rest = message.strip_prefix("missing permissions '")?;
    rest.strip_suffix('\'')?.split_once("' on '")
}

/// Whether PBS refuses the request because the caller lacks a privilege. For most requests, the
/// status is 403. If PBS checks a privilege only while it carries out the request, the status is
/// 400 or 401 (PBS 4.2.3, recorded).
fn lacks_privilege(status: u16, message: &str) -> bool {
    match status {
        403 => message != HTML_PAGE,
        400 => {
            message == "you are not authorized to change the password."
                || message.starts_with("Unprivileged ")
                || message.starts_with("not allowed to list permissions of ")
                || message.starts_with("missing permissions '")
        }
        401 => message.contains(" does not have permission to change owner of backup group "),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pbs::error::refused;

    fn refusal(status: u16, body: &str) -> Error {
        refused("PUT /access/acl".to_owned(), status, body, &[])
    }

    fn explained(status: u16, body: &str, caller: Option<&str>) -> String {
        let caller = caller.map(|id| id.parse().unwrap());
        refusal(status, body)
            .with_missing_privilege("Permissions.Modify", "/access/acl", caller.as_ref())
            .to_string()
    }

    #[test]
    fn an_error_names_the_missing_privilege_and_who_lacks_it() {
        let denied = "permission check failed";
        assert_eq!(
            explained(403, denied, Some("tf@pbs!ci")),
            "PUT /access/acl: 403 permission check failed. The token tf@pbs!ci or its user tf@pbs \
             lacks the privilege `Permissions.Modify` on `/access/acl`. Both need a role with this \
             privilege"
        );
        let by_user = explained(403, denied, Some("tf@pbs"));
        assert!(by_user.contains(". The user tf@pbs lacks the privilege `Perm"), "{by_user}");
        let unknown = explained(403, denied, None);
        assert!(unknown.contains(". The provider's user or token lacks the"), "{unknown}");
    }

    #[test]
    fn the_privilege_that_the_server_names_replaces_the_expected_one() {
        for (message, expected) in [
            (
                "missing permissions 'Sys.Modify' on '/system/disks'",
                "lacks the privilege `Sys.Modify` on `/system/disks`",
            ),
            (
                "missing permissions 'Datastore.Modify|Datastore.Prune' on '/datastore/x'",
                "lacks the privilege `Datastore.Modify` or `Datastore.Prune` on `/datastore/x`",
            ),
        ] {
            let shown = explained(400, message, None);
            assert!(shown.ends_with(expected), "{shown}");
        }
    }

    #[test]
    fn a_missing_privilege_is_recognized_with_every_status() {
        for (status, message, expected) in [
            (403, "permission check failed - missing Datastore.Audit on /datastore/x", true),
            (400, "you are not authorized to change the password.", true),
            (400, "Unprivileged API tokens can't set ACL items.", true),
            (400, "Unprivileged users can only set ACL items for API tokens.", true),
            (400, "Unprivileged users can only set ACL items for their own API tokens.", true),
            (400, "not allowed to list permissions of fact@pbs!t1", true),
            (
                401,
                "a@pbs!t does not have permission to change owner of backup group 'host/x' to b@pbs",
                true,
            ),
            (400, "missing permissions 'Datastore.Modify' on '/datastore/x'", true),
            (400, "no such user.", false),
            (401, "authentication failed", false),
            (403, "<html>", false),
            (500, "permission check failed", false),
        ] {
            let shown = explained(status, message, None);
            assert_eq!(shown.contains("lacks the privilege"), expected, "{shown}");
        }
        let gateway = explained(403, "<html>", None);
        assert!(gateway.ends_with("set `http_headers`"), "{gateway}");
    }

    #[test]
    fn an_error_names_the_parameter_whose_value_is_refused() {
        for (status, message, expected) in [
            (
                400,
                "parameter verification failed - 'role': value 'x' is not defined in the enumeration.",
                Some("role"),
            ),
            (
                400,
                "parameter verification failed - 'auth-id': value does not match the regex pattern",
                Some("auth-id"),
            ),
            (400, "no such user.", Some("auth-id")),
            (400, "no such API token.", Some("auth-id")),
            (400, "invalid acl path '/bogus'.", Some("path")),
            (400, "unknown realm 'nope'", Some("userid")),
            (400, "no such datastore 'nostore'", Some("store")),
            (400, "ENOENT: No such file or directory", Some("ns")),
            (400, "user 'ghost@pbs' is inactive or non-existent", Some("new-owner")),
            (400, "API token 'a@pbs!zz' is inactive or non-existent", Some("new-owner")),
            (400, "user 'a@pbs' already exists.", None),
            (400, "no such user 'a@pbs'", None),
            (500, "no such user.", None),
            (400, "unable to read \"/x/owner\" - No such file or directory (os error 2)", None),
        ] {
            assert_eq!(refusal(status, message).refused_parameter(), expected, "{message}");
        }
    }
}
