//! The table of calls: which method and path, who may, what it takes, which locks it needs.

mod acl;
mod datastores;
mod misc;
mod password;
mod ticket;
mod tokens;
mod users;

use serde_json::Value;

use crate::{
    answer::{Outcome, Refusal},
    auth::Tickets,
    id,
    locks::Lock,
    params::{Args, Param},
    rights::Rights,
    settings::Version,
    tls::Certificate,
    world::World,
};

/// One call of the API.
pub(crate) struct Route {
    pub(crate) method: &'static str,
    /// Segments; `{name}` takes any and becomes a parameter.
    pub(crate) path: &'static str,
    pub(crate) access: Access,
    pub(crate) params: &'static [Param],
    pub(crate) locks: &'static [Lock],
    pub(crate) run: fn(&mut Call) -> Outcome,
}

/// Who may make a call. What depends on parameters is for the call itself to judge.
pub(crate) enum Access {
    /// Also without credentials.
    World,
    Anybody,
    /// `root@pam` itself, none of its tokens.
    Superuser,
    /// Whoever has the privilege at the path.
    Privilege(&'static str, &'static str),
    /// The same, and the user that the path names; its tokens are not that user.
    PrivilegeOrSelf(&'static str, &'static str),
}

/// A call that is being made.
pub(crate) struct Call<'a> {
    pub(crate) world: &'a mut World,
    pub(crate) server: &'a Host,
    pub(crate) args: Args,
    /// The caller's authentication id; empty without credentials.
    pub(crate) caller: &'a str,
    /// Seconds since 1970.
    pub(crate) now: u64,
}

/// What does not change while a server runs.
pub(crate) struct Host {
    pub(crate) version: Version,
    pub(crate) certificate: Certificate,
    pub(crate) tickets: Tickets,
}

impl Call<'_> {
    /// The caller's rights at a path.
    pub(crate) fn rights(&self, path: &str) -> Rights {
        self.world.rights.rights(self.caller, path)
    }

    pub(crate) fn may(&self, privilege: &str, path: &str) -> bool {
        self.rights(path).here.has(privilege)
    }
}

impl Access {
    pub(crate) fn allows(
        &self,
        world: &World,
        caller: &str,
        from_uri: &[(&'static str, String)],
    ) -> bool {
        let holds = |privilege: &str, path: &str| {
            let path: Vec<&str> = path
                .split('/')
                .map(|segment| value_of(segment, from_uri).unwrap_or(segment))
                .collect();
            world.rights.rights(caller, &path.join("/")).here.has(privilege)
        };
        match self {
            Self::World | Self::Anybody => true,
            Self::Superuser => caller == "root@pam",
            Self::Privilege(privilege, path) => holds(privilege, path),
            Self::PrivilegeOrSelf(privilege, path) => {
                holds(privilege, path) || value_of("{userid}", from_uri) == Some(caller)
            }
        }
    }
}

fn value_of<'a>(segment: &str, from_uri: &'a [(&'static str, String)]) -> Option<&'a str> {
    let name = parameter(segment)?;
    from_uri.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
}

fn parameter(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

/// The route for a method and path segments, with the parameters in the path.
pub(crate) fn find(
    method: &str,
    segments: &[String],
) -> Option<(&'static Route, Vec<(&'static str, String)>)> {
    let tables = [
        misc::ROUTES,
        users::ROUTES,
        tokens::ROUTES,
        acl::ROUTES,
        ticket::ROUTES,
        password::ROUTES,
        datastores::ROUTES,
    ];
    tables.into_iter().flatten().filter(|route| route.method == method).find_map(|route| {
        let pattern: Vec<&'static str> = route.path.split('/').filter(|s| !s.is_empty()).collect();
        if pattern.len() != segments.len() {
            return None;
        }
        let mut from_uri = Vec::new();
        for (wanted, segment) in pattern.into_iter().zip(segments) {
            match parameter(wanted) {
                Some(name) => from_uri.push((name, segment.clone())),
                None if wanted == segment => {}
                None => return None,
            }
        }
        Some((route, from_uri))
    })
}

/// The check that PBS makes before a write, if the caller sent the digest it last read.
fn unchanged(sent: Option<&str>, current: impl FnOnce() -> String) -> Result<(), Refusal> {
    match sent {
        Some(sent) if !sent.eq_ignore_ascii_case(&current()) => Err(Refusal::bad(
            "detected modified configuration - file changed by other user? Try again.",
        )),
        _ => Ok(()),
    }
}

/// A list in the order of PBS's hash maps, which is another one each time.
fn shuffled(call: &mut Call, mut items: Vec<Value>) -> Value {
    call.world.random.shuffle(&mut items);
    items.into()
}

/// Whether one of a user's own tokens is meant.
fn is_token_of(auth_id: &str, userid: &str) -> bool {
    id::token_of(auth_id).is_some() && id::user_of(auth_id) == userid
}
