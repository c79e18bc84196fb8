//! The actions. To add one: its file, its `mod`, its line in `all`.

use crate::{
    pbs::Client,
    plugin::{AnyAction, action},
};
use std::sync::Arc;

mod change_owner;

/// All of them.
pub fn all() -> Vec<Arc<dyn AnyAction<Client>>> {
    vec![action::<_, change_owner::ChangeOwner>()]
}
