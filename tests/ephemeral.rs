//! `ephemeral "pbs_api_token"` through the whole protocol, inside this process and by a clock of the test's own: what it answers when
//! it opens, how it is prolonged, and that nothing is left however it ends.

#[path = "support/plugin_client.rs"]
mod plugin_client;

use std::{
    env::VarError,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use hyper_util::rt::TokioIo;
use pbs_sim::{Fault, FaultKind, Settings, Simulator};
use plugin_client::tfplugin6::{self as proto, provider_client::ProviderClient, stop_provider};
use rmp::{Marker, decode};
use serde_json::{Map, Value as Json, json};
use terraform_provider_pbs::provider::Provider;
use tf_plugin::Session;
use tonic::transport::{Channel, Endpoint};

const BEGIN: u64 = 1_795_168_800;

/// A provider that works with a simulated server, both by the same clock.
struct Bench {
    simulator: Simulator,
    clock: Arc<AtomicU64>,
    client: ProviderClient<Channel>,
    session: Session<Provider>,
}

/// What opening came to.
struct Opened {
    result: Json,
    private: Vec<u8>,
    renew_at: i64,
}

impl Bench {
    async fn start() -> Self {
        let simulator =
            Simulator::start(Settings { users: vec!["ci@pbs".into()], ..Settings::default() });
        let clock = Arc::new(AtomicU64::new(BEGIN));
        simulator.set_time(UNIX_EPOCH + Duration::from_secs(BEGIN));
        simulator.world(|world| world.put_acl("/datastore/store1", "ci@pbs", "Admin", true));
        let environment = [
            ("PBS_ENDPOINT", simulator.endpoint()),
            ("PBS_FINGERPRINT", simulator.fingerprint().to_owned()),
            ("PBS_API_TOKEN", simulator.admin_token().to_owned()),
            ("PBS_MAX_RETRIES", "0".to_owned()),
        ];
        let provider = Provider::new(Box::new(move |name| {
            let found = environment.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| value.clone()).ok_or(VarError::NotPresent)
        }));
        let told = clock.clone();
        let now = move || UNIX_EPOCH + Duration::from_secs(told.load(Ordering::SeqCst));
        let count = AtomicU64::new(1);
        // The name takes the high bits.
        let random = move || u128::from(count.fetch_add(1, Ordering::SeqCst)) << 64;
        let (near, far) = tokio::io::duplex(1 << 16);
        let session = Session::start(provider, Arc::new(now), Arc::new(random), far);
        let near = Mutex::new(Some(near));
        let connect = tower::service_fn(move |_| {
            let near = near.lock().unwrap().take().ok_or(std::io::ErrorKind::NotConnected);
            async move { Ok::<_, std::io::Error>(TokioIo::new(near?)) }
        });
        let endpoint = Endpoint::from_static("http://localhost");
        let mut client =
            ProviderClient::new(endpoint.connect_with_connector(connect).await.unwrap());
        let nothing = [
            "endpoint",
            "api_token",
            "username",
            "password",
            "auth_ticket",
            "csrf_prevention_token",
            "fingerprint",
            "ca_certificate",
            "insecure",
            "timeout",
            "max_retries",
        ];
        let config =
            Json::Object(nothing.map(|name| (name.to_owned(), Json::Null)).into_iter().collect());
        let request = proto::configure_provider::Request {
            config: Some(dynamic(&config)),
            ..Default::default()
        };
        let answer = client.configure_provider(request).await.unwrap().into_inner();
        assert_eq!(said(&answer.diagnostics), [""; 0]);
        Self { simulator, clock, client, session }
    }

    async fn open(&mut self, config: Json) -> Result<Opened, Vec<String>> {
        let mut whole = json!({
            "user_id": "ci@pbs", "name_prefix": null, "comment": null, "ttl": null, "grants": null, "id": null, "secret": null,
            "api_token": null, "expiration_date": null,
        });
        for (name, value) in config.as_object().expect("an object") {
            whole[name] = value.clone();
        }
        let request = proto::open_ephemeral_resource::Request {
            type_name: "pbs_api_token".into(),
            config: Some(dynamic(&whole)),
            ..Default::default()
        };
        let answer = self.client.open_ephemeral_resource(request).await.unwrap().into_inner();
        match said(&answer.diagnostics) {
            errors if !errors.is_empty() => Err(errors),
            _ => Ok(Opened {
                result: read(&mut &*answer.result.unwrap().msgpack),
                private: answer.private.unwrap(),
                renew_at: answer.renew_at.unwrap().seconds,
            }),
        }
    }

    async fn renew(&mut self, private: &[u8]) -> Result<(Vec<u8>, i64), Vec<String>> {
        let request = proto::renew_ephemeral_resource::Request {
            type_name: "pbs_api_token".into(),
            private: Some(private.to_vec()),
        };
        let answer = self.client.renew_ephemeral_resource(request).await.unwrap().into_inner();
        match said(&answer.diagnostics) {
            errors if !errors.is_empty() => Err(errors),
            _ => Ok((answer.private.unwrap(), answer.renew_at.unwrap().seconds)),
        }
    }

    async fn close(&mut self, private: &[u8]) -> Vec<String> {
        let request = proto::close_ephemeral_resource::Request {
            type_name: "pbs_api_token".into(),
            private: Some(private.to_vec()),
        };
        let answer = self.client.close_ephemeral_resource(request).await.unwrap().into_inner();
        said(&answer.diagnostics)
    }

    /// Moves the clock of the provider and of the server.
    fn advance(&self, seconds: u64) {
        self.clock.fetch_add(seconds, Ordering::SeqCst);
        self.simulator.advance(Duration::from_secs(seconds));
    }

    fn now(&self) -> i64 {
        self.clock.load(Ordering::SeqCst).cast_signed()
    }

    /// The user's tokens on the server, with their ends.
    fn tokens(&self) -> Vec<(String, i64)> {
        self.simulator.world(|world| {
            let tokens = world.tokens().iter().filter(|(id, _)| id.starts_with("ci@pbs!"));
            tokens.map(|(id, token)| (id.clone(), token.expire.unwrap_or_default())).collect()
        })
    }
}

