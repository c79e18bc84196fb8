//! Terraform's part of the protocol for every type of the provider: refresh, plan, apply, taint, import, list, open and close. Says
//! what the state holds afterwards and what was said; judges nothing. Values are this test's own reading of the wire.

#![allow(dead_code, reason = "each test program uses its part")]

use std::{
    collections::BTreeMap,
    env::VarError,
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use hyper_util::rt::TokioIo;
use serde_json::{Map, Value as Json, json};
use terraform_provider_pbs::provider::Provider;
use tf_plugin::Session;
use tokio::sync::OnceCell;
use tonic::transport::{Channel, Endpoint};

use crate::{
    tfplugin6::{
        self, DynamicValue, apply_resource_change, close_ephemeral_resource, configure_provider,
        get_provider_schema, import_resource_state, list_resource, open_ephemeral_resource,
        plan_resource_change, provider_client::ProviderClient, read_data_source, read_resource,
        renew_ephemeral_resource, schema,
    },
    wire,
};

/// Larger than any answer of these tests.
const LARGEST: usize = 64 << 20;

/// What the provider finds in its environment.
pub(crate) type Variables = BTreeMap<&'static str, String>;

/// The time that the provider is told in process.
pub(crate) fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_900_000_000)
}

/// What the state holds of one resource.
#[derive(Clone, Default)]
pub(crate) struct State {
    stored: Option<(DynamicValue, Vec<u8>)>,
    tainted: bool,
}

/// What a run has said.
#[derive(Default)]
pub(crate) struct Said {
    pub(crate) errors: Vec<String>,
    pub(crate) warnings: Vec<String>,
    /// Whether something that could not be changed in place was made anew.
    pub(crate) replaced: bool,
}

/// An ephemeral resource that is open.
pub(crate) struct Open {
    pub(crate) result: Json,
    private: Option<Vec<u8>>,
}

struct Planned {
    value: DynamicValue,
    private: Vec<u8>,
    replaces: bool,
}

impl State {
    pub(crate) fn is_empty(&self) -> bool {
        self.stored.is_none()
    }

    pub(crate) fn attributes(&self) -> Option<Json> {
        self.stored.as_ref().map(|(value, _)| wire::unpack(&value.msgpack))
    }

    pub(crate) fn text(&self, attribute: &str) -> Option<String> {
        self.attributes()?[attribute].as_str().map(str::to_owned)
    }

    fn keep(&mut self, value: Option<DynamicValue>, private: Vec<u8>) {
        self.stored = value.filter(is_something).map(|value| (value, private));
        self.tainted &= self.stored.is_some();
    }
}

/// A provider that is configured, and the connection to it.
pub(crate) struct Core {
    client: ProviderClient<Channel>,
    schema: Arc<get_provider_schema::Response>,
    session: Option<Session<Provider>>,
}

impl Core {
    /// A provider inside this process, with these variables and nothing else in its environment.
    pub(crate) async fn start(variables: Variables) -> Self {
        static RUNS: AtomicU64 = AtomicU64::new(1);
        let provider = Provider::new(Box::new(move |name| {
            variables.get(name).cloned().ok_or(VarError::NotPresent)
        }));
        let (ours, theirs) = tokio::io::duplex(1 << 20);
        let random = || u128::from(RUNS.fetch_add(1, Ordering::Relaxed)) << 64;
        let session = Session::start(provider, Arc::new(now), Arc::new(random), theirs);
        let mut ours = Some(ours);
        let connector = tower::service_fn(move |_| {
            let stream = ours.take().map(TokioIo::new);
            async move { stream.ok_or_else(|| io::Error::other("there is one connection")) }
        });
        let endpoint = Endpoint::from_static("http://localhost");
        let channel =
            endpoint.connect_with_connector(connector).await.expect("the session is there");
        Self { session: Some(session), ..Self::over(channel).await }
    }

    /// A provider at the other end of a channel.
    pub(crate) async fn over(channel: Channel) -> Self {
        static SCHEMA: OnceCell<Arc<get_provider_schema::Response>> = OnceCell::const_new();
        let mut client = ProviderClient::new(channel).max_decoding_message_size(LARGEST);
        let mut asking = client.clone();
        let schema = SCHEMA.get_or_init(|| async move {
            let request = get_provider_schema::Request {};
            let answer = asking.get_provider_schema(request).await.expect("a schema");
            Arc::new(answer.into_inner())
        });
        let schema = schema.await.clone();
        let config = Some(filled(schema.provider.as_ref(), &json!({}), None));
        let request = configure_provider::Request { config, ..Default::default() };
        let answer = client.configure_provider(request).await.expect("an answer").into_inner();
        let mut said = Said::default();
        assert!(said.hears(answer.diagnostics), "{:?}", said.errors);
        Self { client, schema, session: None }
    }

