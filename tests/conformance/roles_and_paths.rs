//! The tables of roles and paths on the page of `pbs_acl`. The roles and their privileges come from
//! a recorded response of PBS.

use std::{collections::BTreeMap, fmt::Write as _};

use serde_json::Value;
use terraform_provider_pbs::pbs::{AclPath, RoleId};

/// The typical use of each role.
const USES: [(&str, &str); 18] = [
    (
        "Admin",
        "Administrators of the server. The token of this provider, with the role on `/access`: \
         manage users, tokens and grants",
    ),
    ("Audit", "Monitoring: read the configuration and the status, but no backups"),
    ("DatastoreAdmin", "Administrators of a datastore: manage the backups of all users"),
    ("DatastoreAudit", "Monitoring of a datastore: list its settings and its backups"),
    ("DatastoreBackup", "Backup clients: make backups, and restore their own backups"),
    (
        "DatastorePowerUser",
        "Backup clients that also prune: make, restore and delete their own backups",
    ),
    (
        "DatastoreReader",
        "Hosts that restore backups, and sync jobs: read and verify the backups of all users",
    ),
    ("NoAccess", "Users and tokens whose roles on parent paths must not apply on this path"),
    ("RemoteAdmin", "Administrators of remotes: change the remotes, and pull backups from them"),
    ("RemoteAudit", "Monitoring: list the remotes"),
    ("RemoteDatastoreAdmin", "Push jobs that also delete the backups of other users on the remote"),
    ("RemoteDatastorePowerUser", "Push jobs that also delete their own backups on the remote"),
    ("RemoteSyncOperator", "Pull jobs: read backups from a remote"),
    ("RemoteSyncPushOperator", "Push jobs: write backups to a remote"),
    ("TapeAdmin", "Administrators of tape backups"),
    ("TapeAudit", "Monitoring of tape backups"),
    (
        "TapeOperator",
        "Operators of tape backups: write backups to tape, and restore backups from tape",
    ),
    ("TapeReader", "Restore from tape"),
];

/// For each path: its pattern, an example, and what the path stands for. In a pattern, words in
/// capital letters stand for names.
const PATHS: [(&str, &str, &str); 26] = [
    ("/", "/", "the whole server"),
    ("/access", "/access", "users, tokens, grants and realms"),
    ("/access/acl", "/access/acl", "grants"),
    ("/access/users", "/access/users", "users and their tokens"),
    ("/access/domains", "/access/domains", "realms"),
    ("/access/openid", "/access/openid", "OpenID Connect realms"),
    ("/access/openid/REALM", "/access/openid/company", "one OpenID Connect realm"),
    ("/datastore", "/datastore", "all datastores"),
    ("/datastore/STORE", "/datastore/store1", "one datastore and its namespaces"),
    (
        "/datastore/STORE/NAMESPACE",
        "/datastore/store1/team/laptops",
        "one namespace, up to 7 levels deep, and the namespaces below it",
    ),
    ("/remote", "/remote", "all remotes"),
    ("/remote/REMOTE", "/remote/offsite", "one remote"),
    ("/remote/REMOTE/STORE", "/remote/offsite/store1", "one datastore of a remote"),
    (
        "/remote/REMOTE/STORE/NAMESPACE",
        "/remote/offsite/store1/team",
        "one namespace of a datastore of a remote",
    ),
    ("/system", "/system", "the host"),
    (
        "/system/AREA",
        "/system/log",
        "one area of the host: `certificates`, `disks`, `log`, `notifications`, `status`, `tasks` \
         or `time`",
    ),
    (
        "/system/services",
        "/system/services",
        "all services. The path of one service is `/system/services/NAME`",
    ),
    ("/system/network", "/system/network", "the network settings"),
    ("/system/network/dns", "/system/network/dns", "the DNS settings"),
    (
        "/system/network/interfaces/NAME",
        "/system/network/interfaces/eth0",
        "one network interface. The path of all interfaces is `/system/network/interfaces`",
    ),
    ("/system/s3-endpoint/NAME", "/system/s3-endpoint/minio", "one S3 endpoint (not in PBS 3.4)"),
    (
        "/system/encryption-keys/NAME",
        "/system/encryption-keys/key1",
        "one encryption key of sync jobs (not in PBS 3.4)",
    ),
    ("/tape", "/tape", "all tape backups"),
    ("/tape/device/NAME", "/tape/device/drive0", "one tape drive or changer"),
    ("/tape/pool/NAME", "/tape/pool/daily", "one media pool"),
    ("/tape/job/NAME", "/tape/job/nightly", "one tape backup job"),
];

