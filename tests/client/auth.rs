//! Authentication with an API token, with a user name and a password, or with a ticket from the
//! configuration. If the client logs in with a password, the client renews the ticket.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use pbs_sim::{Fault, FaultKind, Simulator};
use terraform_provider_pbs::pbs::{Client, Clock, Config, Credentials, Secret, TokenChange};

use crate::{all, client, client_as, config, count, new_token, simulator, token_id, user_id};

/// A configuration with which the client logs in as `one@pbs`.
fn login(sim: &Simulator, password: &str) -> Config {
    let credentials =
        Credentials::Password { user: user_id("one@pbs"), password: Secret::new(password) };
    Config { credentials, ..config(sim) }
}

/// The number of logins that the simulator has received.
fn logins(sim: &Simulator) -> usize {
    count(sim, "POST", "/access/ticket")
}

#[tokio::test]
async fn a_token_authenticates_every_request() {
    let sim = simulator();
    let client = client(&sim);
    client.version().await.unwrap();
    client.create_token(&new_token("one@pbs!ci")).await.unwrap();
    assert!(
        sim.requests().iter().all(|request| request.caller.as_deref() == Some("root@pam!admin"))
    );
}

#[tokio::test]
async fn a_wrong_token_and_a_missing_privilege_are_different_errors() {
    let sim = simulator();
    let credentials = Credentials::ApiToken("root@pam!admin:MARKER".parse().unwrap());
    let error =
        Client::new(Config { credentials, ..config(&sim) }).unwrap().version().await.unwrap_err();
    assert!(error.is_unauthorized() && !error.is_permission_denied());
    let shown = error.to_string();
    assert!(shown.contains("Check the token or ticket") && !shown.contains("MARKER"), "{shown}");
    assert_eq!(sim.requests().len(), 1, "401 is not retried");

    let error =
        client_as(&sim, "one@pbs!weak").delete_token(&token_id("two@pbs!x")).await.unwrap_err();
    assert!(error.is_permission_denied() && !error.is_unauthorized());
    assert!(error.to_string().contains("`Permissions.Modify` on `/access/users`"), "{error}");
    assert_eq!(sim.requests().len(), 2, "403 is not retried");
}

#[tokio::test]
async fn concurrent_requests_share_one_login() {
    let sim = simulator();
    let client = Client::new(login(&sim, "Passw0rd!")).unwrap();
    assert_eq!(logins(&sim), 0, "creating a client sends no request");
    let requests = (0..20).map(|_| {
        let client = client.clone();
        async move { client.permissions(None, None).await }
    });
    assert!(all(requests).await.iter().all(Result::is_ok));
    assert_eq!(logins(&sim), 1);
    assert_eq!(sim.requests().last().unwrap().caller.as_deref(), Some("one@pbs"));
}

#[tokio::test]
async fn a_client_that_logs_in_with_a_password_can_create_update_and_delete() {
    let sim = simulator();
    let client = Client::new(login(&sim, "Passw0rd!")).unwrap();
    client.create_token(&new_token("one@pbs!own")).await.unwrap();
    client.update_token(&token_id("one@pbs!own"), &TokenChange::default()).await.unwrap();
    client.delete_token(&token_id("one@pbs!own")).await.unwrap();
}

#[tokio::test]
async fn the_client_logs_in_again_110_minutes_after_the_last_login() {
    let sim = simulator();
    let seconds = Arc::new(AtomicI64::new(0));
    let clock = seconds.clone();
    let now = Clock::new(move || {
        let start: jiff::Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
        start + jiff::SignedDuration::from_secs(clock.load(Ordering::SeqCst))
    });
    let client = Client::new(Config { clock: now, ..login(&sim, "Passw0rd!") }).unwrap();
    for (minutes, expected) in [(0, 1), (109, 1), (110, 2), (219, 2), (220, 3)] {
        seconds.store(minutes * 60, Ordering::SeqCst);
        client.permissions(None, None).await.unwrap();
        assert_eq!(logins(&sim), expected, "after {minutes} minutes");
    }
}

