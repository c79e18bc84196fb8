//! `pbs_prune_job`: a schedule on which PBS removes old backups.

use crate::{
    object::{Change, Field, Object},
    pbs::{
        DatastoreName, Namespace, kinds,
        notation::{CalendarEvent, JobId},
    },
};
use tf_plugin::{Diagnostic, Field as Planned, Result};

/// The attributes that say which snapshots a run keeps.
const KEEP: [&str; 6] =
    ["keep_last", "keep_hourly", "keep_daily", "keep_weekly", "keep_monthly", "keep_yearly"];

pub(crate) fn prune_job() -> Object {
    Object::new(
        "prune_job",
        &kinds::PRUNE_JOB,
        "Manages a prune job: a schedule on which PBS removes old snapshots of a datastore. A run \
         keeps a snapshot if it is protected, or if at least one of the `keep_*` arguments keeps \
         it. If none of these arguments is set, the job removes nothing.",
        [
            Field::text("id", "id", "Id of the job, 3 to 32 letters, digits, `_`, `.` and `-`.")
                .parses::<JobId>()
                .key(),
            Field::text(
                "datastore",
                "store",
                "Name of the datastore whose snapshots the job removes.",
            )
            .parses::<DatastoreName>()
            .required()
            .refers(&kinds::DATASTORE),
            Field::text(
                "namespace",
                "ns",
                "Namespace in which the job starts, for example `prod/web`. If it is omitted, the \
                 job starts in the root namespace.",
            )
            .parses::<Namespace>(),
            Field::integer(
                "max_depth",
                "max-depth",
                "Number of levels of namespaces below `namespace` that the job includes, 0 to 7. \
                 With 0, the job includes only `namespace` itself. If it is omitted, the job \
                 includes all levels.",
                0..=7,
            ),
            Field::text(
                "schedule",
                "schedule",
                "Calendar event at which the job runs, for example `daily` or `mon..fri 21:00`.",
            )
            .parses::<CalendarEvent>()
            .required(),
            keep(
                "keep_last",
                "keep-last",
                "Number of newest snapshots that the job keeps in each group. Default: none.",
            ),
            keep(
                "keep_hourly",
                "keep-hourly",
                "Number of hours of which the job keeps the newest snapshot. Default: none.",
            ),
            keep(
                "keep_daily",
                "keep-daily",
                "Number of days of which the job keeps the newest snapshot. Default: none.",
            ),
            keep(
                "keep_weekly",
                "keep-weekly",
                "Number of weeks of which the job keeps the newest snapshot. Default: none.",
            ),
            keep(
                "keep_monthly",
                "keep-monthly",
                "Number of months of which the job keeps the newest snapshot. Default: none.",
            ),
            keep(
                "keep_yearly",
                "keep-yearly",
                "Number of years of which the job keeps the newest snapshot. Default: none.",
            ),
            Field::enabled("Whether the job runs on its schedule. Default: `true`."),
            Field::comment(),
        ],
    )
    .warn(warn)
}

fn keep(name: &'static str, property: &'static str, doc: &'static str) -> Field {
    Field::integer(name, property, doc, 1..=i64::MAX)
}

/// Warns if a job keeps everything, and if the next run removes snapshots that the job has kept so
/// far.
fn warn(change: &Change<'_>, diagnostics: &mut Vec<Diagnostic>) -> Result<()> {
    if change.is_deletion() {
        return Ok(());
    }
    let mut keeps_nothing_special = true;
    let mut fewer = Vec::new();
    for name in KEEP {
        let after = change.after::<i64>(name)?;
        keeps_nothing_special &= after == Planned::Null;
        if let (Planned::Known(before), true) = (change.before::<i64>(name)?, change.changes(name))
            && after.clone().known().is_none_or(|after| after < before)
        {
            fewer.push(format!("`{name}`"));
        }
    }
    if keeps_nothing_special {
        diagnostics.push(
            Diagnostic::warning(
                "The prune job removes nothing",
                "None of the `keep_*` arguments is set, so every run keeps all snapshots. Set at \
                 least one of them, for example `keep_daily = 14`.",
            )
            .at("schedule"),
        );
    } else if !fewer.is_empty() {
        diagnostics.push(Diagnostic::warning(
            "The prune job keeps fewer snapshots",
            format!(
                "{} becomes smaller. The next run removes the snapshots that the job no longer \
                 keeps, and they cannot be restored afterwards.",
                fewer.join(", ")
            ),
        ));
    }
    Ok(())
}
