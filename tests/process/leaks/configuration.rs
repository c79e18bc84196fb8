//! The configurations that the test in `lifecycle.rs` applies before it searches for secrets.

use serde_json::Value as Json;
use test_support::objects::{self, Leaf, Row, arguments};

/// Every resource, data source and ephemeral resource, and a second provider block. The second
/// provider block uses the ephemeral token.
pub(super) fn everything() -> String {
    let objects = objects().iter().map(blocks_of_object).collect::<String>();
    format!("{NO_OBJECTS}{objects}")
}

/// Every list resource.
pub(super) fn query() -> String {
    let types = ["pbs_user", "pbs_api_token", "pbs_acl"].into_iter();
    let types = types.chain(objects().into_iter().map(|row| row.type_name));
    let block = |name| {
        format!("list \"{name}\" \"it\" {{\n  provider = pbs\n  include_resource = true\n}}\n")
    };
    let namespaces = "list \"pbs_namespace\" \"it\" {\n  provider = pbs\n  config {\n    datastore = \
                      \"store1\"\n  }\n}\n";
    types.map(block).chain([namespaces.to_owned()]).collect()
}

/// The row of each type of configuration objects.
pub(super) fn objects() -> Vec<Row> {
    objects::types().into_iter().map(|row| row.with_name("leaks")).collect()
}

/// A configuration object and its data source. If the type has a secret, the object sets the secret
/// with a write-only argument, and a second object sets it with the argument that is in the state.
fn blocks_of_object(row: &Row) -> String {
    let name = row.type_name;
    let mut choice = row.minimal();
    let text_attribute = ["comment", "description", "access_key"].into_iter().find(|name| {
        let leaf = row.leaves().find(|leaf| leaf.path() == *name);
        leaf.map(|leaf| choice = row.without(&choice, &leaf)).is_some()
    });
    let text_attribute = text_attribute.expect("each type has a text that may have any value");
    let generation = format!("{text_attribute} = \"control-${{var.generation}}\"\n");
    let secrets: Vec<_> = row.leaves().filter(|leaf| leaf.line.is_secret).collect();
    for secret in &secrets {
        choice = row.without(&choice, secret);
    }
    let mut configuration = row.configuration(&choice);
    let visible = arguments(&configuration);
    // Each element of a secret map is a secret.
    let value = |secret: &Leaf<'_>, variable: &str| match secret.line.values[0].configured {
        Json::Object(_) => format!("{{ token = var.{variable} }}"),
        _ => format!("var.{variable}"),
    };
    let write_only = secrets.iter().map(|secret| {
        let (path, value) = (secret.path(), value(secret, "new_password"));
        format!("{path}_wo = {value}\n{path}_wo_version = var.generation\n")
    });
    let write_only: String = write_only.collect();
    let mut blocks =
        format!("resource \"{name}\" \"it\" {{\n{visible}{generation}{write_only}}}\n");
    if !secrets.is_empty() {
        configuration[row.key] = row.line(row.key).values[1].configured.clone();
        let visible = arguments(&configuration);
        let stored = secrets
            .iter()
            .map(|secret| format!("{} = {}\n", secret.path(), value(secret, "stored_secret")));
        let stored: String = stored.collect();
        blocks += &format!("resource \"{name}\" \"stored\" {{\n{visible}{generation}{stored}}}\n");
    }
    let key = match row.is_singleton {
        true => String::new(),
        false => format!("{key} = {name}.it.{key}\n", key = row.key),
    };
    blocks + &format!("data \"{name}\" \"it\" {{\n{key}}}\n")
}