#[tokio::test]
async fn the_result_has_no_defaults_and_all_that_is_needed() {
    let mut bench = Bench::start().await;
    let opened = bench.open(json!({})).await.unwrap();
    let result = &opened.result;
    for left_out in ["name_prefix", "comment", "ttl", "grants"] {
        assert_eq!(result[left_out], Json::Null, "core refuses a default in the result");
    }
    let text = |name: &str| result[name].as_str().unwrap_or_else(|| panic!("no {name}"));
    let (id, secret) = (text("id"), text("secret"));
    assert!(id.starts_with("ci@pbs!tf-"), "{id}");
    assert!(text("api_token") == format!("{id}:{secret}"));
    assert_eq!(bench.tokens(), [(id.to_owned(), bench.now() + 3600)]);
    assert_eq!(text("expiration_date"), "2026-11-20T11:00:00Z");
    assert!(bench.simulator.world(|world| world.check_secret(id, secret)));
    let private = String::from_utf8_lossy(&opened.private);
    assert!(!private.contains(secret), "the secret travels in the private data");

    let given = json!({
        "name_prefix": "pipeline", "comment": "Run 7", "ttl": 60,
        "grants": [{ "path": "/datastore/store1", "role_id": "DatastoreAudit", "propagate": null }],
    });
    let other = bench.open(given.clone()).await.unwrap();
    for (name, value) in given.as_object().unwrap() {
        assert_eq!(other.result[name], *value, "{name}");
    }
    let id = other.result["id"].as_str().unwrap();
    assert!(id.starts_with("ci@pbs!pipeline-") && id.len() <= 64, "{id}");
    let (comment, grants) = bench.simulator.world(|world| {
        let grants: Vec<_> = world.acl().into_iter().filter(|entry| entry.auth_id == id).collect();
        (world.tokens()[id].comment.clone(), grants)
    });
    assert_eq!(comment.as_deref(), Some("Run 7"));
    assert_eq!(grants.len(), 1);
    assert!(grants[0].propagate && grants[0].role == "DatastoreAudit");
}

#[tokio::test]
async fn it_is_prolonged_for_as_long_as_the_run_goes_on() {
    let mut bench = Bench::start().await;
    let Opened { mut private, mut renew_at, result } =
        bench.open(json!({ "ttl": 60 })).await.unwrap();
    let [id, secret] = ["id", "secret"].map(|name| result[name].as_str().unwrap().to_owned());
    for _ in 0..5 {
        let (_, end) = bench.tokens()[0];
        assert_eq!(end, bench.now() + 60);
        assert!(bench.now() < renew_at && renew_at < end, "renewed too late");
        bench.advance((renew_at - bench.now()).cast_unsigned());
        (private, renew_at) = bench.renew(&private).await.unwrap();
    }
    let unchanged = bench.simulator.world(|world| world.check_secret(&id, &secret));
    assert!(unchanged, "it was given another secret");

    // Deleted by somebody else: that is worth an error, and no reason to make another one.
    bench.simulator.world(|world| world.delete_token(&id));
    let errors = bench.renew(&private).await.unwrap_err();
    assert!(errors[0].contains(&id), "{errors:?}");
    assert_eq!(bench.tokens(), []);
    assert_eq!(bench.close(&private).await, [""; 0]);
}

