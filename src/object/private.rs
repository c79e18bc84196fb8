//! The private data of a configuration object. Terraform stores private data in its state file, but
//! does not show it.

use crate::pbs::{Client, Upid};
use serde::{Deserialize, Serialize};
use tf_plugin::Cx;

/// The facts that the provider must remember about an object, and for which the state has no
/// attributes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct PrivateData {
    /// The attributes that the last applied configuration has set. The list contains only names of
    /// attributes with [`Field::left_alone`](super::Field::left_alone).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) configured: Vec<String>,
    /// The attributes that the planned configuration sets. The list contains only names of
    /// attributes with [`Field::left_alone`](super::Field::left_alone). After a successful apply,
    /// `configured` contains these names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) planned: Option<Vec<String>>,
    /// The id of the task that creates the object, if the task may still be running.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) task: Option<String>,
}

impl PrivateData {
    /// The private data of the object.
    pub(super) fn of(cx: &Cx<Client>) -> Self {
        serde_json::from_slice(&cx.private()).unwrap_or_default()
    }

    /// Replaces the private data of the object.
    pub(super) fn store(&self, cx: &Cx<Client>) {
        let data = match *self == Self::default() {
            true => Vec::new(),
            // The conversion cannot fail, because the data consists of texts.
            false => serde_json::to_vec(self).unwrap_or_default(),
        };
        cx.keep_private(data);
    }

    /// Records that the planned configuration has been applied.
    pub(super) fn record_applied(cx: &Cx<Client>) {
        let mut private = Self::of(cx);
        private.configured = private.planned.take().unwrap_or_default();
        private.store(cx);
    }

    /// Records that the planned configuration may have been applied, and keeps the names from the
    /// last applied configuration. If the server has stored the value of an attribute that is
    /// missing in `configured`, the provider will never remove the value.
    pub(super) fn record_maybe_applied(cx: &Cx<Client>) {
        let mut private = Self::of(cx);
        let planned = private.planned.take().unwrap_or_default();
        private.configured.extend(planned);
        private.configured.sort();
        private.configured.dedup();
        private.store(cx);
    }

    /// Records the task that creates the object. If `task` is `None`, removes the record of the
    /// task.
    pub(super) fn record_task(cx: &Cx<Client>, task: Option<&Upid>) {
        let task = task.map(|task| task.as_str().to_owned());
        Self { task, ..Self::of(cx) }.store(cx);
    }

    /// The task that creates the object, if the task may still be running.
    pub(super) fn running_task(cx: &Cx<Client>) -> Option<Upid> {
        Self::of(cx).task?.parse().ok()
    }
}
