//! `pbs_prune_job`: a schedule on which PBS removes old backups.

use crate::{
    object::{Change, Field, Object},
    pbs::{
        Client, DatastoreName, Namespace, Property, Record, Retention, kinds,
        notation::{CalendarEvent, JobId},
    },
    shared::retention::{self, Preview},
};
use tf_plugin::{Diagnostic, Field as Planned, Result};

pub(crate) fn prune_job() -> Object {
    Object::new(
        "prune_job",
        &kinds::PRUNE_JOB,
        "Manages a prune job: a schedule on which PBS removes old snapshots of a datastore. A run \
         keeps a snapshot if the snapshot is protected, or if at least one of the `keep_*` \
         arguments keeps the snapshot. If none of these arguments is set, the job removes nothing.",
        [
            Field::text("id", "id", "Id of the job, 3 to 32 letters, digits, `_`, `.` and `-`.")
                .parses::<JobId>()
                .key(),
            Field::text(
                "datastore",
                "store",
                "Name of the datastore whose old snapshots the job removes.",
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
                "Number of newest snapshots that the job keeps in each backup group. Default: \
                 none.",
            ),
            keep(
                "keep_hourly",
                "keep-hourly",
                "Number of hourly snapshots that the job keeps. An hourly snapshot is the newest \
                 snapshot of an hour. Default: none.",
            ),
            keep(
                "keep_daily",
                "keep-daily",
                "Number of daily snapshots that the job keeps. A daily snapshot is the newest \
                 snapshot of a day. Default: none.",
            ),
            keep(
                "keep_weekly",
                "keep-weekly",
                "Number of weekly snapshots that the job keeps. A weekly snapshot is the newest \
                 snapshot of a week. Default: none.",
            ),
            keep(
                "keep_monthly",
                "keep-monthly",
                "Number of monthly snapshots that the job keeps. A monthly snapshot is the newest \
                 snapshot of a month. Default: none.",
            ),
            keep(
                "keep_yearly",
                "keep-yearly",
                "Number of yearly snapshots that the job keeps. A yearly snapshot is the newest \
                 snapshot of a year. Default: none.",
            ),
            Field::enabled("Whether the job runs on its schedule. Default: `true`."),
            Field::comment(),
        ],
    )
    .warn(warn)
    .ask(|pbs, change| Box::pin(ask(pbs, change)))
}

fn keep(name: &'static str, property: &'static str, doc: &'static str) -> Field {
    Field::integer(name, property, doc, 1..=i64::MAX)
}

/// Warns if a job keeps everything.
fn warn(change: &Change<'_>, diagnostics: &mut Vec<Diagnostic>) -> Result<()> {
    if change.is_deletion() {
        return Ok(());
    }
    for name in retention::ARGUMENTS {
        if change.after::<i64>(name)? != Planned::Null {
            return Ok(());
        }
    }
    diagnostics.push(
        Diagnostic::warning(
            "The prune job removes nothing",
            "None of the `keep_*` arguments is set, so every run keeps all snapshots. Set at least \
             one of them, for example `keep_daily = 14`.",
        )
        .at("schedule"),
    );
    Ok(())
}

/// The reason why the next run keeps fewer snapshots than before, or prunes other snapshots. `None`
/// if there is no such reason, or if the job is created or deleted.
fn shortening_cause(change: &Change<'_>) -> Result<Option<String>> {
    if change.is_deletion() || change.is_creation() {
        return Ok(None);
    }
    let (mut keeps_all, mut kept_all, mut reduced_arguments) = (true, true, Vec::new());
    for name in retention::ARGUMENTS {
        let (before, after) = (change.before::<i64>(name)?, change.after::<i64>(name)?);
        keeps_all &= after == Planned::Null;
        kept_all &= before == Planned::Null;
        if let (Planned::Known(before), true) = (before, change.changes(name))
            && after.known().is_none_or(|after| after < before)
        {
            reduced_arguments.push(format!("`{name}`"));
        }
    }
    let scope = ["datastore", "namespace", "max_depth", "enabled"];
    let changed_scope = scope.into_iter().find(|name| change.changes(name));
    Ok(match changed_scope {
        _ if keeps_all => None,
        _ if kept_all => Some("So far, the job has kept all snapshots.".to_owned()),
        _ if !reduced_arguments.is_empty() => {
            Some(format!("The plan reduces or removes {}.", reduced_arguments.join(", ")))
        }
        Some("enabled") if change.after::<bool>("enabled")? != Planned::Known(true) => None,
        Some(name) => {
            Some(format!("Because of the change of `{name}`, the job prunes other snapshots."))
        }
        None => None,
    })
}

/// Warns if the next run keeps fewer snapshots than before. If the server can calculate how many
/// snapshots this run removes, the warning contains the number.
async fn warn_of_shortening(pbs: &Client, change: &Change<'_>) -> Option<Diagnostic> {
    let cause = shortening_cause(change).ok().flatten()?;
    let numbers = match preview(pbs, change).await {
        Some(Preview { removed, total }) => {
            format!(" At present, this run would remove {removed} of {total} snapshots.")
        }
        None => String::new(),
    };
    Some(Diagnostic::warning(
        "The prune job keeps fewer snapshots",
        format!(
            "{cause} The next run removes the snapshots that the job does not keep, and they \
             cannot be restored afterwards.{numbers}"
        ),
    ))
}

