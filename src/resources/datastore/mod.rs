//! `pbs_datastore`: a directory or S3 bucket in which PBS stores backups.

mod danger;
mod maintenance;
mod migrate;
mod usage;

use crate::{
    object::{Change, Field, Object},
    pbs::{
        DatastoreName, Property, UserId, kinds,
        notation::{BackingDevice, CalendarEvent, DirectoryPath, Line, S3EndpointId},
    },
};
use serde::de::IgnoredAny;
use tf_plugin::{Attribute, Diagnostic, Field as Planned, Result, Value, View};

const NOTIFY_VALUES: &[&str] = &["never", "always", "error"];

pub(crate) fn datastore() -> Object {
    Object::new(
        "datastore",
        &kinds::DATASTORE,
        "Manages a datastore, in which PBS stores backups. PBS creates and deletes a datastore in \
         a task on the server. The provider waits for the end of the task.\n\n\
         **Destroying a datastore keeps its data** unless `destroy_data = true` was applied \
         before. PBS cannot rename or move a datastore. A change of `name`, `path`, \
         `backing_device` or `s3` therefore replaces the datastore, and the new datastore is \
         empty. To protect a datastore from destruction, set `prevent_destroy = true` in its \
         `lifecycle` block.",
        fields(),
    )
    .check(check)
    .warn(warn)
    .fill(maintenance::keep_mode_of_server)
    .ask(|pbs, change| Box::pin(danger::ask(pbs, change)))
    .before_delete(|pbs, state| Box::pin(danger::refuse_while_in_use(pbs, state)))
    .creation_only(creation_only)
    .delete_options(|state| {
        [("destroy-data", "destroy_data"), ("keep-job-configs", "keep_job_configs")]
            .map(|(parameter, attribute)| (parameter, is_true(state, attribute).to_string()))
            .into()
    })
    .explain(explain)
    .data_source_attributes(usage::attributes, |cx, id| Box::pin(usage::read(cx, id)))
    .moves_from(&["proxmox_backup_server_datastore"])
    .combines(&["removable", "s3_client", "s3_bucket"], migrate::backend)
}

fn fields() -> Vec<Field> {
    let mut fields = vec![
        Field::text(
            "name",
            "name",
            "Name of the datastore, 3 to 32 letters, digits, `_`, `.` and `-`.",
        )
        .parses::<DatastoreName>()
        .key(),
        Field::text(
            "path",
            "path",
            "Directory of the datastore on the server, for example `/mnt/datastore/main`. With \
             `backing_device`, the path is relative to the file system of the device. With `s3`, \
             the directory contains the local cache.",
        )
        .note("If the directory does not exist, PBS creates it.")
        .parses::<DirectoryPath>()
        .same::<DirectoryPath>()
        .required()
        .replaces(),
        Field::text(
            "backing_device",
            "backing-device",
            "UUID of the file system on the removable device that contains the datastore. Default: \
             none.",
        )
        .note(
            "To create or delete a datastore with this argument, the provider's user or token also \
             needs `Sys.Modify` on `/system/disks`.",
        )
        .parses::<BackingDevice>()
        .replaces(),
        Field::parts(
            "s3",
            "backend",
            "S3 bucket in which the datastore stores its data. If the argument is omitted, the \
             data is in `path`.",
            [
                Field::text("endpoint", "client", "Id of an existing S3 endpoint.")
                    .parses::<S3EndpointId>()
                    .required(),
                Field::text("bucket", "bucket", "Name of the bucket.").parses::<Line>().required(),
                Field::bytes(
                    "max_cache_size",
                    "max-cache-size",
                    "Largest size of the local cache, for example `10 GiB`. If the argument is \
                     omitted, the size is not limited.",
                ),
            ],
        )
        .default_key("type")
        .constants(&[("type", "s3")])
        .replaces()
        .since("4.0.11"),
        Field::local(
            Attribute::boolean(
                "reuse_datastore",
                "Whether the new datastore takes over the data of an earlier datastore in `path` \
                 or in the bucket. The provider uses the argument only when it creates the \
                 datastore. Default: `false`.",
            )
            .default(false),
        ),
        Field::local(
            Attribute::boolean(
                "overwrite_in_use",
                "Whether the new datastore takes over a bucket that another server has marked as \
                 in use. Requires `s3`. The provider uses the argument only when it creates the \
                 datastore. Default: `false`.",
            )
            .default(false),
        )
        .since("4.0.11"),
    ];
    fields.extend(schedules());
    fields.extend(notifications());
    fields.extend([tuning(), maintenance::field()]);
    fields.extend([
        Field::local(
            Attribute::boolean(
                "destroy_data",
                "Whether the destruction of the datastore deletes all backups in it. The provider \
                 uses the value in the state. Therefore, apply a change of this argument before \
                 you destroy the datastore. Default: `false`.",
            )
            .default(false),
        ),
        Field::local(
            Attribute::boolean(
                "keep_job_configs",
                "Whether the destruction of the datastore keeps the jobs and grants that refer to \
                 the datastore. With `false`, PBS deletes the prune, verify, sync and tape backup \
                 jobs of the datastore, and all grants on `/datastore/NAME` and on the paths \
                 below, even if other configurations manage these jobs and grants. The provider \
                 uses the value in the state. Therefore, apply a change of this argument before \
                 you destroy the datastore. Default: `true`.",
            )
            .default(true),
        ),
        Field::comment(),
    ]);
    fields
}

