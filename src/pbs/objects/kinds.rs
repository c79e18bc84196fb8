//! The kinds of configuration objects. The error messages were recorded with PBS 4.2.3. The
//! privileges come from PBS's API description. If PBS checks the privileges of a kind in its code,
//! the comment on this kind says so.

use super::kind::{ConfigFile, ErrorMessage, Key, Kind, Privilege, Privileges, TaskTypes};

/// All kinds.
pub const ALL: [&Kind; 15] = [
    &DATASTORE,
    &GOTIFY_ENDPOINT,
    &INFLUXDB_HTTP,
    &INFLUXDB_UDP,
    &NODE_CONFIG,
    &NOTIFICATION_MATCHER,
    &PRUNE_JOB,
    &REMOTE,
    &S3_ENDPOINT,
    &SENDMAIL_ENDPOINT,
    &SMTP_ENDPOINT,
    &SYNC_JOB,
    &TRAFFIC_CONTROL_RULE,
    &VERIFY_JOB,
    &WEBHOOK_ENDPOINT,
];

/// The values that most kinds share. Each kind sets only the fields in which it differs.
const BASE: Kind = Kind {
    noun: "",
    path: &[],
    key: Key::Property("id"),
    file: ConfigFile::Datastores,
    list_path: None,
    list_query: &[],
    missing_messages: &[],
    exists_messages: &[],
    see_all_privilege: None,
    privileges: Privileges {
        read: Privilege("", ""),
        create: Privilege("", ""),
        change: Privilege("", ""),
        delete: Privilege("", ""),
    },
    read_privilege_notes: &[],
    write_privilege_notes: &[],
    other_kind_message: None,
    writes_alone: false,
    task_types: None,
};

/// The error message if a new job has the id of an existing job.
const JOB_EXISTS: &[ErrorMessage] =
    &[ErrorMessage(400, "parameter verification failed - 'id': job '{id}' already exists.")];

/// Datastores. PBS creates and deletes them in worker tasks.
pub static DATASTORE: Kind = Kind {
    noun: "datastore",
    path: &["config", "datastore"],
    key: Key::Property("name"),
    file: ConfigFile::Datastores,
    missing_messages: &[
        ErrorMessage(400, "no such datastore '{id}'"),
        ErrorMessage(404, "datastore '{id}' does not exist."),
    ],
    exists_messages: &[ErrorMessage(
        400,
        "parameter verification failed - 'name': datastore '{id}' already exists.",
    )],
    see_all_privilege: Some(Privilege("Datastore.Audit", "/datastore")),
    privileges: Privileges {
        read: Privilege("Datastore.Audit", "/datastore/{name}"),
        create: Privilege("Datastore.Allocate", "/datastore"),
        change: Privilege("Datastore.Modify", "/datastore/{name}"),
        delete: Privilege("Datastore.Allocate", "/datastore/{name}"),
    },
    write_privilege_notes: &[
        "To create or delete a datastore on a removable device, `Sys.Modify` on `/system/disks` is \
         needed in addition to `Datastore.Allocate`.",
    ],
    task_types: Some(TaskTypes { create: "create-datastore", delete: "delete-datastore" }),
    ..BASE
};

/// Prune jobs. PBS checks in its code whether the caller has the privilege on the datastore of the
/// job.
pub static PRUNE_JOB: Kind = Kind {
    noun: "prune job",
    path: &["config", "prune"],
    file: ConfigFile::PruneJobs,
    missing_messages: &[ErrorMessage(400, "no such prune '{id}'")],
    exists_messages: JOB_EXISTS,
    see_all_privilege: Some(Privilege("Datastore.Audit", "/datastore")),
    privileges: Privileges {
        read: Privilege("Datastore.Audit", "/datastore/{store}"),
        create: Privilege("Datastore.Modify", "/datastore/{store}"),
        change: Privilege("Datastore.Modify", "/datastore/{store}"),
        delete: Privilege("Datastore.Modify", "/datastore/{store}"),
    },
    ..BASE
};

/// Verify jobs. PBS checks in its code whether the caller has the privilege on the namespace of the
/// job. To read a job, either `Datastore.Audit` or `Datastore.Verify` is sufficient.
pub static VERIFY_JOB: Kind = Kind {
    noun: "verify job",
    path: &["config", "verify"],
    file: ConfigFile::VerifyJobs,
    missing_messages: &[ErrorMessage(400, "no such verification '{id}'")],
    exists_messages: JOB_EXISTS,
    see_all_privilege: Some(Privilege("Datastore.Audit", "/datastore")),
    privileges: Privileges {
        read: Privilege("Datastore.Audit", "/datastore/{store}"),
        create: Privilege("Datastore.Verify", "/datastore/{store}"),
        change: Privilege("Datastore.Verify", "/datastore/{store}"),
        delete: Privilege("Datastore.Verify", "/datastore/{store}"),
    },
    ..BASE
};

