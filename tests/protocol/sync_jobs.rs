//! Sync jobs: the combinations of arguments that PBS refuses, the encryption keys that older
//! snapshots need, and the warnings before data is removed.

use pbs_sim::{Fault, FaultKind, Settings, Simulator};
use serde_json::{Value as Json, json};
use test_support::{
    core::{Diagnostics, State},
    in_process::{InProcess, Variables, token_with_roles, variables},
    values::merged,
};

const TYPE: &str = "pbs_sync_job";

fn job(arguments: Json) -> Json {
    let base = json!({
        "id": "nightly", "datastore": "store1", "remote": "offsite", "remote_datastore": "main",
    });
    merged(base, arguments)
}

fn push(arguments: Json) -> Json {
    merged(job(json!({ "sync_direction": "push" })), arguments)
}

/// A simulator with a remote and three encryption keys.
fn simulator() -> Simulator {
    let simulator = Simulator::start(Settings::default());
    simulator.world(|world| {
        let remote = json!({ "host": "pbs2.example.com", "auth-id": "sync@pbs" });
        world.put_object("remote", "offsite", remote);
        for key in ["first", "second", "third"] {
            world.put_object("encryption-keys", key, json!({}));
        }
    });
    simulator
}

async fn provider(simulator: &Simulator) -> InProcess {
    InProcess::start_for(simulator).await
}

#[tokio::test]
async fn a_job_that_cannot_work_is_refused() {
    let provider = InProcess::start(Variables::new()).await;
    for (config, expected) in [
        (job(json!({})), None),
        (job(json!({ "remote": null })), None),
        (job(json!({ "remote": null, "remote_datastore": "store1" })), Some("remote_datastore")),
        (job(json!({ "remote": "?", "remote_datastore": "store1" })), None),
        (push(json!({})), None),
        (push(json!({ "remote": null })), Some("remote")),
        (push(json!({ "remote": "?" })), None),
        (push(json!({ "resync_corrupt": true })), Some("resync_corrupt")),
        (push(json!({ "resync_corrupt": false })), None),
        (job(json!({ "resync_corrupt": true })), None),
        (push(json!({ "encryption_key": "first" })), None),
        (job(json!({ "encryption_key": "first" })), Some("encryption_key")),
        (job(json!({ "encryption_key": "" })), None),
        (job(json!({ "unmount_on_done": true })), Some("unmount_on_done")),
        (job(json!({ "unmount_on_done": true, "run_on_mount": "?" })), None),
        (job(json!({ "unmount_on_done": true, "run_on_mount": true })), None),
        (job(json!({ "max_depth": 5, "namespace": "a/b" })), None),
        (job(json!({ "max_depth": 6, "namespace": "a/b" })), Some("max_depth")),
        (job(json!({ "max_depth": 7, "remote_namespace": "a" })), Some("max_depth")),
    ] {
        let mut diagnostics = Diagnostics::default();
        provider.validate(TYPE, &config, &mut diagnostics).await;
        assert_eq!(diagnostics.error_paths, Vec::from_iter(expected), "{config}");
    }
}

/// Applies both configurations, one after the other. Returns the properties of the job, and the
/// diagnostics of the second plan and apply.
async fn changed(before: &Json, after: &Json) -> (Json, Diagnostics) {
    let simulator = simulator();
    let (mut state, mut diagnostics) = (State::default(), Diagnostics::default());
    provider(&simulator).await.change(TYPE, &mut state, before, &mut diagnostics).await;
    assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
    let (second, mut planned) = (provider(&simulator).await, Diagnostics::default());
    second.change(TYPE, &mut state, after, &mut planned).await;
    if planned.errors.is_empty() {
        let mut diagnostics = Diagnostics::default();
        let third = provider(&simulator).await;
        third.refresh(TYPE, &mut state, &mut diagnostics).await;
        let empty = third.plan_is_empty(TYPE, &state, after, &mut diagnostics).await;
        assert_eq!(empty, Some(true), "from {before} to {after}: {:?}", diagnostics.errors);
    }
    let stored = simulator.world(|world| world.object("sync", "nightly"));
    (stored.unwrap_or_default().into(), planned)
}

#[tokio::test]
async fn an_encryption_key_that_is_no_longer_active_becomes_an_associated_key() {
    let key = |key: Json| push(json!({ "encryption_key": key }));
    let with_associated = |key: &str, associated: Json| {
        push(json!({ "encryption_key": key, "associated_keys": associated }))
    };
    for (before, after, active, associated) in [
        (key(json!("first")), key(json!("second")), json!("second"), json!(["first"])),
        (key(Json::Null), key(json!("second")), json!("second"), Json::Null),
        (key(json!("first")), key(Json::Null), Json::Null, json!(["first"])),
        (
            with_associated("first", json!(["third"])),
            with_associated("second", json!(["first", "third"])),
            json!("second"),
            json!(["first", "third"]),
        ),
        (
            with_associated("first", json!(["third"])),
            key(json!("second")),
            json!("second"),
            json!(["first", "third"]),
        ),
    ] {
        let (job, planned) = changed(&before, &after).await;
        assert!(planned.errors.is_empty(), "{:?}", planned.errors);
        assert_eq!(job["active-encryption-key"], active, "from {before} to {after}");
        assert_eq!(job["associated-key"], associated, "from {before} to {after}");
    }
}

