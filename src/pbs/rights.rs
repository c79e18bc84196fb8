//! What somebody may do, computed from a list of grants as PBS computes it: a pure
//! function, so that a plan can explain rights without a request more.

use super::{AclEntry, AclPath, AuthId, Grants, Roles};
use std::collections::BTreeSet;

/// The privileges that `subject` has on `path`. Those of a token are what its own grants
/// and those of its user have in common; `root@pam` has all (PBS 4.2.3, measured).
#[must_use]
pub fn privileges(
    grants: &Grants,
    roles: &Roles,
    subject: &AuthId,
    path: &AclPath,
) -> BTreeSet<String> {
    let own = granted(grants, roles, subject, path);
    match subject {
        AuthId::User(_) => own,
        AuthId::Token(token) => {
            let user = granted(grants, roles, &AuthId::User(token.user().clone()), path);
            own.intersection(&user).cloned().collect()
        }
    }
}

/// Whether the grant counts on `path`: its own path, or one below it if it propagates.
#[must_use]
pub fn reaches(entry: &AclEntry, path: &AclPath) -> bool {
    entry.path == *path || entry.propagate && is_above(entry.path.as_str(), path.as_str())
}

/// By the grants of this subject alone. Along the path from the root, a place that has
/// grants which reach this far replaces what came from above.
fn granted(grants: &Grants, roles: &Roles, subject: &AuthId, path: &AclPath) -> BTreeSet<String> {
    if matches!(subject, AuthId::User(user) if user.is_superuser()) {
        return roles.values().flatten().cloned().collect();
    }
    let own = grants.of(subject).iter();
    let reaching: Vec<_> = own.filter(|entry| reaches(entry, path)).collect();
    let deepest = reaching.iter().map(|entry| depth(entry.path.as_str())).max();
    let deciding = reaching.into_iter().filter(|entry| Some(depth(entry.path.as_str())) == deepest);
    // `NoAccess` never stands beside another role, and it gives nothing.
    deciding.filter_map(|entry| roles.get(&entry.role)).flatten().cloned().collect()
}

fn is_above(above: &str, path: &str) -> bool {
    above == "/" || path.strip_prefix(above).is_some_and(|rest| rest.starts_with('/'))
}

