//! The usage of a datastore. The data source `pbs_datastore` contains the usage in addition to the
//! configuration of the datastore.

use crate::{
    pbs::{Client, DatastoreStatus, Error},
    shared::completeness::warn_of_hidden_usage,
};
use tf_plugin::{Attribute, Cx, Diagnostic, Result, Value};

pub(super) fn attributes() -> Vec<Attribute> {
    [
        Attribute::number(
            "total_bytes",
            "Size of the file system of the datastore, in bytes. Null if the server cannot read \
             the datastore, for example because the maintenance mode is `offline`. Also null if \
             the provider's user or token has privileges on namespaces of the datastore, but not \
             on the datastore itself.",
        ),
        Attribute::number(
            "used_bytes",
            "Used space of the file system, in bytes. The number includes data that does not \
             belong to the datastore. Null if `total_bytes` is null.",
        ),
        Attribute::number(
            "available_bytes",
            "Available space of the file system, in bytes. Null if `total_bytes` is null.",
        ),
    ]
    .map(Attribute::computed)
    .into()
}

/// Reads the usage. PBS refuses this request with status 400 if the datastore is offline or its
/// device is not mounted. The configuration of the datastore can be read nevertheless. The refusal
/// therefore only causes a warning, and the values are null.
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
