//! What the test's provider acts upon: objects, a record of what was done to them, and a
//! gate at which work waits.

use crate::test_resource;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;
use tf_plugin::{Cx, Diagnostic, Result};
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;

/// Whatever takes longer than this has failed.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

pub(crate) struct World {
    done: watch::Sender<Vec<String>>,
    gate: Semaphore,
    things: Mutex<BTreeMap<String, test_resource::State>>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self { done: watch::Sender::default(), gate: Semaphore::new(0), things: Mutex::default() }
    }

    pub(crate) fn things(&self) -> MutexGuard<'_, BTreeMap<String, test_resource::State>> {
        self.things.lock().unwrap_or_else(|poison| poison.into_inner())
    }

    /// Puts something on record.
    pub(crate) fn did(&self, what: impl Into<String>) {
        self.done.send_modify(|done| done.push(what.into()));
    }

    pub(crate) fn record(&self) -> Vec<String> {
        self.done.borrow().clone()
    }

    pub(crate) fn has_done(&self, what: &str) -> bool {
        self.done.borrow().iter().any(|done| done == what)
    }

    /// Waits until this is on record.
    pub(crate) async fn until(&self, what: &str) {
        let mut done = self.done.subscribe();
        let done = done.wait_for(|done| done.iter().any(|done| done == what));
        let in_time = timeout(DEADLINE, done).await.map(|done| drop(done.unwrap()));
        in_time.unwrap_or_else(|_| panic!("never {what}: {:#?}", self.record()));
    }

    /// Lets everybody through who waits or will wait.
    pub(crate) fn open_gate(&self) {
        self.gate.add_permits(1000);
    }
}

/// Behaves in `step` as `behave` says, such as `create:panic read:fail`.
pub(crate) async fn behave(cx: &Cx<World>, behave: Option<&str>, step: &str) -> Result<()> {
    match wanted(behave, step) {
        Some("warn") => {
            cx.warn(Diagnostic::warning("Warned", format!("While in {step}.")));
            Ok(())
        }
        Some("wait") => {
            let world = cx.client()?;
            world.did(format!("waiting in {step}"));
            world.gate.acquire().await.expect("never closed").forget();
            Ok(())
        }
        other => misbehave(other, step),
    }
}

/// The same where there is nothing to wait with.
pub(crate) fn behave_now(behave: Option<&str>, step: &str) -> Result<()> {
    misbehave(wanted(behave, step), step)
}

fn misbehave(what: Option<&str>, step: &str) -> Result<()> {
    match what {
        Some("panic") => panic!("marker5ecret: {step} panics on purpose"),
        Some("fail") => Err(Diagnostic::failure(format!("On purpose, in {step}."))),
        None => Ok(()),
        Some(other) => unreachable!("{other} in {step}"),
    }
}

fn wanted<'a>(behave: Option<&'a str>, step: &str) -> Option<&'a str> {
    let mut steps = behave?.split(' ').filter_map(|step| step.split_once(':'));
    steps.find(|(name, _)| *name == step).map(|(_, what)| what)
}
