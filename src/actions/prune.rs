//! `pbs_prune`: removes old snapshots in a task that starts immediately.

use crate::{
    pbs::{Client, DatastoreName, Namespace, Retention, TaskStart},
    shared::{retention, task},
};
use serde::Deserialize;
use tf_plugin::{Action, Attribute, Cx, Diagnostic, Field, Progress, Result, Schema, View};

pub(crate) struct Prune;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    datastore: DatastoreName,
    namespace: Option<Namespace>,
    max_depth: Option<i64>,
    keep_last: Option<i64>,
    keep_hourly: Option<i64>,
    keep_daily: Option<i64>,
    keep_weekly: Option<i64>,
    keep_monthly: Option<i64>,
    keep_yearly: Option<i64>,
}

impl Action<Client> for Prune {
    const NAME: &'static str = "prune";
    type Config = Config;

    fn schema() -> Schema {
        Schema::new(
            "Removes the snapshots that none of the `keep_*` arguments keeps, and waits for the \
             end of the task. The removed snapshots cannot be restored. To see beforehand which \
             snapshots the action removes, use the data source `pbs_prune_preview`. At least one \
             of the `keep_*` arguments must be set. If the action is interrupted, the task \
             continues on the server.\n\n\
             Without this action, for example with OpenTofu, run `proxmox-backup-client prune \
             GROUP --ns NAMESPACE --keep-daily 14` for each group, or run the job of a \
             `pbs_prune_job`.\n\n\
             Privileges on PBS: `Datastore.Audit` and `Datastore.Modify` on `/datastore/DATASTORE` \
             or on the path of the namespace.",
            [
                vec![
                    super::datastore(),
                    super::namespace("Namespace to prune. Default: the root namespace."),
                    Attribute::number(
                        "max_depth",
                        "Number of levels of namespaces below `namespace` that the action \
                         includes, 0 to 7. With 0, the action includes only `namespace` itself. \
                         Default: `0`. In contrast, a `pbs_prune_job` includes all levels by \
                         default.",
                    )
                    .integer(0..=7),
                ],
                retention::arguments().into(),
            ]
            .concat(),
        )
    }

    async fn invoke(cx: &Cx<Client>, config: Config, progress: &Progress) -> Result<()> {
        let retention = Retention {
            keep_last: config.keep_last,
            keep_hourly: config.keep_hourly,
            keep_daily: config.keep_daily,
            keep_weekly: config.keep_weekly,
            keep_monthly: config.keep_monthly,
            keep_yearly: config.keep_yearly,
        };
        let (store, namespace) = (&config.datastore, config.namespace.as_ref());
        super::groups(cx.client()?, store, namespace).await?;
        let max_depth = Some(config.max_depth.unwrap_or(0));
        task::run(cx, &TaskStart::prune(store, namespace, max_depth, retention), progress).await
    }

    fn validate(config: View<'_>, _: &mut Vec<Diagnostic>) -> Result<()> {
        for name in retention::ARGUMENTS {
            if config.get::<i64>(name)? != Field::Null {
                return Ok(());
            }
        }
        Err(Diagnostic::error(
            "The retention is missing",
            "None of the `keep_*` arguments is set. Set at least one of these arguments.",
        )
        .at("keep_last"))
    }
}
