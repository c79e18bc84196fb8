//! Creation and deletion of namespaces.

mod common;

use common::{Caller, simulator};
use pbs_sim::Simulator;

const PATH: &str = "/admin/datastore/store1/namespace";

fn namespaces(sim: &Simulator) -> Vec<String> {
    sim.world(|world| world.datastores()["store1"].namespaces.clone())
}

#[tokio::test]
async fn a_namespace_needs_its_parent_and_has_at_most_seven_levels() {
    let sim = simulator();
    let admin = Caller::admin(&sim);
    let mut parent = String::new();
    for level in 1..=7 {
        for _ in 0..2 {
            let (status, body) = admin.post(PATH, &[("name", "n"), ("parent", &parent)]).await;
            assert_eq!(status, 200, "an existing namespace can be created again: {body}");
        }
        parent = format!("{parent}/n").trim_start_matches('/').to_owned();
        assert_eq!(namespaces(&sim).len(), level);
    }
    for (parent, error) in [
        (parent.as_str(), "namespace too deep, 7 >= max 7"),
        ("x/y", "cannot create new namespace, parent x/y doesn't already exists"),
    ] {
        let response = admin.post(PATH, &[("name", "n"), ("parent", parent)]).await;
        assert_eq!(response, (400, error.to_owned()));
    }
    let (_, body) = admin.get(&format!("{PATH}?parent=n/n&max-depth=1")).await;
    assert_eq!(body, r#"{"data":[{"ns":"n/n"},{"ns":"n/n/n"}]}"#);
}

#[tokio::test]
async fn a_deletion_removes_groups_only_on_request_and_only_if_they_are_not_protected() {
    let groups_error = "only partially deleted due to existing groups but `delete-groups` not true";
    let protected_error = "group only partially deleted due to protected snapshots";
    let counts = |protected: u8, groups: u8, snapshots: u8| {
        format!(
            r#"{{"data":{{"protected-snapshots":{protected},"removed-groups":{groups},"removed-snapshots":{snapshots}}}}}"#
        )
    };
    for (query, is_protected, response, remaining_namespaces) in [
        ("", false, (400, groups_error.to_owned()), vec!["a", "a/full"]),
        ("&delete-groups=1", false, (200, counts(0, 1, 3)), vec![]),
        ("&delete-groups=1", true, (400, protected_error.to_owned()), vec!["a", "a/full"]),
        (
            "&delete-groups=1&error-on-protected=0",
            true,
            (200, counts(2, 0, 1)),
            vec!["a", "a/full"],
        ),
    ] {
        let sim = simulator();
        sim.world(|world| {
            let store = world.datastore_mut("store1");
            store.namespaces = ["a", "a/empty", "a/full", "ab"].map(String::from).to_vec();
            store.add_group("a/full", "vm", "100", "root@pam");
            for time in 1..3 {
                store.add_snapshot("a/full", "vm", "100", time).is_protected = is_protected;
            }
        });
        let path = format!("{PATH}?ns=a{query}");
        assert_eq!(Caller::admin(&sim).delete(&path).await, response, "{query}");
        assert_eq!(namespaces(&sim), [remaining_namespaces, vec!["ab"]].concat(), "{query}");
    }
}

#[tokio::test]
async fn a_caller_without_the_privilege_is_told_which_privilege_is_missing() {
    let sim = simulator();
    let secret = sim.world(|world| {
        world.put_acl("/datastore", "u@pbs", "DatastoreAudit", true);
        world.put_acl("/datastore", "u@pbs!t", "DatastoreAudit", true);
        world.add_token("u@pbs!t")
    });
    let caller = Caller::with_token(&sim, &format!("u@pbs!t:{secret}"));
    let text = "permission check failed - missing Datastore.Modify on /datastore/store1";
    assert_eq!(caller.post(PATH, &[("name", "n")]).await, (403, text.to_owned()));
    let path = format!("{PATH}?ns=n");
    assert_eq!(caller.delete(&path).await, (403, text.to_owned()));
    assert_eq!(caller.get(PATH).await.0, 200);
}
