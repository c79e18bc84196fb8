//! Runs an operation with and without a fault. Each run has a simulator of its own.

use std::{sync::Mutex, time::Duration};

use pbs_sim::{Fault, FaultKind, Request, Settings, Simulator, Version};
use serde_json::Value as Json;
use test_support::{
    core::{Diagnostics, State},
    in_process::{InProcess, Variables, fixed_time},
    objects::{Needed, Row},
};

use crate::{
    judge::{Facts, Token},
    server::{Server, objects},
    trouble::Trouble,
};

/// An operation, and the server and state that it starts from.
pub(crate) struct Scenario {
    pub(crate) type_name: &'static str,
    pub(crate) name: &'static str,
    /// The version of PBS; `None` for the default of the simulator.
    pub(crate) version: Option<Version>,
    pub(crate) before: Before,
    pub(crate) operation: Operation,
    /// The row of the type, if it is a type of configuration objects.
    pub(crate) object: Option<&'static Row>,
    /// A fault that happens in every run of the scenario. Because of this fault, the provider sends
    /// further requests. The tests cause faults at these further requests.
    pub(crate) own_fault: Option<OwnFault>,
    /// Whether the provider logs in with a password instead of an API token. PBS does not let an
    /// API token change a password.
    pub(crate) login: bool,
    /// The id of the token to which the operation must give a working secret, if any.
    pub(crate) needs_secret: Option<&'static str>,
}

/// Default values of the fields, for struct update syntax.
pub(crate) const DEFAULTS: Scenario = Scenario {
    type_name: "",
    name: "",
    version: None,
    before: Before::Nothing,
    operation: Operation::Read,
    object: None,
    own_fault: None,
    login: false,
    needs_secret: None,
};

/// A function that returns the configuration of a resource.
pub(crate) type Configuration = &'static (dyn Fn() -> Json + Sync);

/// What happens before the operation.
pub(crate) enum Before {
    Nothing,
    /// This configuration is applied.
    Applied(Configuration),
    /// This configuration is applied. Then the object is removed from the state and imported by
    /// this id.
    Imported(Configuration, &'static str),
}

pub(crate) enum Operation {
    Apply(Configuration),
    Destroy,
    /// Destroys the object and creates it again with this configuration, in one run.
    Replace(Configuration),
    Import(&'static str),
    Read,
    /// Reads an object that was deleted on the server.
    ReadDeleted,
    /// Lists the objects with these arguments.
    List(Configuration),
    /// Opens, renews and closes an ephemeral resource.
    Ephemeral(Configuration),
}

/// A fault at the first `times` requests with this method and path. The server handles each of
/// these requests and then closes the connection without a response.
#[derive(Clone, Copy)]
pub(crate) struct OwnFault {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) times: u32,
}

/// Time after which the simulator has handled every postponed request.
const LATEST: Duration = Duration::from_secs(60);

const ADMINISTRATOR: &str = "boss@pbs";
const PASSWORD: &str = "boss-Passw0rd";

/// A simulator that is prepared for a run, and Terraform's state.
struct Stage {
    simulator: Simulator,
    variables: Variables,
    state: State,
    /// The number of objects that the last list returned.
    listed: usize,
    /// Whether Terraform asks the provider to stop when the provider waits for the first time.
    stopped: bool,
}

impl Scenario {
    /// Runs the operation. No fault happens except [`Self::own_fault`]. Returns the requests of the
    /// operation and the resulting objects on the server. The requests of the provider's shutdown
    /// are left out.
    pub(crate) async fn rehearse(&self) -> (Vec<Request>, Server) {
        let mut stage = self.stage().await;
        let mut diagnostics = Diagnostics::default();
        let requests = Mutex::new(Vec::new());
        let record = |simulator: &Simulator| {
            *requests.lock().expect("no thread panics with the lock") = simulator.requests();
        };
        self.act(&mut stage, &mut diagnostics, record).await;
        let errors = diagnostics.errors;
        let may_fail = self.own_fault.is_some() && self.needs_secret.is_none();
        assert!(errors.is_empty() || may_fail, "{}: {errors:?}", self.name);
        let requests = requests.into_inner().expect("no thread panics with the lock");
        let minimum = if self.needs_secret.is_some() { 2 } else { 1 };
        assert!(requests.len() >= minimum, "{}: {requests:?}", self.name);
        (requests, objects(&stage.simulator))
    }