fn schedules() -> [Field; 4] {
    [
        Field::text(
            "gc_schedule",
            "gc-schedule",
            "Calendar event at which the garbage collection runs, for example `sat 04:00`. \
             Default: none.",
        )
        .parses::<CalendarEvent>(),
        Field::flag(
            "gc_on_unmount",
            "gc-on-unmount",
            "Whether the garbage collection runs before the removable device is unmounted. Only a \
             datastore with `backing_device` can be unmounted. If the argument is omitted, PBS \
             uses `false`.",
        )
        .since("4.1.8"),
        Field::flag(
            "verify_new",
            "verify-new",
            "Whether PBS verifies each backup when it is complete. Default: `false`.",
        )
        .default(false),
        Field::text(
            "counter_reset_schedule",
            "counter-reset-schedule",
            "Calendar event at which PBS resets the counters of the S3 requests. Default: none.",
        )
        .parses::<CalendarEvent>()
        .since("4.1.7"),
    ]
}

fn notifications() -> [Field; 4] {
    let event = |name, doc| Field::text(name, name, doc).one_of(NOTIFY_VALUES);
    let count = |name, property, doc| Field::integer(name, property, doc, 0..=i64::MAX);
    [
        Field::text(
            "notify_user",
            "notify-user",
            "User who receives e-mails about the datastore if `notification_mode` is \
             `legacy-sendmail`. If the argument is omitted, PBS uses `root@pam`.",
        )
        .parses::<UserId>(),
        Field::parts(
            "notify",
            "notify",
            "When PBS sends e-mails about the tasks of the datastore. Each attribute is `never`, \
             `always` or `error`. The attributes have an effect only if `notification_mode` is \
             `legacy-sendmail`. Default: none.",
            [
                event("gc", "When PBS sends e-mails about garbage collections. Default: none."),
                event("verify", "When PBS sends e-mails about verifications. Default: none."),
                event("sync", "When PBS sends e-mails about syncs. Default: none."),
                event("prune", "When PBS sends e-mails about prunes. Default: none."),
            ],
        ),
        Field::text(
            "notification_mode",
            "notification-mode",
            "Whether PBS sends notifications through matchers (`notification-system`) or e-mails \
             to `notify_user` (`legacy-sendmail`). If the argument is omitted, PBS uses \
             `notification-system`.",
        )
        .one_of(&["legacy-sendmail", "notification-system"]),
        Field::parts(
            "notification_thresholds",
            "notification-thresholds",
            "Limits for the numbers of S3 requests and the amounts of data. PBS sends a \
             notification if a limit is exceeded. Default: none.",
            [
                count("s3_get", "s3-get", "Limit for the number of GET requests. Default: none."),
                count("s3_put", "s3-put", "Limit for the number of PUT requests. Default: none."),
                count(
                    "s3_post",
                    "s3-post",
                    "Limit for the number of POST requests. Default: none.",
                ),
                count(
                    "s3_head",
                    "s3-head",
                    "Limit for the number of HEAD requests. Default: none.",
                ),
                count(
                    "s3_delete",
                    "s3-delete",
                    "Limit for the number of DELETE requests. Default: none.",
                ),
                Field::bytes(
                    "s3_upload",
                    "s3-upload",
                    "Limit for the amount of uploaded data, for example `10 GiB`. Default: none.",
                ),
                Field::bytes(
                    "s3_download",
                    "s3-download",
                    "Limit for the amount of downloaded data, for example `10 GiB`. Default: none.",
                ),
            ],
        )
        .since("4.1.7"),
    ]
}

