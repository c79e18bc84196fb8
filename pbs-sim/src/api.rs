//! Handling of one request, from its path to its response, without any network code.
//!
//! The checks run in the same order as in PBS 4.2.3: path, authentication, privilege, parameters,
//! locks. PBS 4.2.3 delays some error responses. The simulator multiplies these delays by a factor.
//! The order of the checks and the delays were measured.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use hyper::{HeaderMap, Method, Uri};
use percent_encoding::percent_decode_str;
use tokio::time::{Instant, sleep_until};

use crate::{
    auth::authenticate,
    clock::Clock,
    costs::WriteQueue,
    description::{ApiCall, Description, PathParams},
    locks::{LockFile, Locks},
    params::validate,
    raw_params::RawParams,
    response::{ApiError, CallResult, Format, HttpResponse},
    routes::{Call, Handler, ServerIdentity},
    settings::Settings,
    worker::Worker,
    world::World,
};

/// Maximum length of a URI, in bytes. Longer URIs get the status 414.
const MAX_URI_LENGTH: usize = 3072;
/// Maximum size of a request body, in bytes.
pub(crate) const MAX_BODY_SIZE: usize = 512 * 1024;
/// Time from receiving a request until PBS sends a response with status 401.
const UNAUTHORIZED_DELAY: Duration = Duration::from_secs(3);
/// Time from receiving a request until PBS sends a response with status 403.
const FORBIDDEN_DELAY: Duration = Duration::from_millis(500);

/// The simulated server without its network side.
pub(crate) struct Api {
    pub(crate) settings: Settings,
    pub(crate) identity: ServerIdentity,
    pub(crate) clock: Arc<Clock>,
    pub(crate) world: Arc<Mutex<World>>,
    pub(crate) worker: Worker,
    pub(crate) locks: Locks,
    pub(crate) writes: WriteQueue,
}

/// A request that has been received completely.
pub(crate) struct ApiRequest {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    /// `None` if the body was larger than [`MAX_BODY_SIZE`].
    pub(crate) body: Option<Bytes>,
    pub(crate) received_at: Instant,
}

impl ApiRequest {
    /// The percent-decoded segments of the path. `None` if a segment starts with a dot or is not
    /// UTF-8, because PBS rejects such a path.
    pub(crate) fn path_segments(&self) -> Option<Vec<String>> {
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

    /// The parameters from the query and the body.
    ///
    /// # Errors
    /// PBS's message with status 400 if the body is too large or malformed.
    pub(crate) fn raw_params(&self) -> Result<RawParams, ApiError> {
        let body =
            self.body.as_ref().ok_or_else(|| ApiError::bad_request("Request body too large"))?;
        let content_type = self.headers.get("content-type").and_then(|value| value.to_str().ok());
        RawParams::parse(self.uri.query(), content_type, body, self.is_write())
    }

    fn is_write(&self) -> bool {
        self.method != Method::GET
    }
}

impl Api {
    /// Locks the state of the server.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Handles a request. Returns the response and the authentication id of the caller. The id is
    /// `None` if the authentication failed or was not necessary.
    pub(crate) async fn respond(&self, request: &ApiRequest) -> (HttpResponse, Option<String>) {
        if request.uri.to_string().len() > MAX_URI_LENGTH {
            return (HttpResponse::plain(414, ""), None);
        }
        let Some(segments) = request.path_segments() else {
            return (HttpResponse::plain(400, "path contains illegal components"), None);
        };
        let (format, segments) = match segments.split_first_chunk() {
            Some(([first, second], rest)) if first == "api2" && second == "json" => {
                (Format::Json, rest)
            }
            Some(([first, second], rest)) if first == "api2" && second == "extjs" => {
                (Format::ExtJs, rest)
            }
            _ => {
                let text = format!("no such file: '{}'", segments.join("/"));
                return (HttpResponse::plain(404, text), None);
            }
        };
        let method = request.method.as_str();
        let description = Description::of(self.identity.version);
        let matching_call = description
            .find(method, segments)
            .and_then(|(call, params)| Some((call, Handler::find(method, &call.path)?, params)));
        // PBS checks the credentials even if the path has no route. With valid credentials, the
        // status is 404. With invalid or missing credentials, the status is 401.
        let caller = match &matching_call {
            Some((call, ..)) if call.is_public() => None,
            _ => match self.authenticate(request) {
                Ok(Some(caller)) => Some(caller),
                Ok(None) => return (self.unauthorized(request).await, None),
                Err(error) => {
                    self.delay(request, UNAUTHORIZED_DELAY).await;
                    return (HttpResponse::new(Err(error), format), None);
                }
            },
        };
        let result = match matching_call {
            Some((call, handler, path_params)) => {
                let caller = caller.as_deref().unwrap_or_default();
                self.call(request, call, &handler, path_params, caller).await
            }
            None => {
                let text = format!("Path '{}' not found.", request.uri.path());
                Err(ApiError { status: 404, ..ApiError::bad_request(text) })
            }
        };
        if let Err(ApiError { status: 401, .. }) = &result {
            self.delay(request, UNAUTHORIZED_DELAY).await;
        }
        (HttpResponse::new(result, format), caller)
    }

