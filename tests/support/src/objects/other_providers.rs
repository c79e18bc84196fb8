//! States of other providers.

use serde_json::{Value as Json, json};

use crate::values::merged;

/// A state of another provider, and the state to which this provider converts it.
pub struct Foreign {
    /// The resource type of this provider.
    pub type_name: &'static str,
    /// The resource type of the other provider. `None` if both resource types have the same name.
    /// Terraform then asks this provider to upgrade a state of version 0, because only the source
    /// address of the provider has changed.
    pub moved_from: Option<&'static str>,
    /// The state of the other provider.
    pub state: Json,
    /// The attributes that the converted state must have. All other attributes are null or have
    /// their default value.
    pub converted: Json,
}

/// States of other providers, each with every attribute that the other provider has.
pub fn foreign_states() -> Vec<Foreign> {
    vec![
        prune_job(),
        disabled_prune_job(),
        remote(),
        gotify(),
        matcher(),
        smtp(),
        sendmail(),
        webhook(),
        verify_job(),
        sync_job(),
        metrics_server(
            "pbs_metrics_influxdb_http",
            json!({
                "url": "https://influx.example.com:8086", "token": "secret-of-the-other-provider",
                "organization": "example", "bucket": "backup", "max_body_size": 1_000_000,
                "verify_tls": false,
            }),
        ),
        metrics_server(
            "pbs_metrics_influxdb_udp",
            json!({ "host": "192.0.2.1:8089", "mtu": 9000 }),
        ),
        s3_endpoint(),
        datastore(),
        moved_datastore(),
        bucket_datastore(),
    ]
}

fn prune_job() -> Foreign {
    Foreign {
        type_name: "pbs_prune_job",
        moved_from: None,
        state: json!({
            "id": "acc-daily", "store": "acc-data", "schedule": "daily", "keep_last": 3,
            "keep_hourly": null, "keep_daily": 14, "keep_weekly": 0, "keep_monthly": null,
            "keep_yearly": null, "max_depth": 2, "namespace": "prod", "comment": "c",
            "disable": true, "digest": "00",
        }),
        converted: json!({
            "id": "acc-daily", "datastore": "acc-data", "schedule": "daily", "keep_last": 3,
            "keep_daily": 14, "max_depth": 2, "namespace": "prod", "comment": "c",
            "enabled": false,
        }),
    }
}

/// The state of a provider that uses the same attribute names as this provider.
fn disabled_prune_job() -> Foreign {
    let job = json!({
        "id": "acc-daily", "datastore": "acc-data", "schedule": "daily", "keep_last": 3,
        "enabled": false,
    });
    Foreign { type_name: "pbs_prune_job", moved_from: None, state: job.clone(), converted: job }
}

fn remote() -> Foreign {
    let fingerprint = vec!["ab"; 32].join(":");
    Foreign {
        type_name: "pbs_remote",
        moved_from: None,
        state: json!({
            "name": "acc-offsite", "host": "pbs.example.com", "auth_id": "sync@pbs!main",
            "password": "password-of-the-other-provider", "port": 8008,
            "fingerprint": fingerprint, "comment": "", "digest": "00",
        }),
        converted: json!({
            "name": "acc-offsite", "host": "pbs.example.com", "auth_id": "sync@pbs!main",
            "password": "password-of-the-other-provider", "port": 8008,
            "fingerprint": fingerprint,
        }),
    }
}

fn gotify() -> Foreign {
    Foreign {
        type_name: "pbs_gotify_notification",
        moved_from: None,
        state: json!({
            "name": "acc-push", "server": "https://gotify.example.com",
            "token": "token-of-the-other-provider", "comment": "c", "disable": false,
            "origin": "user-created",
        }),
        converted: json!({
            "name": "acc-push", "server": "https://gotify.example.com",
            "token": "token-of-the-other-provider", "comment": "c",
        }),
    }
}

