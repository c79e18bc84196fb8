//! Terraform's side of the protocol: calls the test provider through the generated client, and
//! checks its responses as Terraform does.

use std::{sync::Arc, time::UNIX_EPOCH};

use serde_json::{Value as Json, json};
use test_support::{
    in_process::connect,
    values::{dynamic, filled},
    wire::unpack,
};
use tf_plugin::{Clock, Session};
use tokio::time::timeout;
use tonic::transport::Channel;

use crate::{
    proto::{
        self, ClientCapabilities, Diagnostic, DynamicValue, RawState, ResourceIdentityData,
        provider_client::ProviderClient,
    },
    test_backend::{Backend, DEADLINE},
    test_provider::Testing,
};

/// The largest message that the client sends or accepts, in bytes.
const LIMIT: usize = 256 << 20;

/// A running test provider and a client that is connected to it.
pub(crate) struct Host {
    pub(crate) client: ProviderClient<Channel>,
    pub(crate) backend: Arc<Backend>,
    pub(crate) session: Session<Testing>,
    pub(crate) schema: Arc<proto::get_provider_schema::Response>,
}

impl Host {
    /// Starts and configures the provider.
    pub(crate) async fn start() -> Self {
        let host = Self::unconfigured().await;
        let diagnostics = host.configure(json!({ "address": "here" })).await;
        assert_eq!(lines(&diagnostics), ["warning: Configured: For testing only."]);
        host
    }

    /// Starts the provider and does not configure it.
    pub(crate) async fn unconfigured() -> Self {
        let backend = Arc::new(Backend::new());
        let (channel, session) = connect(Testing(backend.clone()), Clock::new(|| UNIX_EPOCH)).await;
        let mut client = ProviderClient::new(channel)
            .max_decoding_message_size(LIMIT)
            .max_encoding_message_size(LIMIT);
        let request = proto::get_provider_schema::Request {};
        let schema = client.get_provider_schema(request).await.unwrap().into_inner();
        Self { client, backend, session, schema: schema.into() }
    }

    pub(crate) async fn configure(&self, config: Json) -> Vec<Diagnostic> {
        let config = Some(self.value(self.schema.provider.as_ref(), config));
        let request = proto::configure_provider::Request { config, ..Default::default() };
        self.client().configure_provider(request).await.unwrap().into_inner().diagnostics
    }

    pub(crate) fn client(&self) -> ProviderClient<Channel> {
        self.client.clone()
    }

    /// Encodes the value after adding the missing attributes of the schema as null.
    fn value(&self, schema: Option<&proto::Schema>, value: Json) -> DynamicValue {
        let block = schema.unwrap().block.as_ref().unwrap();
        dynamic(&filled(&block.attributes, value, None))
    }

    /// A value of the resource `test_thing`.
    pub(crate) fn thing(&self, value: Json) -> Option<DynamicValue> {
        Some(self.value(self.schema.resource_schemas.get("test_thing"), value))
    }

    /// A value of the data source `test_look`.
    pub(crate) fn look(&self, value: Json) -> Option<DynamicValue> {
        Some(self.value(self.schema.data_source_schemas.get("test_look"), value))
    }

    /// A value of the ephemeral resource `test_door`.
    pub(crate) fn door(&self, value: Json) -> Option<DynamicValue> {
        Some(self.value(self.schema.ephemeral_resource_schemas.get("test_door"), value))
    }

    /// The configuration of a list of `test_thing`.
    pub(crate) fn filter(&self, value: Json) -> Option<DynamicValue> {
        Some(self.value(self.schema.list_resource_schemas.get("test_thing"), value))
    }

    /// The configuration of the action `test_run`.
    pub(crate) fn run(&self, value: Json) -> Option<DynamicValue> {
        let schema = self.schema.action_schemas["test_run"].schema.as_ref();
        Some(self.value(schema, value))
    }

    /// The diagnostics of ValidateResourceConfig for `test_thing`.
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