    /// The end as Terraform asks for it.
    pub(crate) async fn shutdown(self) {
        drop(self.client);
        if let Some(session) = self.session {
            // Whether the connection ended in order is the business of other tests.
            let _ = session.shutdown().await;
        }
    }

    /// Whether the state could be brought up to date.
    pub(crate) async fn refresh(&self, kind: &str, state: &mut State, said: &mut Said) -> bool {
        let Some((value, private)) = &state.stored else { return true };
        let request = read_resource::Request {
            type_name: kind.into(),
            current_state: Some(value.clone()),
            private: private.clone(),
            ..Default::default()
        };
        let answer = self.client.clone().read_resource(request).await.expect("an answer");
        let answer = answer.into_inner();
        let well = said.hears(answer.diagnostics);
        if well {
            state.keep(answer.new_state, answer.private);
        }
        well
    }

    /// Whether a plan without a refresh has nothing to do; `None` is an error.
    pub(crate) async fn is_settled(
        &self,
        kind: &str,
        state: &State,
        config: &Json,
        said: &mut Said,
    ) -> Option<bool> {
        let planned = self.plan(kind, state, Some(config), said).await?;
        let before = state.stored.as_ref().map(|(value, _)| value);
        Some(!state.tainted && before == Some(&planned.value))
    }

    /// Plans the change and applies it: what is tainted, or cannot be changed in place, is destroyed first.
    pub(crate) async fn change(
        &self,
        kind: &str,
        state: &mut State,
        config: &Json,
        said: &mut Said,
    ) {
        let Some(mut planned) = self.plan(kind, state, Some(config), said).await else { return };
        said.replaced |= planned.replaces;
        if state.tainted || planned.replaces {
            if !self.destroy(kind, state, said).await {
                return;
            }
            let Some(anew) = self.plan(kind, state, Some(config), said).await else { return };
            planned = anew;
        }
        if state.stored.as_ref().is_some_and(|(before, _)| *before == planned.value) {
            return;
        }
        let config = filled(self.schema.resource_schemas.get(kind), config, None);
        self.apply(kind, state, planned, config, said).await;
    }

    /// Whether the object is gone.
    pub(crate) async fn destroy(&self, kind: &str, state: &mut State, said: &mut Said) -> bool {
        if state.is_empty() {
            return true;
        }
        let Some(planned) = self.plan(kind, state, None, said).await else { return false };
        self.apply(kind, state, planned, null(), said).await
    }

    async fn plan(
        &self,
        kind: &str,
        state: &State,
        config: Option<&Json>,
        said: &mut Said,
    ) -> Option<Planned> {
        let destroys = config.is_none();
        let stored = state.stored.clone().filter(|_| destroys || !state.tainted);
        let (prior, private) = stored.unwrap_or_else(|| (null(), Vec::new()));
        let schema = self.schema.resource_schemas.get(kind);
        let before = Some(&prior).filter(|value| is_something(value));
        let before = before.map(|value| wire::unpack(&value.msgpack));
        let request = plan_resource_change::Request {
            type_name: kind.into(),
            prior_state: Some(prior),
            proposed_new_state: Some(
                config.map_or_else(null, |config| filled(schema, config, before.as_ref())),
            ),
            config: Some(config.map_or_else(null, |config| filled(schema, config, None))),
            prior_private: private,
            ..Default::default()
        };
        let answer = self.client.clone().plan_resource_change(request).await.expect("an answer");
        let answer = answer.into_inner();
        said.hears(answer.diagnostics).then(|| Planned {
            value: answer.planned_state.expect("a plan"),
            private: answer.planned_private,
            replaces: !answer.requires_replace.is_empty(),
        })
    }

    async fn apply(
        &self,
        kind: &str,
        state: &mut State,
        planned: Planned,
        config: DynamicValue,
        said: &mut Said,
    ) -> bool {
        let creates = state.is_empty();
        let request = apply_resource_change::Request {
            type_name: kind.into(),
            prior_state: Some(state.stored.as_ref().map_or_else(null, |(value, _)| value.clone())),
            planned_state: Some(planned.value),
            config: Some(config),
            planned_private: planned.private,
            ..Default::default()
        };
        let answer = self.client.clone().apply_resource_change(request).await.expect("an answer");
        let answer = answer.into_inner();
        let well = said.hears(answer.diagnostics);
        state.keep(answer.new_state, answer.private);
        state.tainted |= creates && !well && !state.is_empty();
        well
    }

