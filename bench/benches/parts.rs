//! Benchmarks of single requests. The requests are those that Terraform sends, but the client and
//! the provider run in one process, without TLS. The benchmark `floor` sends a request that does
//! nothing. The time of this request is part of the time of every other benchmark that sends
//! requests.
#![allow(missing_docs, reason = "the macros of criterion generate functions without documentation")]

use std::{
    env::VarError,
    hint::black_box,
    sync::{Arc, Mutex},
    time::UNIX_EPOCH,
};

use criterion::{Criterion, criterion_group, criterion_main};
use hyper_util::rt::TokioIo;
use prost::Message;
use terraform_provider_pbs::provider::Provider;
use tf_plugin::{Json, Session};
use tokio::runtime::Runtime;
use tonic::{
    Request,
    client::Grpc,
    codegen::http::uri::PathAndQuery,
    transport::{Channel, Endpoint},
};
use tonic_prost::ProstCodec;

criterion_group!(parts, floor, schema, planning, codec);
criterion_main!(parts);

/// Size of the largest accepted response in bytes.
const MAX_RESPONSE_SIZE: usize = 256 << 20;

fn floor(c: &mut Criterion) {
    let host = Host::start();
    c.bench_function("floor: a call that does nothing", |b| {
        b.iter(|| host.call("GetFunctions", ()));
    });
}

fn schema(c: &mut Criterion) {
    let host = Host::start();
    c.bench_function("schema: GetProviderSchema", |b| {
        b.iter(|| host.call("GetProviderSchema", ()));
    });
}

fn planning(c: &mut Criterion) {
    let host = Host::start();
    let token = token(&[]);
    let (unknown, none) = (Value::Unknown, Value::Nil);
    let config = with_computed(&token, &none);
    for (name, prior, proposed) in [
        ("planning: a new token", none.clone(), with_computed(&token, &unknown)),
        ("planning: a token without changes", token.clone(), token.clone()),
    ] {
        let request = PlanRequest::new("pbs_api_token", &prior, &proposed, &config);
        c.bench_function(name, |b| b.iter(|| host.call("PlanResourceChange", request.clone())));
    }
}

fn codec(c: &mut Criterion) {
    let host = Host::start();
    let triggers: Vec<_> = (0..1000).map(|number| format!("trigger-{number:04}")).collect();
    let token = token(&triggers);
    let config = with_computed(&token, &Value::Nil);
    let request =
        ValidateRequest { type_name: "pbs_api_token".into(), config: Some((&config).into()) };
    c.bench_function("codec: 1,000 texts from msgpack", |b| {
        b.iter(|| host.call("ValidateResourceConfig", request.clone()));
    });
    let request = PlanRequest::new("pbs_api_token", &token, &token, &config);
    c.bench_function("codec: a plan that reads 1,000 texts 3 times and writes them once", |b| {
        b.iter(|| host.call("PlanResourceChange", request.clone()));
    });
    let entries: Vec<_> = triggers.iter().map(|name| format!("{name:?}:\"a value\"")).collect();
    let json = format!("{{{}}}", entries.join(","));
    c.bench_function("codec: 1,000 texts from JSON", |b| {
        b.iter(|| Json::parse(black_box(json.as_bytes())).expect("it is JSON"));
    });
}

/// A client and a provider in one process.
struct Host {
    runtime: Runtime,
    channel: Channel,
    _session: Session<Provider>,
}

impl Host {
    fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        let (session, channel) = runtime.block_on(async {
            let (near, far) = tokio::io::duplex(1 << 20);
            let provider = Provider::new(Box::new(|_| Err(VarError::NotPresent)));
            let session =
                Session::start(provider, tf_plugin::Clock::new(|| UNIX_EPOCH), Arc::new(|| 4), far);
            let near = Mutex::new(Some(near));
            let connect = tower::service_fn(move |_| {
                let near = near.lock().ok().and_then(|mut near| near.take());
                let near = near.ok_or(std::io::ErrorKind::NotConnected);
                async move { Ok::<_, std::io::Error>(TokioIo::new(near?)) }
            });
            let endpoint = Endpoint::from_static("http://localhost");
            (session, endpoint.connect_with_connector(connect).await.expect("a connection"))
        });
        Self { runtime, channel, _session: session }
    }

    /// Sends a request and discards the response.
    fn call<T: Message + Send + 'static>(&self, method: &str, message: T) {
        self.runtime.block_on(async {
            let path = PathAndQuery::try_from(format!("/tfplugin6.Provider/{method}"));
            let mut client =
                Grpc::new(self.channel.clone()).max_decoding_message_size(MAX_RESPONSE_SIZE);
            client.ready().await.expect("the server is running");
            let codec = ProstCodec::<T, Response>::default();
            let response = client.unary(Request::new(message), path.expect("a path"), codec).await;
            response.expect("the request succeeds");
        });
    }
}

