//! The dangers of deleting a namespace: which backups are lost, and what prevents the deletion.

use super::{Id, messages};
use crate::pbs::{Client, GroupSelection, Namespace};
use std::collections::BTreeMap;
use tf_plugin::{Cx, Result};

/// PBS shows a namespace to each caller that has at least one of these privileges on the namespace.
const VISIBLE: [&str; 4] =
    ["Datastore.Audit", "Datastore.Backup", "Datastore.Modify", "Datastore.Read"];

/// The privileges of the caller on the path of the namespace, and whether each of them also applies
/// to the namespaces below. `None` if the path is too long for a grant. The privileges on the paths
/// above then apply.
async fn privileges(pbs: &Client, id: &Id) -> Result<Option<BTreeMap<String, bool>>> {
    let Ok(path) = format!("/datastore/{}/{}", id.datastore, id.path).parse() else {
        return Ok(None);
    };
    let mut permissions = pbs.permissions(None, Some(&path)).await?;
    Ok(Some(permissions.remove(path.as_str()).unwrap_or_default()))
}

/// Checks that the caller can see the namespace if it exists. PBS lists only the namespaces that
/// the caller may see, so a hidden namespace looks like a missing namespace.
pub(super) async fn check_visible(pbs: &Client, id: &Id) -> Result<()> {
    let privileges = privileges(pbs, id).await?;
    let is_visible = privileges
        .is_none_or(|privileges| VISIBLE.iter().any(|name| privileges.contains_key(*name)));
    match is_visible {
        true => Ok(()),
        false => Err(messages::not_visible(id)),
    }
}

/// Checks that the caller can see everything that a deletion would delete: the namespaces below
/// and, if `deletes_groups` is true, the groups of all owners.
async fn check_sees_all(pbs: &Client, id: &Id, deletes_groups: bool) -> Result<()> {
    let Some(privileges) = privileges(pbs, id).await? else { return Ok(()) };
    let sees_below = VISIBLE.iter().any(|name| privileges.get(*name) == Some(&true));
    let sees_groups = privileges.contains_key("Datastore.Audit");
    match sees_below && (sees_groups || !deletes_groups) {
        true => Ok(()),
        false => Err(messages::content_not_visible(id)),
    }
}

/// Checks that PBS can delete the namespace completely. Without this check, PBS could delete only a
/// part of the content. Returns false if the namespace does not exist.
pub(super) async fn check_deletion(pbs: &Client, id: &Id, deletes_groups: bool) -> Result<bool> {
    let Some(namespaces) = pbs.current_namespaces(&id.datastore).await? else { return Ok(false) };
    if !namespaces.contains(&id.path) {
        check_visible(pbs, id).await?;
        return Ok(false);
    }
    check_sees_all(pbs, id, deletes_groups).await?;
    let namespaces_below: Vec<_> =
        namespaces.iter().filter(|other| other.is_below(&id.path)).collect();
    if !namespaces_below.is_empty() {
        let names: Vec<_> = namespaces_below.into_iter().map(Namespace::as_str).collect();
        return Err(messages::has_namespaces(id, &names));
    }
    let groups = match pbs.backup_groups(&id.datastore, Some(&id.path)).await {
        Ok(groups) => groups.len(),
        // Without `delete_groups`, PBS itself refuses to delete groups. There are also no
        // namespaces below, so the groups need no check.
        Err(error) if error.is_permission_denied() && !deletes_groups => return Ok(true),
        Err(error) => return Err(error.into()),
    };
    if groups == 0 {
        return Ok(true);
    }
    if !deletes_groups {
        return Err(messages::has_groups(id, groups));
    }
    let snapshots = pbs.backups(&id.datastore, Some(&id.path), GroupSelection::default()).await?;
    match snapshots.iter().filter(|snapshot| snapshot.is_protected).count() {
        0 => Ok(true),
        count => Err(messages::has_protected(id, count)),
    }
}

/// Warns of the backups that the deletion would delete, or that prevent the deletion. If a request
/// fails, there is no warning.
pub(super) async fn warn_of_deletion(cx: &Cx<Client>, pbs: &Client, id: &Id, deletes_groups: bool) {
    let selection = GroupSelection::default();
    let Ok(snapshots) = pbs.backups(&id.datastore, Some(&id.path), selection).await else {
        return;
    };
    let mut groups: Vec<_> =
        snapshots.iter().map(|snapshot| (&snapshot.backup_type, &snapshot.backup_id)).collect();
    groups.sort_unstable();
    groups.dedup();
    match (groups.len(), deletes_groups) {
        (0, _) => {}
        (groups, true) => cx.warn(messages::groups_are_deleted(id, groups, snapshots.len())),
        (groups, false) => cx.warn(messages::deletion_will_fail(id, groups, snapshots.len())),
    }
}
