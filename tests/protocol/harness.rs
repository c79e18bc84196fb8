//! The other side of the wire: a client of the generated kind, and what core does with it.

use std::{sync::Arc, time::UNIX_EPOCH};

use serde_json::{Value as Json, json};
use test_support::{
    core::{dynamic, filled},
    in_process::connect,
    wire::unpack,
};
use tf_plugin::Session;
use tokio::time::timeout;
use tonic::transport::Channel;

use crate::{
    proto::{
        self, ClientCapabilities, Diagnostic, DynamicValue, RawState, ResourceIdentityData,
        provider_client::ProviderClient,
    },
    test_backend::{DEADLINE, World},
    test_provider::Testing,
};

const LIMIT: usize = 256 << 20;

pub(crate) struct Host {
    pub(crate) client: ProviderClient<Channel>,
    pub(crate) world: Arc<World>,
    pub(crate) session: Session<Testing>,
    pub(crate) schema: Arc<proto::get_provider_schema::Response>,
}

impl Host {
    /// With a provider that is configured.
    pub(crate) async fn start() -> Self {
        let host = Self::unconfigured().await;
        let said = host.configure(json!({ "address": "here" })).await;
        assert_eq!(lines(&said), ["warning: Configured: For testing only."]);
        host
    }

    pub(crate) async fn unconfigured() -> Self {
        let world = Arc::new(World::new());
        let (channel, session) = connect(Testing(world.clone()), Arc::new(|| UNIX_EPOCH)).await;
        let mut client = ProviderClient::new(channel)
            .max_decoding_message_size(LIMIT)
            .max_encoding_message_size(LIMIT);
        let request = proto::get_provider_schema::Request {};
        let schema = client.get_provider_schema(request).await.unwrap().into_inner();
        Self { client, world, session, schema: schema.into() }
    }

    pub(crate) async fn configure(&self, config: Json) -> Vec<Diagnostic> {
        let config = Some(self.value(self.schema.provider.as_ref(), config));
        let request = proto::configure_provider::Request { config, ..Default::default() };
        self.client().configure_provider(request).await.unwrap().into_inner().diagnostics
    }

    pub(crate) fn client(&self) -> ProviderClient<Channel> {
        self.client.clone()
    }

    /// The value with every attribute that the schema has.
    fn value(&self, schema: Option<&proto::Schema>, value: Json) -> DynamicValue {
        let block = schema.unwrap().block.as_ref().unwrap();
        dynamic(&filled(&block.attributes, value, None))
    }

    pub(crate) fn thing(&self, value: Json) -> Option<DynamicValue> {
        Some(self.value(self.schema.resource_schemas.get("test_thing"), value))
    }

    pub(crate) fn look(&self, value: Json) -> Option<DynamicValue> {
        Some(self.value(self.schema.data_source_schemas.get("test_look"), value))
    }

    pub(crate) fn door(&self, value: Json) -> Option<DynamicValue> {
        Some(self.value(self.schema.ephemeral_resource_schemas.get("test_door"), value))
    }

    pub(crate) fn filter(&self, value: Json) -> Option<DynamicValue> {
        Some(self.value(self.schema.list_resource_schemas.get("test_thing"), value))
    }

    pub(crate) fn run(&self, value: Json) -> Option<DynamicValue> {
        let schema = self.schema.action_schemas["test_run"].schema.as_ref();
        Some(self.value(schema, value))
    }

    /// What ValidateResourceConfig says about a thing.
    pub(crate) async fn validate(&self, config: Json, write_only: bool) -> Vec<String> {
        let request = proto::validate_resource_config::Request {
            type_name: "test_thing".into(),
            config: self.thing(config),
            client_capabilities: Some(ClientCapabilities {
                write_only_attributes_allowed: write_only,
                ..Default::default()
            }),
        };
        let response = self.client().validate_resource_config(request).await.unwrap();
        lines(&response.into_inner().diagnostics)
    }

    pub(crate) async fn plan(&self, prior: &Kept, config: Json) -> Planned {
        let config_value = self.thing(config.clone());
        let request = proto::plan_resource_change::Request {
            type_name: "test_thing".into(),
            prior_state: self.thing(prior.state.clone()),
            proposed_new_state: config_value.clone(),
            config: config_value,
            prior_private: prior.private.clone(),
            ..Default::default()
        };
        let response = self.client().plan_resource_change(request).await.unwrap().into_inner();
        Planned { config, prior: prior.clone(), response }
    }

    pub(crate) async fn apply(&self, planned: &Planned) -> Kept {
        let request = proto::apply_resource_change::Request {
            type_name: "test_thing".into(),
            prior_state: self.thing(planned.prior.state.clone()),
            planned_state: planned.response.planned_state.clone(),
            config: self.thing(planned.config.clone()),
            planned_private: planned.response.planned_private.clone(),
            ..Default::default()
        };
        let response = self.client().apply_resource_change(request).await.unwrap().into_inner();
        Kept {
            state: json_of(response.new_state),
            private: response.private,
            identity: identity_of(response.new_identity),
            said: lines(&response.diagnostics),
        }
    }

