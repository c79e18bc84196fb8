//! Who asks: the header of an API token, or a ticket with its renewal. Knows nothing of what is
//! asked.

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

/// A ticket is good for 2 h (PBS 4.2.3); it is renewed while it surely still is.
const RENEWED_AFTER_SECONDS: i64 = 110 * 60;

pub(super) enum Auth {
    Token(HeaderValue),
    Ticket(Session),
    /// The lock is held during a login, so that everybody else waits for its ticket.
    Login(Mutex<Option<(Session, jiff::Timestamp)>>),
    /// There is none, and why.
    Missing(String),
}

/// What a logged-in caller sends along.
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
                Self::Token(sensitive(&text)?)
            }
            Credentials::Ticket { ticket, csrf } => {
                Self::Ticket(Session::new(ticket, csrf.as_ref())?)
            }
            Credentials::Password { .. } => Self::Login(Mutex::new(None)),
            Credentials::Missing(reason) => Self::Missing(reason.clone()),
        })
    }
}

impl Session {
    fn new(ticket: &Secret, csrf: Option<&Secret>) -> Result<Self> {
        let escaped = utf8_percent_encode(ticket.expose(), NON_ALPHANUMERIC);
        let cookie = Zeroizing::new(format!("PBSAuthCookie={escaped}"));
        let csrf = csrf.map(|csrf| sensitive(csrf.expose())).transpose()?;
        Ok(Self { cookie: sensitive(&cookie)?, csrf })
    }

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
                cause: "a ticket alone can only read; a write also needs the \
                        `csrf_prevention_token` that PBS gave with it"
                    .to_owned(),
            }),
        }
    }
}

impl Client {
    /// Adds what proves who asks, after a login if one is due.
    pub(super) async fn authorize(
        &self,
        request: RequestBuilder,
        method: &Method,
        name: &str,
    ) -> Result<RequestBuilder> {
        match &self.shared.auth {
            Auth::Token(header) => Ok(request.header(AUTHORIZATION, header.clone())),
            Auth::Ticket(session) => session.clone().authorize(request, method, name),
            Auth::Missing(reason) => Err(Error::Config(reason.clone())),
            Auth::Login(kept) => {
                let mut kept = kept.lock().await;
                let now = self.shared.config.now.now();
                let session = match &*kept {
                    Some((session, made)) if fresh(*made, now) => session.clone(),
                    _ => {
                        // A failed login leaves no ticket behind.
                        *kept = None;
                        let session =
                            Box::pin(self.log_in()).await.map_err(Error::into_login_error)?;
                        *kept = Some((session.clone(), now));
                        session
                    }
                };
                drop(kept);
                session.authorize(request, method, name)
            }
        }
    }

    /// After a 401: forgets the ticket that was sent, unless somebody has renewed it meanwhile.
    /// Tells whether another try can go better.
    pub(super) async fn forget_ticket(&self, sent: Option<&HeaderValue>) -> bool {
        let (Auth::Login(kept), Some(sent)) = (&self.shared.auth, sent) else { return false };
        let mut kept = kept.lock().await;
        if kept.as_ref().is_some_and(|(session, _)| session.cookie == *sent) {
            *kept = None;
        }
        true
    }

    async fn log_in(&self) -> Result<Session> {
        #[derive(Serialize)]
        struct Body<'a> {
            username: &'a UserId,
            password: &'a str,
        }
        #[derive(Deserialize)]
        struct Answer {
            ticket: Secret,
            #[serde(rename = "CSRFPreventionToken")]
            csrf: Option<Secret>,
        }
        let Credentials::Password { user, password } = &self.shared.config.credentials else {
            return Err(Error::Config("there is nothing to log in with".to_owned()));
        };
        let call = Call::post(["access", "ticket"]).anonymous();
        let call = call.json(&Body { username: user, password: password.expose() });
        let Answer { ticket, csrf } = self.send(call).await?;
        if ticket.expose().starts_with("PBS:!tfa!") {
            return Err(Error::Login {
                request: "POST /access/ticket".to_owned(),
                cause: format!(
                    "the login of {user} needs a second factor, which cannot be given here; use \
                     `api_token`, or log in elsewhere and use `auth_ticket`"
                ),
            });
        }
        Session::new(&ticket, csrf.as_ref())
    }
}

/// What of these headers must never be shown: a ticket, escaped as it is sent, and what goes with it.
pub(super) fn secrets_of(headers: &HeaderMap) -> Vec<Secret> {
    let sent = [COOKIE, CSRF].into_iter().filter_map(|name| headers.get(name));
    let texts = sent.filter_map(|value| value.to_str().ok());
    // Whole, and without what a cookie is called.
    let parts = texts.flat_map(|text| [Some(text), text.split_once('=').map(|(_, rest)| rest)]);
    parts.flatten().map(Secret::new).collect()
}

fn fresh(made: jiff::Timestamp, now: jiff::Timestamp) -> bool {
    (0..RENEWED_AFTER_SECONDS).contains(&(now.as_second() - made.as_second()))
}

fn sensitive(text: &str) -> Result<HeaderValue> {
    let mut value = HeaderValue::from_str(text).map_err(|_| {
        Error::Config("the credentials hold a character that no header can hold".to_owned())
    })?;
    value.set_sensitive(true);
    Ok(value)
}
