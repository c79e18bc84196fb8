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

/// Warns if a job keeps everything, if it keeps fewer snapshots than before, and if it begins to
/// prune other snapshots.
fn warn(change: &Change<'_>, diagnostics: &mut Vec<Diagnostic>) -> Result<()> {
    if change.is_deletion() {
        return Ok(());
    }
    let mut keeps_nothing_special = true;
    let mut kept_everything = !change.is_creation();
    let mut fewer = Vec::new();
    for name in KEEP {
        let after = change.after::<i64>(name)?;
        keeps_nothing_special &= after == Planned::Null;
        kept_everything &= change.before::<i64>(name)? == Planned::Null;
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
        return Ok(());
    }
    let others = ["datastore", "namespace", "max_depth", "enabled"];
    let other = others.into_iter().find(|name| !change.is_creation() && change.changes(name));
    let cause = match other {
        _ if kept_everything => "So far, the job has kept all snapshots.".to_owned(),
        _ if !fewer.is_empty() => format!("{} becomes smaller or is removed.", fewer.join(", ")),
        Some("enabled") if change.after::<bool>("enabled")? != Planned::Known(true) => {
            return Ok(());
        }
        Some(name) => format!("Because of the change of `{name}`, the job prunes other snapshots."),
        None => return Ok(()),
    };
    diagnostics.push(Diagnostic::warning(
        "The prune job keeps fewer snapshots",
        format!(
            "{cause} The next run removes the snapshots that the job does not keep, and they cannot be \
             restored afterwards."
        ),
    ));
    Ok(())
}
