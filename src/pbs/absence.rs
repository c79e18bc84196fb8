//! Recognizes two kinds of messages of PBS: a user, token or datastore does not exist, or a user or
//! token exists already.
//!
//! PBS sends both kinds of messages with status 400 (PBS 4.2.3, recorded). For configuration
//! objects, [`kinds`](crate::pbs::kinds) contains the messages. No other code decides from a
//! message whether an object exists. The whole message must match, including the id of the
//! requested object. A comparison of only a part of the message could mistake a wrong address, an
//! error page of a proxy, or a user named `svc404@pbs` for a missing object.

use crate::pbs::{DatastoreName, Error, TokenId, UserId};

/// An object that a request names.
#[derive(Clone, Copy)]
pub(super) enum Object<'a> {
    Token(&'a TokenId),
    User(&'a UserId),
    Datastore(&'a DatastoreName),
}

impl Object<'_> {
    /// Whether the error reports that the object does not exist.
    pub(super) fn is_reported_missing(self, error: &Error) -> bool {
        has_message(error, |text| match self {
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

    /// Returns [`Error::AlreadyExists`] if the error reports that the object exists already.
    /// Returns every other error unchanged.
    pub(super) fn into_already_exists(self, error: Error) -> Error {
        let exists = has_message(&error, |text| match self {
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

impl Error {
    /// Whether the error reports that the token does not exist.
    #[must_use]
    pub fn reports_missing_token(&self, token: &TokenId) -> bool {
        Object::Token(token).is_reported_missing(self)
    }

    /// Whether a request for a new secret of this token, which failed with this error, may
    /// nevertheless have replaced the secret. This is possible in two cases. In the first case, the
    /// response was lost. In the second case, PBS refused the request with status 400 and a message
    /// that this function does not know. PBS stores the new secret before it stores the other
    /// properties of the token (PBS 4.2.3, measured), so PBS may have refused the request after it
    /// has stored the secret.
    #[must_use]
    pub fn may_have_replaced_secret(&self, token: &TokenId) -> bool {
        let refuses_parameter = |text: &str| text.starts_with("parameter verification");
        self.response_lost()
            || self.status() == Some(400)
                && !self.is_lock_timeout()
                && !has_message(self, refuses_parameter)
                && !Object::Token(token).is_reported_missing(self)
                && !Object::User(token.user()).is_reported_missing(self)
    }
}

/// Whether PBS has refused the request with status 400 and a message for which `matches` is true.
fn has_message(error: &Error, matches: impl Fn(&str) -> bool) -> bool {
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
    fn the_recorded_messages_with_status_400_mean_that_the_object_is_missing() {
        let (token, user) = (token("fact@pbs!nosuch"), user("ghost@pbs"));
        let store = "nostore".parse().unwrap();
        for (object, body) in [
            (Object::Token(&token), "no such token 'fact@pbs!nosuch'"),
            (Object::Token(&token), "token 'nosuch' of user 'fact@pbs' does not exist."),
            (Object::Token(&token), "token 'nosuch' of user 'fact@pbs' does not exist.\n"),
            (Object::User(&user), "no such user 'ghost@pbs'"),
            (Object::User(&user), "user 'ghost@pbs' does not exist."),
            (Object::Datastore(&store), "no such datastore 'nostore'"),
        ] {
            assert!(object.is_reported_missing(&refusal(400, body)), "{body}");
            for status in [401, 403, 404, 500, 502] {
                assert!(!object.is_reported_missing(&refusal(status, body)), "{status} {body}");
            }
        }
    }

    #[test]
    fn no_other_message_means_that_the_object_is_missing() {
        let (token, user) = (token("svc404@pbs!ci"), user("svc404@pbs"));
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
                let error = refusal(status, body);
                assert!(!Object::Token(&token).is_reported_missing(&error), "{body}");
                assert!(!Object::User(&user).is_reported_missing(&error), "{body}");
            }
        }
        // A message about the user does not mean that the token is missing.
        let about_user = refusal(400, "no such user 'svc404@pbs'");
        assert!(!Object::Token(&token).is_reported_missing(&about_user));
    }

    #[test]
    fn the_recorded_messages_mean_that_the_object_exists_already() {
        let (token, user) = (token("fact@pbs!full"), user("fact@pbs"));
        let exists = refusal(400, "token 'full' for user 'fact@pbs' already exists.");
        assert!(Object::Token(&token).into_already_exists(exists).already_exists());
        let exists = refusal(400, "user 'fact@pbs' already exists.");
        assert!(Object::User(&user).into_already_exists(exists.clone()).already_exists());
        assert!(!Object::Token(&token).into_already_exists(exists).already_exists());
        let other = refusal(400, "token 'other' for user 'fact@pbs' already exists.");
        assert!(!Object::Token(&token).into_already_exists(other).already_exists());
    }

    #[test]
    fn only_a_known_refusal_means_that_the_secret_was_not_replaced() {
        let token = token("one@pbs!ci");
        for body in [
            "no such token 'one@pbs!ci'",
            "no such user 'one@pbs'",
            "parameter verification failed - 'regenerate': schema does not allow additional \
             properties.",
            "Unable to acquire lock \"/etc/proxmox-backup/.token.shadow.lock\" - Interrupted system \
             call (os error 4)",
        ] {
            assert!(!refusal(400, body).may_have_replaced_secret(&token), "{body}");
        }
        for (status, body) in [
            (400, "no such token 'two@pbs!ci'"),
            (400, "unable to write user.cfg - No space left on device (os error 28)"),
            (500, "no such token 'one@pbs!ci'"),
            (502, "<html>"),
        ] {
            assert!(refusal(status, body).may_have_replaced_secret(&token), "{status} {body}");
        }
        for status in [401, 403, 404, 429] {
            assert!(!refusal(status, "refused").may_have_replaced_secret(&token), "{status}");
        }
    }
}
