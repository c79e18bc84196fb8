//! The shared lists of configuration objects.

use super::{Kind, Record, kind::Key, record::Received};
use crate::pbs::{
    Client, Result,
    http::Call,
    snapshot::{Area, MAX_AGE, Snapshot},
};
use parking_lot::Mutex;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

/// The objects of a kind by their ids.
type Records = BTreeMap<String, Arc<Record>>;

/// The latest list of each kind.
#[derive(Default)]
pub(in crate::pbs) struct ObjectLists(Mutex<Lists>);

#[derive(Default)]
struct Lists {
    /// By the noun of the kind.
    snapshots: BTreeMap<&'static str, Arc<Snapshot<Records>>>,
    /// The nouns of the kinds that the caller is not allowed to list. PBS delays this refusal by
    /// half a second, so the list is requested only once.
    denied: BTreeSet<&'static str>,
    /// The nouns and ids of the objects that the present run is going to create.
    planned: BTreeSet<(&'static str, String)>,
}

impl Client {
    /// All objects of a kind that PBS shows to the caller, by their ids.
    ///
    /// # Errors
    /// The request fails, or the caller lacks the privilege to list the objects.
    pub async fn objects(&self, kind: &'static Kind) -> Result<Arc<BTreeMap<String, Arc<Record>>>> {
        self.recent_objects(kind, MAX_AGE).await
    }

    async fn recent_objects(&self, kind: &'static Kind, age: Duration) -> Result<Arc<Records>> {
        let lists = &self.shared.lists;
        let snapshot = {
            let mut lists = lists.objects.0.lock();
            Arc::clone(lists.snapshots.entry(kind.noun).or_default())
        };
        let client = self.clone();
        let fetch = || async move {
            let mut call = Call::get(kind.collection()).waits_for_locks();
            for (name, value) in kind.list_query {
                call = call.query(name, *value);
            }
            let records: Vec<Received> = client.send(call).await?;
            let indexed = records.into_iter().filter_map(|Received(record)| {
                let Key::Property(key) = kind.key else { return None };
                let id = record.get(key)?.as_text()?.to_owned();
                Some((id, Arc::new(record)))
            });
            Ok(indexed.collect())
        };
        snapshot.read_recent(age, &lists.epochs, &[Area::File(kind.file)], fetch).await
    }

    /// The object in the shared list. `None` if the list does not contain it, or if the caller is
    /// not allowed to list the objects.
    pub(super) async fn listed(
        &self,
        kind: &'static Kind,
        id: &str,
    ) -> Result<Option<Arc<Record>>> {
        let denied = |lists: &Lists| lists.denied.contains(kind.noun);
        if kind.is_singleton() || denied(&self.shared.lists.objects.0.lock()) {
            return Ok(None);
        }
        match self.objects(kind).await {
            Ok(records) => Ok(records.get(id).cloned()),
            Err(error) if error.is_permission_denied() => {
                self.shared.lists.objects.0.lock().denied.insert(kind.noun);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Records that the present run is going to create the object.
    pub fn plan_object(&self, kind: &'static Kind, id: &str) {
        self.shared.lists.objects.0.lock().planned.insert((kind.noun, id.to_owned()));
    }

    /// Whether the present run has planned to create the object.
    #[must_use]
    pub fn has_planned_object(&self, kind: &'static Kind, id: &str) -> bool {
        self.shared.lists.objects.0.lock().planned.contains(&(kind.noun, id.to_owned()))
    }

    /// Whether the object did not exist a moment ago. The creations of many objects share one list,
    /// which is at most five seconds old. If the list contains the object or cannot be read, the
    /// object itself is requested.
    ///
    /// # Errors
    /// As for [`object`](Self::object).
    pub async fn object_was_absent(&self, kind: &'static Kind, id: &str) -> Result<bool> {
        const RECENT: Duration = Duration::from_secs(5);
        match self.recent_objects(kind, RECENT).await {
            Ok(records) if !records.contains_key(id) => Ok(true),
            _ => Ok(self.current_object(kind, id).await?.is_none()),
        }
    }
}
