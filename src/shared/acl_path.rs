//! Checks that PBS knows the path of a grant.

use crate::pbs::{AclPath, Client, Version};
use tf_plugin::{Cx, Diagnostic, Path, Result};

/// Rejects a path that the provider does not know, before the grant is sent to the server. If the
/// server is newer than every version that the provider knows, the function only warns, because the
/// server may know the path.
///
/// The function reads the version of the server only for a path that the provider does not know. If
/// the version cannot be read, the function rejects the path, because a spelling mistake is far
/// more likely than a path of a newer server. `attribute` is the attribute that contains the path.
pub(crate) async fn check_acl_path(cx: &Cx<Client>, path: &AclPath, attribute: Path) -> Result<()> {
    if path.tree_is_known() {
        return Ok(());
    }
    let version = match cx.client() {
        Ok(pbs) => pbs.version().await.ok(),
        Err(_) => None,
    };
    match version.filter(|version| version.is_newer_than_known()) {
        Some(version) => {
            cx.warn(possibly_unknown_path(path, version).at_path(attribute));
            Ok(())
        }
        None => Err(unknown_path(path).at_path(attribute)),
    }
}

fn unknown_path(path: &AclPath) -> Diagnostic {
    Diagnostic::error(
        format!("PBS does not know the path {path}"),
        format!("{} Check the path for a spelling mistake.", explanation(path)),
    )
}

fn possibly_unknown_path(path: &AclPath, version: Version) -> Diagnostic {
    Diagnostic::warning(
        "Unknown kind of path",
        format!(
            "{} The server has version {version}. If this version knows the path {path}, ignore \
             the warning. If not, the server refuses the grant.",
            explanation(path)
        ),
    )
}

/// Says which part of the path PBS does not know.
fn explanation(path: &AclPath) -> String {
    match path.area() {
        area @ ("datastore" | "remote") => format!(
            "The path {path} has too many levels. Below `/{area}`, a path can name at most 7 levels \
             of namespaces."
        ),
        area if AclPath::AREAS.contains(&area) => {
            format!("PBS 4.2 knows paths below `/{area}`, but not the path {path}.")
        }
        _ => {
            let areas = AclPath::AREAS.map(|area| format!("`/{area}`")).join(", ");
            format!("In PBS 4.2, every path except `/` begins with one of these parts: {areas}.")
        }
    }
}
