//! A retention says which snapshots of a backup group are kept. This module contains the arguments
//! of a retention, and finds out how many snapshots a retention removes.

use crate::pbs::{Client, DatastoreName, Namespace, Result, Retention};
use std::array;
use tf_plugin::Attribute;

/// The arguments that say which snapshots are kept.
pub(crate) const ARGUMENTS: [&str; 6] =
    ["keep_last", "keep_hourly", "keep_daily", "keep_weekly", "keep_monthly", "keep_yearly"];

/// The largest number of groups for which [`preview`] sends requests. For each group, [`preview`]
/// sends one request.
pub(crate) const MAX_GROUPS: usize = 100;

/// How many of the examined snapshots a retention removes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Preview {
    /// The number of snapshots that the retention removes.
    pub(crate) removed: usize,
    /// The number of all examined snapshots.
    pub(crate) total: usize,
}

/// The attributes that declare [`ARGUMENTS`] in a schema.
pub(crate) fn arguments() -> [Attribute; 6] {
    let docs = [
        "Number of newest snapshots to keep in each backup group. Default: none.",
        "Number of hourly snapshots to keep. An hourly snapshot is the newest snapshot of an hour. \
         Default: none.",
        "Number of daily snapshots to keep. A daily snapshot is the newest snapshot of a day. \
         Default: none.",
        "Number of weekly snapshots to keep. A weekly snapshot is the newest snapshot of a week. \
         Default: none.",
        "Number of monthly snapshots to keep. A monthly snapshot is the newest snapshot of a \
         month. Default: none.",
        "Number of yearly snapshots to keep. A yearly snapshot is the newest snapshot of a year. \
         Default: none.",
    ];
    array::from_fn(|index| Attribute::number(ARGUMENTS[index], docs[index]).integer(1..=i64::MAX))
}

/// Asks the server how many of the snapshots in these namespaces a retention removes. In
/// `namespaces`, `None` stands for the root namespace. The result is `None` if there are more than
/// [`MAX_GROUPS`] groups.
///
/// # Errors
/// A request fails.
pub(crate) async fn preview(
    pbs: &Client,
    store: &DatastoreName,
    namespaces: &[Option<Namespace>],
    retention: Retention,
) -> Result<Option<Preview>> {
    let mut groups = Vec::new();
    for namespace in namespaces {
        let namespace_groups = pbs.backup_groups(store, namespace.as_ref()).await?;
        groups.extend(namespace_groups.into_iter().map(|group| (namespace, group)));
        if groups.len() > MAX_GROUPS {
            return Ok(None);
        }
    }
    let mut preview = Preview::default();
    for (namespace, group) in groups {
        let decisions = pbs.prune_preview(store, namespace.as_ref(), &group, retention).await?;
        preview.total += decisions.len();
        preview.removed += decisions.iter().filter(|decision| !decision.keeps).count();
    }
    Ok(Some(preview))
}
