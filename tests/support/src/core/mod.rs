//! Terraform's part of the plugin protocol for every type of the provider: refresh, plan, apply,
//! import and list. This module contains the calls that refresh, plan and apply a resource. The
//! submodules contain the calls for imports and stored states, for ephemeral resources, and for
//! data sources, lists and actions. All calls record diagnostics for the tests to check. Values are
//! encoded and decoded by [`wire`](crate::wire), which shares no code with the provider.

mod ephemeral;
mod queries;
mod states;

pub use ephemeral::Open;
pub use queries::Listed;

use std::sync::Arc;

use serde_json::{Value as Json, json};
use tokio::sync::{Notify, OnceCell};
use tonic::transport::Channel;

use crate::{
    protocol::tfplugin6::{
        self, ClientCapabilities, DynamicValue, apply_resource_change,
        attribute_path::step::Selector, configure_provider, get_provider_schema,
        plan_resource_change, provider_client::ProviderClient, read_resource, stop_provider,
        validate_resource_config,
    },
    values::{dynamic, filled},
    wire,
};

/// The limit for the size of a response. It is larger than any response in the tests.
const MESSAGE_LIMIT: usize = 64 << 20;

/// The state of one resource, and whether Terraform has marked the object as tainted.
#[derive(Clone, Default)]
pub struct State {
    stored: Option<(DynamicValue, Vec<u8>)>,
    tainted: bool,
}

/// The diagnostics of one or more calls, each as summary, line break and detail.
#[derive(Default)]
pub struct Diagnostics {
    /// The errors.
    pub errors: Vec<String>,
    /// The warnings.
    pub warnings: Vec<String>,
    /// For each error, the attribute at which it points, for example `tuning.chunk_order`. Empty if
    /// it points at no attribute.
    pub error_paths: Vec<String>,
}

/// A plan without a refresh.
pub struct Plan {
    /// The planned attributes. Null if the object is going to be destroyed.
    pub attributes: Json,
    /// The attributes whose changes replace the object.
    pub replaced_by: Vec<String>,
    /// Whether nothing changes.
    pub is_empty: bool,
}

/// The provider's answer to a request for a plan.
struct Planned {
    value: DynamicValue,
    private: Vec<u8>,
    replaced_by: Vec<String>,
}

impl State {
    /// Whether there is no object in the state.
    pub fn is_empty(&self) -> bool {
        self.stored.is_none()
    }

    /// The attributes of the object.
    pub fn attributes(&self) -> Option<Json> {
        self.stored.as_ref().map(|(value, _)| wire::unpack(&value.msgpack))
    }

    /// The value of this attribute, if it is a string.
    pub fn text(&self, attribute: &str) -> Option<String> {
        self.attributes()?[attribute].as_str().map(str::to_owned)
    }

    /// A state with these attributes and without private data.
    pub fn of(attributes: &Json) -> Self {
        Self { stored: Some((dynamic(attributes), Vec::new())), tainted: false }
    }

    fn store(&mut self, value: Option<DynamicValue>, private: Vec<u8>) {
        self.stored = value.filter(|value| !is_null(value)).map(|value| (value, private));
        self.tainted &= self.stored.is_some();
    }
}

/// A connection to a configured provider.
pub struct Core {
    client: ProviderClient<Channel>,
    schema: Arc<get_provider_schema::Response>,
}

impl Core {
    /// Configures the provider at the other end of the channel with an empty provider block, so
    /// that the provider takes its configuration from its environment.
    pub async fn connect(channel: Channel) -> Self {
        // The schema is large and the same for every connection of a test program, so it is fetched
        // only once.
        static SCHEMA: OnceCell<Arc<get_provider_schema::Response>> = OnceCell::const_new();
        let mut client = ProviderClient::new(channel).max_decoding_message_size(MESSAGE_LIMIT);
        let mut schema_client = client.clone();
        let schema = SCHEMA.get_or_init(|| async move {
            let request = get_provider_schema::Request {};
            let response = schema_client.get_provider_schema(request).await.expect("a schema");
            Arc::new(response.into_inner())
        });
        let schema = schema.await.clone();
        let config = Some(complete(schema.provider.as_ref(), &json!({}), None));
        let request = configure_provider::Request { config, ..Default::default() };
        let response = client.configure_provider(request).await.expect("a response").into_inner();
        let mut diagnostics = Diagnostics::default();
        assert!(diagnostics.record(response.diagnostics), "{:?}", diagnostics.errors);
        Self { client, schema }
    }

