//! The server that the test provider manages: its objects, a record of events, and a gate. A call
//! with the behaviour `wait` stops at the gate until the test opens the gate.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard},
    time::Duration,
};

use tf_plugin::{Cx, Diagnostic, Result};
use tokio::{
    sync::{Semaphore, watch},
    time::timeout,
};

use crate::test_resource;

/// How long a test waits for an event before it fails.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

pub(crate) struct Backend {
    /// The recorded actions of the provider, in order.
    events: watch::Sender<Vec<String>>,
    /// Has no permits until [`Backend::open_gate`] adds them.
    gate: Semaphore,
    /// The existing `test_thing` objects by name.
    objects: Mutex<BTreeMap<String, test_resource::State>>,
}

impl Backend {
    pub(crate) fn new() -> Self {
        Self {
            events: watch::Sender::default(),
            gate: Semaphore::new(0),
            objects: Mutex::default(),
        }
    }

    pub(crate) fn objects(&self) -> MutexGuard<'_, BTreeMap<String, test_resource::State>> {
        self.objects.lock().unwrap_or_else(|poison| poison.into_inner())
    }

    pub(crate) fn record(&self, event: impl Into<String>) {
        self.events.send_modify(|events| events.push(event.into()));
    }

    /// The events recorded so far.
    pub(crate) fn events(&self) -> Vec<String> {
        self.events.borrow().clone()
    }

    pub(crate) fn has_recorded(&self, event: &str) -> bool {
        self.events.borrow().iter().any(|recorded| recorded == event)
    }

    /// Waits until this event is recorded.
    pub(crate) async fn wait_for(&self, event: &str) {
        let mut events = self.events.subscribe();
        let recorded = events.wait_for(|events| events.iter().any(|recorded| recorded == event));
        let in_time = timeout(DEADLINE, recorded).await.map(|events| drop(events.unwrap()));
        in_time.unwrap_or_else(|_| panic!("{event} is not in {:#?}", self.events()));
    }

    /// Lets calls pass the gate. This applies to calls that wait at the gate, and to calls that
    /// reach the gate later.
    pub(crate) fn open_gate(&self) {
        self.gate.add_permits(1000);
    }
}

/// Does what the attribute `behave` lists for this step. For example, `create:panic read:fail`
/// panics in the step `create` and fails in the step `read`.
pub(crate) async fn behave(cx: &Cx<Backend>, behave: Option<&str>, step: &str) -> Result<()> {
    match behaviour(behave, step) {
        Some("warn") => {
            cx.warn(Diagnostic::warning("Warned", format!("While in {step}.")));
            Ok(())
        }
        Some("wait") => {
            let backend = cx.client()?;
            backend.record(format!("waiting in {step}"));
            backend.gate.acquire().await.expect("the gate is never closed").forget();
            Ok(())
        }
        other => misbehave(other, step),
    }
}

/// Like [`behave`], for hooks that are not asynchronous and therefore cannot wait.
pub(crate) fn behave_now(behave: Option<&str>, step: &str) -> Result<()> {
    misbehave(behaviour(behave, step), step)
}

fn misbehave(behaviour: Option<&str>, step: &str) -> Result<()> {
    match behaviour {
        Some("panic") => panic!("marker5ecret: {step} panics on purpose"),
        Some("fail") => Err(Diagnostic::failure(format!("On purpose, in {step}."))),
        None => Ok(()),
        Some(other) => unreachable!("{other} in {step}"),
    }
}

fn behaviour<'a>(behave: Option<&'a str>, step: &str) -> Option<&'a str> {
    let mut steps = behave?.split(' ').filter_map(|step| step.split_once(':'));
    steps.find(|(name, _)| *name == step).map(|(_, behaviour)| behaviour)
}
