//! A server that cannot be reached or does not answer must not empty the state. The provider is
//! allowed to remove an object from the state only if the server says that the object does not
//! exist.

use std::net::TcpListener;

use pbs_sim::{Fault, FaultKind};
use test_support::cli::{REQUIRED_PROVIDERS, World, every_cli};

use crate::case::{Case, every_row};

/// A situation in which the provider cannot read all objects on the server.
pub(crate) struct Outage {
    pub(crate) name: &'static str,
    cause: Cause,
    /// The error must contain at least one of these words.
    pub(crate) reason: &'static [&'static str],
}

enum Cause {
    /// An environment variable of the provider gets another value.
    Configured(fn(&World) -> (&'static str, String)),
    /// A fault of the simulator.
    Simulated(fn() -> FaultKind),
}

pub(crate) const WRONG_SECRET: &str = "a wrong secret";
pub(crate) const NO_PRIVILEGES: &str = "a token without privileges";

pub(crate) const OUTAGES: &[Outage] = &[
    Outage {
        name: "no server listens",
        cause: Cause::Configured(|_| {
            ("PBS_ENDPOINT", format!("https://127.0.0.1:{}", closed_port()))
        }),
        reason: &["refused"],
    },
    Outage {
        name: "a wrong base path",
        cause: Cause::Configured(|world| {
            ("PBS_ENDPOINT", format!("{}/elsewhere", world.endpoint()))
        }),
        reason: &["404"],
    },
    Outage {
        name: "another certificate",
        cause: Cause::Configured(|_| ("PBS_FINGERPRINT", ["00"; 32].join(":"))),
        reason: &["fingerprint", "certificate"],
    },
    Outage {
        name: WRONG_SECRET,
        cause: Cause::Configured(|_| {
            ("PBS_API_TOKEN", "root@pam!nobody:00000000-0000-0000-0000-000000000000".into())
        }),
        reason: &["authentication failed"],
    },
    Outage {
        name: NO_PRIVILEGES,
        cause: Cause::Configured(|world| ("PBS_API_TOKEN", world.powerless_token())),
        reason: &["permission", "Sys.Audit", "lacks the privilege"],
    },
    Outage {
        name: "500",
        cause: Cause::Simulated(|| FaultKind::Status(500, "out of order".into())),
        reason: &["500"],
    },
    Outage {
        name: "a proxy that reaches nothing",
        cause: Cause::Simulated(|| FaultKind::Html502),
        reason: &["502"],
    },
    Outage {
        name: "a cut connection",
        cause: Cause::Simulated(|| FaultKind::DroppedBefore),
        reason: &["connection", "closed"],
    },
    Outage {
        name: "half a response",
        cause: Cause::Simulated(|| FaultKind::Truncated),
        reason: &["connection", "body", "answer"],
    },
];

impl Outage {
    /// Begins the outage. Run each command during the outage with the returned environment
    /// variable. If the outage needs the simulator and the server is a real one, returns `None`.
    pub(crate) fn begin(&self, world: &World) -> Option<(&'static str, String)> {
        match self.cause {
            Cause::Configured(setting) => Some(setting(world)),
            Cause::Simulated(kind) => {
                world.simulator(self.name)?.fault(Fault::new("*", "**", kind()));
                Some(("PBS_ENDPOINT", world.endpoint().to_owned()))
            }
        }
    }

    pub(crate) fn end(&self, world: &World) {
        if let Cause::Simulated(_) = self.cause {
            world.simulator(self.name).expect("the simulator has the fault").clear_faults();
        }
    }
}

/// Guards against an empty state after a short network failure, a mistake in the URL or a revoked
/// token. If the state were empty, the next apply would create everything a second time, with new
/// secrets.
#[test]
fn a_refresh_during_an_outage_fails_and_keeps_the_state() {
    every_row(|case| {
        let Case { row, world, workspace } = case;
        case.apply_stage(row.full());
        let state = case.state_file();
        for outage in OUTAGES {
            let Outage { name, reason, .. } = outage;
            let Some((variable, value)) = outage.begin(world) else { continue };
            let variables = [(variable, value.as_str()), ("PBS_MAX_RETRIES", "0")];
            // This command stores the result of a refresh in the state. Missing objects would
            // therefore be removed from the state.
            let arguments = ["apply", "-refresh-only", "-auto-approve", "-json"];
            let errors = workspace.run_with_env(&variables, &arguments).errors();
            for error in &errors {
                let text = error.text();
                // Without the privilege to see all grants, PBS does not refuse the request, but
                // omits grants from the list. In this case, the error comes from the provider: it
                // names the missing privilege and its ACL path instead of a request.
                assert!(
                    text.contains("GET /") || text.contains("` on `/"),
                    "{name}: the error names neither the request nor a missing privilege:\n{error}"
                );
                assert!(
                    reason.iter().any(|reason| text.contains(reason)),
                    "{name}: the error does not name the reason:\n{error}"
                );
            }
            outage.end(world);
            // assert_eq would print the secrets of the state.
            assert!(
                case.state_file()["resources"] == state["resources"],
                "{name}: the state has changed"
            );
            workspace.assert_plan_is_empty();
        }
    });
}

/// A real server takes three seconds to refuse a request. The provider must therefore not send
/// further requests with a refused token.
#[test]
fn a_refused_token_causes_one_request_and_one_full_error() {
    every_cli(|world| {
        let Some(simulator) = world.simulator("the number of requests") else { return };
        let workspace = world.workspace();
        let blocks = (0..15).map(|number| {
            format!(
                r#"
                data "pbs_users" "number_{number}" {{}}

                data "pbs_permissions" "number_{number}" {{
                  path = "/datastore/store{number}"
                }}
                "#
            )
        });
        workspace.write(&format!("{REQUIRED_PROVIDERS}{}", blocks.collect::<String>()));
        simulator.clear_requests();
        let variables = [("PBS_API_TOKEN", "root@pam!none:00000000-0000-0000-0000-000000000000")];
        let errors = workspace.run_with_env(&variables, &["plan", "-json"]).errors();
        let texts: Vec<_> = errors.iter().map(|error| error.text()).collect();
        let full = texts.iter().filter(|text| text.contains("Check the token or ticket")).count();
        assert_eq!((texts.len(), full, simulator.requests().len()), (30, 1, 1), "{texts:#?}");
        assert!(texts.iter().all(|text| text.contains("401 authentication failed")), "{texts:#?}");
    });
}

/// A port on which no server listens.
pub(crate) fn closed_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("the listener has an address").port()
}
