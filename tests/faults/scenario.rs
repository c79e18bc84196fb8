//! What is done while requests go wrong: every operation of every type, each on a server of its own that already has something on it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
};

use pbs_sim::{Fault, FaultId, FaultKind, Request, Settings, Simulator};
use serde_json::{Value as Json, json};

use crate::{
    core::{Core, Said, State, Variables, now},
    judge::Facts,
};

pub(crate) struct Scenario {
    pub(crate) kind: &'static str,
    pub(crate) name: &'static str,
    /// What is applied before.
    before: Option<fn() -> Json>,
    step: Step,
    /// What goes wrong anyway, so that the requests which mend it come into the table too.
    given: Option<(&'static str, &'static str)>,
    /// Whether the provider logs in with a password, as only that may change one.
    login: bool,
}

enum Step {
    Apply(fn() -> Json),
    Destroy,
    Import(&'static str),
    Read,
    /// The object was deleted on the server.
    ReadGone,
    List,
    /// Open, renew, close.
    Run(fn() -> Json),
}

const USER: &str = "pbs_user";
const TOKEN: &str = "pbs_api_token";
const ACL: &str = "pbs_acl";
const BOSS: &str = "boss-Passw0rd";

const PLAIN: Scenario =
    Scenario { kind: USER, name: "", before: None, step: Step::Read, given: None, login: false };

fn user(more: Json) -> Json {
    merged(json!({ "user_id": "new@pbs" }), more)
}

fn token(more: Json) -> Json {
    merged(json!({ "user_id": "owner@pbs", "token_name": "ci" }), more)
}

fn grant(more: Json) -> Json {
    let base = json!({ "path": "/datastore/store1", "auth_id": "owner@pbs!old", "role_id": "DatastoreBackup" });
    merged(base, more)
}

fn merged(mut base: Json, more: Json) -> Json {
    if let (Some(base), Json::Object(more)) = (base.as_object_mut(), more) {
        base.extend(more);
    }
    base
}

fn a_user() -> Json {
    user(json!({ "comment": "one" }))
}

fn a_token() -> Json {
    token(json!({ "rotation_triggers": { "n": "1" } }))
}

fn a_grant() -> Json {
    grant(json!({}))
}

fn a_run() -> Json {
    json!({ "user_id": "owner@pbs", "ttl": 600, "grants": [{ "path": "/datastore/store1", "role_id": "Audit", "propagate": null }] })
}

pub(crate) static SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "create",
        step: Step::Apply(|| {
            user(json!({ "password_wo": "passw0rd-one", "password_wo_version": 1 }))
        }),
        ..PLAIN
    },
    Scenario {
        name: "create, its answer lost",
        step: Step::Apply(a_user),
        given: Some(("POST", "/access/users")),
        ..PLAIN
    },
    Scenario { name: "read", before: Some(a_user), step: Step::Read, ..PLAIN },
    Scenario { name: "read what is gone", before: Some(a_user), step: Step::ReadGone, ..PLAIN },
    Scenario {
        name: "update",
        before: Some(a_user),
        step: Step::Apply(|| user(json!({ "first_name": "Ada", "enabled": false }))),
        ..PLAIN
    },
    Scenario {
        name: "change the password and the comment",
        before: Some(a_user),
        step: Step::Apply(|| {
            user(
                json!({ "comment": "two", "password_wo": "passw0rd-two", "password_wo_version": 2 }),
            )
        }),
        login: true,
        ..PLAIN
    },
    Scenario { name: "delete", before: Some(a_user), step: Step::Destroy, ..PLAIN },
    Scenario { name: "import", step: Step::Import("other@pbs"), ..PLAIN },
    Scenario { name: "list", step: Step::List, ..PLAIN },
    Scenario {
        kind: TOKEN,
        name: "create",
        step: Step::Apply(|| token(json!({ "comment": "nightly", "validity_days": 30 }))),
        ..PLAIN
    },
    Scenario { kind: TOKEN, name: "read", before: Some(a_token), step: Step::Read, ..PLAIN },
    Scenario {
        kind: TOKEN,
        name: "read what is gone",
        before: Some(a_token),
        step: Step::ReadGone,
        ..PLAIN
    },
    Scenario {
        kind: TOKEN,
        name: "update",
        before: Some(a_token),
        step: Step::Apply(|| {
            token(json!({ "comment": "two", "enabled": false, "rotation_triggers": { "n": "1" } }))
        }),
        ..PLAIN
    },
    Scenario {
        kind: TOKEN,
        name: "rotate",
        before: Some(a_token),
        step: Step::Apply(|| {
            token(json!({ "comment": "rotated", "rotation_triggers": { "n": "2" } }))
        }),
        ..PLAIN
    },
    Scenario { kind: TOKEN, name: "delete", before: Some(a_token), step: Step::Destroy, ..PLAIN },
    Scenario { kind: TOKEN, name: "import", step: Step::Import("owner@pbs!old"), ..PLAIN },
    Scenario { kind: TOKEN, name: "list", step: Step::List, ..PLAIN },
    Scenario { kind: ACL, name: "create", step: Step::Apply(a_grant), ..PLAIN },
    Scenario {
        kind: ACL,
        name: "create for a user",
        step: Step::Apply(|| grant(json!({ "auth_id": "owner@pbs", "propagate": false }))),
        ..PLAIN
    },
    Scenario { kind: ACL, name: "read", before: Some(a_grant), step: Step::Read, ..PLAIN },
    Scenario {
        kind: ACL,
        name: "read what is gone",
        before: Some(a_grant),
        step: Step::ReadGone,
        ..PLAIN
    },
    Scenario {
        kind: ACL,
        name: "change the role",
        before: Some(a_grant),
        step: Step::Apply(|| grant(json!({ "role_id": "DatastoreReader" }))),
        ..PLAIN
    },
    Scenario {
        kind: ACL,
        name: "change propagate",
        before: Some(a_grant),
        step: Step::Apply(|| grant(json!({ "propagate": false }))),
        ..PLAIN
    },
    Scenario { kind: ACL, name: "delete", before: Some(a_grant), step: Step::Destroy, ..PLAIN },
    Scenario {
        kind: ACL,
        name: "import",
        step: Step::Import("/datastore/store1?owner@pbs?DatastoreAdmin"),
        ..PLAIN
    },
    Scenario { kind: ACL, name: "list", step: Step::List, ..PLAIN },
    Scenario {
        kind: TOKEN,
        name: "ephemeral: open, renew, close",
        step: Step::Run(a_run),
        ..PLAIN
    },
    Scenario {
        kind: TOKEN,
        name: "ephemeral, its answer lost",
        step: Step::Run(a_run),
        given: Some(("POST", "/access/users/owner@pbs/token/*")),
        ..PLAIN
    },
];

