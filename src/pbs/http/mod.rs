//! The one function through which every request goes: escape, authenticate, send, retry, decode.

mod call;

pub(super) use call::Call;

use crate::pbs::{Client, Error, Result, Secret, auth, error, resolve::Resolver, tls};
use backon::{BackoffBuilder, ExponentialBuilder};
use reqwest::{Method, NoProxy, Proxy, header};
use serde::{
    Deserialize,
    de::{DeserializeOwned, IgnoredAny},
};
use std::{sync::atomic::Ordering, time::Duration};
use tokio::time::Instant;
use zeroize::Zeroizing;

/// No answer of PBS comes near this; a server that sends more is not PBS.
const LARGEST_ANSWER: usize = 32 << 20;

/// A success, as it came.
pub(super) struct Received {
    body: Zeroizing<Vec<u8>>,
    /// What the server showed when the connection was made, in DER.
    pub(super) certificate: Option<Vec<u8>>,
}

/// What is known of the tries of one call.
#[derive(Default)]
struct Tries {
    /// Whether the last one got beyond the login.
    sent: bool,
    /// The ticket that went with it, if one did.
    cookie: Option<header::HeaderValue>,
    /// The error of a write that may have been carried out.
    lost: Option<Error>,
}

impl Client {
    /// Sends a write whose answer says nothing but that it was done.
    pub(super) async fn send_write(&self, call: Call<'_>) -> Result<()> {
        self.send::<IgnoredAny>(call).await.map(drop)
    }

    /// Sends the call until it succeeds or must not be repeated, and decodes `data`.
    pub(super) async fn send<T: DeserializeOwned>(&self, call: Call<'_>) -> Result<T> {
        self.send_and(call, |name, received| decode(name, &received.body)).await
    }

    /// The same for what is not in `data`; an answer that cannot be read counts as a failed try.
    pub(super) async fn send_and<T>(
        &self,
        call: Call<'_>,
        read: impl Fn(&str, Received) -> Result<T>,
    ) -> Result<T> {
        let name = call.name();
        let mut tries = Tries::default();
        let result = self.send_repeatedly(&call, &name, read, &mut tries).await;
        result.map_err(|error| match (tries, call.needs) {
            // The last try says nothing of what became of an earlier one.
            (Tries { lost: Some(lost), sent, .. }, _) if !sent || !error.outcome_is_known() => lost,
            (_, Some((privilege, path))) => error.with_required_privilege(privilege, path),
            _ => error,
        })
    }

    async fn send_repeatedly<T>(
        &self,
        call: &Call<'_>,
        name: &str,
        read: impl Fn(&str, Received) -> Result<T>,
        tries: &mut Tries,
    ) -> Result<T> {
        let mut delays = self.delays();
        let mut renewed = false;
        let mut attempt = 1;
        loop {
            self.refuse_when_stopped(name)?;
            let started = Instant::now();
            let received = self.attempt(call, name, tries).await;
            let result = received.and_then(|received| read(name, received));
            let status = match &result {
                Ok(_) => Some(200),
                Err(error) => error.status(),
            };
            let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
            tracing::debug!(request = name, status, ms, attempt, "asked PBS");
            let error = match result {
                Ok(data) => return Ok(data),
                Err(error) => error,
            };
            if call.method != Method::GET && error.response_lost() {
                tries.lost = Some(error.clone());
            }
            attempt += 1;
            if error.is_unauthorized()
                && !renewed
                && self.forget_ticket(tries.cookie.as_ref()).await
            {
                renewed = true;
                continue;
            }
            match delays.next() {
                Some(delay) if call.may_repeat_after(&error) => {
                    self.pause_until(Instant::now() + delay, name).await?;
                }
                _ => return Err(error),
            }
        }
    }

