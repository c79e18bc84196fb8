//! A server that is not PBS. The server answers every request with the same bytes. The test chooses
//! the name and the dates of the server's certificate.

use terraform_provider_pbs::pbs::{CaCertificates, Config, Credentials, Trust};
use test_support::listener::{Identity, Listener, Response};

pub(crate) struct Canned {
    listener: Listener,
    /// The certificate as PEM. Empty if the server does not use TLS.
    pem: String,
}

impl Canned {
    /// Starts a server that answers with these bytes. Its certificate is for the host `name` and is
    /// valid from the beginning of the first year to the beginning of the second year.
    pub(crate) async fn start(response: &str, name: &str, years: (i32, i32)) -> Self {
        let identity = Identity::new(name, years);
        let listener = Listener::start(Some(&identity), Response::Once(response.into())).await;
        Self { listener, pem: identity.pem }
    }

    /// Starts a server that answers with these bytes and has a valid certificate.
    pub(crate) async fn responding(response: &str) -> Self {
        Self::start(response, "127.0.0.1", (2000, 3000)).await
    }

    /// Starts a server that answers with these bytes, without TLS.
    pub(crate) async fn plain(response: &str) -> Self {
        let listener = Listener::start(None, Response::Once(response.into())).await;
        Self { listener, pem: String::new() }
    }

    pub(crate) fn config(&self, trust: Trust) -> Config {
        let endpoint = format!("https://127.0.0.1:{}", self.listener.port).parse().unwrap();
        let credentials = Credentials::ApiToken("one@pbs!ci:MARKER-SECRET".parse().unwrap());
        Config { max_retries: 0, ..Config::new(endpoint, credentials, trust) }
    }

    /// Trusts the certificate of this server.
    pub(crate) fn ca(&self) -> Trust {
        Trust::Ca(CaCertificates::from_argument(&self.pem).unwrap())
    }
}

/// An HTTP response with this status, these header lines and this body.
pub(crate) fn http(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\n\r\n{body}")
}
