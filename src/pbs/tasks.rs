//! Worker tasks, in which PBS carries out long operations.

use crate::pbs::{Client, Error, Malformed, Result, http::Call};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use std::{fmt, str::FromStr, time::Duration};
use tokio::time::Instant;

/// The id of a worker task: `UPID:NODE:PID:PSTART:TASKID:START:TYPE:ID:AUTHID:` (PBS 4.2.3,
/// recorded).
#[derive(Clone, PartialEq, Eq)]
pub struct Upid(String);

/// A task in the list of tasks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// The id of the task.
    pub upid: Upid,
    /// The start in seconds since 1970.
    pub start: i64,
    /// The end in seconds since 1970. `None` while the task is running.
    pub end: Option<i64>,
    /// How the task ended: `OK`, `WARNINGS: N`, `unknown`, or an error. `None` while the task is
    /// running.
    pub result: Option<String>,
}

/// Selects tasks. The default selects all tasks.
#[derive(Clone, Debug, Default)]
pub struct TaskFilter {
    /// A text that the type of a task must contain, for example `syncjob`.
    pub worker_type: Option<String>,
    /// The datastore on which a task must work. PBS knows the datastore only for some types of
    /// tasks (PBS 4.2.3, recorded).
    pub store: Option<String>,
    /// The earliest start of a task, in seconds since 1970.
    pub since: Option<i64>,
    /// Whether only running tasks are selected.
    pub running: bool,
    /// Whether only two groups of tasks are selected: running tasks, and tasks that ended with an
    /// error or with warnings.
    pub errors: bool,
    /// The maximum number of selected tasks.
    pub limit: i64,
}

/// How a task ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskEnd {
    /// The task succeeded.
    Ok,
    /// The task succeeded, but its log contains warnings.
    Warnings,
    /// The task failed with this message.
    Failed(String),
    /// PBS does not know how the task ended, for example because the process of the task was
    /// killed.
    Unknown,
}

/// The first delay between two requests for the status of a task. Each further delay is twice as
/// long, up to [`LONGEST_DELAY`].
const FIRST_DELAY: Duration = Duration::from_millis(100);
/// The longest delay between two requests for the status of a task.
const LONGEST_DELAY: Duration = Duration::from_secs(2);

/// How often a client that waits for a task writes a line to its log.
const LOG_INTERVAL: Duration = Duration::from_secs(30);

impl Upid {
    /// The id as PBS writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The type of the task, for example `create-datastore`.
    #[must_use]
    pub fn worker_type(&self) -> &str {
        self.0.split(':').nth(6).unwrap_or_default()
    }

    /// Whether this is a task of this type for the object with this id. In a UPID, PBS replaces
    /// each `/` of the id by `-` (PBS 4.2.3, recorded).
    fn works_on(&self, worker_type: &str, worker_id: &str) -> bool {
        self.worker_type() == worker_type && self.worker_id() == worker_id.replace('/', "-")
    }

    /// The id of the user or token that has started the task.
    #[must_use]
    pub fn auth_id(&self) -> &str {
        self.0.splitn(9, ':').nth(8).and_then(|rest| rest.strip_suffix(':')).unwrap_or_default()
    }

    /// The id of the object that the task works on, for example the name of a datastore. In a UPID,
    /// PBS escapes some characters of the id as `\xNN`. This function decodes them.
    #[must_use]
    pub fn worker_id(&self) -> String {
        let escaped = self.0.split(':').nth(7).unwrap_or_default().replace("\\x", "%");
        percent_decode_str(&escaped).decode_utf8_lossy().into_owned()
    }
}

impl FromStr for Upid {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        const FORM: &str = "the id of a task (`UPID:…`)";
        match text.split(':').count() >= 9 && text.starts_with("UPID:") {
            true => Ok(Self(text.to_owned())),
            false => Err(Malformed::rule(FORM, "the text does not have this form")),
        }
    }
}

impl fmt::Display for Upid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Upid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Client {
    /// Waits until the task has ended. There is no time limit, because a task can take hours.
    ///
    /// # Errors
    /// A request fails, or the run was asked to stop ([`Error::Stopped`]). The task itself
    /// continues on the server in both cases.
    pub async fn task_end(&self, upid: &Upid) -> Result<TaskEnd> {
        self.wait_for_task(upid, None).await
    }

