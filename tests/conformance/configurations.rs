//! Configurations with every argument set, for the tests in `hooks.rs`.

use serde_json::{Value as Json, json};
use test_support::objects;

/// A configuration with every argument set, for the provider block and each type except resources.
/// The tests take the configuration of a resource from its sample state.
pub(crate) fn configuration(kind: &str, name: &str) -> Json {
    match (kind, name) {
        ("data source", "acls") => {
            json!({"path": "/", "auth_id": "a@pbs", "role_id": "Audit"})
        }
        ("data source", "api_token") => json!({"user_id": "a@pbs", "token_name": "t"}),
        ("data source", "api_tokens") => json!({"user_id": "a@pbs"}),
        ("data source", "permissions") => {
            json!({"auth_id": "a@pbs", "path": "/", "required": ["Sys.Audit"]})
        }
        ("data source", "token_check") => json!({"id": "a@pbs!t", "secret": "s"}),
        ("data source", "user") => json!({"user_id": "a@pbs"}),
        ("data source", "certificate" | "datastores" | "roles" | "users" | "version") => json!({}),
        ("ephemeral resource", "api_token") => json!({
            "user_id": "a@pbs", "name_prefix": "ci", "comment": "c", "ttl": 600,
            "grants": [{"path": "/", "role_id": "Audit", "propagate": false}],
        }),
        ("action", "change_owner") => json!({
            "datastore": "store1", "namespace": "a", "backup_type": "vm", "backup_id": "100",
            "all": false, "new_owner": "a@pbs",
        }),
        ("action", "run_job") => json!({"type": "prune", "id": "nightly"}),
        ("action", "verify") => json!({
            "datastore": "store1", "namespace": "a", "max_depth": 1, "backup_type": "vm",
            "backup_id": "100", "ignore_verified": true, "outdated_after": 30,
        }),
        ("action", "prune") => json!({
            "datastore": "store1", "namespace": "a", "max_depth": 1, "keep_last": 1,
            "keep_hourly": 1, "keep_daily": 1, "keep_weekly": 1, "keep_monthly": 1,
            "keep_yearly": 1,
        }),
        ("action", "mount_datastore" | "unmount_datastore" | "refresh_s3") => {
            json!({"datastore": "store1"})
        }
        ("action", "check_s3") => json!({"endpoint": "cloud", "bucket": "backups"}),
        ("action", "protect_snapshot") => json!({
            "datastore": "store1", "namespace": "a", "backup_type": "vm", "backup_id": "100",
            "time": "2026-11-20T10:00:00Z", "protected": true,
        }),
        ("action", "move_group") => json!({
            "datastore": "store1", "namespace": "a", "backup_type": "vm", "backup_id": "100",
            "target_namespace": "b", "merge": true,
        }),
        ("action", "move_namespace") => json!({
            "datastore": "store1", "namespace": "a", "target_namespace": "b", "merge": true,
        }),
        ("provider", _) => json!({
            "endpoint": "https://a:8007", "api_token": "a@pbs!t:s", "username": "a@pbs",
            "password": "p", "auth_ticket": "t", "csrf_prevention_token": "c",
            "fingerprint": (["ab"; 32].join(":")), "ca_certificate": "/ca.pem", "insecure": true,
            "timeout": 30, "max_retries": 4, "verify_secrets": false,
            "http_headers": {"X-Gateway": "h"},
        }),
        ("data source", "backup_groups") => json!({"datastore": "store1", "namespace": "a"}),
        ("data source", "namespaces") => json!({"datastore": "store1"}),
        ("data source", "namespace") => json!({"datastore": "store1", "path": "prod"}),
        ("data source", "datastore_status") => json!({"name": "store1"}),
        ("data source", "job_status") => json!({"type": "prune", "id": "nightly"}),
        ("data source", "prune_preview") => json!({
            "datastore": "store1", "namespace": "a", "keep_last": 1, "keep_hourly": 1,
            "keep_daily": 1, "keep_weekly": 1, "keep_monthly": 1, "keep_yearly": 1,
        }),
        ("data source", "remote_datastores") => json!({"remote": "offsite"}),
        ("data source", "remote_namespaces") => json!({"remote": "offsite", "datastore": "main"}),
        ("data source", "s3_buckets") => json!({"endpoint": "cloud"}),
        ("data source", "snapshots") => json!({
            "datastore": "store1", "namespace": "a", "backup_type": "vm", "backup_id": "100",
        }),
        ("data source", "tasks") => json!({
            "type": "prune", "datastore": "store1", "since": "2030-01-31T12:00:00Z",
            "running": true, "errors": false, "limit": 10,
        }),
        ("data source", name) if is_list_of_objects(name) => json!({}),
        ("data source", name) if object(name).is_some() => {
            let row = object(name).expect("a row");
            match row.is_singleton {
                true => json!({}),
                false => json!({ row.key: row.id() }),
            }
        }
        _ => panic!(
            "the {kind} pbs_{name} has no configuration: add one to `configuration` in \
             tests/conformance/configurations.rs"
        ),
    }
}

/// Whether the data source reads the ids of all objects of a type.
fn is_list_of_objects(name: &str) -> bool {
    object(name).is_none() && crate::registry::is_generated_data_source(name)
}

/// The row of a configuration object.
pub(crate) fn object(name: &str) -> Option<objects::Row> {
    objects::rows().into_iter().find(|row| row.type_name == format!("pbs_{name}"))
}
