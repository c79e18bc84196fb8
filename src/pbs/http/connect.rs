//! Establishes connections, and describes failures of connections.

use crate::pbs::{
    Client, Config, Error, Result, error, proxy,
    resolve::{self, Resolver},
    tls,
};
use std::{
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// The connections to a server.
#[derive(Default)]
pub(in crate::pbs) struct Connections {
    /// The HTTP client with its pool of connections.
    http: OnceLock<Result<reqwest::Client>>,
    /// Whether the server has answered a request.
    answered: AtomicBool,
}

impl Connections {
    /// Records that the server has answered a request.
    pub(super) fn record_answer(&self) {
        self.answered.store(true, Ordering::Relaxed);
    }

    /// Whether the server has answered a request.
    pub(super) fn answered(&self) -> bool {
        self.answered.load(Ordering::Relaxed)
    }
}

impl Client {
    /// The HTTP client with its pool of connections, created when it is first needed.
    pub(super) fn http(&self) -> Result<&reqwest::Client> {
        self.shared
            .connections
            .http
            .get_or_init(|| self.new_http_client())
            .as_ref()
            .map_err(Clone::clone)
    }

    /// An HTTP client for the configuration of this client.
    fn new_http_client(&self) -> Result<reqwest::Client> {
        let config = &self.shared.config;
        let connect_timeout = config.timeout.min(Duration::from_secs(10));
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::config(&config.trust)?)
            // The time limit of the resolver is shorter than the time limit of the connection, so
            // that the error says that the host name could not be resolved.
            .dns_resolver(Resolver::new(connect_timeout * 4 / 5))
            .tls_info(true)
            .https_only(true)
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .connect_timeout(connect_timeout)
            .user_agent(&config.user_agent)
            .default_headers(config.http_headers.map())
            // Only the configured proxy is used, and never a proxy that reqwest finds in the
            // environment.
            .no_proxy();
        if let Some(proxy) = proxy::for_endpoint(&config.proxy, &config.endpoint)? {
            builder = builder.proxy(proxy);
        }
        builder.build().map_err(|error| {
            Error::Config(format!("the HTTP client cannot be set up: {}", root_cause(&error)))
        })
    }
}

/// The error of a request without a complete response. If the request was not sent, the error is
/// [`Error::Connect`]. If the request was sent, the error is [`Error::ResponseLost`]. `answered`
/// says whether the server has answered an earlier request.
pub(super) fn failure(
    name: &str,
    error: &reqwest::Error,
    config: &Config,
    answered: bool,
) -> Error {
    let request = name.to_owned();
    let proxy = proxy::shown_address(&config.proxy, &config.endpoint);
    if error.is_connect() {
        // If there is a proxy, the client resolves only the host name of the proxy.
        let argument = if proxy.is_some() { "`HTTPS_PROXY`" } else { "`endpoint`" };
        let unresolved = || {
            let (cause, transient) = resolve::explain(error)?;
            Some((cause.replace("`endpoint`", argument), transient))
        };
        let explanation = tls::explain(error, &config.trust).map(|cause| (cause, false));
        let (cause, transient) = explanation.or_else(unresolved).unwrap_or_else(|| {
            let cause = match error.is_timeout() {
                true => "the connection could not be established in time".to_owned(),
                false => format!("the connection failed: {}", connect_cause(error)),
            };
            let advice = match &proxy {
                Some(_) => {
                    "check that the proxy is running, and that it allows connections to \
                                `endpoint`"
                }
                None => "check `endpoint`, and that the server is running",
            };
            (format!("{cause}; {advice}"), true)
        });
        return Error::Connect { request, cause, transient };
    }
    let cause = match error.is_timeout() {
        true if answered => format!("no response within {} s", config.timeout.as_secs_f64()),
        true => format!(
            "no response within {} s; check `endpoint`, and that the server is running",
            config.timeout.as_secs_f64()
        ),
        false => {
            format!("the connection broke before the response was complete ({})", root_cause(error))
        }
    };
    Error::ResponseLost { request, cause }
}

/// The reason why no connection could be established. The error type of a tunnel is private, so its
/// messages are compared.
fn connect_cause(error: &reqwest::Error) -> String {
    let cause = root_cause(error);
    match cause.as_str() {
        "tunnel error: proxy authorization required" => {
            "the proxy requires a user name and a password".to_owned()
        }
        "tunnel error: unsuccessful" => {
            "the proxy does not open a connection to the server".to_owned()
        }
        _ => cause,
    }
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
