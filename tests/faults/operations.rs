//! The scenarios for every operation of users, tokens, grants and namespaces.

use serde_json::{Value as Json, json};
use test_support::values::merged;

use crate::scenario::{Before, DEFAULTS, Operation, OwnFault, Scenario};

const USER: &str = "pbs_user";
const TOKEN: &str = "pbs_api_token";
const ACL: &str = "pbs_acl";
const NAMESPACE: &str = "pbs_namespace";

const USER_SCENARIO: Scenario = Scenario { type_name: USER, ..DEFAULTS };
const TOKEN_SCENARIO: Scenario = Scenario { type_name: TOKEN, ..DEFAULTS };
const ACL_SCENARIO: Scenario = Scenario { type_name: ACL, ..DEFAULTS };
const NAMESPACE_SCENARIO: Scenario = Scenario { type_name: NAMESPACE, ..DEFAULTS };

fn user(arguments: Json) -> Json {
    merged(json!({ "user_id": "new@pbs" }), arguments)
}

fn token(arguments: Json) -> Json {
    merged(json!({ "user_id": "owner@pbs", "token_name": "ci" }), arguments)
}

fn grant(arguments: Json) -> Json {
    let base = json!({ "path": "/datastore/store1", "auth_id": "owner@pbs!old", "role_id": "DatastoreBackup" });
    merged(base, arguments)
}

fn a_user() -> Json {
    user(json!({ "comment": "one" }))
}

fn a_token() -> Json {
    token(json!({ "rotation_triggers": { "n": "1" } }))
}

fn a_grant() -> Json {
    grant(json!({}))
}

fn namespace(arguments: Json) -> Json {
    merged(json!({ "datastore": "store1", "path": "prod" }), arguments)
}

fn a_namespace() -> Json {
    namespace(json!({}))
}

fn no_access() -> Json {
    grant(json!({ "role_id": "NoAccess" }))
}

fn an_ephemeral_token() -> Json {
    json!({ "user_id": "owner@pbs", "ttl": 600, "grants": [{ "path": "/datastore/store1", "role_id": "Audit", "propagate": null }] })
}

