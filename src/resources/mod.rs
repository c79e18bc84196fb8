//! The managed resources. A new one needs its folder, a `mod` line and a line in [`register`].

use crate::pbs::Client;
use tf_plugin::Offers;

mod acl;
mod api_token;
mod user;

/// Registers every managed resource. Each one registers its list resource, its migrations and its data
/// sources itself, in `Resource::companions`.
pub(crate) fn register(offers: Offers<Client>) -> Offers<Client> {
    offers.resource::<acl::Acl>().resource::<api_token::ApiToken>().resource::<user::User>()
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
