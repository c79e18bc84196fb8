//! Expiration of tokens, and rotation (replacing the secret) of tokens over time. The tests run the
//! real Terraform, and move the clock of the provider.

mod expiration;
mod renewal;

use std::time::{Duration, SystemTime};

use pbs_sim::{Settings, Simulator};
use test_support::{
    cli::{Plan, REQUIRED_PROVIDERS, Workspace, clis},
    in_process::Reattached,
    values::names,
};

use crate::machine;

const TOKEN: &str = "pbs_api_token.it";
const GRANT: &str = "pbs_acl.it";
const ID: &str = "owner@pbs!ci";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const SECOND: Duration = Duration::from_secs(1);

/// The time at which every test begins: 2030-01-01T00:00:00Z.
const START: u64 = 1_893_456_000;

/// The attributes that are unknown when a rotation of a token with `validity_days` is planned.
const ROTATION: [&str; 4] = ["api_token", "expiration_date", "issued_at", "secret"];

/// A server and a provider whose clocks can be moved, and a workspace that uses them.
struct World {
    simulator: Simulator,
    provider: Reattached,
    workspace: Workspace,
}

/// Runs the test with every tested version of Terraform and OpenTofu, each time with a new server
/// and a new provider.
fn every_cli(test: impl Fn(&World)) {
    let _machine = machine::shared_blocking();
    for cli in clis() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(START);
        let simulator =
            Simulator::start(Settings { users: vec!["owner@pbs".into()], ..Settings::default() });
        simulator.set_time(now);
        simulator.world(|world| world.put_acl("/datastore", "owner@pbs", "DatastoreBackup", true));
        let provider = Reattached::start(&simulator, now);
        let mut workspace = Workspace::new(cli);
        workspace.set_env("TF_REATTACH_PROVIDERS", &provider.reattach());
        test(&World { simulator, provider, workspace });
    }
}

impl World {
    fn advance(&self, by: Duration) {
        self.provider.advance(by);
        self.simulator.advance(by);
    }

    /// Writes a configuration with a token that has these arguments, and a grant (ACL entry) that
    /// depends on the token.
    fn write(&self, arguments: &str) {
        self.workspace.write(&format!(
            r#"{REQUIRED_PROVIDERS}
            resource "pbs_api_token" "it" {{
              user_id    = "owner@pbs"
              token_name = "ci"
              {arguments}
            }}
            resource "pbs_acl" "it" {{
              path    = "/datastore/store1"
              auth_id = pbs_api_token.it.id
              role_id = "DatastoreBackup"
            }}
            "#
        ));
    }

    #[track_caller]
    fn apply(&self, arguments: &str) {
        self.write(arguments);
        self.workspace.apply();
        self.workspace.assert_plan_is_empty();
    }

    /// Plans, and checks that the plan changes neither the grant nor the id of the token.
    #[track_caller]
    fn plan(&self, arguments: &[&str]) -> Plan {
        let plan = self.workspace.plan(arguments);
        let change = plan.change(TOKEN);
        assert!(matches!(change.actions()[..], ["no-op"] | ["update"]), "{plan}");
        assert!(!change.changed().contains("id"), "{plan}");
        assert_eq!(plan.change(GRANT).actions(), ["no-op"], "{plan}");
        plan
    }

    /// An attribute of the token in the state.
    #[track_caller]
    fn text(&self, attribute: &str) -> String {
        let state = self.workspace.state(TOKEN);
        let text = state[attribute].as_str();
        text.unwrap_or_else(|| panic!("the state has no {attribute}")).to_owned()
    }

    fn accepts(&self, secret: &str) -> bool {
        self.simulator.world(|world| world.check_secret(ID, secret))
    }

    /// The expiration of the token on the server, in seconds since 1970.
    fn expiration(&self) -> Option<i64> {
        self.simulator.world(|world| world.tokens()[ID].expire)
    }

    /// The warnings of a plan, without the warning of Terraform about development overrides.
    #[track_caller]
    fn warnings(&self) -> Vec<String> {
        let outcome = self.workspace.run(&["plan", "-json"]).succeeded();
        let texts = outcome.diagnostics().into_iter().map(|warning| warning.text());
        texts.filter(|text| !text.contains("overrides are in effect")).collect()
    }
}