    /// The names of the resource types.
    pub fn resource_types(&self) -> impl Iterator<Item = &str> {
        self.schema.resource_schemas.keys().map(String::as_str)
    }

    /// Whether the provider has this data source.
    pub fn has_data_source(&self, type_name: &str) -> bool {
        self.schema.data_source_schemas.contains_key(type_name)
    }

    /// The attributes of a resource type.
    ///
    /// # Panics
    /// If the provider has no such type.
    pub fn attributes(&self, type_name: &str) -> &[tfplugin6::schema::Attribute] {
        let schema = self.schema.resource_schemas.get(type_name);
        let block = schema.and_then(|schema| schema.block.as_ref());
        &block.expect("a type of the provider").attributes
    }

    /// Updates the state from the server. Returns whether there was no error.
    pub async fn refresh(
        &self,
        type_name: &str,
        state: &mut State,
        diagnostics: &mut Diagnostics,
    ) -> bool {
        let Some((value, private)) = &state.stored else { return true };
        let request = read_resource::Request {
            type_name: type_name.into(),
            current_state: Some(value.clone()),
            private: private.clone(),
            ..Default::default()
        };
        let response = self.client.clone().read_resource(request).await.expect("a response");
        let response = response.into_inner();
        let succeeded = diagnostics.record(response.diagnostics);
        if succeeded {
            state.store(response.new_state, response.private);
        }
        succeeded
    }

    /// Whether a plan without a refresh is empty; `None` if planning ends in an error.
    pub async fn plan_is_empty(
        &self,
        type_name: &str,
        state: &State,
        config: &Json,
        diagnostics: &mut Diagnostics,
    ) -> Option<bool> {
        Some(self.planned(type_name, state, Some(config), diagnostics).await?.is_empty)
    }