    /// Plans and applies, and holds both to what core demands.
    pub(crate) async fn change(&self, prior: &Kept, config: Json) -> Kept {
        let planned = self.plan(prior, config).await;
        assert_eq!(planned.said(), [""; 0]);
        let kept = self.apply(&planned).await;
        if kept.said.iter().all(|line| line.starts_with("warning")) {
            assert_eq!(agrees(&planned.state(), &kept.state), Ok(()));
        }
        kept
    }

    pub(crate) async fn create(&self, config: Json) -> Kept {
        self.change(&Kept::default(), config).await
    }

    pub(crate) async fn read(&self, kept: &Kept) -> Kept {
        let request = proto::read_resource::Request {
            type_name: "test_thing".into(),
            current_state: self.thing(kept.state.clone()),
            private: kept.private.clone(),
            ..Default::default()
        };
        let response = self.client().read_resource(request).await.unwrap().into_inner();
        Kept {
            state: json_of(response.new_state),
            private: response.private,
            identity: identity_of(response.new_identity),
            said: lines(&response.diagnostics),
        }
    }
}

/// What core keeps of a resource, and what it was told with it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Kept {
    pub(crate) state: Json,
    pub(crate) private: Vec<u8>,
    pub(crate) identity: Json,
    pub(crate) said: Vec<String>,
}

pub(crate) struct Planned {
    config: Json,
    prior: Kept,
    pub(crate) response: proto::plan_resource_change::Response,
}

impl Planned {
    pub(crate) fn state(&self) -> Json {
        json_of(self.response.planned_state.clone())
    }

    pub(crate) fn said(&self) -> Vec<String> {
        lines(&self.response.diagnostics)
    }

    pub(crate) fn replaces(&self) -> Vec<String> {
        self.response.requires_replace.iter().map(path).collect()
    }

    pub(crate) fn identity(&self) -> Json {
        identity_of(self.response.planned_identity.clone())
    }
}

pub(crate) fn json_of(value: Option<DynamicValue>) -> Json {
    value.map_or(Json::Null, |value| match value.msgpack.is_empty() {
        true => Json::Null,
        false => unpack(&value.msgpack),
    })
}

pub(crate) fn identity_of(identity: Option<ResourceIdentityData>) -> Json {
    json_of(identity.and_then(|identity| identity.identity_data))
}

pub(crate) fn raw(state: &Json) -> Option<RawState> {
    Some(RawState { json: state.to_string().into(), ..Default::default() })
}

/// Each as `severity: summary: detail`, with the path before it where there is one.
pub(crate) fn lines(said: &[Diagnostic]) -> Vec<String> {
    let line = |said: &Diagnostic| {
        let severity = said.severity().as_str_name().to_lowercase();
        let path = said.attribute.as_ref().map(|at| format!("{}: ", path(at)));
        assert!(!said.summary.is_empty() && !said.detail.is_empty(), "{said:?}");
        format!("{severity}: {}{}: {}", path.unwrap_or_default(), said.summary, said.detail)
    };
    said.iter().map(line).collect()
}

fn path(path: &proto::AttributePath) -> String {
    use proto::attribute_path::step::Selector;
    let step = |step: &proto::attribute_path::Step| match step.selector.as_ref().unwrap() {
        Selector::AttributeName(name) => format!(".{name}"),
        Selector::ElementKeyString(key) => format!("[{key:?}]"),
        Selector::ElementKeyInt(index) => format!("[{index}]"),
    };
    path.steps.iter().map(step).collect::<String>().trim_start_matches('.').to_owned()
}

/// Whether an outcome is what was planned, as core looks at it. Arrays of objects count as
/// sets here when they come in another order.
pub(crate) fn agrees(planned: &Json, outcome: &Json) -> Result<(), String> {
    match (planned, outcome) {
        (Json::String(unknown), outcome) if unknown == "?" => {
            match outcome.to_string().contains("\"?\"") {
                true => Err("still unknown".into()),
                false => Ok(()),
            }
        }
        (Json::Object(planned), Json::Object(outcome)) if planned.keys().eq(outcome.keys()) => {
            planned.iter().try_for_each(|(key, planned)| {
                agrees(planned, &outcome[key]).map_err(|error| format!("{key}: {error}"))
            })
        }
        (Json::Array(planned), Json::Array(outcome)) if planned.len() == outcome.len() => {
            planned.iter().try_for_each(|planned| {
                match outcome.iter().any(|outcome| agrees(planned, outcome).is_ok()) {
                    true => Ok(()),
                    false => Err(format!("no {planned} in {outcome:?}")),
                }
            })
        }
        (planned, outcome) if planned == outcome => Ok(()),
        (planned, outcome) => Err(format!("{outcome} instead of {planned}")),
    }
}

/// The outcome, or a failure when it takes too long.
pub(crate) async fn in_time<T>(work: impl Future<Output = T>) -> T {
    timeout(DEADLINE, work).await.expect("in time")
}