    /// Runs the operation with the trouble, and then again without it.
    pub(crate) async fn run(&self, trouble: Trouble, expected: &Server) -> Facts {
        let Trouble { fault, stopped, description: _ } = trouble;
        let mut stage = self.stage().await;
        stage.stopped = stopped;
        let mut diagnostics = Diagnostics::default();
        let before = objects(&stage.simulator);
        let prior_id = stage.id(self.type_name);
        let had_secret = stage.state.text("secret").is_some();
        let fault = stage.simulator.fault(fault);
        let check = |simulator: &Simulator| {
            // The provider can be stopped before it sends the request at which the fault happens.
            assert!(
                stopped || simulator.fault_count(fault) > 0,
                "{}: the fault has not happened",
                self.name
            );
        };
        self.act(&mut stage, &mut diagnostics, check).await;
        stage.simulator.clear_faults();
        // The simulator handles the requests that it has postponed.
        stage.simulator.advance(LATEST);
        stage.stopped = false;
        let server = objects(&stage.simulator);
        let in_state = stage.id(self.type_name);
        let token = stage.token(self.needs_secret);

        // If the outcome of a creation is not known, most types report an error. A type whose
        // objects must not be tainted reports a warning. The test counts this warning as an error.
        let doubts = diagnostics.warnings.iter().filter(|warning| {
            [" may have been created\n", " continues on the server\n"]
                .iter()
                .any(|it| warning.contains(it))
        });
        let doubts: Vec<_> = doubts.cloned().collect();
        diagnostics.errors.extend(doubts);
        let error_texts = diagnostics.errors.join("\n");
        // The second run of the operation, without the fault.
        let mut next_diagnostics = Diagnostics::default();
        self.act(&mut stage, &mut next_diagnostics, |_| {}).await;
        Facts {
            errors: diagnostics.errors,
            kept: prior_id
                // A singleton is on the server even after Terraform has removed it from the state.
                .filter(|id| !id.starts_with("node_config "))
                .is_none_or(|id| !server.contains_key(&id) || in_state.as_ref() == Some(&id)),
            created: server.keys().filter(|id| !before.contains_key(*id)).cloned().collect(),
            complete: server == *expected,
            in_state,
            token,
            next_errors: next_diagnostics.errors,
            next_complete: self.without_expiring_tokens(objects(&stage.simulator), &error_texts)
                == *expected,
            next_token: stage.token(self.needs_secret),
            settled: self.is_settled(&mut stage).await,
            needs_secret: self.needs_secret,
            had_secret,
        }
    }

    /// Leaves out the ephemeral tokens that an error names. If Terraform asks the provider to stop,
    /// such a token can stay on the server until it expires.
    fn without_expiring_tokens(&self, mut server: Server, errors: &str) -> Server {
        if let Operation::Ephemeral(_) = self.operation {
            server.retain(|key, _| {
                let token = key.strip_prefix("api_token ");
                token.is_none_or(|id| !id.contains("!tf-") || !errors.contains(id))
            });
        }
        server
    }

