use super::*;
use crate::pbs::Grant;
use serde_json::Value;

const RECORDED: &str = include_str!("../../../tests/fixtures/pbs-4.2.3/exchanges.json");

fn roles() -> Roles {
    [
        ("Admin", &["Datastore.Audit", "Datastore.Backup", "Sys.Audit"][..]),
        ("Audit", &["Datastore.Audit", "Sys.Audit"]),
        ("DatastoreBackup", &["Datastore.Backup"]),
        ("DatastoreReader", &["Datastore.Audit", "Datastore.Read"]),
        ("NoAccess", &[]),
    ]
    .map(|(role, privileges)| {
        (role.parse().unwrap(), privileges.iter().map(|&name| name.to_owned()).collect())
    })
    .into()
}

/// Parses grants from lines of the form `path subject role`. A `!` before the path means that the
/// grant does not propagate.
fn grants(lines: &[&str]) -> Grants {
    let grant = |line: &&str| {
        let mut words = line.split(' ');
        let (path, auth_id, role) =
            (words.next().unwrap(), words.next().unwrap(), words.next().unwrap());
        Grant {
            propagate: !path.starts_with('!'),
            path: path.trim_start_matches('!').parse().unwrap(),
            auth_id: auth_id.parse().unwrap(),
            role: role.parse().unwrap(),
        }
    };
    lines.iter().map(grant).collect()
}

fn effective_for(lines: &[&str], subject: &str, path: &str) -> Vec<String> {
    let (subject, path) = (subject.parse().unwrap(), path.parse().unwrap());
    effective(&grants(lines), &roles(), &subject, &path).into_iter().collect()
}

#[test]
fn the_deepest_grant_that_applies_to_the_path_decides() {
    for (lines, path, expected) in [
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
        assert_eq!(effective_for(lines, "a@pbs", path), expected, "{lines:?} on {path}");
    }
}

#[test]
fn a_token_has_the_privileges_that_it_and_its_user_have_in_common() {
    let lines = ["/datastore a@pbs!t Audit", "/datastore a@pbs DatastoreReader"];
    assert_eq!(effective_for(&lines, "a@pbs!t", "/datastore/x"), ["Datastore.Audit"]);
    assert_eq!(effective_for(&lines[..1], "a@pbs!t", "/datastore/x"), [""; 0]);
    assert_eq!(effective_for(&lines[1..], "a@pbs!t", "/datastore/x"), [""; 0]);
    let root = ["/datastore root@pam!t DatastoreBackup"];
    assert_eq!(effective_for(&root, "root@pam!t", "/datastore/x"), ["Datastore.Backup"]);
    assert_eq!(effective_for(&[], "root@pam!t", "/datastore/x"), [""; 0]);
}

/// Compares the computed privileges with recorded responses to `GET /access/permissions`. Each case
/// lists the grants that existed when its response was recorded.
#[test]
fn the_result_equals_the_recorded_permissions() {
    const STORE: &str = "/datastore/pbs-store";
    let recorded: Vec<Value> = serde_json::from_str(RECORDED).unwrap();
    let roles = recorded_roles();
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
        ("50-permissions/path-unrelated", "fact@pbs!t1", "/system", &[token, "/ fact@pbs Admin"]),
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
        let exchange = recorded.iter().find(|exchange| exchange["case"] == case).unwrap();
        let body = exchange["response_body"].as_str().unwrap().lines().next().unwrap();
        let body: Value = serde_json::from_str(body).unwrap();
        let recorded_privileges = body["data"].get(path).and_then(Value::as_object);
        let expected: BTreeSet<_> =
            recorded_privileges.into_iter().flat_map(|map| map.keys().cloned()).collect();
        let (subject, path) = (subject.parse().unwrap(), path.parse().unwrap());
        assert_eq!(effective(&grants(lines), &roles, &subject, &path), expected, "{case}");
    }
}

/// The roles in the recorded response of PBS 4.2.3.
pub(crate) fn recorded_roles() -> Roles {
    let recorded: Vec<Value> = serde_json::from_str(RECORDED).unwrap();
    let exchange = recorded.iter().find(|exchange| exchange["case"] == "00-basics/roles").unwrap();
    let body: Value = serde_json::from_str(exchange["response_body"].as_str().unwrap()).unwrap();
    let role = |role: &Value| {
        let privileges = role["privs"].as_array().unwrap().iter();
        let privileges = privileges.map(|name| name.as_str().unwrap().to_owned()).collect();
        (role["roleid"].as_str().unwrap().parse().unwrap(), privileges)
    };
    body["data"].as_array().unwrap().iter().map(role).collect()
}