#[tokio::test]
async fn a_plan_lists_the_previous_active_key_among_the_associated_keys() {
    let simulator = simulator();
    let before = push(json!({ "encryption_key": "first", "associated_keys": ["third"] }));
    let (mut state, mut diagnostics) = (State::default(), Diagnostics::default());
    provider(&simulator).await.change(TYPE, &mut state, &before, &mut diagnostics).await;
    let after = push(json!({ "encryption_key": "second" }));
    let provider = provider(&simulator).await;
    let planned = provider.planned(TYPE, &state, Some(&after), &mut diagnostics).await;
    assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
    let planned = planned.expect("a plan").attributes;
    assert_eq!(planned["associated_keys"], json!(["first", "third"]));
}

#[tokio::test]
async fn a_plan_that_drops_the_previous_active_key_is_refused() {
    let before = push(json!({ "encryption_key": "first", "associated_keys": ["third"] }));
    for after in [
        push(json!({ "encryption_key": "second", "associated_keys": ["third"] })),
        push(json!({ "associated_keys": ["third"] })),
    ] {
        let (job, planned) = changed(&before, &after).await;
        assert_eq!(planned.error_paths, ["associated_keys"], "{:?}", planned.errors);
        let line = "associated_keys = [\"third\", \"first\"]";
        assert!(planned.errors[0].contains(line), "{:?}", planned.errors);
        assert_eq!(job["active-encryption-key"], "first");
    }
    let dropped = push(json!({ "encryption_key": "first", "associated_keys": [] }));
    let (_, planned) = changed(&before, &dropped).await;
    let warned = |text: &String| text.contains("no longer names an encryption key");
    assert!(planned.warnings.iter().any(warned), "{:?}", planned.warnings);
}

#[tokio::test]
async fn a_plan_warns_if_a_job_with_keys_is_deleted_or_replaced() {
    let before = push(json!({ "encryption_key": "second", "associated_keys": ["first"] }));
    let renamed = push(json!({ "id": "other", "encryption_key": "second" }));
    for (after, expected) in [
        (Json::Null, Some("from their deletion: first, second.")),
        (renamed, Some("from their deletion: first.")),
        (merged(before.clone(), json!({ "comment": "c" })), None),
    ] {
        let simulator = simulator();
        let (mut state, mut diagnostics) = (State::default(), Diagnostics::default());
        provider(&simulator).await.change(TYPE, &mut state, &before, &mut diagnostics).await;
        assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
        let (second, mut planned) = (provider(&simulator).await, Diagnostics::default());
        match &after {
            Json::Null => drop(second.destroy(TYPE, &mut state, &mut planned).await),
            after => drop(second.plan_is_empty(TYPE, &state, after, &mut planned).await),
        }
        let text = planned.warnings.join("\n");
        let warns = text.contains("no longer names an encryption key");
        assert_eq!(warns, expected.is_some(), "{after}: {text}");
        assert!(expected.is_none_or(|expected| text.contains(expected)), "{after}: {text}");
    }
}

#[tokio::test]
async fn a_plan_warns_before_a_job_removes_snapshots_or_changes_their_owner() {
    const REMOVES: &str = "The sync job removes snapshots";
    const OWNER: &str = "The sync job no longer copies existing groups";
    let removing = |value: bool| job(json!({ "remove_vanished": value }));
    for (before, after, expected) in [
        (Json::Null, removing(true), Some(REMOVES)),
        (Json::Null, removing(false), None),
        (removing(false), removing(true), Some(REMOVES)),
        (removing(true), merged(removing(true), json!({ "comment": "c" })), None),
        (removing(true), merged(removing(true), json!({ "remote_namespace": "x" })), Some(REMOVES)),
        (removing(false), merged(removing(false), json!({ "remote_namespace": "x" })), None),
        (Json::Null, job(json!({ "owner": "sync@pbs" })), None),
        (job(json!({})), job(json!({ "owner": "root@pam" })), None),
        (push(json!({})), push(json!({ "owner": "sync@pbs" })), None),
        (job(json!({})), job(json!({ "owner": "sync@pbs" })), Some(OWNER)),
        (job(json!({ "owner": "sync@pbs" })), job(json!({})), Some(OWNER)),
    ] {
        let warnings = crate::plan_warnings::warnings(TYPE, &before, &after).await;
        let found = [REMOVES, OWNER].into_iter().find(|it| warnings.join("\n").contains(it));
        assert_eq!(found, expected, "from {before} to {after}: {warnings:?}");
    }
}

