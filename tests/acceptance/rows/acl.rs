//! The rows of `pbs_acl`: one for a grant (ACL entry) of a user, and one for a grant of a token.

use serde_json::{Value, json};
use test_support::cli::World;

use crate::rows::{Drift, Import, Row, Stage};

pub(crate) const OF_A_USER: Row = Row {
    label: "pbs_acl of a user",
    resource: "pbs_acl",
    setup: &|_| {},
    stages: &[
        Stage {
            body: r#"
                path    = "<path>"
                auth_id = "<user>"
                role_id = "DatastoreBackup"
            "#,
            server: r#"[{"path": "<path>", "ugid": "<user>", "roleid": "DatastoreBackup", "propagate": true}]"#,
            unknown: &["id"],
        },
        Stage {
            body: r#"
                path      = "<path>"
                auth_id   = "<user>"
                role_id   = "DatastoreBackup"
                propagate = false
            "#,
            server: r#"[{"path": "<path>", "ugid": "<user>", "roleid": "DatastoreBackup", "propagate": false}]"#,
            unknown: &[],
        },
        Stage {
            body: r#"
                path      = "<path>"
                auth_id   = "<user>"
                role_id   = "DatastoreReader"
                propagate = false
            "#,
            server: r#"[{"path": "<path>", "ugid": "<user>", "roleid": "DatastoreReader", "propagate": false}]"#,
            unknown: &["id"],
        },
        Stage {
            body: r#"
                path      = "<path>/ns"
                auth_id   = "<user>"
                role_id   = "DatastoreReader"
                propagate = false
            "#,
            server: r#"[{"path": "<path>/ns", "ugid": "<user>", "roleid": "DatastoreReader", "propagate": false}]"#,
            unknown: &["id"],
        },
    ],
    replacements: &[(
        "auth_id",
        r#"
                path      = "<path>"
                auth_id   = "<other>"
                role_id   = "DatastoreBackup"
                propagate = false
            "#,
    )],
    import: Import {
        body: r#"
            path      = "<path>"
            auth_id   = "<user>"
            role_id   = "DatastoreBackup"
            propagate = false
        "#,
        creation: None,
        id: "<path>?<user>?DatastoreBackup",
        identity: &[("path", "<path>"), ("auth_id", "<user>"), ("role_id", "DatastoreBackup")],
        unavailable: &[],
    },
    rejections: &[
        ("path", "path = \"datastore\"\n auth_id = \"<user>\"\n role_id = \"Audit\""),
        ("path", "path = \"<path>/\"\n auth_id = \"<user>\"\n role_id = \"Audit\""),
        ("path", "path = \"//\"\n auth_id = \"<user>\"\n role_id = \"Audit\""),
        ("auth_id", "path = \"<path>\"\n auth_id = \"nobody\"\n role_id = \"Audit\""),
        ("auth_id", "path = \"<path>\"\n auth_id = \"<user>!\"\n role_id = \"Audit\""),
        ("auth_id", "path = \"<path>\"\n auth_id = \"root@pam\"\n role_id = \"Audit\""),
        ("auth_id", "path = \"<path>\"\n auth_id = \"doe,john@pbs\"\n role_id = \"Audit\""),
        ("auth_id", "path = \"<path>\"\n auth_id = \"doe,john@pbs!t\"\n role_id = \"Audit\""),
        ("auth_id", "path = \"<path>\"\n auth_id = \"@doe@pbs\"\n role_id = \"Audit\""),
        ("role_id", "path = \"<path>\"\n auth_id = \"<user>\"\n role_id = \" Audit\""),
    ],
    drifts: &[Drift {
        attribute: "propagate",
        make: &|world| put(world, "<user>", "DatastoreBackup", ("propagate", "1")),
    }],
    remove: &|world| put(world, "<user>", "DatastoreBackup", ("delete", "1")),
    find: &|world| entries(world, "<user>"),
    objects: &objects,
    ..Row::BASE
};

