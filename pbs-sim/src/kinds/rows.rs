//! The rows of the table of kinds.

use super::{Access, ConfigFile, Kind, Rule};
use crate::{config_checks as checks, locks::Lock};

/// A configuration file with its lock file. The names of the lock files of datastores, metric
/// servers and realms are recorded. All other names of lock files follow the pattern of these three
/// names, and were not observed.
const fn file(name: &'static str, lock: &'static str) -> ConfigFile {
    ConfigFile { name, lock: Lock(lock) }
}

pub(crate) static DATASTORES: ConfigFile = file("datastore.cfg", ".datastore.lck");
pub(crate) static NOTIFICATIONS: ConfigFile = file("notifications.cfg", ".notifications.lck");
pub(crate) static REALMS: ConfigFile = file("domains.cfg", ".domains.lck");
static PRUNE_JOBS: ConfigFile = file("prune.cfg", ".prune.lck");
static VERIFY_JOBS: ConfigFile = file("verification.cfg", ".verification.lck");
static SYNC_JOBS: ConfigFile = file("sync.cfg", ".sync.lck");
static TAPE_JOBS: ConfigFile = file("tape-job.cfg", ".tape-job.lck");
static REMOTES: ConfigFile = file("remote.cfg", ".remote.lck");
static METRICS: ConfigFile = file("metricserver.cfg", ".metricserver.lck");
static TRAFFIC: ConfigFile = file("traffic-control.cfg", ".traffic-control.lck");
static S3: ConfigFile = file("s3.cfg", ".s3.lck");
static POOLS: ConfigFile = file("media-pool.cfg", ".media-pool.lck");
static KEYS: ConfigFile = file("encryption-keys.cfg", ".encryption-keys.lck");
static ACME: ConfigFile = file("acme/plugins.cfg", ".acme-plugins.lck");
static NODE_FILE: ConfigFile = file("node.cfg", ".node.lck");

/// The rule for a comment: an empty text removes the comment.
const COMMENT: (&str, Rule) = ("comment", Rule::ClearedByEmpty);
/// The rule for `disable`: PBS does not store the default `false`.
const NOT_DISABLED: (&str, Rule) = ("disable", Rule::Drops(false));
/// The rule for `enable`: PBS does not store the default `true`.
const ENABLED: (&str, Rule) = ("enable", Rule::Drops(true));

/// A row with the most frequent values. Each kind replaces the values that differ for it.
const BASE: Kind = Kind {
    path: "",
    key: "name",
    shown_key: None,
    file: &NODE_FILE,
    single_id: None,
    exists: "",
    missing: (400, ""),
    missing_on_delete: (404, ""),
    wrong_kind: None,
    access: Access::Everything,
    has_list_digest: true,
    has_digest: true,
    rules: &[COMMENT],
    check: |_| Ok(()),
    check_deletion: |_| Ok(()),
};

pub(crate) static DATASTORE: Kind = Kind {
    path: "datastore",
    file: &DATASTORES,
    exists: "parameter verification failed - 'name': datastore '{id}' already exists.",
    missing: (400, "no such datastore '{id}'"),
    missing_on_delete: (404, "datastore '{id}' does not exist."),
    access: Access::Listed("Datastore.Audit", "/datastore/{name}"),
    rules: &[
        COMMENT,
        ("notify", Rule::ClearedByEmpty),
        ("keep-last", Rule::Ignored),
        ("keep-hourly", Rule::Ignored),
        ("keep-daily", Rule::Ignored),
        ("keep-weekly", Rule::Ignored),
        ("keep-monthly", Rule::Ignored),
        ("keep-yearly", Rule::Ignored),
        ("prune-schedule", Rule::Ignored),
        ("reuse-datastore", Rule::Ignored),
        ("overwrite-in-use", Rule::Ignored),
    ],
    check: checks::datastore,
    ..BASE
};

/// What all kinds of jobs have in common.
const JOB: Kind = Kind {
    key: "id",
    exists: "parameter verification failed - 'id': job '{id}' already exists.",
    access: Access::Job("Datastore.Audit", "Datastore.Modify"),
    ..BASE
};

pub(crate) static PRUNE: Kind = Kind {
    path: "prune",
    file: &PRUNE_JOBS,
    missing: (400, "no such prune '{id}'"),
    missing_on_delete: (400, "no such prune '{id}'"),
    rules: &[NOT_DISABLED, ("ns", Rule::ClearedByEmpty)],
    ..JOB
};

