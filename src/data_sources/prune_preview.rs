//! `pbs_prune_preview`: which snapshots in a namespace PBS would remove with a certain retention.

use super::backup_groups::{count, groups, namespace};
use crate::{
    pbs::{Client, DatastoreName, Moment, Namespace, Retention},
    shared::retention,
};
use serde::{Deserialize, Serialize};
use tf_plugin::{Attribute, Cx, DataSource, Diagnostic, Result, Schema};

pub(crate) struct PrunePreview;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    datastore: DatastoreName,
    namespace: Option<Namespace>,
    keep_last: Option<i64>,
    keep_hourly: Option<i64>,
    keep_daily: Option<i64>,
    keep_weekly: Option<i64>,
    keep_monthly: Option<i64>,
    keep_yearly: Option<i64>,
    kept: Option<i64>,
    removed: Option<i64>,
    groups: Option<Vec<Group>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Group {
    backup_type: String,
    backup_id: String,
    kept: Vec<Moment>,
    removed: Vec<Moment>,
}

impl DataSource<Client> for PrunePreview {
    const NAME: &'static str = "prune_preview";
    type State = State;

    fn schema() -> Schema {
        let times = |name: &'static str, doc: &'static str| {
            Attribute::plain(tf_plugin::Type::list(tf_plugin::Type::String), name, doc).computed()
        };
        Schema::new(
            "Reads which snapshots in a namespace PBS would remove with a certain retention. The \
             server only calculates the result, and removes nothing. The provider sends one \
             request for each backup group. If the namespace contains more than 100 groups, the \
             data source fails.\n\n\
             The `keep_*` arguments define the retention. They have the same meaning as the \
             arguments of `pbs_prune_job` with the same names. If none of the `keep_*` arguments \
             is set, all snapshots are kept.\n\n\
             The data source reads one namespace. A prune job also prunes the namespaces below \
             its namespace, unless its `max_depth` is 0. To preview such a job, use one data \
             source for each namespace that the job prunes.\n\n\
             Privileges on PBS: `Datastore.Modify` and `Datastore.Audit` on `/datastore/DATASTORE` \
             or on the path of the namespace. With only `Datastore.Backup` and `Datastore.Prune`, \
             the result contains only the groups that the provider's own user or token owns.",
            [
                vec![
                    Attribute::string("datastore", "Name of the datastore.")
                        .required()
                        .parses::<DatastoreName>(),
                    namespace(),
                ],
                retention::arguments().into(),
                vec![
                    Attribute::number("kept", "Number of snapshots that PBS would keep.")
                        .computed(),
                    Attribute::number("removed", "Number of snapshots that PBS would remove.")
                        .computed(),
                    groups([
                        times(
                            "kept",
                            "RFC 3339 timestamps of the snapshots that PBS would keep, the \
                             oldest first.",
                        ),
                        times(
                            "removed",
                            "RFC 3339 timestamps of the snapshots that PBS would remove, the \
                             oldest first.",
                        ),
                    ]),
                ],
            ]
            .concat(),
        )
    }

    async fn read(cx: &Cx<Client>, config: State) -> Result<State> {
        let pbs = cx.client()?;
        let (store, namespace) = (&config.datastore, config.namespace.as_ref());
        let mut groups = pbs.backup_groups(store, namespace).await?;
        if groups.len() > retention::MAX_GROUPS {
            return Err(Diagnostic::error(
                "There are too many backup groups",
                format!(
                    "The namespace contains {} backup groups. The data source sends a request for \
                     each group, and therefore accepts at most {} groups. Set `namespace` to a \
                     namespace with fewer groups.",
                    groups.len(),
                    retention::MAX_GROUPS
                ),
            )
            .at("namespace"));
        }
        groups.sort_by(|a, b| (&a.backup_type, &a.backup_id).cmp(&(&b.backup_type, &b.backup_id)));
        let retention = config.retention();
        let mut previews = Vec::new();
        for group in groups {
            let decisions = pbs.prune_preview(store, namespace, &group, retention).await?;
            let times = |keeps: bool| {
                let decisions = decisions.iter().filter(|decision| decision.keeps == keeps);
                decisions.filter_map(|decision| Moment::from_unix(decision.time)).collect()
            };
            let (kept, removed) = (times(true), times(false));
            let (backup_type, backup_id) = (group.backup_type, group.backup_id);
            previews.push(Group { backup_type, backup_id, kept, removed });
        }
        Ok(State {
            kept: Some(previews.iter().map(|group| count(group.kept.len())).sum()),
            removed: Some(previews.iter().map(|group| count(group.removed.len())).sum()),
            groups: Some(previews),
            ..config
        })
    }
}

impl State {
    fn retention(&self) -> Retention {
        Retention {
            keep_last: self.keep_last,
            keep_hourly: self.keep_hourly,
            keep_daily: self.keep_daily,
            keep_weekly: self.keep_weekly,
            keep_monthly: self.keep_monthly,
            keep_yearly: self.keep_yearly,
        }
    }
}
