//! Terraform's part, as far as a token's life needs it: refresh, plan, apply, taint. Each phase has a provider of its own, as in the
//! real program. Says what the state holds afterwards and what was said; judges nothing.

use std::{collections::BTreeMap, env::VarError, io, sync::Arc, time::SystemTime};

use hyper_util::rt::TokioIo;
use pbs_sim::Simulator;
use serde_json::{Map, Value as Json, json};
use terraform_provider_pbs::{plugin::Session, provider::Provider};
use tonic::transport::{Channel, Endpoint};

use crate::{
    tfplugin6::{
        self, DynamicValue, apply_resource_change, configure_provider, import_resource_state,
        plan_resource_change, provider_client::ProviderClient, read_resource,
    },
    wire,
};

const TYPE: &str = "pbs_api_token";
const ATTRIBUTES: [&str; 13] = [
    "user_id",
    "token_name",
    "comment",
    "enabled",
    "expiration_date",
    "validity_days",
    "early_renewal_days",
    "rotation_triggers",
    "ready_for_renewal",
    "id",
    "secret",
    "api_token",
    "issued_at",
];

/// A state file with at most one token in it.
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
}

impl State {
    pub(crate) fn is_empty(&self) -> bool {
        self.stored.is_none()
    }

    pub(crate) fn attributes(&self) -> Option<Json> {
        self.stored.as_ref().map(|(value, _)| wire::unpack(&value.msgpack))
    }

    pub(crate) fn secret(&self) -> Option<String> {
        self.attributes()?["secret"].as_str().map(str::to_owned)
    }

    /// The state after `terraform apply` of this configuration.
    pub(crate) async fn apply(&mut self, simulator: &Simulator, config: &Json) -> Said {
        let mut said = Said::default();
        let mut planning = Core::start(simulator).await;
        if !planning.refresh(self, &mut said).await {
            return said;
        }
        let Some((planned, private)) = planning.plan(self, config, &mut said).await else {
            return said;
        };
        let before = self.stored.as_ref().filter(|_| !self.tainted).map(|(state, _)| state);
        // A plan without changes is not applied.
        if before.is_some_and(|state| *state == planned) {
            return said;
        }
        let mut applying = Core::start(simulator).await;
        if self.tainted && !applying.destroy(self, &mut said).await {
            return said;
        }
        applying.change(self, config, planned, private, &mut said).await;
        said
    }

    /// The state after `terraform import` of a token that is there.
    pub(crate) async fn imported(simulator: &Simulator, id: &str) -> Self {
        let request = import_resource_state::Request {
            type_name: TYPE.into(),
            id: id.into(),
            ..Default::default()
        };
        let mut core = Core::start(simulator).await;
        let answer = core.client.import_resource_state(request).await.expect("an answer");
        let object = answer.into_inner().imported_resources.remove(0);
        Self { stored: object.state.map(|state| (state, object.private)), tainted: false }
    }

    /// Whether a plan would change nothing.
    pub(crate) async fn is_settled(&mut self, simulator: &Simulator, config: &Json) -> bool {
        let (mut said, mut core) = (Said::default(), Core::start(simulator).await);
        let planned = match core.refresh(self, &mut said).await {
            true => core.plan(self, config, &mut said).await,
            false => None,
        };
        let before = self.stored.as_ref().map(|(state, _)| state);
        !self.tainted && planned.as_ref().map(|(planned, _)| planned) == before && before.is_some()
    }
}

/// A configuration with these arguments.
pub(crate) fn config(arguments: Json) -> Json {
    let mut config: Map<_, _> =
        ATTRIBUTES.iter().map(|&name| (name.to_owned(), Json::Null)).collect();
    config.extend(arguments.as_object().expect("an object").clone());
    Json::Object(config)
}

struct Core {
    client: ProviderClient<Channel>,
    _session: Session<Provider>,
}