pub(crate) static VERIFY: Kind = Kind {
    path: "verify",
    file: &VERIFY_JOBS,
    missing: (400, "no such verification '{id}'"),
    missing_on_delete: (400, "no such verification '{id}'"),
    access: Access::Job("Datastore.Audit|Datastore.Verify", "Datastore.Verify"),
    rules: &[COMMENT, ("ns", Rule::EmptyIgnoredOnUpdate)],
    ..JOB
};

pub(crate) static SYNC: Kind = Kind {
    path: "sync",
    file: &SYNC_JOBS,
    missing: (400, "no such sync '{id}'"),
    missing_on_delete: (404, "job '{id}' does not exist."),
    access: Access::Decides(checks::may_access_sync_job),
    check: checks::sync_job,
    ..JOB
};

static TAPE_BACKUP: Kind = Kind {
    path: "tape-backup-job",
    file: &TAPE_JOBS,
    missing: (400, "no such backup '{id}'"),
    missing_on_delete: (404, "job '{id}' does not exist."),
    access: Access::Everything,
    ..JOB
};

pub(crate) static REMOTE: Kind = Kind {
    path: "remote",
    file: &REMOTES,
    exists: "parameter verification failed - 'name': remote '{id}' already exists.",
    missing: (400, "no such remote '{id}'"),
    missing_on_delete: (404, "remote '{id}' does not exist."),
    access: Access::Listed("Remote.Audit", "/remote/{name}"),
    rules: &[COMMENT, ("password", Rule::Secret)],
    check: checks::remote,
    check_deletion: checks::remote_is_unused,
    ..BASE
};

/// What all notification targets and matchers have in common.
const NOTIFICATION: Kind = Kind {
    file: &NOTIFICATIONS,
    exists: "Cannot create '{id}', an entity with the same name already exists",
    missing: (404, "endpoint '{id}' not found"),
    missing_on_delete: (404, "endpoint '{id}' not found"),
    has_list_digest: false,
    check_deletion: checks::target_is_unused,
    ..BASE
};

static GOTIFY: Kind = Kind {
    path: "notifications/endpoints/gotify",
    rules: &[("token", Rule::PrivateSecret), ("filter", Rule::Ignored)],
    ..NOTIFICATION
};

pub(crate) static SENDMAIL: Kind = Kind {
    path: "notifications/endpoints/sendmail",
    rules: &[("filter", Rule::Ignored)],
    check: checks::recipients,
    ..NOTIFICATION
};

static SMTP: Kind = Kind {
    path: "notifications/endpoints/smtp",
    rules: &[("password", Rule::PrivateSecret)],
    check: checks::smtp,
    ..NOTIFICATION
};

static WEBHOOK: Kind = Kind {
    path: "notifications/endpoints/webhook",
    rules: &[("secret", Rule::HidesValues)],
    ..NOTIFICATION
};

pub(crate) static MATCHER: Kind = Kind {
    path: "notifications/matchers",
    missing: (404, "matcher '{id}' not found"),
    missing_on_delete: (404, "matcher '{id}' not found"),
    rules: &[],
    check: checks::matcher,
    check_deletion: |_| Ok(()),
    ..NOTIFICATION
};

/// What both kinds of metric servers have in common. The simulator does not connect to metric
/// servers.
const METRIC: Kind = Kind {
    file: &METRICS,
    exists: "metric server '{id}' already exists.",
    missing_on_delete: (400, "name '{id}' does not exist."),
    ..BASE
};

static INFLUXDB_HTTP: Kind = Kind {
    path: "metrics/influxdb-http",
    missing: (400, "no such influxdb-http '{id}'"),
    wrong_kind: Some("got unexpected type '{other}' for influxdb-http '{id}'"),
    rules: &[COMMENT, ENABLED, ("token", Rule::Secret)],
    ..METRIC
};

static INFLUXDB_UDP: Kind = Kind {
    path: "metrics/influxdb-udp",
    missing: (400, "no such influxdb-udp '{id}'"),
    wrong_kind: Some("got unexpected type '{other}' for influxdb-udp '{id}'"),
    rules: &[COMMENT, ENABLED],
    ..METRIC
};

static TRAFFIC_CONTROL: Kind = Kind {
    path: "traffic-control",
    file: &TRAFFIC,
    exists: "parameter verification failed - 'name': traffic control rule '{id}' already exists.",
    missing: (400, "no such rule '{id}'"),
    missing_on_delete: (404, "traffic control rule '{id}' does not exist."),
    ..BASE
};

