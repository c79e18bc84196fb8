//! `/admin/datastore/NAME/prune`: which snapshots a retention keeps.

use crate::pbs::{BackupGroup, Client, DatastoreName, Namespace, Result, http::Call};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The rules that decide which snapshots of a group are kept. A snapshot is kept if at least one
/// rule keeps it. A rule that is `None` keeps no snapshots. If all rules are `None`, all snapshots
/// are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// Number of the newest snapshots that are kept.
    pub keep_last: Option<i64>,
    /// Number of hours for which the newest snapshot of the hour is kept.
    pub keep_hourly: Option<i64>,
    /// Number of days for which the newest snapshot of the day is kept.
    pub keep_daily: Option<i64>,
    /// Number of weeks for which the newest snapshot of the week is kept.
    pub keep_weekly: Option<i64>,
    /// Number of months for which the newest snapshot of the month is kept.
    pub keep_monthly: Option<i64>,
    /// Number of years for which the newest snapshot of the year is kept.
    pub keep_yearly: Option<i64>,
}

/// Whether a retention keeps a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PruneDecision {
    /// Time of the snapshot in seconds since 1970.
    pub time: i64,
    /// Whether the retention keeps the snapshot.
    pub keeps: bool,
}

impl Retention {
    /// The names of the rules as parameters of PBS, and their values.
    pub(super) fn rules(self) -> [(&'static str, Option<i64>); 6] {
        [
            ("keep-last", self.keep_last),
            ("keep-hourly", self.keep_hourly),
            ("keep-daily", self.keep_daily),
            ("keep-weekly", self.keep_weekly),
            ("keep-monthly", self.keep_monthly),
            ("keep-yearly", self.keep_yearly),
        ]
    }
}

impl Client {
    /// Which snapshots of a group a retention would keep. The server calculates this, but removes
    /// no snapshot. The result begins with the oldest snapshot.
    ///
    /// # Errors
    /// The group does not exist, or the caller lacks the privilege `Datastore.Modify` on the
    /// namespace. For a group that the caller owns, `Datastore.Prune` is sufficient.
    pub async fn prune_preview(
        &self,
        store: &DatastoreName,
        namespace: Option<&Namespace>,
        group: &BackupGroup,
        retention: Retention,
    ) -> Result<Vec<PruneDecision>> {
        #[derive(Serialize)]
        #[serde(rename_all = "kebab-case")]
        struct Body<'a> {
            dry_run: bool,
            #[serde(skip_serializing_if = "Option::is_none")]
            ns: Option<&'a Namespace>,
            backup_type: &'a str,
            backup_id: &'a str,
            #[serde(flatten)]
            rules: BTreeMap<&'static str, i64>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "kebab-case")]
        struct Wire {
            backup_time: i64,
            keep: bool,
        }
        let acl_path = store.acl_path(namespace.map(Namespace::as_str));
        let BackupGroup { backup_type, backup_id, .. } = group;
        let rules = retention.rules().into_iter();
        let rules = rules.filter_map(|(name, keep)| Some((name, keep?))).collect();
        let body = Body { dry_run: true, ns: namespace, backup_type, backup_id, rules };
        let call = Call::post(["admin", "datastore", store.as_str(), "prune"]).json(&body);
        let call = call.waits_for_locks().needs("Datastore.Modify", &acl_path);
        let wires: Vec<Wire> = self.send(call).await?;
        let decision = |wire: Wire| PruneDecision { time: wire.backup_time, keeps: wire.keep };
        Ok(wires.into_iter().map(decision).collect())
    }
}
