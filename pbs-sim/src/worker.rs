//! Carries out the work of tasks, with the duration and the outcome that a test has chosen.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::sleep;

use crate::{
    clock::Clock,
    locks::LockGuard,
    task_rule::{TaskOutcome, TaskRules},
    tasks::{Progress, Signal, StartedTask, exit_status},
    world::World,
};

/// Runs the tasks of a server.
pub(crate) struct Worker {
    pub(crate) world: Arc<Mutex<World>>,
    pub(crate) clock: Arc<Clock>,
    pub(crate) rules: Mutex<TaskRules>,
    /// See [`Settings::task_duration`](crate::Settings::task_duration).
    pub(crate) duration: Duration,
}

/// The error with which PBS ends a task that a client has stopped (recorded).
fn abort_error(worker_type: &str) -> String {
    match worker_type {
        "sync" | "syncjob" => "sync aborted".into(),
        "garbage_collection" => {
            "marking used chunks failed: abort requested - aborting task".into()
        }
        _ => "abort requested - aborting task".into(),
    }
}

/// Whether PBS sends a notification when a task of this type ends. The log of such a task contains
/// a line about the notification (recorded).
fn sends_notification(worker_type: &str) -> bool {
    ["garbage_collection", "prunejob", "syncjob", "verificationjob"].contains(&worker_type)
}

impl Worker {
    /// Carries out a task. If tasks have no duration and the task does not hang, the task ends
    /// before this function returns. `locks` are the locks of the request that has started the
    /// task.
    pub(crate) fn run(&self, task: StartedTask, locks: Vec<LockGuard>) {
        let mut rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        let outcome = rules.outcome_of(&task.worker_type, &task.worker_id);
        let hangs = outcome == Some(TaskOutcome::Hangs);
        let (world, clock, duration) = (self.world.clone(), self.clock.clone(), self.duration);
        if duration.is_zero() && !hangs {
            end(&world, &clock, task, outcome);
            return;
        }
        let locks = if task.holds_locks { locks } else { Vec::new() };
        tokio::spawn(async move {
            let mut signals = task.signal.clone();
            let next_signal = signals.wait_for(|signal| *signal != Signal::Wait);
            let signal = match hangs {
                true => next_signal.await.map_or(Signal::Abort, |signal| *signal),
                false => tokio::select! {
                    signal = next_signal => signal.map_or(Signal::Abort, |signal| *signal),
                    () = sleep(duration) => Signal::Continue,
                },
            };
            let outcome = match signal {
                Signal::Abort => Some(TaskOutcome::Fails(abort_error(&task.worker_type))),
                _ => outcome,
            };
            end(&world, &clock, task, outcome);
            drop(locks);
        });
    }
}

/// Does the work of a task, unless the outcome prevents the work. Then ends the task.
fn end(world: &Mutex<World>, clock: &Clock, task: StartedTask, outcome: Option<TaskOutcome>) {
    let world = &mut *world.lock().unwrap_or_else(PoisonError::into_inner);
    let mut log = Vec::new();
    let upid = &task.upid;
    let work = |world: &mut World| (task.work)(&mut Progress { world, log: &mut log, upid });
    let result = match outcome {
        None | Some(TaskOutcome::Hangs) => work(world),
        Some(TaskOutcome::Fails(error)) => Err(error),
        Some(TaskOutcome::Warns(count)) => work(world).map(|_| count),
        Some(TaskOutcome::FailsAfterwards(error)) => work(world).and(Err(error)),
        Some(TaskOutcome::SucceedsWithoutEffect) => Ok(0),
        Some(TaskOutcome::Unknown) => Err("unknown".into()),
    };
    if sends_notification(&task.worker_type) {
        log.push(format!("queued notification (id={})", world.random.uuid()));
    }
    world.tasks.end(upid, &log, &exit_status(result), clock.now().as_secs());
}
