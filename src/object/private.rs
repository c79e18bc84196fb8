//! The private data of a configuration object, which Terraform stores with its state.

use crate::pbs::{Client, Upid};
use serde::{Deserialize, Serialize};
use tf_plugin::Cx;

/// The data that the provider has to remember about an object, and that the state cannot contain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Private {
    /// The names of the attributes of [`Field::left_alone`](super::Field::left_alone) that the last
    /// applied configuration has set.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) configured: Vec<String>,
    /// The names of such attributes that the planned configuration sets. A successful apply moves
    /// them to `configured`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) planned: Option<Vec<String>>,
    /// The task that creates the object, if it may still be running.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) task: Option<String>,
}

impl Private {
    /// The private data of the object.
    pub(super) fn of(cx: &Cx<Client>) -> Self {
        serde_json::from_slice(&cx.private()).unwrap_or_default()
    }

    /// Replaces the private data of the object.
    pub(super) fn store(&self, cx: &Cx<Client>) {
        let data = match *self == Self::default() {
            true => Vec::new(),
            // This cannot fail, because the data consists of texts.
            false => serde_json::to_vec(self).unwrap_or_default(),
        };
        cx.keep_private(data);
    }

    /// Records that the planned configuration has been applied.
    pub(super) fn applied(cx: &Cx<Client>) {
        let mut private = Self::of(cx);
        private.configured = private.planned.take().unwrap_or_default();
        private.store(cx);
    }

    /// Records that the planned configuration may have been applied. If the server stored a value
    /// that is not recorded here, the provider would never remove the value.
    pub(super) fn maybe_applied(cx: &Cx<Client>) {
        let mut private = Self::of(cx);
        let planned = private.planned.take().unwrap_or_default();
        private.configured.extend(planned);
        private.configured.sort();
        private.configured.dedup();
        private.store(cx);
    }

    /// Records the task that creates the object. `None` means that the task has ended.
    pub(super) fn record_task(cx: &Cx<Client>, task: Option<&Upid>) {
        let task = task.map(|task| task.as_str().to_owned());
        Self { task, ..Self::of(cx) }.store(cx);
    }

    /// The task that creates the object, if it may still be running.
    pub(super) fn running_task(cx: &Cx<Client>) -> Option<Upid> {
        Self::of(cx).task?.parse().ok()
    }
}