    pub(crate) async fn plan(&self, prior: &Stored, config: Json) -> Planned {
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

    /// Plans to delete the object.
    pub(crate) async fn plan_deletion(&self, prior: &Stored) -> Planned {
        self.plan(prior, Json::Null).await
    }

    pub(crate) async fn apply(&self, planned: &Planned) -> Stored {
        let request = proto::apply_resource_change::Request {
            type_name: "test_thing".into(),
            prior_state: self.thing(planned.prior.state.clone()),
            planned_state: planned.response.planned_state.clone(),
            config: self.thing(planned.config.clone()),
            planned_private: planned.response.planned_private.clone(),
            ..Default::default()
        };
        let response = self.client().apply_resource_change(request).await.unwrap().into_inner();
        Stored {
            state: json_of(response.new_state),
            private: response.private,
            identity: identity_of(response.new_identity),
            diagnostics: lines(&response.diagnostics),
        }
    }

    /// Plans and applies, and checks that the new state agrees with the plan, as Terraform does.
    pub(crate) async fn change(&self, prior: &Stored, config: Json) -> Stored {
        let planned = self.plan(prior, config).await;
        assert_eq!(planned.diagnostics(), [""; 0]);
        let stored = self.apply(&planned).await;
        if stored.diagnostics.iter().all(|line| line.starts_with("warning")) {
            assert_eq!(agrees(&planned.state(), &stored.state), Ok(()));
        }
        stored
    }

    pub(crate) async fn create(&self, config: Json) -> Stored {
        self.change(&Stored::default(), config).await
    }

    pub(crate) async fn read(&self, stored: &Stored) -> Stored {
        let request = proto::read_resource::Request {
            type_name: "test_thing".into(),
            current_state: self.thing(stored.state.clone()),
            private: stored.private.clone(),
            ..Default::default()
        };
        let response = self.client().read_resource(request).await.unwrap().into_inner();
        Stored {
            state: json_of(response.new_state),
            private: response.private,
            identity: identity_of(response.new_identity),
            diagnostics: lines(&response.diagnostics),
        }
    }
}

/// The data that Terraform stores about a resource, and the diagnostics of the call that returned
/// these data.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Stored {
    pub(crate) state: Json,
    pub(crate) private: Vec<u8>,
    pub(crate) identity: Json,
    pub(crate) diagnostics: Vec<String>,
}

/// A plan, with the configuration and prior state that it was made from.
pub(crate) struct Planned {
    config: Json,
    prior: Stored,
    pub(crate) response: proto::plan_resource_change::Response,
}

impl Planned {
    pub(crate) fn state(&self) -> Json {
        json_of(self.response.planned_state.clone())
    }

    pub(crate) fn diagnostics(&self) -> Vec<String> {
        lines(&self.response.diagnostics)
    }

    pub(crate) fn requires_replace(&self) -> Vec<String> {
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

/// Each diagnostic as `severity: path: summary: detail`, or as `severity: summary: detail` if the
/// diagnostic has no path.
pub(crate) fn lines(diagnostics: &[Diagnostic]) -> Vec<String> {
    let line = |diagnostic: &Diagnostic| {
        let Diagnostic { summary, detail, attribute, .. } = diagnostic;
        let severity = diagnostic.severity().as_str_name().to_lowercase();
        let path = attribute.as_ref().map(|path| format!("{}: ", self::path(path)));
        assert!(!summary.is_empty() && !detail.is_empty(), "{diagnostic:?}");
        format!("{severity}: {}{summary}: {detail}", path.unwrap_or_default())
    };
    diagnostics.iter().map(line).collect()
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

/// Checks by Terraform's rules that the new state agrees with the plan. Ignores the order of
/// arrays, because a set is an array in JSON.
pub(crate) fn agrees(planned: &Json, state: &Json) -> Result<(), String> {
    match (planned, state) {
        (Json::String(unknown), state) if unknown == "?" => {
            match state.to_string().contains("\"?\"") {
                true => Err("still unknown".into()),
                false => Ok(()),
            }
        }
        (Json::Object(planned), Json::Object(state)) if planned.keys().eq(state.keys()) => {
            planned.iter().try_for_each(|(key, planned)| {
                agrees(planned, &state[key]).map_err(|error| format!("{key}: {error}"))
            })
        }
        (Json::Array(planned), Json::Array(state)) if planned.len() == state.len() => {
            planned.iter().try_for_each(|planned| {
                match state.iter().any(|state| agrees(planned, state).is_ok()) {
                    true => Ok(()),
                    false => Err(format!("no {planned} in {state:?}")),
                }
            })
        }
        (planned, state) if planned == state => Ok(()),
        (planned, state) => Err(format!("{state} instead of {planned}")),
    }
}

/// Waits for the result of the work. Panics if the work takes longer than [`DEADLINE`].
pub(crate) async fn in_time<T>(work: impl Future<Output = T>) -> T {
    timeout(DEADLINE, work).await.expect("the work should end within DEADLINE")
}
