//! The client remembers that the server refuses the credentials, because each refusal takes three
//! seconds on a real server.

use pbs_sim::{Fault, FaultKind, Simulator};
use std::time::Duration;
use terraform_provider_pbs::pbs::{Client, Config, Credentials, Error, Secret};
use tokio::sync::watch;

use crate::{all, client, client_as, config, count, simulator, token_id, user_id};

fn with_token(sim: &Simulator, token: &str) -> Client {
    let credentials = Credentials::ApiToken(token.parse().unwrap());
    Client::new(Config { credentials, ..config(sim) }).unwrap()
}

fn with_password(sim: &Simulator, password: &str) -> Client {
    let credentials =
        Credentials::Password { user: user_id("one@pbs"), password: Secret::new(password) };
    Client::new(Config { credentials, ..config(sim) }).unwrap()
}

/// The errors of 20 different requests that are made at the same time.
async fn errors(client: &Client) -> Vec<Error> {
    let reads = (0..20).map(|number| {
        let client = client.clone();
        async move {
            match number % 4 {
                0 => client.version().await.map(drop),
                1 => client.permissions(None, None).await.map(drop),
                2 => client.token(&token_id("one@pbs!ci")).await.map(drop),
                _ => client.delete_token(&token_id("one@pbs!ci")).await,
            }
        }
    });
    all(reads).await.into_iter().map(Result::unwrap_err).collect()
}

#[tokio::test]
async fn refused_credentials_cause_one_request_one_full_error_and_short_errors() {
    let sim = simulator();
    sim.world(|world| world.user_mut("two@pbs").unwrap().second_factor = true);
    let second_factor = {
        let credentials =
            Credentials::Password { user: user_id("two@pbs"), password: Secret::new("Passw0rd!") };
        Client::new(Config { credentials, ..config(&sim) }).unwrap()
    };
    for (client, full, short) in [
        (
            with_token(&sim, "root@pam!admin:MARKER"),
            "Check the token or ticket",
            "401 authentication failed)",
        ),
        (
            with_password(&sim, "MARKER-wrong"),
            "Check the user name, the password",
            "(POST /access/ticket: 401 permission check failed)",
        ),
        (
            second_factor,
            "POST /access/ticket: the login of two@pbs needs a second factor",
            "(POST /access/ticket: second factor needed)",
        ),
    ] {
        sim.clear_requests();
        let errors = errors(&client).await;
        let (first, others): (Vec<_>, Vec<_>) =
            errors.iter().map(ToString::to_string).partition(|text| text.contains(full));
        assert_eq!(first.len(), 1, "{errors:?}");
        for other in &others {
            assert!(other.contains("not sent, because the server has refused the credentials"));
            assert!(other.ends_with(short) && !other.contains("MARKER"), "{other}");
        }
        assert!(errors.iter().all(|error| !error.response_lost()), "{errors:?}");
        assert_eq!(sim.requests().len(), 1);

        let cleanup = client.uncancellable().delete_token(&token_id("one@pbs!ci")).await;
        assert!(cleanup.unwrap_err().to_string().contains(full));
        assert_eq!(sim.requests().len(), 2, "an uncancellable client always sends its requests");
        let later = client.user(&user_id("one@pbs")).await.unwrap_err().to_string();
        assert!(later.ends_with(short), "{later}");
        assert_eq!(sim.requests().len(), 2);
    }
}

#[tokio::test]
async fn a_new_client_and_a_client_with_other_credentials_send_their_own_request() {
    let sim = simulator();
    let refused = with_token(&sim, "root@pam!admin:wrong");
    refused.version().await.unwrap_err();
    let other = Credentials::ApiToken(sim.admin_token().parse().unwrap());
    refused.acting_as(other).unwrap().version().await.unwrap();
    assert!(
        with_token(&sim, "root@pam!admin:wrong").version().await.unwrap_err().status().is_some()
    );

    let accepted = client(&sim);
    accepted.version().await.unwrap();
    let other = Credentials::ApiToken("root@pam!admin:wrong".parse().unwrap());
    assert!(accepted.acting_as(other).unwrap().version().await.unwrap_err().is_unauthorized());
    accepted.permissions(None, None).await.unwrap();
}

