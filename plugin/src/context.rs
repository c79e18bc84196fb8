//! What a resource is given beside its own values: the client, the clock, a place
//! for warnings and for the state that must not be lost.

use super::{
    diagnostic::{Diagnostic, Result},
    typed,
    value::Value,
};
use parking_lot::Mutex;
use serde::Serialize;
use std::{sync::Arc, time::SystemTime};
use tokio::sync::watch;

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// Gives bits that nobody can guess.
pub type Random = Arc<dyn Fn() -> u128 + Send + Sync>;

/// What does not change between calls: handed in from outside, so that tests
/// can hold the clock.
#[derive(Clone)]
pub struct Runtime {
    /// The clock.
    pub clock: Clock,
    /// Bits that nobody can guess.
    pub random: Random,
    /// Turns true when Terraform asks to stop.
    pub stop: watch::Receiver<bool>,
}

/// A state that the server returns to Terraform even if the rest of the call fails.
pub(super) enum Checkpoint {
    /// The object is complete: an error after this point is reported as a warning.
    Complete(Value),
    /// The object exists but is unusable: the error stays an error, so that core taints it.
    Tainted(Value),
}

/// The context of one call, for a provider whose client is a `C`.
pub struct Cx<C> {
    client: Result<Arc<C>>,
    runtime: Runtime,
    planned: Value,
    said: Mutex<Vec<Diagnostic>>,
    checkpoint: Mutex<Option<Checkpoint>>,
    private: Mutex<Vec<u8>>,
}

impl<C> Cx<C> {
    pub(super) fn new(client: Result<Arc<C>>, runtime: Runtime) -> Self {
        Self {
            client,
            runtime,
            planned: Value::Null,
            said: Mutex::default(),
            checkpoint: Mutex::default(),
            private: Mutex::default(),
        }
    }

    pub(super) fn with_planned(self, planned: Value) -> Self {
        Self { planned, ..self }
    }

    pub(super) fn with_private(self, private: impl Into<Vec<u8>>) -> Self {
        Self { private: Mutex::new(private.into()), ..self }
    }

    /// The client.
    ///
    /// # Errors
    /// When the provider could not make one: the error names the argument that
    /// is missing or not known yet.
    pub fn client(&self) -> Result<&C> {
        self.client.as_deref().map_err(Clone::clone)
    }

    /// The time now.
    pub fn now(&self) -> SystemTime {
        (self.runtime.clock)()
    }

    /// Bits that nobody can guess.
    pub fn random(&self) -> u128 {
        (self.runtime.random)()
    }

    /// Whether Terraform has asked to stop. Asked before something is begun,
    /// never to drop what is under way.
    pub fn stopping(&self) -> bool {
        *self.runtime.stop.borrow()
    }

    /// Tells the practitioner something that is not an error.
    pub fn warn(&self, warning: Diagnostic) {
        self.said.lock().push(warning.demoted());
    }

    /// Puts a state where nothing can lose it: from here on it goes back to
    /// Terraform, whatever happens later in the call. To be called directly
    /// after something was made that cannot be asked for again.
    ///
    /// # Errors
    /// When the state cannot be encoded: a mistake of the resource.
    pub fn checkpoint<S: Serialize>(&self, state: &S) -> Result<()> {
        let state = typed::to_value(state)?;
        *self.checkpoint.lock() = Some(Checkpoint::Complete(state));
        Ok(())
    }

    /// Puts the state of something that exists although the call fails, so that
    /// Terraform knows of it: what was being created is tainted, and the next apply
    /// replaces it.
    ///
    /// # Errors
    /// When the state cannot be encoded: a mistake of the resource.
    pub fn checkpoint_tainted<S: Serialize>(&self, state: &S) -> Result<()> {
        let state = typed::to_value(state)?;
        *self.checkpoint.lock() = Some(Checkpoint::Tainted(state));
        Ok(())
    }

    /// Puts what `close` needs to know of something that opening has made although it fails:
    /// the provider closes it at the end of the run.
    ///
    /// # Errors
    /// When it cannot be encoded: a mistake of the ephemeral resource.
    pub fn close_later<P: Serialize>(&self, private: &P) -> Result<()> {
        *self.private.lock() = super::ephemeral::pack(private)?;
        Ok(())
    }

    /// Whether the plan left this attribute to apply.
    pub fn unknown(&self, attribute: &str) -> bool {
        self.planned.get(attribute).is_some_and(|value| !value.wholly_known())
    }

    /// What the provider keeps beside the state, unseen by the practitioner.
    /// Empty at first. Not for secrets: it is stored in clear.
    pub fn private(&self) -> Vec<u8> {
        self.private.lock().clone()
    }

    /// Replaces what is kept beside the state.
    pub fn keep_private(&self, private: Vec<u8>) {
        *self.private.lock() = private;
    }

    pub(super) fn take_diagnostics(&self) -> Vec<Diagnostic> {
        std::mem::take(&mut *self.said.lock())
    }

    pub(super) fn take_checkpoint(&self) -> Option<Checkpoint> {
        self.checkpoint.lock().take()
    }
}
