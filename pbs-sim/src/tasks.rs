//! Tasks: work that the server carries out after it has answered a request. The format of task ids
//! and logs, and the messages, are recorded from PBS 4.2.3.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tokio::sync::watch;

use crate::{id::user_of, world::World};

/// A task that runs or has ended.
#[derive(Clone, Debug)]
pub struct Task {
    /// Unique id, for example
    /// `UPID:localhost:00000001:00000001:00000000:6B087976:create-datastore:tank:root@pam:`.
    pub upid: String,
    /// What the task does, for example `create-datastore`.
    pub worker_type: String,
    /// What the task works on, for example the name of a datastore. Empty if the task does not work
    /// on a named object.
    pub worker_id: String,
    /// User or token that has started the task.
    pub auth_id: String,
    /// Unix time of the start, in seconds.
    pub start: u64,
    /// Unix time of the end. `None` if the task runs, or if its end is unknown.
    pub end: Option<u64>,
    /// `OK`, `WARNINGS: N`, `unknown`, or the text of the error. `None` while the task runs.
    pub exit_status: Option<String>,
    /// Lines of the log, each with its time.
    pub log: Vec<String>,
}

/// Tells a running task how to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// The task waits until its duration has passed. A task that hangs waits for another signal.
    Wait,
    /// The task does its work at once and ends.
    Continue,
    /// The task ends without its work, as if a client had stopped it.
    Abort,
}

/// The work of a task. Returns the number of warnings, or the text of an error.
pub(crate) type Work = Box<dyn FnOnce(&mut Progress) -> Result<u32, String> + Send>;

/// The state of the server and the log of the task, which the work of the task can change.
pub(crate) struct Progress<'a> {
    pub(crate) world: &'a mut World,
    /// Lines that the work adds to the log.
    pub(crate) log: &'a mut Vec<String>,
    /// Id of the task.
    pub(crate) upid: &'a str,
}

/// The exit status of a task that has done its work.
pub(crate) fn exit_status(result: Result<u32, String>) -> String {
    match result {
        Ok(0) => "OK".into(),
        Ok(warnings) => format!("WARNINGS: {warnings}"),
        Err(error) => error,
    }
}

/// A task to start.
pub(crate) struct NewTask<'a> {
    pub(crate) worker_type: &'a str,
    pub(crate) worker_id: &'a str,
    /// Lines that the log has from the beginning.
    pub(crate) first_lines: &'a [&'a str],
    /// Whether the task keeps the locks of the request that starts the task, until the task ends.
    pub(crate) holds_locks: bool,
    pub(crate) work: Work,
}

/// A task that the handler of a request has started, and whose work has not been done yet.
pub(crate) struct StartedTask {
    pub(crate) upid: String,
    pub(crate) worker_type: String,
    pub(crate) worker_id: String,
    pub(crate) holds_locks: bool,
    pub(crate) work: Work,
    pub(crate) signal: watch::Receiver<Signal>,
}

/// All tasks of the server, in the order of their starts.
#[derive(Default)]
pub(crate) struct Tasks {
    tasks: Vec<Task>,
    /// Senders of signals for the running tasks, by task id.
    signals: BTreeMap<String, watch::Sender<Signal>>,
}

/// Id and start time of the process that runs the tasks, in the form that task ids contain.
const PROCESS: &str = "00003AA4:0002518F";

impl Tasks {
    /// All tasks, oldest first.
    pub(crate) fn all(&self) -> &[Task] {
        &self.tasks
    }

    /// The task with this id. `None` if the server has no such task.
    pub(crate) fn get(&self, upid: &str) -> Option<&Task> {
        self.tasks.iter().find(|task| task.upid == upid)
    }

