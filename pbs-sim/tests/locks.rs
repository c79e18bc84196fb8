//! Writes side by side: ordinary ones wait for each other, deletions of tokens and users deadlock.

mod common;

use std::time::Duration;

use common::Caller;
use pbs_sim::{Settings, Simulator};

#[tokio::test]
async fn writes_side_by_side_all_succeed() {
    let sim = common::simulator();
    let admin = Caller::admin(&sim);
    let writes: Vec<_> = (0..50)
        .map(|n| {
            let admin = admin.clone();
            tokio::spawn(async move {
                admin.post(&format!("/access/users/u@pbs/token/t{n}"), &[]).await.0
            })
        })
        .collect();
    for write in writes {
        assert_eq!(write.await.unwrap(), 200);
    }
    assert_eq!(sim.world(|world| world.tokens().len()), 51);
}

#[tokio::test]
async fn waiting_for_a_lock_takes_no_right_away() {
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
async fn deleting_a_token_and_a_user_side_by_side_deadlocks() {
    let lock_wait = Duration::from_millis(300);
    let sim = Simulator::start(Settings { lock_wait, ..Settings::default() });
    let admin = Caller::admin(&sim);
    let mut failures = Vec::new();
    for round in 0..20 {
        sim.world(|world| {
            world.add_user("victim@pbs");
            world.add_token("root@pam!victim");
        });
        let start = std::time::Instant::now();
        let (token, user) = tokio::join!(
            admin.delete("/access/users/root@pam/token/victim"),
            admin.delete("/access/users/victim@pbs")
        );
        for (status, body) in [token, user] {
            if status == 200 {
                continue;
            }
            assert_eq!(status, 400, "{body}");
            assert!(start.elapsed() >= lock_wait, "round {round} failed too early");
            failures.push(body);
        }
        // Nothing was changed without its locks: what failed can be tried again.
        let left = sim.world(|world| {
            let token = world.tokens().contains_key("root@pam!victim");
            let user = world.users().contains_key("victim@pbs");
            [(token, "/access/users/root@pam/token/victim"), (user, "/access/users/victim@pbs")]
        });
        for (_, path) in left.iter().filter(|(there, _)| *there) {
            assert_eq!(admin.delete(path).await.0, 200);
        }
        if !failures.is_empty() {
            break;
        }
    }
    let text = |file: &str| {
        format!(
            "Unable to acquire lock \"/etc/proxmox-backup/{file}\" - Interrupted system call (os error 4)"
        )
    };
    assert!(!failures.is_empty(), "twenty pairs of deletions met without a deadlock");
    for failure in failures {
        assert!([text(".acl.lck"), text(".user.lck")].contains(&failure), "{failure}");
    }
}
