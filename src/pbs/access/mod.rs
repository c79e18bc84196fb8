//! `/access`: users, their tokens, roles, grants and permissions.
//!
//! Lists that many tasks need at the same time are read once and shared; see
//! [`snapshot`](super::snapshot).

mod acl;
mod acl_ledger;
#[cfg(fuzzing)]
pub mod fuzz;
mod grants;
mod permissions;
mod planned_grants;
mod roles;
mod secret_check;
mod settle;
mod tokens;
mod users;

pub(super) use acl_ledger::AclLedger;
pub use acl_ledger::ExistingGrant;
pub use grants::{Grant, Grants};
pub use permissions::Permissions;
pub use planned_grants::PlannedGrant;
pub(super) use planned_grants::PlannedGrants;
pub use roles::Roles;
pub(super) use secret_check::SecretChecks;
pub use tokens::{Token, TokenChange};
pub use users::{User, UserChange};

use crate::pbs::{
    DatastoreName, UserId,
    namespaces::NamespaceLists,
    objects::ObjectLists,
    snapshot::{Epochs, Snapshot},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// The lists that readers share, and the epochs that tell whether a list is still current.
#[derive(Default)]
pub(super) struct SharedLists {
    pub(super) epochs: Epochs,
    grants: Snapshot<Grants>,
    all_grants: Snapshot<Option<Arc<Grants>>>,
    can_see_all_grants: Snapshot<bool>,
    users: Snapshot<BTreeMap<UserId, users::UserWithTokens>>,
    roles: Snapshot<Roles>,
    pub(super) datastores: Snapshot<BTreeSet<DatastoreName>>,
    pub(super) objects: ObjectLists,
    pub(super) namespaces: NamespaceLists,
}
