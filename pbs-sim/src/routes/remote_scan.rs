//! `/config/remote/{name}/scan`: what a remote server contains (recorded from PBS 4.2.3). Tests set
//! this content with [`World::remote_content`](crate::World::remote_content).

use serde_json::json;

use super::{Call, Route, config::object_error, get, groups::to_row, subdirectories};
use crate::{
    kinds::REMOTE,
    other_servers::RemoteContent,
    response::{ApiError, CallResult, Success},
};

pub(super) const ROUTES: &[Route] = &[
    get("/config/remote/{name}/scan", list_datastores),
    get("/config/remote/{name}/scan/{store}", |_| subdirectories(&["groups", "namespaces"])),
    get("/config/remote/{name}/scan/{store}/namespaces", list_namespaces),
    get("/config/remote/{name}/scan/{store}/groups", list_groups),
];

/// PBS's error if a scan fails.
fn scan_error(name: &str, reason: &str) -> ApiError {
    let text = format!("failed to scan remote '{name}' - {reason}");
    ApiError { status: 500, ..ApiError::bad_request(text) }
}

/// The name of the remote in the path of the request, and the content of its server.
///
/// # Errors
/// PBS's message if the remote does not exist, or if connections to its server fail.
fn content(call: &mut Call) -> Result<(String, RemoteContent), ApiError> {
    let name = call.args.required_text("name").to_string();
    if call.world.sections.get(&REMOTE, &name).is_none() {
        return Err(object_error(REMOTE.missing, &name));
    }
    let content = call.world.remote_content(&name).clone();
    match &content.failure {
        Some(failure) => Err(scan_error(&name, failure)),
        None => Ok((name, content)),
    }
}

fn list_datastores(call: &mut Call) -> CallResult {
    let (_, content) = content(call)?;
    let rows = content.datastores.keys().map(|store| {
        json!({
            "store": store,
            "comment": null,
            "mount-status": "nonremovable",
            "backend-type": "filesystem",
        })
    });
    Ok(Success::Data(rows.collect()))
}

fn list_namespaces(call: &mut Call) -> CallResult {
    let (name, content) = content(call)?;
    let store = call.args.required_text("store");
    let Some(store) = content.datastores.get(store) else {
        return Err(scan_error(&name, &format!("no such datastore '{store}'")));
    };
    let namespaces = std::iter::once("").chain(store.namespaces.iter().map(String::as_str));
    let rows = namespaces.map(|ns| json!({ "ns": ns }));
    Ok(Success::Data(rows.collect()))
}

fn list_groups(call: &mut Call) -> CallResult {
    let (name, content) = content(call)?;
    let store = call.args.required_text("store");
    let namespace = call.args.text("namespace").unwrap_or_default();
    let Some(store) = content.datastores.get(store) else {
        return Err(scan_error(&name, &format!("no such datastore '{store}'")));
    };
    if !store.has_namespace(namespace) {
        return Err(scan_error(&name, "ENOENT: No such file or directory"));
    }
    let groups = store.groups.iter().filter(|group| group.namespace == namespace);
    Ok(Success::Data(groups.map(to_row).collect()))
}
