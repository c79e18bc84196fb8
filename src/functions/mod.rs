//! The provider-defined functions, which are pure. A new one needs its file, a `mod` line and a line in
//! [`register`].

use crate::pbs::Client;
use tf_plugin::Offers;

mod acl_path;
mod api_token;
mod parse_auth_id;
mod parse_repository;
mod repository;
mod token_id;

/// Registers every function.
pub(crate) fn register(offers: Offers<Client>) -> Offers<Client> {
    offers
        .function::<acl_path::AclPath>()
        .function::<api_token::ApiToken>()
        .function::<parse_auth_id::ParseAuthId>()
        .function::<parse_repository::ParseRepository>()
        .function::<repository::Repository>()
        .function::<token_id::TokenId>()
}
