//! Sends API calls. This module escapes, authenticates, sends and retries each call, and decodes
//! the response.

mod call;

pub(super) use call::Call;

use crate::pbs::{
    Client, Error, Result, Secret, auth, error,
    resolve::{self, Resolver},
    tls,
};
use backon::{BackoffBuilder, ExponentialBuilder};
use reqwest::{Method, NoProxy, Proxy, header};
use serde::{
    Deserialize,
    de::{DeserializeOwned, IgnoredAny},
};
use std::{sync::atomic::Ordering, time::Duration};
use tokio::time::Instant;
use zeroize::Zeroizing;

/// Limit for the size of a response. All responses of PBS are far smaller. The limit keeps a server
/// that is not PBS from filling the memory.
const LARGEST_RESPONSE: usize = 32 << 20;

/// A response that reports a success.
pub(super) struct Response {
    body: Zeroizing<Vec<u8>>,
    /// The certificate of the server in DER.
    pub(super) certificate: Option<Vec<u8>>,
}

/// The state of the attempts of one call.
#[derive(Default)]
struct Attempts {
    /// Whether the last attempt has sent the request. False if the attempt failed earlier, for
    /// example at the login.
    sent: bool,
    /// The cookie that contained the ticket in the last attempt. `None` if the last attempt had no
    /// ticket.
    cookie: Option<header::HeaderValue>,
    /// The latest error for which [`Error::response_lost`] is true. Always `None` for reads.
    lost: Option<Error>,
}

impl Client {
    /// Sends a write whose response contains no data.
    pub(super) async fn send_write(&self, call: Call<'_>) -> Result<()> {
        self.send::<IgnoredAny>(call).await.map(drop)
    }

    /// Sends the call until it succeeds or cannot be retried, and decodes `data` of the response.
    pub(super) async fn send<T: DeserializeOwned>(&self, call: Call<'_>) -> Result<T> {
        self.send_and_read(call, |name, response| decode(name, &response.body)).await
    }

    /// Like [`send`](Self::send), but `read` extracts the result from the response. If `read`
    /// fails, the attempt counts as failed.
    pub(super) async fn send_and_read<T>(
        &self,
        call: Call<'_>,
        read: impl Fn(&str, Response) -> Result<T>,
    ) -> Result<T> {
        let name = call.name();
        let mut attempts = Attempts::default();
        let result = self.send_with_retries(&call, &name, read, &mut attempts).await;
        result.map_err(|error| match (attempts, call.needs) {
            // The error of the last attempt does not show whether an earlier attempt was carried
            // out.
            (Attempts { lost: Some(lost), sent, .. }, _) if !sent || !error.outcome_is_known() => {
                lost
            }
            (_, Some((privilege, path))) => error.with_required_privilege(privilege, path),
            _ => error,
        })
    }

    async fn send_with_retries<T>(
        &self,
        call: &Call<'_>,
        name: &str,
        read: impl Fn(&str, Response) -> Result<T>,
        attempts: &mut Attempts,
    ) -> Result<T> {
        let mut delays = self.delays();
        let mut renewed = false;
        let mut attempt = 1;
        loop {
            self.refuse_when_stopped(name)?;
            let started = Instant::now();
            let response = self.attempt(call, name, attempts).await;
            let result = response.and_then(|response| read(name, response));
            let status = match &result {
                Ok(_) => Some(200),
                Err(error) => error.status(),
            };
            let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
            tracing::debug!(request = name, status, ms, attempt, "PBS request");
            let error = match result {
                Ok(data) => return Ok(data),
                Err(error) => error,
            };
            if call.method != Method::GET && error.response_lost() {
                attempts.lost = Some(error.clone());
            }
            attempt += 1;
            if error.is_unauthorized()
                && !renewed
                && self.forget_ticket(attempts.cookie.as_ref()).await
            {
                renewed = true;
                continue;
            }
            match delays.next() {
                Some(delay) if call.can_retry_after(&error) => {
                    self.pause_until(Instant::now() + delay, name).await?;
                }
                _ => return Err(error),
            }
        }
    }

    async fn attempt(
        &self,
        call: &Call<'_>,
        name: &str,
        attempts: &mut Attempts,
    ) -> Result<Response> {
        (attempts.sent, attempts.cookie) = (false, None);
        let config = &self.shared.config;
        let url = config.endpoint.api(call.path.iter().copied());
        let mut request = self.http()?.request(call.method.clone(), url).timeout(config.timeout);
        if !call.query.is_empty() {
            request = request.query(&call.query);
        }
        if let Some(body) = &call.body {
            request = request.header(header::CONTENT_TYPE, "application/json").body(body.clone());
        }
        if !call.anonymous {
            request = self.authorize(request, &call.method, name).await?;
        }
        let request = request.build().map_err(|_| {
            Error::Config(format!(
                "{name}: the request cannot be built; this is a defect of the provider, please \
                 report it"
            ))
        })?;
        attempts.cookie = request.headers().get(header::COOKIE).cloned();
        attempts.sent = true;
        let header_secrets = auth::secrets_of(request.headers());
        let failed = |error: reqwest::Error| failure(name, &error, config.timeout);
        let mut response = self.http()?.execute(request).await.map_err(failed)?;
        let date = response.headers().get(header::DATE);
        self.shared.clock_difference.record(config.now.now(), date);
        let status = response.status();
        let mut body = Zeroizing::new(Vec::new());
        while let Some(part) = response.chunk().await.map_err(failed)? {
            if body.len() + part.len() > LARGEST_RESPONSE {
                let cause = format!("it is larger than {} MiB", LARGEST_RESPONSE >> 20);
                return Err(Error::InvalidResponse { request: name.to_owned(), cause });
            }
            body.extend_from_slice(&part);
        }
        if !status.is_success() {
            let text = String::from_utf8_lossy(&body);
            let secrets = [&header_secrets[..], &self.secrets(call)].concat();
            return Err(error::refused(name.to_owned(), status.as_u16(), &text, &secrets));
        }
        let tls = response.extensions().get::<reqwest::tls::TlsInfo>();
        let certificate = tls.and_then(|tls| tls.peer_certificate()).map(<[u8]>::to_vec);
        Ok(Response { body, certificate })
    }

