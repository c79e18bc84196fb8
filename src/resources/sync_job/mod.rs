//! `pbs_sync_job`: a schedule on which PBS copies backups between datastores.

mod danger;

use crate::{
    object::{Field, Object},
    pbs::{
        AuthId, DatastoreName, Namespace, kinds,
        notation::{CalendarEvent, EncryptionKeyId, GroupFilter, JobId, RemoteName},
    },
};
use tf_plugin::{Diagnostic, Field as Planned, Result, View};

/// The direction of a job that sends its snapshots to the remote.
const PUSH: &str = "push";

/// The largest number of levels that the path of a namespace can have.
const MAX_LEVELS: usize = 7;

pub(crate) fn sync_job() -> Object {
    Object::new(
        "sync_job",
        &kinds::SYNC_JOB,
        "Manages a sync job: a schedule on which PBS copies snapshots between a datastore of this \
         server and a datastore of another server, or between two datastores of this server. A \
         pull job copies to `datastore`, and a push job copies from `datastore`. If `remote` is \
         omitted, both datastores are on this server: the job copies from `remote_datastore` to \
         `datastore`.",
        [
            Field::text("id", "id", "Id of the job, 3 to 32 letters, digits, `_`, `.` and `-`.")
                .parses::<JobId>()
                .key(),
            Field::text(
                "datastore",
                "store",
                "Name of the datastore of this server. A pull job copies to this datastore, and a \
                 push job copies from this datastore.",
            )
            .parses::<DatastoreName>()
            .required()
            .refers(&kinds::DATASTORE),
            namespace(
                "namespace",
                "ns",
                "Namespace of `datastore`, for example `offsite/vienna`. If the argument is \
                 omitted, the job uses the root namespace.",
            ),
            Field::text(
                "sync_direction",
                "sync-direction",
                "Direction: `pull` or `push`. Default: `pull`.",
            )
            .one_of(&["pull", PUSH])
            .default("pull")
            .replaces(),
            Field::text(
                "remote",
                "remote",
                "Name of the `pbs_remote` that describes the other server. If the argument is \
                 omitted, both datastores belong to this server.",
            )
            .note("A push job must have a remote.")
            .parses::<RemoteName>()
            .refers(&kinds::REMOTE),
            Field::text(
                "remote_datastore",
                "remote-store",
                "Name of the datastore of the other server. Without `remote`, the value is the \
                 name of a datastore of this server, and the job copies from that datastore.",
            )
            .parses::<DatastoreName>()
            .required(),
            namespace(
                "remote_namespace",
                "remote-ns",
                "Namespace of `remote_datastore`. If the argument is omitted, the job uses the \
                 root namespace.",
            ),
            Field::integer(
                "max_depth",
                "max-depth",
                "Number of levels of namespaces that the job includes below the namespace of the \
                 source, 0 to 7. With 0, the job includes only the namespace of the source. If the \
                 argument is omitted, the job includes all levels.",
                0..=7,
            ),
            // If an update does not contain the schedule, PBS sets the time of the last run to the
            // time of the update (read in the source of 4.2). The provider therefore sends the
            // schedule with every update.
            Field::text(
                "schedule",
                "schedule",
                "Calendar event at which the job runs, for example `daily` or `sat 04:00`. If the \
                 argument is omitted, the job runs only when somebody starts it.",
            )
            .parses::<CalendarEvent>()
            .always_sent(),
            Field::text(
                "owner",
                "owner",
                "User or token. For a pull job, `owner` becomes the owner of the copied groups. If \
                 a group already exists at the target and has another owner, the job does not copy \
                 the group. A push job reads the snapshots with the privileges of `owner`. The \
                 copies of a push job belong to the `auth_id` of the remote. If the argument is \
                 omitted, PBS uses `root@pam`. PBS does not check whether the user or token \
                 exists.",
            )
            .parses::<AuthId>(),
            Field::flag(
                "remove_vanished",
                "remove-vanished",
                "Whether the job removes from the target the snapshots, groups and namespaces that \
                 the job no longer finds at the source. Protected snapshots are not removed. With \
                 `true`, a deletion at the source is repeated at the target. If the `auth_id` of \
                 the remote loses the privilege to see a backup at the source, the job also \
                 removes the copy of this backup. Default: `false`.",
            )
            .default(false),
            Field::set(
                "group_filters",
                "group-filter",
                "Filters for the backup groups that the job copies: `type:vm`, `type:ct`, \
                 `type:host`, `group:TYPE/ID` or `regex:REGEX`. The regular expression is compared \
                 with `TYPE/ID`, for example `regex:^vm/1[0-9]{2}$`. A group is copied if at least \
                 one filter matches the group. If a filter begins with `exclude:`, for example \
                 `exclude:group:vm/100`, the groups that this filter matches are not copied. If \
                 all filters begin with `exclude:`, the job copies all groups except the excluded \
                 ones. Without filters, all groups are copied. Default: none.",
            )
            .parses::<GroupFilter>(),
            Field::integer(
                "transfer_last",
                "transfer-last",
                "Number of newest snapshots of each group that the job copies. If the argument is \
                 omitted, the job copies all snapshots that are newer than the newest snapshot at \
                 the target.",
                1..=i64::MAX,
            ),
            flag(
                "encrypted_only",
                "encrypted-only",
                "Whether the job copies only encrypted snapshots. Default: `false`.",
            ),
            flag(
                "verified_only",
                "verified-only",
                "Whether the job copies only snapshots whose last verification succeeded. \
                 Default: `false`.",
            ),
            Field::flag(
                "resync_corrupt",
                "resync-corrupt",
                "Whether the job copies a snapshot again if its verification at the target failed. \
                 Only a pull job can copy a snapshot again. Default: `false`.",
            )
            .cleared_by(false),
            flag(
                "run_on_mount",
                "run-on-mount",
                "Whether the job also runs when a removable datastore of the job is mounted. \
                 Default: `false`.",
            )
            .since("4.0.11"),
            flag(
                "unmount_on_done",
                "unmount-on-done",
                "Whether PBS unmounts the removable datastore after a run that `run_on_mount` has \
                 started. Default: `false`.",
            )
            .since("4.0.20"),
            Field::bytes(
                "rate_in",
                "rate-in",
                "Largest amount of data that the job receives per second, for example `10 MiB`. If \
                 the argument is omitted, the rate is not limited.",
            ),
            Field::bytes(
                "burst_in",
                "burst-in",
                "Amount of data that the job receives at full speed before `rate_in` applies, for \
                 example `20 MiB`. Default: none.",
            ),
            Field::bytes(
                "rate_out",
                "rate-out",
                "Largest amount of data that the job sends per second, for example `10 MiB`. If \
                 the argument is omitted, the rate is not limited.",
            ),
            Field::bytes(
                "burst_out",
                "burst-out",
                "Amount of data that the job sends at full speed before `rate_out` applies, for \
                 example `20 MiB`. Default: none.",
            ),
            Field::integer(
                "worker_threads",
                "worker-threads",
                "Number of threads that copy groups at the same time, 1 to 32. Default: `1`.",
                1..=32,
            )
            .default(1_i64)
            .since("4.1.8"),
            Field::text(
                "encryption_key",
                "active-encryption-key",
                "Id of the encryption key with which a push job encrypts the snapshots that are \
                 not encrypted. Default: none.",
            )
            .note(
                "If the value changes or is removed, the provider adds the former key, which is \
                 the key before the change, to `associated_keys`. If Terraform replaces the job, \
                 the provider does not add the former key.",
            )
            .parses::<EncryptionKeyId>()
            .since("4.1.9"),
            Field::set(
                "associated_keys",
                "associated-key",
                "Ids of further encryption keys of the job, for example keys with which older \
                 snapshots were encrypted. PBS does not delete a key that a sync job names.",
            )
            .parses::<EncryptionKeyId>()
            .left_alone()
            .since("4.1.9"),
            Field::comment(),
        ],
    )
    .check(check)
    .warn(danger::warn)
    .fill(danger::keep_former_key)
}

