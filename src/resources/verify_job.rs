//! `pbs_verify_job`: a schedule on which PBS checks backups.

use crate::{
    object::{Change, Field, Object},
    pbs::{
        DatastoreName, Namespace, kinds,
        notation::{CalendarEvent, JobId},
    },
};
use tf_plugin::{Diagnostic, Field as Planned, Result};

pub(crate) fn verify_job() -> Object {
    Object::new(
        "verify_job",
        &kinds::VERIFY_JOB,
        "Manages a verify job: a schedule on which PBS reads the snapshots of a datastore, and \
         checks that their data is complete and undamaged.",
        [
            Field::text("id", "id", "Id of the job, 3 to 32 letters, digits, `_`, `.` and `-`.")
                .parses::<JobId>()
                .key(),
            Field::text(
                "datastore",
                "store",
                "Name of the datastore whose snapshots the job verifies.",
            )
            .parses::<DatastoreName>()
            .required()
            .refers(&kinds::DATASTORE),
            Field::text(
                "namespace",
                "ns",
                "Namespace in which the job starts, for example `prod/web`. If the argument is \
                 omitted, the job starts in the root namespace.",
            )
            .parses::<Namespace>(),
            Field::integer(
                "max_depth",
                "max-depth",
                "Number of levels of namespaces below `namespace` that the job includes, 0 to 7. \
                 With 0, the job includes only `namespace` itself. If the argument is omitted, the \
                 job includes all levels.",
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
            Field::flag(
                "ignore_verified",
                "ignore-verified",
                "Whether the job leaves out snapshots that were verified before, even if the \
                 verification failed. If `outdated_after` is set, the job verifies a snapshot \
                 again after this number of days. Default: `true`.",
            )
            .default(true),
            Field::integer(
                "outdated_after",
                "outdated-after",
                "Number of days after which the job verifies a snapshot again. If the argument is \
                 omitted, the job verifies each snapshot only once. With `ignore_verified = \
                 false`, the number has no effect, because every run verifies all snapshots.",
                0..=i64::MAX,
            ),
            Field::integer(
                "read_threads",
                "read-threads",
                "Number of threads that read data, 1 to 32. Default: `1`.",
                1..=32,
            )
            .default(1_i64)
            .since("4.0.20"),
            Field::integer(
                "verify_threads",
                "verify-threads",
                "Number of threads that check data, 1 to 32. Default: `4`.",
                1..=32,
            )
            .default(4_i64)
            .since("4.0.20"),
            Field::comment(),
        ],
    )
    .warn(warn)
}

/// Warns if `outdated_after` has no effect, because the job verifies all snapshots in every run.
fn warn(change: &Change<'_>, diagnostics: &mut Vec<Diagnostic>) -> Result<()> {
    let days = change.after::<i64>("outdated_after")?;
    let verifies_all = change.after::<bool>("ignore_verified")? == Planned::Known(false);
    if verifies_all && days.known().is_some() {
        diagnostics.push(
            Diagnostic::warning(
                "`outdated_after` has no effect",
                "With `ignore_verified = false`, every run verifies all snapshots. Remove \
                 `outdated_after`, or remove `ignore_verified`.",
            )
            .at("outdated_after"),
        );
    }
    Ok(())
}
