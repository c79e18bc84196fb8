//! The managed resources. To add one: its file, its `mod`, its line in `all`.

use crate::pbs::Client;
use std::sync::Arc;
use tf_plugin::{AnyList, AnyMigrate, AnyResource, list, migrate, resource};

mod acl;
mod api_token;
mod user;

/// All of them.
pub fn all() -> Vec<Arc<dyn AnyResource<Client>>> {
    vec![
        resource::<_, acl::Acl>(),
        resource::<_, api_token::ApiToken>(),
        resource::<_, user::User>(),
    ]
}

/// Those that read states which others wrote.
pub fn migrations() -> Vec<Arc<dyn AnyMigrate>> {
    vec![
        migrate::<Client, acl::Acl>(),
        migrate::<Client, api_token::ApiToken>(),
        migrate::<Client, user::User>(),
    ]
}

/// Those that `terraform query` finds.
pub fn lists() -> Vec<Arc<dyn AnyList<Client>>> {
    vec![list::<_, acl::Acl>(), list::<_, api_token::ApiToken>(), list::<_, user::User>()]
}

/// A secret on its way into the state and back: the one place where it belongs.
pub(crate) mod state_secret {
    use crate::pbs::Secret;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(
        secret: &Option<Secret>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        secret.as_ref().map(Secret::expose).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Secret>, D::Error> {
        Option::deserialize(deserializer)
    }
}