fn matcher() -> Foreign {
    Foreign {
        type_name: "pbs_notification_matcher",
        moved_from: None,
        state: json!({
            "name": "acc-failures", "targets": ["acc-a"], "match_severity": ["warning,error"],
            "match_field": ["exact:type=gc"], "match_calendar": [], "mode": "any",
            "invert_match": true, "comment": null, "disable": true, "origin": "user-created",
        }),
        converted: json!({
            "name": "acc-failures", "targets": ["acc-a"], "match_severities": ["warning,error"],
            "match_fields": ["exact:type=gc"], "mode": "any", "invert_match": true,
            "enabled": false,
        }),
    }
}

fn smtp() -> Foreign {
    let common = json!({
        "name": "acc-smtp", "server": "mail.example.com", "from_address": "pbs@example.com",
        "port": 587, "mode": "starttls", "mailto": ["a@example.com"], "username": "pbs",
        "password": "password-of-the-other-provider", "author": "PBS", "comment": "c",
    });
    Foreign {
        type_name: "pbs_smtp_notification",
        moved_from: None,
        state: merged(
            common.clone(),
            json!({ "mailto_user": [], "disable": true, "origin": "user-created" }),
        ),
        converted: merged(common.clone(), json!({ "enabled": false })),
    }
}

fn sendmail() -> Foreign {
    let common = json!({
        "name": "acc-mail", "from_address": "pbs@example.com", "mailto": ["a@example.com"],
        "mailto_user": ["root@pam"], "author": "PBS", "comment": "c",
    });
    Foreign {
        type_name: "pbs_sendmail_notification",
        moved_from: None,
        state: merged(common.clone(), json!({ "disable": false, "origin": "user-created" })),
        converted: common,
    }
}

/// The other provider has one secret, which has no name. PBS does not accept such a secret, so the
/// converted state does not contain it.
fn webhook() -> Foreign {
    let common = json!({
        "name": "acc-hook", "url": "https://hooks.example.com/x", "method": "post",
        "headers": { "X-A": "b" }, "comment": "c",
    });
    Foreign {
        type_name: "pbs_webhook_notification",
        moved_from: None,
        state: merged(common.clone(), json!({ "secret": "s", "disable": false, "origin": null })),
        converted: common,
    }
}

fn verify_job() -> Foreign {
    let common = json!({
        "id": "acc-daily", "schedule": "daily", "ignore_verified": false, "outdated_after": 30,
        "namespace": "prod", "max_depth": 2, "comment": "c",
    });
    Foreign {
        type_name: "pbs_verify_job",
        moved_from: None,
        state: merged(common.clone(), json!({ "store": "acc-data", "digest": "00" })),
        converted: merged(common.clone(), json!({ "datastore": "acc-data" })),
    }
}

fn sync_job() -> Foreign {
    let common = json!({
        "id": "acc-pull", "schedule": "daily", "remote": "acc-offsite", "namespace": "here",
        "remote_namespace": "prod", "max_depth": 2, "remove_vanished": true, "resync_corrupt": true,
        "encrypted_only": true, "verified_only": true, "run_on_mount": true, "transfer_last": 3,
        "sync_direction": "pull", "owner": "sync@pbs", "rate_in": "10 MiB", "burst_in": "20 MiB",
        "rate_out": "30 MiB", "burst_out": "40 MiB", "comment": "c",
    });
    let other_provider = json!({
        "store": "acc-data", "remote_store": "theirs", "group_filter": ["type:vm"], "digest": "00",
    });
    let this_provider = json!({
        "datastore": "acc-data", "remote_datastore": "theirs", "group_filters": ["type:vm"],
    });
    Foreign {
        type_name: "pbs_sync_job",
        moved_from: None,
        state: merged(common.clone(), other_provider),
        converted: merged(common.clone(), this_provider),
    }
}

/// The other provider has one resource type for all servers that receive metrics. `attributes` are
/// the attributes that only one type of this provider has.
fn metrics_server(type_name: &'static str, attributes: Json) -> Foreign {
    let common = json!({ "name": "acc-metrics", "comment": "c" });
    let is_udp = type_name.ends_with("udp");
    let mut state = merged(common.clone(), attributes.clone());
    let kind = type_name.trim_start_matches("pbs_metrics_").replace('_', "-");
    let other_provider =
        json!({ "type": kind, "enable": false, "protocol": null, "timeout": null });
    state = merged(state, other_provider);
    if is_udp {
        state = merged(state, json!({ "server": "192.0.2.1", "port": 8089, "host": null }));
    }
    Foreign {
        type_name,
        moved_from: Some("pbs_metrics_server"),
        state,
        converted: merged(merged(common, attributes), json!({ "enabled": false })),
    }
}

