//! Property strings. PBS replaces a property string as a whole. An update by the provider therefore
//! first reads the present string, and changes only the keys that the provider knows. The update
//! also sends the digest that PBS has returned with the string.

use pbs_sim::{Fault, FaultKind, Settings, Simulator};
use serde_json::{Value as Json, json};
use test_support::{
    core::{Diagnostics, State},
    in_process::InProcess,
};

const TYPE: &str = "pbs_datastore";

fn datastore(chunk_order: &str) -> Json {
    json!({ "name": "main", "path": "/srv/main", "tuning": { "chunk_order": chunk_order } })
}

/// Starts a server and creates the datastore `main`. Returns the server, the provider, and the
/// state of the datastore.
async fn stage() -> (Simulator, InProcess, State) {
    let simulator = Simulator::start(Settings { datastores: Vec::new(), ..Settings::default() });
    let provider = InProcess::start_for(&simulator).await;
    let (mut state, mut diagnostics) = (State::default(), Diagnostics::default());
    provider.change(TYPE, &mut state, &datastore("inode"), &mut diagnostics).await;
    assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
    simulator.clear_requests();
    (simulator, provider, state)
}

fn tuning(simulator: &Simulator) -> String {
    let object = simulator.world(|world| world.object("datastore", "main"));
    object.expect("a datastore")["tuning"].as_str().expect("a property string").to_owned()
}

#[tokio::test]
async fn an_update_keeps_the_keys_that_the_provider_does_not_know() {
    let (simulator, provider, mut state) = stage().await;
    let mut stored = simulator.world(|world| world.object("datastore", "main")).unwrap();
    stored.insert("tuning".into(), "chunk-order=inode,future-key=7".into());
    simulator.world(|world| world.put_object("datastore", "main", stored.into()));
    let mut diagnostics = Diagnostics::default();
    // The simulator knows only the keys of the PBS version that it simulates, so it refuses the
    // request that contains the key of a later version.
    provider.change(TYPE, &mut state, &datastore("none"), &mut diagnostics).await;
    let sent = simulator.requests_to("PUT", "/config/datastore/main");
    let sent = sent[0].param("tuning").expect("the request sets the property").to_owned();
    assert!(sent.contains("chunk-order=none") && sent.contains("future-key=7"), "{sent}");
}

#[tokio::test]
async fn an_update_starts_again_if_the_file_was_changed_meanwhile() {
    let (simulator, provider, mut state) = stage().await;
    let text = "detected modified configuration - file changed by other user? Try again.";
    let conflict = FaultKind::Status(400, text.into());
    simulator.fault(Fault::new("PUT", "/config/datastore/main", conflict.clone()).times(2));
    let mut diagnostics = Diagnostics::default();
    provider.change(TYPE, &mut state, &datastore("none"), &mut diagnostics).await;
    assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
    assert_eq!(tuning(&simulator), "chunk-order=none");
    assert_eq!(simulator.requests_to("GET", "/config/datastore/main").len(), 3);

    simulator.fault(Fault::new("PUT", "/config/datastore/main", conflict));
    provider.change(TYPE, &mut state, &datastore("inode"), &mut diagnostics).await;
    let error = diagnostics.errors.join("\n");
    assert!(error.contains("other clients have changed the same"), "{error}");
    assert_eq!(state.attributes().unwrap()["tuning"]["chunk_order"], "none");
}

#[tokio::test]
async fn an_update_without_property_strings_needs_no_digest() {
    let (simulator, provider, mut state) = stage().await;
    let mut config = datastore("inode");
    config["comment"] = "nightly".into();
    let mut diagnostics = Diagnostics::default();
    provider.change(TYPE, &mut state, &config, &mut diagnostics).await;
    assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
    assert!(simulator.requests_to("GET", "/config/datastore/main").is_empty());
    let sent = simulator.requests_to("PUT", "/config/datastore/main");
    assert!(sent[0].param("digest").is_none());
}