    /// Registers a running task.
    pub(crate) fn start(&mut self, task: NewTask, auth_id: &str, now: u64) -> StartedTask {
        let NewTask { worker_type, worker_id, first_lines, holds_locks, work } = task;
        let number = self.tasks.len();
        let upid = format!(
            "UPID:localhost:{PROCESS}:{number:08X}:{now:08X}:{worker_type}:{}:{auth_id}:",
            escape(worker_id)
        );
        let (sender, signal) = watch::channel(Signal::Wait);
        self.signals.insert(upid.clone(), sender);
        self.tasks.push(Task {
            upid: upid.clone(),
            worker_type: worker_type.into(),
            worker_id: worker_id.into(),
            auth_id: auth_id.into(),
            start: now,
            end: None,
            exit_status: None,
            log: first_lines.iter().map(|line| with_time(now, line)).collect(),
        });
        let (worker_type, worker_id) = (worker_type.into(), worker_id.into());
        StartedTask { upid, worker_type, worker_id, holds_locks, work, signal }
    }

    /// Ends a running task. `lines` are the lines that the task has added to its log. If the exit
    /// status is `unknown`, the task gets neither an end time nor these lines.
    pub(crate) fn end(&mut self, upid: &str, lines: &[String], exit_status: &str, now: u64) {
        self.signals.remove(upid);
        let Some(task) = self.tasks.iter_mut().find(|task| task.upid == upid) else { return };
        task.exit_status = Some(exit_status.into());
        if exit_status == "unknown" {
            return;
        }
        task.end = Some(now);
        task.log.extend(lines.iter().map(|line| with_time(now, line)));
        let last_line = match exit_status {
            "OK" => "TASK OK".into(),
            warnings if warnings.starts_with("WARNINGS: ") => format!("TASK {warnings}"),
            error => format!("TASK ERROR: {error}"),
        };
        task.log.push(with_time(now, &last_line));
    }

    /// Sends a signal to a task. Returns whether the task was still running.
    pub(crate) fn signal(&self, upid: &str, signal: Signal) -> bool {
        self.signals.get(upid).is_some_and(|sender| sender.send(signal).is_ok())
    }

    /// Sends a signal to all running tasks.
    pub(crate) fn signal_all(&self, signal: Signal) {
        for sender in self.signals.values() {
            sender.send_replace(signal);
        }
    }
}

impl World {
    /// All tasks, oldest first.
    pub fn tasks(&self) -> &[Task] {
        self.tasks.all()
    }
}

impl Task {
    /// Reads a task from its id. The simulator does not have to know the task. `None` if the text
    /// does not have the form of a task id.
    pub(crate) fn from_upid(upid: &str) -> Option<Self> {
        let [_, _, _, _, _, start, worker_type, worker_id, auth_id, _] =
            upid.split(':').collect::<Vec<_>>().try_into().ok()?;
        Some(Self {
            upid: upid.into(),
            worker_type: worker_type.into(),
            worker_id: unescape(worker_id),
            auth_id: auth_id.into(),
            start: u64::from_str_radix(start, 16).ok()?,
            end: None,
            exit_status: Some("unknown".into()),
            log: Vec::new(),
        })
    }

    /// Node, process id, and start time of the process, from the task id.
    pub(crate) fn process(&self) -> (&str, u64, u64) {
        let mut fields = self.upid.split(':').skip(1);
        let node = fields.next().unwrap_or_default();
        let mut number =
            || u64::from_str_radix(fields.next().unwrap_or_default(), 16).unwrap_or_default();
        (node, number(), number())
    }

    /// The datastore of the task. PBS shows this task if a client filters the list of tasks by this
    /// datastore. For a sync job, this is the local datastore. `None` for types of tasks that this
    /// filter never shows.
    fn datastore(&self) -> Option<&str> {
        let mut parts = self.worker_id.split(':');
        match self.worker_type.as_str() {
            "syncjob" => parts.nth(2),
            "backup" | "garbage_collection" => parts.next(),
            text if text.starts_with("verif") || text.starts_with("prune") => parts.next(),
            _ => None,
        }
    }

    /// Whether PBS shows the task if a client filters the list of tasks by this datastore.
    pub(crate) fn works_on(&self, store: &str) -> bool {
        self.datastore() == Some(store)
    }

