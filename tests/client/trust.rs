//! Which servers are trusted, and what is said about the others.

use terraform_provider_pbs::pbs::{CaCertificates, Client, Config, Credentials, Error, Trust};

use crate::{
    canned::{Canned, http},
    config, simulator,
};

async fn ask(config: Config) -> Result<(), Error> {
    Client::new(config).unwrap().version().await.map(drop)
}

#[tokio::test]
async fn the_certificate_of_that_fingerprint_is_trusted_whatever_its_name_and_dates() {
    let sim = simulator();
    for fingerprint in [
        sim.fingerprint().to_owned(),
        sim.fingerprint().to_uppercase(),
        sim.fingerprint().replace(':', ""),
    ] {
        let trust = Trust::Fingerprint(fingerprint.parse().unwrap());
        ask(Config { trust, ..config(&sim) }).await.unwrap();
    }
    let answer = http("200 OK", "", r#"{"data":{"version":"4.2","release":"3"}}"#);
    let other = Canned::start(&answer, "elsewhere.example.com", (2000, 2001)).await;
    let found = ask(other.config(Trust::Fingerprint("00".repeat(32).parse().unwrap()))).await;
    let shown = found.unwrap_err().to_string();
    let found = shown.split(' ').find(|word| word.len() == 95).unwrap();
    ask(other.config(Trust::Fingerprint(found.parse().unwrap()))).await.unwrap();
}

#[tokio::test]
async fn another_fingerprint_is_refused_and_both_are_shown() {
    let sim = simulator();
    let pinned = ["ab"; 32].join(":");
    let trust = Trust::Fingerprint(pinned.parse().unwrap());
    let error = ask(Config { trust, ..config(&sim) }).await.unwrap_err();
    assert!(matches!(error, Error::Connect { passing: false, .. }), "{error}");
    let shown = error.to_string();
    assert!(shown.starts_with("GET /version: the server shows a certificate"), "{shown}");
    assert!(shown.contains(&pinned) && shown.contains(sim.fingerprint()), "{shown}");
    assert!(sim.requests().is_empty());
}

#[tokio::test]
async fn a_certificate_of_the_given_authority_is_trusted_and_no_other() {
    let sim = simulator();
    let trust = Trust::Ca(CaCertificates::from_argument(sim.ca_pem()).unwrap());
    ask(Config { trust, ..config(&sim) }).await.unwrap();

    let trust = Trust::Ca(CaCertificates::from_argument(simulator().ca_pem()).unwrap());
    let shown = ask(Config { trust, ..config(&sim) }).await.unwrap_err().to_string();
    assert!(shown.contains("`fingerprint`") && shown.contains("`ca_certificate`"), "{shown}");
}

#[tokio::test]
async fn a_self_signed_server_is_no_authority_of_the_system() {
    let sim = simulator();
    let shown = ask(Config { trust: Trust::System, ..config(&sim) }).await.unwrap_err().to_string();
    assert!(shown.contains("set `fingerprint`"), "{shown}");
    assert!(sim.requests().is_empty());
}

#[tokio::test]
async fn an_authority_vouches_for_a_name_and_a_time() {
    let answer = http("200 OK", "", "{}");
    let named = Canned::start(&answer, "elsewhere.example.com", (2000, 3000)).await;
    let shown = ask(named.config(named.ca())).await.unwrap_err().to_string();
    assert!(shown.contains("not for the host name in `endpoint`"), "{shown}");
    let expired = Canned::start(&answer, "127.0.0.1", (2000, 2001)).await;
    let shown = ask(expired.config(expired.ca())).await.unwrap_err().to_string();
    assert!(shown.contains("has expired"), "{shown}");
    let early = Canned::start(&answer, "127.0.0.1", (2999, 3000)).await;
    let shown = ask(early.config(early.ca())).await.unwrap_err().to_string();
    assert!(shown.contains("not valid yet"), "{shown}");
}

#[tokio::test]
async fn without_verification_every_server_will_do() {
    let sim = simulator();
    ask(Config { trust: Trust::Insecure, ..config(&sim) }).await.unwrap();
}

#[tokio::test]
async fn what_is_no_pbs_is_told_apart() {
    for (answer, told) in [
        (
            http("301 Moved", "location: https://127.0.0.1:1/\r\n", ""),
            "redirects, which is not followed",
        ),
        (http("404 Not Found", "", "<html>MARKER</html>"), "Is `endpoint` right?"),
        (http("404 Not Found", "", "Path '/api2/json/version' not found."), "is `endpoint` right"),
        (http("502 Bad Gateway", "", "<html>MARKER</html>"), "(an HTML page"),
        (http("200 OK", "", "<!DOCTYPE html><p>MARKER"), "it is not JSON"),
        (http("200 OK", "", r#"{"MARKER":"MARKER"}"#), "cannot be understood"),
        (http("200 OK", "", r#"{"data":{"version":["MARKER"]}}"#), "expected a string"),
        (http("200 OK", "", r#"{"data":{"version":"MARK"#), "ends in the middle"),
        (http("400 Bad", "", "bad header: one@pbs!ci:MARKER-SECRET"), "one@pbs!ci:(secret)"),
        ("SSH-2.0-MARKER\r\n".to_owned(), "the connection broke"),
    ] {
        let canned = Canned::answering(&answer).await;
        let error = ask(canned.config(canned.ca())).await.unwrap_err();
        let (shown, debug) = (error.to_string(), format!("{error:?}"));
        assert!(shown.starts_with("GET /version: ") && shown.contains(told), "{shown}");
        assert!(!shown.contains("MARKER") && !debug.contains("MARKER"), "{shown} {debug}");
    }
}

#[tokio::test]
async fn an_answer_has_a_bound() {
    let body = "x".repeat((32 << 20) + 1);
    let canned = Canned::answering(&http("200 OK", "", &body)).await;
    let shown = ask(canned.config(canned.ca())).await.unwrap_err().to_string();
    assert!(shown.contains("larger than 32 MiB"), "{shown}");
}

#[tokio::test]
async fn a_server_without_tls_or_none_at_all_is_named_as_such() {
    let plain = Canned::plain(&http("301 Moved", "", "")).await;
    let shown = ask(plain.config(Trust::Insecure)).await.unwrap_err().to_string();
    assert!(shown.contains("does not speak TLS on this port"), "{shown}");

    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let config = Config {
        endpoint: format!("https://127.0.0.1:{port}").parse().unwrap(),
        ..plain.config(Trust::Insecure)
    };
    let error = ask(config).await.unwrap_err();
    let shown = error.to_string();
    assert!(shown.contains("Connection refused") && shown.contains("is the server up?"), "{shown}");
    assert!(!error.answer_lost());
}

#[tokio::test]
async fn a_name_of_the_hosts_file_is_resolved() {
    let sim = simulator();
    let endpoint = sim.endpoint().replace("127.0.0.1", "localhost").parse().unwrap();
    ask(Config { endpoint, ..config(&sim) }).await.unwrap();
}

#[tokio::test]
async fn the_certificate_is_told_without_any_privilege() {
    let sim = simulator();
    let nobody = Credentials::ApiToken("one@pbs!none:wrong".parse().unwrap());
    let config = Config { credentials: nobody, ..config(&sim) };
    let found = Client::new(config.clone()).unwrap().certificate().await.unwrap();
    assert_eq!(found.fingerprint.to_string(), sim.fingerprint());
    assert_eq!(
        CaCertificates::from_argument(&found.pem).unwrap(),
        CaCertificates::from_argument(sim.ca_pem()).unwrap()
    );
    assert!(found.verified && found.subject.contains("CN=localhost"), "{found:?}");
    assert_eq!(found.subject, found.issuer);
    assert!(found.not_before < found.not_after, "{found:?}");
    assert!(
        sim.requests().iter().all(|request| request.path == "/ping" && request.caller.is_none())
    );

    let unverified = Config { trust: Trust::Insecure, ..config.clone() };
    assert!(!Client::new(unverified).unwrap().certificate().await.unwrap().verified);
    let wrong = Trust::Fingerprint("00".repeat(32).parse().unwrap());
    Client::new(Config { trust: wrong, ..config }).unwrap().certificate().await.unwrap_err();
}
