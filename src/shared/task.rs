//! What the actions that start a task have in common: they report the progress of the task, and
//! fail if the task fails.

use crate::pbs::{Client, TaskEnd, TaskStart, Upid};
use tf_plugin::{Cx, Diagnostic, Progress, Result};

/// How many lines of the log of a failed task an error contains.
const LOG_LINES: usize = 10;

/// Starts the task, and waits for its end.
pub(crate) async fn run(cx: &Cx<Client>, start: &TaskStart, progress: &Progress) -> Result<()> {
    let pbs = cx.client()?;
    let upid = match pbs.start_task(start).await {
        Ok(upid) => upid,
        Err(error) if error.response_lost() => {
            return Err(Diagnostic::error(
                "The task may have been started",
                format!(
                    "{error}. The provider has not found the task in the list of tasks, but PBS may \
                     still carry out the request. The provider does not repeat it, because the task \
                     would then run twice. Look at the tasks in the web interface of the server."
                ),
            ));
        }
        Err(error) if error.is_lock_timeout() => {
            return Err(Diagnostic::error(
                "The server is busy",
                format!(
                    "{error}. Another task holds the lock, for example another run of the same job. \
                     The task was not started. Wait for the end of the other task, and start the \
                     action again."
                ),
            ));
        }
        Err(error) => return Err(error.into()),
    };
    progress.say(format!("The server runs the task {upid}"));
    let end = match pbs.follow_task(&upid, |line| progress.say(line)).await {
        Ok(end) => end,
        Err(error) => return Err(continues(&upid, &error.to_string())),
    };
    let log = pbs.uncancellable().task_log(&upid, LOG_LINES).await.unwrap_or_default();
    match end {
        TaskEnd::Ok => Ok(()),
        TaskEnd::Warnings => {
            cx.warn(Diagnostic::warning(
                "The task ended with warnings",
                format!("The task is {upid}.{}", lines(&log)),
            ));
            Ok(())
        }
        TaskEnd::Failed(text) => Err(failed(&upid, text.trim_end_matches('.'), &log)),
        TaskEnd::Unknown => Err(failed(&upid, "PBS does not know how the task ended", &log)),
    }
}

/// The task has not ended, and the provider no longer waits for it.
fn continues(upid: &Upid, reason: &str) -> Diagnostic {
    Diagnostic::error(
        "The task continues on the server",
        format!("The provider does not wait for its end: {reason}. The task is {upid}."),
    )
}

fn failed(upid: &Upid, text: &str, log: &[String]) -> Diagnostic {
    Diagnostic::error("The task has failed", format!("{text}. The task is {upid}.{}", lines(log)))
}

fn lines(log: &[String]) -> String {
    match log {
        [] => String::new(),
        lines => format!("\n\nThe last lines of its log:\n\n  {}", lines.join("\n  ")),
    }
}
