//! The data sources. To add one: its file, its `mod`, its line in `all`.

use crate::{
    pbs::Client,
    plugin::{AnyDataSource, data_source},
};
use std::sync::Arc;

mod permissions;
mod roles;
mod token_check;

/// All of them.
pub fn all() -> Vec<Arc<dyn AnyDataSource<Client>>> {
    vec![
        data_source::<_, permissions::Permissions>(),
        data_source::<_, roles::Roles>(),
        data_source::<_, token_check::TokenCheck>(),
    ]
}
