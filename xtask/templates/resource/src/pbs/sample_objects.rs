//! `/config/sample-object`: sample objects.

use crate::pbs::{Client, Result, SampleObjectId, absence::Object, http::Call, snapshot::Area};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};

/// ACL path on which PBS requires the privileges.
const PRIVILEGE_PATH: &str = "/system";

/// A sample object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleObject {
    /// Id of the sample object.
    pub id: SampleObjectId,
    /// Comment on one line; `None` if it is empty.
    pub comment: Option<String>,
    /// Limit; `None` if there is none.
    pub limit: Option<i64>,
}

/// Changes of a sample object. If a field is `None`, the property stays as it is. If a field is
/// `Some(None)`, the property is removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SampleObjectChange {
    /// Comment.
    pub comment: Option<Option<String>>,
    /// Limit.
    pub limit: Option<Option<i64>>,
}

impl Client {
    /// The sample object, or `None` if it does not exist. The shared list is searched first. If the
    /// list does not contain the object, a separate request reads the object, because the list can
    /// be incomplete: PBS omits objects that the authenticated user or token is not allowed to see.
    ///
    /// # Errors
    /// The request fails, or the authenticated user or token lacks `Sys.Audit` on `/system`.
    pub async fn sample_object(&self, id: &SampleObjectId) -> Result<Option<SampleObject>> {
        if let Some(listed) = self.shared_sample_objects().await?.get(id) {
            return Ok(Some(listed.clone()));
        }
        let call = Call::get(["config", "sample-object", id.as_str()]);
        match self.send::<Wire>(call.needs("Sys.Audit", PRIVILEGE_PATH)).await {
            Ok(wire) => Ok(Some(wire.into_object(id.clone()))),
            Err(error) if Object::SampleObject(id).is_reported_missing(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// All sample objects that the authenticated user or token is allowed to see, sorted by id.
    ///
    /// # Errors
    /// The request fails, or the authenticated user or token lacks `Sys.Audit` on `/system`.
    pub async fn sample_objects(&self) -> Result<Vec<SampleObject>> {
        Ok(self.shared_sample_objects().await?.values().cloned().collect())
    }

    async fn shared_sample_objects(&self) -> Result<Arc<BTreeMap<SampleObjectId, SampleObject>>> {
        let client = self.clone();
        let lists = &self.shared.lists;
        let fetch = || async move {
            let call = Call::get(["config", "sample-object"]);
            let wires: Vec<Wire> = client.send(call.needs("Sys.Audit", PRIVILEGE_PATH)).await?;
            // An id that cannot be parsed cannot be requested, so such an object is left out.
            let parsed = wires.into_iter().filter_map(|wire| {
                let id = wire.id.parse::<SampleObjectId>().ok()?;
                Some((id.clone(), wire.into_object(id)))
            });
            Ok(parsed.collect())
        };
        lists.sample_objects.read(&lists.epochs, &[Area::SampleObjects], fetch).await
    }

    /// Creates a sample object. The request is retried only if the server has certainly not carried
    /// it out.
    ///
    /// # Errors
    /// The object exists already ([`already_exists`](crate::pbs::Error::already_exists)), or the
    /// authenticated user or token lacks `Sys.Modify` on `/system`.
    pub async fn create_sample_object(&self, object: &SampleObject) -> Result<()> {
        let SampleObject { id, comment, limit } = object;
        let comment = comment.as_deref().filter(|comment| !comment.is_empty());
        let body = Body { id: Some(id.as_str()), comment, limit: *limit, delete: Vec::new() };
        let _epoch = self.shared.lists.epochs.advance_on_drop(&[Area::SampleObjects]);
        let call = Call::post(["config", "sample-object"]).json(&body).not_idempotent();
        let outcome = self.send_write(call.needs("Sys.Modify", PRIVILEGE_PATH)).await;
        outcome.map_err(|error| Object::SampleObject(id).into_already_exists(error))
    }

    /// Changes a sample object in place.
    ///
    /// # Errors
    /// The object does not exist, or the authenticated user or token lacks `Sys.Modify` on
    /// `/system`.
    pub async fn update_sample_object(
        &self,
        id: &SampleObjectId,
        change: &SampleObjectChange,
    ) -> Result<()> {
        let _epoch = self.shared.lists.epochs.advance_on_drop(&[Area::SampleObjects]);
        let body = Body::of(change);
        let call = Call::put(["config", "sample-object", id.as_str()]).json(&body);
        self.send_write(call.needs("Sys.Modify", PRIVILEGE_PATH)).await
    }

    /// Deletes a sample object. If the object does not exist, the result is `Ok`.
    ///
    /// # Errors
    /// The authenticated user or token lacks `Sys.Modify` on `/system`.
    pub async fn delete_sample_object(&self, id: &SampleObjectId) -> Result<()> {
        let _epoch = self.shared.lists.epochs.advance_on_drop(&[Area::SampleObjects]);
        let call = Call::delete(["config", "sample-object", id.as_str()]);
        match self.send_write(call.needs("Sys.Modify", PRIVILEGE_PATH)).await {
            Err(error) if Object::SampleObject(id).is_reported_missing(&error) => Ok(()),
            other => other,
        }
    }
}

/// A sample object as PBS sends it. Other properties, which other versions of PBS may send, are
/// ignored.
#[derive(Deserialize)]
struct Wire {
    id: String,
    comment: Option<String>,
    limit: Option<i64>,
}

impl Wire {
    fn into_object(self, id: SampleObjectId) -> SampleObject {
        let comment = self.comment.filter(|comment| !comment.is_empty());
        SampleObject { id, comment, limit: self.limit }
    }
}

/// The body of a request that creates or changes a sample object.
#[derive(Serialize)]
struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<i64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    delete: Vec<&'static str>,
}

impl<'a> Body<'a> {
    fn of(change: &'a SampleObjectChange) -> Self {
        let SampleObjectChange { comment, limit } = change;
        let comment = comment.as_ref().map(|comment| comment.as_deref().unwrap_or_default());
        let mut delete = Vec::new();
        if comment == Some("") {
            delete.push("comment");
        }
        if *limit == Some(None) {
            delete.push("limit");
        }
        Self {
            id: None,
            comment: comment.filter(|comment| !comment.is_empty()),
            limit: limit.flatten(),
            delete,
        }
    }
}
