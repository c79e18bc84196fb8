//! API endpoints: the table of routes, and the types and functions that several handlers use.

mod access;
mod acl;
mod config;
mod datastore_access;
mod datastore_config;
mod datastores;
mod encryption_keys;
mod garbage_collection;
mod groups;
mod jobs;
mod maintenance;
mod moves;
mod namespaces;
mod node;
mod notifications;
mod password;
mod prune;
mod remote_scan;
mod s3;
mod snapshots;
mod sync;
mod tasks;
mod ticket;
mod tokens;
mod users;
mod verification;

use serde_json::{Map, Value, json};

use self::config::Operation;
use crate::{
    auth::TicketSigner,
    effective_privileges::EffectivePrivileges,
    id,
    kinds::Kind,
    locks::Lock,
    params::Args,
    response::{ApiError, CallResult, Success},
    settings::{VERSION_4_0, Version},
    tasks::{NewTask, StartedTask},
    tls::Certificate,
    world::World,
};

/// The implementation of one API call. PBS's description of the call contains its parameters and
/// its permission.
pub(crate) struct Route {
    pub(crate) method: &'static str,
    /// Path template, as in the description.
    pub(crate) path: &'static str,
    /// Locks to take before the handler runs, in this order.
    pub(crate) locks: &'static [Lock],
    pub(crate) handler: fn(&mut Call) -> CallResult,
}

/// An API call, as its handler sees it.
pub(crate) struct Call<'a> {
    pub(crate) world: &'a mut World,
    pub(crate) identity: &'a ServerIdentity,
    pub(crate) args: Args,
    /// Authentication id of the caller. Empty if the endpoint is public.
    pub(crate) caller: &'a str,
    /// Simulated Unix time in seconds.
    pub(crate) now: u64,
    /// The task that the handler has started. `None` if the handler has started no task.
    pub(crate) started_task: Option<StartedTask>,
}

/// Properties of the server that do not change while it runs.
pub(crate) struct ServerIdentity {
    pub(crate) version: Version,
    pub(crate) certificate: Certificate,
    /// Signs tickets with a key that each simulator generates at its start.
    pub(crate) tickets: TicketSigner,
}

impl Call<'_> {
    /// Effective privileges of a user or token at an ACL path.
    fn privileges_of(&self, auth_id: &str, path: &str) -> EffectivePrivileges {
        self.world.acl_cache.effective_privileges(auth_id, path)
    }

    /// Whether the simulator behaves like PBS 4.2.3. If not, the simulator behaves like PBS 3.4.8.
    fn is_4_0_or_later(&self) -> bool {
        self.identity.version >= VERSION_4_0
    }

    /// Starts a task whose work is done after the handler has returned. Returns the id of the task.
    fn start_task(&mut self, task: NewTask) -> String {
        let started_task = self.world.tasks.start(task, self.caller, self.now);
        let upid = started_task.upid.clone();
        self.started_task = Some(started_task);
        upid
    }

    /// Whether the caller has this privilege at this ACL path.
    fn caller_has(&self, privilege: &str, path: &str) -> bool {
        self.privileges_of(self.caller, path).at_path.has(privilege)
    }
}

/// All routes, by area.
pub(crate) const ROUTES: &[&[Route]] = &[
    node::ROUTES,
    access::ROUTES,
    users::ROUTES,
    tokens::ROUTES,
    acl::ROUTES,
    ticket::ROUTES,
    password::ROUTES,
    datastores::ROUTES,
    groups::ROUTES,
    snapshots::ROUTES,
    prune::ROUTES,
    garbage_collection::ROUTES,
    verification::ROUTES,
    jobs::ROUTES,
    sync::ROUTES,
    moves::ROUTES,
    maintenance::ROUTES,
    remote_scan::ROUTES,
    s3::ROUTES,
    datastore_config::ROUTES,
    encryption_keys::ROUTES,
    namespaces::ROUTES,
    notifications::ROUTES,
    config::ROUTES,
    tasks::ROUTES,
];

/// The implementation of a call: a route with its own handler, or the common handler for
/// configuration objects.
pub(crate) enum Handler {
    Route(&'static Route),
    Config(&'static Kind, Operation),
}

impl Handler {
    /// The implementation of a call. `None` if the simulator does not have the call.
    pub(crate) fn find(method: &str, path: &str) -> Option<Self> {
        let mut routes = ROUTES.iter().copied().flatten();
        let route = routes.find(|route| (route.method, route.path) == (method, path));
        let route = route.map(Self::Route);
        route.or_else(|| {
            config::find(method, path).map(|(kind, operation)| Self::Config(kind, operation))
        })
    }

    /// Locks to take before the handler runs, in this order.
    pub(crate) fn locks(&self) -> &'static [Lock] {
        match self {
            Self::Route(route) => route.locks,
            Self::Config(_, Operation::List | Operation::Read) => &[],
            Self::Config(kind, _) => std::slice::from_ref(&kind.file.lock),
        }
    }

    pub(crate) fn handle(&self, call: &mut Call) -> CallResult {
        match self {
            Self::Route(route) => (route.handler)(call),
            Self::Config(kind, operation) => config::handle(call, kind, *operation),
        }
    }
}

/// A route for a `GET` request.
const fn get(path: &'static str, handler: fn(&mut Call) -> CallResult) -> Route {
    Route { method: "GET", path, locks: &[], handler }
}

/// A route for a request that changes the server.
const fn write(
    method: &'static str,
    path: &'static str,
    locks: &'static [Lock],
    handler: fn(&mut Call) -> CallResult,
) -> Route {
    Route { method, path, locks, handler }
}

/// The response that lists the endpoints below the path of a call.
fn subdirectories(names: &[&str]) -> CallResult {
    let entries = names.iter().map(|name| json!({ "subdir": name })).collect();
    Ok(Success::Data(entries))
}

/// Checks the digest in a write request. A client can send the digest that it has read, so that its
/// request fails if the configuration file has changed since then.
///
/// # Errors
/// PBS's message with status 400 if the sent digest differs from the current digest.
fn check_digest(
    sent_digest: Option<&str>,
    current_digest: impl FnOnce() -> String,
) -> Result<(), ApiError> {
    match sent_digest {
        Some(digest) if !digest.eq_ignore_ascii_case(&current_digest()) => {
            Err(ApiError::bad_request(
                "detected modified configuration - file changed by other user? Try again.",
            ))
        }
        _ => Ok(()),
    }
}

/// A JSON array of the elements in random order. PBS keeps some lists in hash maps, so their order
/// differs from call to call (recorded).
fn in_random_order(call: &mut Call, mut elements: Vec<Value>) -> Value {
    call.world.random.shuffle(&mut elements);
    elements.into()
}

/// A JSON object of the fields that have a value.
fn object_of_present_fields<const N: usize>(
    fields: [(&str, Option<Value>); N],
) -> Map<String, Value> {
    fields.into_iter().filter_map(|(name, value)| Some((name.to_string(), value?))).collect()
}

/// Whether `auth_id` is the id of a token of this user.
fn is_token_of(auth_id: &str, userid: &str) -> bool {
    id::token_name_of(auth_id).is_some() && id::user_of(auth_id) == userid
}
