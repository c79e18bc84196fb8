//! A server that cannot be asked, or does not answer, must never cost the state: what may be gone is not gone.

use std::net::TcpListener;

use pbs_sim::{Fault, FaultKind};
use test_support::cli::World;

use crate::case::{Case, every_row};

pub(crate) struct Outage {
    pub(crate) what: &'static str,
    how: How,
    /// One of these is in the error, beside what was asked for.
    pub(crate) reason: &'static [&'static str],
}

enum How {
    /// The provider is configured otherwise.
    Configured(fn(&World) -> (&'static str, String)),
    /// The simulator fails on demand.
    Simulated(fn() -> FaultKind),
}

pub(crate) const OUTAGES: &[Outage] = &[
    Outage {
        what: "nobody listens there",
        how: How::Configured(|_| ("PBS_ENDPOINT", format!("https://127.0.0.1:{}", closed_port()))),
        reason: &["refused"],
    },
    Outage {
        what: "a wrong base path",
        how: How::Configured(|world| ("PBS_ENDPOINT", format!("{}/elsewhere", world.endpoint()))),
        reason: &["404"],
    },
    Outage {
        what: "another certificate",
        how: How::Configured(|_| ("PBS_FINGERPRINT", ["00"; 32].join(":"))),
        reason: &["fingerprint", "certificate"],
    },
    Outage {
        what: "a wrong secret",
        how: How::Configured(|_| {
            ("PBS_API_TOKEN", "root@pam!nobody:00000000-0000-0000-0000-000000000000".into())
        }),
        reason: &["authentication failed"],
    },
    Outage {
        what: "a token without rights",
        how: How::Configured(|world| ("PBS_API_TOKEN", world.powerless_token())),
        reason: &["permission", "Sys.Audit"],
    },
    Outage {
        what: "500",
        how: How::Simulated(|| FaultKind::Status(500, "out of order".into())),
        reason: &["500"],
    },
    Outage {
        what: "a proxy that reaches nothing",
        how: How::Simulated(|| FaultKind::Html502),
        reason: &["502"],
    },
    Outage {
        what: "a cut connection",
        how: How::Simulated(|| FaultKind::DroppedBefore),
        reason: &["connection", "closed"],
    },
    Outage {
        what: "half an answer",
        how: How::Simulated(|| FaultKind::Truncated),
        reason: &["connection", "body", "answer"],
    },
];

impl Outage {
    /// Lets it happen to whoever runs with this variable set; `None` where this server cannot be made to.
    pub(crate) fn begin(&self, world: &World) -> Option<(&'static str, String)> {
        match self.how {
            How::Configured(setting) => Some(setting(world)),
            How::Simulated(kind) => {
                world.simulator(self.what)?.fault(Fault::new("*", "**", kind()));
                Some(("PBS_ENDPOINT", world.endpoint().to_owned()))
            }
        }
    }

    pub(crate) fn end(&self, world: &World) {
        if let How::Simulated(_) = self.how {
            world.simulator(self.what).expect("it made the fault").clear_faults();
        }
    }
}

/// Without it: a network that is down for a minute, a typing error in the URL or a token that was taken away empties the state, and
/// the next apply makes everything a second time, with new secrets.
#[test]
fn an_outage_keeps_the_state() {
    every_row(|case| {
        let Case { row, world, workspace } = case;
        case.reach(row.full());
        let good = case.state_file();
        for outage in OUTAGES {
            let Outage { what, reason, .. } = outage;
            let Some((name, value)) = outage.begin(world) else { continue };
            let variables = [(name, value.as_str()), ("PBS_MAX_RETRIES", "0")];
            // A refresh alone would write to the state whatever it believes to be gone.
            let arguments = ["apply", "-refresh-only", "-auto-approve", "-json"];
            let errors = workspace.run_with(&variables, &arguments).errors();
            for error in &errors {
                let text = error.text();
                assert!(
                    text.contains("/access/"),
                    "{what}: it does not say what was asked for:\n{error}"
                );
                assert!(
                    reason.iter().any(|reason| text.contains(reason)),
                    "{what}: the reason is not named:\n{error}"
                );
            }
            outage.end(world);
            // Not assert_eq: the state holds secrets.
            assert!(
                case.state_file()["resources"] == good["resources"],
                "{what}: the state has changed"
            );
            workspace.assert_plan_is_empty();
        }
    });
}

/// A port that was free a moment ago.
fn closed_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("it is bound").port()
}