pub(crate) static S3_ENDPOINT: Kind = Kind {
    path: "s3",
    key: "id",
    file: &S3,
    exists: "parameter verification failed - 'id': s3 client config '{id}' already exists.",
    missing: (400, "no such s3-endpoint '{id}'"),
    missing_on_delete: (404, "s3 client config '{id}' do not exist."),
    access: Access::Listed("Sys.Audit", "/system/s3-endpoint/{id}"),
    rules: &[("secret-key", Rule::Secret), ("put-rate-limit", Rule::IgnoredOnUpdate)],
    check: checks::s3,
    check_deletion: checks::s3_is_unused,
    ..BASE
};

/// What all realms have in common. The simulator does not connect to directory servers or identity
/// providers.
const REALM: Kind = Kind {
    key: "realm",
    file: &REALMS,
    exists: "parameter verification failed - 'realm': realm '{id}' already exists.",
    missing_on_delete: (404, "realm '{id}' does not exist."),
    rules: &[
        COMMENT,
        ("default", Rule::ResetByUpdate),
        ("password", Rule::PrivateSecret),
        ("capath", Rule::IgnoredOnUpdate),
    ],
    ..BASE
};

pub(crate) static LDAP: Kind = Kind {
    path: "access/ldap",
    missing: (400, "no such ldap '{id}'"),
    wrong_kind: Some("got unexpected type '{other}' for ldap '{id}'"),
    ..REALM
};

static AD: Kind = Kind {
    path: "access/ad",
    missing: (400, "no such ad '{id}'"),
    wrong_kind: Some("got unexpected type '{other}' for ad '{id}'"),
    ..REALM
};

static OPENID: Kind = Kind {
    path: "access/openid",
    missing: (400, "no such openid '{id}'"),
    wrong_kind: Some("got unexpected type '{other}' for openid '{id}'"),
    ..REALM
};

pub(crate) static PAM: Kind = Kind { path: "access/pam", single_id: Some("pam"), ..REALM };

pub(crate) static PBS: Kind = Kind { path: "access/pbs", single_id: Some("pbs"), ..REALM };

static MEDIA_POOL: Kind = Kind {
    path: "media-pool",
    file: &POOLS,
    exists: "parameter verification failed - 'name': Media pool '{id}' already exists",
    missing: (400, "no such pool '{id}'"),
    missing_on_delete: (404, "delete pool '{id}' failed - no such pool"),
    access: Access::Listed("Tape.Audit", "/tape/pool/{name}"),
    has_digest: false,
    ..BASE
};

/// Plugins that answer the challenges of an ACME server. In responses, PBS does not hide the
/// secrets of the plugins.
pub(crate) static ACME_PLUGIN: Kind = Kind {
    path: "acme/plugins",
    key: "id",
    shown_key: Some("plugin"),
    file: &ACME,
    exists: "parameter verification failed - 'id': ACME plugin ID \"{id}\" already exists",
    missing: (404, "no such plugin"),
    missing_on_delete: (404, "no such plugin"),
    rules: &[],
    check: checks::acme_plugin,
    ..BASE
};

/// Encryption keys. The module `routes::encryption_keys` contains their handlers.
pub(crate) static ENCRYPTION_KEY: Kind = Kind {
    path: "encryption-keys",
    key: "id",
    file: &KEYS,
    exists: "key with id '{id}' already exists.",
    missing: (400, "no such sync-key '{id}'"),
    access: Access::Listed("Sys.Audit", "/system/encryption-keys/{id}"),
    rules: &[("data", Rule::Secret)],
    ..BASE
};

/// The settings of the node. The path of their calls is `/nodes/{node}/config`, which is not below
/// `/config`.
pub(crate) static NODE: Kind = Kind {
    path: "node",
    key: "node",
    single_id: Some("localhost"),
    rules: &[("description", Rule::ClearedByEmpty)],
    check: checks::node,
    ..BASE
};

/// All kinds.
pub(crate) static KINDS: [&Kind; 24] = [
    &DATASTORE,
    &PRUNE,
    &VERIFY,
    &SYNC,
    &TAPE_BACKUP,
    &REMOTE,
    &GOTIFY,
    &SENDMAIL,
    &SMTP,
    &WEBHOOK,
    &MATCHER,
    &INFLUXDB_HTTP,
    &INFLUXDB_UDP,
    &TRAFFIC_CONTROL,
    &S3_ENDPOINT,
    &LDAP,
    &AD,
    &OPENID,
    &PAM,
    &PBS,
    &MEDIA_POOL,
    &ACME_PLUGIN,
    &ENCRYPTION_KEY,
    &NODE,
];
