//! An untrusted server receives no credential. The tests use servers with an unexpected
//! certificate, a server without TLS, and redirects to another server.

use std::sync::Arc;

use serde_json::json;
use test_support::{
    core::Diagnostics,
    in_process::{InProcess, Variables},
    listener::{Identity, Listener, Response, http},
    report,
};

use crate::machine;

const SECRET: &str = "5ec2e7a1-0000-4000-8000-000000000001";
const PASSWORD: &str = "s3cret-Passw0rd";
const TICKET: &str = "PBS:one@pbs:70000000::t1cket5ecret";
const CSRF: &str = "70000000:csrf5ecret";

/// Every kind of credential.
fn credentials() -> [Variables; 3] {
    [
        Variables::from([("PBS_API_TOKEN", format!("one@pbs!ci:{SECRET}"))]),
        Variables::from([("PBS_USERNAME", "one@pbs".into()), ("PBS_PASSWORD", PASSWORD.into())]),
        Variables::from([
            ("PBS_AUTH_TICKET", TICKET.into()),
            ("PBS_CSRF_PREVENTION_TOKEN", CSRF.into()),
        ]),
    ]
}

/// Parts of the credentials that a server must not receive. A cookie is sent percent-encoded.
const CREDENTIAL_PARTS: [&str; 7] =
    [SECRET, PASSWORD, "s3cret", "t1cket5ecret", "csrf5ecret", "one%40pbs", "header5ecret"];

/// Tries to read a data source, to create a user and to list tokens on the server at `port`, with
/// each kind of credential. Every attempt must fail.
async fn send_requests(port: u16, trust: (&'static str, String)) {
    for credential in credentials() {
        let mut variables = credential;
        variables.extend([
            ("PBS_ENDPOINT", format!("https://127.0.0.1:{port}")),
            trust.clone(),
            ("PBS_MAX_RETRIES", "1".into()),
            ("PBS_TIMEOUT", "5".into()),
            ("PBS_HTTP_HEADERS", r#"{"X-Gateway": "header5ecret"}"#.into()),
        ]);
        let core = InProcess::start(variables).await;
        let mut diagnostics = Diagnostics::default();
        core.read_data_source("pbs_version", &json!({}), &mut diagnostics).await;
        let user = json!({ "user_id": "new@pbs", "password_wo": PASSWORD });
        core.change("pbs_user", &mut Default::default(), &user, &mut diagnostics).await;
        core.list("pbs_api_token", &serde_json::json!({}), &mut diagnostics).await;
        assert!(diagnostics.errors.len() >= 3, "{:?}", diagnostics.errors);
        for error in &diagnostics.errors {
            assert!(CREDENTIAL_PARTS.iter().all(|part| !error.contains(part)), "{error}");
        }
    }
}

#[track_caller]
fn assert_no_credential(case: &str, listener: &Listener) {
    let received: Vec<_> =
        CREDENTIAL_PARTS.iter().filter(|part| listener.has_received(part)).collect();
    assert!(received.is_empty(), "{case}: the server has received {} credentials", received.len());
}

#[tokio::test]
async fn an_untrusted_server_receives_no_credential() {
    let _machine = machine::shared().await;
    let ok = || Response::Once(http("200 OK", "", br#"{"data":{"ticket":"x","value":"y"}}"#));
    let valid = Arc::new(Identity::valid());
    let mut cases = 0;

    let another = Identity::valid();
    let authority = |identity: &Identity| ("PBS_CA_CERTIFICATE", identity.pem.clone());
    let elsewhere = Identity::new("elsewhere.example.com", (2000, 3000));
    let expired = Identity::new("127.0.0.1", (2000, 2001));
    let early = Identity::new("127.0.0.1", (2999, 3000));
    let refused = [
        (
            "a certificate with another fingerprint",
            &*valid,
            ("PBS_FINGERPRINT", another.fingerprint.clone()),
        ),
        ("a certificate of another authority", &valid, authority(&another)),
        ("a certificate of no known authority", &valid, ("PBS_TIMEOUT", "5".into())),
        ("a wrong name", &elsewhere, authority(&elsewhere)),
        ("an expired certificate", &expired, authority(&expired)),
        ("a certificate that is not valid yet", &early, authority(&early)),
    ];
    for (case, identity, trust) in refused {
        let listener = Listener::start(Some(identity), ok()).await;
        send_requests(listener.port, trust).await;
        assert!(listener.received().is_empty(), "{case}: the handshake went through");
        cases += 1;
    }

    // A server without TLS receives only the beginning of a handshake.
    for trust in [("PBS_INSECURE", "true".into()), ("PBS_FINGERPRINT", valid.fingerprint.clone())] {
        let plain = Listener::start(None, ok()).await;
        send_requests(plain.port, trust).await;
        assert!(!plain.received().is_empty(), "the provider has not connected");
        assert_no_credential("plain HTTP", &plain);
        cases += 1;
    }

    // The trusted server redirects to another port, with and without TLS.
    for status in ["301 Moved", "302 Found", "303 See", "307 Temporary", "308 Permanent"] {
        for tls in [true, false] {
            let target = Listener::start(tls.then_some(&*valid), ok()).await;
            let scheme = if tls { "https" } else { "http" };
            let location =
                format!("location: {scheme}://127.0.0.1:{}/api2/json/version\r\n", target.port);
            let first =
                Listener::start(Some(&valid), Response::Once(http(status, &location, b""))).await;
            send_requests(first.port, ("PBS_FINGERPRINT", valid.fingerprint.clone())).await;
            assert!(!first.received().is_empty(), "the provider has not connected");
            assert!(target.received().is_empty(), "{status} to {scheme} was followed");
            cases += 1;
        }
    }
    report::section(
        "impostor",
        &format!(
            "| test | cases | cases with a received credential |\n|---|---|---|\n| connection to an untrusted server | {cases} | 0 |\n"
        ),
    );
}

/// Shows that the test above would find a credential.
#[tokio::test]
async fn the_trusted_server_receives_the_credentials() {
    let _machine = machine::shared().await;
    let valid = Identity::valid();
    let response = Response::Once(http("500 Out of order", "", b""));
    let listener = Listener::start(Some(&valid), response).await;
    send_requests(listener.port, ("PBS_FINGERPRINT", valid.fingerprint.clone())).await;
    for part in [SECRET, PASSWORD, "t1cket5ecret"] {
        assert!(listener.has_received(part), "one of the credentials was not received");
    }
}