    /// The secrets of the credentials and of the body. Each secret is listed twice: as plain text,
    /// and with the escapes of a JSON string. If the server repeats one of these texts, the text is
    /// redacted.
    fn secrets(&self, call: &Call<'_>) -> Vec<Secret> {
        let plain = self.shared.config.credentials.secrets().into_iter().chain(call.redacts);
        plain.flat_map(|secret| [secret.clone(), secret.in_json()]).collect()
    }

    /// Waits until `end`. Fails as soon as the run is asked to stop. `name` is shown in the error.
    pub(super) async fn pause_until(&self, end: Instant, name: &str) -> Result<()> {
        let mut stop = self.stop.clone();
        let stopped = async {
            if stop.wait_for(|stop| *stop).await.is_err() {
                // The sender is gone, so no stop signal can come.
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = tokio::time::sleep_until(end) => Ok(()),
            () = stopped => Err(Error::Stopped { request: name.to_owned() }),
        }
    }

    fn refuse_when_stopped(&self, name: &str) -> Result<()> {
        match *self.stop.borrow() {
            true => Err(Error::Stopped { request: name.to_owned() }),
            false => Ok(()),
        }
    }

    /// The delays before the retries. The first is about 0.25 seconds. Each further delay is twice
    /// as long, up to 5 seconds.
    fn delays(&self) -> impl Iterator<Item = Duration> + use<> {
        let config = &self.shared.config;
        let number = self.shared.backoffs.fetch_add(1, Ordering::Relaxed);
        ExponentialBuilder::new()
            .with_min_delay(Duration::from_millis(250))
            .with_max_delay(Duration::from_secs(5))
            .with_max_times(config.max_retries as usize)
            .with_jitter()
            .with_jitter_seed(config.seed.wrapping_add(number))
            .build()
    }

    /// The HTTP client with its pool of connections, created when it is first needed.
    fn http(&self) -> Result<&reqwest::Client> {
        self.shared.http.get_or_init(|| self.connections()).as_ref().map_err(Clone::clone)
    }

    fn connections(&self) -> Result<reqwest::Client> {
        let config = &self.shared.config;
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::config(&config.trust)?)
            .dns_resolver(Resolver::default())
            .tls_info(true)
            .https_only(true)
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .connect_timeout(config.timeout.min(Duration::from_secs(10)))
            .user_agent(&config.user_agent)
            // Only the configured proxy is used, and never a proxy that reqwest finds in the
            // environment.
            .no_proxy();
        if let Some(address) = config.proxy.https.as_deref().filter(|text| !text.is_empty()) {
            let proxy = Proxy::https(address).map_err(|_| {
                Error::Config(
                    "the HTTPS proxy is not a URL such as `http://proxy:3128`; check `HTTPS_PROXY`"
                        .to_owned(),
                )
            })?;
            let except = config.proxy.no_proxy.as_deref().and_then(NoProxy::from_string);
            builder = builder.proxy(proxy.no_proxy(except));
        }
        builder.build().map_err(|error| {
            Error::Config(format!("the HTTP client cannot be set up: {}", root_cause(&error)))
        })
    }
}

/// The member `data` of a response body.
pub(super) fn decode<T: DeserializeOwned>(name: &str, body: &[u8]) -> Result<T> {
    #[derive(Deserialize)]
    struct Envelope<T> {
        data: T,
    }
    match serde_json::from_slice(body) {
        Ok(Envelope { data }) => Ok(data),
        Err(error) => Err(error::not_understood(name.to_owned(), &error)),
    }
}

/// The error of a request without a complete response. If the request was not sent, the error is
/// [`Error::Connect`]. If the request was sent, the error is [`Error::ResponseLost`].
fn failure(name: &str, error: &reqwest::Error, timeout: Duration) -> Error {
    let request = name.to_owned();
    if error.is_connect() {
        let (cause, transient) = tls::explain(error)
            .map(|cause| (cause, false))
            .or_else(|| resolve::explain(error))
            .unwrap_or_else(|| {
                let cause = match error.is_timeout() {
                    true => "the connection could not be established in time".to_owned(),
                    false => format!("the connection failed: {}", root_cause(error)),
                };
                (format!("{cause}; check `endpoint`, and that the server is running"), true)
            });
        return Error::Connect { request, cause, transient };
    }
    let cause = match error.is_timeout() {
        true => format!("no response within {} s", timeout.as_secs_f64()),
        false => {
            format!("the connection broke before the response was complete ({})", root_cause(error))
        }
    };
    Error::ResponseLost { request, cause }
}

/// The message of the innermost error. The outer errors repeat the URL.
fn root_cause(error: &reqwest::Error) -> String {
    match error::causes(error).last() {
        // The messages of rustls can end with the address of its manual, which is cut off.
        Some(cause) if !cause.is::<reqwest::Error>() => {
            let cause = cause.to_string();
            cause.split(": https://").next().unwrap_or_default().to_owned()
        }
        _ => "no reason given".to_owned(),
    }
}
