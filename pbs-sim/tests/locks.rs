//! Concurrent write requests. Most of them wait for each other's locks and succeed. A deletion of a
//! token and a deletion of a user can deadlock until the lock timeout.

mod common;

use std::time::{Duration, Instant};

use common::Caller;
use pbs_sim::{Settings, Simulator};

#[tokio::test]
async fn concurrent_token_creations_all_succeed() {
    let sim = common::simulator();
    let admin = Caller::admin(&sim);
    let creations: Vec<_> = (0..50)
        .map(|n| {
            let admin = admin.clone();
            tokio::spawn(async move {
                admin.post(&format!("/access/users/u@pbs/token/t{n}"), &[]).await.0
            })
        })
        .collect();
    for creation in creations {
        assert_eq!(creation.await.unwrap(), 200);
    }
    assert_eq!(sim.world(|world| world.tokens().len()), 51, "50 tokens and the admin token");
}

#[tokio::test]
async fn a_write_that_waits_for_a_lock_succeeds_while_other_tokens_are_deleted() {
    let sim = common::simulator();
    sim.world(|world| (0..10).for_each(|n| drop(world.add_token(&format!("u@pbs!t{n}")))));
    let admin = Caller::admin(&sim);
    let writes: Vec<_> = (0..10)
        .map(|n| {
            let admin = admin.clone();
            tokio::spawn(async move {
                let path = format!("/access/users/u@pbs/token/t{n}");
                let grant = [("path", "/"), ("role", "Audit"), ("auth-id", "u@pbs")];
                tokio::join!(admin.delete(&path), admin.put("/access/acl", &grant))
            })
        })
        .collect();
    for write in writes {
        let (deleted, granted) = write.await.unwrap();
        assert_eq!((deleted.0, granted.0), (200, 200), "{} {}", deleted.1, granted.1);
    }
}

#[tokio::test]
async fn concurrent_deletions_of_a_token_and_a_user_deadlock_until_the_lock_timeout() {
    let lock_wait = Duration::from_millis(300);
    let sim = Simulator::start(Settings { lock_wait, ..Settings::default() });
    let admin = Caller::admin(&sim);
    let mut failures = Vec::new();
    // The two requests do not block each other in every round, so repeat them until they do.
    for round in 0..20 {
        sim.world(|world| {
            world.add_user("victim@pbs");
            world.add_token("root@pam!victim");
        });
        let start = Instant::now();
        let (token, user) = tokio::join!(
            admin.delete("/access/users/root@pam/token/victim"),
            admin.delete("/access/users/victim@pbs")
        );
        for (status, body) in [token, user] {
            if status == 200 {
                continue;
            }
            assert_eq!(status, 400, "{body}");
            assert!(start.elapsed() >= lock_wait, "round {round} failed before the lock timeout");
            failures.push(body);
        }
        // All locks are taken before anything changes, so a failed deletion can be retried.
        let deletions = sim.world(|world| {
            let token_exists = world.tokens().contains_key("root@pam!victim");
            let user_exists = world.users().contains_key("victim@pbs");
            [
                (token_exists, "/access/users/root@pam/token/victim"),
                (user_exists, "/access/users/victim@pbs"),
            ]
        });
        for (_, path) in deletions.iter().filter(|(exists, _)| *exists) {
            assert_eq!(admin.delete(path).await.0, 200);
        }
        if !failures.is_empty() {
            break;
        }
    }
    let message = |file: &str| {
        format!(
            "Unable to acquire lock \"/etc/proxmox-backup/{file}\" - Interrupted system call (os error 4)"
        )
    };
    assert!(!failures.is_empty(), "none of 20 pairs of deletions deadlocked");
    for failure in failures {
        assert!([message(".acl.lck"), message(".user.lck")].contains(&failure), "{failure}");
    }
}
