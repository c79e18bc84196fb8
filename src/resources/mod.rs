//! The managed resources. A new resource needs its folder, a `mod` line and a line in [`register`].

use crate::pbs::Client;
use tf_plugin::Offers;

mod acl;
mod api_token;
mod user;

/// Registers every managed resource. Each resource registers its list resource, its migration and
/// its data sources in its own `Resource::companions`.
pub(crate) fn register(offers: Offers<Client>) -> Offers<Client> {
    offers.resource::<acl::Acl>().resource::<api_token::ApiToken>().resource::<user::User>()
}
