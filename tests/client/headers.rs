//! The client adds the configured HTTP headers to every request.

use terraform_provider_pbs::pbs::{Client, Config, Credentials, HttpHeaders, Secret, Trust};
use test_support::listener::{Identity, Listener, Response, http};

use crate::{canned, config, count, simulator};

fn headers() -> HttpHeaders {
    let headers = [("CF-Access-Client-Secret".to_owned(), Secret::new("MARKER-HEADER"))];
    HttpHeaders::new(headers.into()).unwrap()
}

/// A server that records requests, and a client configuration for this server.
async fn recorder(response: &str) -> (Listener, Config) {
    let identity = Identity::valid();
    let listener = Listener::start(Some(&identity), Response::Once(response.into())).await;
    let endpoint = format!("https://127.0.0.1:{}", listener.port).parse().unwrap();
    let credentials = Credentials::ApiToken("one@pbs!ci:MARKER-SECRET".parse().unwrap());
    let trust = Trust::Fingerprint(identity.fingerprint.parse().unwrap());
    let config = Config { max_retries: 0, ..Config::new(endpoint, credentials, trust) };
    (listener, Config { http_headers: headers(), ..config })
}

#[tokio::test]
async fn every_request_contains_the_headers_whatever_its_credentials_are() {
    let body = r#"{"data":{"version":"4.2","release":"3"}}"#;
    let response = String::from_utf8(http("200 OK", "", body.as_bytes())).unwrap();
    let password =
        Credentials::Password { user: crate::user_id("one@pbs"), password: Secret::new("x") };
    let line = "cf-access-client-secret: MARKER-HEADER\r\n";

    let (listener, config) = recorder(&response).await;
    let client = Client::new(config).unwrap();
    client.version().await.unwrap();
    assert!(listener.has_received("GET /api2/json/version") && listener.has_received(line));

    let (listener, config) = recorder(&response).await;
    let _ = Client::new(config).unwrap().acting_as(password).unwrap().version().await;
    assert!(listener.has_received("POST /api2/json/access/ticket") && listener.has_received(line));
}

#[tokio::test]
async fn a_header_that_the_server_quotes_in_an_error_is_redacted() {
    let response = canned::http("400 Bad Request", "", "wrong header MARKER-HEADER");
    let (_listener, config) = recorder(&response).await;
    assert!(!format!("{config:?}").contains("MARKER-HEADER"));
    let shown = Client::new(config).unwrap().version().await.unwrap_err().to_string();
    assert!(shown.contains("wrong header (secret)"), "{shown}");
}

/// The client reads the certificate of a server that it does not trust, without sending secrets.
#[tokio::test]
async fn the_headers_are_not_sent_to_a_server_whose_certificate_is_not_trusted() {
    let (listener, config) = recorder(&canned::http("200 OK", "", r#"{"data":{}}"#)).await;
    let client = Client::new(Config { trust: Trust::System, ..config }).unwrap();
    assert!(!client.certificate().await.unwrap().verified);
    assert!(listener.has_received("GET /api2/json/ping"));
    assert!(!listener.has_received("MARKER"));
}

#[tokio::test]
async fn a_server_without_a_gateway_ignores_the_headers() {
    let sim = simulator();
    let client = Client::new(Config { http_headers: headers(), ..config(&sim) }).unwrap();
    client.version().await.unwrap();
    assert_eq!(count(&sim, "GET", "/version"), 1);
}
