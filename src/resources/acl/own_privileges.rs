//! Warns if a plan takes privileges from the user or token with which the provider itself logs in.

use super::messages;
use crate::pbs::{AclPath, AuthId, Client, Grant, Grants, Roles, privileges};
use std::{collections::BTreeSet, sync::Arc};
use tf_plugin::Cx;

/// Warns if the provider's own user or token loses privileges when `old` is replaced by `new`. If
/// `old` is `None`, the grant is created. If `new` is `None`, the grant is deleted. A new grant can
/// take privileges away, because the grants on a path replace the grants on the paths above.
///
/// The function sends requests only for a grant of the provider's own user or token. If the grants
/// or roles cannot be read completely, a change or deletion of a grant causes a warning, unless
/// `new` clearly gives as much as `old`.
pub(super) async fn warn_of_loss(cx: &Cx<Client>, old: Option<&Grant>, new: Option<&Grant>) {
    let Ok(pbs) = cx.client() else { return };
    let Some(caller) = pbs.caller() else { return };
    let user = AuthId::User(caller.user().clone());
    let is_own = |grant: &&Grant| grant.auth_id == caller || grant.auth_id == user;
    let (old, new) = (old.filter(is_own), new.filter(is_own));
    let Some(grant) = old.or(new) else { return };
    match Change::read(pbs, old, new).await {
        Some(change) => {
            let paths = [old, new].into_iter().flatten().map(|grant| &grant.path);
            let mut losses = paths.map(|path| (path, change.lost_privileges(&caller, path)));
            if let Some((path, lost)) = losses.find(|(_, lost)| !lost.is_empty()) {
                cx.warn(messages::own_privileges_lost(&caller, grant, path, &lost));
            }
        }
        None if old.is_some_and(|old| !gives_as_much(new, old)) => {
            let unknown_privileges = BTreeSet::new();
            cx.warn(messages::own_privileges_lost(
                &caller,
                grant,
                &grant.path,
                &unknown_privileges,
            ));
        }
        None => {}
    }
}

/// Whether `new` has the path, subject and role of `old`, and propagates if `old` propagates.
fn gives_as_much(new: Option<&Grant>, old: &Grant) -> bool {
    new.is_some_and(|new| new.is_same_grant(old) && new.propagate >= old.propagate)
}

/// All grants before the planned change, all grants after the change, and the privileges of all
/// roles.
struct Change {
    before: Arc<Grants>,
    after: Grants,
    roles: Arc<Roles>,
}

impl Change {
    /// Reads the grants and the roles. `None` if they cannot be read completely.
    async fn read(pbs: &Client, old: Option<&Grant>, new: Option<&Grant>) -> Option<Self> {
        let (before, roles) = (pbs.all_grants().await.ok()??, pbs.roles().await.ok()?);
        let is_old = |grant: &Grant| old.is_some_and(|old| old.is_same_grant(grant));
        let kept_grants = before.iter().filter(|grant| !is_old(grant) && !displaces(new, grant));
        let after = kept_grants.chain(new).cloned().collect();
        Some(Self { before, after, roles })
    }

    /// The privileges that `caller` loses on `path`, or on a path below `path`.
    fn lost_privileges(&self, caller: &AuthId, path: &AclPath) -> BTreeSet<String> {
        let lost = [Some(path.clone()), path_below(path)].into_iter().flatten().map(|path| {
            let effective = |grants| privileges::effective(grants, &self.roles, caller, &path);
            &effective(&self.before) - &effective(&self.after)
        });
        lost.flatten().collect()
    }
}

/// Whether PBS overwrites or deletes `grant` when it stores `new`.
fn displaces(new: Option<&Grant>, grant: &Grant) -> bool {
    new.is_some_and(|new| new.is_same_grant(grant) || new.excludes(grant))
}

/// A made-up path directly below `path`. No grant has exactly the made-up path, so the privileges
/// on the made-up path are the privileges that propagate from the paths above.
fn path_below(path: &AclPath) -> Option<AclPath> {
    format!("{}/any-path-below", path.as_str().trim_end_matches('/')).parse().ok()
}