/// What is on the server, without secrets: what it is called, and how it is.
pub(crate) type Server = BTreeMap<String, String>;

/// A server, and what the state holds of the object in question.
pub(crate) struct Stage {
    simulator: Simulator,
    variables: Variables,
    state: State,
    found: usize,
}

impl Scenario {
    /// The requests that it makes when all goes well, but for those at the provider's end, and what the server has then.
    pub(crate) async fn rehearse(&self) -> (Vec<Request>, Server) {
        let mut stage = self.stage().await;
        let mut said = Said::default();
        let requests = Mutex::new(Vec::new());
        let note = |simulator: &Simulator| {
            *requests.lock().expect("nobody panics with it") = simulator.requests();
        };
        self.act(&mut stage, &mut said, note).await;
        assert!(said.errors.is_empty() || self.given.is_some(), "{}: {:?}", self.name, said.errors);
        (requests.into_inner().expect("nobody panics with it"), stage.server())
    }

    /// What is to be seen when one of them goes wrong.
    pub(crate) async fn run(&self, fault: Fault, expected: &Server) -> Facts {
        let mut stage = self.stage().await;
        let mut said = Said::default();
        let before = stage.server();
        let owned = stage.id(self.kind);
        let fault = stage.simulator.fault(fault);
        self.act(&mut stage, &mut said, |simulator| happened(simulator, fault, self.name)).await;
        stage.simulator.clear_faults();
        let first = stage.server();
        let in_state = stage.id(self.kind);
        let secret_works = stage.secret_works();

        let mut next = Said::default();
        self.act(&mut stage, &mut next, |_| {}).await;
        Facts {
            errors: said.errors,
            kept: owned.is_none_or(|id| !first.contains_key(&id) || in_state.as_ref() == Some(&id)),
            made: first.keys().filter(|id| !before.contains_key(*id)).cloned().collect(),
            first_complete: first == *expected,
            in_state,
            secret_works,
            next_errors: next.errors,
            next_complete: stage.server() == *expected,
            next_secret_works: stage.secret_works(),
            settled: self.settled(&mut stage).await,
        }
    }

    async fn stage(&self) -> Stage {
        let simulator = Simulator::start(Settings {
            users: vec!["owner@pbs".into(), "other@pbs".into(), ("boss@pbs", BOSS).into()],
            ..Settings::default()
        });
        simulator.set_time(now());
        simulator.world(|world| {
            world.add_token("owner@pbs!old");
            world.put_acl("/", "boss@pbs", "Admin", true);
            world.put_acl("/datastore/store1", "owner@pbs", "DatastoreAdmin", true);
        });
        let mut variables = Variables::from([
            ("PBS_ENDPOINT", simulator.endpoint()),
            ("PBS_FINGERPRINT", simulator.fingerprint().to_owned()),
            ("PBS_TIMEOUT", "1".to_owned()),
            ("PBS_MAX_RETRIES", "1".to_owned()),
        ]);
        if self.login {
            variables.insert("PBS_USERNAME", "boss@pbs".to_owned());
            variables.insert("PBS_PASSWORD", BOSS.to_owned());
        } else {
            variables.insert("PBS_API_TOKEN", simulator.admin_token().to_owned());
        }
        let mut stage = Stage { simulator, variables, state: State::default(), found: 0 };
        if let Some(config) = self.before {
            let mut said = Said::default();
            stage.apply(self.kind, &config(), &mut said).await;
            assert!(said.errors.is_empty(), "{}: {:?}", self.name, said.errors);
        }
        if matches!(self.step, Step::ReadGone) {
            stage.simulator.world(|world| {
                world.delete_user("new@pbs");
                world.delete_token("owner@pbs!ci");
                world.delete_acl("/datastore/store1", "owner@pbs!old", "DatastoreBackup");
            });
        }
        if let Some((method, path)) = self.given {
            stage.simulator.fault(Fault::new(method, path, FaultKind::DroppedAfter).times(2));
        }
        stage.simulator.clear_requests();
        stage
    }

