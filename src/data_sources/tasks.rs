//! `pbs_tasks`: the tasks of the server.

use crate::{
    pbs::{Client, DatastoreName, Moment, Task as Api, TaskFilter},
    shared::completeness::warn_of_incomplete_tasks,
};
use serde::{Deserialize, Serialize};
use tf_plugin::{Attribute, Cx, DataSource, Nesting, Result, Schema};

pub(crate) struct Tasks;

/// The number of tasks that are read if the configuration does not set `limit`. PBS has the same
/// default.
const LIMIT: i64 = 50;

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
             privilege, the result contains only the tasks of the provider's own user or token, \
             and the tasks of jobs that this user or token may run, and the provider shows a \
             warning.",
            [
                Attribute::string(
                    "type",
                    "Type of the tasks, or a part of it, for example `syncjob` or `prune`. Default: \
                     all types.",
                )
                .blank_is_none(),
                Attribute::string(
                    "datastore",
                    "Datastore of the tasks. PBS knows the datastore only of backups, garbage \
                     collections, and verify, prune and sync jobs, so the result contains no other \
                     tasks. Default: tasks of all types and datastores.",
                )
                .parses::<DatastoreName>()
                .blank_is_none(),
                Attribute::string(
                    "since",
                    "RFC 3339 timestamp of the earliest start. Default: no limit.",
                )
                .parses::<Moment>()
                .blank_is_none(),
                Attribute::boolean("running", "Whether only running tasks are read. Default: `false`."),
                Attribute::boolean(
                    "errors",
                    "Whether only running tasks and tasks with errors or warnings are read. Default: \
                     `false`.",
                ),
                Attribute::number(
                    "limit",
                    "Largest number of tasks, 1 to 1000. Default: `50`.",
                )
                .integer(1..=1000),
                Attribute::nested(
                    Nesting::List,
                    "tasks",
                    "Tasks, the newest first.",
                    [
                        Attribute::string("upid", "Id of the task.").computed(),
                        Attribute::string("type", "Type, for example `garbage_collection`.")
                            .computed(),
                        Attribute::string(
                            "id",
                            "What the task works on, for example the name of a datastore.",
                        )
                        .computed(),
                        Attribute::string("auth_id", "User or API token that started the task.")
                            .computed(),
                        Attribute::string("start", "RFC 3339 timestamp of the start.").computed(),
                        Attribute::string(
                            "end",
                            "RFC 3339 timestamp of the end. Null while the task is running.",
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
            limit: config.limit.unwrap_or(LIMIT),
        };
        let pbs = cx.client()?;
        let tasks = pbs.tasks(&filter).await?;
        warn_of_incomplete_tasks(cx, pbs).await?;
        Ok(State { tasks: Some(tasks.into_iter().map(Task::from).collect()), ..config })
    }
}

impl From<Api> for Task {
    fn from(task: Api) -> Self {
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