fn namespace(name: &'static str, property: &'static str, doc: &'static str) -> Field {
    Field::text(name, property, doc).parses::<Namespace>()
}

fn flag(name: &'static str, property: &'static str, doc: &'static str) -> Field {
    Field::flag(name, property, doc).default(false)
}

/// Refuses the combinations of arguments that PBS refuses, or with which a job cannot run.
fn check(config: View<'_>, diagnostics: &mut Vec<Diagnostic>) -> Result<()> {
    let is_push = config.get::<String>("sync_direction")?.known().as_deref() == Some(PUSH);
    let is_true = |name| Ok::<_, Diagnostic>(config.get(name)? == Planned::Known(true));
    let is_local = config.get::<String>("remote")?.is_null();
    let [datastore, source] = ["datastore", "remote_datastore"].map(|name| config.get(name));
    let datastore: Option<String> = datastore?.known();
    if is_push && is_local {
        diagnostics.push(
            Diagnostic::error(
                "The push job has no remote",
                "A push job sends its snapshots to another server. Set `remote`. To copy between \
                 two datastores of this server, use a pull job.",
            )
            .at("remote"),
        );
    } else if is_local && datastore.is_some() && datastore == source?.known() {
        diagnostics.push(
            Diagnostic::error(
                "The sync job copies a datastore to itself",
                "Without `remote`, `remote_datastore` is a datastore of the same server, and PBS \
                 refuses a job that copies from a datastore to the same datastore. Set `remote`, \
                 or choose another datastore.",
            )
            .at("remote_datastore"),
        );
    }
    if is_push && is_true("resync_corrupt")? {
        diagnostics.push(
            Diagnostic::error(
                "A push job cannot copy corrupt snapshots again",
                "Remove `resync_corrupt`, or use a pull job on the other server.",
            )
            .at("resync_corrupt"),
        );
    }
    let key = config.get::<String>("encryption_key")?;
    if !is_push && key.known().is_some_and(|key| !key.is_empty()) {
        diagnostics.push(
            Diagnostic::error(
                "Only a push job encrypts",
                "Remove `encryption_key`, or set `sync_direction = \"push\"`.",
            )
            .at("encryption_key"),
        );
    }
    let run_on_mount = config.get::<bool>("run_on_mount")?;
    if is_true("unmount_on_done")? && matches!(run_on_mount, Planned::Null | Planned::Known(false))
    {
        diagnostics.push(
            Diagnostic::error(
                "`unmount_on_done` requires `run_on_mount`",
                "PBS unmounts a datastore only after a run that the mount of the datastore has \
                 started. Set `run_on_mount = true`, or remove `unmount_on_done`.",
            )
            .at("unmount_on_done"),
        );
    }
    let Some(max_depth) = config.get::<usize>("max_depth")?.known() else { return Ok(()) };
    let levels = |namespace: Planned<String>| {
        let namespace = namespace.known().unwrap_or_default();
        namespace.split('/').filter(|level| !level.is_empty()).count()
    };
    let namespace_levels =
        levels(config.get("namespace")?).max(levels(config.get("remote_namespace")?));
    if namespace_levels + max_depth > MAX_LEVELS {
        diagnostics.push(
            Diagnostic::error(
                "The sync job includes too many levels of namespaces",
                format!(
                    "A datastore has at most {MAX_LEVELS} levels of namespaces. The namespaces of \
                     the job have up to {namespace_levels} levels, so `max_depth` can be at most \
                     {}. To include all levels, remove `max_depth`.",
                    MAX_LEVELS.saturating_sub(namespace_levels)
                ),
            )
            .at("max_depth"),
        );
    }
    Ok(())
}
