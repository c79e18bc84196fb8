//! `wait_until_effective` returns only when changed grants (ACL entries) are effective on the
//! server.
//!
//! PBS checks privileges against a cache that is up to 5 s old. Every write of a user or token
//! empties this cache, even an update that changes nothing. If the client sends no other write of a
//! user or token, it sends an empty update, called a flush. If the server refuses the flush, the
//! client waits 6 s. This is the 5 s of the cache and a margin of 1 s.

use std::time::Duration;

use pbs_sim::{Fault, FaultKind, Simulator};
use terraform_provider_pbs::pbs::{AuthId, Client, Config, Error};
use tokio::{sync::watch, task::JoinHandle, time::Instant};

use crate::{all, client, client_as, config, count, entry, faults::until, new_token, simulator};

/// The number of flushes that the simulator has received. A flush is an update of a user or token.
fn flushes(sim: &Simulator) -> usize {
    let requests = sim.requests();
    requests
        .iter()
        .filter(|request| request.method == "PUT" && request.path != "/access/acl")
        .count()
}

fn auth(id: &str) -> AuthId {
    id.parse().unwrap()
}

#[tokio::test]
async fn a_grant_is_effective_when_the_wait_for_it_ends() {
    let sim = simulator();
    let admin = client(&sim);
    let token = client_as(&sim, "one@pbs!ci");
    let store = "store1".parse().unwrap();
    for id in ["one@pbs", "one@pbs!ci"] {
        // This request fills the server's cache of privileges.
        assert!(token.datastore(&store).await.unwrap_err().is_permission_denied());
        admin.put_grant(&entry("/datastore/store1", id, "DatastoreAdmin")).await.unwrap();
    }
    assert!(
        token.datastore(&store).await.unwrap_err().is_permission_denied(),
        "the server still uses its cache"
    );
    admin.wait_until_effective(&auth("one@pbs!ci")).await.unwrap();
    assert!(token.datastore(&store).await.unwrap().is_some());
    assert_eq!((flushes(&sim), count(&sim, "PUT", "/access/users/one@pbs/token/ci")), (1, 1));
}

#[tokio::test]
async fn a_flush_updates_the_user_if_the_grant_is_for_a_user_or_for_a_missing_token() {
    let sim = simulator();
    let client = client(&sim);
    client.wait_until_effective(&auth("one@pbs")).await.unwrap();
    assert_eq!(count(&sim, "PUT", "/access/users/one@pbs"), 1);
    client.wait_until_effective(&auth("two@pbs!gone")).await.unwrap();
    assert_eq!(count(&sim, "PUT", "/access/users/two@pbs"), 1);
}

#[tokio::test]
async fn callers_that_arrive_during_a_flush_share_the_next_flush() {
    let sim = simulator();
    let client = client(&sim);
    sim.fault(Fault::new("PUT", "/access/users/**", FaultKind::Slow(Duration::from_millis(100))));
    let first = tokio::spawn({
        let client = client.clone();
        async move { client.wait_until_effective(&auth("one@pbs")).await }
    });
    until(|| flushes(&sim) == 1).await;
    // These callers arrive after the first flush has begun. The first flush may miss their changes,
    // so these callers need a second flush, which they share.
    let callers = (0..50).map(|n| {
        let client = client.clone();
        async move {
            let id = if n % 2 == 0 { "one@pbs" } else { "two@pbs" };
            client.wait_until_effective(&auth(id)).await
        }
    });
    assert!(all(callers).await.iter().all(Result::is_ok));
    first.await.unwrap().unwrap();
    assert_eq!(flushes(&sim), 2);
}

#[tokio::test]
async fn a_client_that_is_not_allowed_to_flush_waits_6_seconds_and_does_not_try_again() {
    let sim = simulator();
    let weak = client_as(&sim, "one@pbs!weak");
    let waiting = tokio::spawn({
        let weak = weak.clone();
        async move {
            let started = Instant::now();
            weak.wait_until_effective(&auth("two@pbs")).await.map(|()| started.elapsed())
        }
    });
    until(|| flushes(&sim) == 1).await;
    // The response with the refusal must arrive before the clock is paused.
    tokio::time::sleep(Duration::from_millis(200)).await;
    tokio::time::pause();
    let waited = waiting.await.unwrap().unwrap();
    assert!((6.0..6.5).contains(&waited.as_secs_f64()), "{waited:?}");

    // After a refusal the client sends no further flush. It waits 6 s after each later change.
    let started = Instant::now();
    weak.wait_until_effective(&auth("one@pbs")).await.unwrap();
    assert!((6.0..6.1).contains(&started.elapsed().as_secs_f64()));
    assert_eq!(flushes(&sim), 1);
}