    /// Like [`task_end`](Self::task_end), but also calls `report_line` with the latest line of the
    /// task's log whenever the log has new lines.
    ///
    /// # Errors
    /// As for [`task_end`](Self::task_end).
    pub async fn follow_task(
        &self,
        upid: &Upid,
        mut report_line: impl FnMut(String) + Send,
    ) -> Result<TaskEnd> {
        self.wait_for_task(upid, Some(&mut report_line)).await
    }

    /// Waits until the task has ended. If `report_line` is set, calls it with the latest line of
    /// the task's log whenever the log has new lines.
    async fn wait_for_task(
        &self,
        upid: &Upid,
        mut report_line: Option<&mut (dyn FnMut(String) + Send)>,
    ) -> Result<TaskEnd> {
        let name = format!("waiting for the task {upid}");
        let (started, mut delay) = (Instant::now(), FIRST_DELAY);
        let (mut last_log_entry, mut line_count) = (started, 0);
        loop {
            let end = self.task_status(upid).await?;
            if let Some(report_line) = &mut report_line {
                // The lines are only information for the user, so an error of this request does not
                // end the wait.
                let new_lines = self.log_lines(upid, line_count).await.unwrap_or_default();
                line_count += new_lines.len();
                if let Some(line) = new_lines.into_iter().rfind(|line| !is_end(line)) {
                    report_line(line);
                }
            }
            if let Some(end) = end {
                return Ok(end);
            }
            if last_log_entry.elapsed() >= LOG_INTERVAL {
                last_log_entry = Instant::now();
                tracing::info!(
                    task = upid.as_str(),
                    seconds = started.elapsed().as_secs(),
                    "waiting for a task"
                );
            }
            self.pause_until(Instant::now() + delay, &name).await?;
            delay = (delay * 2).min(LONGEST_DELAY);
        }
    }

    /// How the task ended; `None` if the task is still running. If PBS does not know a task, it
    /// reports that the task is stopped (PBS 4.2.3, recorded). The result for such a task is
    /// [`TaskEnd::Unknown`].
    ///
    /// # Errors
    /// The request fails.
    pub async fn task_status(&self, upid: &Upid) -> Result<Option<TaskEnd>> {
        #[derive(Deserialize)]
        struct Wire {
            status: String,
            exitstatus: Option<String>,
        }
        let call = Call::get(["nodes", "localhost", "tasks", upid.as_str(), "status"]);
        let Wire { status, exitstatus } = self.send(call).await?;
        Ok((status != "running").then(|| TaskEnd::parse(exitstatus.as_deref())))
    }

    /// The log of a task, without the line that says how the task ended.
    ///
    /// # Errors
    /// The request fails.
    pub async fn task_log(&self, upid: &Upid) -> Result<Vec<String>> {
        let mut lines = self.log_lines(upid, 0).await?;
        lines.retain(|line| !is_end(line));
        Ok(lines)
    }

    /// The lines of the log of a task that follow the first `skipped` lines.
    async fn log_lines(&self, upid: &Upid, skipped: usize) -> Result<Vec<String>> {
        #[derive(Deserialize)]
        struct Line {
            t: String,
        }
        let call = Call::get(["nodes", "localhost", "tasks", upid.as_str(), "log"]);
        // For PBS, the first line has the number 1, and a `limit` of 0 means all lines (PBS 4.2.3,
        // recorded).
        let call = call.query("start", (skipped + 1).to_string()).query("limit", "0");
        let log: Vec<Line> = self.send(call).await?;
        Ok(log.into_iter().map(|line| line.t).collect())
    }

    /// The running task of this type that works on the object with this id. `None` if PBS shows no
    /// such task. PBS shows the tasks of other users and tokens only to callers with the privilege
    /// `Sys.Audit` on `/system/tasks`.
    ///
    /// # Errors
    /// The request fails.
    pub async fn running_task(&self, worker_type: &str, worker_id: &str) -> Result<Option<Upid>> {
        let upids = self.latest_tasks(worker_type, true).await?;
        Ok(upids.into_iter().find(|upid| upid.works_on(worker_type, worker_id)))
    }

