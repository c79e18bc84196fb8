//! Checks whether the server has the role of a grant.

use crate::pbs::{Client, RoleId, Roles};
use tf_plugin::{Cx, Diagnostic, Path, Result};

/// Rejects a role that the server does not have, before the grant is written. `attribute` is the
/// attribute that contains the role.
///
/// If the roles cannot be read, there is no error. The server then refuses an unknown role itself.
pub(crate) async fn check_role(cx: &Cx<Client>, role: &RoleId, attribute: Path) -> Result<()> {
    let Ok(pbs) = cx.client() else { return Ok(()) };
    match pbs.roles().await {
        Ok(roles) if !roles.is_empty() && !roles.contains_key(role) => {
            Err(unknown(role, &roles).at_path(attribute))
        }
        _ => Ok(()),
    }
}

fn unknown(role: &RoleId, roles: &Roles) -> Diagnostic {
    let roles: Vec<_> = roles.keys().map(|role| format!("`{role}`")).collect();
    Diagnostic::error(
        format!("There is no role `{role}`"),
        format!(
            "The server has these roles: {}. The names are case-sensitive. Choose one of them.",
            roles.join(", ")
        ),
    )
}