#[tokio::test]
async fn the_client_logs_in_again_once_if_the_server_refuses_its_ticket() {
    let sim = simulator();
    let client = Client::new(login(&sim, "Passw0rd!")).unwrap();
    client.permissions(None, None).await.unwrap();
    sim.advance(Duration::from_secs(3 * 3600));
    client.permissions(None, None).await.unwrap();
    assert_eq!(logins(&sim), 2);

    sim.fault(Fault::new("GET", "/access/permissions", FaultKind::Unauthorized));
    sim.clear_requests();
    let error = client.permissions(None, None).await.unwrap_err();
    assert!(error.is_unauthorized());
    assert_eq!((logins(&sim), count(&sim, "GET", "/access/permissions")), (1, 2));
}

#[tokio::test]
async fn the_client_does_not_repeat_a_login_with_a_wrong_password() {
    let sim = simulator();
    let client = Client::new(login(&sim, "MARKER-wrong")).unwrap();
    let shown = client.version().await.unwrap_err().to_string();
    assert!(shown.starts_with("POST /access/ticket: 401"), "{shown}");
    assert!(
        shown.contains("Check the user name, the password") && !shown.contains("MARKER"),
        "{shown}"
    );
    assert_eq!(sim.requests().len(), 1);
}

#[tokio::test]
async fn a_login_that_needs_a_second_factor_is_an_error_that_names_other_arguments() {
    let sim = simulator();
    sim.world(|world| world.user_mut("one@pbs").unwrap().second_factor = true);
    let client = Client::new(login(&sim, "Passw0rd!")).unwrap();
    let shown = client.version().await.unwrap_err().to_string();
    assert!(shown.contains("`api_token`") && shown.contains("`auth_ticket`"), "{shown}");
    assert!(!shown.contains("PBS:!tfa!"), "{shown}");
    assert_eq!(sim.requests().len(), 1, "the client must not use the incomplete ticket");
}

#[tokio::test]
async fn a_configured_ticket_is_used_and_not_renewed() {
    let sim = simulator();
    let (ticket, csrf) = ticket(&sim).await;
    let client_with = |csrf: Option<&str>| {
        let (ticket, csrf) = (Secret::new(&*ticket), csrf.map(Secret::new));
        let credentials = Credentials::Ticket { ticket, csrf };
        Client::new(Config { credentials, ..config(&sim) }).unwrap()
    };
    let with_csrf = client_with(Some(&csrf));
    with_csrf.create_token(&new_token("one@pbs!own")).await.unwrap();
    let without_csrf = client_with(None);
    without_csrf.version().await.unwrap();
    let shown = without_csrf.delete_token(&token_id("one@pbs!own")).await.unwrap_err().to_string();
    assert!(shown.contains("`csrf_prevention_token`"), "{shown}");

    sim.advance(Duration::from_secs(3 * 3600));
    sim.clear_requests();
    assert!(with_csrf.permissions(None, None).await.unwrap_err().is_unauthorized());
    assert_eq!(sim.requests().len(), 1, "the client cannot log in again without a password");
}

/// The client sends the deletion only after a successful login. If the login fails, the server has
/// therefore deleted nothing.
#[tokio::test]
async fn a_login_without_a_response_is_not_reported_as_a_lost_write() {
    let sim = simulator();
    for kind in [FaultKind::DroppedAfter, FaultKind::Html502, FaultKind::Truncated] {
        sim.fault(Fault::new("POST", "/access/ticket", kind));
        let client = Client::new(login(&sim, "Passw0rd!")).unwrap();
        let error = client.delete_token(&token_id("one@pbs!ci")).await.unwrap_err();
        assert!(!error.response_lost(), "{error}");
        assert!(error.to_string().starts_with("POST /access/ticket: "), "{error}");
        sim.clear_faults();
    }
    assert_eq!(count(&sim, "DELETE", "/access/users/one@pbs/token/ci"), 0);
}

