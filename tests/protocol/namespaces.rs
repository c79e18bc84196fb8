//! Namespaces: what prevents their creation and deletion, and what a plan says about the backups.

use pbs_sim::{Settings, Simulator};
use serde_json::{Value as Json, json};
use test_support::{
    core::{Diagnostics, State},
    in_process::{InProcess, token_with_roles, variables},
};

use crate::operations::NEWEST;

const TYPE: &str = "pbs_namespace";
const URL: &str = "/admin/datastore/store1/namespace";

fn namespace(path: &str) -> Json {
    json!({ "datastore": "store1", "path": path })
}

/// Like [`namespace`], but the destruction may delete the backup groups.
fn deleting(path: &str) -> Json {
    json!({ "datastore": "store1", "path": path, "delete_groups": true })
}

async fn provider_of(simulator: &Simulator, token: &str) -> InProcess {
    InProcess::start(variables(simulator, token)).await
}

async fn provider(simulator: &Simulator) -> InProcess {
    provider_of(simulator, simulator.admin_token()).await
}

async fn created(simulator: &Simulator, config: &Json) -> State {
    let (mut state, mut diagnostics) = (State::default(), Diagnostics::default());
    provider(simulator).await.change(TYPE, &mut state, config, &mut diagnostics).await;
    assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
    state
}

fn namespaces(simulator: &Simulator) -> Vec<String> {
    simulator.world(|world| world.datastore_mut("store1").namespaces.clone())
}

#[tokio::test]
async fn a_namespace_that_exists_or_lacks_a_parent_is_not_created() {
    let simulator = Simulator::start(Settings::default());
    simulator.world(|world| world.datastore_mut("store1").namespaces.push("prod".into()));
    for (config, expected, path) in [
        (namespace("prod"), "id = \"store1:prod\"", "path"),
        (namespace("test/web"), "There is no namespace test", "path"),
        (json!({ "datastore": "nowhere", "path": "x" }), "no datastore nowhere", "datastore"),
    ] {
        let (mut state, mut diagnostics) = (State::default(), Diagnostics::default());
        provider(&simulator).await.change(TYPE, &mut state, &config, &mut diagnostics).await;
        let text = diagnostics.errors.join("\n");
        assert!(text.contains(expected), "{config}: {text}");
        assert_eq!(diagnostics.error_paths, [path], "{config}");
        assert!(state.is_empty());
    }
    assert_eq!(namespaces(&simulator), ["prod"]);
}

#[tokio::test]
async fn a_namespace_with_content_is_deleted_only_if_the_state_allows_deleting_its_groups() {
    type Prepare = fn(&mut pbs_sim::Datastore);
    let with_group: Prepare = |store| store.add_group("prod", "host", "web", "root@pam");
    let with_protected: Prepare = |store| {
        store.add_snapshot("prod", "host", "web", NEWEST).is_protected = true;
    };
    let with_child: Prepare = |store| store.namespaces.push("prod/web".into());
    let with_group_below: Prepare = |store| store.add_group("prod/web", "vm", "1", "root@pam");
    for (name, config, prepare, refused) in [
        ("empty", namespace("prod"), None, None),
        ("groups", namespace("prod"), Some(with_group), Some("contains backups")),
        ("deleted groups", deleting("prod"), Some(with_group), None),
        ("protected", deleting("prod"), Some(with_protected), Some("protected snapshots")),
        ("child", namespace("prod"), Some(with_child), Some("contains namespaces")),
        ("child", deleting("prod"), Some(with_child), Some("prod/web")),
        ("group below", deleting("prod"), Some(with_group_below), Some("prod/web")),
    ] {
        let simulator = Simulator::start(Settings::default());
        let mut state = created(&simulator, &config).await;
        simulator.world(|world| {
            // `production` is not below `prod`, although its name begins with the same letters.
            world.datastore_mut("store1").namespaces.push("production".into());
            if let Some(prepare) = prepare {
                prepare(world.datastore_mut("store1"));
            }
        });
        let mut diagnostics = Diagnostics::default();
        provider(&simulator).await.destroy(TYPE, &mut state, &mut diagnostics).await;
        let text = diagnostics.errors.join("\n");
        assert_eq!(text.is_empty(), refused.is_none(), "{name}: {text}");
        assert!(refused.is_none_or(|refused| text.contains(refused)), "{name}: {text}");
        let names_alternative = text.contains("`removed` block that contains");
        assert_eq!(names_alternative, refused.is_some(), "{name}: {text}");
        assert_eq!(text.contains("set `delete_groups = true`"), name == "groups", "{text}");
        let sent = simulator.requests_to("DELETE", URL).len();
        assert_eq!(sent, usize::from(refused.is_none()), "{name}");
        assert_eq!(state.is_empty(), refused.is_none(), "{name}");
        assert!(namespaces(&simulator).contains(&"production".to_owned()), "{name}");
    }
}

