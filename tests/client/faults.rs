//! Retries, time limits, connections, and Terraform's request to stop the run.

use std::time::{Duration, Instant};

use pbs_sim::{Fault, FaultKind, Simulator};
use terraform_provider_pbs::pbs::{Client, Config, Error, Grant, TokenChange};
use tokio::sync::watch;

use crate::{all, client, config, count, entry, new_token, new_user, simulator, token_id, user_id};

const TOKEN: &str = "/access/users/one@pbs/token/ci";

/// The error of PBS if another process holds the lock of the ACL. PBS has changed nothing.
fn locked() -> FaultKind {
    let text = "Unable to acquire lock \"/etc/proxmox-backup/.acl.lck\" - Interrupted system call \
                (os error 4)";
    FaultKind::Status(400, text.into())
}

/// Sends the request of this name.
async fn request(client: &Client, name: &str) -> Result<(), Error> {
    let id = token_id("one@pbs!ci");
    let change = TokenChange { enabled: Some(false), ..TokenChange::default() };
    let grant: Grant = entry("/datastore", "one@pbs", "Audit");
    match name {
        "read" => client.token_uncached(&id).await.map(drop),
        "put acl" => client.put_grant(&grant).await,
        "delete acl" => client.delete_grant(&grant).await,
        "update token" => client.update_token(&id, &change).await,
        "delete token" => client.delete_token(&id).await,
        "delete user" => client.delete_user(&user_id("two@pbs")).await,
        "create token" => client.create_token(&new_token("one@pbs!new")).await.map(drop),
        "regenerate" => client.regenerate_token(&id, &change).await.map(drop),
        "create user" => client.create_user(&new_user("three@pbs"), None).await,
        other => unreachable!("{other}"),
    }
}

/// Names of idempotent requests. Sending such a request twice has the same effect as sending it
/// once.
const REPEATABLE: [&str; 6] =
    ["read", "put acl", "delete acl", "update token", "delete token", "delete user"];
/// Names of requests that are not idempotent. If the server may have handled such a request, the
/// client must not repeat it.
const ONCE: [&str; 3] = ["create token", "regenerate", "create user"];

/// Creates the token that [`request`] reads and changes, and returns a client.
fn with_token(sim: &Simulator) -> Client {
    sim.world(|world| world.add_token("one@pbs!ci"));
    client(sim)
}

