//! Notices that two resources of a run concern the same object.
//!
//! If a resource is renamed without a `moved` block, a run deletes the object at the old resource
//! address and creates it at the new resource address. Core treats the two resources as
//! independent. Core therefore deletes and creates the object at the same time or in any order. If
//! two resources declare the same object, core asks the provider to create the object twice.

use crate::{clock::Clock, diagnostic::Diagnostic, proto::tfplugin6 as proto, value::Value};
use parking_lot::Mutex;
use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};
use tokio::sync::watch;

/// How long a creation waits for a deletion to begin. Core begins all independent operations at
/// about the same time, unless there are more operations than `-parallelism` allows.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// An object: the full name of its type, and its encoded identity.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(in crate::server) struct Object {
    type_name: String,
    identity: Vec<u8>,
}

impl Object {
    /// The object with this type and this identity. `None` if the identity is not known.
    pub(super) fn new(
        type_name: &str,
        identity: Option<&proto::ResourceIdentityData>,
    ) -> Option<Self> {
        let identity = identity?.identity_data.as_ref()?.msgpack.to_vec();
        Some(Self { type_name: type_name.to_owned(), identity })
    }
}

/// The deletions and creations that core has planned in this run, or that have begun in this run.
#[derive(Default)]
pub(in crate::server) struct Renames {
    planned_deletions: Mutex<HashSet<Object>>,
    planned_creations: Mutex<HashSet<Object>>,
    /// The objects whose deletion has begun, and whether the deletion has ended.
    deletions: watch::Sender<HashMap<Object, bool>>,
    /// The objects whose creation has begun, and has not failed.
    creations: Mutex<HashSet<Object>>,
}

impl Renames {
    /// Records that core plans to delete the object. Returns a warning if core also plans to create
    /// the object at another resource address.
    pub(super) fn plan_deletion(&self, object: Object, identity: &Value) -> Option<Diagnostic> {
        let is_created = self.planned_creations.lock().contains(&object);
        let warning = is_created.then(|| rename_warning(&object.type_name, identity));
        self.planned_deletions.lock().insert(object);
        warning
    }

    /// Records that core plans to create the object. Returns a warning if core also plans to delete
    /// the object at another resource address. A replacement causes no warning, because core does
    /// not plan the deletion of the replaced object separately.
    pub(super) fn plan_creation(&self, object: Object, identity: &Value) -> Option<Diagnostic> {
        let is_deleted = self.planned_deletions.lock().contains(&object);
        let warning = is_deleted.then(|| rename_warning(&object.type_name, identity));
        self.planned_creations.lock().insert(object);
        warning
    }

    /// Forgets that core plans to delete or create the object, because core now applies its plan.
    pub(super) fn forget_plans(&self, object: &Object) {
        self.planned_deletions.lock().remove(object);
        self.planned_creations.lock().remove(object);
    }

    /// Forgets the plans and the creations of the previous run. Only a provider in debug mode
    /// serves more than one run.
    pub(in crate::server) fn begin_run(&self) {
        self.planned_deletions.lock().clear();
        self.planned_creations.lock().clear();
        self.creations.lock().clear();
    }

    /// Records that the creation of the object has begun. Returns false if another resource has
    /// already created the object in this run, or is creating the object.
    pub(super) fn begin_creation(&self, object: &Object) -> bool {
        self.creations.lock().insert(object.clone())
    }

    /// Records that the creation of the object has failed.
    pub(super) fn creation_failed(&self, object: &Object) {
        self.creations.lock().remove(object);
    }