#[tokio::test]
async fn the_client_does_not_wait_for_grants_of_a_deleted_user() {
    let sim = simulator();
    let client = client(&sim);
    let started = Instant::now();
    client.wait_until_effective(&auth("ghost@pbs!gone")).await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert_eq!(flushes(&sim), 2);
    // The flush for the token failed. Then the flush for the user of the token failed. The server
    // still has its cache, so the next change needs another flush.
    client.wait_until_effective(&auth("one@pbs")).await.unwrap();
    assert_eq!(flushes(&sim), 3);
}

#[tokio::test]
async fn stop_ends_the_wait_with_an_error() {
    let sim = simulator();
    let (stop, stopped) = watch::channel(false);
    let weak = client_as(&sim, "one@pbs!weak");
    let credentials = weak.credentials().clone();
    let weak = Client::new(Config { stop: stopped, credentials, ..config(&sim) }).unwrap();
    let waiting = tokio::spawn({
        let weak = weak.clone();
        async move { weak.wait_until_effective(&auth("two@pbs")).await }
    });
    until(|| flushes(&sim) == 1).await;
    stop.send(true).unwrap();
    let error = waiting.await.unwrap().unwrap_err();
    assert!(
        matches!(error, Error::Stopped { .. }) && error.to_string().contains("grants of two@pbs"),
        "{error}"
    );
}

/// A client of a provider. `calls` contains the number of calls in progress.
fn client_with_calls(sim: &Simulator, calls: &watch::Sender<usize>) -> Client {
    Client::new(Config { calls: calls.subscribe(), ..config(sim) }).unwrap()
}

/// Starts a wait for a grant of `one@pbs`.
fn wait(client: &Client) -> JoinHandle<Result<(), Error>> {
    let client = client.clone();
    tokio::spawn(async move { client.wait_until_effective(&auth("one@pbs")).await })
}

#[tokio::test]
async fn a_write_that_is_sent_during_the_wait_replaces_the_flush() {
    let sim = simulator();
    let calls = watch::Sender::new(2);
    let client = client_with_calls(&sim, &calls);
    let waiting = wait(&client);
    tokio::task::yield_now().await;
    client.create_token(&new_token("one@pbs!new")).await.unwrap();
    waiting.await.unwrap().unwrap();
    assert_eq!(flushes(&sim), 0);
}

/// PBS may have carried out the earlier write before the change of the ACL. The write then does not
/// prove that the change is effective.
#[tokio::test]
async fn a_write_that_was_sent_before_the_wait_does_not_replace_the_flush() {
    let sim = simulator();
    let calls = watch::Sender::new(2);
    let client = client_with_calls(&sim, &calls);
    sim.fault(Fault::new("POST", "/access/**", FaultKind::Slow(Duration::from_millis(20))));
    let created = tokio::spawn({
        let client = client.clone();
        async move { client.create_token(&new_token("one@pbs!new")).await.map(drop) }
    });
    until(|| count(&sim, "POST", "/access/users/one@pbs/token/new") == 1).await;
    let waiting = wait(&client);
    created.await.unwrap().unwrap();
    waiting.await.unwrap().unwrap();
    assert_eq!(flushes(&sim), 1);
}

#[tokio::test]
async fn a_write_that_fails_does_not_replace_the_flush() {
    let sim = simulator();
    let calls = watch::Sender::new(2);
    let client = client_with_calls(&sim, &calls);
    let refused = FaultKind::Status(400, "refused".into());
    sim.fault(Fault::new("POST", "/access/**", refused));
    let waiting = wait(&client);
    tokio::task::yield_now().await;
    client.create_token(&new_token("one@pbs!new")).await.unwrap_err();
    waiting.await.unwrap().unwrap();
    assert_eq!(flushes(&sim), 1);
}

/// The other calls could still send a write that replaces the flush, but they take too long.
#[tokio::test]
async fn the_flush_is_sent_after_100_ms_even_if_other_calls_are_in_progress() {
    let sim = simulator();
    let calls = watch::Sender::new(2);
    let client = client_with_calls(&sim, &calls);
    let started = Instant::now();
    wait(&client).await.unwrap().unwrap();
    assert!(started.elapsed() >= Duration::from_millis(100), "{:?}", started.elapsed());
    assert_eq!(flushes(&sim), 1);
}

#[tokio::test]
async fn the_flush_is_sent_as_soon_as_all_calls_wait() {
    let sim = simulator();
    let calls = watch::Sender::new(3);
    let client = client_with_calls(&sim, &calls);
    let waiting = [wait(&client), wait(&client)];
    tokio::task::yield_now().await;
    calls.send_replace(2);
    let started = Instant::now();
    for waiting in waiting {
        waiting.await.unwrap().unwrap();
    }
    assert!(started.elapsed() < Duration::from_millis(90), "{:?}", started.elapsed());
    assert_eq!(flushes(&sim), 1);
}
