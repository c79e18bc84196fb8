//! Network side of the simulator: sockets, TLS, HTTP/1.1, the injected faults and the request log.
//! The module `api` determines the content of the responses.

mod body;
mod late;

use std::{
    error::Error,
    fmt,
    pin::pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::{
    Method, Response, StatusCode,
    body::Incoming,
    header::{CONTENT_TYPE, DATE, HeaderValue, SET_COOKIE},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::oneshot,
    time::{Instant, sleep},
};

pub(crate) use self::late::LateRequests;

use self::body::ResponseBody;
use crate::{
    api::{Api, ApiRequest, MAX_BODY_SIZE},
    fault::{FaultKind, Faults},
    raw_params::redacted_query,
    request_log::Request,
    response::HttpResponse,
};

/// The state that all connections share.
pub(crate) struct Server {
    pub(crate) api: Api,
    pub(crate) faults: Mutex<Faults>,
    /// The request log, in the order in which the requests were handled.
    pub(crate) requests: Mutex<Vec<Request>>,
    /// Number of completed TLS handshakes.
    pub(crate) connections: AtomicUsize,
    /// The requests that are handled later because of [`FaultKind::Late`].
    pub(crate) late_requests: Mutex<LateRequests>,
}

/// Accepts connections until `stop` is signalled.
pub(crate) async fn serve(server: Arc<Server>, listener: TcpListener, stop: oneshot::Receiver<()>) {
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            _ = &mut stop => return,
            connection = listener.accept() => match connection {
                Ok((stream, _)) => drop(tokio::spawn(serve_connection(server.clone(), stream))),
                // The error can be temporary, for example if no file descriptors are free, so try
                // again.
                Err(_) => sleep(Duration::from_millis(10)).await,
            }
        }
    }
}

async fn serve_connection(server: Arc<Server>, stream: TcpStream) {
    if server.faults().refuse_connection() {
        return;
    }
    let _ = stream.set_nodelay(true);
    let acceptor = &server.api.identity.certificate.acceptor;
    let Ok(stream) = acceptor.accept(stream).await else { return };
    server.connections.fetch_add(1, Ordering::Relaxed);
    let service = service_fn(|request| serve_request(server.clone(), request));
    // An error only means that the client disconnected or that a fault closed the connection.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn serve_request(
    server: Arc<Server>,
    request: hyper::Request<Incoming>,
) -> Result<Response<ResponseBody>, ConnectionClosed> {
    let (parts, body) = request.into_parts();
    let body = read_body(body).await.map_err(|_| ConnectionClosed)?;
    let request = ApiRequest {
        method: parts.method,
        uri: parts.uri,
        headers: parts.headers,
        body,
        received_at: Instant::now(),
    };
    // The request is handled in a separate tokio task, because PBS completes a request even if its
    // client disconnects (PBS 4.2.3, measured).
    let task = tokio::spawn({
        let server = server.clone();
        async move { server.receive(request).await }
    });
    let mut response = task.await.map_err(|_| ConnectionClosed)??;
    if let Some(date) = server.date() {
        response.headers_mut().insert(DATE, date);
    }
    Ok(response)
}

/// Reads the whole body. Returns `None` if the body is larger than [`MAX_BODY_SIZE`]. In this case,
/// the rest of the body is read and discarded.
async fn read_body(mut body: Incoming) -> Result<Option<Bytes>, hyper::Error> {
    let mut bytes = Vec::new();
    let mut size = 0;
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            size += data.len();
            if size <= MAX_BODY_SIZE {
                bytes.extend_from_slice(&data);
            }
        }
    }
    Ok((size <= MAX_BODY_SIZE).then(|| bytes.into()))
}

