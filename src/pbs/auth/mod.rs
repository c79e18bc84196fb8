//! Authentication of requests: the header of an API token, or a ticket and its renewal.

mod credential_status;

pub(super) use credential_status::{CredentialStatus, Turn};

use crate::pbs::{Client, Credentials, Error, Result, Secret, UserId, http::Call};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{
    Method, RequestBuilder,
    header::{AUTHORIZATION, COOKIE, HeaderMap, HeaderName, HeaderValue},
};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use zeroize::Zeroizing;

const CSRF: HeaderName = HeaderName::from_static("csrfpreventiontoken");

/// Age at which a ticket is renewed. PBS 4.2.3 accepts a ticket for 2 hours. The margin of 10
/// minutes ensures that no ticket expires on its way to the server.
const RENEWAL_AGE_SECONDS: i64 = 110 * 60;

/// How a client authenticates its requests.
pub(super) enum Auth {
    /// The `Authorization` header with an API token.
    Token(HeaderValue),
    /// A configured ticket. The client does not renew it.
    Ticket(Session),
    /// The session and the time of the last login. The lock is held during a login, so that other
    /// requests wait for the new ticket and do not log in themselves.
    Login(Mutex<Option<(Session, jiff::Timestamp)>>),
    /// No credentials. The error says why the client has none.
    Missing(Error),
}

/// The headers that authenticate a logged-in user.
#[derive(Clone)]
pub(super) struct Session {
    cookie: HeaderValue,
    csrf: Option<HeaderValue>,
}

impl Auth {
    pub(super) fn new(credentials: &Credentials) -> Result<Self> {
        Ok(match credentials {
            Credentials::ApiToken(token) => {
                let text = Zeroizing::new(format!("PBSAPIToken={}", token.to_text().expose()));
                Self::Token(sensitive_header(&text)?)
            }
            Credentials::Ticket { ticket, csrf } => {
                Self::Ticket(Session::new(ticket, csrf.as_ref())?)
            }
            Credentials::Password { .. } => Self::Login(Mutex::new(None)),
            Credentials::Missing(reason) => {
                Self::Missing(Error::NoCredentials { reason: reason.clone(), unknown: false })
            }
            Credentials::Unknown(reason) => {
                Self::Missing(Error::NoCredentials { reason: reason.clone(), unknown: true })
            }
        })
    }
}

impl Session {
    fn new(ticket: &Secret, csrf: Option<&Secret>) -> Result<Self> {
        let escaped = utf8_percent_encode(ticket.expose(), NON_ALPHANUMERIC);
        let cookie = Zeroizing::new(format!("PBSAuthCookie={escaped}"));
        let csrf = csrf.map(|csrf| sensitive_header(csrf.expose())).transpose()?;
        Ok(Self { cookie: sensitive_header(&cookie)?, csrf })
    }

    /// Adds the headers to the request. `name` is the name of the request for errors.
    fn authorize(
        self,
        request: RequestBuilder,
        method: &Method,
        name: &str,
    ) -> Result<RequestBuilder> {
        let request = request.header(COOKIE, self.cookie);
        match (method, self.csrf) {
            (&Method::GET, _) => Ok(request),
            (_, Some(csrf)) => Ok(request.header(CSRF, csrf)),
            (_, None) => Err(Error::Login {
                request: name.to_owned(),
                cause: "a ticket alone can only be used to read. Set `csrf_prevention_token` to \
                        the token that Proxmox Backup Server returned together with the ticket"
                    .to_owned(),
            }),
        }
    }
}

