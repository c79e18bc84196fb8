//! The data sources. A new data source needs its file and a `mod` line here. If a data source reads
//! the objects of a managed resource, register it in the `companions` of that resource. Add a line
//! for every other data source to [`register`].

use crate::pbs::Client;
use tf_plugin::Offers;

pub(crate) mod acls;
pub(crate) mod api_token;
pub(crate) mod api_tokens;
mod certificate;
mod datastores;
mod permissions;
mod roles;
mod token_check;
pub(crate) mod user;
pub(crate) mod users;
mod version;

/// Registers the data sources that do not belong to a managed resource.
pub(crate) fn register(offers: Offers<Client>) -> Offers<Client> {
    offers
        .data_source::<certificate::Certificate>()
        .data_source::<datastores::Datastores>()
        .data_source::<permissions::Permissions>()
        .data_source::<roles::Roles>()
        .data_source::<token_check::TokenCheck>()
        .data_source::<version::Version>()
}
