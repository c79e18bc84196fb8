//! Checks of whole configuration objects. They find references to objects that do not exist,
//! deletions of objects to which other objects still refer, and properties that cannot be combined.
//! PBS's description of its API does not contain these checks. The messages are recorded from PBS
//! 4.2.3.

mod datastore;
mod node;
mod notification;
mod sync;

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use serde_json::Value;

pub(crate) use self::{
    datastore::datastore,
    node::node,
    notification::{matcher, recipients, smtp, target_is_unused},
    sync::{keep_replaced_key, may_access_sync_job, sync_job},
};

use crate::{
    kinds::{self, Kind},
    response::ApiError,
    sections::Properties,
    world::World,
};

/// A creation, change or deletion of a configuration object.
pub(crate) struct Change<'a> {
    pub(crate) world: &'a World,
    pub(crate) id: &'a str,
    /// The properties before the change. `None` if the object is created.
    pub(crate) old: Option<&'a Properties>,
    /// The properties after the change. For a deletion, the properties before the deletion.
    pub(crate) new: &'a Properties,
    /// The properties that the client has sent.
    pub(crate) sent_properties: &'a Properties,
    /// The names of the properties that the request deletes.
    pub(crate) deleted_names: &'a [String],
}

impl Change<'_> {
    /// The value of a text property after the change.
    fn text(&self, name: &str) -> Option<&str> {
        self.new.get(name).and_then(Value::as_str)
    }

    /// The texts in a list property after the change.
    fn list(&self, name: &str) -> Vec<&str> {
        let elements = self.new.get(name).and_then(Value::as_array);
        elements.into_iter().flatten().filter_map(Value::as_str).collect()
    }
}

/// Fails with status 400 and the message `text` if the condition is true.
fn refuse_if(condition: bool, text: impl FnOnce() -> String) -> Result<(), ApiError> {
    match condition {
        true => Err(ApiError::bad_request(text())),
        false => Ok(()),
    }
}

/// Checks the length of a remote's password. PBS stores the password in base64, and the limit of
/// 1024 characters also applies to the base64 text.
pub(crate) fn remote(change: &Change) -> Result<(), ApiError> {
    let password = change.text("password").unwrap_or_default();
    refuse_if(password.len().div_ceil(3) * 4 > 1024, || {
        let id = change.id;
        format!(
            "writing \"/etc/proxmox-backup/remote.cfg\" failed: verify section '{id}' failed - parameter verification failed - 'password': value may only be 1024 characters long"
        )
    })
}

/// Checks that no sync job uses the remote, because PBS does not delete a remote that is in use.
pub(crate) fn remote_is_unused(change: &Change) -> Result<(), ApiError> {
    let mut jobs = change.world.sections.of(&kinds::SYNC);
    let job = jobs.find(|job| job.text("remote") == Some(change.id));
    job.map_or(Ok(()), |job| {
        Err(ApiError::bad_request(format!(
            "parameter verification failed - 'name': remote '{}' is used by sync job '{}' (datastore '{}')",
            change.id,
            job.id,
            job.text("store").unwrap_or_default()
        )))
    })
}

/// Checks the secret of an S3 endpoint. PBS cannot store control characters in `s3.cfg`.
pub(crate) fn s3(change: &Change) -> Result<(), ApiError> {
    let secret = change.text("secret-key").unwrap_or_default();
    refuse_if(secret.chars().any(char::is_control), || {
        let id = change.id;
        format!(
            "writing \"/etc/proxmox-backup/s3.cfg\" failed: detected unexpected control character in section '{id}' key 'secret-key'"
        )
    })
}

/// Checks that no datastore uses the S3 endpoint, because PBS does not delete an endpoint that is
/// in use.
pub(crate) fn s3_is_unused(change: &Change) -> Result<(), ApiError> {
    let client = format!("client={}", change.id);
    let mut stores = change.world.sections.of(&kinds::DATASTORE);
    let dependent_store = stores.find(|store| {
        store.text("backend").is_some_and(|backend| backend.split(',').any(|part| part == client))
    });
    dependent_store.map_or(Ok(()), |store| {
        Err(ApiError::bad_request(format!("in-use by datastore {}", store.id)))
    })
}

/// Checks an ACME plugin. The built-in plugin `standalone` cannot be changed.
pub(crate) fn acme_plugin(change: &Change) -> Result<(), ApiError> {
    let plugin_type = change.text("type").unwrap_or_default();
    refuse_if(change.old.is_some() && plugin_type == "standalone", || {
        "cannot update plugin of type \"standalone\"".into()
    })?;
    refuse_if(plugin_type != "dns", || {
        format!("parameter verification failed - 'type': invalid ACME plugin type: {plugin_type:?}")
    })?;
    let data = change.sent_properties.get("data").and_then(Value::as_str).unwrap_or_default();
    refuse_if(decoded(data).is_none(), || "error decoding base64 data".into())
}

/// Decodes a base64 text, with or without padding. `None` if the text is not base64, or if its
/// content is not UTF-8.
pub(crate) fn decoded(data: &str) -> Option<String> {
    let bytes = STANDARD_NO_PAD.decode(data.trim_end_matches('=')).ok()?;
    String::from_utf8(bytes).ok()
}

/// Checks that PBS can read the configuration file with the objects of this kind. A traffic control
/// rule without networks makes its file unreadable, until somebody edits the file.
///
/// # Errors
/// PBS's message with status 400.
pub(crate) fn check_file(world: &World, kind: &'static Kind) -> Result<(), ApiError> {
    // A section has a line with its id, and one line for each property or element of a list. An
    // empty line separates two sections. PBS reports the number of the empty line after the invalid
    // section. If the invalid section is the last one, PBS reports the number of its last line.
    let mut line = 0;
    let sections = world.sections.in_file(kind.file);
    for (index, section) in sections.iter().enumerate() {
        let lines_of = |value: &Value| value.as_array().map_or(1, Vec::len);
        line += 1 + section.properties.values().map(lines_of).sum::<usize>();
        line += usize::from(index + 1 < sections.len());
        let networks = section.properties.get("network").and_then(Value::as_array);
        if networks.is_some_and(Vec::is_empty) {
            return Err(ApiError::bad_request(format!(
                "parsing \"/etc/proxmox-backup/{}\" failed: line {line} - property 'network' is missing and it is not optional.",
                kind.file.name
            )));
        }
    }
    Ok(())
}