/// A gateway between client and server may quote the request in its error message. The client
/// redacts its secrets in every encoding that the client has used in the request.
#[tokio::test]
async fn secrets_that_an_error_message_of_the_server_quotes_are_redacted() {
    let sim = simulator();
    let (ticket, csrf) =
        (Secret::new("PBS:root@pam:6581AB00::c2lnbmF0dXJl=="), Secret::new("6581AB00:Y3NyZg=="));
    let credentials = Credentials::Ticket { ticket, csrf: Some(csrf) };
    let client = Client::new(Config { credentials, ..config(&sim) }).unwrap();
    let repeated = "PBSAuthCookie=PBS%3Aroot%40pam%3A6581AB00%3A%3Ac2lnbmF0dXJl%3D%3D, 6581AB00:Y3NyZg==, \
                    {\"password\":\"pa\\\"ss\\\\word\\\"\"}";
    sim.fault(Fault::new("PUT", "**", FaultKind::Status(400, repeated.into())));
    let password = Secret::new("pa\"ss\\word\"");
    let error = client.change_password(&user_id("two@pbs"), &password).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "PUT /access/password: 400 (secret), (secret), {\"password\":\"(secret)\"}"
    );
}

#[tokio::test]
async fn a_client_with_other_credentials_uses_the_same_connection() {
    let sim = simulator();
    let secret = sim.world(|world| world.add_token("one@pbs!ci"));
    let admin = client(&sim);
    assert!(!admin.permissions(None, None).await.unwrap().is_empty());
    let token = |secret: &str| format!("one@pbs!ci:{secret}").parse().unwrap();
    let token_client = admin.acting_as(Credentials::ApiToken(token(&secret))).unwrap();
    assert!(token_client.permissions(None, None).await.unwrap().is_empty());
    assert_eq!(sim.requests().last().unwrap().caller.as_deref(), Some("one@pbs!ci"));
    let wrong = admin.acting_as(Credentials::ApiToken(token("wrong"))).unwrap();
    assert!(wrong.permissions(None, None).await.unwrap_err().is_unauthorized());
    assert_eq!(sim.connections(), 1);
}

/// Logs in without the client under test. Returns the ticket and its CSRF prevention token.
async fn ticket(sim: &Simulator) -> (String, String) {
    use rustls::pki_types::{CertificateDer, pem::PemObject};
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(sim.ca_pem().as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let http =
        reqwest::Client::builder().no_proxy().tls_backend_preconfigured(tls).build().unwrap();
    let url = format!("{}/api2/json/access/ticket", sim.endpoint());
    let body = serde_json::json!({ "username": "one@pbs", "password": "Passw0rd!" });
    let response = http.post(url).json(&body).send().await.unwrap();
    let response: serde_json::Value = response.json().await.unwrap();
    let text = |name: &str| response["data"][name].as_str().unwrap().to_owned();
    (text("ticket"), text("CSRFPreventionToken"))
}

#[tokio::test]
async fn only_a_client_that_logs_in_with_a_password_can_change_a_password() {
    let sim = simulator();
    let new_password = Secret::new("MARKER-new-passw0rd");
    let error = client(&sim).change_password(&user_id("two@pbs"), &new_password).await.unwrap_err();
    assert!(error.to_string().contains("use `username` and `password`"), "{error}");
    assert!(sim.requests().is_empty());

    // A role on `/access` is not enough, because PBS checks the privilege on `/`.
    sim.world(|world| world.put_acl("/access", "one@pbs", "Admin", true));
    let one = Client::new(login(&sim, "Passw0rd!")).unwrap();
    let error = one.change_password(&user_id("two@pbs"), &new_password).await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("password. The user one@pbs lacks the privilege `Permissions.Modify` on `/`"),
        "{text}"
    );
    let stored = sim.world(|world| world.users()["two@pbs"].password.clone());
    assert_eq!(stored.as_deref(), Some("Passw0rd!"));

    sim.world(|world| world.put_acl("/", "one@pbs", "Admin", true));
    let one = Client::new(login(&sim, "Passw0rd!")).unwrap();
    one.change_password(&user_id("two@pbs"), &new_password).await.unwrap();
    let stored = sim.world(|world| world.users()["two@pbs"].password.clone());
    assert_eq!(stored.as_deref(), Some(new_password.expose()));
}