impl Core {
    async fn start(simulator: &Simulator) -> Self {
        let variables = BTreeMap::from([
            ("PBS_ENDPOINT", simulator.endpoint()),
            ("PBS_FINGERPRINT", simulator.fingerprint().to_owned()),
            ("PBS_API_TOKEN", simulator.admin_token().to_owned()),
            ("PBS_TIMEOUT", "1".to_owned()),
            ("PBS_MAX_RETRIES", "1".to_owned()),
        ]);
        let provider = Provider::new(Box::new(move |name| {
            variables.get(name).cloned().ok_or(VarError::NotPresent)
        }));
        let (ours, theirs) = tokio::io::duplex(1 << 20);
        let session = Session::start(provider, Arc::new(SystemTime::now), Arc::new(|| 7), theirs);
        let mut ours = Some(ours);
        let connector = tower::service_fn(move |_| {
            let stream = ours.take().map(TokioIo::new);
            async move { stream.ok_or_else(|| io::Error::other("there is one connection")) }
        });
        let endpoint = Endpoint::from_static("http://localhost");
        let channel =
            endpoint.connect_with_connector(connector).await.expect("the session is there");
        let mut client = ProviderClient::new(channel);
        let request = configure_provider::Request { config: Some(null()), ..Default::default() };
        let answer = client.configure_provider(request).await.expect("an answer").into_inner();
        assert!(answer.diagnostics.is_empty(), "the provider is configured");
        Self { client, _session: session }
    }

    /// Whether the state could be brought up to date.
    async fn refresh(&mut self, state: &mut State, said: &mut Said) -> bool {
        let Some((value, private)) = &state.stored else { return true };
        let request = read_resource::Request {
            type_name: TYPE.into(),
            current_state: Some(value.clone()),
            private: private.clone(),
            ..Default::default()
        };
        let answer = self.client.read_resource(request).await.expect("an answer").into_inner();
        if !said.hears(answer.diagnostics) {
            return false;
        }
        state.stored = answer.new_state.filter(is_something).map(|value| (value, answer.private));
        state.tainted &= state.stored.is_some();
        true
    }

    async fn plan(
        &mut self,
        state: &State,
        config: &Json,
        said: &mut Said,
    ) -> Option<(DynamicValue, Vec<u8>)> {
        let stored = state.stored.clone().filter(|_| !state.tainted);
        let (prior, private) = stored.unwrap_or_else(|| (null(), Vec::new()));
        let request = plan_resource_change::Request {
            type_name: TYPE.into(),
            prior_state: Some(prior),
            proposed_new_state: Some(wire::dynamic(config)),
            config: Some(wire::dynamic(config)),
            prior_private: private,
            ..Default::default()
        };
        let answer = self.client.plan_resource_change(request).await.expect("an answer");
        let answer = answer.into_inner();
        assert!(answer.requires_replace.is_empty(), "nothing here replaces the token");
        said.hears(answer.diagnostics)
            .then(|| (answer.planned_state.expect("a plan"), answer.planned_private))
    }

    /// Deletes what is tainted. Whether that succeeded.
    async fn destroy(&mut self, state: &mut State, said: &mut Said) -> bool {
        let (value, private) = state.stored.clone().expect("something is tainted");
        let request = apply_resource_change::Request {
            type_name: TYPE.into(),
            prior_state: Some(value),
            planned_state: Some(null()),
            config: Some(null()),
            planned_private: private,
            ..Default::default()
        };
        let answer = self.client.apply_resource_change(request).await.expect("an answer");
        let deleted = said.hears(answer.into_inner().diagnostics);
        if deleted {
            *state = State::default();
        }
        deleted
    }

    async fn change(
        &mut self,
        state: &mut State,
        config: &Json,
        planned: DynamicValue,
        private: Vec<u8>,
        said: &mut Said,
    ) {
        let prior = state.stored.as_ref().map_or_else(null, |(value, _)| value.clone());
        let creates = state.is_empty();
        let request = apply_resource_change::Request {
            type_name: TYPE.into(),
            prior_state: Some(prior),
            planned_state: Some(planned),
            config: Some(wire::dynamic(config)),
            planned_private: private,
            ..Default::default()
        };
        let answer = self.client.apply_resource_change(request).await.expect("an answer");
        let answer = answer.into_inner();
        let succeeded = said.hears(answer.diagnostics);
        state.stored = answer.new_state.filter(is_something).map(|value| (value, answer.private));
        state.tainted = creates && !succeeded && state.stored.is_some();
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

fn null() -> DynamicValue {
    wire::dynamic(&json!(null))
}

fn is_something(value: &DynamicValue) -> bool {
    !value.msgpack.is_empty() && !wire::unpack(&value.msgpack).is_null()
}
