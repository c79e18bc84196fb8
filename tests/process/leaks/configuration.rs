//! The configurations that the test in `lifecycle.rs` applies before it searches for secrets.

/// Every resource, data source and ephemeral resource, and a second provider block. The second
/// provider block uses the ephemeral token.
pub(super) const EVERYTHING: &str = r#"
    terraform {
      required_providers {
        pbs = { source = "pbs-rs/pbs" }
      }
    }
    variable "new_password" { ephemeral = true }
    variable "password_version" { type = number }
    variable "generation" { type = number }
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
    data "pbs_datastore" "it" {
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
    data "pbs_token_check" "it" {
      id     = pbs_acl.it["token"].auth_id
      secret = pbs_api_token.it.secret
    }
    resource "pbs_datastore" "it" {
      name         = "leaks"
      path         = "/srv/leaks"
      comment      = "control-${var.generation}"
      destroy_data = true
    }
    resource "pbs_prune_job" "it" {
      id        = "leaks"
      datastore = pbs_datastore.it.name
      schedule  = "daily"
      keep_last = 3
    }
    resource "pbs_remote" "it" {
      name                = "leaks"
      host                = "pbs2.example.com"
      auth_id             = "sync@pbs"
      password_wo         = var.new_password
      password_wo_version = var.generation
    }
    resource "pbs_gotify_notification" "it" {
      name             = "leaks-gotify"
      server           = "https://gotify.example.com"
      token_wo         = var.new_password
      token_wo_version = var.generation
    }
    resource "pbs_notification_matcher" "it" {
      name    = "leaks-matcher"
      targets = [pbs_gotify_notification.it.name]
    }
    resource "pbs_node_config" "it" {
      description = "control-${var.generation}"
    }
    resource "pbs_traffic_control_rule" "it" {
      name     = "leaks"
      networks = ["192.168.0.0/16"]
    }
    data "pbs_prune_job" "it" {
      id = pbs_prune_job.it.id
    }
    data "pbs_remote" "it" {
      name = pbs_remote.it.name
    }
    data "pbs_gotify_notification" "it" {
      name = pbs_gotify_notification.it.name
    }
    data "pbs_notification_matcher" "it" {
      name = pbs_notification_matcher.it.name
    }
    data "pbs_node_config" "it" {}
    data "pbs_traffic_control_rule" "it" {
      name = pbs_traffic_control_rule.it.name
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
"#;

/// Every list resource.
pub(super) const QUERY: &str = r#"
    list "pbs_user" "it" {
      provider         = pbs
      include_resource = true
    }
    list "pbs_api_token" "it" {
      provider         = pbs
      include_resource = true
    }
    list "pbs_acl" "it" {
      provider         = pbs
      include_resource = true
    }
    list "pbs_datastore" "it" {
      provider         = pbs
      include_resource = true
    }
    list "pbs_gotify_notification" "it" {
      provider         = pbs
      include_resource = true
    }
    list "pbs_node_config" "it" {
      provider         = pbs
      include_resource = true
    }
    list "pbs_notification_matcher" "it" {
      provider         = pbs
      include_resource = true
    }
    list "pbs_prune_job" "it" {
      provider         = pbs
      include_resource = true
    }
    list "pbs_remote" "it" {
      provider         = pbs
      include_resource = true
    }
    list "pbs_traffic_control_rule" "it" {
      provider         = pbs
      include_resource = true
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
