//! The ephemeral resources. A new ephemeral resource needs its file, a `mod` line and a line in
//! [`register`].

use crate::pbs::Client;
use tf_plugin::Offers;

mod api_token;

/// Registers every ephemeral resource.
pub(crate) fn register(offers: Offers<Client>) -> Offers<Client> {
    offers.ephemeral::<api_token::ApiToken>()
}
