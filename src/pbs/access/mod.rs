//! `/access`: users, their tokens, roles, and who is granted what.
//!
//! Lists that many callers want at the same time are read once for all of them; see
//! [`snapshot`](super::snapshot).

mod acl;
#[cfg(fuzzing)]
pub mod fuzz;
mod grants;
mod permissions;
mod roles;
mod settle;
mod tokens;
mod users;

pub use acl::AclEntry;
pub use grants::Grants;
pub(super) use grants::Written;
pub use permissions::Permissions;
pub use roles::Roles;
pub(super) use settle::Settling;
pub use tokens::{Token, TokenChange};
pub use users::{User, UserChange};

use super::{
    UserId,
    snapshot::{Epochs, Snapshot},
};
use std::collections::BTreeMap;

/// The lists that are shared, and the epochs that say whether they are still true.
#[derive(Default)]
pub(super) struct Lists {
    pub(super) epochs: Epochs,
    acl: Snapshot<Grants>,
    sees_all_acl: Snapshot<bool>,
    users: Snapshot<BTreeMap<UserId, users::Listed>>,
    roles: Snapshot<Roles>,
}