/// The number of snapshots in the scope of the planned job, and the number of snapshots that the
/// next run removes. `None` if the job is disabled, if a value is not known yet, if there are too
/// many groups, or if a request fails.
async fn preview(pbs: &Client, change: &Change<'_>) -> Option<Preview> {
    let (_, scope) = Scope::planned(change).ok()??;
    let keep = |name| change.after::<i64>(name).ok().filter(|keep| !keep.is_unknown());
    let retention = Retention {
        keep_last: keep("keep_last")?.known(),
        keep_hourly: keep("keep_hourly")?.known(),
        keep_daily: keep("keep_daily")?.known(),
        keep_weekly: keep("keep_weekly")?.known(),
        keep_monthly: keep("keep_monthly")?.known(),
        keep_yearly: keep("keep_yearly")?.known(),
    };
    let (store, base) = (scope.datastore.parse().ok()?, scope.namespace.as_ref());
    let namespaces = pbs.namespaces_within(&store, base, scope.max_depth).await.ok()?;
    retention::preview(pbs, &store, &namespaces, retention).await.ok()?
}

/// The part of a datastore in which an enabled job prunes snapshots.
struct Scope {
    datastore: String,
    /// The namespace in which the job starts. `None` for the root namespace.
    namespace: Option<Namespace>,
    /// The number of levels below the namespace. `None` for all levels.
    max_depth: Option<i64>,
}

/// The warnings that need requests to the server.
async fn ask(pbs: &Client, change: &Change<'_>) -> Vec<Diagnostic> {
    let mut warnings = warn_of_overlap(pbs, change).await;
    warnings.extend(warn_of_shortening(pbs, change).await);
    warnings
}

/// Warns if another enabled job on the server prunes the same snapshots. There is no warning if the
/// jobs cannot be read.
async fn warn_of_overlap(pbs: &Client, change: &Change<'_>) -> Vec<Diagnostic> {
    const SCOPE: [&str; 4] = ["datastore", "namespace", "max_depth", "enabled"];
    if change.is_deletion() || !SCOPE.into_iter().any(|name| change.may_change(name)) {
        return Vec::new();
    }
    let Ok(Some((id, scope))) = Scope::planned(change) else { return Vec::new() };
    let Ok(jobs) = pbs.objects(&kinds::PRUNE_JOB).await else { return Vec::new() };
    let overlaps = |job: &Record| Scope::stored(job).is_some_and(|other| scope.overlaps(&other));
    let others = jobs.iter().filter(|(other, job)| **other != id && overlaps(job));
    let warning = |(other, _)| {
        Diagnostic::warning(
            "Two prune jobs for the same snapshots",
            format!(
                "The prune job {other} on the server and the job {id} prune the same snapshots. A \
                 snapshot is removed as soon as one of the two jobs does not keep it. Delete or \
                 disable one of the jobs, or change `namespace` or `max_depth`. If this plan \
                 already makes such a change, ignore the warning."
            ),
        )
        .at("datastore")
    };
    others.map(warning).collect()
}

impl Scope {
    /// The id and the scope of the planned job. `None` if the job is disabled, or if a value is not
    /// known yet.
    fn planned(change: &Change<'_>) -> Result<Option<(String, Self)>> {
        let id = change.after("id")?.known();
        let datastore = change.after("datastore")?.known();
        let namespace = change.after::<String>("namespace")?;
        let max_depth = change.after("max_depth")?;
        let is_known = !namespace.is_unknown() && !max_depth.is_unknown();
        let is_enabled = change.after("enabled")? == Planned::Known(true);
        let (Some(id), Some(datastore), true) = (id, datastore, is_known && is_enabled) else {
            return Ok(None);
        };
        let namespace = namespace.known().and_then(|namespace| namespace.parse().ok());
        Ok(Some((id, Self { datastore, namespace, max_depth: max_depth.known() })))
    }

    /// The scope of a job on the server. `None` if the job is disabled.
    fn stored(job: &Record) -> Option<Self> {
        let property = |name: &str| job.get(name);
        let text = |name| property(name).and_then(Property::as_text).map(str::to_owned);
        let is_disabled = property("disable") == Some(&Property::Flag(true));
        let max_depth = match property("max-depth") {
            Some(Property::Integer(depth)) => Some(*depth),
            _ => None,
        };
        (!is_disabled).then_some(Self {
            datastore: text("store")?,
            namespace: text("ns").and_then(|namespace| namespace.parse().ok()),
            max_depth,
        })
    }

    /// Whether the two jobs can prune the same snapshot.
    fn overlaps(&self, other: &Self) -> bool {
        self.datastore == other.datastore
            && (self.includes(other.namespace.as_ref()) || other.includes(self.namespace.as_ref()))
    }

    /// Whether the job prunes the snapshots in this namespace of its datastore.
    fn includes(&self, namespace: Option<&Namespace>) -> bool {
        Namespace::is_within(namespace, self.namespace.as_ref(), self.max_depth)
    }
}

#[cfg(test)]
mod tests {
    use super::Scope;

    #[test]
    fn jobs_overlap_if_one_starts_in_a_namespace_that_the_other_includes() {
        let scope = |namespace: &str, max_depth| Scope {
            datastore: "main".to_owned(),
            namespace: namespace.parse().ok(),
            max_depth,
        };
        for (a, b, expected) in [
            (scope("", None), scope("", Some(0)), true),
            (scope("", None), scope("prod/web", Some(0)), true),
            (scope("", Some(1)), scope("prod/web", None), false),
            (scope("", Some(2)), scope("prod/web", None), true),
            (scope("prod", None), scope("prod/web", None), true),
            (scope("prod", None), scope("production", None), false),
            (scope("prod", None), scope("test", None), false),
            (scope("prod", Some(0)), scope("prod", Some(0)), true),
        ] {
            assert_eq!(a.overlaps(&b), expected);
            assert_eq!(b.overlaps(&a), expected);
        }
        let elsewhere = Scope { datastore: "other".to_owned(), ..scope("", None) };
        assert!(!elsewhere.overlaps(&scope("", None)));
    }
}
