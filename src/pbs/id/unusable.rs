//! User ids that PBS accepts but cannot use. PBS cannot store grants for some of these users. It
//! rejects all requests with the tokens of others.

use crate::pbs::id::{Malformed, UserId};

impl UserId {
    /// Checks that PBS can store grants for the user and for the tokens of the user.
    ///
    /// A line of PBS's file `acl.cfg` has the form `acl:PROPAGATE:PATH:SUBJECTS:ROLES`, and commas
    /// separate the `SUBJECTS`. PBS accepts two kinds of user names that such a line cannot contain
    /// (PBS 4.2.3, measured). If the name of a user contains a comma, PBS can no longer read the
    /// file after it has stored a grant for this user, and refuses every login. If the name begins
    /// with `@`, PBS reads the subject as the name of a group. Paths and roles cannot cause such
    /// errors, because PBS accepts neither a comma nor `@` in them.
    ///
    /// # Errors
    /// The name contains a comma or begins with `@`.
    pub fn check_grantable(&self) -> Result<(), Malformed> {
        const FORM: &str = "a user for which PBS can store grants";
        if self.name().contains(',') {
            return Err(Malformed::rule(
                FORM,
                "the name of the user contains a comma, but commas separate the users in PBS's \
                 file `acl.cfg`. A grant for this user would lock all users out of the server, or \
                 would give the role to other users",
            ));
        }
        if self.name().starts_with('@') {
            return Err(Malformed::rule(
                FORM,
                "the name of the user begins with `@`, which marks a group in PBS's file \
                 `acl.cfg`. A grant for this user would have no effect, and the API could not \
                 delete the grant",
            ));
        }
        Ok(())
    }

    /// Checks that PBS accepts requests with a token of the user.
    ///
    /// PBS reads the header `Authorization`, which contains the id of the token, as ASCII text. If
    /// the header contains a character that is not ASCII, PBS responds with status 401, even if the
    /// token exists and its secret is correct (PBS 4.2.3, measured). The user can log in with a
    /// password, because the login does not use this header.
    ///
    /// # Errors
    /// The name contains a character that is not ASCII.
    pub fn check_tokens_can_log_in(&self) -> Result<(), Malformed> {
        match self.name().is_ascii() {
            true => Ok(()),
            false => Err(Malformed::rule(
                "a user whose tokens can log in",
                "the name of the user contains a character that is not ASCII, for example `ü`. PBS \
                 rejects every request with a token of this user",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::pbs::{AclPath, AuthId, RoleId, UserId};
    use proptest::prelude::*;

    /// The grants that PBS reads from a line of `acl.cfg`, each with its path, subject and role.
    /// `None` if PBS cannot read the line. The result does not contain grants of groups, whose
    /// names begin with `@`.
    fn grants_in(line: &str) -> Option<Vec<(String, String, String)>> {
        let items: Vec<_> = line.trim().split(':').collect();
        let ["acl", "0" | "1", path, subjects, roles] = items[..] else { return None };
        let mut grants = Vec::new();
        for subject in subjects.split(',').map(str::trim) {
            for role in roles.split(',').map(str::trim) {
                if !subject.starts_with('@') {
                    subject.parse::<AuthId>().ok()?;
                    grants.push((path.to_owned(), subject.to_owned(), role.to_owned()));
                }
            }
        }
        Some(grants)
    }

    #[test]
    fn exactly_the_names_that_the_acl_file_can_hold_can_have_grants() {
        for (id, is_grantable) in [
            ("doe@pbs", true),
            ("a@b@pbs", true),
            ("wow!what@pbs", true),
            ("jürgen@pbs", true),
            ("!\"#$%&'()*+-.;<=>?[\\]^_`{|}~@pbs", true),
            ("doe,john@pbs", false),
            (",doe@pbs", false),
            ("a@pbs,b@pbs", false),
            ("@doe@pbs", false),
        ] {
            let user: UserId = id.parse().unwrap();
            assert_eq!(user.check_grantable().is_ok(), is_grantable, "{id}");
        }
    }

    #[test]
    fn only_tokens_of_users_with_ascii_names_can_log_in() {
        let check = |id: &str| id.parse::<UserId>().unwrap().check_tokens_can_log_in();
        assert!(check("a!b@c,d@pbs").is_ok());
        assert!(check("jürgen@pbs").unwrap_err().to_string().contains("not ASCII"));
    }

    proptest! {
        /// PBS reads a grant from `acl.cfg` as it was written if `check_grantable` accepts the
        /// subject of the grant. Otherwise, PBS reads something else.
        #[test]
        fn a_grant_that_passes_the_check_is_read_from_the_acl_file_unchanged(
            name in "[a-c,@!;|ü.=-]{1,6}",
            token in "(![a-z0-9_.-]{1,3})?",
            path in "/|(/[a-zA-Z0-9_.,:@-]{1,4}){1,3}",
            role in "[A-Za-z0-9,:@ ]{1,5}",
        ) {
            let subject = format!("{name}@pbs{token}");
            if let (Ok(auth_id), Ok(path), Ok(role)) =
                (subject.parse::<AuthId>(), path.parse::<AclPath>(), role.parse::<RoleId>())
            {
                let written = (path.to_string(), subject.clone(), role.to_string());
                let grants = grants_in(&format!("acl:1:{path}:{subject}:{role}\n"));
                let is_unchanged = grants == Some(vec![written]);
                prop_assert_eq!(auth_id.user().check_grantable().is_ok(), is_unchanged);
            }
        }
    }
}
