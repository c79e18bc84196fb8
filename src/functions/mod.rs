//! The provider-defined functions. The result of a function depends only on its arguments, and a
//! function sends no request. A new function needs its file, a `mod` line and a line in
//! [`register`].

use crate::pbs::{Client, Malformed};
use tf_plugin::{FunctionError, Offers, sentence};

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

/// The error for a malformed argument. `argument` is the position of the argument, counted from 0.
fn malformed(error: &Malformed, argument: usize) -> FunctionError {
    FunctionError { text: sentence(error.to_string()), argument: Some(argument) }
}
