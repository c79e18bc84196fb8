//! The kinds of configuration objects. The messages were recorded with PBS 4.2.3. The privileges
//! are those of its API description, unless PBS decides about them in its code.

use super::kind::{ConfigFile, Key, Kind, Privilege, Privileges, Sentence, TaskTypes};

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

/// The values that most kinds share. A kind sets the fields that differ.
const BASE: Kind = Kind {
    noun: "",
    path: &[],
    key: Key::Property("id"),
    file: ConfigFile::Datastores,
    list: None,
    list_query: &[],
    missing: &[],
    exists: &[],
    sees_all: None,
    privileges: Privileges {
        read: Privilege("", ""),
        create: Privilege("", ""),
        change: Privilege("", ""),
        delete: Privilege("", ""),
    },
    more_read_privileges: &[],
    more_write_privileges: &[],
    other_kind: None,
    writes_alone: false,
    tasks: None,
};

/// The message for a job that exists already.
const JOB_EXISTS: &[Sentence] =
    &[Sentence(400, "parameter verification failed - 'id': job '{id}' already exists.")];

/// Datastores. PBS creates and deletes them in worker tasks.
pub static DATASTORE: Kind = Kind {
    noun: "datastore",
    path: &["config", "datastore"],
    key: Key::Property("name"),
    file: ConfigFile::Datastores,
    missing: &[
        Sentence(400, "no such datastore '{id}'"),
        Sentence(404, "datastore '{id}' does not exist."),
    ],
    exists: &[Sentence(
        400,
        "parameter verification failed - 'name': datastore '{id}' already exists.",
    )],
    sees_all: Some(Privilege("Datastore.Audit", "/datastore")),
    privileges: Privileges {
        read: Privilege("Datastore.Audit", "/datastore/{name}"),
        create: Privilege("Datastore.Allocate", "/datastore"),
        change: Privilege("Datastore.Modify", "/datastore/{name}"),
        delete: Privilege("Datastore.Allocate", "/datastore/{name}"),
    },
    more_write_privileges: &[
        "To create or delete a datastore on a removable device, `Sys.Modify` on `/system/disks` is \
         needed, too.",
    ],
    tasks: Some(TaskTypes { create: "create-datastore", delete: "delete-datastore" }),
    ..BASE
};

/// Prune jobs. PBS checks the privileges in its code, on the datastore of the job.
pub static PRUNE_JOB: Kind = Kind {
    noun: "prune job",
    path: &["config", "prune"],
    file: ConfigFile::PruneJobs,
    missing: &[Sentence(400, "no such prune '{id}'")],
    exists: JOB_EXISTS,
    sees_all: Some(Privilege("Datastore.Audit", "/datastore")),
    privileges: Privileges {
        read: Privilege("Datastore.Audit", "/datastore/{store}"),
        create: Privilege("Datastore.Modify", "/datastore/{store}"),
        change: Privilege("Datastore.Modify", "/datastore/{store}"),
        delete: Privilege("Datastore.Modify", "/datastore/{store}"),
    },
    ..BASE
};

/// Verify jobs. PBS checks the privileges in its code, on the namespace of the job. Instead of
/// `Datastore.Audit`, `Datastore.Verify` is sufficient to read a job.
pub static VERIFY_JOB: Kind = Kind {
    noun: "verify job",
    path: &["config", "verify"],
    file: ConfigFile::VerifyJobs,
    missing: &[Sentence(400, "no such verification '{id}'")],
    exists: JOB_EXISTS,
    sees_all: Some(Privilege("Datastore.Audit", "/datastore")),
    privileges: Privileges {
        read: Privilege("Datastore.Audit", "/datastore/{store}"),
        create: Privilege("Datastore.Verify", "/datastore/{store}"),
        change: Privilege("Datastore.Verify", "/datastore/{store}"),
        delete: Privilege("Datastore.Verify", "/datastore/{store}"),
    },
    ..BASE
};

/// Sync jobs. Without the query, the list contains only pull jobs (PBS 4.2.3, recorded). PBS checks
/// the privileges in its code, and does not say which of them is missing. The privileges on the
/// remote were recorded. The other privileges were read in the source.
pub static SYNC_JOB: Kind = Kind {
    noun: "sync job",
    path: &["config", "sync"],
    file: ConfigFile::SyncJobs,
    list_query: &[("sync-direction", "all")],
    missing: &[Sentence(400, "no such sync '{id}'"), Sentence(404, "job '{id}' does not exist.")],
    exists: JOB_EXISTS,
    sees_all: Some(Privilege("Datastore.Audit", "/datastore")),
    privileges: Privileges {
        read: Privilege("Datastore.Audit", "/datastore/{store}"),
        create: Privilege("Datastore.Backup", "/datastore/{store}"),
        change: Privilege("Datastore.Backup", "/datastore/{store}"),
        delete: Privilege("Datastore.Backup", "/datastore/{store}"),
    },
    more_read_privileges: &[
        "To read a job with a remote, `Remote.Audit` on `/remote/REMOTE` is needed, too.",
        "To read a job between two datastores of this server, `Datastore.Audit` on the other \
         datastore is needed, too.",
    ],
    more_write_privileges: &[
        "To create, change or delete a job that pulls from a remote, `Remote.Read` on \
         `/remote/REMOTE/DATASTORE` is needed, too.",
        "To create, change or delete a job between two datastores of this server, \
         `Datastore.Read` on the other datastore is needed, too.",
        "To create, change or delete a job that pushes to a remote, other privileges are needed \
         instead of `Datastore.Backup`: `Datastore.Audit` and `Datastore.Read` on `/datastore/DATASTORE`, and \
         `Remote.DatastoreBackup` on `/remote/REMOTE/DATASTORE`.",
        "If the job removes vanished snapshots, `Datastore.Prune` on `/datastore/DATASTORE` is \
         needed, too. For a push job, this is `Remote.DatastorePrune` on \
         `/remote/REMOTE/DATASTORE` instead.",
        "If the owner of the job is not the provider's user or token, `Datastore.Modify` on \
         `/datastore/DATASTORE` is needed, too.",
    ],
    ..BASE
};