// The following protocol messages have only the fields that these benchmarks need. The field
// numbers are those of `proto/tfplugin6.proto`.

/// A value that Terraform sends, encoded as MessagePack.
#[derive(Clone, PartialEq, Message)]
struct DynamicValue {
    #[prost(bytes = "vec", tag = "1")]
    msgpack: Vec<u8>,
}

/// The request of `ValidateResourceConfig`.
#[derive(Clone, PartialEq, Message)]
struct ValidateRequest {
    #[prost(string, tag = "1")]
    type_name: String,
    #[prost(message, optional, tag = "2")]
    config: Option<DynamicValue>,
}

/// The request of `PlanResourceChange`.
#[derive(Clone, PartialEq, Message)]
struct PlanRequest {
    #[prost(string, tag = "1")]
    type_name: String,
    #[prost(message, optional, tag = "2")]
    prior_state: Option<DynamicValue>,
    #[prost(message, optional, tag = "3")]
    proposed_new_state: Option<DynamicValue>,
    #[prost(message, optional, tag = "4")]
    config: Option<DynamicValue>,
}

/// Any response. All its fields are ignored.
#[derive(Clone, PartialEq, Message)]
struct Response {}

impl PlanRequest {
    fn new(type_name: &str, prior: &Value, proposed: &Value, config: &Value) -> Self {
        Self {
            type_name: type_name.into(),
            prior_state: Some(prior.into()),
            proposed_new_state: Some(proposed.into()),
            config: Some(config.into()),
        }
    }
}

/// A value as Terraform sends it.
#[derive(Clone)]
enum Value {
    Nil,
    Unknown,
    Bool(bool),
    Text(String),
    Map(Vec<(String, Value)>),
}

impl Value {
    fn write(&self, bytes: &mut Vec<u8>) {
        let cannot_fail = "writing to a vector cannot fail";
        match self {
            Self::Nil => rmp::encode::write_nil(bytes).expect(cannot_fail),
            Self::Unknown => bytes.extend([0xd4, 0, 0]),
            Self::Bool(value) => rmp::encode::write_bool(bytes, *value).expect(cannot_fail),
            Self::Text(text) => rmp::encode::write_str(bytes, text).expect(cannot_fail),
            Self::Map(entries) => {
                let length = u32::try_from(entries.len()).expect("few entries");
                rmp::encode::write_map_len(bytes, length).expect(cannot_fail);
                for (key, value) in entries {
                    rmp::encode::write_str(bytes, key).expect(cannot_fail);
                    value.write(bytes);
                }
            }
        }
    }
}

impl From<&Value> for DynamicValue {
    fn from(value: &Value) -> Self {
        let mut msgpack = Vec::new();
        value.write(&mut msgpack);
        Self { msgpack }
    }
}

/// The computed attributes of a token, which only the provider sets.
const COMPUTED: [&str; 5] = ["ready_for_renewal", "id", "secret", "api_token", "issued_at"];

/// A token as stored in the state, with these rotation triggers.
fn token(triggers: &[String]) -> Value {
    let text = |text: &str| Value::Text(text.into());
    let triggers = match triggers {
        [] => Value::Nil,
        names => Value::Map(names.iter().map(|name| (name.clone(), text("a value"))).collect()),
    };
    let secret = "00000000-0000-4000-8000-000000000000";
    let attributes = [
        ("user_id", text("bench@pbs")),
        ("token_name", text("ci")),
        ("comment", text("Backups of the laptop")),
        ("enabled", Value::Bool(true)),
        ("expiration_date", Value::Nil),
        ("validity_days", Value::Nil),
        ("early_renewal_days", Value::Nil),
        ("rotation_triggers", triggers),
        ("ready_for_renewal", Value::Bool(false)),
        ("id", text("bench@pbs!ci")),
        ("secret", text(secret)),
        ("api_token", text(&format!("bench@pbs!ci:{secret}"))),
        ("issued_at", text("2026-11-24T07:00:00Z")),
    ];
    Value::Map(attributes.map(|(name, value)| (name.into(), value)).into())
}

/// The token in which each attribute in [`COMPUTED`] has the value `computed`.
fn with_computed(token: &Value, computed: &Value) -> Value {
    let Value::Map(attributes) = token else { return token.clone() };
    let choose = |(name, value): &(String, Value)| {
        let value = if COMPUTED.contains(&name.as_str()) { computed } else { value };
        (name.clone(), value.clone())
    };
    Value::Map(attributes.iter().map(choose).collect())
}
