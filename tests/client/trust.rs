//! Which servers the client trusts, and the errors for servers that it does not trust.

use terraform_provider_pbs::pbs::{
    CaCertificates, Client, Config, Credentials, Endpoint, Error, Origins, Trust,
};
use test_support::listener::{Identity, Listener, Response};

use crate::{
    canned::{Canned, http},
    config, simulator,
};

async fn request_version(config: Config) -> Result<(), Error> {
    Client::new(config).unwrap().version().await.map(drop)
}

#[tokio::test]
async fn the_host_name_and_dates_of_a_pinned_certificate_are_not_checked() {
    let sim = simulator();
    for fingerprint in [
        sim.fingerprint().to_owned(),
        sim.fingerprint().to_uppercase(),
        sim.fingerprint().replace(':', ""),
    ] {
        let trust = Trust::Fingerprint(fingerprint.parse().unwrap());
        request_version(Config { trust, ..config(&sim) }).await.unwrap();
    }
    let response = http("200 OK", "", r#"{"data":{"version":"4.2","release":"3"}}"#);
    let server = Canned::start(&response, "elsewhere.example.com", (2000, 2001)).await;
    let refused =
        request_version(server.config(Trust::Fingerprint("00".repeat(32).parse().unwrap()))).await;
    let shown = refused.unwrap_err().to_string();
    let fingerprint = shown.split(' ').find(|word| word.len() == 95).unwrap();
    request_version(server.config(Trust::Fingerprint(fingerprint.parse().unwrap()))).await.unwrap();
}

#[tokio::test]
async fn a_certificate_without_the_pinned_fingerprint_is_an_error_that_shows_both_fingerprints() {
    let sim = simulator();
    let pinned = ["ab"; 32].join(":");
    let trust = Trust::Fingerprint(pinned.parse().unwrap());
    let error = request_version(Config { trust, ..config(&sim) }).await.unwrap_err();
    assert!(matches!(error, Error::Connect { transient: false, .. }), "{error}");
    let shown = error.to_string();
    assert!(
        shown.starts_with("GET /version: the server's certificate has another fingerprint"),
        "{shown}"
    );
    assert!(shown.contains(&pinned) && shown.contains(sim.fingerprint()), "{shown}");
    assert!(sim.requests().is_empty());
}

#[tokio::test]
async fn a_pinned_certificate_without_its_key_is_reported_as_a_possible_interception() {
    let identity = Identity::valid();
    let response = Response::Once(http("200 OK", "", "{}").into_bytes());
    let impostor = Listener::start(Some(&identity.without_its_key()), response).await;
    let endpoint: Endpoint = format!("https://127.0.0.1:{}", impostor.port).parse().unwrap();
    let pinned = Trust::Fingerprint(identity.fingerprint.parse().unwrap());
    for (trust, expected) in [
        (pinned, "the certificate with the configured fingerprint, but does not have the private"),
        (Trust::Insecure, "does not have the private key of its certificate"),
    ] {
        let config = Config { trust, endpoint: endpoint.clone(), ..config(&simulator()) };
        let error = request_version(config).await.unwrap_err();
        let shown = error.to_string();
        assert!(shown.contains(expected), "{shown}");
        assert!(shown.contains("The connection might be intercepted"), "{shown}");
        assert!(!shown.contains("set `fingerprint`"), "{shown}");
        assert!(matches!(error, Error::Connect { transient: false, .. }), "{error:?}");
    }
    assert!(impostor.received().is_empty());
}

#[tokio::test]
async fn only_certificates_of_the_configured_authority_are_trusted() {
    let sim = simulator();
    let trust = Trust::Ca(CaCertificates::from_argument(sim.ca_pem()).unwrap());
    request_version(Config { trust, ..config(&sim) }).await.unwrap();

    let trust = Trust::Ca(CaCertificates::from_argument(simulator().ca_pem()).unwrap());
    let shown = request_version(Config { trust, ..config(&sim) }).await.unwrap_err().to_string();
    assert!(shown.contains("`fingerprint`") && shown.contains("`ca_certificate`"), "{shown}");
}

#[tokio::test]
async fn the_default_trust_refuses_a_self_signed_certificate() {
    let sim = simulator();
    let shown = request_version(Config { trust: Trust::System, ..config(&sim) })
        .await
        .unwrap_err()
        .to_string();
    assert!(shown.contains("set `fingerprint`"), "{shown}");
    assert!(sim.requests().is_empty());
}

#[tokio::test]
async fn a_certificate_for_another_host_or_outside_its_dates_is_refused() {
    let response = http("200 OK", "", "{}");
    let named = Canned::start(&response, "elsewhere.example.com", (2000, 3000)).await;
    let shown = request_version(named.config(named.ca())).await.unwrap_err().to_string();
    assert!(shown.contains("not valid for the host name in `endpoint`"), "{shown}");
    let expired = Canned::start(&response, "127.0.0.1", (2000, 2001)).await;
    let shown = request_version(expired.config(expired.ca())).await.unwrap_err().to_string();
    assert!(shown.contains("has expired"), "{shown}");
    let early = Canned::start(&response, "127.0.0.1", (2999, 3000)).await;
    let shown = request_version(early.config(early.ca())).await.unwrap_err().to_string();
    assert!(shown.contains("not valid yet"), "{shown}");
}

#[tokio::test]
async fn an_insecure_client_trusts_a_self_signed_certificate() {
    let sim = simulator();
    request_version(Config { trust: Trust::Insecure, ..config(&sim) }).await.unwrap();
}

#[tokio::test]
async fn the_error_says_why_a_response_is_not_from_pbs() {
    for (response, expected) in [
        (
            http("301 Moved", "location: https://127.0.0.1:1/\r\n", ""),
            "redirect, which is not followed",
        ),
        (http("404 Not Found", "", "<html>MARKER</html>"), "is the address of the server"),
        (
            http("404 Not Found", "", "Path '/api2/json/version' not found."),
            "Check that `endpoint` is the address",
        ),
        (http("502 Bad Gateway", "", "<html>MARKER</html>"), "(an HTML page"),
        (http("200 OK", "", "<!DOCTYPE html><p>MARKER"), "the login page of a gateway"),
        (http("200 OK", "", "\r\n <html>MARKER"), "or the page of a proxy"),
        (http("200 OK", "", "MARKER"), "it is not JSON"),
        (http("200 OK", "", r#"{"MARKER":"MARKER"}"#), "cannot be understood"),
        (http("200 OK", "", r#"{"data":{"version":["MARKER"]}}"#), "expected a string"),
        (http("200 OK", "", r#"{"data":{"version":"MARK"#), "is incomplete"),
        (http("400 Bad", "", "bad header: one@pbs!ci:MARKER-SECRET"), "one@pbs!ci:(secret)"),
        ("SSH-2.0-MARKER\r\n".to_owned(), "the connection broke"),
    ] {
        let canned = Canned::responding(&response).await;
        let error = request_version(canned.config(canned.ca())).await.unwrap_err();
        let (shown, debug) = (error.to_string(), format!("{error:?}"));
        assert!(shown.starts_with("GET /version: ") && shown.contains(expected), "{shown}");
        assert!(!shown.contains("MARKER") && !debug.contains("MARKER"), "{shown} {debug}");
    }
}

#[tokio::test]
async fn a_response_over_32_mib_is_refused() {
    let body = "x".repeat((32 << 20) + 1);
    let canned = Canned::responding(&http("200 OK", "", &body)).await;
    let shown = request_version(canned.config(canned.ca())).await.unwrap_err().to_string();
    assert!(shown.contains("larger than 32 MiB"), "{shown}");
}

#[tokio::test]
async fn a_server_without_tls_and_a_refused_connection_are_different_errors() {
    let plain = Canned::plain(&http("301 Moved", "", "")).await;
    let shown = request_version(plain.config(Trust::Insecure)).await.unwrap_err().to_string();
    assert!(shown.contains("does not speak TLS on this port"), "{shown}");

    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let config = Config {
        endpoint: format!("https://127.0.0.1:{port}").parse().unwrap(),
        ..plain.config(Trust::Insecure)
    };
    let error = request_version(config).await.unwrap_err();
    let shown = error.to_string();
    assert!(
        shown.contains("Connection refused") && shown.contains("that the server is running"),
        "{shown}"
    );
    assert!(!error.response_lost());
}

#[tokio::test]
async fn a_host_name_of_the_hosts_file_is_resolved() {
    let sim = simulator();
    let endpoint = sim.endpoint().replace("127.0.0.1", "localhost").parse().unwrap();
    request_version(Config { endpoint, ..config(&sim) }).await.unwrap();
}

#[tokio::test]
async fn the_certificate_is_read_without_a_valid_credential() {
    let sim = simulator();
    let invalid = Credentials::ApiToken("one@pbs!none:wrong".parse().unwrap());
    let config = Config { credentials: invalid, ..config(&sim) };
    let certificate = Client::new(config.clone()).unwrap().certificate().await.unwrap();
    assert_eq!(certificate.fingerprint.to_string(), sim.fingerprint());
    assert_eq!(
        CaCertificates::from_argument(&certificate.pem).unwrap(),
        CaCertificates::from_argument(sim.ca_pem()).unwrap()
    );
    assert!(
        certificate.verified && certificate.subject.contains("CN=localhost"),
        "{certificate:?}"
    );
    assert_eq!(certificate.subject, certificate.issuer);
    assert!(certificate.not_before < certificate.not_after, "{certificate:?}");
    assert!(
        sim.requests().iter().all(|request| request.path == "/ping" && request.caller.is_none())
    );

    let unverified = Config { trust: Trust::Insecure, ..config.clone() };
    assert!(!Client::new(unverified).unwrap().certificate().await.unwrap().verified);
    let wrong = Trust::Fingerprint("00".repeat(32).parse().unwrap());
    Client::new(Config { trust: wrong, ..config }).unwrap().certificate().await.unwrap_err();
}

#[tokio::test]
async fn an_error_names_the_environment_variable_that_contains_the_wrong_value() {
    let sim = simulator();
    let variables = ["endpoint", "fingerprint", "password"]
        .map(|argument| (argument, format!("PBS_{}", argument.to_ascii_uppercase())));
    let credentials = ["username", "PBS_PASSWORD"].map(str::to_owned);
    let origins = Origins {
        variables: variables.into(),
        credentials: credentials.into(),
        ..Origins::default()
    };
    let named = Config { origins, ..config(&sim) };
    let wrong = Trust::Fingerprint("00".repeat(32).parse().unwrap());
    let password = Credentials::Password {
        user: crate::user_id("one@pbs"),
        password: terraform_provider_pbs::pbs::Secret::new("wrong"),
    };
    let endpoint = "https://none.invalid".parse().unwrap();
    for (config, expected) in [
        (Config { trust: wrong, ..named.clone() }, "set `PBS_FINGERPRINT` to the new value"),
        (Config { endpoint, max_retries: 0, ..named.clone() }, "`PBS_ENDPOINT`"),
        (
            Config { credentials: password, ..named.clone() },
            "expired. The credentials are from `username` and `PBS_PASSWORD`",
        ),
    ] {
        let shown = request_version(config).await.unwrap_err().to_string();
        assert!(shown.contains(expected), "{shown}");
        assert!(shown.matches("The credentials are from").count() <= 1, "{shown}");
    }
    let other = Credentials::ApiToken("one@pbs!none:wrong".parse().unwrap());
    let client = Client::new(named).unwrap().acting_as(other).unwrap();
    let shown = client.version().await.unwrap_err().to_string();
    assert!(!shown.contains("PBS_PASSWORD"), "{shown}");
}
