//! Writes whose response was lost: which later writes wait, and for how long. `tests/faults` tests
//! the effect on every operation of the provider.

use std::time::{Duration, SystemTime};

use pbs_sim::{Fault, FaultKind, Simulator};
use terraform_provider_pbs::pbs::{Client, Clock, Config, TokenChange};
use tokio::sync::watch;

use crate::{client, client_as, config, faults::until, new_token, simulator, token_id, user_id};

/// Sends the write so that its response is lost. The simulator does not carry out the write.
async fn lose(sim: &Simulator, method: &str, write: impl Future<Output = bool>) {
    sim.fault(Fault::new(method, "**", FaultKind::DroppedBefore));
    assert!(!write.await, "the write succeeded");
    sim.clear_faults();
}

/// The seconds by which the write moves the clock ahead because it waits.
async fn waited(sim: &Simulator, write: impl Future<Output = bool>) -> u64 {
    let before = sim.time();
    assert!(write.await, "the write failed");
    sim.time().duration_since(before).unwrap_or_default().as_secs()
}

fn without_retries(sim: &Simulator) -> Client {
    sim.set_time(SystemTime::UNIX_EPOCH + Duration::from_secs(1_900_000_000));
    Client::new(Config { max_retries: 0, ..config(sim) }).unwrap()
}

#[tokio::test]
async fn a_conflicting_write_waits_and_the_repetition_of_an_idempotent_write_does_not() {
    let sim = simulator();
    let client = without_retries(&sim);
    let (id, change) = (token_id("one@pbs!ci"), TokenChange::default());
    sim.world(|world| world.add_token("one@pbs!ci"));
    let delete = async || client.delete_token(&id).await.is_ok();
    let create = async || client.create_token(&new_token("one@pbs!ci")).await.is_ok();
    let rotate = async || client.regenerate_token(&id, &change).await.is_ok();

    lose(&sim, "DELETE", delete()).await;
    assert_eq!(waited(&sim, delete()).await, 0, "a repeated deletion");
    assert_eq!(waited(&sim, create()).await, 25, "a creation after a lost deletion");
    lose(&sim, "PUT", rotate()).await;
    assert_eq!(waited(&sim, rotate()).await, 25, "a repeated rotation");

    // If PBS carried out the lost deletion of the user later, PBS would also delete the new token
    // of this user.
    let delete_user = async || client.delete_user(&user_id("one@pbs")).await.is_ok();
    lose(&sim, "DELETE", delete_user()).await;
    let create = async || client.create_token(&new_token("one@pbs!other")).await.is_ok();
    assert_eq!(waited(&sim, create()).await, 35, "a token of this user");
    let other = async || client.create_token(&new_token("two@pbs!ci")).await.is_ok();
    assert_eq!(waited(&sim, other()).await, 0, "a token of another user");
}

#[tokio::test]
async fn a_stop_ends_the_wait_and_the_conflicting_write_is_not_sent() {
    let sim = simulator();
    let (stop, stopped) = watch::channel(false);
    let client = Client::new(Config {
        max_retries: 0,
        stop: stopped,
        // With the clock of the system, a wait takes real time, so the stop arrives during the
        // wait.
        clock: Clock::new(jiff::Timestamp::now),
        ..config(&sim)
    })
    .unwrap();
    let uncancellable = client.uncancellable();
    let id = token_id("one@pbs!ci");
    lose(&sim, "DELETE", async { client.delete_token(&id).await.is_ok() }).await;
    sim.clear_requests();
    let creating = tokio::spawn({
        let uncancellable = uncancellable.clone();
        async move { uncancellable.create_token(&new_token("one@pbs!ci")).await }
    });
    stop.send(true).unwrap();
    assert!(creating.await.unwrap().is_err());
    assert_eq!(sim.requests().len(), 0);
    assert!(!uncancellable.wait_for_lost_writes(&id).await);
    // Terraform limits the time for closing an ephemeral token, so the client that closes the token
    // does not wait.
    uncancellable.without_waiting().create_token(&new_token("one@pbs!ci")).await.unwrap();
}

/// The client first requests its privileges, and then the list of grants. The privilege can be
/// granted between these two requests, so the result does not prove that the list is complete.
#[tokio::test]
async fn a_list_is_complete_only_if_the_privilege_was_granted_before_both_requests() {
    let sim = simulator();
    let weak = client_as(&sim, "one@pbs!weak");
    sim.world(|world| world.put_acl("/", "one@pbs", "Audit", true));
    sim.advance(Duration::from_secs(6));
    let slow = FaultKind::Slow(Duration::from_millis(300));
    let first = sim.fault(Fault::new("GET", "**", slow).times(1));
    let reading = tokio::spawn(async move { weak.all_grants().await });
    until(|| sim.requests().len() == 1).await;
    assert_eq!(sim.fault_count(first), 1);
    sim.world(|world| world.put_acl("/", "one@pbs!weak", "Audit", true));
    sim.advance(Duration::from_secs(6));
    let grants = reading.await.unwrap().unwrap();
    assert!(grants.is_none(), "a list without the privilege counts as complete");
    assert!(client(&sim).all_grants().await.unwrap().is_some());
}
