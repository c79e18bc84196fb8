//! `pbs_tasks`: the tasks of the server.

use crate::{
    pbs::{Client, DatastoreName, Moment, Task as PbsTask, TaskFilter},
    shared::completeness::warn_of_incomplete_tasks,
};
use serde::{Deserialize, Serialize};
use tf_plugin::{Attribute, Cx, DataSource, Nesting, Result, Schema};

pub(crate) struct Tasks;

/// The number of tasks that are read if the configuration does not set `limit`. PBS has the same
/// default.
const DEFAULT_LIMIT: i64 = 50;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    r#type: Option<String>,
    datastore: Option<DatastoreName>,
    since: Option<Moment>,
    running: Option<bool>,
    errors: Option<bool>,
    limit: Option<i64>,
    tasks: Option<Vec<Task>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Task {
    upid: String,
    r#type: String,
    id: String,
    auth_id: String,
    start: Option<Moment>,
    end: Option<Moment>,
    result: Option<String>,
}

impl DataSource<Client> for Tasks {
    const NAME: &'static str = "tasks";
    type State = State;

    fn schema() -> Schema {
        Schema::new(
            "Reads the tasks of the server, the newest first.\n\n\
             Privileges on PBS: `Sys.Audit` on `/system/tasks` to see all tasks. Without this \
             privilege, the provider shows a warning, and the result contains only two groups of \
             tasks: the tasks that the provider's own user or token has started, and the tasks of \
             jobs that this user or token may run.",
            [
                Attribute::string(
                    "type",
                    "Type of the tasks, or a part of the type, for example `syncjob` or `prune`. \
                     Default: all types.",
                )
                .blank_is_none(),
                Attribute::string(
                    "datastore",
                    "Datastore of the tasks. PBS knows the datastore only for tasks of certain \
                     types: backups, garbage collections, and verify, prune and sync jobs. If \
                     `datastore` is set, the result contains only tasks of these types. Default: \
                     tasks of all types and datastores.",
                )
                .parses::<DatastoreName>()
                .blank_is_none(),
                Attribute::string(
                    "since",
                    "RFC 3339 timestamp. The result contains only tasks that started at this time \
                     or later. Default: no limit.",
                )
                .parses::<Moment>()
                .blank_is_none(),
                Attribute::boolean(
                    "running",
                    "Whether the result contains only running tasks. Default: `false`.",
                ),
                Attribute::boolean(
                    "errors",
                    "Whether the result contains only running tasks, tasks that failed, and tasks \
                     that ended with warnings. Default: `false`.",
                ),
                Attribute::number(
                    "limit",
                    "Largest number of tasks in the result, 1 to 1000. Default: `50`.",
                )
                .integer(1..=1000),
                Attribute::nested(
                    Nesting::List,
                    "tasks",
                    "Tasks, the newest first.",
                    [
                        Attribute::string("upid", "Id (UPID) of the task.").computed(),
                        Attribute::string(
                            "type",
                            "Type of the task, for example `garbage_collection`.",
                        )
                        .computed(),
                        Attribute::string(
                            "id",
                            "Id of the object on which the task works, for example the name of a \
                             datastore.",
                        )
                        .computed(),
                        Attribute::string("auth_id", "User or API token that started the task.")
                            .computed(),
                        Attribute::string("start", "RFC 3339 timestamp at which the task started.")
                            .computed(),
                        Attribute::string(
                            "end",
                            "RFC 3339 timestamp at which the task ended. Null while the task is \
                             running.",
                        )
                        .computed(),
                        Attribute::string(
                            "result",
                            "How the task ended: `OK`, `WARNINGS: N`, `unknown`, or an error. Null \
                             while the task is running.",
                        )
                        .computed(),
                    ],
                )
                .computed(),
            ],
        )
    }

    async fn read(cx: &Cx<Client>, config: State) -> Result<State> {
        let filter = TaskFilter {
            worker_type: config.r#type.clone(),
            store: config.datastore.as_ref().map(ToString::to_string),
            since: config.since.map(Moment::unix),
            running: config.running == Some(true),
            errors: config.errors == Some(true),
            limit: config.limit.unwrap_or(DEFAULT_LIMIT),
        };
        let pbs = cx.client()?;
        let tasks = pbs.tasks(&filter).await?;
        warn_of_incomplete_tasks(cx, pbs).await?;
        Ok(State { tasks: Some(tasks.into_iter().map(Task::from).collect()), ..config })
    }
}

impl From<PbsTask> for Task {
    fn from(task: PbsTask) -> Self {
        Self {
            upid: task.upid.to_string(),
            r#type: task.upid.worker_type().to_owned(),
            id: task.upid.worker_id(),
            auth_id: task.upid.auth_id().to_owned(),
            start: Moment::from_unix(task.start),
            end: task.end.and_then(Moment::from_unix),
            result: task.result,
        }
    }
}