/// A single refusal of credentials that worked before can be an error of the server. The client
/// therefore sends one more request with these credentials. Without this request, an ephemeral
/// token could no longer be deleted.
#[tokio::test]
async fn credentials_that_worked_before_are_tested_once_more_after_a_refusal() {
    let sim = simulator();
    let client = client_as(&sim, "one@pbs!ci");
    client.permissions(None, None).await.unwrap();
    sim.fault(Fault { times: Some(1), ..Fault::new("*", "**", FaultKind::Unauthorized) });
    assert!(client.permissions(None, None).await.unwrap_err().is_unauthorized());
    client.permissions(None, None).await.unwrap();

    sim.world(|world| world.delete_token("one@pbs!ci"));
    assert!(client.permissions(None, None).await.unwrap_err().is_unauthorized());
    sim.clear_requests();
    let errors = errors(&client).await;
    assert_eq!(errors.iter().filter(|error| error.is_unauthorized()).count(), 1, "{errors:?}");
    assert_eq!(sim.requests().len(), 1);
}

#[tokio::test]
async fn an_expired_ticket_is_renewed_once_for_all_requests() {
    let sim = simulator();
    let client = with_password(&sim, "Passw0rd!");
    client.permissions(None, None).await.unwrap();
    sim.advance(Duration::from_secs(3 * 3600));
    let reads = (0..20).map(|_| {
        let client = client.clone();
        async move { client.permissions(None, None).await }
    });
    assert!(all(reads).await.iter().all(Result::is_ok));
    assert_eq!(count(&sim, "POST", "/access/ticket"), 2);
}

#[tokio::test]
async fn a_password_that_is_changed_during_the_run_causes_one_more_login() {
    let sim = simulator();
    let client = with_password(&sim, "Passw0rd!");
    client.permissions(None, None).await.unwrap();
    sim.world(|world| world.user_mut("one@pbs").unwrap().password = Some("Other-passw0rd".into()));
    sim.advance(Duration::from_secs(3 * 3600));
    let errors = errors(&client).await;
    assert_eq!(errors.iter().filter(|error| error.is_unauthorized()).count(), 1, "{errors:?}");
    assert_eq!(count(&sim, "POST", "/access/ticket"), 2);
}

/// PBS also sends status 401 if it accepts the credentials, but refuses the request for another
/// reason (PBS 4.2.3, recorded).
#[tokio::test]
async fn status_401_with_another_message_is_no_refusal_of_the_credentials() {
    let sim = simulator();
    for message in [
        "invalid credentials",
        "user 'ghost@pbs' does not exists",
        "one@pbs!ci does not have permission to change owner of backup group 'host/a' to two@pbs",
    ] {
        let client = client(&sim);
        sim.fault(Fault::new("GET", "/version", FaultKind::Status(401, message.into())));
        let shown = client.version().await.unwrap_err().to_string();
        assert!(shown.contains(message) && !shown.contains("Check the token"), "{shown}");
        sim.clear_faults();
        client.permissions(None, None).await.unwrap();
        client.version().await.unwrap();
    }
}

#[tokio::test]
async fn a_request_that_waits_for_the_first_response_ends_when_the_run_is_stopped() {
    let sim = simulator();
    let (stop, stopped) = watch::channel(false);
    let client = Client::new(Config { stop: stopped, ..config(&sim) }).unwrap();
    sim.fault(Fault::new("GET", "/version", FaultKind::Hang));
    let first = tokio::spawn({
        let client = client.clone();
        async move { client.version().await }
    });
    while sim.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    let waiting = tokio::spawn(async move { client.permissions(None, None).await });
    tokio::task::yield_now().await;
    stop.send_replace(true);
    assert!(matches!(waiting.await.unwrap(), Err(Error::Stopped { .. })));
    assert_eq!(sim.requests().len(), 1);
    first.abort();
}