    /// One run of the operation. `done` is called when the faults have had their chance.
    async fn act(&self, stage: &mut Stage, said: &mut Said, done: impl Fn(&Simulator)) {
        match &self.step {
            Step::Apply(config) => stage.apply(self.kind, &config(), said).await,
            Step::Destroy => {
                let (core, kind) = (stage.core().await, self.kind);
                if core.refresh(kind, &mut stage.state, said).await {
                    core.destroy(kind, &mut stage.state, said).await;
                }
            }
            Step::Import(id) if stage.state.is_empty() => {
                stage.core().await.import(self.kind, id, &mut stage.state, said).await;
            }
            Step::Import(_) | Step::Read | Step::ReadGone => {
                stage.core().await.refresh(self.kind, &mut stage.state, said).await;
            }
            Step::List => stage.found = stage.core().await.list(self.kind, said).await,
            Step::Run(config) => {
                let core = stage.core().await;
                if let Some(mut open) = core.open(self.kind, &config(), said).await {
                    core.renew(self.kind, &mut open, said).await;
                    core.close(self.kind, &open, said).await;
                }
                done(&stage.simulator);
                // At the end the provider tries again what core could not close.
                stage.simulator.clear_faults();
                return core.shutdown().await;
            }
        }
        done(&stage.simulator);
    }

    /// Whether there is nothing left to do.
    async fn settled(&self, stage: &mut Stage) -> bool {
        let mut said = Said::default();
        let core = stage.core().await;
        let settled = match &self.step {
            Step::Apply(config) => {
                core.refresh(self.kind, &mut stage.state, &mut said).await
                    && core.is_settled(self.kind, &stage.state, &config(), &mut said).await
                        == Some(true)
            }
            Step::Read | Step::Import(_) => !stage.state.is_empty(),
            Step::Destroy | Step::ReadGone => stage.state.is_empty(),
            Step::List => stage.found > 0,
            Step::Run(_) => true,
        };
        settled && said.errors.is_empty()
    }
}

#[track_caller]
fn happened(simulator: &Simulator, fault: FaultId, name: &str) {
    assert!(simulator.fault_count(fault) > 0, "{name}: the fault has not happened");
}

impl Stage {
    async fn core(&self) -> Core {
        Core::start(self.variables.clone()).await
    }

    /// `terraform apply`: the plan and its apply have a provider each.
    async fn apply(&mut self, kind: &str, config: &Json, said: &mut Said) {
        let planning = self.core().await;
        if !planning.refresh(kind, &mut self.state, said).await {
            return;
        }
        if planning.is_settled(kind, &self.state, config, said).await == Some(false) {
            self.core().await.change(kind, &mut self.state, config, said).await;
        }
    }

    /// What the state has is called that on the server.
    fn id(&self, kind: &str) -> Option<String> {
        let id = self.state.text("id")?;
        let prefix = kind.trim_start_matches("pbs_");
        Some(format!("{prefix} {id}"))
    }

    fn secret_works(&self) -> Option<bool> {
        let (id, secret) = (self.state.text("id")?, self.state.text("secret")?);
        // Of a token that is gone there is none to be lost.
        let check = |world: &mut pbs_sim::World| {
            world.tokens().contains_key(&id).then(|| world.check_secret(&id, &secret))
        };
        self.simulator.world(check)
    }

    fn server(&self) -> Server {
        self.simulator.world(|world| {
            let users =
                world.users().iter().map(|(id, user)| (format!("user {id}"), format!("{user:?}")));
            let tokens = world.tokens().iter().map(|(id, token)| {
                let pbs_sim::Token { comment, enable, expire, secret: _ } = token;
                (format!("api_token {id}"), format!("{comment:?} {enable:?} {expire:?}"))
            });
            let grants = world.acl().into_iter().map(|entry| {
                let pbs_sim::AclEntry { path, auth_id, role, propagate } = entry;
                (format!("acl {path}?{auth_id}?{role}"), format!("{propagate}"))
            });
            users.chain(tokens).chain(grants).collect()
        })
    }
}

/// The words of an id, all of which an error must have that names it.
pub(crate) fn words(id: &str) -> BTreeSet<&str> {
    let (_, id) = id.split_once(' ').unwrap_or_default();
    id.split('?').collect()
}