    /// Starts a simulator with the objects that the scenario needs, and does what must happen
    /// before the operation.
    async fn stage(&self) -> Stage {
        let defaults = Settings::default();
        let simulator = Simulator::start(Settings {
            version: self.version.unwrap_or(defaults.version),
            users: vec!["owner@pbs".into(), "other@pbs".into(), (ADMINISTRATOR, PASSWORD).into()],
            ..defaults
        });
        simulator.set_time(fixed_time());
        simulator.world(|world| {
            world.add_token("owner@pbs!old");
            world.put_acl("/", ADMINISTRATOR, "Admin", true);
            world.put_acl("/datastore/store1", "owner@pbs", "DatastoreAdmin", true);
            world.datastore_mut("store1").namespaces.push("other".into());
            for needed in self.object.into_iter().flat_map(|row| &row.needs) {
                match needed {
                    Needed::Object(kind, id, object) => world.put_object(kind, id, object.clone()),
                    Needed::Device(uuid) => world.add_device(uuid),
                }
            }
        });
        let mut variables = Variables::from([
            ("PBS_ENDPOINT", simulator.endpoint()),
            ("PBS_FINGERPRINT", simulator.fingerprint().to_owned()),
            ("PBS_TIMEOUT", "1".to_owned()),
            ("PBS_MAX_RETRIES", "1".to_owned()),
        ]);
        if self.login {
            variables.insert("PBS_USERNAME", ADMINISTRATOR.to_owned());
            variables.insert("PBS_PASSWORD", PASSWORD.to_owned());
        } else {
            variables.insert("PBS_API_TOKEN", simulator.admin_token().to_owned());
        }
        let mut stage =
            Stage { simulator, variables, state: State::default(), listed: 0, stopped: false };
        let mut diagnostics = Diagnostics::default();
        if let Before::Applied(config) | Before::Imported(config, _) = self.before {
            stage.apply(self.type_name, &config(), &mut diagnostics).await;
        }
        if let Before::Imported(_, id) = self.before {
            stage.state = State::default();
            let provider = stage.provider().await;
            provider.import(self.type_name, id, &mut stage.state, &mut diagnostics).await;
        }
        assert!(diagnostics.errors.is_empty(), "{}: {:?}", self.name, diagnostics.errors);
        if matches!(self.operation, Operation::ReadDeleted) {
            stage.simulator.world(|world| {
                world.delete_user("new@pbs");
                world.delete_token("owner@pbs!ci");
                world.delete_acl("/datastore/store1", "owner@pbs!old", "DatastoreBackup");
                world.datastore_mut("store1").namespaces.retain(|known| known == "other");
                if let Some(row) = self.object {
                    world.delete_object(row.kind, &row.id());
                }
            });
        }
        if let Some(OwnFault { method, path, times }) = self.own_fault {
            let fault = Fault::new(method, path, FaultKind::DroppedAfter).times(times);
            stage.simulator.fault(fault);
        }
        stage.simulator.clear_requests();
        stage
    }

    /// Runs the operation once. Calls `after` after the last request at which a fault can happen.
    /// Then shuts the provider down.
    async fn act(
        &self,
        stage: &mut Stage,
        diagnostics: &mut Diagnostics,
        after: impl Fn(&Simulator),
    ) {
        let type_name = self.type_name;
        match &self.operation {
            Operation::Apply(config) => stage.apply(type_name, &config(), diagnostics).await,
            Operation::Destroy => {
                let provider = stage.provider().await;
                if provider.refresh(type_name, &mut stage.state, diagnostics).await {
                    provider.destroy(type_name, &mut stage.state, diagnostics).await;
                }
            }
            Operation::Replace(config) => {
                let provider = stage.provider().await;
                if provider.refresh(type_name, &mut stage.state, diagnostics).await
                    && provider.destroy(type_name, &mut stage.state, diagnostics).await
                {
                    provider.change(type_name, &mut stage.state, &config(), diagnostics).await;
                }
            }
            Operation::Import(id) if stage.state.is_empty() => {
                let provider = stage.provider().await;
                provider.import(type_name, id, &mut stage.state, diagnostics).await;
            }
            Operation::Import(_) | Operation::Read | Operation::ReadDeleted => {
                let provider = stage.provider().await;
                provider.refresh(type_name, &mut stage.state, diagnostics).await;
            }
            Operation::List(config) => {
                let listed = stage.provider().await.list(type_name, &config(), diagnostics).await;
                stage.listed = listed.len();
            }
            Operation::Ephemeral(config) => {
                let provider = stage.provider().await;
                if let Some(mut open) = provider.open(type_name, &config(), diagnostics).await {
                    provider.renew(type_name, &mut open, diagnostics).await;
                    provider.close(type_name, &open.private, diagnostics).await;
                }
                after(&stage.simulator);
                // The provider can now delete the tokens that it could not delete when the
                // ephemeral resource was closed.
                stage.simulator.clear_faults();
                // tests/protocol/interruptions.rs tests the result of a shutdown.
                let _ = provider.shutdown().await;
                return;
            }
        }
        after(&stage.simulator);
    }

