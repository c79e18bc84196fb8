//! The requests for configuration objects: the entries in PBS's configuration files, for example
//! remotes and prune jobs. Nearly all configuration objects are listed, read, created, changed and
//! deleted in the same way. The [`Kind`] of an object describes how its requests differ.

mod file_locks;
mod kind;
pub mod kinds;
mod lists;
mod record;

pub(super) use file_locks::FileLocks;
pub use kind::{ConfigFile, ErrorMessage, Key, Kind, Privilege, Privileges, TaskTypes};
pub(super) use lists::ObjectLists;
pub use record::{Body, Property, Record};

use crate::pbs::{
    Client, Error, Result, Target,
    http::{Call, decode_with_digest},
    snapshot::Area,
    tasks::Upid,
};
use record::ReceivedRecord;
use serde::Deserialize;
use std::sync::Arc;

/// The name and the value of a parameter of a deletion, for example of `destroy-data`.
pub type DeleteOption = (&'static str, String);

/// The response to a creation or a deletion. If PBS has started a worker task, the response is the
/// id of the task.
#[derive(Deserialize)]
#[serde(transparent)]
struct MaybeTask(Option<String>);

impl MaybeTask {
    /// The id of the task. `None` if PBS has started no task, or if this kind has no tasks.
    fn task(self, kind: &Kind) -> Result<Option<Upid>> {
        match (kind.task_types, self.0) {
            (Some(_), Some(text)) => Ok(Some(text.parse()?)),
            _ => Ok(None),
        }
    }
}

impl Client {
    /// The object with this id, or `None` if the object does not exist. Simultaneous readers of
    /// objects share one list of all objects. PBS omits from the list every object that the caller
    /// is not allowed to see. If the list does not contain the object, the client therefore
    /// requests the object itself: the response says whether the object does not exist, or the
    /// caller lacks the privilege to read it.
    ///
    /// # Errors
    /// A request fails, or the caller lacks the privilege to read the object.
    pub async fn object(&self, kind: &'static Kind, id: &str) -> Result<Option<Arc<Record>>> {
        match self.object_in_list(kind, id).await? {
            Some(record) => Ok(Some(record)),
            None => Ok(self.current_object(kind, id).await?.map(|(record, _)| Arc::new(record))),
        }
    }

    /// The object with this id and the digest of its configuration file, from a request for this
    /// object alone and not from the shared list. `None` if the object does not exist.
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
        match self.send_and_read(call, decode_with_digest::<ReceivedRecord>).await {
            Ok((ReceivedRecord(record), digest)) => Ok(Some((record, digest))),
            Err(error) if kind.reports_missing(&error, id) => Ok(None),
            Err(error) => Err(kind.explain(error, privilege, &path)),
        }
    }

    /// Creates an object. If PBS creates the object in a worker task, returns the id of the task.
    /// `secrets` contains the names of the properties with secrets. Errors do not show the values
    /// of these properties.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`] if there is already an object with this id. Any other error means
    /// that the request fails, or that the caller lacks a privilege.
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
        let response = self.write_object::<MaybeTask>(kind, call).await;
        let explain = |error| kind.explain(error, privilege, &path);
        response.map_err(|error| kind.recognize_existing(explain(error), id))?.task(kind)
    }

    /// Changes an object. Properties of the object that `body` neither sets nor deletes keep their
    /// values. `secrets` contains the names of the properties with secrets. Errors do not show the
    /// values of these properties. If `digest` is set, and the configuration file was changed since
    /// the digest was read, PBS refuses the change, see [`Error::reports_modified_file`].
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
        // PBS ignores the query of a request that has a JSON body (PBS 4.2.3, recorded), so the
        // body must contain the digest.
        sent.set.extend(digest.map(|digest| ("digest".into(), Property::text(digest))));
        let call = Call::put(kind.item(id)).json_of(&sent, sent.longest_json());
        let call = call.changes(Target::object(kind, id)).redacts(body.secrets(secrets));
        let call = call.waits_for_locks().needs(privilege.0, &path);
        let response = self.write_object::<serde::de::IgnoredAny>(kind, call).await;
        response.map(drop).map_err(|error| kind.explain(error, privilege, &path))
    }

    /// Deletes an object. Succeeds if the object does not exist. If PBS deletes the object in a
    /// worker task, returns the id of the task.
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
        let _acl_lock = match areas.contains(&Area::Acl) {
            true => Some(self.lock_grants_for_deletion().await),
            false => None,
        };
        let _advance_epochs = self.shared.lists.epochs.advance_on_drop(&areas);
        match self.send::<MaybeTask>(call.needs(privilege.0, &path)).await {
            Ok(response) => response.task(kind),
            Err(error) if kind.reports_missing(&error, id) => Ok(None),
            Err(error) => Err(kind.explain(error, privilege, &path)),
        }
    }

    /// Sends a request that changes the configuration file of this kind. After the request, the
    /// client no longer uses its lists of the kinds in this file, but reads them again.
    async fn write_object<T: serde::de::DeserializeOwned>(
        &self,
        kind: &'static Kind,
        call: Call<'_>,
    ) -> Result<T> {
        let areas = [Area::File(kind.file)];
        let _advance_epochs = self.shared.lists.epochs.advance_on_drop(&areas);
        self.send(call).await
    }
}

impl Error {
    /// Whether PBS has refused a change because the configuration file was changed since its digest
    /// was read (PBS 4.2.3, recorded).
    #[must_use]
    pub fn reports_modified_file(&self) -> bool {
        self.refusal().is_some_and(|(status, message)| {
            status == 400 && message.starts_with("detected modified configuration")
        })
    }
}