/// Remotes. The list contains only those for which the caller has `Remote.Audit`.
pub static REMOTE: Kind = Kind {
    noun: "remote",
    path: &["config", "remote"],
    key: Key::Property("name"),
    file: ConfigFile::Remotes,
    missing: &[
        Sentence(400, "no such remote '{id}'"),
        Sentence(404, "remote '{id}' does not exist."),
    ],
    exists: &[Sentence(
        400,
        "parameter verification failed - 'name': remote '{id}' already exists.",
    )],
    sees_all: Some(Privilege("Remote.Audit", "/remote")),
    privileges: Privileges {
        read: Privilege("Remote.Audit", "/remote/{name}"),
        create: Privilege("Remote.Modify", "/remote"),
        change: Privilege("Remote.Modify", "/remote/{name}"),
        delete: Privilege("Remote.Modify", "/remote/{name}"),
    },
    ..BASE
};

/// S3 endpoints. The list contains only those for which the caller has `Sys.Audit`.
pub static S3_ENDPOINT: Kind = Kind {
    noun: "S3 endpoint",
    path: &["config", "s3"],
    file: ConfigFile::S3Endpoints,
    missing: &[
        Sentence(400, "no such s3-endpoint '{id}'"),
        Sentence(404, "s3 client config '{id}' do not exist."),
    ],
    exists: &[Sentence(
        400,
        "parameter verification failed - 'id': s3 client config '{id}' already exists.",
    )],
    sees_all: Some(Privilege("Sys.Audit", "/system/s3-endpoint")),
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

/// The message for a name that another endpoint or matcher has.
const NAME_IS_TAKEN: &[Sentence] =
    &[Sentence(400, "Cannot create '{id}', an entity with the same name already exists")];

/// What all notification endpoints have in common.
const ENDPOINT: Kind = Kind {
    noun: "endpoint",
    path: &["config", "notifications", "endpoints"],
    key: Key::Property("name"),
    file: ConfigFile::Notifications,
    missing: &[Sentence(404, "endpoint '{id}' not found")],
    exists: NAME_IS_TAKEN,
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
    missing: &[Sentence(404, "matcher '{id}' not found")],
    exists: NAME_IS_TAKEN,
    privileges: NOTIFICATIONS,
    ..BASE
};

/// What the servers for metrics have in common. They share one set of names.
const METRIC_SERVER: Kind = Kind {
    key: Key::Property("name"),
    file: ConfigFile::MetricServers,
    exists: &[Sentence(400, "metric server '{id}' already exists.")],
    other_kind: Some("got unexpected type '"),
    privileges: Privileges {
        read: Privilege("Sys.Audit", "/"),
        create: Privilege("Sys.Modify", "/"),
        change: Privilege("Sys.Modify", "/"),
        delete: Privilege("Sys.Modify", "/"),
    },
    ..BASE
};

/// InfluxDB servers that receive metrics by HTTP. PBS connects to an enabled server before it
/// stores the object, and holds the lock of the file meanwhile.
pub static INFLUXDB_HTTP: Kind = Kind {
    noun: "InfluxDB HTTP server",
    path: &["config", "metrics", "influxdb-http"],
    missing: &[
        Sentence(400, "no such influxdb-http '{id}'"),
        Sentence(400, "name '{id}' does not exist."),
    ],
    writes_alone: true,
    ..METRIC_SERVER
};

/// InfluxDB servers that receive metrics by UDP.
pub static INFLUXDB_UDP: Kind = Kind {
    noun: "InfluxDB UDP server",
    path: &["config", "metrics", "influxdb-udp"],
    missing: &[
        Sentence(400, "no such influxdb-udp '{id}'"),
        Sentence(400, "name '{id}' does not exist."),
    ],
    ..METRIC_SERVER
};

/// Traffic control rules. The list of the configuration needs `Sys.Modify`, and the list below
/// `/admin` only `Sys.Audit`.
pub static TRAFFIC_CONTROL_RULE: Kind = Kind {
    noun: "traffic control rule",
    path: &["config", "traffic-control"],
    key: Key::Property("name"),
    file: ConfigFile::TrafficControl,
    list: Some(&["admin", "traffic-control"]),
    missing: &[
        Sentence(400, "no such rule '{id}'"),
        Sentence(404, "traffic control rule '{id}' does not exist."),
    ],
    exists: &[Sentence(
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