    async fn attempt(&self, call: &Call<'_>, name: &str, tries: &mut Tries) -> Result<Received> {
        (tries.sent, tries.cookie) = (false, None);
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
            Error::Config(format!("{name}: the request cannot be built; this is our fault"))
        })?;
        tries.cookie = request.headers().get(header::COOKIE).cloned();
        tries.sent = true;
        let sent = auth::secrets_of(request.headers());
        let lost = |error: reqwest::Error| failure(name, &error, config.timeout);
        let mut response = self.http()?.execute(request).await.map_err(lost)?;
        let status = response.status();
        let mut body = Zeroizing::new(Vec::new());
        while let Some(part) = response.chunk().await.map_err(lost)? {
            if body.len() + part.len() > LARGEST_ANSWER {
                let cause = format!("it is larger than {} MiB", LARGEST_ANSWER >> 20);
                return Err(Error::InvalidResponse { request: name.to_owned(), cause });
            }
            body.extend_from_slice(&part);
        }
        if !status.is_success() {
            let text = String::from_utf8_lossy(&body);
            let secrets = [&sent[..], &self.secrets(call)].concat();
            return Err(error::refused(name.to_owned(), status.as_u16(), &text, &secrets));
        }
        let tls = response.extensions().get::<reqwest::tls::TlsInfo>();
        let certificate = tls.and_then(|tls| tls.peer_certificate()).map(<[u8]>::to_vec);
        Ok(Received { body, certificate })
    }

    /// What must not be shown even if the server repeats what it was sent, in every form in which it is
    /// sent in a body.
    fn secrets(&self, call: &Call<'_>) -> Vec<Secret> {
        let plain = self.shared.config.credentials.secrets().into_iter().chain(call.redacts);
        plain.flat_map(|secret| [secret.clone(), secret.in_json()]).collect()
    }

    /// Waits, unless the run is asked to stop.
    pub(super) async fn pause_until(&self, end: Instant, name: &str) -> Result<()> {
        let mut stop = self.stop.clone();
        let stopped = async {
            if stop.wait_for(|stop| *stop).await.is_err() {
                // Nobody is left who could ask for it.
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

    /// How long to wait before each further try: about 0.25, 0.5, 1 and 2 seconds.
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

    /// The pool of connections, made when it is first needed.
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
            // Only what the configuration names, never what the environment does.
            .no_proxy();
        if let Some(address) = config.proxy.https.as_deref().filter(|text| !text.is_empty()) {
            let proxy = Proxy::https(address).map_err(|_| {
                Error::Config("the HTTPS proxy is not a URL such as `http://proxy:3128`".to_owned())
            })?;
            let except = config.proxy.no_proxy.as_deref().and_then(NoProxy::from_string);
            builder = builder.proxy(proxy.no_proxy(except));
        }
        builder.build().map_err(|error| {
            Error::Config(format!("the HTTP client cannot be set up: {}", root_cause(&error)))
        })
    }
}

pub(super) fn decode<T: DeserializeOwned>(name: &str, body: &[u8]) -> Result<T> {
    #[derive(Deserialize)]
    struct Answer<T> {
        data: T,
    }
    match serde_json::from_slice(body) {
        Ok(Answer { data }) => Ok(data),
        Err(error) => Err(error::not_understood(name.to_owned(), &error)),
    }
}

/// What became of a request that has no answer: never sent, or sent and unanswered.
fn failure(name: &str, error: &reqwest::Error, timeout: Duration) -> Error {
    let request = name.to_owned();
    if error.is_connect() {
        let (cause, transient) = tls::explain(error)
            .map(|cause| (cause, false))
            .or_else(|| super::resolve::explain(error))
            .unwrap_or_else(|| {
                let cause = match error.is_timeout() {
                    true => "no connection came about in time".to_owned(),
                    false => format!("no connection: {}", root_cause(error)),
                };
                (format!("{cause}; is `endpoint` right, and is the server up?"), true)
            });
        return Error::Connect { request, cause, transient };
    }
    let cause = match error.is_timeout() {
        true => format!("no answer within {} s", timeout.as_secs_f64()),
        false => {
            format!("the connection broke before the answer was there ({})", root_cause(error))
        }
    };
    Error::ResponseLost { request, cause }
}

/// The innermost error: the outer ones repeat the URL.
fn root_cause(error: &reqwest::Error) -> String {
    match error::causes(error).last() {
        // TLS ends its sentences with the address of its manual.
        Some(cause) if !cause.is::<reqwest::Error>() => {
            let cause = cause.to_string();
            cause.split(": https://").next().unwrap_or_default().to_owned()
        }
        _ => "no reason given".to_owned(),
    }
}