#[tokio::test]
async fn it_goes_at_close_and_closing_twice_is_no_error() {
    let mut bench = Bench::start().await;
    let [one, two] = [bench.open(json!({})).await.unwrap(), bench.open(json!({})).await.unwrap()];
    assert_eq!(bench.tokens().len(), 2);
    assert_eq!(bench.close(&one.private).await, [""; 0]);
    assert_eq!(bench.tokens().len(), 1);
    assert_eq!(bench.close(&one.private).await, [""; 0]);
    assert_eq!(bench.tokens()[0].0, two.result["id"].as_str().unwrap());
}

#[tokio::test]
async fn what_core_has_not_closed_goes_at_shutdown() {
    let mut bench = Bench::start().await;
    for _ in 0..3 {
        bench.open(json!({})).await.unwrap();
    }
    let renewed = bench.open(json!({})).await.unwrap();
    bench.advance(1800);
    bench.renew(&renewed.private).await.unwrap();
    let closed = bench.open(json!({})).await.unwrap();
    bench.close(&closed.private).await;
    assert_eq!(bench.tokens().len(), 4);
    bench.simulator.clear_requests();
    let Bench { simulator, session, client, .. } = bench;
    let begun = SystemTime::now();
    session.shutdown().await.unwrap();
    assert!(begun.elapsed().unwrap() < Duration::from_millis(1500));
    drop(client);
    let left =
        simulator.world(|world| world.tokens().keys().filter(|id| id.starts_with("ci@")).count());
    assert_eq!(left, 0);
    assert_eq!(simulator.requests_to("DELETE", "**").len(), 4);
}

#[tokio::test]
async fn a_run_that_is_asked_to_stop_still_closes_and_opens_nothing_more() {
    let mut bench = Bench::start().await;
    let opened = bench.open(json!({})).await.unwrap();
    bench.client.stop_provider(stop_provider::Request {}).await.unwrap();
    let errors = bench.open(json!({})).await.map(|_| ()).unwrap_err();
    assert!(errors[0].contains("asked to stop"), "{errors:?}");
    assert_eq!(bench.tokens().len(), 1);
    assert_eq!(bench.close(&opened.private).await, [""; 0]);
    assert_eq!(bench.tokens(), []);
}

/// A deletion that fails is said, and tried again at the end.
#[tokio::test]
async fn a_close_that_fails_is_said_and_made_up_for_at_shutdown() {
    let mut bench = Bench::start().await;
    let opened = bench.open(json!({})).await.unwrap();
    let refusal = FaultKind::Status(500, "out of order".into());
    bench.simulator.fault(Fault::new("DELETE", "**", refusal).times(1));
    let errors = bench.close(&opened.private).await;
    assert!(errors.len() == 1 && errors[0].contains("500"), "{errors:?}");
    assert_eq!(bench.tokens().len(), 1);
    let Bench { simulator, session, .. } = bench;
    session.shutdown().await.unwrap();
    let left =
        simulator.world(|world| world.tokens().keys().filter(|id| id.starts_with("ci@")).count());
    assert_eq!(left, 0);
}

#[tokio::test]
async fn private_data_of_somebody_else_deletes_nothing() {
    let mut bench = Bench::start().await;
    bench.open(json!({})).await.unwrap();
    for strange in [&b""[..], b"null", b"{}", br#"{"id":"ci@pbs","ttl":1}"#] {
        let errors = bench.close(strange).await;
        assert!(errors.len() == 1, "{errors:?}");
        assert!(bench.renew(strange).await.is_err());
    }
    assert_eq!(bench.tokens().len(), 1);
}

fn said(diagnostics: &[proto::Diagnostic]) -> Vec<String> {
    diagnostics.iter().map(|it| format!("{}: {}", it.summary, it.detail)).collect()
}

fn dynamic(value: &Json) -> proto::DynamicValue {
    proto::DynamicValue { json: serde_json::to_vec(value).unwrap(), ..Default::default() }
}

/// What the provider sends: msgpack without extensions.
fn read(input: &mut &[u8]) -> Json {
    let text = |input: &mut &[u8]| {
        let (text, rest) = decode::read_str_from_slice(*input).unwrap();
        let text = text.to_owned();
        *input = rest;
        text
    };
    match Marker::from_u8(input[0]) {
        Marker::Null => {
            decode::read_nil(input).unwrap();
            Json::Null
        }
        Marker::True | Marker::False => decode::read_bool(input).unwrap().into(),
        Marker::FixArray(_) => {
            let length = decode::read_array_len(input).unwrap();
            (0..length).map(|_| read(input)).collect()
        }
        Marker::FixMap(_) => {
            let length = decode::read_map_len(input).unwrap();
            let mut entries = Map::new();
            for _ in 0..length {
                let name = text(input);
                entries.insert(name, read(input));
            }
            entries.into()
        }
        Marker::FixStr(_) | Marker::Str8 | Marker::Str16 => text(input).into(),
        _ => decode::read_int::<i64, _>(input).unwrap().into(),
    }
}