    /// The privileges that a caller needs to start a task of this type for the same objects, each
    /// with its ACL path. A caller with all these privileges may also see the task if another user
    /// or token has started it. `None` if there are no such privileges for tasks of this type. The
    /// paths come from PBS's source.
    pub(crate) fn privileges(&self) -> Option<Vec<(&'static str, String)>> {
        let store = format!("/datastore/{}", self.datastore()?);
        Some(match self.worker_type.as_str() {
            "verificationjob" => vec![("Datastore.Verify", store)],
            "garbage_collection" => vec![("Datastore.Modify", store)],
            "prune" | "prunejob" => {
                let namespace = self.worker_id.split(':').nth(1).unwrap_or_default();
                let path = format!("{store}/{namespace}").trim_end_matches('/').to_string();
                vec![("Datastore.Modify", path)]
            }
            "syncjob" => {
                let parts: Vec<&str> = self.worker_id.split(':').collect();
                let [remote, remote_store, _, namespace, _] = parts.try_into().ok()?;
                let target = format!("{store}/{namespace}").trim_end_matches('/').to_string();
                let source = match remote {
                    "-" => ("Datastore.Read", format!("/datastore/{remote_store}")),
                    remote => ("Remote.Read", format!("/remote/{remote}/{remote_store}")),
                };
                vec![("Datastore.Backup", target), source]
            }
            _ => return None,
        })
    }

    /// Whether the caller, or a token of the caller, has started the task.
    pub(crate) fn was_started_by(&self, caller: &str) -> bool {
        self.auth_id == caller || user_of(&self.auth_id) == caller
    }
}

/// The line of a log with the time at its beginning.
fn with_time(now: u64, line: &str) -> String {
    let time = Timestamp::from_second(now.cast_signed()).unwrap_or_default();
    format!("{}: {line}", time.strftime("%Y-%m-%dT%H:%M:%S+00:00"))
}

/// The form of a worker id in a task id. Letters, digits, `_` and `.` stay. A `/` becomes `-`.
/// Every other byte becomes `\x` with two hexadecimal digits.
fn escape(worker_id: &str) -> String {
    let mut text = String::new();
    for byte in worker_id.bytes() {
        match byte {
            b'/' => text.push('-'),
            b'_' | b'.' => text.push(byte.into()),
            _ if byte.is_ascii_alphanumeric() => text.push(byte.into()),
            _ => text += &format!("\\x{byte:02x}"),
        }
    }
    text
}

/// Restores a worker id from the text that [`escape`] returns. Each `-` becomes `/`.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut parts = text.split("\\x");
    bytes.extend(parts.next().unwrap_or_default().replace('-', "/").bytes());
    for part in parts {
        let (digits, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        bytes.extend(u8::from_str_radix(digits, 16).ok());
        bytes.extend(rest.replace('-', "/").bytes());
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_id_is_escaped_in_a_task_id_as_recorded() {
        for (worker_id, in_upid) in
            [("ops-a::host/web1", r"ops\x2da\x3a\x3ahost-web1"), ("rec_a.b", "rec_a.b"), ("", "")]
        {
            assert_eq!(escape(worker_id), in_upid);
            assert_eq!(unescape(in_upid), worker_id);
        }
    }

    #[test]
    fn a_task_is_read_from_its_id() {
        let work: Work = Box::new(|_| Ok(0));
        let mut tasks = Tasks::default();
        let (worker_type, worker_id, auth_id) = ("create-datastore", "my-tank", "root@pam!admin");
        let first_lines = &[];
        let task = NewTask { worker_type, worker_id, first_lines, holds_locks: true, work };
        let started_task = tasks.start(task, auth_id, 0x6B08_7976);
        let task = Task::from_upid(&started_task.upid).unwrap();
        assert_eq!([&task.worker_type, &task.worker_id], [worker_type, worker_id]);
        assert_eq!(task.auth_id, auth_id);
        assert_eq!((task.start, task.process().0), (0x6B08_7976, "localhost"));
        assert!(task.was_started_by("root@pam") && !task.was_started_by("root@pam!other"));
        assert!(Task::from_upid("UPID:x").is_none());
    }
}