/// `docs/reliability.md` contains a generated table with the names of these scenarios.
pub(crate) static OPERATIONS: &[Scenario] = &[
    Scenario {
        name: "create",
        operation: Operation::Apply(&|| {
            user(json!({ "password_wo": "passw0rd-one", "password_wo_version": 1 }))
        }),
        ..USER_SCENARIO
    },
    Scenario {
        name: "create with a lost response",
        operation: Operation::Apply(&a_user),
        own_fault: Some(OwnFault { method: "POST", path: "/access/users", times: 2 }),
        ..USER_SCENARIO
    },
    Scenario {
        name: "read",
        before: Before::Applied(&a_user),
        operation: Operation::Read,
        ..USER_SCENARIO
    },
    Scenario {
        name: "read an object that was deleted",
        before: Before::Applied(&a_user),
        operation: Operation::ReadDeleted,
        ..USER_SCENARIO
    },
    Scenario {
        name: "update",
        before: Before::Applied(&a_user),
        operation: Operation::Apply(&|| user(json!({ "first_name": "Ada", "enabled": false }))),
        ..USER_SCENARIO
    },
    Scenario {
        name: "change the password and the comment",
        before: Before::Applied(&a_user),
        operation: Operation::Apply(&|| {
            user(
                json!({ "comment": "two", "password_wo": "passw0rd-two", "password_wo_version": 2 }),
            )
        }),
        login: true,
        ..USER_SCENARIO
    },
    Scenario {
        name: "delete",
        before: Before::Applied(&a_user),
        operation: Operation::Destroy,
        ..USER_SCENARIO
    },
    Scenario {
        name: "replace",
        before: Before::Applied(&a_user),
        operation: Operation::Replace(&a_user),
        ..USER_SCENARIO
    },
    Scenario { name: "import", operation: Operation::Import("other@pbs"), ..USER_SCENARIO },
    Scenario { name: "list", operation: Operation::List(&|| json!({})), ..USER_SCENARIO },
    Scenario {
        name: "create",
        operation: Operation::Apply(&|| {
            token(json!({ "comment": "nightly", "validity_days": 30 }))
        }),
        ..TOKEN_SCENARIO
    },
    Scenario {
        name: "read",
        before: Before::Applied(&a_token),
        operation: Operation::Read,
        ..TOKEN_SCENARIO
    },
    Scenario {
        name: "read an object that was deleted",
        before: Before::Applied(&a_token),
        operation: Operation::ReadDeleted,
        ..TOKEN_SCENARIO
    },
    Scenario {
        name: "update",
        before: Before::Applied(&a_token),
        operation: Operation::Apply(&|| {
            token(json!({ "comment": "two", "enabled": false, "rotation_triggers": { "n": "1" } }))
        }),
        ..TOKEN_SCENARIO
    },
    Scenario {
        name: "rotate",
        before: Before::Applied(&a_token),
        operation: Operation::Apply(&|| {
            token(json!({ "comment": "rotated", "rotation_triggers": { "n": "2" } }))
        }),
        ..TOKEN_SCENARIO
    },
    Scenario {
        name: "delete",
        before: Before::Applied(&a_token),
        operation: Operation::Destroy,
        ..TOKEN_SCENARIO
    },
    Scenario {
        name: "replace",
        before: Before::Applied(&a_token),
        operation: Operation::Replace(&a_token),
        ..TOKEN_SCENARIO
    },
    Scenario { name: "import", operation: Operation::Import("owner@pbs!old"), ..TOKEN_SCENARIO },
    Scenario { name: "list", operation: Operation::List(&|| json!({})), ..TOKEN_SCENARIO },
    Scenario { name: "create", operation: Operation::Apply(&a_grant), ..ACL_SCENARIO },
    Scenario {
        name: "create a grant for a user",
        operation: Operation::Apply(&|| {
            grant(json!({ "auth_id": "owner@pbs", "propagate": false }))
        }),
        ..ACL_SCENARIO
    },
    Scenario {
        name: "read",
        before: Before::Applied(&a_grant),
        operation: Operation::Read,
        ..ACL_SCENARIO
    },
    Scenario {
        name: "read an object that was deleted",
        before: Before::Applied(&a_grant),
        operation: Operation::ReadDeleted,
        ..ACL_SCENARIO
    },
    Scenario {
        name: "change the role",
        before: Before::Applied(&a_grant),
        operation: Operation::Apply(&|| grant(json!({ "role_id": "DatastoreReader" }))),
        ..ACL_SCENARIO
    },
    Scenario {
        name: "change the path",
        before: Before::Applied(&a_grant),
        operation: Operation::Apply(&|| grant(json!({ "path": "/datastore/store2" }))),
        ..ACL_SCENARIO
    },
    Scenario {
        name: "change the role from NoAccess",
        before: Before::Applied(&no_access),
        operation: Operation::Apply(&a_grant),
        ..ACL_SCENARIO
    },
    Scenario {
        name: "change the role to NoAccess",
        before: Before::Applied(&a_grant),
        operation: Operation::Apply(&no_access),
        ..ACL_SCENARIO
    },
    Scenario {
        name: "change the argument propagate",
        before: Before::Applied(&a_grant),
        operation: Operation::Apply(&|| grant(json!({ "propagate": false }))),
        ..ACL_SCENARIO
    },
    Scenario {
        name: "delete",
        before: Before::Applied(&a_grant),
        operation: Operation::Destroy,
        ..ACL_SCENARIO
    },
    Scenario {
        name: "replace",
        before: Before::Applied(&a_grant),
        operation: Operation::Replace(&a_grant),
        ..ACL_SCENARIO
    },
    Scenario {
        name: "import",
        operation: Operation::Import("/datastore/store1?owner@pbs?DatastoreAdmin"),
        ..ACL_SCENARIO
    },
    Scenario { name: "list", operation: Operation::List(&|| json!({})), ..ACL_SCENARIO },
    Scenario { name: "create", operation: Operation::Apply(&a_namespace), ..NAMESPACE_SCENARIO },
    Scenario {
        name: "create with a lost response",
        operation: Operation::Apply(&a_namespace),
        own_fault: Some(OwnFault {
            method: "POST",
            path: "/admin/datastore/store1/namespace",
            times: 2,
        }),
        ..NAMESPACE_SCENARIO
    },
    Scenario {
        name: "read",
        before: Before::Applied(&a_namespace),
        operation: Operation::Read,
        ..NAMESPACE_SCENARIO
    },
    Scenario {
        name: "read an object that was deleted",
        before: Before::Applied(&a_namespace),
        operation: Operation::ReadDeleted,
        ..NAMESPACE_SCENARIO
    },
    Scenario {
        name: "update",
        before: Before::Applied(&a_namespace),
        operation: Operation::Apply(&|| namespace(json!({ "delete_groups": true }))),
        ..NAMESPACE_SCENARIO
    },
    Scenario {
        name: "delete",
        before: Before::Applied(&a_namespace),
        operation: Operation::Destroy,
        ..NAMESPACE_SCENARIO
    },
    Scenario {
        name: "replace",
        before: Before::Applied(&a_namespace),
        operation: Operation::Replace(&a_namespace),
        ..NAMESPACE_SCENARIO
    },
    Scenario { name: "import", operation: Operation::Import("store1:other"), ..NAMESPACE_SCENARIO },
    Scenario {
        name: "list",
        operation: Operation::List(&|| json!({ "datastore": "store1" })),
        ..NAMESPACE_SCENARIO
    },
    Scenario {
        name: "open, renew and close the ephemeral resource",
        operation: Operation::Ephemeral(&an_ephemeral_token),
        ..TOKEN_SCENARIO
    },
    Scenario {
        name: "open the ephemeral resource with a lost response",
        operation: Operation::Ephemeral(&an_ephemeral_token),
        own_fault: Some(OwnFault {
            method: "POST",
            path: "/access/users/owner@pbs/token/*",
            times: 2,
        }),
        ..TOKEN_SCENARIO
    },
];