impl Server {
    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The value of the header `Date`, by the clock of the simulator.
    fn date(&self) -> Option<HeaderValue> {
        let date = httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + self.api.clock.now());
        HeaderValue::from_str(&date).ok()
    }

    pub(crate) fn requests(&self) -> MutexGuard<'_, Vec<Request>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Handles a request, or postpones it because of [`FaultKind::Late`].
    async fn receive(
        self: Arc<Self>,
        request: ApiRequest,
    ) -> Result<Response<ResponseBody>, ConnectionClosed> {
        let fault = self.faults().occur_for(request.method.as_str(), &logged_path(&request));
        if let Some(FaultKind::Late(delay)) = fault {
            self.postpone(request, delay);
            return Err(ConnectionClosed);
        }
        self.handle(request, fault).await
    }

    /// Handles and logs a request, and applies `fault` to the request.
    async fn handle(
        &self,
        request: ApiRequest,
        fault: Option<FaultKind>,
    ) -> Result<Response<ResponseBody>, ConnectionClosed> {
        let log_unhandled = |status: Option<u16>| self.log(&request, None, status, fault.as_ref());
        let injected_response = match &fault {
            Some(FaultKind::Refused | FaultKind::DroppedBefore) => {
                log_unhandled(None);
                return Err(ConnectionClosed);
            }
            Some(FaultKind::Hang) => {
                log_unhandled(None);
                return std::future::pending().await;
            }
            Some(FaultKind::Status(status, text)) => {
                Some(HttpResponse::plain(*status, text.as_str()))
            }
            Some(FaultKind::Repeats(status)) => {
                let body = request.body.as_deref().unwrap_or_default();
                let body = String::from_utf8_lossy(body);
                let text = format!("bad request: {:?} {body}", request.headers);
                Some(HttpResponse::plain(*status, text))
            }
            Some(FaultKind::Html502) => Some(HttpResponse::html(502, BAD_GATEWAY_PAGE)),
            Some(FaultKind::Unauthorized) => Some(self.api.unauthorized(&request).await),
            Some(FaultKind::Forbidden) => Some(self.api.forbidden(&request).await),
            _ => None,
        };
        if let Some(response) = injected_response {
            log_unhandled(Some(response.status));
            return Ok(to_hyper(&request.method, response, ResponseBody::complete));
        }
        let (response, caller) = self.api.respond(&request).await;
        self.log(&request, caller, Some(response.status), fault.as_ref());
        match fault {
            Some(FaultKind::DroppedAfter) => Err(ConnectionClosed),
            Some(FaultKind::Truncated) => {
                Ok(to_hyper(&request.method, response, ResponseBody::truncated))
            }
            Some(FaultKind::Slow(delay)) => {
                sleep(delay).await;
                Ok(to_hyper(&request.method, response, ResponseBody::complete))
            }
            _ => Ok(to_hyper(&request.method, response, ResponseBody::complete)),
        }
    }

    fn log(
        &self,
        request: &ApiRequest,
        caller: Option<String>,
        status: Option<u16>,
        fault: Option<&FaultKind>,
    ) {
        let entry = Request {
            method: request.method.to_string(),
            path: logged_path(request),
            query: redacted_query(request.uri.query().unwrap_or_default()),
            caller,
            status,
            params: request.raw_params().map(|params| params.redacted()).unwrap_or_default(),
            fault: fault.map(FaultKind::name),
            took: request.received_at.elapsed(),
        };
        if let Some(log) = &self.api.settings.log {
            log(&entry);
        }
        self.requests().push(entry);
    }
}

const BAD_GATEWAY_PAGE: &str =
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n</body>\r\n</html>\r\n";

/// The form of the path for the request log and for fault patterns: percent-decoded and without
/// `/api2/json`. A path that PBS rejects stays encoded.
fn logged_path(request: &ApiRequest) -> String {
    let path = request.path_segments().map_or_else(
        || request.uri.path().to_string(),
        |segments| segments.iter().map(|segment| format!("/{segment}")).collect(),
    );
    match path.strip_prefix("/api2/json") {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => rest.into(),
        _ => path,
    }
}

/// Converts a response for hyper. `to_body` decides whether the body is sent completely.
fn to_hyper(
    method: &Method,
    response: HttpResponse,
    to_body: fn(Bytes) -> ResponseBody,
) -> Response<ResponseBody> {
    let HttpResponse { status, content_type, set_cookie, body } = response;
    let body = if method == Method::HEAD { Bytes::new() } else { Bytes::from(body) };
    let mut response = Response::new(to_body(body));
    // If the number in a `FaultKind::Status` is not a valid HTTP status, the status is 418.
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::IM_A_TEAPOT);
    let headers = response.headers_mut();
    if let Some(content_type) = content_type {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    if let Some(cookie) = set_cookie.and_then(|cookie| HeaderValue::from_str(&cookie).ok()) {
        headers.insert(SET_COOKIE, cookie);
    }
    response
}

/// Error that makes hyper close the connection without a response.
#[derive(Debug)]
struct ConnectionClosed;

impl fmt::Display for ConnectionClosed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is closed without a response")
    }
}

impl Error for ConnectionClosed {}
