//! The functions: pure, without a server. To add one: its file, its `mod`, its line in `all`.

use std::sync::Arc;
use tf_plugin::{AnyFunction, function};

mod acl_path;
mod api_token;
mod parse_auth_id;
mod parse_repository;
mod repository;
mod token_id;

/// All of them.
pub fn all() -> Vec<Arc<dyn AnyFunction>> {
    vec![
        function::<acl_path::AclPath>(),
        function::<api_token::ApiToken>(),
        function::<parse_auth_id::ParseAuthId>(),
        function::<parse_repository::ParseRepository>(),
        function::<repository::Repository>(),
        function::<token_id::TokenId>(),
    ]
}
