//! The scenarios for the types of configuration objects. One engine sends the requests of all these
//! types, so only one type of each class has every operation. The other types have the creation,
//! whose requests depend on the type most of all.

use serde_json::{Value as Json, json};

use crate::scenario::{Before, DEFAULTS, Operation, OwnFault, Scenario};

/// A type with two configurations of the same object.
#[derive(Clone, Copy)]
struct Type {
    name: &'static str,
    /// The path with which the object is created.
    path: &'static str,
    method: &'static str,
    /// The import id of the object.
    id: &'static str,
    one: fn() -> Json,
    two: fn() -> Json,
}

/// A type without specialities.
const PRUNE_JOB: Type = Type {
    name: "pbs_prune_job",
    path: "/config/prune",
    method: "POST",
    id: "nightly",
    one: || json!({ "id": "nightly", "datastore": "store1", "schedule": "daily", "keep_last": 3 }),
    two: || json!({ "id": "nightly", "datastore": "store1", "schedule": "02:30", "keep_daily": 7 }),
};

/// A type with a secret.
const REMOTE: Type = Type {
    name: "pbs_remote",
    path: "/config/remote",
    method: "POST",
    id: "offsite",
    one: || {
        json!({
            "name": "offsite", "host": "pbs2.example.com", "auth_id": "sync@pbs!main",
            "password_wo": "first-secret", "password_wo_version": 1,
        })
    },
    two: || {
        json!({
            "name": "offsite", "host": "pbs3.example.com", "auth_id": "sync@pbs!main",
            "password_wo": "second-secret", "password_wo_version": 2, "comment": "moved",
        })
    },
};

/// A type whose objects are created and deleted by tasks.
const DATASTORE: Type = Type {
    name: "pbs_datastore",
    path: "/config/datastore",
    method: "POST",
    id: "main",
    one: || json!({ "name": "main", "path": "/srv/main", "destroy_data": true }),
    two: || {
        json!({
            "name": "main", "path": "/srv/main", "destroy_data": true,
            "tuning": { "chunk_order": "none" }, "comment": "changed",
        })
    },
};

/// A singleton.
const NODE_CONFIG: Type = Type {
    name: "pbs_node_config",
    path: "/nodes/localhost/config",
    method: "PUT",
    id: "localhost",
    one: || json!({ "description": "Rack 7", "email_from": "pbs@example.com" }),
    two: || json!({ "description": "Rack 8", "acme_domains": [{ "domain": "pbs.example.com" }] }),
};

const GOTIFY_NOTIFICATION: Type = Type {
    name: "pbs_gotify_notification",
    path: "/config/notifications/endpoints/gotify",
    method: "POST",
    id: "phone",
    one: || json!({ "name": "phone", "server": "https://gotify.example.com", "token": "first-token" }),
    two: || json!({ "name": "phone", "server": "https://gotify.example.com", "token": "second-token" }),
};

const NOTIFICATION_MATCHER: Type = Type {
    name: "pbs_notification_matcher",
    path: "/config/notifications/matchers",
    method: "POST",
    id: "failures",
    one: || json!({ "name": "failures", "targets": ["mail-to-root"], "mode": "any" }),
    two: || json!({ "name": "failures", "match_severities": ["warning,error"] }),
};

const TRAFFIC_CONTROL_RULE: Type = Type {
    name: "pbs_traffic_control_rule",
    path: "/config/traffic-control",
    method: "POST",
    id: "office",
    one: || json!({ "name": "office", "networks": ["192.168.0.0/16"], "rate_in": "10MiB" }),
    two: || json!({ "name": "office", "networks": ["10.0.0.0/8"], "timeframes": ["mon..fri 8-17"] }),
};

/// The scenario of a type with this name and operation.
const fn scenario(of: Type, name: &'static str, before: Before, operation: Operation) -> Scenario {
    Scenario { type_name: of.name, name, before, operation, ..DEFAULTS }
}

const fn create(of: Type) -> Scenario {
    scenario(of, "create", Before::Nothing, Operation::Apply(of.one))
}

/// The response to the creation is lost at both tries, and the fault happens at a later request.
const fn create_with_lost_response(of: Type) -> Scenario {
    let fault = OwnFault { method: of.method, path: of.path, times: 2 };
    Scenario { name: "create with a lost response", own_fault: Some(fault), ..create(of) }
}

const fn read(of: Type) -> Scenario {
    scenario(of, "read", Before::Applied(of.one), Operation::Read)
}

const fn read_deleted(of: Type) -> Scenario {
    let before = Before::Applied(of.one);
    scenario(of, "read an object that was deleted", before, Operation::ReadDeleted)
}

const fn update(of: Type) -> Scenario {
    scenario(of, "update", Before::Applied(of.one), Operation::Apply(of.two))
}

const fn delete(of: Type) -> Scenario {
    scenario(of, "delete", Before::Applied(of.one), Operation::Destroy)
}

const fn replace(of: Type) -> Scenario {
    scenario(of, "replace", Before::Applied(of.one), Operation::Replace(of.one))
}

const fn import(of: Type) -> Scenario {
    scenario(of, "import", Before::Imported(of.one, of.id), Operation::Import(of.id))
}

const fn list(of: Type) -> Scenario {
    scenario(of, "list", Before::Applied(of.one), Operation::List)
}

/// The scenarios of [`Type`]s. Each type has a creation.
pub(crate) static OBJECTS: &[Scenario] = &[
    create(PRUNE_JOB),
    create_with_lost_response(PRUNE_JOB),
    read(PRUNE_JOB),
    read_deleted(PRUNE_JOB),
    update(PRUNE_JOB),
    delete(PRUNE_JOB),
    replace(PRUNE_JOB),
    import(PRUNE_JOB),
    list(PRUNE_JOB),
    create(REMOTE),
    create_with_lost_response(REMOTE),
    read(REMOTE),
    read_deleted(REMOTE),
    update(REMOTE),
    delete(REMOTE),
    replace(REMOTE),
    import(REMOTE),
    list(REMOTE),
    create(DATASTORE),
    create_with_lost_response(DATASTORE),
    read(DATASTORE),
    read_deleted(DATASTORE),
    update(DATASTORE),
    delete(DATASTORE),
    replace(DATASTORE),
    import(DATASTORE),
    list(DATASTORE),
    create(NODE_CONFIG),
    read(NODE_CONFIG),
    update(NODE_CONFIG),
    delete(NODE_CONFIG),
    replace(NODE_CONFIG),
    import(NODE_CONFIG),
    list(NODE_CONFIG),
    create(GOTIFY_NOTIFICATION),
    create_with_lost_response(GOTIFY_NOTIFICATION),
    update(GOTIFY_NOTIFICATION),
    create(NOTIFICATION_MATCHER),
    create_with_lost_response(NOTIFICATION_MATCHER),
    update(NOTIFICATION_MATCHER),
    create(TRAFFIC_CONTROL_RULE),
    create_with_lost_response(TRAFFIC_CONTROL_RULE),
    update(TRAFFIC_CONTROL_RULE),
];