fn s3_endpoint() -> Foreign {
    let common = json!({
        "id": "acc-s3", "access_key": "key", "secret_key": "secret-of-the-other-provider",
        "endpoint": "s3.example.com", "region": "eu-west-1", "port": 9000, "path_style": true,
        "fingerprint": vec!["ab"; 32].join(":"),
        "provider_quirks": ["skip-if-none-match-header"],
    });
    Foreign {
        type_name: "pbs_s3_endpoint",
        moved_from: None,
        state: common.clone(),
        converted: common,
    }
}

fn datastore() -> Foreign {
    Foreign {
        type_name: "pbs_datastore",
        moved_from: None,
        state: json!({
            "name": "acc-tank", "path": "/srv/acc/first", "comment": "c", "disabled": false,
            "gc_schedule": "daily", "prune_schedule": "daily", "keep_last": 3, "removable": false,
            "backing_device": null, "notify_user": "root@pam", "notify_level": null,
            "notification_mode": "legacy-sendmail",
            "notify": { "gc": "always", "prune": null, "sync": "error", "verify": null },
            "verify_new": true, "reuse_datastore": true, "overwrite_in_use": null,
            "maintenance_mode": { "type": "read-only", "message": "moving" },
            "tuning": {
                "chunk_order": "none", "gc_atime_cutoff": 1500, "gc_atime_safety_check": false,
                "gc_cache_capacity": null, "sync_level": "file",
            },
            "tune_level": null, "fingerprint": null, "s3_client": null, "s3_bucket": null,
            "digest": "00",
        }),
        converted: json!({
            "name": "acc-tank", "path": "/srv/acc/first", "comment": "c", "gc_schedule": "daily",
            "notify_user": "root@pam", "notification_mode": "legacy-sendmail",
            "notify": { "gc": "always", "sync": "error" }, "verify_new": true,
            "maintenance_mode": { "type": "read-only", "message": "moving" },
            "tuning": {
                "chunk_order": "none", "gc_atime_cutoff": 1500, "gc_atime_safety_check": false,
                "sync_level": "file",
            },
        }),
    }
}

/// The other provider has two attributes for the endpoint and the bucket. This provider has one
/// nested attribute.
fn bucket_datastore() -> Foreign {
    let common = json!({ "name": "acc-bucket", "path": "/srv/acc/cache", "comment": "c" });
    Foreign {
        type_name: "pbs_datastore",
        moved_from: None,
        state: merged(common.clone(), json!({ "s3_client": "acc-s3", "s3_bucket": "backups" })),
        converted: merged(
            common.clone(),
            json!({ "s3": { "endpoint": "acc-s3", "bucket": "backups" } }),
        ),
    }
}

fn moved_datastore() -> Foreign {
    Foreign {
        type_name: "pbs_datastore",
        moved_from: Some("proxmox_backup_server_datastore"),
        state: json!({
            "name": "acc-cloud", "path": "/srv/acc/cache", "comment": "c",
            "backend": "type=s3,client=acc-s3,bucket=backups",
            "tuning": "chunk-order=none,gc-atime-cutoff=1500", "notify": "gc=always",
            "maintenance_mode": "read-only,message=moving",
            "notification_thresholds": "s3-get=1000", "gc_schedule": "daily", "digest": "00",
        }),
        converted: json!({
            "name": "acc-cloud", "path": "/srv/acc/cache", "comment": "c",
            "s3": { "endpoint": "acc-s3", "bucket": "backups" },
            "tuning": { "chunk_order": "none", "gc_atime_cutoff": 1500 },
            "notify": { "gc": "always" },
            "maintenance_mode": { "type": "read-only", "message": "moving" },
            "notification_thresholds": { "s3_get": 1000 }, "gc_schedule": "daily",
        }),
    }
}
