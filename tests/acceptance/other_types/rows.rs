//! Test data for the tests of `invariants.rs`: one row for each data source, ephemeral resource,
//! list and action. The rows of the lists of configuration objects are generated from
//! [`test_support::objects`]. Some data sources of configuration objects have no row, because
//! `tests/objects` tests them. The texts contain the same placeholders as in [`crate::rows`].

use std::sync::LazyLock;

use test_support::objects;
use xtask::release::Feature;

use crate::outage::{NO_PRIVILEGES, Outage, WRONG_SECRET};

/// The test data of one type.
pub(super) struct Row {
    pub(super) kind: Kind,
    pub(super) name: &'static str,
    /// Valid arguments.
    pub(super) arguments: &'static str,
    /// Invalid arguments, each with the attribute at which the error must point.
    pub(super) rejections: &'static [(&'static str, &'static str)],
    with_wrong_secret: Effect,
    without_privileges: Effect,
}

/// The effect of an outage on a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// An error.
    Error,
    /// No effect, because the type needs no privileges, or does not use the provider's credentials.
    Complete,
    /// PBS leaves out the objects that the token may not see. A warning says that the list may be
    /// incomplete.
    Incomplete,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    DataSource,
    Ephemeral,
    List,
    Action,
}

impl Kind {
    pub(super) const ALL: [Self; 4] = [Self::DataSource, Self::Ephemeral, Self::List, Self::Action];

    /// The field of `terraform providers schema -json` with the types of this kind.
    pub(super) fn schemas(self) -> &'static str {
        match self {
            Self::DataSource => "data_source_schemas",
            Self::Ephemeral => "ephemeral_resource_schemas",
            Self::List => "list_resource_schemas",
            Self::Action => "action_schemas",
        }
    }

    /// The feature that a Terraform needs for this kind.
    pub(super) fn feature(self) -> Option<Feature> {
        match self {
            Self::DataSource => None,
            Self::Ephemeral => Some(Feature::Ephemeral),
            Self::List | Self::Action => Some(Feature::QueryAndActions),
        }
    }
}

impl Row {
    const fn new(kind: Kind, name: &'static str, arguments: &'static str) -> Self {
        Self {
            kind,
            name,
            arguments,
            rejections: &[],
            with_wrong_secret: Effect::Error,
            without_privileges: Effect::Error,
        }
    }

    const fn refuses(self, rejections: &'static [(&'static str, &'static str)]) -> Self {
        Self { rejections, ..self }
    }

    const fn with_wrong_secret(self, effect: Effect) -> Self {
        Self { with_wrong_secret: effect, ..self }
    }

    const fn without_privileges(self, effect: Effect) -> Self {
        Self { without_privileges: effect, ..self }
    }

    /// The effect of an outage on this type.
    pub(super) fn during(&self, outage: &Outage) -> Effect {
        match outage.name {
            WRONG_SECRET => self.with_wrong_secret,
            NO_PRIVILEGES => self.without_privileges,
            _ => Effect::Error,
        }
    }

    /// The block with this name.
    pub(super) fn block(&self, name: &str, arguments: &str) -> String {
        let type_name = self.name;
        match self.kind {
            Kind::DataSource => format!("data \"{type_name}\" \"{name}\" {{\n{arguments}\n}}\n"),
            Kind::Ephemeral => {
                format!("ephemeral \"{type_name}\" \"{name}\" {{\n{arguments}\n}}\n")
            }
            Kind::List => {
                format!(
                    "list \"{type_name}\" \"{name}\" {{\n  provider = pbs\n  config {{\n{arguments}\n  }}\n}}\n"
                )
            }
            Kind::Action => {
                format!(
                    "action \"{type_name}\" \"{name}\" {{\n  config {{\n{arguments}\n  }}\n}}\n"
                )
            }
        }
    }