    /// The latest tasks of this type that the caller has started for the object with this id. The
    /// newest task is first.
    ///
    /// # Errors
    /// The request fails.
    pub async fn own_tasks(&self, worker_type: &str, worker_id: &str) -> Result<Vec<Upid>> {
        let mut upids = self.latest_tasks(worker_type, false).await?;
        let caller = self.caller().map(|caller| caller.to_string());
        upids.retain(|upid| {
            upid.works_on(worker_type, worker_id)
                && caller.as_deref().is_none_or(|caller| upid.auth_id() == caller)
        });
        Ok(upids)
    }

    /// The tasks that the filter selects and that PBS shows to the caller. The newest task is
    /// first.
    ///
    /// # Errors
    /// The request fails.
    pub async fn tasks(&self, filter: &TaskFilter) -> Result<Vec<Task>> {
        #[derive(Deserialize)]
        struct Wire {
            upid: String,
            starttime: i64,
            endtime: Option<i64>,
            status: Option<String>,
        }
        let mut call = Call::get(["nodes", "localhost", "tasks"]);
        let texts = [
            ("typefilter", filter.worker_type.clone()),
            ("store", filter.store.clone()),
            ("since", filter.since.map(|since| since.to_string())),
            ("running", filter.running.then(|| "1".to_owned())),
            ("errors", filter.errors.then(|| "1".to_owned())),
            ("limit", Some(filter.limit.to_string())),
        ];
        for (name, value) in texts {
            if let Some(value) = value {
                call = call.query(name, value);
            }
        }
        let wires: Vec<Wire> = self.send(call).await?;
        let task = |Wire { upid, starttime, endtime, status }: Wire| {
            let upid = upid.parse().ok()?;
            Some(Task { upid, start: starttime, end: endtime, result: status })
        };
        Ok(wires.into_iter().filter_map(task).collect())
    }

    /// The latest tasks whose type contains the text `worker_type`. The newest task is first. If
    /// `only_running` is true, the result contains only running tasks.
    async fn latest_tasks(&self, worker_type: &str, only_running: bool) -> Result<Vec<Upid>> {
        #[derive(Deserialize)]
        struct Wire {
            upid: String,
        }
        let mut call = Call::get(["nodes", "localhost", "tasks"]).query("typefilter", worker_type);
        if only_running {
            call = call.query("running", "1");
        }
        let wires: Vec<Wire> = self.send(call).await?;
        Ok(wires.into_iter().filter_map(|Wire { upid }| upid.parse().ok()).collect())
    }
}

/// Whether a line of a task's log says how the task ended. Each line begins with its time (PBS
/// 4.2.3, recorded).
fn is_end(line: &str) -> bool {
    line.split_once(": ").is_some_and(|(_, text)| text.starts_with("TASK "))
}

impl TaskEnd {
    fn parse(exit_status: Option<&str>) -> Self {
        match exit_status {
            Some("OK") => Self::Ok,
            Some(text) if text.starts_with("WARNINGS: ") => Self::Warnings,
            Some("unknown") | None => Self::Unknown,
            Some(text) => Self::Failed(text.to_owned()),
        }
    }
}

impl Error {
    /// Whether the run was asked to stop.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        matches!(self, Self::Stopped { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_recorded_id_are_recognized() {
        let text = r"UPID:localhost:000003A1:00000B2F:00000004:6742F1A0:create-datastore:ops\x2da\x3a\x3ahost:root@pam!admin:";
        let upid: Upid = text.parse().unwrap();
        assert_eq!(upid.worker_type(), "create-datastore");
        assert_eq!(upid.worker_id(), "ops-a::host");
        assert_eq!(upid.auth_id(), "root@pam!admin");
        assert_eq!(upid.to_string(), text);
        for text in ["", "UPID:", "MARKER", "UPID:a:b:c:d:e:f"] {
            let error = text.parse::<Upid>().unwrap_err().to_string();
            assert!(!error.contains("MARKER"), "{error}");
        }
    }

    #[test]
    fn an_exit_status_says_how_a_task_ended() {
        for (text, expected) in [
            (Some("OK"), TaskEnd::Ok),
            (Some("WARNINGS: 2"), TaskEnd::Warnings),
            (Some("unknown"), TaskEnd::Unknown),
            (None, TaskEnd::Unknown),
            (Some("datastore path not empty"), TaskEnd::Failed("datastore path not empty".into())),
        ] {
            assert_eq!(TaskEnd::parse(text), expected);
        }
    }
}