/// Sync jobs. Without the parameter `sync-direction`, the list contains only pull jobs (PBS 4.2.3,
/// recorded). PBS checks the privileges in its code, and its error does not name the missing
/// privilege. The privileges on the remote were recorded. The privileges on datastores were read in
/// the source.
pub static SYNC_JOB: Kind = Kind {
    noun: "sync job",
    path: &["config", "sync"],
    file: ConfigFile::SyncJobs,
    list_query: &[("sync-direction", "all")],
    missing_messages: &[
        ErrorMessage(400, "no such sync '{id}'"),
        ErrorMessage(404, "job '{id}' does not exist."),
    ],
    exists_messages: JOB_EXISTS,
    see_all_privilege: Some(Privilege("Datastore.Audit", "/datastore")),
    privileges: Privileges {
        read: Privilege("Datastore.Audit", "/datastore/{store}"),
        create: Privilege("Datastore.Backup", "/datastore/{store}"),
        change: Privilege("Datastore.Backup", "/datastore/{store}"),
        delete: Privilege("Datastore.Backup", "/datastore/{store}"),
    },
    read_privilege_notes: &[
        "To read a job with `remote`, `Remote.Audit` on `/remote/REMOTE` is needed in addition to \
         `Datastore.Audit`.",
        "To read a job without `remote`, which copies between two datastores of this server, \
         `Datastore.Audit` is needed on both datastores.",
    ],
    write_privilege_notes: &[
        "To create, change or delete a job that pulls from a remote, `Remote.Read` on \
         `/remote/REMOTE/REMOTE_DATASTORE` is needed in addition to `Datastore.Backup`.",
        "To create, change or delete a job without `remote`, `Datastore.Read` on the source \
         datastore is needed in addition to `Datastore.Backup`.",
        "To create, change or delete a job that pushes to a remote, `Datastore.Backup` is not \
         needed. Such a job needs `Datastore.Audit` and `Datastore.Read` on \
         `/datastore/DATASTORE`, and `Remote.DatastoreBackup` on \
         `/remote/REMOTE/REMOTE_DATASTORE`.",
        "To create, change or delete a pull job that removes vanished snapshots, \
         `Datastore.Prune` on `/datastore/DATASTORE` is needed in addition.",
        "To create, change or delete a push job that removes vanished snapshots, \
         `Remote.DatastorePrune` on `/remote/REMOTE/REMOTE_DATASTORE` is needed in addition.",
        "To create, change or delete a job whose owner is not the provider's user or token, \
         `Datastore.Modify` on `/datastore/DATASTORE` is needed in addition.",
    ],
    ..BASE
};

/// Remotes. The list contains only the remotes for which the caller has `Remote.Audit`.
pub static REMOTE: Kind = Kind {
    noun: "remote",
    path: &["config", "remote"],
    key: Key::Property("name"),
    file: ConfigFile::Remotes,
    missing_messages: &[
        ErrorMessage(400, "no such remote '{id}'"),
        ErrorMessage(404, "remote '{id}' does not exist."),
    ],
    exists_messages: &[ErrorMessage(
        400,
        "parameter verification failed - 'name': remote '{id}' already exists.",
    )],
    see_all_privilege: Some(Privilege("Remote.Audit", "/remote")),
    privileges: Privileges {
        read: Privilege("Remote.Audit", "/remote/{name}"),
        create: Privilege("Remote.Modify", "/remote"),
        change: Privilege("Remote.Modify", "/remote/{name}"),
        delete: Privilege("Remote.Modify", "/remote/{name}"),
    },
    ..BASE
};

/// S3 endpoints. The list contains only the endpoints for which the caller has `Sys.Audit`.
pub static S3_ENDPOINT: Kind = Kind {
    noun: "S3 endpoint",
    path: &["config", "s3"],
    file: ConfigFile::S3Endpoints,
    missing_messages: &[
        ErrorMessage(400, "no such s3-endpoint '{id}'"),
        ErrorMessage(404, "s3 client config '{id}' do not exist."),
    ],
    exists_messages: &[ErrorMessage(
        400,
        "parameter verification failed - 'id': s3 client config '{id}' already exists.",
    )],
    see_all_privilege: Some(Privilege("Sys.Audit", "/system/s3-endpoint")),
    privileges: Privileges {
        read: Privilege("Sys.Audit", "/system/s3-endpoint/{id}"),
        create: Privilege("Sys.Modify", "/system/s3-endpoint"),
        change: Privilege("Sys.Modify", "/system/s3-endpoint/{id}"),
        delete: Privilege("Sys.Modify", "/system/s3-endpoint/{id}"),
    },
    ..BASE
};

/// The privileges for notification endpoints and matchers.
const NOTIFICATIONS: Privileges = Privileges {
    read: Privilege("Sys.Audit", "/system/notifications"),
    create: Privilege("Sys.Modify", "/system/notifications"),
    change: Privilege("Sys.Modify", "/system/notifications"),
    delete: Privilege("Sys.Modify", "/system/notifications"),
};

/// The error message if a new endpoint or matcher has the name of an existing endpoint or matcher.
const NAME_IS_TAKEN: &[ErrorMessage] =
    &[ErrorMessage(400, "Cannot create '{id}', an entity with the same name already exists")];

