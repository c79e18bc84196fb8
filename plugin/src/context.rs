//! The context of a call. The methods of resources, data sources, ephemeral resources, list
//! resources and actions receive it. It provides the client and the clock, and collects warnings.
//! It also stores a checkpoint: a state that is returned to Terraform even if the call fails later.

use crate::{
    clock::Clock,
    diagnostic::{Diagnostic, Result},
    ephemeral,
    schema::undeclared,
    typed,
    value::Value,
};
use parking_lot::Mutex;
use serde::Serialize;
use std::{sync::Arc, time::SystemTime};
use tokio::sync::watch;

/// Returns 128 random bits that are secure enough for secrets.
pub type Random = Arc<dyn Fn() -> u128 + Send + Sync>;

/// The parts of the context that all calls share. Tests supply their own clock and source of random
/// bits.
#[derive(Clone)]
pub struct Runtime {
    /// The clock.
    pub clock: Clock,
    /// The source of random bits.
    pub random: Random,
    /// Becomes `true` when Terraform asks the provider to stop.
    pub stop: watch::Receiver<bool>,
    /// The number of calls that are in progress and can send requests to the API.
    pub calls: watch::Receiver<usize>,
}

/// A state that is returned to Terraform even if the rest of the call fails.
pub(crate) enum Checkpoint {
    /// The object is complete. If the call creates the object, a later error is reported as a
    /// warning.
    Complete(Value),
    /// The object may exist but cannot be used. A later error stays an error. Core then taints the
    /// object if the call creates it.
    Tainted(Value),
}

/// The context of one call, for a provider whose client is a `C`.
pub struct Cx<C> {
    client: Result<Arc<C>>,
    runtime: Runtime,
    /// The planned state, if the call applies a plan. Otherwise null.
    planned: Value,
    diagnostics: Mutex<Vec<Diagnostic>>,
    checkpoint: Mutex<Option<Checkpoint>>,
    /// The private data of the object.
    private: Mutex<Vec<u8>>,
}

impl<C> Cx<C> {
    pub(crate) fn new(client: Result<Arc<C>>, runtime: Runtime) -> Self {
        Self {
            client,
            runtime,
            planned: Value::Null,
            diagnostics: Mutex::default(),
            checkpoint: Mutex::default(),
            private: Mutex::default(),
        }
    }

    pub(crate) fn with_planned(self, planned: Value) -> Self {
        Self { planned, ..self }
    }

    pub(crate) fn with_private(self, private: impl Into<Vec<u8>>) -> Self {
        Self { private: Mutex::new(private.into()), ..self }
    }

    /// The client.
    ///
    /// # Errors
    /// There is no client, for example because an argument of the provider block is missing or
    /// unknown. The error states the reason.
    pub fn client(&self) -> Result<&C> {
        self.client.as_deref().map_err(Clone::clone)
    }

    /// The current time.
    pub fn now(&self) -> SystemTime {
        self.runtime.clock.now()
    }

    /// 128 random bits that are secure enough for secrets.
    pub fn random(&self) -> u128 {
        (self.runtime.random)()
    }

    /// Whether Terraform has asked the provider to stop. Call this method before each request of a
    /// longer operation. Wait for the response to a request that was already sent, because its
    /// result would be lost otherwise.
    pub fn stopping(&self) -> bool {
        *self.runtime.stop.borrow()
    }

    /// Adds a diagnostic to the response. If the diagnostic is an error, it becomes a warning.
    pub fn warn(&self, warning: Diagnostic) {
        self.diagnostics.lock().push(warning.demoted());
    }

    /// Saves a state that is returned to Terraform even if the call fails later. If the call
    /// creates the object, a later error is reported as a warning, because an error would taint the
    /// new object.
    ///
    /// Some results cannot be read from the server again, for example a new secret. Call this
    /// method as soon as the server has returned such a result.
    ///
    /// # Errors
    /// The state cannot be encoded, which is a bug in the resource.
    pub fn checkpoint<S: Serialize>(&self, state: &S) -> Result<()> {
        self.checkpoint_value(typed::to_value(state)?);
        Ok(())
    }

    /// Like [`checkpoint`](Self::checkpoint), for a state that is already a [`Value`].
    pub fn checkpoint_value(&self, state: Value) {
        *self.checkpoint.lock() = Some(Checkpoint::Complete(state));
    }

    /// Saves the state of an object that may exist even if its creation fails. After a failure,
    /// core marks the object as tainted, and the next apply replaces it.
    ///
    /// # Errors
    /// The state cannot be encoded, which is a bug in the resource.
    pub fn checkpoint_tainted<S: Serialize>(&self, state: &S) -> Result<()> {
        self.checkpoint_tainted_value(typed::to_value(state)?);
        Ok(())
    }

    /// Like [`checkpoint_tainted`](Self::checkpoint_tainted), for a state that is already a
    /// [`Value`].
    pub fn checkpoint_tainted_value(&self, state: Value) {
        *self.checkpoint.lock() = Some(Checkpoint::Tainted(state));
    }

    /// Saves the private data of an ephemeral object that may exist even if `open` fails. After a
    /// failure, the plugin layer closes the object at the end of the run.
    ///
    /// # Errors
    /// The data cannot be encoded, which is a bug in the ephemeral resource.
    pub fn close_later<P: Serialize>(&self, private: &P) -> Result<()> {
        *self.private.lock() = ephemeral::encode_private(private)?;
        Ok(())
    }

    /// Whether the planned value of an attribute is unknown. If it is, `create` or `update`
    /// determines the value.
    ///
    /// # Errors
    /// The schema has no such attribute, which is a bug in the resource.
    pub fn unknown(&self, attribute: &str) -> Result<bool> {
        let value = self.planned.get(attribute).ok_or_else(|| undeclared(attribute))?;
        Ok(!value.wholly_known())
    }

    /// The private data of the object, which is empty for a new object. Terraform stores this data
    /// with the state in plain text, but does not display it. The data must not contain secrets.
    pub fn private(&self) -> Vec<u8> {
        self.private.lock().clone()
    }

    /// Replaces the private data.
    pub fn keep_private(&self, private: Vec<u8>) {
        *self.private.lock() = private;
    }

    pub(crate) fn take_diagnostics(&self) -> Vec<Diagnostic> {
        std::mem::take(&mut *self.diagnostics.lock())
    }

    pub(crate) fn take_checkpoint(&self) -> Option<Checkpoint> {
        self.checkpoint.lock().take()
    }
}