/// Starts a simulator for each request and sends the request to this simulator. A fault happens at
/// the first try. Returns name, result and number of tries of each request.
async fn after_one_fault(
    names: &[&'static str],
    kind: FaultKind,
) -> Vec<(&'static str, Result<(), Error>, usize)> {
    all(names.iter().copied().map(move |name| {
        let kind = kind.clone();
        async move {
            let sim = simulator();
            let client = with_token(&sim);
            sim.fault(Fault::new("*", "**", kind).times(1));
            let result = request(&client, name).await;
            (name, result, sim.requests().len())
        }
    }))
    .await
}

#[tokio::test]
async fn an_idempotent_request_is_retried_after_a_transient_fault() {
    for kind in [
        FaultKind::DroppedBefore,
        FaultKind::DroppedAfter,
        FaultKind::Truncated,
        FaultKind::Html502,
        FaultKind::Status(429, "slow down".into()),
        FaultKind::Status(500, "oops".into()),
        FaultKind::Status(503, "busy".into()),
        FaultKind::Status(504, "late".into()),
        locked(),
    ] {
        for (name, result, requests) in after_one_fault(&REPEATABLE, kind.clone()).await {
            assert!(result.is_ok(), "{name} after {kind:?}: {result:?}");
            assert_eq!(requests, 2, "{name} after {kind:?}");
        }
    }
}

#[tokio::test]
async fn a_creation_or_new_secret_is_requested_again_only_if_the_server_has_changed_nothing() {
    for (name, result, requests) in after_one_fault(&ONCE, locked()).await {
        assert!(result.is_ok() && requests == 2, "{name}: {result:?}");
    }
    for kind in [
        FaultKind::DroppedBefore,
        FaultKind::DroppedAfter,
        FaultKind::Truncated,
        FaultKind::Html502,
        FaultKind::Status(500, "oops".into()),
    ] {
        for (name, result, requests) in after_one_fault(&ONCE, kind.clone()).await {
            assert!(result.unwrap_err().response_lost(), "{name} after {kind:?}");
            assert_eq!(requests, 1, "{name} after {kind:?}");
        }
    }
    // A refused connection cannot have changed anything. The simulator does not count a
    // refused connection as a request.
    for (name, result, requests) in after_one_fault(&ONCE, FaultKind::Refused).await {
        assert!(result.is_ok() && requests == 1, "{name}: {result:?}");
    }
}

#[tokio::test]
async fn a_permanent_error_is_not_retried() {
    for kind in [
        FaultKind::Unauthorized,
        FaultKind::Forbidden,
        FaultKind::Status(400, "parameter verification failed".into()),
        FaultKind::Status(404, "Path '/x' not found.".into()),
    ] {
        for (name, result, requests) in after_one_fault(&REPEATABLE, kind.clone()).await {
            let error = result.unwrap_err();
            assert!(!error.response_lost(), "{name} after {kind:?}: {error}");
            assert_eq!(requests, 1, "{name} after {kind:?}");
        }
    }
}

#[tokio::test]
async fn the_number_of_retries_is_limited() {
    let sim = simulator();
    sim.fault(Fault::new("*", "**", FaultKind::Html502));
    for max_retries in [0, 2] {
        sim.clear_requests();
        let client = Client::new(Config { max_retries, ..config(&sim) }).unwrap();
        let error = client.version().await.unwrap_err();
        assert!(error.to_string().starts_with("GET /version: 502 (an HTML page"), "{error}");
        assert_eq!(sim.requests().len(), max_retries as usize + 1);
    }
}

#[tokio::test]
async fn each_try_has_its_own_time_limit() {
    let sim = simulator();
    let timeout = Duration::from_millis(300);
    let client = Client::new(Config { timeout, max_retries: 1, ..config(&sim) }).unwrap();
    client.version().await.unwrap();
    sim.fault(Fault::new("*", "**", FaultKind::Hang));
    let started = Instant::now();
    let error = client.token_uncached(&token_id("one@pbs!ci")).await.unwrap_err();
    assert!(error.response_lost(), "{error}");
    assert!(error.to_string().ends_with("no response within 0.3 s"), "{error}");
    assert!(started.elapsed() >= 2 * timeout);
    assert_eq!(count(&sim, "GET", TOKEN), 2);
}

#[tokio::test]
async fn sequential_requests_share_one_connection() {
    let sim = simulator();
    let client = with_token(&sim);
    for name in ["read", "update token", "put acl", "create token", "delete token", "delete user"] {
        request(&client, name).await.unwrap();
    }
    assert!(client.put_grant(&entry("/", "ghost@pbs", "Audit")).await.is_err());
    client.version().await.unwrap();
    assert_eq!((sim.connections(), sim.requests().len()), (1, 8));
}

#[tokio::test]
async fn deletions_of_tokens_and_users_run_one_after_the_other() {
    let sim = simulator();
    let client = client(&sim);
    sim.world(|world| {
        for n in 0..12 {
            world.add_user(&format!("u{n}@pbs"));
            world.add_token(&format!("one@pbs!t{n}"));
        }
    });
    sim.fault(Fault::new("DELETE", "**", FaultKind::Slow(Duration::from_millis(20))));
    let started = Instant::now();
    let deletions = (0..24).map(|n| {
        let client = client.clone();
        async move {
            match n % 2 {
                0 => client.delete_token(&token_id(&format!("one@pbs!t{}", n / 2))).await,
                _ => client.delete_user(&user_id(&format!("u{}@pbs", n / 2))).await,
            }
        }
    });
    assert!(all(deletions).await.iter().all(Result::is_ok));
    assert!(started.elapsed() >= Duration::from_millis(24 * 20), "deletions overlapped");
    assert_eq!((sim.requests().len(), sim.connections()), (24, 1));
}

#[tokio::test]
async fn after_a_stop_only_an_uncancellable_client_sends_requests() {
    let sim = simulator();
    let (stop, stopped) = watch::channel(false);
    let client = Client::new(Config { stop: stopped, ..config(&sim) }).unwrap();
    client.permissions(None, None).await.unwrap();
    stop.send(true).unwrap();
    assert!(matches!(client.permissions(None, None).await, Err(Error::Stopped { .. })));
    assert_eq!(sim.requests().len(), 1);
    client.uncancellable().permissions(None, None).await.unwrap();
}

#[tokio::test]
async fn a_stop_cancels_the_wait_before_a_retry_and_not_the_running_request() {
    let sim = simulator();
    let (stop, stopped) = watch::channel(false);
    let client = Client::new(Config { stop: stopped, ..config(&sim) }).unwrap();
    client.version().await.unwrap();

    // The running request is completed after the stop.
    sim.fault(Fault::new("POST", "**", FaultKind::Slow(Duration::from_millis(300))).times(1));
    let creating = tokio::spawn({
        let client = client.clone();
        async move { client.create_token(&new_token("one@pbs!ci")).await }
    });
    until(|| count(&sim, "POST", TOKEN) == 1).await;
    stop.send(true).unwrap();
    assert!(creating.await.unwrap().is_ok());

    // The client stops while it waits before a retry, so it sends no second request.
    stop.send(false).unwrap();
    sim.fault(Fault::new("GET", "**", FaultKind::Html502));
    let reading = tokio::spawn({
        let client = client.clone();
        async move { client.token_uncached(&token_id("one@pbs!ci")).await }
    });
    until(|| count(&sim, "GET", TOKEN) == 1).await;
    stop.send(true).unwrap();
    let error = reading.await.unwrap().unwrap_err();
    assert!(matches!(error, Error::Stopped { .. }), "{error}");
    assert!(
        error.to_string().starts_with("GET /access/users/one@pbs/token/ci: canceled"),
        "{error}"
    );
    assert_eq!(count(&sim, "GET", TOKEN), 1);
}

/// If the response to the first try of a write is lost, the server may have carried out the write.
/// If the retry does not reach PBS, the error must still say that the response was lost.
#[tokio::test]
async fn a_write_without_a_response_stays_uncertain_after_failed_retries() {
    let sim = simulator();
    let (stop, stopped) = watch::channel(false);
    let client = Client::new(Config { stop: stopped, ..config(&sim) }).unwrap();
    let id = token_id("one@pbs!ci");
    let change = TokenChange { comment: Some(Some("changed".into())), ..TokenChange::default() };
    sim.world(|world| world.add_token("one@pbs!ci"));

    sim.fault(Fault::new("PUT", "**", FaultKind::DroppedAfter));
    let changing = tokio::spawn({
        let (client, id, change) = (client.clone(), id.clone(), change.clone());
        async move { client.update_token(&id, &change).await }
    });
    until(|| count(&sim, "PUT", TOKEN) == 1).await;
    stop.send(true).unwrap();
    let error = changing.await.unwrap().unwrap_err();
    assert!(error.response_lost() && !matches!(error, Error::Stopped { .. }), "{error}");

    // The server refuses the connection of the retry.
    stop.send(false).unwrap();
    sim.clear_faults();
    sim.fault(Fault::new("PUT", "**", FaultKind::DroppedAfter).times(1));
    sim.fault(Fault::new("PUT", "**", FaultKind::Refused));
    let error = client.update_token(&id, &change).await.unwrap_err();
    assert!(error.response_lost(), "{error}");

    // The retry gets a response from a proxy, which says nothing about the token.
    sim.clear_faults();
    sim.fault(Fault::new("PUT", "**", FaultKind::DroppedAfter).times(1));
    sim.fault(Fault::new("PUT", "**", FaultKind::Status(429, "too many".into())));
    let error = client.update_token(&id, &change).await.unwrap_err();
    assert!(error.response_lost(), "{error}");

    // PBS itself refuses the retry, so the client returns the error of the retry.
    sim.clear_faults();
    sim.fault(Fault::new("PUT", "**", FaultKind::DroppedAfter).times(1));
    sim.fault(Fault::new("PUT", "**", FaultKind::Forbidden));
    let error = client.update_token(&id, &change).await.unwrap_err();
    assert!(error.is_permission_denied(), "{error}");
}

/// Waits until the condition is true.
pub(crate) async fn until(condition: impl Fn() -> bool) {
    let waiting = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waiting)
        .await
        .expect("the condition should become true within 20 s");
}
