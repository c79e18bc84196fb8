//! API endpoints: the table of routes, and the types and functions that several handlers use.

mod access;
mod acl;
mod datastores;
mod node;
mod password;
mod ticket;
mod tokens;
mod users;

use serde_json::{Map, Value, json};

use crate::{
    auth::TicketSigner,
    effective_privileges::EffectivePrivileges,
    id,
    locks::Lock,
    params::{Args, Param},
    response::{ApiError, CallResult, Success},
    settings::{VERSION_4_0, Version},
    tls::Certificate,
    world::World,
};

/// An API endpoint: its method, path, access rule, parameters, locks and handler.
pub(crate) struct Route {
    pub(crate) method: &'static str,
    /// Path without `/api2/json`. A segment of the form `{name}` matches any text, which becomes
    /// the value of the parameter `name`.
    pub(crate) path: &'static str,
    pub(crate) access: Access,
    /// Parameters that the endpoint accepts, including those in the path.
    pub(crate) params: &'static [Param],
    /// Locks to take before the handler runs, in this order.
    pub(crate) locks: &'static [Lock],
    pub(crate) handler: fn(&mut Call) -> CallResult,
}

/// Names and values of the parameters in the path of a request.
pub(crate) type PathParams = Vec<(&'static str, String)>;

/// The users and tokens that are allowed to call an endpoint. The handler can check further
/// conditions.
pub(crate) enum Access {
    /// Everyone, even without credentials.
    Public,
    /// Every authenticated user and token.
    Authenticated,
    /// Only `root@pam`, and none of its tokens.
    Superuser,
    /// Every user and token that has a privilege at an ACL path. The first value is the privilege,
    /// and the second value is the path. The ACL path can contain parameters of the endpoint's
    /// path, such as `{name}`.
    Privilege(&'static str, &'static str),
    /// The same as `Privilege`, but the user whose id is the parameter `userid` needs no privilege.
    /// The tokens of this user need the privilege.
    PrivilegeOrSelf(&'static str, &'static str),
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
}

/// Properties of the server that do not change while it runs.
pub(crate) struct ServerIdentity {
    pub(crate) version: Version,
    pub(crate) certificate: Certificate,
    /// Signs tickets with a key that each simulator generates at its start.
    pub(crate) tickets: TicketSigner,
    /// Names of the LDAP realms.
    pub(crate) realms: Vec<String>,
}

impl Call<'_> {
    /// Effective privileges of a user or token at an ACL path.
    fn privileges_of(&self, auth_id: &str, path: &str) -> EffectivePrivileges {
        self.world.acl_cache.effective_privileges(auth_id, path)
    }

    /// Whether the simulated PBS has the behaviour of 4.2.3. Otherwise, it has that of 3.4.8.
    fn is_4_0_or_later(&self) -> bool {
        self.identity.version >= VERSION_4_0
    }

    /// Whether the caller has this privilege at this ACL path.
    fn caller_has(&self, privilege: &str, path: &str) -> bool {
        self.privileges_of(self.caller, path).at_path.has(privilege)
    }
}

impl Access {
    /// Whether the caller is allowed to call the endpoint.
    pub(crate) fn allows(
        &self,
        world: &World,
        caller: &str,
        path_params: &[(&'static str, String)],
    ) -> bool {
        let has_privilege = |privilege: &str, path: &str| {
            let segments: Vec<&str> = path
                .split('/')
                .map(|segment| placeholder_value(segment, path_params).unwrap_or(segment))
                .collect();
            let privileges = world.acl_cache.effective_privileges(caller, &segments.join("/"));
            privileges.at_path.has(privilege)
        };
        match self {
            Self::Public | Self::Authenticated => true,
            Self::Superuser => caller == "root@pam",
            Self::Privilege(privilege, path) => has_privilege(privilege, path),
            Self::PrivilegeOrSelf(privilege, path) => {
                has_privilege(privilege, path)
                    || placeholder_value("{userid}", path_params) == Some(caller)
            }
        }
    }
}

/// The value of the parameter that a segment `{name}` stands for. `None` for other segments.
fn placeholder_value<'a>(
    segment: &str,
    path_params: &'a [(&'static str, String)],
) -> Option<&'a str> {
    let name = placeholder_name(segment)?;
    path_params.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
}

/// `name` if the segment has the form `{name}`.
fn placeholder_name(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
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
];

/// Finds the route for a method and the decoded segments of a path without `/api2/json`. Returns
/// the route and the parameters in the path. `None` if this PBS version does not have the route.
pub(crate) fn find_route(
    version: Version,
    method: &str,
    segments: &[String],
) -> Option<(&'static Route, PathParams)> {
    let exists = |route: &&Route| route.method == method && exists_in(version, route);
    ROUTES.iter().copied().flatten().filter(exists).find_map(|route| {
        let pattern: Vec<&'static str> = route.path.split('/').filter(|s| !s.is_empty()).collect();
        if pattern.len() != segments.len() {
            return None;
        }
        let mut path_params = Vec::new();
        for (expected, segment) in pattern.into_iter().zip(segments) {
            match placeholder_name(expected) {
                Some(name) => path_params.push((name, segment.clone())),
                None if expected == segment => {}
                None => return None,
            }
        }
        Some((route, path_params))
    })
}

/// Whether this PBS version has the endpoint. PBS 3.4.8 has no endpoint for a logout (measured).
fn exists_in(version: Version, route: &Route) -> bool {
    version >= VERSION_4_0 || (route.method, route.path) != ("DELETE", "access/ticket")
}

/// A route for a `GET` request without parameters.
const fn get(path: &'static str, access: Access, handler: fn(&mut Call) -> CallResult) -> Route {
    Route { method: "GET", path, access, params: &[], locks: &[], handler }
}

/// The result of a call that lists the endpoints below its path.
fn subdirectories(names: &[&str]) -> CallResult {
    let entries = names.iter().map(|name| json!({ "subdir": name })).collect();
    Ok(Success::Data(entries))
}

/// Checks the digest in a write request. A client can send the digest that it has read, so that its
/// request fails if the configuration file has changed since then.
///
/// # Errors
/// PBS's message with status 400 if the digest differs from the current one.
fn check_digest(sent: Option<&str>, current: impl FnOnce() -> String) -> Result<(), ApiError> {
    match sent {
        Some(sent) if !sent.eq_ignore_ascii_case(&current()) => Err(ApiError::bad_request(
            "detected modified configuration - file changed by other user? Try again.",
        )),
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

/// Whether the authentication id is that of a token of this user.
fn is_token_of(auth_id: &str, userid: &str) -> bool {
    id::token_name_of(auth_id).is_some() && id::user_of(auth_id) == userid
}
