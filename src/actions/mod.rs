//! The actions. To add one: its file, its `mod`, its line in `all`.

use crate::pbs::Client;
use std::sync::Arc;
use tf_plugin::{AnyAction, action};

mod change_owner;

/// All of them.
pub fn all() -> Vec<Arc<dyn AnyAction<Client>>> {
    vec![action::<_, change_owner::ChangeOwner>()]
}
