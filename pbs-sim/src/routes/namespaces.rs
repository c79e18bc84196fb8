//! `/admin/datastore/{store}/namespace`: namespaces of a datastore (recorded from PBS 4.2.3).

use serde_json::{Value, json};

use super::{
    Call, Route,
    datastore_access::{
        CHANGE_NAMESPACES, GroupName, available_content, available_datastore, can_see,
        can_see_some_namespace,
    },
    get, write,
};
use crate::{
    datastore::{Datastore, Group, MAX_DEPTH},
    response::{ApiError, CallResult, Success},
};

pub(super) const ROUTES: &[Route] = &[
    get("/admin/datastore/{store}/namespace", list),
    write("POST", "/admin/datastore/{store}/namespace", &[], create),
    write("DELETE", "/admin/datastore/{store}/namespace", &[], delete),
];

/// Lists the namespace `parent` and the namespaces at most `max-depth` levels below it. The default
/// of `parent` is the root namespace. PBS also lists a `parent` that does not exist. Namespaces
/// that the caller is not allowed to see are left out.
fn list(call: &mut Call) -> CallResult {
    let parent = call.args.text("parent").unwrap_or_default();
    let max_depth = call.args.integer("max-depth").map_or(MAX_DEPTH, |depth| depth as usize);
    let store = call.args.required_text("store");
    if !can_see_some_namespace(call, store, parent) {
        return Err(ApiError::forbidden());
    }
    let content = available_content(call)?;
    let is_listed = |namespace: &&str| {
        is_within(namespace, parent, max_depth) && can_see(call, store, namespace)
    };
    let other_namespaces = content.namespaces.iter().map(String::as_str).filter(|ns| *ns != parent);
    let candidates = std::iter::once(parent).chain(other_namespaces);
    let rows: Vec<Value> = candidates.filter(is_listed).map(|ns| json!({ "ns": ns })).collect();
    Ok(Success::Data(rows.into()))
}

/// Creates a namespace. The call succeeds even if the namespace exists.
fn create(call: &mut Call) -> CallResult {
    let parent = call.args.text("parent").unwrap_or_default().to_string();
    let name = call.args.required_text("name");
    let namespace = if parent.is_empty() { name.into() } else { format!("{parent}/{name}") };
    let content = content_to_change(call, &parent)?;
    if !content.has_namespace(&parent) {
        return Err(ApiError::bad_request(format!(
            "cannot create new namespace, parent {parent} doesn't already exists"
        )));
    }
    if depth(&parent) >= MAX_DEPTH {
        let text = format!("namespace too deep, {} >= max {MAX_DEPTH}", depth(&parent));
        return Err(ApiError::bad_request(text));
    }
    if !content.has_namespace(&namespace) {
        content.namespaces.push(namespace.clone());
    }
    Ok(Success::Data(namespace.into()))
}

/// Deletes a namespace and all namespaces below it. Without `delete-groups`, namespaces with backup
/// groups stay. The call then fails, although it deletes the namespaces without groups.
fn delete(call: &mut Call) -> CallResult {
    let store = call.args.required_text("store").to_string();
    let namespace = call.args.required_text("ns").to_string();
    let deletes_groups = call.args.boolean("delete-groups") == Some(true);
    let fails_on_protected = call.args.boolean("error-on-protected") != Some(false);
    let parent = namespace.rsplit_once('/').map_or("", |(parent, _)| parent);
    let content = content_to_change(call, parent)?;
    if namespace.is_empty() {
        return Err(ApiError::bad_request("Cannot create/delete root namespace!"));
    }
    if deletes_groups && !content.has_namespace(&namespace) {
        return Err(ApiError::bad_request("ENOENT: No such file or directory"));
    }
    let is_deleted = |other: &str| other == namespace || is_below(other, &namespace);
    if deletes_groups {
        let groups: Vec<GroupName> = content
            .groups
            .iter()
            .filter(|group| is_deleted(&group.namespace))
            .map(|group| GroupName::of_group(&store, group))
            .collect();
        groups.iter().try_for_each(|group| group.check_lock(call))?;
    }
    let content = call.world.datastore_mut(&store);
    let (mut groups, mut snapshots, mut protected) = (0, 0, 0);
    if deletes_groups {
        let is_group_deleted = |group: &&mut Group| is_deleted(&group.namespace);
        for group in content.groups.iter_mut().filter(is_group_deleted) {
            let (deleted_count, protected_count) = group.delete_unprotected_snapshots();
            snapshots += deleted_count;
            protected += protected_count;
            groups += u64::from(protected_count == 0);
        }
        content.remove_empty_groups();
    }
    let namespaces_with_groups: Vec<String> =
        content.groups.iter().map(|group| group.namespace.clone()).collect();
    let is_kept =
        |ns: &str| namespaces_with_groups.iter().any(|other| other == ns || is_below(other, ns));
    content.namespaces.retain(|ns| !is_deleted(ns) || is_kept(ns));
    if is_kept(&namespace) && !deletes_groups {
        return Err(ApiError::bad_request(
            "only partially deleted due to existing groups but `delete-groups` not true",
        ));
    }
    if protected > 0 && fails_on_protected {
        let text = "group only partially deleted due to protected snapshots";
        return Err(ApiError::bad_request(text));
    }
    Ok(Success::Data(json!({
        "protected-snapshots": protected,
        "removed-groups": groups,
        "removed-snapshots": snapshots,
    })))
}

/// The content of the datastore of the request.
///
/// # Errors
/// PBS's message if the caller may not change the namespaces in `parent`, or if the datastore is
/// not available.
fn content_to_change<'a>(call: &'a mut Call, parent: &str) -> Result<&'a mut Datastore, ApiError> {
    let store = call.args.required_text("store").to_string();
    CHANGE_NAMESPACES.check(call, parent)?;
    available_datastore(call, true)?;
    Ok(call.world.datastore_mut(&store))
}

/// Whether the namespace is below `parent`, at any depth.
pub(super) fn is_below(namespace: &str, parent: &str) -> bool {
    match parent {
        "" => !namespace.is_empty(),
        _ => namespace.strip_prefix(parent).is_some_and(|rest| rest.starts_with('/')),
    }
}

/// Whether the namespace is `top` or below it, at most `max_depth` levels deeper.
pub(super) fn is_within(namespace: &str, top: &str, max_depth: usize) -> bool {
    (namespace == top || is_below(namespace, top)) && depth(namespace) <= depth(top) + max_depth
}

/// Number of levels of a namespace.
pub(super) fn depth(namespace: &str) -> usize {
    namespace.split('/').filter(|level| !level.is_empty()).count()
}
