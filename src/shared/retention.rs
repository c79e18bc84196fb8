//! What a retention does to the snapshots of a datastore.

use crate::pbs::{Client, DatastoreName, Namespace, Result, Retention};
use std::array;
use tf_plugin::Attribute;

/// The arguments that say which snapshots are kept.
pub(crate) const ARGUMENTS: [&str; 6] =
    ["keep_last", "keep_hourly", "keep_daily", "keep_weekly", "keep_monthly", "keep_yearly"];

/// The largest number of groups for which [`preview`] sends requests. Each group needs one request.
pub(crate) const MOST_GROUPS: usize = 100;

/// How many snapshots a retention removes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Preview {
    pub(crate) removed: usize,
    pub(crate) total: usize,
}

/// The schema of [`ARGUMENTS`].
pub(crate) fn arguments() -> [Attribute; 6] {
    let docs = [
        "Number of newest snapshots to keep in each group. Default: none.",
        "Number of hourly snapshots to keep: the newest snapshot of each hour. Default: none.",
        "Number of daily snapshots to keep: the newest snapshot of each day. Default: none.",
        "Number of weekly snapshots to keep: the newest snapshot of each week. Default: none.",
        "Number of monthly snapshots to keep: the newest snapshot of each month. Default: none.",
        "Number of yearly snapshots to keep: the newest snapshot of each year. Default: none.",
    ];
    array::from_fn(|rule| Attribute::number(ARGUMENTS[rule], docs[rule]).integer(1..=i64::MAX))
}

/// How many of the snapshots in these namespaces a retention removes, calculated by the server.
/// `None` stands for the root namespace. The result is `None` if there are more than
/// [`MOST_GROUPS`] groups.
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
        let found = pbs.backup_groups(store, namespace.as_ref()).await?;
        groups.extend(found.into_iter().map(|group| (namespace, group)));
        if groups.len() > MOST_GROUPS {
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