/// The part of [`everything`] that is not generated from the rows of the configuration objects.
const NO_OBJECTS: &str = r#"
    terraform {
      required_providers {
        pbs = { source = "pbs-rs/pbs" }
      }
    }
    variable "new_password" { ephemeral = true }
    variable "password_version" { type = number }
    variable "generation" { type = number }
    variable "stored_secret" { sensitive = true }
    variable "step" { default = "" }
    resource "pbs_user" "it" {
      user_id             = "<token>-new@pbs"
      comment             = "control-${var.generation}"
      password_wo         = var.new_password
      password_wo_version = var.password_version
    }
    resource "pbs_api_token" "it" {
      user_id           = pbs_user.it.id
      token_name        = "ci"
      comment           = "control-${var.generation}${var.step}"
      rotation_triggers = { generation = var.generation }
    }
    resource "pbs_acl" "it" {
      for_each = { user = pbs_user.it.id, token = pbs_api_token.it.id }
      path     = "/datastore/store1"
      auth_id  = each.value
      role_id  = var.generation == 1 ? "DatastoreBackup" : "DatastoreReader"
    }
    ephemeral "pbs_api_token" "run" {
      user_id = "<user>"
      grants  = [{ path = "/datastore/store1", role_id = "DatastoreAudit" }]
    }
    provider "pbs" {
      alias     = "run"
      api_token = ephemeral.pbs_api_token.run.api_token
    }
    data "pbs_datastore" "of_run" {
      provider = pbs.run
      name     = "store1"
    }
    data "pbs_version" "it" {}
    data "pbs_user" "it" {
      user_id = pbs_user.it.id
    }
    data "pbs_users" "it" {}
    data "pbs_api_token" "it" {
      user_id    = pbs_api_token.it.user_id
      token_name = pbs_api_token.it.token_name
    }
    data "pbs_api_tokens" "it" {}
    data "pbs_permissions" "it" {
      path = "/datastore/store1"
    }
    data "pbs_acls" "it" {}
    data "pbs_roles" "it" {}
    data "pbs_certificate" "it" {}
    data "pbs_datastores" "it" {}
    resource "pbs_namespace" "it" {
      datastore = "store1"
      path      = "leaks"
    }
    data "pbs_namespace" "it" {
      datastore = pbs_namespace.it.datastore
      path      = pbs_namespace.it.path
    }
    data "pbs_metrics_influxdb_http_servers" "it" {}
    data "pbs_metrics_influxdb_udp_servers" "it" {}
    data "pbs_namespaces" "it" {
      datastore = pbs_namespace.it.datastore
    }
    data "pbs_backup_groups" "it" {
      datastore = "store1"
    }
    data "pbs_snapshots" "it" {
      datastore = "store1"
    }
    data "pbs_prune_preview" "it" {
      datastore = "store1"
      keep_last = 1
    }
    data "pbs_datastore_status" "it" {
      name = "store1"
    }
    data "pbs_job_status" "it" {
      type = "garbage_collection"
      id   = "store1"
    }
    data "pbs_tasks" "it" {}
    data "pbs_remote_datastores" "it" {
      remote = pbs_remote.it.name
    }
    data "pbs_remote_namespaces" "it" {
      remote    = pbs_remote.it.name
      datastore = "theirs"
    }
    data "pbs_s3_buckets" "it" {
      endpoint = pbs_s3_endpoint.it.id
    }
    data "pbs_gotify_notifications" "it" {}
    data "pbs_notification_matchers" "it" {}
    data "pbs_prune_jobs" "it" {}
    data "pbs_remotes" "it" {}
    data "pbs_s3_endpoints" "it" {}
    data "pbs_sendmail_notifications" "it" {}
    data "pbs_smtp_notifications" "it" {}
    data "pbs_sync_jobs" "it" {}
    data "pbs_traffic_control_rules" "it" {}
    data "pbs_verify_jobs" "it" {}
    data "pbs_webhook_notifications" "it" {}
    data "pbs_token_check" "it" {
      id     = pbs_acl.it["token"].auth_id
      secret = pbs_api_token.it.secret
    }
    output "repository" {
      value = provider::pbs::repository(pbs_api_token.it.id, "localhost", "store1")
    }
"#;

/// Every action.
pub(super) const ACTIONS: &str = r#"
    action "pbs_change_owner" "it" {
      config {
        datastore   = "store1"
        backup_type = "host"
        backup_id   = "laptop"
        new_owner   = "<token>-new@pbs!ci"
      }
    }
    action "pbs_run_job" "it" {
      config {
        type = "prune"
        id = "of-the-rows"
      }
    }
    action "pbs_verify" "it" {
      config {
        datastore = "store1"
      }
    }
    action "pbs_prune" "it" {
      config {
        datastore = "store1"
        keep_last = 1
      }
    }
    action "pbs_mount_datastore" "it" {
      config {
        datastore = "store1"
      }
    }
    action "pbs_unmount_datastore" "it" {
      config {
        datastore = "store1"
      }
    }
    action "pbs_check_s3" "it" {
      config {
        endpoint = "of-the-rows"
        bucket = "backups"
      }
    }
    action "pbs_refresh_s3" "it" {
      config {
        datastore = "store1"
      }
    }
    action "pbs_protect_snapshot" "it" {
      config {
        datastore = "store1"
        backup_type = "vm"
        backup_id = "100"
        time = "2026-11-20T10:00:00Z"
      }
    }
    action "pbs_move_group" "it" {
      config {
        datastore = "store1"
        backup_type = "vm"
        backup_id = "100"
        target_namespace = "rows"
      }
    }
    action "pbs_move_namespace" "it" {
      config {
        datastore = "store1"
        namespace = "rows"
        target_namespace = "moved"
      }
    }
"#;

/// A token that is imported and then rotated.
pub(super) const IMPORT: &str = r#"
    import {
      to = pbs_api_token.old
      id = "<user>!old"
    }
    resource "pbs_api_token" "old" {
      user_id           = "<user>"
      token_name        = "old"
      rotation_triggers = { imported = "yes" }
    }
"#;
