//! Ids that PBS accepts, but cannot use: its configuration files cannot contain them, or no request
//! can contain them.

use crate::pbs::id::{Malformed, UserId};

impl UserId {
    /// Checks that PBS can store grants for the user and for its tokens.
    ///
    /// A line of PBS's file `acl.cfg` has the form `acl:PROPAGATE:PATH:SUBJECTS:ROLES`, and
    /// `SUBJECTS` is a list that is separated by commas. PBS accepts two kinds of user names that
    /// cannot stand in such a line (PBS 4.2.3, measured). If the name contains a comma, PBS can no
    /// longer read the file, and then refuses every login. If the name begins with `@`, PBS reads
    /// the subject as a group. The paths and roles that PBS accepts contain none of these
    /// characters.
    ///
    /// # Errors
    /// The name contains a comma or begins with `@`.
    pub fn check_grantable(&self) -> Result<(), Malformed> {
        const FORM: &str = "a user for which PBS can store grants";
        if self.name().contains(',') {
            return Err(Malformed::rule(
                FORM,
                "the name of the user contains a comma, with which PBS separates the users in its \
                 file `acl.cfg`. Such a grant locks all users out of the server, or gives the role \
                 to other users",
            ));
        }
        if self.name().starts_with('@') {
            return Err(Malformed::rule(
                FORM,
                "the name of the user begins with `@`, which marks a group in the file `acl.cfg` of \
                 PBS. Such a grant has no effect, and cannot be deleted through the API",
            ));
        }
        Ok(())
    }

    /// Checks that a request can contain the id of a token of the user.
    ///
    /// PBS reads the header `Authorization` as ASCII text. It rejects every other text with status
    /// 401, even if the token exists and its secret is correct (PBS 4.2.3, measured). A user can
    /// log in with such a name, because the login does not use this header.
    ///
    /// # Errors
    /// The name contains a character that is not ASCII.
    pub fn check_tokens_can_log_in(&self) -> Result<(), Malformed> {
        match self.name().is_ascii() {
            true => Ok(()),
            false => Err(Malformed::rule(
                "a user whose tokens can log in",
                "the name of the user contains a character that is not ASCII, such as `ü`. PBS \
                 rejects every request with a token of such a user",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::pbs::{AclPath, AuthId, RoleId, UserId};
    use proptest::prelude::*;

    /// The grants that PBS reads from a line of `acl.cfg`: path, subject, role. `None` if PBS
    /// cannot read the line. A subject that begins with `@` is a group, and is left out.
    fn read(line: &str) -> Option<Vec<(String, String, String)>> {
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
        for (id, grantable) in [
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
            assert_eq!(user.check_grantable().is_ok(), grantable, "{id}");
        }
    }

    #[test]
    fn only_tokens_of_users_with_ascii_names_can_log_in() {
        let check = |id: &str| id.parse::<UserId>().unwrap().check_tokens_can_log_in();
        assert!(check("a!b@c,d@pbs").is_ok());
        assert!(check("jürgen@pbs").unwrap_err().to_string().contains("not ASCII"));
    }

    proptest! {
        /// A grant is read as it was written exactly if `check_grantable` accepts its subject.
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
                let read = read(&format!("acl:1:{path}:{subject}:{role}\n"));
                let is_unchanged = read == Some(vec![written]);
                prop_assert_eq!(auth_id.user().check_grantable().is_ok(), is_unchanged);
            }
        }
    }
}
