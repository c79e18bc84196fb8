//! Runs a task of the server for an action. The action reports the progress of the task, and fails
//! if the task fails.

use crate::pbs::{Client, TaskEnd, TaskStart, Upid};
use tf_plugin::{Cx, Diagnostic, Progress, Result};

/// The largest number of lines from the end of a log that a diagnostic contains. In addition, the
/// diagnostic contains at most this number of earlier lines that report an error.
const LOG_LINES: usize = 10;

/// Starts the task, reports its progress, and waits for its end. Fails if the task fails.
pub(crate) async fn run(cx: &Cx<Client>, start: &TaskStart, progress: &Progress) -> Result<()> {
    let pbs = cx.client()?;
    let upid = match pbs.start_task(start).await {
        Ok(upid) => upid,
        Err(error) if error.response_lost() => {
            return Err(Diagnostic::error(
                "The task may have been started",
                format!(
                    "{error}. The provider has not found the task in the list of tasks, but PBS \
                     may still carry out the request. The provider does not repeat the request, \
                     because the task could then run twice. Check in the web interface of the \
                     server whether the task runs."
                ),
            ));
        }
        Err(error) if error.is_lock_timeout() => {
            return Err(Diagnostic::error(
                "The server is busy",
                format!(
                    "{error}. Another task holds the lock that this task needs. The other task can \
                     be, for example, another run of the same job. The task was not started. Wait \
                     for the end of the other task, and start the action again."
                ),
            ));
        }
        Err(error) => return Err(error.into()),
    };
    progress.say(format!("The server runs the task {upid}"));
    let end = match pbs.follow_task(&upid, |line| progress.say(line)).await {
        Ok(end) => end,
        Err(error) => return Err(task_continues(&upid, &error.to_string())),
    };
    let failure = match end {
        TaskEnd::Ok => return Ok(()),
        TaskEnd::Warnings => None,
        TaskEnd::Failed(text) => Some(text),
        TaskEnd::Unknown => Some("PBS does not know how the task ended".to_owned()),
    };
    let log = pbs.uncancellable().task_log(&upid).await.unwrap_or_default();
    let description = format!("The task is {upid}.{}", excerpt(&log));
    match failure {
        Some(text) => Err(Diagnostic::error(
            "The task has failed",
            format!("{}. {description}", text.trim_end_matches('.')),
        )),
        None => {
            cx.warn(Diagnostic::warning("The task ended with warnings", description));
            Ok(())
        }
    }
}

/// The error if the provider stops waiting for a task that has not ended. `reason` says why the
/// provider stops waiting.
fn task_continues(upid: &Upid, reason: &str) -> Diagnostic {
    Diagnostic::error(
        "The task continues on the server",
        format!("The provider no longer waits for the task {upid}: {reason}."),
    )
}

/// A paragraph with the last lines of a log. If earlier lines report an error, the paragraph begins
/// with these earlier lines, because a task can continue after an error. A sync job, for example,
/// reports a snapshot that it could not copy, and then continues with the next group. If the log is
/// empty, the result is empty.
pub(crate) fn excerpt(log: &[String]) -> String {
    let reports_error = |line: &&String| {
        let line = line.to_lowercase();
        line.contains("error") || line.contains("fail")
    };
    let (earlier, last) = log.split_at(log.len().saturating_sub(LOG_LINES));
    let lines: Vec<_> = earlier.iter().filter(reports_error).take(LOG_LINES).chain(last).collect();
    let heading = match lines.len() > last.len() {
        true => "Lines of the task's log that report errors, and the last lines of the log:",
        false => "The last lines of the task's log:",
    };
    match lines.is_empty() {
        true => String::new(),
        false => lines.iter().fold(format!("\n\n{heading}\n"), |text, line| text + "\n  " + line),
    }
}

#[cfg(test)]
mod tests {
    use super::excerpt;

    #[test]
    fn an_excerpt_contains_the_last_lines_and_the_earlier_errors() {
        let mut log: Vec<_> = (0..30).map(|line| format!("line {line}")).collect();
        assert_eq!(excerpt(&[]), "");
        assert!(
            excerpt(&log)
                .starts_with("\n\nThe last lines of the task's log:\n\n  line 20\n  line 21\n")
        );
        log[3] = "[host/bad1]: sync group host/bad1 failed - 2026-11-21T03:00:00Z".into();
        let text = excerpt(&log);
        assert!(
            text.contains(
                "the last lines of the log:\n\n  [host/bad1]: sync group host/bad1 failed"
            ),
            "{text}"
        );
        assert!(text.ends_with("line 29") && !text.contains("line 19"), "{text}");
        log.fill("an error".into());
        assert_eq!(excerpt(&log).matches("an error").count(), 20);
    }
}
