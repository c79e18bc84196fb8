//! The client records the grants that a plan changes. A warning about the privileges of a token
//! depends on all these grants, so it waits until Terraform has planned the other grants, too.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use terraform_provider_pbs::pbs::{Client, Clock, Config, Grant, Grants, PlannedGrant};
use tokio::sync::Notify;

use super::{client, clock, config, simulator};

fn grant(auth_id: &str, role: &str, propagate: bool) -> Grant {
    Grant {
        path: "/datastore".parse().unwrap(),
        auth_id: auth_id.parse().unwrap(),
        role: role.parse().unwrap(),
        propagate,
    }
}

#[test]
fn the_list_after_the_plan_contains_the_planned_changes() {
    let sim = simulator();
    let pbs = client(&sim);
    let kept = grant("one@pbs", "Audit", true);
    let changed = grant("one@pbs", "Admin", true);
    let deleted = grant("two@pbs", "Audit", true);
    let created = grant("two@pbs", "Admin", true);
    let before: Grants = [&kept, &changed, &deleted].into_iter().cloned().collect();
    let after = grant("one@pbs", "Admin", false);
    pbs.record_planned_grant(Some(&kept), PlannedGrant::Known(kept.clone()));
    pbs.record_planned_grant(Some(&changed), PlannedGrant::Known(after.clone()));
    pbs.record_planned_grant(Some(&deleted), PlannedGrant::Deleted);
    pbs.record_planned_grant(None, PlannedGrant::Known(created.clone()));
    let planned = |subject: &Grant| {
        let planned = pbs.after_plan(&before, &subject.auth_id);
        planned.map(|grants| grants.matching(None, None, None))
    };
    assert_eq!(planned(&kept), Some(vec![after, kept.clone()]));
    assert_eq!(planned(&created), Some(vec![created]));
    pbs.record_planned_grant(None, PlannedGrant::Unknown);
    assert_eq!(planned(&kept), None, "the unknown grant can be any grant");
}

/// The wait starts anew with each planned grant, until the limit is reached.
#[tokio::test]
async fn the_wait_for_the_plan_ends_half_a_second_after_the_last_grant() {
    let sim = simulator();
    let (sleeping, ended) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let sleeps = Arc::new(AtomicU32::new(0));
    let clock = {
        let (sleeping, ended, sleeps) = (sleeping.clone(), ended.clone(), sleeps.clone());
        let clock = clock(&sim);
        Clock::new(move || clock.now()).with_sleep(move |duration| {
            assert_eq!(duration.as_millis(), 500);
            sleeps.fetch_add(1, Ordering::SeqCst);
            sleeping.notify_one();
            let ended = ended.clone();
            async move { ended.notified().await }
        })
    };
    let pbs = Client::new(Config { clock, ..config(&sim) }).unwrap();
    let waiting = {
        let pbs = pbs.clone();
        tokio::spawn(async move { pbs.holds_after_plan(|| true).await })
    };
    sleeping.notified().await;
    let audit = grant("one@pbs", "Audit", true);
    pbs.record_planned_grant(Some(&audit), PlannedGrant::Known(audit.clone()));
    sleeping.notified().await;
    assert!(!waiting.is_finished(), "another grant was planned");
    ended.notify_one();
    assert!(waiting.await.unwrap());
    assert_eq!(sleeps.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn all_waits_together_end_at_the_limit() {
    let sim = simulator();
    let pbs = client(&sim);
    // Only the waits of the client move the stopped clock ahead.
    sim.set_time(sim.time_control().time());
    let start = sim.time_control().time();
    for _ in 0..10 {
        assert!(pbs.holds_after_plan(|| true).await);
    }
    let waited = sim.time_control().time().duration_since(start).unwrap();
    assert_eq!(waited.as_millis(), 2000);
}

#[tokio::test]
async fn the_wait_ends_when_the_condition_no_longer_holds() {
    let sim = simulator();
    let clock = {
        let clock = clock(&sim);
        Clock::new(move || clock.now()).with_sleep(|_| std::future::pending())
    };
    let pbs = Client::new(Config { clock, ..config(&sim) }).unwrap();
    assert!(!pbs.holds_after_plan(|| false).await);
    let audit = grant("one@pbs", "Audit", true);
    let checks = AtomicU32::new(0);
    let holds = pbs.holds_after_plan(|| {
        pbs.record_planned_grant(Some(&audit), PlannedGrant::Known(audit.clone()));
        checks.fetch_add(1, Ordering::SeqCst) == 0
    });
    assert!(!holds.await);
}