    /// The address of the block.
    pub(super) fn address(&self, name: &str) -> String {
        let type_name = self.name;
        match self.kind {
            Kind::DataSource => format!("data.{type_name}.{name}"),
            Kind::Ephemeral => format!("ephemeral.{type_name}.{name}"),
            Kind::List => format!("list.{type_name}.{name}"),
            Kind::Action => format!("action.{type_name}.{name}"),
        }
    }
}

/// All rows.
pub(super) static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let mut rows = other_rows();
    rows.extend(objects::types().iter().map(list_of_objects));
    rows
});

/// The row of the list of one type of configuration objects.
fn list_of_objects(object: &objects::Row) -> Row {
    let row = Row::new(Kind::List, object.type_name, "");
    if object.lists_only_visible { row.without_privileges(Effect::Incomplete) } else { row }
}

/// The rows that are not generated.
fn other_rows() -> Vec<Row> {
    vec![
    Row::new(Kind::DataSource, "pbs_acls", "")
        .refuses(&[
            ("path", "path = \"datastore\""),
            ("auth_id", "auth_id = \"a\""),
            ("role_id", "role_id = \"a role\""),
        ])
        .without_privileges(Effect::Incomplete),
    Row::new(Kind::DataSource, "pbs_api_token", "user_id = \"<user>\"\n token_name = \"one\"")
        .refuses(&[
            ("user_id", "user_id = \"nobody\"\n token_name = \"one\""),
            ("token_name", "user_id = \"a@pbs\"\n token_name = \"-\""),
        ]),
    Row::new(Kind::DataSource, "pbs_api_tokens", "user_id = \"<user>\"")
        .refuses(&[("user_id", "user_id = \"a@pbs!t\"")]),
    Row::new(Kind::DataSource, "pbs_backup_groups", "datastore = \"store1\"").refuses(&[
        ("datastore", "datastore = \"a/b\""),
        ("namespace", "datastore = \"store1\"\n namespace = \"/a\""),
    ]),
    Row::new(Kind::DataSource, "pbs_datastore_status", "name = \"store1\"")
        .refuses(&[("name", "name = \"a/b\"")]),
    Row::new(Kind::DataSource, "pbs_job_status", "type = \"prune\"\n id = \"of-the-rows\"")
        .refuses(&[("type", "type = \"tape\"\n id = \"x\"")]),
    Row::new(
        Kind::DataSource,
        "pbs_prune_preview",
        "datastore = \"store1\"\n keep_last = 1",
    )
    .refuses(&[("keep_last", "datastore = \"store1\"\n keep_last = 0")]),
    Row::new(Kind::DataSource, "pbs_remote_datastores", "remote = \"of-the-rows\"")
        .refuses(&[("remote", "remote = \"a b\"")]),
    Row::new(
        Kind::DataSource,
        "pbs_remote_namespaces",
        "remote = \"of-the-rows\"\n datastore = \"theirs\"",
    )
    .refuses(&[("datastore", "remote = \"of-the-rows\"\n datastore = \"a b\"")]),
    Row::new(Kind::DataSource, "pbs_remotes", "").without_privileges(Effect::Incomplete),
    Row::new(Kind::DataSource, "pbs_s3_buckets", "endpoint = \"of-the-rows\"")
        .refuses(&[("endpoint", "endpoint = \"a b\"")]),
    Row::new(Kind::DataSource, "pbs_snapshots", "datastore = \"store1\"").refuses(&[(
        "backup_type",
        "datastore = \"store1\"\n backup_type = \"tape\"",
    )]),
    Row::new(Kind::DataSource, "pbs_tasks", "")
        .refuses(&[("limit", "limit = 0"), ("since", "since = \"yesterday\"")])
        .without_privileges(Effect::Incomplete),
    // This data source sends no credential.
    Row::new(Kind::DataSource, "pbs_certificate", "").with_wrong_secret(Effect::Complete)
        .without_privileges(Effect::Complete),
    Row::new(Kind::DataSource, "pbs_datastore", "name = \"store1\"")
        .refuses(&[("name", "name = \"a/b\""), ("name", "name = \"ab\"")]),
    Row::new(Kind::DataSource, "pbs_namespace", "datastore = \"store1\"\n path = \"rows\"")
        .refuses(&[("path", "datastore = \"store1\"\n path = \"/a\"")]),
    Row::new(Kind::DataSource, "pbs_namespaces", "datastore = \"store1\"")
        .refuses(&[("datastore", "datastore = \"a/b\"")]),
    Row::new(Kind::DataSource, "pbs_node_config", ""),
    Row::new(Kind::DataSource, "pbs_notification_matcher", "name = \"default-matcher\"")
        .refuses(&[("name", "name = \"a/b\""), ("name", "name = \"a\"")]),
    Row::new(Kind::DataSource, "pbs_datastores", "").without_privileges(Effect::Incomplete),
    // PBS allows every user and token to read its own permissions.
    Row::new(Kind::DataSource, "pbs_permissions", "path = \"/datastore/store1\"")
        .refuses(&[
            ("path", "path = \"datastore\""),
            ("auth_id", "path = \"/\"\n auth_id = \"nobody\""),
        ])
        .without_privileges(Effect::Complete),
    Row::new(Kind::DataSource, "pbs_roles", "").without_privileges(Effect::Complete),
    // This data source uses the credential in its arguments, not the provider's credential.
    Row::new(
        Kind::DataSource,
        "pbs_token_check",
        "id = \"<user>!one\"\n secret = \"00000000-0000-0000-0000-000000000000\"",
    )
    .refuses(&[
        ("id", "id = \"a@pbs\"\n secret = \"00000000-0000-0000-0000-000000000000\""),
        ("secret", "id = \"a@pbs!t\"\n secret = \"\""),
    ])
    .with_wrong_secret(Effect::Complete)
        .without_privileges(Effect::Complete),
    Row::new(Kind::DataSource, "pbs_user", "user_id = \"<user>\"")
        .refuses(&[("user_id", "user_id = \"nobody\"")]),
    // PBS allows every user and token to see its own user.
    Row::new(Kind::DataSource, "pbs_users", "").without_privileges(Effect::Incomplete),
    Row::new(Kind::DataSource, "pbs_version", "").without_privileges(Effect::Complete),
    Row::new(
        Kind::Ephemeral,
        "pbs_api_token",
        "user_id = \"<user>\"\n grants = [{ path = \"<path>\", role_id = \"DatastoreAudit\" }]",
    )
    .refuses(&[
        ("user_id", "user_id = \"nobody\""),
        ("ttl", "user_id = \"a@pbs\"\n ttl = 59"),
        ("ttl", "user_id = \"a@pbs\"\n ttl = 86401"),
        ("name_prefix", "user_id = \"a@pbs\"\n name_prefix = \"-x\""),
        ("name_prefix", "user_id = \"a@pbs\"\n name_prefix = \"a234567890123456789012345\""),
        ("comment", "user_id = \"a@pbs\"\n comment = \"two\\nlines\""),
        (
            "grants[0].path",
            "user_id = \"a@pbs\"\n grants = [{ path = \"datastore\", role_id = \"Audit\" }]",
        ),
        (
            "user_id",
            "user_id = \"doe,john@pbs\"\n grants = [{ path = \"/\", role_id = \"Audit\" }]",
        ),
        ("user_id", "user_id = \"jürgen@pbs\""),
    ]),
    Row::new(Kind::List, "pbs_acl", "path = \"<path>\"")
        .refuses(&[
            ("path", "path = \"datastore\""),
            ("auth_id", "auth_id = \"nobody\""),
            ("role_id", "role_id = \"a role\""),
        ])
        .without_privileges(Effect::Incomplete),
    Row::new(Kind::List, "pbs_api_token", "user_id = \"<user>\"")
        .refuses(&[("user_id", "user_id = \"nobody\"")]),
    Row::new(Kind::List, "pbs_namespace", "datastore = \"store1\"")
        .refuses(&[("datastore", "datastore = \"a/b\"")]),
    Row::new(Kind::List, "pbs_user", "").without_privileges(Effect::Incomplete),
    Row::new(Kind::Action, "pbs_run_job", "type = \"prune\"\n id = \"of-the-rows\"").refuses(&[("type", "type = \"tape\"\n id = \"x\"")]),
    Row::new(Kind::Action, "pbs_verify", "datastore = \"store1\"").refuses(&[("backup_type", "datastore = \"store1\"\n backup_type = \"tape\"\n backup_id = \"x\"")]),
    Row::new(Kind::Action, "pbs_prune", "datastore = \"store1\"\n keep_last = 1").refuses(&[("keep_last", "datastore = \"store1\"\n keep_last = 0")]),
    Row::new(Kind::Action, "pbs_mount_datastore", "datastore = \"stick\"").refuses(&[("datastore", "datastore = \"a/b\"")]),
    Row::new(Kind::Action, "pbs_unmount_datastore", "datastore = \"stick\"").refuses(&[("datastore", "datastore = \"a/b\"")]),
    Row::new(Kind::Action, "pbs_check_s3", "endpoint = \"of-the-rows\"\n bucket = \"backups\"").refuses(&[("endpoint", "endpoint = \"a b\"\n bucket = \"backups\"")]),
    Row::new(Kind::Action, "pbs_refresh_s3", "datastore = \"cloud\"").refuses(&[("datastore", "datastore = \"a/b\"")]),
    Row::new(Kind::Action, "pbs_protect_snapshot", "datastore = \"store1\"\n backup_type = \"vm\"\n backup_id = \"100\"\n time = \"2026-11-20T10:00:00Z\"").refuses(&[("time", "datastore = \"store1\"\n backup_type = \"vm\"\n backup_id = \"100\"\n time = \"now\"")]),
    Row::new(Kind::Action, "pbs_move_group", "datastore = \"store1\"\n backup_type = \"vm\"\n backup_id = \"100\"\n target_namespace = \"rows\"").refuses(&[("target_namespace", "datastore = \"store1\"\n backup_type = \"vm\"\n backup_id = \"100\"\n target_namespace = \"/a\"")]),
    Row::new(Kind::Action, "pbs_move_namespace", "datastore = \"store1\"\n namespace = \"rows\"\n target_namespace = \"moved\"").refuses(&[("target_namespace", "datastore = \"store1\"\n namespace = \"a\"\n target_namespace = \"/a\"")]),
    Row::new(
        Kind::Action,
        "pbs_change_owner",
        "datastore = \"store1\"\n new_owner = \"<user>\"\n all = true",
    )
    .refuses(&[
        ("datastore", "datastore = \"a/b\"\n new_owner = \"a@pbs\"\n all = true"),
        ("new_owner", "datastore = \"store1\"\n new_owner = \"a\"\n all = true"),
        (
            "namespace",
            "datastore = \"store1\"\n new_owner = \"a@pbs\"\n namespace = \"a//b\"\n all = true",
        ),
        ("backup_type", "datastore = \"store1\"\n new_owner = \"a@pbs\"\n backup_type = \"qemu\""),
        ("backup_type", "datastore = \"store1\"\n new_owner = \"a@pbs\"\n backup_type = \"\""),
        ("backup_id", "datastore = \"store1\"\n new_owner = \"a@pbs\"\n backup_id = \"100\""),
        (
            "backup_id",
            "datastore = \"store1\"\n new_owner = \"a@pbs\"\n backup_type = \"vm\"\n backup_id = \"\"",
        ),
        ("all", "datastore = \"store1\"\n new_owner = \"a@pbs\"\n backup_type = \"vm\"\n all = true"),
    ]),
    ]
}
