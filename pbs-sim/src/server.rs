//! Sockets, TLS and HTTP/1.1, and the faults that can befall them. Knows nothing of the API.

use std::{
    error::Error,
    io,
    pin::{Pin, pin},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::{
    Method, Response, StatusCode,
    body::{Body, Frame, Incoming, SizeHint},
    header::{CONTENT_TYPE, HeaderValue, SET_COOKIE},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::oneshot,
    time::{Instant, Sleep, sleep},
};

use crate::{
    answer::Answer,
    api::{Api, Asked, LARGEST_BODY},
    fault::{FaultKind, Faults},
    log::Request,
    params::redacted_query,
};

pub(crate) struct Server {
    pub(crate) api: Api,
    pub(crate) faults: Mutex<Faults>,
    pub(crate) requests: Mutex<Vec<Request>>,
    pub(crate) connections: AtomicUsize,
}

/// Serves until told to stop; what is under way then is dropped.
pub(crate) async fn serve(server: Arc<Server>, listener: TcpListener, stop: oneshot::Receiver<()>) {
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            _ = &mut stop => return,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => drop(tokio::spawn(connection(server.clone(), stream))),
                // Out of file descriptors, say: the next one may do better.
                Err(_) => sleep(Duration::from_millis(10)).await,
            }
        }
    }
}

async fn connection(server: Arc<Server>, stream: TcpStream) {
    if server.faults().refuses_connection() {
        return;
    }
    let _ = stream.set_nodelay(true);
    let Ok(stream) = server.api.host.certificate.acceptor.accept(stream).await else { return };
    server.connections.fetch_add(1, Ordering::Relaxed);
    let service = service_fn(|request| exchange(server.clone(), request));
    // An error here is a peer that went away, or a fault that was asked for.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn exchange(
    server: Arc<Server>,
    request: hyper::Request<Incoming>,
) -> Result<Response<Payload>, Dropped> {
    let (parts, body) = request.into_parts();
    let body = read(body).await.map_err(|_| Dropped)?;
    let asked = Asked {
        method: parts.method,
        uri: parts.uri,
        headers: parts.headers,
        body,
        arrived: Instant::now(),
    };
    // A peer that goes away does not stop what it asked for.
    let handled = tokio::spawn(async move { server.handle(asked).await });
    handled.await.map_err(|_| Dropped)?
}

/// The whole body; `None` if it is larger than PBS takes.
async fn read(mut body: Incoming) -> Result<Option<Bytes>, hyper::Error> {
    let mut read = Vec::new();
    let mut size = 0;
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            size += data.len();
            if size <= LARGEST_BODY {
                read.extend_from_slice(&data);
            }
        }
    }
    Ok((size <= LARGEST_BODY).then(|| read.into()))
}

impl Server {
    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn requests(&self) -> MutexGuard<'_, Vec<Request>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn handle(&self, asked: Asked) -> Result<Response<Payload>, Dropped> {
        let fault = self.faults().befalling(asked.method.as_str(), &shown_path(&asked));
        let unhandled = |status: Option<u16>| self.record(&asked, None, status, fault.as_ref());
        let answer = match &fault {
            Some(FaultKind::Refused | FaultKind::DroppedBefore) => {
                unhandled(None);
                return Err(Dropped);
            }
            Some(FaultKind::Hang) => {
                unhandled(None);
                return std::future::pending().await;
            }
            Some(FaultKind::Status(status, text)) => Some(Answer::plain(*status, text.as_str())),
            Some(FaultKind::Html502) => Some(Answer::html(502, BAD_GATEWAY)),
            Some(FaultKind::Unauthorized) => Some(self.api.unauthorized(&asked).await),
            Some(FaultKind::Forbidden) => Some(self.api.forbidden(&asked).await),
            _ => None,
        };
        if let Some(answer) = answer {
            unhandled(Some(answer.status));
            return Ok(response(&asked.method, answer, false));
        }
        let (answer, caller) = self.api.answer(&asked).await;
        self.record(&asked, caller, Some(answer.status), fault.as_ref());
        match fault {
            Some(FaultKind::DroppedAfter) => Err(Dropped),
            Some(FaultKind::Truncated) => Ok(response(&asked.method, answer, true)),
            Some(FaultKind::Slow(late)) => {
                sleep(late).await;
                Ok(response(&asked.method, answer, false))
            }
            _ => Ok(response(&asked.method, answer, false)),
        }
    }

    fn record(
        &self,
        asked: &Asked,
        caller: Option<String>,
        status: Option<u16>,
        fault: Option<&FaultKind>,
    ) {
        let request = Request {
            method: asked.method.to_string(),
            path: shown_path(asked),
            query: redacted_query(asked.uri.query().unwrap_or_default()),
            caller,
            status,
            params: asked.given().map(|given| given.redacted()).unwrap_or_default(),
            fault: fault.map(FaultKind::name),
            took: asked.arrived.elapsed(),
        };
        if let Some(log) = &self.api.settings.log {
            log(&request);
        }
        self.requests().push(request);
    }
}

const BAD_GATEWAY: &str =
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n</body>\r\n</html>\r\n";

fn shown_path(asked: &Asked) -> String {
    let path = asked.segments().map_or_else(
        || asked.uri.path().to_string(),
        |segments| segments.iter().map(|segment| format!("/{segment}")).collect(),
    );
    match path.strip_prefix("/api2/json") {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => rest.into(),
        _ => path,
    }
}

fn response(method: &Method, answer: Answer, truncated: bool) -> Response<Payload> {
    let Answer { status, content_type, cookie, body } = answer;
    let body = if method == Method::HEAD { Bytes::new() } else { Bytes::from(body) };
    let mut response = Response::new(Payload::new(body, truncated));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::IM_A_TEAPOT);
    let headers = response.headers_mut();
    if let Some(kind) = content_type {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    if let Some(cookie) = cookie.and_then(|cookie| HeaderValue::from_str(&cookie).ok()) {
        headers.insert(SET_COOKIE, cookie);
    }
    response
}

/// Tells hyper to close the connection without an answer.
#[derive(Debug)]
struct Dropped;

impl std::fmt::Display for Dropped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the connection is closed without an answer")
    }
}

impl Error for Dropped {}

/// A body that is sent whole, or announced whole and cut off in the middle.
struct Payload {
    announced: u64,
    rest: Option<Bytes>,
    cut: Option<Pin<Box<Sleep>>>,
}

impl Payload {
    fn new(body: Bytes, truncated: bool) -> Self {
        let announced = body.len() as u64;
        let half = body.slice(..if truncated { body.len() / 2 } else { body.len() });
        // The pause lets hyper send what it has before it learns of the failure.
        let cut = truncated.then(|| Box::pin(sleep(Duration::from_millis(5))));
        Self { announced, rest: Some(half).filter(|half| !half.is_empty()), cut }
    }
}

impl Body for Payload {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(data) = self.rest.take() {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        match &mut self.cut {
            None => Poll::Ready(None),
            Some(pause) => {
                ready!(pause.as_mut().poll(cx));
                Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into())))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_none() && self.cut.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.announced)
    }
}