    /// Plans the change to a configuration, or the destruction if there is none, without a refresh.
    /// Returns `None` if planning ends in an error.
    pub async fn planned(
        &self,
        type_name: &str,
        state: &State,
        config: Option<&Json>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Plan> {
        let planned = self.plan(type_name, state, config, diagnostics).await?;
        let prior = state.stored.as_ref().map(|(value, _)| value);
        Some(Plan {
            attributes: wire::unpack(&planned.value.msgpack),
            is_empty: !state.tainted && prior == Some(&planned.value),
            replaced_by: planned.replaced_by,
        })
    }

    /// Validates a configuration.
    pub async fn validate(&self, type_name: &str, config: &Json, diagnostics: &mut Diagnostics) {
        let schema = self.schema.resource_schemas.get(type_name);
        let request = validate_resource_config::Request {
            type_name: type_name.into(),
            config: Some(complete(schema, config, None)),
            client_capabilities: Some(ClientCapabilities {
                write_only_attributes_allowed: true,
                ..Default::default()
            }),
        };
        let response = self.client.clone().validate_resource_config(request).await;
        diagnostics.record(response.expect("a response").into_inner().diagnostics);
    }

    /// Plans the change and applies it. If the object is tainted or cannot be changed in place,
    /// destroys the object first. Returns whether the plan asked for a replacement.
    pub async fn change(
        &self,
        type_name: &str,
        state: &mut State,
        config: &Json,
        diagnostics: &mut Diagnostics,
    ) -> bool {
        let Some(mut planned) = self.plan(type_name, state, Some(config), diagnostics).await else {
            return false;
        };
        let replaces = !planned.replaced_by.is_empty();
        if state.tainted || replaces {
            if !self.destroy(type_name, state, diagnostics).await {
                return replaces;
            }
            match self.plan(type_name, state, Some(config), diagnostics).await {
                Some(creation) => planned = creation,
                None => return replaces,
            }
        }
        if state.stored.as_ref().is_some_and(|(prior, _)| *prior == planned.value) {
            return replaces;
        }
        let config = complete(self.schema.resource_schemas.get(type_name), config, None);
        self.apply(type_name, state, planned, config, diagnostics).await;
        replaces
    }

    /// Destroys the object. Returns whether there was no error.
    pub async fn destroy(
        &self,
        type_name: &str,
        state: &mut State,
        diagnostics: &mut Diagnostics,
    ) -> bool {
        if state.is_empty() {
            return true;
        }
        let Some(planned) = self.plan(type_name, state, None, diagnostics).await else {
            return false;
        };
        self.apply(type_name, state, planned, null(), diagnostics).await
    }

    async fn plan(
        &self,
        type_name: &str,
        state: &State,
        config: Option<&Json>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Planned> {
        let destroys = config.is_none();
        // For a tainted object Terraform plans a creation.
        let stored = state.stored.clone().filter(|_| destroys || !state.tainted);
        let (prior, private) = stored.unwrap_or_else(|| (null(), Vec::new()));
        let schema = self.schema.resource_schemas.get(type_name);
        let prior_attributes = (!is_null(&prior)).then(|| wire::unpack(&prior.msgpack));
        let request =
            plan_resource_change::Request {
                type_name: type_name.into(),
                prior_state: Some(prior),
                proposed_new_state: Some(config.map_or_else(null, |config| {
                    complete(schema, config, prior_attributes.as_ref())
                })),
                config: Some(config.map_or_else(null, |config| complete(schema, config, None))),
                prior_private: private,
                ..Default::default()
            };
        let response = self.client.clone().plan_resource_change(request).await.expect("a response");
        let response = response.into_inner();
        diagnostics.record(response.diagnostics).then(|| Planned {
            value: response.planned_state.expect("a plan"),
            private: response.planned_private,
            replaced_by: response.requires_replace.iter().map(path).collect(),
        })
    }

    async fn apply(
        &self,
        type_name: &str,
        state: &mut State,
        planned: Planned,
        config: DynamicValue,
        diagnostics: &mut Diagnostics,
    ) -> bool {
        let creates = state.is_empty();
        let request = apply_resource_change::Request {
            type_name: type_name.into(),
            prior_state: Some(state.stored.as_ref().map_or_else(null, |(value, _)| value.clone())),
            planned_state: Some(planned.value),
            config: Some(config),
            planned_private: planned.private,
            ..Default::default()
        };
        let response =
            self.client.clone().apply_resource_change(request).await.expect("a response");
        let response = response.into_inner();
        let succeeded = diagnostics.record(response.diagnostics);
        state.store(response.new_state, response.private);
        state.tainted |= creates && !succeeded && !state.is_empty();
        succeeded
    }

    /// Asks the provider to stop, as Terraform does when it is interrupted.
    pub async fn stop(&self) {
        let response = self.client.clone().stop_provider(stop_provider::Request {}).await;
        assert_eq!(response.expect("a response").into_inner().error, "");
    }

    /// Asks the provider to stop as soon as `signal` is notified.
    pub fn stop_on(&self, signal: Arc<Notify>) {
        let mut client = self.client.clone();
        tokio::spawn(async move {
            signal.notified().await;
            // The response does not matter. The provider may have ended meanwhile.
            let _ = client.stop_provider(stop_provider::Request {}).await;
        });
    }
}

impl Diagnostics {
    /// Adds these diagnostics. Returns whether there is no error among them.
    fn record(&mut self, diagnostics: Vec<tfplugin6::Diagnostic>) -> bool {
        let errors_before = self.errors.len();
        for diagnostic in diagnostics {
            let text = format!("{}\n{}", diagnostic.summary, diagnostic.detail);
            match diagnostic.severity() {
                tfplugin6::diagnostic::Severity::Warning => self.warnings.push(text),
                _ => {
                    self.error_paths
                        .push(diagnostic.attribute.as_ref().map(path).unwrap_or_default());
                    self.errors.push(text);
                }
            }
        }
        self.errors.len() == errors_before
    }
}

/// The object with every attribute of the schema, in Terraform's encoding; see [`filled`].
fn complete(
    schema: Option<&tfplugin6::Schema>,
    given: &Json,
    prior: Option<&Json>,
) -> DynamicValue {
    let block = schema.and_then(|schema| schema.block.as_ref()).expect("a type of the provider");
    dynamic(&filled(&block.attributes, given.clone(), prior))
}

/// The names in a path, separated by dots. The keys and indices of elements are left out.
fn path(path: &tfplugin6::AttributePath) -> String {
    let name = |step: &tfplugin6::attribute_path::Step| match &step.selector {
        Some(Selector::AttributeName(name)) => Some(name.clone()),
        _ => None,
    };
    path.steps.iter().filter_map(name).collect::<Vec<_>>().join(".")
}

fn null() -> DynamicValue {
    dynamic(&Json::Null)
}

fn is_null(value: &DynamicValue) -> bool {
    value.msgpack.is_empty() || wire::unpack(&value.msgpack).is_null()
}