    /// Checks the privilege and the parameters of a call, takes its locks, and runs its handler.
    async fn call(
        &self,
        request: &ApiRequest,
        call: &ApiCall,
        handler: &Handler,
        path_params: PathParams,
        caller: &str,
    ) -> CallResult {
        if !self.allows(call, caller, &path_params) {
            // PBS delays only this response with status 403. If a handler responds with status 403,
            // PBS sends the response at once (recorded).
            self.delay(request, FORBIDDEN_DELAY).await;
            return Err(ApiError::forbidden());
        }
        let raw_params = request.raw_params()?;
        let args = validate(call, self.identity.version, raw_params, &path_params)?;
        let regenerates = args.boolean("regenerate") == Some(true);
        let cost = self.settings.costs.of(&request.method, &call.path, regenerates);
        self.writes.wait(cost, request.is_write()).await;
        let lock_wait = self.settings.lock_wait;
        let mut guards = self.locks.take(handler.locks(), lock_wait).await?;
        if let Some(file) = LockFile::needed_before_handler(call, &args) {
            guards.push(self.locks.take_file(&file, lock_wait).await?);
        }
        let lock_after_handler = LockFile::needed_after_handler(call, &args);
        let now = self.clock.now().as_secs();
        let (result, started_task) = {
            let world = &mut *self.world_with_current_acl_cache();
            let identity = &self.identity;
            let mut call = Call { world, identity, args, caller, now, started_task: None };
            (handler.handle(&mut call), call.started_task)
        };
        match started_task {
            Some(task) => self.worker.run(task, guards),
            None => drop(guards),
        }
        let result = result?;
        if let Some(file) = lock_after_handler {
            self.locks.take_file(&file, lock_wait).await?;
        }
        Ok(result)
    }

    /// Whether the caller has the privileges that PBS's description requires for the call.
    fn allows(&self, call: &ApiCall, caller: &str, path_params: &PathParams) -> bool {
        let world = self.world_with_current_acl_cache();
        call.allows(caller, path_params, &|privilege, path| {
            world.acl_cache.effective_privileges(caller, path).at_path.has(privilege)
        })
    }

    /// The authentication id of the caller. `None` if the credentials are missing or invalid.
    ///
    /// # Errors
    /// PBS's message with status 401 if PBS cannot read its configuration files.
    fn authenticate(&self, request: &ApiRequest) -> Result<Option<String>, ApiError> {
        let world = self.world_with_current_acl_cache();
        world.check_files()?;
        let now = self.clock.now().as_secs();
        let tickets = &self.identity.tickets;
        Ok(authenticate(&world, tickets, &request.headers, request.is_write(), now))
    }

    /// Locks the state of the server. Renews the cached copy of the access control list if the copy
    /// has reached its maximum age.
    fn world_with_current_acl_cache(&self) -> MutexGuard<'_, World> {
        let now = self.clock.now();
        let mut guard = self.world();
        let world = &mut *guard;
        world.acl_cache.refresh(&world.acl, now, self.settings.acl_cache_max_age);
        guard
    }

    /// Waits until `delay`, multiplied by the factor in the settings, has passed since the request
    /// was received.
    async fn delay(&self, request: &ApiRequest, delay: Duration) {
        sleep_until(request.received_at + self.settings.scaled_delay(delay)).await;
    }

    /// PBS's delayed response to a request without valid credentials.
    pub(crate) async fn unauthorized(&self, request: &ApiRequest) -> HttpResponse {
        self.delay(request, UNAUTHORIZED_DELAY).await;
        HttpResponse::unauthenticated(self.identity.version)
    }

    /// PBS's delayed response to a caller without the necessary privilege.
    pub(crate) async fn forbidden(&self, request: &ApiRequest) -> HttpResponse {
        self.delay(request, FORBIDDEN_DELAY).await;
        HttpResponse::new(Err(ApiError::forbidden()), Format::Json)
    }
}
