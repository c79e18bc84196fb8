//! Checks whether the role of a grant exists, and suggests the nearest role for a misspelt one.

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

/// A warning about a role that no known version of PBS has. It needs no server.
pub(crate) fn probably_misspelt(role: &RoleId) -> Option<Diagnostic> {
    if RoleId::KNOWN.contains(&role.as_str()) {
        return None;
    }
    Some(Diagnostic::warning(
        format!("The role `{role}` is not known"),
        format!(
            "{}PBS 3.4 to 4.2 have these roles: {}. If your server is newer and has the role, \
             ignore the warning.",
            suggestion(role, RoleId::KNOWN),
            list(RoleId::KNOWN)
        ),
    ))
}

fn unknown(role: &RoleId, roles: &Roles) -> Diagnostic {
    let names = || roles.keys().map(RoleId::as_str);
    Diagnostic::error(
        format!("There is no role `{role}`"),
        format!(
            "{}The server has these roles: {}. The names are case-sensitive. Choose one of them.",
            suggestion(role, names()),
            list(names())
        ),
    )
}

/// A question with the role whose name is most similar. Empty if no name is similar.
fn suggestion<'a>(role: &RoleId, roles: impl IntoIterator<Item = &'a str>) -> String {
    let typed = role.as_str().to_ascii_lowercase();
    let distance = |name: &str| strsim::osa_distance(&typed, &name.to_ascii_lowercase());
    let nearest = roles.into_iter().map(|name| (distance(name), name)).min();
    match nearest {
        Some((distance, name)) if distance <= (typed.len() / 3).max(2) => {
            format!("Did you mean `{name}`? ")
        }
        _ => String::new(),
    }
}

fn list<'a>(roles: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<_> = roles.into_iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_role_gets_the_nearest_role_as_a_suggestion() {
        for (typed, expected) in [
            ("DatastoreReaderr", "Did you mean `DatastoreReader`? "),
            ("datastorebackup", "Did you mean `DatastoreBackup`? "),
            ("DatastoerAdmin", "Did you mean `DatastoreAdmin`? "),
            ("audit", "Did you mean `Audit`? "),
            ("Adnim", "Did you mean `Admin`? "),
            ("PVEAdmin", ""),
            ("x", ""),
        ] {
            let suggested = suggestion(&typed.parse().unwrap(), RoleId::KNOWN);
            assert_eq!(suggested, expected, "{typed}");
        }
    }
}