fn depth(path: &str) -> usize {
    path.split('/').filter(|segment| !segment.is_empty()).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn roles() -> Roles {
        [
            ("Admin", &["Datastore.Audit", "Datastore.Backup", "Sys.Audit"][..]),
            ("Audit", &["Datastore.Audit", "Sys.Audit"]),
            ("DatastoreBackup", &["Datastore.Backup"]),
            ("DatastoreReader", &["Datastore.Audit", "Datastore.Read"]),
            ("NoAccess", &[]),
        ]
        .map(|(role, privileges)| {
            (role.parse().unwrap(), privileges.iter().map(|one| (*one).to_owned()).collect())
        })
        .into()
    }

    /// `path subject role`, with `!` before the path where it does not propagate.
    fn grants(lines: &[&str]) -> Grants {
        let entry = |line: &&str| {
            let mut words = line.split(' ');
            let (path, auth_id, role) =
                (words.next().unwrap(), words.next().unwrap(), words.next().unwrap());
            AclEntry {
                propagate: !path.starts_with('!'),
                path: path.trim_start_matches('!').parse().unwrap(),
                auth_id: auth_id.parse().unwrap(),
                role: role.parse().unwrap(),
            }
        };
        lines.iter().map(entry).collect()
    }

    fn of(lines: &[&str], subject: &str, path: &str) -> Vec<String> {
        let (subject, path) = (subject.parse().unwrap(), path.parse().unwrap());
        privileges(&grants(lines), &roles(), &subject, &path).into_iter().collect()
    }

    #[test]
    fn the_deepest_grant_that_reaches_the_path_decides() {
        for (lines, path, wanted) in [
            (&["/ a@pbs Audit"][..], "/datastore/x", &["Datastore.Audit", "Sys.Audit"][..]),
            (
                &["/ a@pbs Audit", "/datastore a@pbs DatastoreBackup"],
                "/datastore/x",
                &["Datastore.Backup"],
            ),
            (&["/ a@pbs Audit", "/datastore/x a@pbs NoAccess"], "/datastore/x", &[]),
            (
                &["/ a@pbs Audit", "/datastore/x a@pbs NoAccess"],
                "/datastore/xy",
                &["Datastore.Audit", "Sys.Audit"],
            ),
            (
                &["/ a@pbs DatastoreBackup", "!/datastore a@pbs Audit"],
                "/datastore/x",
                &["Datastore.Backup"],
            ),
            (&["!/datastore a@pbs Audit"], "/datastore", &["Datastore.Audit", "Sys.Audit"]),
            (
                &["/datastore a@pbs DatastoreBackup", "/datastore a@pbs DatastoreReader"],
                "/datastore/x/ns",
                &["Datastore.Audit", "Datastore.Backup", "Datastore.Read"],
            ),
            (&["/datastore b@pbs Audit"], "/datastore", &[]),
            (&["/datastore/x a@pbs Audit"], "/datastore", &[]),
            (&["/ a@pbs Unheard"], "/", &[]),
        ] {
            assert_eq!(of(lines, "a@pbs", path), wanted, "{lines:?} on {path}");
        }
    }

    #[test]
    fn a_token_has_what_it_and_its_user_have_in_common() {
        let lines = ["/datastore a@pbs!t Audit", "/datastore a@pbs DatastoreReader"];
        assert_eq!(of(&lines, "a@pbs!t", "/datastore/x"), ["Datastore.Audit"]);
        assert_eq!(of(&lines[..1], "a@pbs!t", "/datastore/x"), [""; 0]);
        assert_eq!(of(&lines[1..], "a@pbs!t", "/datastore/x"), [""; 0]);
        let root = ["/datastore root@pam!t DatastoreBackup"];
        assert_eq!(of(&root, "root@pam!t", "/datastore/x"), ["Datastore.Backup"]);
        assert_eq!(of(&[], "root@pam!t", "/datastore/x"), [""; 0]);
    }

    /// Recorded answers about somebody's privileges, each with the grants of that moment.
    #[test]
    fn the_recorded_server_computes_the_same() {
        const STORE: &str = "/datastore/pbs-store";
        let text = include_str!("../../tests/fixtures/pbs-4.2.3/exchanges.json");
        let recorded: Vec<Value> = serde_json::from_str(text).unwrap();
        let roles = recorded_roles(&recorded);
        let token = "/datastore/pbs-store fact@pbs!t1 DatastoreAdmin";
        let reader = "/datastore/pbs-store fact@pbs DatastoreReader";
        for (case, subject, path, lines) in [
            ("50-permissions/user-reader", "fact@pbs", STORE, &[reader][..]),
            ("50-permissions/token-admin-user-reader", "fact@pbs!t1", STORE, &[token, reader]),
            ("50-permissions/token-admin-user-reader-path", "fact@pbs!t1", STORE, &[token, reader]),
            (
                "50-permissions/token-admin-user-reader-nopropagate",
                "fact@pbs!t1",
                STORE,
                &[token, "!/datastore/pbs-store fact@pbs DatastoreReader"],
            ),
            (
                "50-permissions/token-admin-user-Admin-root",
                "fact@pbs!t1",
                STORE,
                &[token, "/ fact@pbs Admin"],
            ),
            (
                "50-permissions/path-below",
                "fact@pbs!t1",
                "/datastore/pbs-store/ns1",
                &[token, "/ fact@pbs Admin"],
            ),
            (
                "50-permissions/path-unrelated",
                "fact@pbs!t1",
                "/system",
                &[token, "/ fact@pbs Admin"],
            ),
            ("50-permissions/token-has-acl-user-has-not-6s", "fact@pbs!t1", STORE, &[token]),
            ("50-permissions/token-no-acl-asked-by-root", "fact@pbs!t1", STORE, &[]),
            ("50-permissions/unknown-authid", "ghost@pbs", STORE, &[token, reader]),
            (
                "50-permissions/root-token-all",
                "root@pam!tfroot",
                "/access",
                &["/ root@pam!tfroot Admin"],
            ),
            (
                "70-cascade/perms-of-recreated-user",
                "fact@pbs",
                STORE,
                &["/datastore/pbs-store fact@pbs DatastoreAdmin"],
            ),
        ] {
            let exchange = recorded.iter().find(|one| one["case"] == case).unwrap();
            let body = exchange["response_body"].as_str().unwrap().lines().next().unwrap();
            let body: Value = serde_json::from_str(body).unwrap();
            let told = body["data"].get(path).and_then(Value::as_object);
            let wanted: BTreeSet<_> =
                told.into_iter().flat_map(|told| told.keys().cloned()).collect();
            let (subject, path) = (subject.parse().unwrap(), path.parse().unwrap());
            assert_eq!(privileges(&grants(lines), &roles, &subject, &path), wanted, "{case}");
        }
    }

    fn recorded_roles(recorded: &[Value]) -> Roles {
        let exchange = recorded.iter().find(|one| one["case"] == "00-basics/roles").unwrap();
        let body: Value =
            serde_json::from_str(exchange["response_body"].as_str().unwrap()).unwrap();
        let role = |role: &Value| {
            let privileges = role["privs"].as_array().unwrap().iter();
            let privileges = privileges.map(|one| one.as_str().unwrap().to_owned()).collect();
            (role["roleid"].as_str().unwrap().parse().unwrap(), privileges)
        };
        body["data"].as_array().unwrap().iter().map(role).collect()
    }
}
