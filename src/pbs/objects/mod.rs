//! Configuration objects: the records in the configuration files of PBS, such as remotes and prune
//! jobs. Nearly all of them are listed, read, created, changed and deleted in the same way. Their
//! [`Kind`] contains the differences.

mod file_locks;
mod kind;
pub mod kinds;
mod lists;
mod record;

pub(super) use file_locks::FileLocks;
pub use kind::{ConfigFile, Key, Kind, Privilege, Privileges, Sentence, TaskTypes};
pub(super) use lists::ObjectLists;
pub use record::{Body, Property, Record};

use crate::pbs::{
    Client, Error, Result, Target,
    http::{Call, decode_with_digest},
    snapshot::Area,
    tasks::Upid,
};
use record::Received;
use serde::Deserialize;
use std::sync::Arc;

/// An option of a deletion, such as `destroy-data`.
pub type DeleteOption = (&'static str, String);

/// The response to a request that may have started a worker task.
#[derive(Deserialize)]
#[serde(transparent)]
struct Started(Option<String>);

impl Started {
    /// The id of the task, if the kind has tasks.
    fn task(self, kind: &Kind) -> Result<Option<Upid>> {
        match (kind.tasks, self.0) {
            (Some(_), Some(text)) => Ok(Some(text.parse()?)),
            _ => Ok(None),
        }
    }
}

impl Client {
    /// One object; `None` if it does not exist. Simultaneous readers share one list. If the list
    /// does not contain the object, the object is requested, because PBS omits what the caller is
    /// not allowed to see.
    ///
    /// # Errors
    /// A request fails, or the caller lacks the privilege to read the object.
    pub async fn object(&self, kind: &'static Kind, id: &str) -> Result<Option<Arc<Record>>> {
        match self.listed(kind, id).await? {
            Some(record) => Ok(Some(record)),
            None => Ok(self.current_object(kind, id).await?.map(|(record, _)| Arc::new(record))),
        }
    }

    /// The object and the digest of its file. They are always read with a separate request. `None`
    /// if the object does not exist.
    ///
    /// # Errors
    /// The request fails, or the caller lacks the privilege to read the object.
    pub async fn current_object(
        &self,
        kind: &'static Kind,
        id: &str,
    ) -> Result<Option<(Record, Option<String>)>> {
        let privilege = kind.privileges.read;
        let path = privilege.path_for(kind.key, id, None);
        let call = Call::get(kind.item(id)).waits_for_locks().needs(privilege.0, &path);
        match self.send_and_read(call, decode_with_digest::<Received>).await {
            Ok((Received(record), digest)) => Ok(Some((record, digest))),
            Err(error) if kind.reports_missing(&error, id) => Ok(None),
            Err(error) => Err(kind.explain(error, privilege, &path)),
        }
    }

    /// Creates an object. If PBS creates it in a worker task, returns the id of the task.
    /// `secrets` are the properties with secrets, which are redacted in errors.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`] if there is an object with this id. Any other error means that the
    /// request fails, or that the caller lacks a privilege.
    pub async fn create_object(
        &self,
        kind: &'static Kind,
        id: &str,
        body: &Body,
        secrets: &[&str],
    ) -> Result<Option<Upid>> {
        let privilege = kind.privileges.create;
        let path = privilege.path_for(kind.key, id, Some(body));
        let call = Call::post(kind.path).json_of(body, body.longest_json()).not_idempotent();
        let call = call.changes(Target::object(kind, id)).redacts(body.secrets(secrets));
        let call = call.waits_for_locks().needs(privilege.0, &path);
        let started = self.write_object::<Started>(kind, call).await;
        let explained = |error| kind.explain(error, privilege, &path);
        started.map_err(|error| kind.recognize_existing(explained(error), id))?.task(kind)
    }

    /// Changes an object. PBS merges the properties into the object. With a digest, PBS refuses the
    /// change if the file was changed since the digest was read, see
    /// [`Error::reports_modified_file`].
    ///
    /// # Errors
    /// The object does not exist, the request fails, or the caller lacks a privilege.
    pub async fn change_object(
        &self,
        kind: &'static Kind,
        id: &str,
        body: &Body,
        secrets: &[&str],
        digest: Option<&str>,
    ) -> Result<()> {
        let privilege = kind.privileges.change;
        let path = privilege.path_for(kind.key, id, Some(body));
        let mut sent = body.clone();
        // PBS ignores the query of a request with a JSON body (PBS 4.2.3, recorded).
        sent.set.extend(digest.map(|digest| ("digest".into(), Property::text(digest))));
        let call = Call::put(kind.item(id)).json_of(&sent, sent.longest_json());
        let call = call.changes(Target::object(kind, id)).redacts(body.secrets(secrets));
        let call = call.waits_for_locks().needs(privilege.0, &path);
        let changed = self.write_object::<serde::de::IgnoredAny>(kind, call).await;
        changed.map(drop).map_err(|error| kind.explain(error, privilege, &path))
    }

    /// Deletes an object. Succeeds if the object does not exist. If PBS deletes it in a worker
    /// task, returns the id of the task.
    ///
    /// # Errors
    /// The request fails, the object is in use, or the caller lacks a privilege.
    pub async fn delete_object(
        &self,
        kind: &'static Kind,
        id: &str,
        options: &[DeleteOption],
    ) -> Result<Option<Upid>> {
        let privilege = kind.privileges.delete;
        let path = privilege.path_for(kind.key, id, None);
        let mut call = Call::delete(kind.item(id));
        for (name, value) in options {
            call = call.query(name, value.as_str());
        }
        let call = call.changes(Target::object(kind, id)).waits_for_locks();
        let areas = kind.file.changed_by_deletion();
        let _exclusive = match areas.contains(&Area::Acl) {
            true => Some(self.lock_grants_for_deletion().await),
            false => None,
        };
        let _stale = self.shared.lists.epochs.advance_on_drop(&areas);
        match self.send::<Started>(call.needs(privilege.0, &path)).await {
            Ok(started) => started.task(kind),
            Err(error) if kind.reports_missing(&error, id) => Ok(None),
            Err(error) => Err(kind.explain(error, privilege, &path)),
        }
    }

    /// Sends a write to the file of a kind. Afterwards, the lists of all kinds in this file are
    /// stale.
    async fn write_object<T: serde::de::DeserializeOwned>(
        &self,
        kind: &'static Kind,
        call: Call<'_>,
    ) -> Result<T> {
        let areas = [Area::File(kind.file)];
        let _stale = self.shared.lists.epochs.advance_on_drop(&areas);
        self.send(call).await
    }
}

impl Error {
    /// Whether PBS refuses a change because the configuration file was changed since its digest was
    /// read (PBS 4.2.3, recorded).
    #[must_use]
    pub fn reports_modified_file(&self) -> bool {
        self.refusal().is_some_and(|(status, message)| {
            status == 400 && message.starts_with("detected modified configuration")
        })
    }
}