    /// Records that the deletion of the object has begun. When the returned value is dropped,
    /// records that the deletion has ended.
    pub(super) fn begin_deletion(&self, object: Object) -> Deletion<'_> {
        self.creations.lock().remove(&object);
        self.set_ended(&object, false);
        Deletion { renames: self, object }
    }

    fn set_ended(&self, object: &Object, ended: bool) {
        self.deletions.send_modify(|deletions| {
            deletions.insert(object.clone(), ended);
        });
    }

    /// Waits for the end of a deletion of this object. Returns false if no deletion begins in time,
    /// or if core asks the provider to stop.
    pub(super) async fn wait_for_deletion(
        &self,
        object: &Object,
        clock: &Clock,
        mut stop: watch::Receiver<bool>,
    ) -> bool {
        let mut deletions = self.deletions.subscribe();
        let deletion = async {
            let has_begun = tokio::select! {
                biased;
                begun = deletions.wait_for(|deletions| deletions.contains_key(object)) => begun.is_ok(),
                () = clock.sleep(LONGEST_WAIT) => false,
            };
            let has_ended =
                |deletions: &HashMap<Object, bool>| deletions.get(object) == Some(&true);
            has_begun && deletions.wait_for(has_ended).await.is_ok()
        };
        tokio::select! {
            ended = deletion => ended,
            Ok(_) = stop.wait_for(|stop| *stop) => false,
        }
    }
}

/// A deletion that is running.
pub(super) struct Deletion<'a> {
    renames: &'a Renames,
    object: Object,
}

impl Drop for Deletion<'_> {
    fn drop(&mut self) {
        self.renames.set_ended(&self.object, true);
    }
}

/// The error for a resource whose object another resource has created in the same run.
pub(super) fn declared_twice(type_name: &str, identity: &Value) -> Diagnostic {
    Diagnostic::error(
        format!("Another {type_name} declares the same object"),
        format!(
            "Two resources of the configuration declare the object with {}. The other resource has \
             created the object in this run, so nothing was done for this resource. Remove this \
             resource, or change these arguments.",
            arguments(identity)
        ),
    )
}

/// The identity as a list of arguments.
fn arguments(identity: &Value) -> String {
    let attributes = identity.as_map().into_iter().flatten();
    let attributes = attributes.filter_map(|(name, value)| Some((name, value.as_str()?)));
    let attributes: Vec<_> =
        attributes.map(|(name, value)| format!("{name} = \"{value}\"")).collect();
    attributes.join(", ")
}

/// The warning for an object that a run deletes at one address and creates at another address.
fn rename_warning(type_name: &str, identity: &Value) -> Diagnostic {
    Diagnostic::warning(
        format!("The plan deletes and creates the same {type_name}"),
        format!(
            "The plan deletes the object with {} at one address and creates it at another address. \
             If the server computes values of the object, for example a secret, the new object has \
             other values. If you have renamed the resource, changed its key, or moved it into \
             a module, add a `moved` block. The object then stays as it is.\n\n  moved {{\n    \
             from = {type_name}.OLD_NAME\n    to   = {type_name}.NEW_NAME\n  }}",
            arguments(identity)
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(name: &str) -> Object {
        Object { type_name: "test_thing".to_owned(), identity: name.as_bytes().to_vec() }
    }

    /// A clock. If `waits_end` is true, each wait ends at once. Otherwise, no wait ends.
    fn clock(waits_end: bool) -> Clock {
        Clock::system().with_sleep(move |_| async move {
            if !waits_end {
                std::future::pending::<()>().await;
            }
        })
    }

    #[tokio::test]
    async fn the_wait_for_a_deletion_ends_when_the_deletion_ends() {
        let (renames, (stop, stopped)) = (Renames::default(), watch::channel(false));
        let wait = |name, waits_end| {
            let (renames, stopped) = (&renames, stopped.clone());
            async move { renames.wait_for_deletion(&object(name), &clock(waits_end), stopped).await }
        };
        assert!(!wait("a", true).await, "no deletion has begun");
        let deletion = renames.begin_deletion(object("a"));
        assert!(!wait("b", true).await, "another object is being deleted");
        // The time limit applies only until the deletion begins, and not to its duration.
        let (ended, ()) = tokio::join!(wait("a", true), async {
            tokio::task::yield_now().await;
            drop(deletion);
        });
        assert!(ended, "the deletion has ended");
        assert!(wait("a", false).await, "the deletion has ended before");
        let (ended, ()) = tokio::join!(wait("b", false), async {
            tokio::task::yield_now().await;
            drop(renames.begin_deletion(object("b")));
        });
        assert!(ended, "the deletion has begun during the wait");
        stop.send_replace(true);
        assert!(!wait("c", false).await, "the run was asked to stop");
    }
}