/// The values that all kinds of notification endpoints share.
const ENDPOINT: Kind = Kind {
    noun: "endpoint",
    path: &["config", "notifications", "endpoints"],
    key: Key::Property("name"),
    file: ConfigFile::Notifications,
    missing_messages: &[ErrorMessage(404, "endpoint '{id}' not found")],
    exists_messages: NAME_IS_TAKEN,
    privileges: NOTIFICATIONS,
    ..BASE
};

/// Notification endpoints that send to a Gotify server.
pub static GOTIFY_ENDPOINT: Kind = Kind {
    noun: "Gotify endpoint",
    path: &["config", "notifications", "endpoints", "gotify"],
    ..ENDPOINT
};

/// Notification endpoints that send e-mails with the mail server of the node.
pub static SENDMAIL_ENDPOINT: Kind = Kind {
    noun: "sendmail endpoint",
    path: &["config", "notifications", "endpoints", "sendmail"],
    ..ENDPOINT
};

/// Notification endpoints that send e-mails to an SMTP server.
pub static SMTP_ENDPOINT: Kind = Kind {
    noun: "SMTP endpoint",
    path: &["config", "notifications", "endpoints", "smtp"],
    ..ENDPOINT
};

/// Notification endpoints that send an HTTP request.
pub static WEBHOOK_ENDPOINT: Kind = Kind {
    noun: "webhook endpoint",
    path: &["config", "notifications", "endpoints", "webhook"],
    ..ENDPOINT
};

/// Notification matchers.
pub static NOTIFICATION_MATCHER: Kind = Kind {
    noun: "notification matcher",
    path: &["config", "notifications", "matchers"],
    key: Key::Property("name"),
    file: ConfigFile::Notifications,
    missing_messages: &[ErrorMessage(404, "matcher '{id}' not found")],
    exists_messages: NAME_IS_TAKEN,
    privileges: NOTIFICATIONS,
    ..BASE
};

/// The values that both kinds of servers for metrics share. An HTTP server and a UDP server cannot
/// have the same name.
const METRIC_SERVER: Kind = Kind {
    key: Key::Property("name"),
    file: ConfigFile::MetricServers,
    exists_messages: &[ErrorMessage(400, "metric server '{id}' already exists.")],
    other_kind_message: Some("got unexpected type '"),
    privileges: Privileges {
        read: Privilege("Sys.Audit", "/"),
        create: Privilege("Sys.Modify", "/"),
        change: Privilege("Sys.Modify", "/"),
        delete: Privilege("Sys.Modify", "/"),
    },
    ..BASE
};

/// InfluxDB servers that receive metrics by HTTP. Before PBS stores an enabled server, PBS connects
/// to this server. Until the attempt to connect ends, PBS holds the lock of the configuration file.
pub static INFLUXDB_HTTP: Kind = Kind {
    noun: "InfluxDB HTTP server",
    path: &["config", "metrics", "influxdb-http"],
    missing_messages: &[
        ErrorMessage(400, "no such influxdb-http '{id}'"),
        ErrorMessage(400, "name '{id}' does not exist."),
    ],
    writes_alone: true,
    ..METRIC_SERVER
};

/// InfluxDB servers that receive metrics by UDP.
pub static INFLUXDB_UDP: Kind = Kind {
    noun: "InfluxDB UDP server",
    path: &["config", "metrics", "influxdb-udp"],
    missing_messages: &[
        ErrorMessage(400, "no such influxdb-udp '{id}'"),
        ErrorMessage(400, "name '{id}' does not exist."),
    ],
    ..METRIC_SERVER
};

/// Traffic control rules. The list below `/config` requires `Sys.Modify`. The list below `/admin`
/// requires only `Sys.Audit`, so the client reads this list.
pub static TRAFFIC_CONTROL_RULE: Kind = Kind {
    noun: "traffic control rule",
    path: &["config", "traffic-control"],
    key: Key::Property("name"),
    file: ConfigFile::TrafficControl,
    list_path: Some(&["admin", "traffic-control"]),
    missing_messages: &[
        ErrorMessage(400, "no such rule '{id}'"),
        ErrorMessage(404, "traffic control rule '{id}' does not exist."),
    ],
    exists_messages: &[ErrorMessage(
        400,
        "parameter verification failed - 'name': traffic control rule '{id}' already exists.",
    )],
    privileges: Privileges {
        read: Privilege("Sys.Audit", "/"),
        create: Privilege("Sys.Modify", "/"),
        change: Privilege("Sys.Modify", "/"),
        delete: Privilege("Sys.Modify", "/"),
    },
    ..BASE
};

/// The configuration of the node.
pub static NODE_CONFIG: Kind = Kind {
    noun: "node configuration",
    path: &["nodes", "localhost", "config"],
    key: Key::Singleton("localhost"),
    file: ConfigFile::Node,
    privileges: Privileges {
        read: Privilege("Sys.Audit", "/system"),
        create: Privilege("Sys.Modify", "/system"),
        change: Privilege("Sys.Modify", "/system"),
        delete: Privilege("Sys.Modify", "/system"),
    },
    ..BASE
};