impl Client {
    /// Adds the authentication headers. If there is no ticket or the ticket is too old, logs in
    /// first.
    pub(super) async fn authorize(
        &self,
        request: RequestBuilder,
        method: &Method,
        name: &str,
    ) -> Result<RequestBuilder> {
        match &self.shared.auth {
            Auth::Token(header) => Ok(request.header(AUTHORIZATION, header.clone())),
            Auth::Ticket(session) => session.clone().authorize(request, method, name),
            Auth::Missing(error) => Err(error.clone()),
            Auth::Login(session) => {
                let mut current = session.lock().await;
                let now = self.shared.config.clock.now();
                let session = match &*current {
                    Some((session, created)) if is_fresh(*created, now) => session.clone(),
                    _ => {
                        // The old ticket is dropped even if the login fails.
                        *current = None;
                        if !self.is_uncancellable {
                            // The server may have refused the credentials of another request while
                            // this request was waiting for the lock.
                            self.shared.credential_status.check(name)?;
                        }
                        let login = Box::pin(self.log_in()).await.inspect_err(|error| {
                            self.shared.credential_status.login_failed(error);
                        });
                        let session = login.map_err(Error::into_login_error)?;
                        *current = Some((session.clone(), now));
                        session
                    }
                };
                drop(current);
                session.authorize(request, method, name)
            }
        }
    }

    /// Call this function after a request has failed with status 401. `sent` is the cookie of this
    /// request. If `sent` contains the current ticket, the ticket is dropped. If `sent` contains an
    /// older ticket, another request has logged in meanwhile, and the current ticket is kept.
    /// Returns whether the request can succeed with a new ticket.
    pub(super) async fn forget_ticket(&self, sent: Option<&HeaderValue>) -> bool {
        let (Auth::Login(session), Some(sent)) = (&self.shared.auth, sent) else { return false };
        let mut current = session.lock().await;
        if current.as_ref().is_some_and(|(session, _)| session.cookie == *sent) {
            *current = None;
        }
        true
    }

    /// Sends the user name and the password, and returns the new session.
    async fn log_in(&self) -> Result<Session> {
        #[derive(Serialize)]
        struct Body<'a> {
            username: &'a UserId,
            password: &'a str,
        }
        #[derive(Deserialize)]
        struct Response {
            ticket: Secret,
            #[serde(rename = "CSRFPreventionToken")]
            csrf: Option<Secret>,
        }
        let Credentials::Password { user, password } = &self.shared.config.credentials else {
            return Err(Error::Config(
                "the client has no user name and password to log in with".to_owned(),
            ));
        };
        let call = Call::post(["access", "ticket"]).anonymous();
        let call = call.json(&Body { username: user, password: password.expose() });
        let Response { ticket, csrf } = self.send(call).await?;
        if ticket.expose().starts_with("PBS:!tfa!") {
            let request = "POST /access/ticket".to_owned();
            return Err(Error::SecondFactor { request, user: user.clone() });
        }
        Session::new(&ticket, csrf.as_ref())
    }
}

/// The secrets in the headers of a request: the percent-encoded ticket and the CSRF prevention
/// token.
pub(super) fn secrets_of(headers: &HeaderMap) -> Vec<Secret> {
    let values = [COOKIE, CSRF].into_iter().filter_map(|name| headers.get(name));
    let texts = values.filter_map(|value| value.to_str().ok());
    // The whole value, and the value without the name of the cookie.
    let parts = texts.flat_map(|text| [Some(text), text.split_once('=').map(|(_, rest)| rest)]);
    parts.flatten().map(Secret::new).collect()
}

/// Whether a ticket that was created at the time `created` can be used without a renewal.
fn is_fresh(created: jiff::Timestamp, now: jiff::Timestamp) -> bool {
    (0..RENEWAL_AGE_SECONDS).contains(&(now.as_second() - created.as_second()))
}

/// A header value with this text, which `Debug` does not show.
fn sensitive_header(text: &str) -> Result<HeaderValue> {
    let mut value = HeaderValue::from_str(text).map_err(|_| {
        Error::Config(
            "the credentials contain a character that is not allowed in an HTTP header; check them \
             for line breaks"
                .to_owned(),
        )
    })?;
    value.set_sensitive(true);
    Ok(value)
}
