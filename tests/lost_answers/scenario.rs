//! What is done while requests go wrong: a token is made, or gets another secret, on new servers and on old ones.

use pbs_sim::{Fault, FaultKind, Request, Settings, Simulator, Version, World};
use serde_json::{Value as Json, json};

use crate::{
    Trouble,
    core::{Core, Said, State, Variables, now},
    judge::{Facts, Seen},
};

const KIND: &str = "pbs_api_token";
pub(crate) const TOKEN: &str = "owner@pbs!ci";
pub(crate) const PATH: &str = "/access/users/owner@pbs/token/ci";

pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    version: Version,
    start: Start,
    /// What goes wrong anyway, so that the requests which mend it come into the table too.
    given: Option<(&'static str, FaultKind)>,
    arguments: fn() -> Json,
}

/// What is there before.
#[derive(Clone, Copy, PartialEq)]
enum Start {
    Nothing,
    /// A token that this provider made.
    Made,
    /// A token whose secret is not known, as after an import.
    Imported,
}

const NEW: Version = Version(4, 2, 3);
const OLD: Version = Version(3, 3, 0);

pub(crate) static SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "create",
        version: NEW,
        start: Start::Nothing,
        given: None,
        arguments: || json!({ "comment": "nightly", "validity_days": 30 }),
    },
    Scenario {
        name: "create, its answer lost",
        version: NEW,
        start: Start::Nothing,
        given: Some(("POST", FaultKind::DroppedAfter)),
        arguments: || json!({ "comment": "nightly" }),
    },
    Scenario {
        name: "create, its answer lost, PBS 3.3",
        version: OLD,
        start: Start::Nothing,
        given: Some(("POST", FaultKind::DroppedAfter)),
        arguments: || json!({ "comment": "nightly" }),
    },
    Scenario {
        name: "rotate",
        version: NEW,
        start: Start::Made,
        given: None,
        arguments: || json!({ "comment": "rotated", "validity_days": 30, "rotation_triggers": { "n": "2" } }),
    },
    Scenario {
        name: "rotate, its answer lost",
        version: NEW,
        start: Start::Made,
        given: Some(("PUT", FaultKind::DroppedAfter)),
        arguments: || json!({ "rotation_triggers": { "n": "2" } }),
    },
    Scenario {
        name: "rotate after an import",
        version: NEW,
        start: Start::Imported,
        given: None,
        arguments: || json!({ "rotation_triggers": { "n": "1" } }),
    },
];

impl Scenario {
    /// The requests that it makes when all goes well.
    pub(crate) async fn requests(&self) -> Vec<Request> {
        let (simulator, mut state) = self.start().await;
        let said = apply(&simulator, &mut state, &self.config()).await;
        assert!(said.errors.is_empty(), "{}: {:?}", self.name, said.errors);
        simulator.requests()
    }

    /// What is to be seen when one of them goes wrong.
    pub(crate) async fn run(&self, trouble: &Trouble) -> Facts {
        self.run_then(trouble, |_| {}).await
    }

    /// The same, if this happens on the server between the apply that went wrong and the next one.
    pub(crate) async fn run_then(
        &self,
        trouble: &Trouble,
        happens: impl FnOnce(&mut World),
    ) -> Facts {
        let (simulator, mut state) = self.start().await;
        let fault = simulator.fault(trouble.fault());
        let said = apply(&simulator, &mut state, &self.config()).await;
        assert!(simulator.fault_count(fault) > 0, "{}: the fault has not happened", self.name);
        simulator.clear_faults();
        simulator.world(happens);
        let first = seen(&simulator, &state);
        let next = apply(&simulator, &mut state, &self.config()).await;
        Facts {
            token: TOKEN.into(),
            errors: said.errors,
            first,
            next: seen(&simulator, &state),
            next_errors: next.errors,
            settled: is_settled(&simulator, &mut state, &self.config()).await,
            had_secret: self.start == Start::Made,
        }
    }

    async fn start(&self) -> (Simulator, State) {
        let simulator = Simulator::start(Settings {
            version: self.version,
            users: vec!["owner@pbs".into()],
            ..Settings::default()
        });
        simulator.set_time(now());
        let mut state = State::default();
        if self.start != Start::Nothing {
            let before = json!({ "rotation_triggers": { "n": "1" } });
            let said = apply(&simulator, &mut state, &self.with_name(before)).await;
            assert!(said.errors.is_empty(), "{}: {:?}", self.name, said.errors);
        }
        if self.start == Start::Imported {
            state = State::default();
            let mut said = Said::default();
            provider(&simulator).await.import(KIND, TOKEN, &mut state, &mut said).await;
            assert!(said.errors.is_empty(), "{}: {:?}", self.name, said.errors);
        }
        if let Some((method, kind)) = &self.given {
            simulator.fault(Fault::new(method, PATH, kind.clone()).times(1));
        }
        simulator.clear_requests();
        (simulator, state)
    }

    fn config(&self) -> Json {
        self.with_name((self.arguments)())
    }

    fn with_name(&self, mut arguments: Json) -> Json {
        arguments["user_id"] = json!("owner@pbs");
        arguments["token_name"] = json!("ci");
        arguments
    }
}

/// A provider for this server, with little patience.
async fn provider(simulator: &Simulator) -> Core {
    Core::start(Variables::from([
        ("PBS_ENDPOINT", simulator.endpoint()),
        ("PBS_FINGERPRINT", simulator.fingerprint().to_owned()),
        ("PBS_API_TOKEN", simulator.admin_token().to_owned()),
        ("PBS_TIMEOUT", "1".to_owned()),
        ("PBS_MAX_RETRIES", "1".to_owned()),
    ]))
    .await
}

/// `terraform apply`: the plan and its apply have a provider each.
async fn apply(simulator: &Simulator, state: &mut State, config: &Json) -> Said {
    let mut said = Said::default();
    let planning = provider(simulator).await;
    if planning.refresh(KIND, state, &mut said).await
        && planning.is_settled(KIND, state, config, &mut said).await == Some(false)
    {
        provider(simulator).await.change(KIND, state, config, &mut said).await;
    }
    assert!(!said.replaced, "nothing here replaces the token");
    said
}

/// Whether a plan would change nothing.
async fn is_settled(simulator: &Simulator, state: &mut State, config: &Json) -> bool {
    let (mut said, planning) = (Said::default(), provider(simulator).await);
    planning.refresh(KIND, state, &mut said).await
        && planning.is_settled(KIND, state, config, &mut said).await == Some(true)
}

fn seen(simulator: &Simulator, state: &State) -> Seen {
    simulator.world(|world| Seen {
        on_server: world.tokens().contains_key(TOKEN),
        in_state: !state.is_empty(),
        secret_works: state.text("secret").map(|secret| world.check_secret(TOKEN, &secret)),
    })
}
