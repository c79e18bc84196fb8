//! The lists of configuration objects that the client reads once and then uses for many objects.

use super::{Kind, Record, kind::Key, record::ReceivedRecord};
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

/// The objects of one kind, by their ids.
type Records = BTreeMap<String, Arc<Record>>;

/// The latest list of each kind, and what the client remembers about the objects.
#[derive(Default)]
pub(in crate::pbs) struct ObjectLists(Mutex<Lists>);

#[derive(Default)]
struct Lists {
    /// The latest list of each kind, by the noun of the kind.
    snapshots: BTreeMap<&'static str, Arc<Snapshot<Records>>>,
    /// The nouns of the kinds that the caller is not allowed to list. PBS waits half a second
    /// before it refuses the request, so the client requests such a list only once.
    denied: BTreeSet<&'static str>,
    /// The nouns and ids of the objects whose creation was planned in the present run.
    planned: BTreeSet<(&'static str, String)>,
}

impl Client {
    /// All objects of this kind that the caller is allowed to see, by their ids.
    ///
    /// # Errors
    /// The request fails, or the caller lacks the privilege to list the objects.
    pub async fn objects(&self, kind: &'static Kind) -> Result<Arc<BTreeMap<String, Arc<Record>>>> {
        self.recent_objects(kind, MAX_AGE).await
    }

    /// All objects of this kind that the caller is allowed to see, from a list that was requested
    /// at most `max_age` ago.
    async fn recent_objects(&self, kind: &'static Kind, max_age: Duration) -> Result<Arc<Records>> {
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
            let records: Vec<ReceivedRecord> = client.send(call).await?;
            let records_by_id = records.into_iter().filter_map(|ReceivedRecord(record)| {
                let Key::Property(key) = kind.key else { return None };
                let id = record.get(key)?.as_text()?.to_owned();
                Some((id, Arc::new(record)))
            });
            Ok(records_by_id.collect())
        };
        snapshot.read_recent(max_age, &lists.epochs, &[Area::File(kind.file)], fetch).await
    }

    /// The object with this id in the shared list. `None` if the list does not contain the object,
    /// or if the caller is not allowed to list the objects of this kind.
    pub(super) async fn object_in_list(
        &self,
        kind: &'static Kind,
        id: &str,
    ) -> Result<Option<Arc<Record>>> {
        let is_denied = |lists: &Lists| lists.denied.contains(kind.noun);
        if kind.is_singleton() || is_denied(&self.shared.lists.objects.0.lock()) {
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

    /// Remembers that a plan of the present run creates the object.
    pub fn plan_object(&self, kind: &'static Kind, id: &str) {
        self.shared.lists.objects.0.lock().planned.insert((kind.noun, id.to_owned()));
    }

    /// Whether a plan of the present run creates the object, see
    /// [`plan_object`](Self::plan_object).
    #[must_use]
    pub fn has_planned_object(&self, kind: &'static Kind, id: &str) -> bool {
        self.shared.lists.objects.0.lock().planned.contains(&(kind.noun, id.to_owned()))
    }

    /// Whether the object did not exist when the client last asked the server, at most five seconds
    /// ago. If a run creates many objects, this function answers from one list of all objects. If
    /// the list contains the object, or if the client cannot read the list, the client requests the
    /// object itself.
    ///
    /// # Errors
    /// The request for the object fails, or the caller lacks the privilege to read the object.
    pub async fn object_was_absent(&self, kind: &'static Kind, id: &str) -> Result<bool> {
        const RECENT_AGE: Duration = Duration::from_secs(5);
        match self.recent_objects(kind, RECENT_AGE).await {
            Ok(records) if !records.contains_key(id) => Ok(true),
            _ => Ok(self.current_object(kind, id).await?.is_none()),
        }
    }
}
