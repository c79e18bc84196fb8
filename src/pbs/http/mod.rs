//! Sends API calls. This module escapes, authenticates, sends and retries each call, and decodes
//! the response.

mod call;
mod connect;

pub(super) use call::Call;
pub(super) use connect::Connections;

use crate::pbs::{Client, Error, Result, Secret, auth, error, lost_writes::stopped, proxy};
use backon::{BackoffBuilder, ExponentialBuilder};
use reqwest::{Method, header};
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

/// Delay before the only retry of a request if the server has not answered any request yet. The
/// request is retried only once, because the usual reason for the missing answer is a mistake in
/// the configuration. If the reason is that the server was just restarted, the server answers after
/// this delay.
const FIRST_CONTACT_DELAY: Duration = Duration::from_millis(300);

/// Delay before a call is repeated because another write holds the lock of a file. PBS itself waits
/// 10 seconds for the lock in each attempt.
const LOCK_DELAY: Duration = Duration::from_millis(250);

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
    is_sent: bool,
    /// The time at which the last attempt has sent the request.
    sent_at: jiff::Timestamp,
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

    /// Sends the call until it succeeds or cannot be retried, and decodes the member `data` of the
    /// response.
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
        self.wait_for_conflicting_writes(&call, &name).await?;
        let mut attempts = Attempts::default();
        let result = self.send_with_retries(&call, &name, read, &mut attempts).await;
        let result = result.map_err(|error| match (attempts, call.needs) {
            // The error of the last attempt does not show whether an earlier attempt was carried
            // out.
            (Attempts { lost: Some(lost), is_sent, .. }, _)
                if !is_sent || !error.outcome_is_known() =>
            {
                lost
            }
            // The message describes the failure of another server, so advice about PBS would
            // mislead.
            _ if call.answers_with_500 && error.status() == Some(500) => error.without_advice(),
            (_, Some((privilege, path))) => {
                error.with_missing_privilege(privilege, path, self.caller().as_ref())
            }
            _ => error,
        });
        let config = &self.shared.config;
        let proxy = || proxy::shown_address(&config.proxy, &config.endpoint);
        result.map_err(|error| error.with_origins(&config.origins).behind_proxy(proxy))
    }

    /// Sends the call until it succeeds or cannot be retried, and records the attempts in
    /// `attempts`.
    async fn send_with_retries<T>(
        &self,
        call: &Call<'_>,
        name: &str,
        read: impl Fn(&str, Response) -> Result<T>,
        attempts: &mut Attempts,
    ) -> Result<T> {
        let mut delays = self.delays();
        let mut first_contact = (self.shared.config.max_retries > 0).then_some(FIRST_CONTACT_DELAY);
        let mut has_renewed_ticket = false;
        let mut attempt = 1;
        let first_start = Instant::now();
        loop {
            self.refuse_when_stopped(name)?;
            let turn = self.turn(call, name).await?;
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
                Ok(data) => {
                    turn.not_refused();
                    if !call.anonymous {
                        self.shared.has_succeeded.store(true, Ordering::Relaxed);
                    }
                    return Ok(data);
                }
                Err(error) => error,
            };
            if call.method != Method::GET && error.response_lost() {
                attempts.lost = Some(error.clone());
                self.shared.lost_writes.record(call, attempts.sent_at);
            }
            attempt += 1;
            if error.refuses_credentials() {
                if !has_renewed_ticket && self.forget_ticket(attempts.cookie.as_ref()).await {
                    turn.ticket_refused();
                    has_renewed_ticket = true;
                    continue;
                }
                return Err(turn.refused(name, error));
            }
            turn.not_refused();
            if call.waits_for_lock_after(&error, first_start.elapsed()) {
                tracing::info!(request = name, "another write holds the lock of the file");
                self.pause_until(Instant::now() + LOCK_DELAY, name).await?;
                continue;
            }
            let is_first_contact = !self.shared.connections.answered();
            let delay = if is_first_contact { first_contact.take() } else { delays.next() };
            match delay {
                Some(delay) if call.can_retry_after(&error) => {
                    self.pause_until(Instant::now() + delay, name).await?;
                }
                _ => return Err(error),
            }
        }
    }

    /// Waits until the status of the credentials allows the call, or until the run is asked to
    /// stop.
    async fn turn(&self, call: &Call<'_>, name: &str) -> Result<auth::Turn<'_>> {
        if call.anonymous || self.is_uncancellable {
            return Ok(auth::Turn::unconditional());
        }
        tokio::select! {
            turn = self.shared.credential_status.turn(name) => turn,
            () = stopped(self.stop.clone()) => Err(Error::Stopped { request: name.to_owned() }),
        }
    }

    /// Sends the call once.
    async fn attempt(
        &self,
        call: &Call<'_>,
        name: &str,
        attempts: &mut Attempts,
    ) -> Result<Response> {
        (attempts.is_sent, attempts.cookie) = (false, None);
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
        (attempts.is_sent, attempts.sent_at) = (true, config.clock.now());
        let header_secrets = auth::secrets_of(request.headers());
        let answered = self.shared.connections.answered();
        let failed = |error: reqwest::Error| connect::failure(name, &error, config, answered);
        let settling = &self.shared.acl_ledger.settling;
        let sent_write = call.writes_user_configuration().then(|| settling.record_write());
        let mut response = self.http()?.execute(request).await.map_err(failed)?;
        self.shared.connections.record_answer();
        let date = response.headers().get(header::DATE);
        self.shared.clock_difference.record(config.clock.now(), date);
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
            let refused = error::refused(name.to_owned(), status.as_u16(), &text, &secrets);
            return Err(refused.with_advice_on_token(&config.credentials));
        }
        if let Some(sent_write) = sent_write {
            sent_write.succeeded();
        }
        let tls = response.extensions().get::<reqwest::tls::TlsInfo>();
        let certificate = tls.and_then(|tls| tls.peer_certificate()).map(<[u8]>::to_vec);
        Ok(Response { body, certificate })
    }

    /// The secrets of the credentials, of the additional headers and of the body. The result
    /// contains each secret twice: as plain text, and with the escapes of a JSON string. If the
    /// server repeats one of these texts in an error, the text is redacted.
    fn secrets(&self, call: &Call<'_>) -> Vec<Secret> {
        let config = &self.shared.config;
        let credentials = config.credentials.secrets().into_iter();
        let plain = credentials.chain(config.http_headers.secrets()).chain(&call.redacts);
        plain.flat_map(|secret| [secret.clone(), secret.in_json()]).collect()
    }

    /// Waits until `end`. Fails as soon as the run is asked to stop. The error contains `name`,
    /// which describes the request or the wait.
    pub(super) async fn pause_until(&self, end: Instant, name: &str) -> Result<()> {
        tokio::select! {
            () = tokio::time::sleep_until(end) => Ok(()),
            () = stopped(self.stop.clone()) => Err(Error::Stopped { request: name.to_owned() }),
        }
    }

    fn refuse_when_stopped(&self, name: &str) -> Result<()> {
        match *self.stop.borrow() {
            true => Err(Error::Stopped { request: name.to_owned() }),
            false => Ok(()),
        }
    }

    /// The delays before the retries. The first delay is about 0.25 seconds. Each further delay is
    /// twice as long as the delay before, up to 5 seconds.
    fn delays(&self) -> impl Iterator<Item = Duration> + use<> {
        let config = &self.shared.config;
        let number = self.shared.delay_sequences.fetch_add(1, Ordering::Relaxed);
        ExponentialBuilder::new()
            .with_min_delay(Duration::from_millis(250))
            .with_max_delay(Duration::from_secs(5))
            .with_max_times(config.max_retries as usize)
            .with_jitter()
            .with_jitter_seed(config.seed.wrapping_add(number))
            .build()
    }
}

/// The response body of a success.
#[derive(Deserialize)]
struct Envelope<T> {
    data: T,
    digest: Option<String>,
}

/// The member `data` of a response body.
pub(super) fn decode<T: DeserializeOwned>(name: &str, body: &[u8]) -> Result<T> {
    decode_envelope(name, body).map(|Envelope { data, .. }| data)
}

/// The member `data` of a response, and the digest of the configuration file that it comes from.
pub(super) fn decode_with_digest<T: DeserializeOwned>(
    name: &str,
    response: Response,
) -> Result<(T, Option<String>)> {
    decode_envelope(name, &response.body).map(|Envelope { data, digest }| (data, digest))
}

fn decode_envelope<T: DeserializeOwned>(name: &str, body: &[u8]) -> Result<Envelope<T>> {
    serde_json::from_slice(body)
        .map_err(|error| error::not_understood(name.to_owned(), body, &error))
}