    pub(crate) async fn import(&self, kind: &str, id: &str, state: &mut State, said: &mut Said) {
        let request = import_resource_state::Request {
            type_name: kind.into(),
            id: id.into(),
            ..Default::default()
        };
        let answer = self.client.clone().import_resource_state(request).await.expect("an answer");
        let answer = answer.into_inner();
        if said.hears(answer.diagnostics) {
            let object = answer.imported_resources.into_iter().next().expect("an object");
            state.keep(object.state, object.private);
        }
    }

    /// How many objects a query finds.
    pub(crate) async fn list(&self, kind: &str, said: &mut Said) -> usize {
        let request = list_resource::Request {
            type_name: kind.into(),
            config: Some(filled(self.schema.list_resource_schemas.get(kind), &json!({}), None)),
            include_resource_object: true,
            limit: 1000,
        };
        let events = self.client.clone().list_resource(request).await.expect("a stream");
        let (mut events, mut found) = (events.into_inner(), 0);
        while let Some(event) = events.message().await.expect("an event") {
            found += usize::from(event.identity.is_some());
            said.hears(event.diagnostic);
        }
        found
    }

    pub(crate) async fn data(&self, kind: &str, config: &Json, said: &mut Said) -> Option<Json> {
        let schema = self.schema.data_source_schemas.get(kind);
        let request = read_data_source::Request {
            type_name: kind.into(),
            config: Some(filled(schema, config, None)),
            ..Default::default()
        };
        let answer = self.client.clone().read_data_source(request).await.expect("an answer");
        let answer = answer.into_inner();
        let well = said.hears(answer.diagnostics);
        answer.state.filter(|_| well).map(|state| wire::unpack(&state.msgpack))
    }

    pub(crate) async fn open(&self, kind: &str, config: &Json, said: &mut Said) -> Option<Open> {
        let schema = self.schema.ephemeral_resource_schemas.get(kind);
        let request = open_ephemeral_resource::Request {
            type_name: kind.into(),
            config: Some(filled(schema, config, None)),
            ..Default::default()
        };
        let answer = self.client.clone().open_ephemeral_resource(request).await;
        let answer = answer.expect("an answer").into_inner();
        said.hears(answer.diagnostics).then(|| Open {
            result: wire::unpack(&answer.result.expect("a result").msgpack),
            private: answer.private,
        })
    }

    pub(crate) async fn renew(&self, kind: &str, open: &mut Open, said: &mut Said) {
        let request = renew_ephemeral_resource::Request {
            type_name: kind.into(),
            private: open.private.clone(),
        };
        let answer = self.client.clone().renew_ephemeral_resource(request).await;
        let answer = answer.expect("an answer").into_inner();
        if said.hears(answer.diagnostics) {
            open.private = answer.private;
        }
    }

    pub(crate) async fn close(&self, kind: &str, open: &Open, said: &mut Said) {
        let request = close_ephemeral_resource::Request {
            type_name: kind.into(),
            private: open.private.clone(),
        };
        let answer = self.client.clone().close_ephemeral_resource(request).await;
        said.hears(answer.expect("an answer").into_inner().diagnostics);
    }
}

impl Said {
    /// Whether there was no error among them.
    fn hears(&mut self, diagnostics: Vec<tfplugin6::Diagnostic>) -> bool {
        let mut well = true;
        for diagnostic in diagnostics {
            let text = format!("{}\n{}", diagnostic.summary, diagnostic.detail);
            match diagnostic.severity() {
                tfplugin6::diagnostic::Severity::Warning => self.warnings.push(text),
                _ => {
                    well = false;
                    self.errors.push(text);
                }
            }
        }
        well
    }
}

/// The arguments as an object of the schema. What the server computes and nobody has configured is taken from before.
fn filled(
    schema: Option<&tfplugin6::Schema>,
    arguments: &Json,
    before: Option<&Json>,
) -> DynamicValue {
    let block = schema.and_then(|schema| schema.block.as_ref()).expect("a type of the provider");
    let value = |attribute: &schema::Attribute| match (&arguments[&attribute.name], before) {
        (Json::Null, Some(before)) if attribute.computed => before[&attribute.name].clone(),
        (given, _) => given.clone(),
    };
    let attributes: Map<_, _> = (block.attributes.iter())
        .map(|attribute| (attribute.name.clone(), value(attribute)))
        .collect();
    DynamicValue { msgpack: wire::pack(&Json::Object(attributes)), json: Vec::new() }
}

fn null() -> DynamicValue {
    DynamicValue { msgpack: wire::pack(&Json::Null), json: Vec::new() }
}

fn is_something(value: &DynamicValue) -> bool {
    !value.msgpack.is_empty() && !wire::unpack(&value.msgpack).is_null()
}