#[tokio::test]
async fn a_missing_privilege_is_named_and_not_mistaken_for_a_missing_job() {
    let simulator = simulator();
    let (mut state, mut diagnostics) = (State::default(), Diagnostics::default());
    provider(&simulator).await.change(TYPE, &mut state, &job(json!({})), &mut diagnostics).await;
    assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
    let token = token_with_roles(&simulator, &[("/datastore", "DatastoreAdmin", true)]);
    let limited = InProcess::start(variables(&simulator, &token)).await;
    let mut diagnostics = Diagnostics::default();
    limited.refresh(TYPE, &mut state, &mut diagnostics).await;
    let text = diagnostics.errors.join("\n");
    assert!(text.contains("`Remote.Audit` on `/remote/REMOTE`"), "{text}");
    assert!(!state.is_empty());
    let mut diagnostics = Diagnostics::default();
    let new = job(json!({ "id": "other" }));
    limited.change(TYPE, &mut State::default(), &new, &mut diagnostics).await;
    let text = diagnostics.errors.join("\n");
    assert!(text.contains("`Remote.Read` on `/remote/REMOTE/REMOTE_DATASTORE`"), "{text}");
    let (mut changed, mut diagnostics) = (state.clone(), Diagnostics::default());
    let update = job(json!({ "comment": "c" }));
    limited.change(TYPE, &mut changed, &update, &mut diagnostics).await;
    limited.destroy(TYPE, &mut state, &mut diagnostics).await;
    let named = |text: &String| text.contains("`Remote.Read` on `/remote/REMOTE/REMOTE_DATASTORE`");
    assert_eq!(
        diagnostics.errors.iter().filter(|text| named(text)).count(),
        2,
        "{:?}",
        diagnostics.errors
    );
    assert!(!state.is_empty() && simulator.world(|it| it.object("sync", "nightly").is_some()));
}

/// PBS answers the deletion of a running job with the error of a lock, although it deletes the job.
/// The client repeats a request after this error, and would then find no job. The test therefore
/// uses an error after which the client does not repeat the request.
#[tokio::test]
async fn a_deletion_that_pbs_refuses_is_an_error_unless_the_job_is_gone() {
    for is_gone in [true, false] {
        let simulator = simulator();
        let (mut state, mut diagnostics) = (State::default(), Diagnostics::default());
        let provider = provider(&simulator).await;
        provider.change(TYPE, &mut state, &job(json!({})), &mut diagnostics).await;
        assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
        let refusal = FaultKind::Status(400, "the job is in use".into());
        simulator.fault(Fault::new("DELETE", "/config/sync/nightly", refusal));
        if is_gone {
            simulator.world(|world| world.delete_object("sync", "nightly"));
        }
        provider.destroy(TYPE, &mut state, &mut diagnostics).await;
        assert_eq!(diagnostics.errors.is_empty(), is_gone, "{:?}", diagnostics.errors);
        assert_eq!(state.is_empty(), is_gone);
    }
}

#[tokio::test]
async fn the_jobs_of_500_datastores_are_refreshed_with_one_request_for_each_kind() {
    const KINDS: [(&str, &str); 3] =
        [("pbs_prune_job", "prune"), ("pbs_sync_job", "sync"), ("pbs_verify_job", "verify")];
    let simulator = simulator();
    simulator.world(|world| {
        for number in 0..500 {
            for (_, kind) in KINDS {
                let direction = if number % 2 == 0 { "pull" } else { "push" };
                let mut object = json!({ "store": format!("store{number}"), "schedule": "daily" });
                if kind == "sync" {
                    let properties = json!({
                        "remote": "offsite", "remote-store": "main", "sync-direction": direction,
                    });
                    object = merged(object, properties);
                }
                world.put_object(kind, &format!("job{number}"), object);
            }
        }
    });
    let (importing, mut diagnostics) = (provider(&simulator).await, Diagnostics::default());
    let mut states = Vec::new();
    for number in 0..500 {
        for (type_name, _) in KINDS {
            let mut state = State::default();
            let id = format!("job{number}");
            importing.import(type_name, &id, &mut state, &mut diagnostics).await;
            states.push((type_name, state));
        }
    }
    assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
    simulator.clear_requests();
    let refreshing = provider(&simulator).await;
    for (type_name, state) in &mut states {
        assert!(refreshing.refresh(type_name, state, &mut diagnostics).await);
    }
    for (_, kind) in KINDS {
        let lists = simulator.requests_to("GET", &format!("/config/{kind}")).len();
        let items = simulator.requests_to("GET", &format!("/config/{kind}/*")).len();
        assert_eq!((lists, items), (1, 0), "{kind}");
    }
}