    /// Whether the operation is complete. After an apply, a further plan must be empty. After any
    /// other operation, the state or the list must have the expected content.
    async fn is_settled(&self, stage: &mut Stage) -> bool {
        let mut diagnostics = Diagnostics::default();
        let provider = stage.provider().await;
        let settled = match &self.operation {
            Operation::Apply(config) | Operation::Replace(config) => {
                let (state, config) = (&mut stage.state, config());
                provider.refresh(self.type_name, state, &mut diagnostics).await
                    && provider
                        .plan_is_empty(self.type_name, state, &config, &mut diagnostics)
                        .await
                        == Some(true)
            }
            Operation::Read | Operation::Import(_) => !stage.state.is_empty(),
            Operation::Destroy | Operation::ReadDeleted => stage.state.is_empty(),
            Operation::List(_) => stage.listed > 0,
            Operation::Ephemeral(_) => true,
        };
        settled && diagnostics.errors.is_empty()
    }
}

impl Stage {
    async fn provider(&self) -> InProcess {
        let (simulator, variables) = (&self.simulator, self.variables.clone());
        match self.stopped {
            true => InProcess::start_and_stop_at_first_wait(simulator, variables).await,
            false => InProcess::start_in_time_of(simulator, variables).await,
        }
    }

    /// `terraform apply`, which starts one provider for the plan and another for the apply.
    async fn apply(&mut self, type_name: &str, config: &Json, diagnostics: &mut Diagnostics) {
        let planning = self.provider().await;
        if !planning.refresh(type_name, &mut self.state, diagnostics).await {
            return;
        }
        let empty = planning.plan_is_empty(type_name, &self.state, config, diagnostics).await;
        if empty == Some(false) {
            let applying = self.provider().await;
            let replaced = applying.change(type_name, &mut self.state, config, diagnostics).await;
            assert!(!replaced, "no change of the scenarios may require a replacement");
        }
    }

    /// The key under which [`Server`] contains the object that is in the state.
    fn id(&self, type_name: &str) -> Option<String> {
        let of_namespace = || {
            let (store, path) = (self.state.text("datastore")?, self.state.text("path")?);
            (type_name == "pbs_namespace").then(|| format!("{store}:{path}"))
        };
        let id = ["id", "name", "node"].into_iter().find_map(|key| self.state.text(key));
        let id = id.or_else(of_namespace)?;
        let prefix = type_name.trim_start_matches("pbs_");
        Some(format!("{prefix} {id}"))
    }

    /// The token in the state. If the state is empty, the token with this id.
    fn token(&self, id: Option<&str>) -> Token {
        let in_state = !self.state.is_empty();
        let id = self.state.text("id").or_else(|| id.map(str::to_owned));
        let Some(id) = id else { return Token { in_state, ..Token::default() } };
        let secret = self.state.text("secret");
        self.simulator.world(|world| Token {
            on_server: world.tokens().contains_key(&id),
            in_state,
            secret_works: secret.map(|secret| world.check_secret(&id, &secret)),
        })
    }
}
