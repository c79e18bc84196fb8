//! The managed resources. A new one needs its folder, a `mod` line and a line in [`register`].

use crate::pbs::Client;
use tf_plugin::Offers;

mod acl;
mod api_token;
mod user;

/// Registers every managed resource. Each one registers its list resource, its migration and its
/// data sources itself, in `Resource::companions`.
pub(crate) fn register(offers: Offers<Client>) -> Offers<Client> {
    offers.resource::<acl::Acl>().resource::<api_token::ApiToken>().resource::<user::User>()
}
