//! The usage of a datastore. The data source `pbs_datastore` contains the usage in addition to the
//! configuration of the datastore.

use crate::{
    pbs::{Client, DatastoreStatus, Error},
    shared::completeness::warn_of_hidden_usage,
};
use tf_plugin::{Attribute, Cx, Diagnostic, Result, Value};

pub(super) fn attributes() -> Vec<Attribute> {
    [
        Attribute::number("total_bytes", "Size of the file system in bytes. Null if the server cannot read the datastore, for example in the maintenance mode `offline`, or if the provider's user or token may read only namespaces of the datastore."),
        Attribute::number("used_bytes", "Used space of the file system in bytes, including other data in it. Null in the same cases as `total_bytes`."),
        Attribute::number("available_bytes", "Available space of the file system in bytes. Null in the same cases as `total_bytes`."),
    ]
    .map(Attribute::computed)
    .into()
}

/// Reads the usage. PBS refuses this request with status 400 if the datastore is offline or its
/// device is not mounted. The configuration can be read nevertheless, so the refusal only causes a
/// warning, and the values are null.
pub(super) async fn read(cx: &Cx<Client>, id: &str) -> Result<Vec<(&'static str, Value)>> {
    let name = id.parse().map_err(Error::Malformed)?;
    let usage = match cx.client()?.datastore_status(&name).await {
        Ok(Some(DatastoreStatus { total, used, avail })) => [total, used, avail].map(Value::from),
        Ok(None) => {
            warn_of_hidden_usage(cx, &name);
            [Value::Null, Value::Null, Value::Null]
        }
        Err(error) if error.refusal().is_some_and(|(status, _)| status == 400) => {
            cx.warn(Diagnostic::warning(
                format!("The usage of the datastore {id} cannot be read"),
                format!("`total_bytes`, `used_bytes` and `available_bytes` are null: {error}."),
            ));
            [Value::Null, Value::Null, Value::Null]
        }
        Err(error) => return Err(error.into()),
    };
    let names = ["total_bytes", "used_bytes", "available_bytes"];
    Ok(names.into_iter().zip(usage).collect())
}
