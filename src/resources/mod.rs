//! The managed resources. To add one: its file, its `mod`, its line in `all`.

use crate::{
    pbs::Client,
    plugin::{AnyResource, resource},
};
use std::sync::Arc;

mod acl;
mod api_token;

/// All of them.
pub fn all() -> Vec<Arc<dyn AnyResource<Client>>> {
    vec![resource::<_, acl::Acl>(), resource::<_, api_token::ApiToken>()]
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
