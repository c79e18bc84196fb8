//! The usage of a datastore, which the data source adds to its configuration.

use crate::pbs::{Client, DatastoreStatus, Error};
use tf_plugin::{Attribute, Result, Value};

pub(super) fn attributes() -> Vec<Attribute> {
    [
        Attribute::number("total_bytes", "Total size in bytes."),
        Attribute::number("used_bytes", "Used space in bytes."),
        Attribute::number("available_bytes", "Available space in bytes."),
    ]
    .map(Attribute::computed)
    .into()
}

pub(super) async fn read(pbs: &Client, id: &str) -> Result<Vec<(&'static str, Value)>> {
    let name = id.parse().map_err(Error::Malformed)?;
    let DatastoreStatus { total, used, avail } = pbs.datastore_status(&name).await?;
    Ok(vec![
        ("total_bytes", total.into()),
        ("used_bytes", used.into()),
        ("available_bytes", avail.into()),
    ])
}
