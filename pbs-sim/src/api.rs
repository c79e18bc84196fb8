//! From a request to an answer: the path, the caller, the right to call, the parameters, the locks,
//! in the order of PBS 4.2.3 and with its penalties (measured). Knows nothing of connections.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use hyper::{HeaderMap, Method, Uri};
use percent_encoding::percent_decode_str;
use tokio::time::{Instant, sleep_until};

use crate::{
    answer::{Answer, Format, Outcome, Refusal},
    auth::authenticate,
    clock::Clock,
    locks::Locks,
    params::{Given, check},
    routes::{self, Access, Call, Host, Route},
    settings::Settings,
    world::World,
};

const LONGEST_URI: usize = 3072;
pub(crate) const LARGEST_BODY: usize = 512 * 1024;
const UNAUTHORIZED_AFTER: Duration = Duration::from_secs(3);
const FORBIDDEN_AFTER: Duration = Duration::from_millis(500);

/// The simulated server without its sockets.
pub(crate) struct Api {
    pub(crate) settings: Settings,
    pub(crate) host: Host,
    pub(crate) clock: Clock,
    pub(crate) world: Mutex<World>,
    pub(crate) locks: Locks,
}

/// A request as it came, read to its end.
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    /// `None` if it was larger than PBS takes.
    pub(crate) body: Option<Bytes>,
    pub(crate) arrived: Instant,
}

impl Asked {
    /// The decoded segments of the path, or `None` if PBS does not look at such a path.
    pub(crate) fn segments(&self) -> Option<Vec<String>> {
        self.uri
            .path()
            .split('/')
            .filter(|segment| !segment.is_empty())
            .map(|segment| match segment.starts_with('.') {
                true => None,
                false => percent_decode_str(segment).decode_utf8().ok().map(String::from),
            })
            .collect()
    }

    /// The parameters beside the path.
    pub(crate) fn given(&self) -> Result<Given, Refusal> {
        let body = self.body.as_ref().ok_or_else(|| Refusal::bad("Request body too large"))?;
        let content_type = self.headers.get("content-type").and_then(|kind| kind.to_str().ok());
        Given::read(self.uri.query(), content_type, body, self.method != Method::GET)
    }
}

impl Api {
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer, and who the caller proved to be.
    pub(crate) async fn answer(&self, asked: &Asked) -> (Answer, Option<String>) {
        if asked.uri.to_string().len() > LONGEST_URI {
            return (Answer::plain(414, ""), None);
        }
        let Some(segments) = asked.segments() else {
            return (Answer::plain(400, "path contains illegal components"), None);
        };
        let (format, segments) = match segments.split_first_chunk() {
            Some(([api2, json], rest)) if api2 == "api2" && json == "json" => (Format::Json, rest),
            Some(([api2, extjs], rest)) if api2 == "api2" && extjs == "extjs" => {
                (Format::ExtJs, rest)
            }
            _ => {
                let text = format!("no such file: '{}'", segments.join("/"));
                return (Answer::plain(404, text), None);
            }
        };
        let found = routes::find(asked.method.as_str(), segments);
        let caller = match &found {
            Some((Route { access: Access::World, .. }, _)) => None,
            _ => match self.caller(asked) {
                Some(caller) => Some(caller),
                None => {
                    self.penalty(asked, UNAUTHORIZED_AFTER).await;
                    return (Answer::unauthenticated(), None);
                }
            },
        };
        let outcome = match found {
            Some((route, from_uri)) => {
                self.call(asked, route, from_uri, caller.as_deref().unwrap_or_default()).await
            }
            None => {
                let text = format!("Path '{}' not found.", asked.uri.path());
                Err(Refusal { status: 404, ..Refusal::bad(text) })
            }
        };
        match &outcome {
            Err(Refusal { status: 401, .. }) => self.penalty(asked, UNAUTHORIZED_AFTER).await,
            Err(Refusal { status: 403, .. }) => self.penalty(asked, FORBIDDEN_AFTER).await,
            _ => {}
        }
        (Answer::of(outcome, format), caller)
    }

    async fn call(
        &self,
        asked: &Asked,
        route: &'static Route,
        from_uri: Vec<(&'static str, String)>,
        caller: &str,
    ) -> Outcome {
        if !route.access.allows(&self.world_with_rights(), caller, &from_uri) {
            return Err(Refusal::forbidden());
        }
        let args = check(route.params, self.host.version, asked.given()?, &from_uri)?;
        let _held = self.locks.take(route.locks, self.settings.lock_wait).await?;
        let now = self.clock.now().as_secs();
        let world = &mut *self.world_with_rights();
        (route.run)(&mut Call { world, server: &self.host, args, caller, now })
    }

    fn caller(&self, asked: &Asked) -> Option<String> {
        let writes = asked.method != Method::GET;
        let now = self.clock.now().as_secs();
        authenticate(&self.world(), &self.host.tickets, &asked.headers, writes, now)
    }

    /// The world, with rights in it that are no older than they may be.
    fn world_with_rights(&self) -> MutexGuard<'_, World> {
        let now = self.clock.now();
        let mut guard = self.world();
        let world = &mut *guard;
        world.rights.refresh(&world.acl, now, self.settings.rights_cache);
        guard
    }

    /// Refusals take as long as this, counted from the request's arrival.
    async fn penalty(&self, asked: &Asked, duration: Duration) {
        sleep_until(asked.arrived + self.settings.scaled(duration)).await;
    }

    /// What a fault answers in PBS's name: wrong credentials.
    pub(crate) async fn unauthorized(&self, asked: &Asked) -> Answer {
        self.penalty(asked, UNAUTHORIZED_AFTER).await;
        Answer::unauthenticated()
    }

    /// What a fault answers in PBS's name: a missing privilege.
    pub(crate) async fn forbidden(&self, asked: &Asked) -> Answer {
        self.penalty(asked, FORBIDDEN_AFTER).await;
        Answer::of(Err(Refusal::forbidden()), Format::Json)
    }
}
