//! Checks that the role of a grant exists. If the role does not exist, the error suggests the role
//! with the most similar name.

use crate::pbs::{Client, RoleId, Roles};
use tf_plugin::{Cx, Diagnostic, Path, Result};

/// Rejects a role that the server does not have, before the grant is sent to the server.
/// `attribute` is the attribute that contains the role.
///
/// If the roles cannot be read, there is no error. The server then refuses an unknown role itself.
pub(crate) async fn check_role(cx: &Cx<Client>, role: &RoleId, attribute: Path) -> Result<()> {
    let Ok(pbs) = cx.client() else { return Ok(()) };
    match pbs.roles().await {
        Ok(roles) if !roles.is_empty() && !roles.contains_key(role) => {
            Err(unknown_role(role, &roles).at_path(attribute))
        }
        _ => Ok(()),
    }
}

/// A warning about a role that no version of PBS known to the provider has. `None` if a known
/// version has the role. The check sends no request.
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
            quoted_list(RoleId::KNOWN)
        ),
    ))
}

fn unknown_role(role: &RoleId, roles: &Roles) -> Diagnostic {
    let names = || roles.keys().map(RoleId::as_str);
    Diagnostic::error(
        format!("There is no role `{role}`"),
        format!(
            "{}The server has these roles: {}. The names are case-sensitive. Choose one of these \
             roles.",
            suggestion(role, names()),
            quoted_list(names())
        ),
    )
}

/// The question whether the role with the most similar name is meant. Empty if no name is similar.
fn suggestion<'a>(role: &RoleId, roles: impl IntoIterator<Item = &'a str>) -> String {
    let typed_name = role.as_str().to_ascii_lowercase();
    let distance = |name: &str| strsim::osa_distance(&typed_name, &name.to_ascii_lowercase());
    let nearest = roles.into_iter().map(|name| (distance(name), name)).min();
    match nearest {
        Some((distance, name)) if distance <= (typed_name.len() / 3).max(2) => {
            format!("Did you mean `{name}`? ")
        }
        _ => String::new(),
    }
}

fn quoted_list<'a>(roles: impl IntoIterator<Item = &'a str>) -> String {
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