pub(crate) const OF_A_TOKEN: Row = Row {
    label: "pbs_acl of a token",
    resource: "pbs_acl",
    setup: &|world| {
        for token in ["<token>", "<token>-2"] {
            world.api.post(
                &world.names.insert_into(&format!("/access/users/<user>/token/{token}")),
                &[("comment", "holds a grant")],
            );
        }
    },
    stages: &[
        Stage {
            body: r#"
                path    = "<path>"
                auth_id = "<user>!<token>"
                role_id = "DatastoreBackup"
            "#,
            server: r#"[{"path": "<path>", "ugid": "<user>!<token>", "roleid": "DatastoreBackup", "propagate": true}]"#,
            unknown: &["id"],
        },
        Stage {
            body: r#"
                path      = "<path>"
                auth_id   = "<user>!<token>"
                role_id   = "DatastoreReader"
                propagate = false
            "#,
            server: r#"[{"path": "<path>", "ugid": "<user>!<token>", "roleid": "DatastoreReader", "propagate": false}]"#,
            unknown: &["id"],
        },
        Stage {
            body: r#"
                path      = "<path>/ns"
                auth_id   = "<user>!<token>"
                role_id   = "DatastoreReader"
                propagate = false
            "#,
            server: r#"[{"path": "<path>/ns", "ugid": "<user>!<token>", "roleid": "DatastoreReader", "propagate": false}]"#,
            unknown: &["id"],
        },
    ],
    replacements: &[(
        "auth_id",
        r#"
                path      = "<path>"
                auth_id   = "<user>!<token>-2"
                role_id   = "DatastoreReader"
                propagate = false
            "#,
    )],
    import: Import {
        body: r#"
            path    = "<path>"
            auth_id = "<user>!<token>"
            role_id = "DatastoreBackup"
        "#,
        creation: None,
        id: "<path>?<user>!<token>?DatastoreBackup",
        identity: &[
            ("path", "<path>"),
            ("auth_id", "<user>!<token>"),
            ("role_id", "DatastoreBackup"),
        ],
        unavailable: &[],
    },
    rejections: &[(
        "auth_id",
        "path = \"<path>\"\n auth_id = \"<user>!white space\"\n role_id = \"Audit\"",
    )],
    drifts: &[Drift {
        attribute: "propagate",
        make: &|world| put(world, "<user>!<token>", "DatastoreReader", ("propagate", "1")),
    }],
    remove: &|world| put(world, "<user>!<token>", "DatastoreReader", ("delete", "1")),
    find: &|world| entries(world, "<user>!<token>"),
    objects: &objects,
    ..Row::BASE
};

/// Writes an ACL entry for `<path>` outside of Terraform.
fn put(world: &World, auth_id: &str, role: &str, change: (&str, &str)) {
    let [path, auth_id] = ["<path>", auth_id].map(|text| world.names.insert_into(text));
    world.api.put("/access/acl", &[("path", &path), ("auth-id", &auth_id), ("role", role), change]);
}

fn objects(world: &World) -> Vec<Value> {
    let Value::Array(list) = world.api.get("/access/acl") else { panic!("a list was expected") };
    let own =
        |entry: &Value| entry["ugid"].as_str().is_some_and(|id| world.names.belongs_to_test(id));
    let mut entries: Vec<_> = list.into_iter().filter(own).collect();
    entries.sort_by_key(Value::to_string);
    entries
}

/// All ACL entries of this user or token, on every path. If an old role or an old path remains, a
/// test therefore notices it.
fn entries(world: &World, auth_id: &str) -> Value {
    let auth_id = world.names.insert_into(auth_id);
    let Value::Array(list) = world.api.get("/access/acl") else { panic!("a list was expected") };
    let found = list.iter().filter(|entry| entry["ugid"] == *auth_id);
    let found: Vec<_> = found
        .map(|entry| json!({"path": entry["path"], "ugid": auth_id, "roleid": entry["roleid"], "propagate": entry["propagate"]}))
        .collect();
    if found.is_empty() { Value::Null } else { found.into() }
}
