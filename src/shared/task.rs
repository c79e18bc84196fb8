//! What the actions that start a task have in common: they report the progress of the task, and
//! fail if the task fails.

use crate::pbs::{Client, TaskEnd, TaskStart, Upid};
use tf_plugin::{Cx, Diagnostic, Progress, Result};

/// The number of lines from the end of a log that a diagnostic contains. The diagnostic also
/// contains at most this number of earlier lines that report an error.
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
                     still carry out the request. The provider does not repeat the request, because \
                     the task could then run twice. Look at the tasks in the web interface of the \
                     server."
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
    let failure = match end {
        TaskEnd::Ok => return Ok(()),
        TaskEnd::Warnings => None,
        TaskEnd::Failed(text) => Some(text),
        TaskEnd::Unknown => Some("PBS does not know how the task ended".to_owned()),
    };
    let log = pbs.uncancellable().task_log(&upid).await.unwrap_or_default();
    let task = format!("The task is {upid}.{}", excerpt(&log));
    match failure {
        Some(text) => Err(Diagnostic::error(
            "The task has failed",
            format!("{}. {task}", text.trim_end_matches('.')),
        )),
        None => {
            cx.warn(Diagnostic::warning("The task ended with warnings", task));
            Ok(())
        }
    }
}

/// The error for a task that has not ended although the provider no longer waits for it.
fn continues(upid: &Upid, reason: &str) -> Diagnostic {
    Diagnostic::error(
        "The task continues on the server",
        format!("The provider no longer waits for the task {upid}: {reason}."),
    )
}

/// The end of a log as a paragraph, after the earlier lines that report an error. A sync job, for
/// example, names a snapshot that it could not copy, and then continues with the next group. If the
/// log is empty, the result is empty.
pub(crate) fn excerpt(log: &[String]) -> String {
    let reports_error = |line: &&String| {
        let line = line.to_lowercase();
        line.contains("error") || line.contains("fail")
    };
    let (earlier, last) = log.split_at(log.len().saturating_sub(LOG_LINES));
    let lines: Vec<_> = earlier.iter().filter(reports_error).take(LOG_LINES).chain(last).collect();
    let heading = match lines.len() > last.len() {
        true => "Lines of its log that report errors, and its last lines:",
        false => "The last lines of its log:",
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
            excerpt(&log).starts_with("\n\nThe last lines of its log:\n\n  line 20\n  line 21\n")
        );
        log[3] = "[host/bad1]: sync group host/bad1 failed - 2026-11-21T03:00:00Z".into();
        let text = excerpt(&log);
        assert!(
            text.contains("its last lines:\n\n  [host/bad1]: sync group host/bad1 failed"),
            "{text}"
        );
        assert!(text.ends_with("line 29") && !text.contains("line 19"), "{text}");
        log.fill("an error".into());
        assert_eq!(excerpt(&log).matches("an error").count(), 20);
    }
}
