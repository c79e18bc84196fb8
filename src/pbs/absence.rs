//! What PBS says when something is missing, or is there already.
//!
//! The one place that knows these sentences (4.2.3, recorded). Each is compared as a whole, for
//! the very object that was asked for: a wrong address, a proxy's page, or a user who is called
//! `svc404@pbs` must never pass for an absence.

use crate::pbs::{DatastoreName, Error, TokenId, UserId};

/// What was asked for.
#[derive(Clone, Copy)]
pub(super) enum Object<'a> {
    Token(&'a TokenId),
    User(&'a UserId),
    Datastore(&'a DatastoreName),
}

impl Object<'_> {
    /// Whether the error says that there is no such object.
    pub(super) fn is_reported_missing(self, error: &Error) -> bool {
        says(error, |text| match self {
            Self::Token(id) => {
                let (user, name) = (id.user(), id.name());
                text == format!("no such token '{id}'")
                    || text == format!("token '{name}' of user '{user}' does not exist.")
            }
            Self::User(id) => {
                text == format!("no such user '{id}'")
                    || text == format!("user '{id}' does not exist.")
            }
            Self::Datastore(name) => text == format!("no such datastore '{name}'"),
        })
    }

    /// Turns the refusal to create what is there already into its own kind of error.
    pub(super) fn into_already_exists(self, error: Error) -> Error {
        let exists = says(&error, |text| match self {
            Self::Token(id) => {
                let (user, name) = (id.user(), id.name());
                text == format!("token '{name}' for user '{user}' already exists.")
            }
            Self::User(id) => text == format!("user '{id}' already exists."),
            Self::Datastore(_) => false,
        });
        match error {
            Error::Refused { request, message, .. } if exists => {
                Error::AlreadyExists { request, message }
            }
            other => other,
        }
    }
}

fn says(error: &Error, matches: impl Fn(&str) -> bool) -> bool {
    error.refusal().is_some_and(|(status, text)| status == 400 && matches(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pbs::error::refused;

    fn token(id: &str) -> TokenId {
        id.parse().unwrap()
    }

    fn user(id: &str) -> UserId {
        id.parse().unwrap()
    }

    fn refusal(status: u16, body: &str) -> Error {
        refused("GET /x".to_owned(), status, body, &[])
    }

    #[test]
    fn the_recorded_sentences_mean_absence() {
        let (nosuch, ghost) = (token("fact@pbs!nosuch"), user("ghost@pbs"));
        let store = "nostore".parse().unwrap();
        for (object, body) in [
            (Object::Token(&nosuch), "no such token 'fact@pbs!nosuch'"),
            (Object::Token(&nosuch), "token 'nosuch' of user 'fact@pbs' does not exist."),
            (Object::Token(&nosuch), "token 'nosuch' of user 'fact@pbs' does not exist.\n"),
            (Object::User(&ghost), "no such user 'ghost@pbs'"),
            (Object::User(&ghost), "user 'ghost@pbs' does not exist."),
            (Object::Datastore(&store), "no such datastore 'nostore'"),
        ] {
            assert!(object.is_reported_missing(&refusal(400, body)), "{body}");
            for status in [401, 403, 404, 500, 502] {
                assert!(!object.is_reported_missing(&refusal(status, body)), "{status} {body}");
            }
        }
    }

    #[test]
    fn nothing_else_means_absence() {
        let (id, ghost) = (token("svc404@pbs!ci"), user("svc404@pbs"));
        for body in [
            "",
            "404",
            "not found",
            "no such user.",
            "no such API token.",
            "permission check failed",
            "Path '/api2/json/access/users/svc404@pbs' not found.",
            "<html>404 Not Found</html>",
            "no such token 'svc404@pbs!other'",
            "no such user 'other@pbs'",
            "no such user 'svc404@pbs' in the cache",
            "token 'ci' of user 'other@pbs' does not exist.",
            "parameter verification failed - 'userid': no such user 'svc404@pbs'",
            "Unable to acquire lock \"/svc404@pbs\" - Interrupted system call (os error 4)",
        ] {
            for status in [400, 404, 500] {
                assert!(!Object::Token(&id).is_reported_missing(&refusal(status, body)), "{body}");
                assert!(
                    !Object::User(&ghost).is_reported_missing(&refusal(status, body)),
                    "{body}"
                );
            }
        }
        // A missing user is no missing token: what is asked for decides.
        let about_user = refusal(400, "no such user 'svc404@pbs'");
        assert!(!Object::Token(&id).is_reported_missing(&about_user));
    }

    #[test]
    fn the_recorded_sentences_mean_existence() {
        let (full, fact) = (token("fact@pbs!full"), user("fact@pbs"));
        let exists = refusal(400, "token 'full' for user 'fact@pbs' already exists.");
        assert!(Object::Token(&full).into_already_exists(exists).already_exists());
        let exists = refusal(400, "user 'fact@pbs' already exists.");
        assert!(Object::User(&fact).into_already_exists(exists.clone()).already_exists());
        assert!(!Object::Token(&full).into_already_exists(exists).already_exists());
        let other = refusal(400, "token 'other' for user 'fact@pbs' already exists.");
        assert!(!Object::Token(&full).into_already_exists(other).already_exists());
    }
}
