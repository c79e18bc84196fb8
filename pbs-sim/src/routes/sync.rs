//! `/pull` and `/push`, and what they have in common with sync jobs (recorded from PBS 4.2.3).
//!
//! The simulator does not connect to remote servers, so a sync transfers nothing. A sync fails if
//! the simulated server lacks an object that the sync needs. A test can let a sync fail for any
//! other reason with a [`TaskRule`](crate::TaskRule).

use serde_json::{Map, Value};

use super::{Call, Route, config::object_error, datastore_config::maintenance_error, write};
use crate::{
    kinds::{DATASTORE, REMOTE},
    response::{ApiError, CallResult, Success},
    tasks::{NewTask, Progress, Work},
    world::World,
};

pub(super) const ROUTES: &[Route] =
    &[write("POST", "/pull", &[], pull), write("POST", "/push", &[], push)];

/// A transfer of backups between the datastore `store` of this server and another datastore.
pub(super) struct Sync {
    is_push: bool,
    store: String,
    namespace: String,
    /// `None` if both datastores are on this server.
    remote: Option<String>,
    /// The other datastore.
    remote_store: String,
}

impl Sync {
    /// The sync that the parameters of a request or the properties of a job describe.
    pub(super) fn of(properties: &Map<String, Value>) -> Self {
        let text = |name: &str| properties.get(name).and_then(Value::as_str).map(String::from);
        Self {
            is_push: text("sync-direction").as_deref() == Some("push"),
            store: text("store").unwrap_or_default(),
            namespace: text("ns").unwrap_or_default(),
            remote: text("remote"),
            remote_store: text("remote-store").unwrap_or_default(),
        }
    }

    /// The text about the two datastores in the log of the task.
    pub(super) fn description(&self) -> String {
        let Self { store, remote_store, .. } = self;
        let other_datastore = match &self.remote {
            Some(remote) => format!("{remote}/{remote_store}"),
            None => remote_store.clone(),
        };
        let direction = if self.is_push { "to" } else { "from" };
        format!("datastore '{store}' {direction} '{other_datastore}'")
    }

    /// Checks that the simulated server has the datastores, the remote and, for a push, the source
    /// namespace. Transfers nothing.
    pub(super) fn carry_out(self, progress: &mut Progress) -> Result<u32, String> {
        let world = &*progress.world;
        check_store(world, &self.store, !self.is_push)?;
        match &self.remote {
            Some(remote) => {
                let section = world.sections.get(&REMOTE, remote);
                section.ok_or_else(|| format!("no such remote '{remote}'"))?;
            }
            None => check_store(world, &self.remote_store, false)?,
        }
        let content = world.datastores.get(&self.store);
        let exists = content.is_some_and(|store| store.has_namespace(&self.namespace));
        match self.is_push && !exists {
            true => Err(format!(
                "Source namespace '{}' doesn't exist in datastore '{}'!",
                self.namespace, self.store
            )),
            false => Ok(0),
        }
    }
}

/// Checks that a datastore exists and is available. `is_write` says whether the sync writes to it.
fn check_store(world: &World, name: &str, is_write: bool) -> Result<(), String> {
    let section = world.sections.get(&DATASTORE, name);
    let section = section.ok_or_else(|| format!("no such datastore '{name}'"))?;
    maintenance_error(section, is_write).map_or(Ok(()), |error| Err(error.text))
}

fn pull(call: &mut Call) -> CallResult {
    start(call, false)
}

fn push(call: &mut Call) -> CallResult {
    start(call, true)
}

/// Starts a transfer. The worker id of the task is the name of the local datastore.
fn start(call: &mut Call, is_push: bool) -> CallResult {
    let sync = Sync { is_push, ..Sync::of(&call.args.all_except(&[])) };
    let path = super::datastore_access::acl_path(&sync.store, &sync.namespace);
    let privilege = if is_push { "Datastore.Read" } else { "Datastore.Backup" };
    if !call.caller_has(privilege, &path) {
        let text = format!("missing permissions '{privilege}' on '{path}'");
        return Err(ApiError::bad_request(text));
    }
    match &sync.remote {
        None if sync.store == sync.remote_store => {
            return Err(ApiError::bad_request("can't sync to same datastore"));
        }
        Some(remote) if call.world.sections.get(&REMOTE, remote).is_none() => {
            return Err(object_error(REMOTE.missing, remote));
        }
        _ => {}
    }
    let store = sync.store.clone();
    let verb = if is_push { "push" } else { "pull" };
    let description = match sync.remote {
        Some(_) => sync.description(),
        None => format!("datastore '{store}' from '-/{}'", sync.remote_store),
    };
    let first_line = format!("{verb} {description}");
    let work: Work = Box::new(move |progress| sync.carry_out(progress));
    let task = NewTask {
        worker_type: "sync",
        worker_id: &store,
        first_lines: &[&first_line],
        holds_locks: false,
        work,
    };
    Ok(Success::Data(call.start_task(task).into()))
}