#[tokio::test]
async fn a_plan_says_which_backups_a_deletion_concerns() {
    for (config, after, expected) in [
        (namespace("prod"), Json::Null, "The namespace store1:prod cannot be deleted"),
        (
            deleting("prod"),
            Json::Null,
            "1 backup group with 1 snapshot. The destruction of the namespace deletes these backups",
        ),
        (
            deleting("prod"),
            deleting("other"),
            "1 backup group with 1 snapshot. The destruction of the namespace deletes these backups",
        ),
        // `delete_groups` counts only after it was applied.
        (namespace("prod"), deleting("other"), "The namespace store1:prod cannot be deleted"),
        (deleting("prod"), namespace("prod"), ""),
    ] {
        let simulator = Simulator::start(Settings::default());
        let mut state = created(&simulator, &config).await;
        simulator.world(|world| {
            world.datastore_mut("store1").add_group("prod", "host", "web", "root@pam");
        });
        let (provider, mut diagnostics) = (provider(&simulator).await, Diagnostics::default());
        match &after {
            Json::Null => drop(provider.destroy(TYPE, &mut state, &mut diagnostics).await),
            after => drop(provider.plan_is_empty(TYPE, &state, after, &mut diagnostics).await),
        }
        let text = diagnostics.warnings.join("\n");
        assert!(text.contains(expected), "from {config} to {after}: {text}");
        assert_eq!(text.is_empty(), expected.is_empty(), "from {config} to {after}: {text}");
    }
}

#[tokio::test]
async fn an_offline_datastore_does_not_stop_the_plan() {
    let simulator = Simulator::start(Settings::default());
    let mut state = created(&simulator, &namespace("prod")).await;
    simulator.world(|world| {
        let offline = json!({ "path": "/srv/store1", "maintenance-mode": "offline" });
        world.put_object("datastore", "store1", offline);
    });
    let (provider, mut diagnostics) = (provider(&simulator).await, Diagnostics::default());
    provider.refresh(TYPE, &mut state, &mut diagnostics).await;
    assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
    assert!(diagnostics.warnings.iter().any(|text| text.contains("cannot be read")));
    let plan = provider.plan_is_empty(TYPE, &state, &namespace("prod"), &mut diagnostics).await;
    assert_eq!(plan, Some(true));
}

#[tokio::test]
async fn a_namespace_leaves_the_state_if_its_datastore_is_gone_but_not_if_privileges_are_missing() {
    let simulator = Simulator::start(Settings::default());
    let mut state = created(&simulator, &namespace("prod")).await;
    let roles = [("/datastore/store1/other", "DatastoreAudit", true)];
    let token = token_with_roles(&simulator, &roles);
    simulator.world(|world| world.datastore_mut("store1").namespaces.push("other".into()));
    let mut diagnostics = Diagnostics::default();
    provider_of(&simulator, &token).await.refresh(TYPE, &mut state, &mut diagnostics).await;
    let text = diagnostics.errors.join("\n");
    assert!(text.contains("is not visible") || text.contains("403"), "{text}");
    assert!(!state.is_empty());

    simulator.world(|world| world.delete_datastore("store1"));
    let mut diagnostics = Diagnostics::default();
    provider(&simulator).await.refresh(TYPE, &mut state, &mut diagnostics).await;
    assert!(diagnostics.errors.is_empty() && state.is_empty(), "{:?}", diagnostics.errors);
}

#[tokio::test]
async fn many_namespaces_are_refreshed_with_one_request() {
    let simulator = Simulator::start(Settings::default());
    let mut states = Vec::new();
    for number in 0..20 {
        states.push(created(&simulator, &namespace(&format!("team{number}"))).await);
    }
    simulator.clear_requests();
    let (provider, mut diagnostics) = (provider(&simulator).await, Diagnostics::default());
    for state in &mut states {
        assert!(provider.refresh(TYPE, state, &mut diagnostics).await);
    }
    assert_eq!(simulator.requests_to("GET", URL).len(), 1);
}

/// When PBS deletes a namespace, it also deletes the namespaces below it, even if the caller cannot
/// see them. The caller needs only a privilege on the namespace above.
#[tokio::test]
async fn a_namespace_whose_content_is_not_visible_is_neither_created_nor_deleted() {
    let simulator = Simulator::start(Settings::default());
    let mut state = created(&simulator, &deleting("prod")).await;
    simulator.world(|world| {
        world.datastore_mut("store1").add_group("prod/hidden", "host", "web", "root@pam");
        world.datastore_mut("store1").namespaces.push("secret".into());
    });
    let roles = [
        ("/datastore/store1", "DatastoreAdmin", false),
        ("/datastore/store1/prod", "DatastoreAudit", false),
    ];
    let token = token_with_roles(&simulator, &roles);
    let provider = provider_of(&simulator, &token).await;
    let mut diagnostics = Diagnostics::default();
    provider.destroy(TYPE, &mut state, &mut diagnostics).await;
    let text = diagnostics.errors.join("\n");
    assert!(text.contains("content of the namespace store1:prod is not visible"), "{text}");
    assert!(!state.is_empty());
    let (mut new, mut diagnostics) = (State::default(), Diagnostics::default());
    provider.change(TYPE, &mut new, &namespace("secret"), &mut diagnostics).await;
    let text = diagnostics.errors.join("\n");
    assert!(text.contains("The namespace store1:secret is not visible"), "{text}");
    assert_eq!(simulator.requests_to("DELETE", URL).len(), 0);
    assert_eq!(simulator.requests_to("POST", URL).len(), 1);
}
