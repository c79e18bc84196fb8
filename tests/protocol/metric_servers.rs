//! Servers for metrics. There are two types of them, and two servers cannot have the same name,
//! even if their types differ. PBS connects to a server before it stores the configuration of the
//! server.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use pbs_sim::{Fault, FaultKind, Settings, Simulator};
use serde_json::{Value as Json, json};
use test_support::{
    core::{Diagnostics, State},
    values::merged,
};

use crate::type_checks::provider;

const HTTP: (&str, &str) = ("pbs_metrics_influxdb_http", "metrics/influxdb-http");
const UDP: (&str, &str) = ("pbs_metrics_influxdb_udp", "metrics/influxdb-udp");

/// The configuration of a server of this type.
fn server(type_name: &str, arguments: Json) -> Json {
    let address = match type_name == HTTP.0 {
        true => json!({ "url": "https://influx.example.com:8086" }),
        false => json!({ "host": "influx.example.com:8089" }),
    };
    merged(merged(json!({ "name": "metrics" }), address), arguments)
}

#[tokio::test]
async fn a_server_that_pbs_cannot_reach_is_explained() {
    for (type_name, path) in [HTTP, UDP] {
        let simulator = Simulator::start(Settings::default());
        let refuse = |method: &str, path: String| {
            let refusal = FaultKind::Status(400, "could not connect to influx.example.com".into());
            simulator.fault(Fault::new(method, &path, refusal));
        };
        let assert_explained = |diagnostics: &Diagnostics| {
            let text = diagnostics.errors.join("\n");
            assert!(text.contains("could not connect"), "{text}");
            assert!(text.contains("`enabled = false`"), "{text}");
        };
        let (mut state, mut diagnostics) = (State::default(), Diagnostics::default());
        let provider = provider(&simulator).await;
        let config = server(type_name, json!({}));
        provider.change(type_name, &mut state, &config, &mut diagnostics).await;
        assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
        refuse("PUT", format!("/config/{path}/metrics"));
        refuse("POST", format!("/config/{path}"));
        let update = server(type_name, json!({ "comment": "c" }));
        provider.change(type_name, &mut state, &update, &mut diagnostics).await;
        assert_explained(&diagnostics);
        let (mut new, mut diagnostics) = (State::default(), Diagnostics::default());
        let other = server(type_name, json!({ "name": "other" }));
        provider.change(type_name, &mut new, &other, &mut diagnostics).await;
        assert_explained(&diagnostics);
        assert!(new.is_empty());
        let writes = ["PUT", "POST"].map(|it| simulator.requests_to(it, "/config/**").len());
        assert_eq!(writes, [1, 2], "{type_name}");
    }
}

#[tokio::test]
async fn a_server_of_another_type_with_the_same_name_is_neither_changed_nor_deleted() {
    for ((type_name, path), (other_type, other_path)) in [(HTTP, UDP), (UDP, HTTP)] {
        let simulator = Simulator::start(Settings::default());
        let (mut state, mut diagnostics) = (State::default(), Diagnostics::default());
        let first = provider(&simulator).await;
        let config = server(type_name, json!({}));
        first.change(type_name, &mut state, &config, &mut diagnostics).await;
        assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
        simulator.world(|world| {
            world.delete_object(path, "metrics");
            let mut other = server(other_type, json!({}));
            other.as_object_mut().unwrap().remove("name");
            world.put_object(other_path, "metrics", other);
        });
        let before = simulator.world(|world| world.object(other_path, "metrics"));
        let assert_explained = |diagnostics: &Diagnostics| {
            let text = diagnostics.errors.join("\n");
            assert!(text.contains("by an object of another kind"), "{text}");
        };
        let (second, mut diagnostics) = (provider(&simulator).await, Diagnostics::default());
        second.refresh(type_name, &mut state, &mut diagnostics).await;
        assert_explained(&diagnostics);
        // Without a refresh, the first request of an update is a write.
        let (mut stale, mut diagnostics) = (state.clone(), Diagnostics::default());
        let update = server(type_name, json!({ "comment": "c" }));
        second.change(type_name, &mut stale, &update, &mut diagnostics).await;
        assert_explained(&diagnostics);
        let mut diagnostics = Diagnostics::default();
        second.destroy(type_name, &mut state, &mut diagnostics).await;
        assert_explained(&diagnostics);
        assert_eq!(simulator.requests_to("DELETE", "**").len(), 0);
        let (mut new, mut diagnostics) = (State::default(), Diagnostics::default());
        second.change(type_name, &mut new, &config, &mut diagnostics).await;
        let text = diagnostics.errors.join("\n");
        assert!(text.contains("The name metrics is taken"), "{text}");
        assert_eq!(simulator.world(|world| world.object(other_path, "metrics")), before);
    }
}

#[tokio::test]
async fn writes_that_pbs_carries_out_slowly_are_sent_one_after_another() {
    const DELAY: Duration = Duration::from_millis(50);
    let simulator = Simulator::start(Settings::default());
    let slow = FaultKind::Slow(DELAY);
    simulator.fault(Fault::new("POST", &format!("/config/{}", HTTP.1), slow).times(4));
    let provider = Arc::new(provider(&simulator).await);
    let create = |number: usize| {
        let provider = Arc::clone(&provider);
        tokio::spawn(async move {
            let (mut state, mut diagnostics) = (State::default(), Diagnostics::default());
            let config = server(HTTP.0, json!({ "name": format!("metrics{number}") }));
            provider.change(HTTP.0, &mut state, &config, &mut diagnostics).await;
            assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
        })
    };
    let start = Instant::now();
    for creation in [0, 1, 2, 3].map(create) {
        creation.await.expect("the creation succeeds");
    }
    // Simultaneous creations would take only as long as one creation.
    assert!(start.elapsed() >= 4 * DELAY, "{:?}", start.elapsed());
}