/// The sections for the page of `pbs_acl`.
pub(crate) fn sections() -> String {
    let mut text = "\n\
                    ## Roles\n\n\
                    The table shows the roles of PBS 3.4 to 4.2, which are the same in all these \
                    versions. The last column contains the paths on which the privileges of the \
                    role have a meaning. With `propagate = true`, a role on `/` applies to all \
                    these paths. The data source [`pbs_roles`](../data-sources/roles.md) reads the \
                    roles and their privileges from the server.\n\n\
                    | role | typical use | privileges | paths |\n\
                    |---|---|---|---|\n"
        .to_owned();
    let roles = recorded_roles();
    for (role, usage) in USES {
        let privileges = &roles[role];
        let shown = match privileges.as_slice() {
            [] => "none".to_owned(),
            privileges => quoted(privileges),
        };
        let paths = match role {
            "NoAccess" => "every path".to_owned(),
            _ => quoted(&paths_of(privileges)),
        };
        writeln!(text, "| `{role}` | {usage} | {shown} | {paths} |").expect("a string");
    }
    text.push_str(
        "\n\
         ## Paths\n\n\
         PBS accepts grants on the paths in this table. Words in capital letters stand for \
         names.\n\n\
         | path | example | meaning |\n\
         |---|---|---|\n",
    );
    for (pattern, example, meaning) in PATHS {
        writeln!(text, "| `{pattern}` | `{example}` | {meaning} |").expect("a string");
    }
    text
}

/// The paths on which at least one of the privileges has a meaning.
fn paths_of(privileges: &[String]) -> Vec<String> {
    let has = |prefix: &str| privileges.iter().any(|privilege| privilege.starts_with(prefix));
    let places = [
        ("/access", has("Permissions.") || has("Sys.Audit")),
        ("/datastore", has("Datastore.")),
        ("/remote", has("Remote.")),
        ("/system", has("Sys.")),
        ("/tape", has("Tape.")),
    ];
    places.into_iter().filter(|(_, fits)| *fits).map(|(path, _)| path.to_owned()).collect()
}

fn quoted(names: &[String]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// The privileges of each role in the recorded response of PBS 4.2.3.
fn recorded_roles() -> BTreeMap<String, Vec<String>> {
    let text = include_str!("../fixtures/pbs-4.2.3/exchanges.json");
    let recorded: Vec<Value> = serde_json::from_str(text).unwrap();
    let exchange = recorded.iter().find(|exchange| exchange["case"] == "00-basics/roles").unwrap();
    let body: Value = serde_json::from_str(exchange["response_body"].as_str().unwrap()).unwrap();
    let role = |role: &Value| {
        let names = role["privs"].as_array().unwrap().iter();
        let mut names: Vec<_> = names.map(|name| name.as_str().unwrap().to_owned()).collect();
        names.sort();
        (role["roleid"].as_str().unwrap().to_owned(), names)
    };
    body["data"].as_array().unwrap().iter().map(role).collect()
}

#[test]
fn the_tables_contain_every_role_and_only_paths_that_pbs_knows() {
    let documented = USES.map(|(role, _)| role.to_owned());
    assert!(documented.iter().eq(recorded_roles().keys()), "roles of the recorded response");
    assert_eq!(documented, RoleId::KNOWN.map(str::to_owned));
    for (pattern, example, _) in PATHS {
        let path: AclPath = example.parse().unwrap();
        assert!(path.tree_is_known(), "{example}");
        let is_name = |part: &str| part.chars().all(|c| c.is_ascii_uppercase());
        for (pattern, example) in pattern.split('/').zip(example.split('/')) {
            assert!(is_name(pattern) || pattern == example, "{pattern} and {example} differ");
        }
    }
    for area in AclPath::AREAS {
        let is_documented = PATHS.iter().any(|(pattern, ..)| *pattern == format!("/{area}"));
        assert!(is_documented, "{area}");
    }
}