fn tuning() -> Field {
    Field::parts(
        "tuning",
        "tuning",
        "Settings for the performance and safety of the datastore. Default: none.",
        [
            Field::text(
                "chunk_order",
                "chunk-order",
                "Order in which PBS reads chunks: `inode` or `none`. If the argument is omitted, \
                 PBS uses `inode`.",
            )
            .one_of(&["none", "inode"]),
            Field::text(
                "sync_level",
                "sync-level",
                "How PBS makes sure that the chunks of a backup are on the disk: with `none`, PBS \
                 leaves this to the operating system. With `file`, PBS writes each chunk to the \
                 disk immediately. With `filesystem`, PBS writes all chunks to the disk at the end \
                 of the backup. If the argument is omitted, PBS uses `filesystem`.",
            )
            .one_of(&["none", "file", "filesystem"]),
            Field::flag(
                "gc_atime_safety_check",
                "gc-atime-safety-check",
                "Whether the garbage collection first checks that the file system updates access \
                 times. If the argument is omitted, PBS uses `true`.",
            ),
            Field::integer(
                "gc_atime_cutoff",
                "gc-atime-cutoff",
                "Number of minutes for which the garbage collection keeps unused chunks, 1 to \
                 2880. If the argument is omitted, PBS uses 1445.",
                1..=2880,
            ),
            Field::integer(
                "gc_cache_capacity",
                "gc-cache-capacity",
                "Number of chunks that the garbage collection remembers, 0 to 8388608. If the \
                 argument is omitted, PBS uses 1048576.",
                0..=8_388_608,
            ),
            Field::integer(
                "default_verification_workers",
                "default-verification-workers",
                "Number of threads that verify chunks, 1 to 32. If the argument is omitted, PBS \
                 uses 4.",
                1..=32,
            )
            .since("4.0.22"),
            Field::integer(
                "default_verification_readers",
                "default-verification-readers",
                "Number of threads that read chunks for a verification, 1 to 32. If the argument \
                 is omitted, PBS uses 1.",
                1..=32,
            )
            .since("4.0.22"),
        ],
    )
}

/// Warns of the consequences of a change.
fn warn(change: &Change<'_>, diagnostics: &mut Vec<Diagnostic>) -> Result<()> {
    danger::warn(change, diagnostics)?;
    maintenance::warn(change, diagnostics)
}

/// Checks the rules that involve several attributes.
fn check(config: View<'_>, diagnostics: &mut Vec<Diagnostic>) -> Result<()> {
    let backing_device = config.get::<String>("backing_device")?;
    let path = config.get::<String>("path")?.known().and_then(|path| path.parse().ok());
    if let Some(path) = path.filter(|_| !backing_device.is_unknown()) {
        let path: DirectoryPath = path;
        let problem = match (path.is_absolute(), backing_device.is_null()) {
            (false, true) => Some("The path must be absolute, so it must begin with `/`."),
            (true, false) => Some(
                "With `backing_device`, the path is relative to the file system of the device, so \
                 it must not begin with `/`.",
            ),
            _ => None,
        };
        diagnostics.extend(problem.map(|text| Diagnostic::error("Invalid path", text).at("path")));
    }
    if backing_device.is_null() && config.get::<bool>("gc_on_unmount")? == Planned::Known(true) {
        diagnostics.push(
            Diagnostic::error(
                "Invalid gc_on_unmount",
                "Only a datastore on a removable device can be unmounted. Set `backing_device`, or \
                 remove `gc_on_unmount`.",
            )
            .at("gc_on_unmount"),
        );
    }
    let has_no_bucket = config.get::<IgnoredAny>("s3")?.is_null();
    if has_no_bucket && config.get::<bool>("overwrite_in_use")? == Planned::Known(true) {
        diagnostics.push(
            Diagnostic::error(
                "Invalid overwrite_in_use",
                "Only a bucket can be in use by another server. Set `s3`, or remove \
                 `overwrite_in_use`.",
            )
            .at("overwrite_in_use"),
        );
    }
    Ok(())
}

/// The parameters of the creation that PBS does not store.
fn creation_only(plan: &Value) -> Vec<(&'static str, Property)> {
    let parameters =
        [("reuse-datastore", "reuse_datastore"), ("overwrite-in-use", "overwrite_in_use")];
    let set_parameters = parameters.into_iter().filter(|(_, attribute)| is_true(plan, attribute));
    set_parameters.map(|(parameter, _)| (parameter, Property::Flag(true))).collect()
}

fn is_true(object: &Value, attribute: &str) -> bool {
    object.get(attribute).and_then(Value::as_bool) == Some(true)
}

/// The advice for a creation that fails with this message of PBS. `None` if there is no advice.
fn explain(message: &str) -> Option<&'static str> {
    if message.starts_with("Bucket already contains datastore") {
        return Some(
            "Another server has marked the bucket as in use. If that server still uses the bucket, \
             choose another bucket. Otherwise set `overwrite_in_use = true`. To take over the \
             backups in the bucket, also set `reuse_datastore = true`.",
        );
    }
    let old_data_messages = ["datastore path not empty", "unable to create chunk store"];
    if old_data_messages.iter().any(|start| message.starts_with(start)) {
        return Some(
            "The directory or bucket contains data of an earlier datastore or of another program. \
             To take over an earlier datastore with all its backups, set `reuse_datastore = true`. \
             Otherwise choose another directory or bucket.",
        );
    }
    message.contains("nested datastores not allowed").then_some(
        "Another datastore is in the same directory, in a directory above it, or in a directory \
         below it. Choose another `path`.",
    )
}
