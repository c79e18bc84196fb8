//! The data sources. To add one: its file, its `mod`, its line in `all`.

use crate::pbs::Client;
use std::sync::Arc;
use tf_plugin::{AnyDataSource, data_source};

mod acls;
mod api_token;
mod api_tokens;
mod certificate;
mod datastore;
mod datastores;
mod permissions;
mod roles;
mod token_check;
mod user;
mod users;
mod version;

/// All of them.
pub fn all() -> Vec<Arc<dyn AnyDataSource<Client>>> {
    vec![
        data_source::<_, acls::Acls>(),
        data_source::<_, api_token::ApiToken>(),
        data_source::<_, api_tokens::ApiTokens>(),
        data_source::<_, certificate::Certificate>(),
        data_source::<_, datastore::Datastore>(),
        data_source::<_, datastores::Datastores>(),
        data_source::<_, permissions::Permissions>(),
        data_source::<_, roles::Roles>(),
        data_source::<_, token_check::TokenCheck>(),
        data_source::<_, user::User>(),
        data_source::<_, users::Users>(),
        data_source::<_, version::Version>(),
    ]
}
