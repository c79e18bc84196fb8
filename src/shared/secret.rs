//! The serialized form of a secret.
//!
//! [`Secret`] does not implement `Serialize`, so that a secret cannot get into a log or an error by
//! accident. Terraform must receive the secrets in states and results. Fields with such secrets are
//! therefore marked with `#[serde(serialize_with = "secret::serialize")]`.

use crate::pbs::Secret;
use serde::{Serialize, Serializer};

/// A secret or an optional secret.
pub(crate) trait Expose {
    /// The text of the secret. `None` if there is no secret.
    fn expose(&self) -> Option<&str>;
}

impl Expose for Secret {
    fn expose(&self) -> Option<&str> {
        Some(Secret::expose(self))
    }
}

impl Expose for Option<Secret> {
    fn expose(&self) -> Option<&str> {
        self.as_ref().map(Secret::expose)
    }
}

/// Serializes the text of a secret.
pub(crate) fn serialize<T: Expose, S: Serializer>(
    secret: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    secret.expose().serialize(serializer)
}
