//! How time makes a token expire and rotate: the real Terraform, and a provider whose clock the test moves.

#![cfg(unix)]

#[path = "../acceptance/clis.rs"]
mod clis;
mod hosted;
#[allow(dead_code, reason = "this suite uses its part")]
#[path = "../acceptance/outcome.rs"]
mod outcome;
#[allow(dead_code, reason = "this suite uses its part")]
#[path = "../acceptance/terraform.rs"]
mod terraform;

use std::{
    collections::BTreeSet,
    fs,
    time::{Duration, SystemTime},
};

use pbs_sim::{Settings, Simulator};
use serde_json::Value;

use hosted::Hosted;
use outcome::Plan;
use terraform::Workspace;

const TOKEN: &str = "pbs_api_token.it";
const GRANT: &str = "pbs_acl.it";
const ID: &str = "owner@pbs!ci";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const SECOND: Duration = Duration::from_secs(1);

/// 2030-01-01T00:00:00Z.
const START: u64 = 1_893_456_000;

/// What a rotation of a token with `validity_days` leaves to apply.
const ROTATION: [&str; 4] = ["api_token", "expiration_date", "issued_at", "secret"];

struct World {
    simulator: Simulator,
    provider: Hosted,
    workspace: Workspace,
}

fn every_cli(test: impl Fn(&World)) {
    for cli in clis::clis() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(START);
        let simulator =
            Simulator::start(Settings { users: vec!["owner@pbs".into()], ..Settings::default() });
        simulator.set_time(now);
        simulator.world(|world| world.put_acl("/datastore", "owner@pbs", "DatastoreBackup", true));
        let provider = Hosted::start(&simulator, now);
        let mut workspace = Workspace::new(cli);
        workspace.set("TF_REATTACH_PROVIDERS", &provider.reattach());
        test(&World { simulator, provider, workspace });
    }
}

impl World {
    fn advance(&self, by: Duration) {
        self.provider.advance(by);
        self.simulator.advance(by);
    }

    /// A token with these arguments, and a grant that depends on it.
    fn write(&self, arguments: &str) {
        self.workspace.write(&format!(
            r#"
            terraform {{
              required_providers {{
                pbs = {{
                  source = "pbs-rs/pbs"
                }}
              }}
            }}
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
        self.workspace.settled();
    }

    /// The plan, which leaves the grant and the token's id alone.
    #[track_caller]
    fn plan(&self, arguments: &[&str]) -> Plan {
        let plan = self.workspace.plan(arguments);
        let change = plan.change(TOKEN);
        assert!(matches!(change.actions()[..], ["no-op"] | ["update"]), "{plan}");
        assert!(!change.changed().contains("id"), "{plan}");
        assert_eq!(plan.change(GRANT).actions(), ["no-op"], "{plan}");
        plan
    }

    #[track_caller]
    fn text(&self, attribute: &str) -> String {
        let state = self.workspace.state(TOKEN);
        let text = state[attribute].as_str();
        text.unwrap_or_else(|| panic!("the state has no {attribute}")).to_owned()
    }

    fn lets_in(&self, secret: &str) -> bool {
        self.simulator.world(|world| world.check_secret(ID, secret))
    }

    fn expire(&self) -> Option<i64> {
        self.simulator.world(|world| world.tokens()[ID].expire)
    }

    /// What a plan warns of, by the summaries.
    #[track_caller]
    fn warnings(&self) -> Vec<String> {
        let outcome = self.workspace.run(&["plan", "-json"]).succeeded();
        let texts = outcome.diagnostics().into_iter().map(|warning| warning.text());
        texts.filter(|text| !text.contains("overrides are in effect")).collect()
    }
}

fn names(list: &[&str]) -> BTreeSet<String> {
    list.iter().map(|&name| name.to_owned()).collect()
}

#[test]
fn a_secret_is_valid_from_its_second_on_and_renewed_in_its_window() {
    every_cli(|world| {
        world.advance(Duration::from_millis(400));
        world.apply("validity_days = 30\n early_renewal_days = 7");
        let first = world.text("secret");
        assert_eq!(world.text("issued_at"), "2030-01-01T00:00:00Z");
        assert_eq!(world.text("expiration_date"), "2030-01-31T00:00:00Z");
        assert_eq!(world.expire(), Some(START as i64 + 30 * 86_400));

        world.advance(23 * DAY - SECOND);
        world.workspace.settled();

        world.advance(SECOND);
        let plan = world.plan(&["-refresh=false"]);
        assert_eq!(plan.change(TOKEN).actions(), ["no-op"], "{plan}");
        let plan = world.plan(&[]);
        assert_eq!(plan.change(TOKEN).actions(), ["update"], "{plan}");
        assert_eq!(plan.change(TOKEN).unknown(), names(&ROTATION), "{plan}");
        let again = world.plan(&[]);
        assert_eq!(again.change(TOKEN).changed(), plan.change(TOKEN).changed(), "{again}");
        assert!(world.lets_in(&first), "a plan has made another secret");

        world.workspace.apply();
        world.workspace.settled();
        let second = world.text("secret");
        assert!(world.lets_in(&second) && !world.lets_in(&first));
        assert_eq!(world.text("issued_at"), "2030-01-24T00:00:00Z");
        assert_eq!(world.text("expiration_date"), "2030-02-23T00:00:00Z");
        assert_eq!(world.expire(), Some(START as i64 + 53 * 86_400));
        assert_eq!(world.text("api_token"), format!("{ID}:{second}"));
    });
}

#[test]
fn a_window_that_was_missed_renews_too() {
    every_cli(|world| {
        world.apply("validity_days = 30\n early_renewal_days = 7");
        world.advance(400 * DAY);
        let plan = world.plan(&[]);
        assert_eq!(plan.change(TOKEN).unknown(), names(&ROTATION), "{plan}");
        world.workspace.apply();
        world.workspace.settled();
        assert_eq!(world.text("expiration_date"), "2031-03-07T00:00:00Z");
    });
}

#[test]
fn without_a_window_time_alone_renews_nothing() {
    every_cli(|world| {
        world.apply("validity_days = 30");
        world.advance(400 * DAY);
        world.workspace.settled();
    });
}

#[test]
fn a_saved_plan_counts_from_its_apply() {
    every_cli(|world| {
        world.apply("validity_days = 30\n early_renewal_days = 7");
        world.advance(25 * DAY);
        assert_eq!(world.workspace.run(&["plan", "-out=renewal"]).code, Some(0));
        world.advance(DAY);
        world.workspace.run(&["apply", "renewal"]).succeeded();
        assert_eq!(world.text("issued_at"), "2030-01-27T00:00:00Z");
        assert_eq!(world.text("expiration_date"), "2030-02-26T00:00:00Z");
        world.workspace.settled();
    });
}

#[test]
fn other_terms_change_the_end_and_not_the_secret() {
    every_cli(|world| {
        world.apply("validity_days = 30\n early_renewal_days = 7");
        let secret = world.text("secret");
        world.advance(5 * DAY);

        world.write("validity_days = 60\n early_renewal_days = 7");
        let plan = world.plan(&[]);
        let change = plan.change(TOKEN);
        let changed = ["validity_days", "expiration_date", "ready_for_renewal"];
        assert_eq!(change.changed(), names(&changed), "{plan}");
        assert_eq!(change.unknown(), names(&["ready_for_renewal"]), "{plan}");
        world.workspace.apply();
        world.workspace.settled();
        assert_eq!(world.text("expiration_date"), "2030-03-02T00:00:00Z");

        world.write("validity_days = 60\n early_renewal_days = 59");
        let plan = world.plan(&[]);
        let changed = ["early_renewal_days", "ready_for_renewal"];
        assert_eq!(plan.change(TOKEN).changed(), names(&changed), "{plan}");
        world.workspace.apply();
        // The window has begun, so the next plan renews.
        let plan = world.plan(&[]);
        assert_eq!(plan.change(TOKEN).unknown(), names(&ROTATION), "{plan}");

        world.write("");
        let plan = world.plan(&[]);
        assert!(!plan.change(TOKEN).changed().contains("secret"), "{plan}");
        world.workspace.apply();
        world.workspace.settled();
        assert_eq!(world.expire(), None, "without an end it never expires");
        assert_eq!(world.text("secret"), secret);
        assert!(world.lets_in(&secret));
    });
}

#[test]
fn a_term_that_is_given_to_a_token_of_unknown_age_counts_from_then() {
    every_cli(|world| {
        world.simulator.world(|world| drop(world.add_token(ID)));
        world.write("");
        world.workspace.run(&["import", TOKEN, ID]).succeeded();
        world.workspace.apply();
        world.workspace.settled();
        world.advance(3 * DAY);

        world.write("validity_days = 10\n early_renewal_days = 2");
        let plan = world.plan(&[]);
        assert!(!plan.change(TOKEN).changed().contains("secret"), "{plan}");
        world.workspace.apply();
        assert_eq!(world.text("expiration_date"), "2030-01-14T00:00:00Z");
        world.advance(DAY);
        world.workspace.settled();

        world.advance(7 * DAY);
        let plan = world.plan(&[]);
        assert_eq!(plan.change(TOKEN).unknown(), names(&ROTATION), "{plan}");
        world.workspace.apply();
        world.workspace.settled();
        assert!(world.lets_in(&world.text("secret")));
        assert_eq!(world.text("issued_at"), "2030-01-12T00:00:00Z");
        assert_eq!(world.text("expiration_date"), "2030-01-22T00:00:00Z");
    });
}

/// Without it: a rotation that the server has carried out and nobody knows of, and a state that holds the secret before for as long
/// as the new one is valid.
#[test]
fn a_rotation_of_unknown_age_whose_answer_never_came_is_made_again() {
    every_cli(|world| {
        world.simulator.world(|world| drop(world.add_token(ID)));
        world.write("validity_days = 10\n early_renewal_days = 2");
        world.workspace.run(&["import", TOKEN, ID]).succeeded();
        world.workspace.apply();
        world.advance(8 * DAY);
        world.simulator.world(|world| {
            world.token_mut(ID).expect("it is there").expire = Some(START as i64 + 18 * 86_400);
        });
        for _ in 0..2 {
            let plan = world.plan(&[]);
            assert_eq!(plan.change(TOKEN).unknown(), names(&ROTATION), "{plan}");
            world.workspace.run(&["apply", "-refresh-only", "-auto-approve"]).succeeded();
        }
        world.workspace.apply();
        world.workspace.settled();
        assert!(world.lets_in(&world.text("secret")));
    });
}

#[test]
fn the_end_of_a_token_of_unknown_age_is_counted_anew_when_somebody_has_removed_it() {
    every_cli(|world| {
        world.simulator.world(|world| drop(world.add_token(ID)));
        world.write("validity_days = 10");
        world.workspace.run(&["import", TOKEN, ID]).succeeded();
        world.workspace.apply();
        world.advance(DAY);
        world.simulator.world(|world| world.token_mut(ID).expect("it is there").expire = None);
        let plan = world.plan(&[]);
        assert_eq!(plan.change(TOKEN).changed(), names(&["expiration_date"]), "{plan}");
        world.workspace.apply();
        world.workspace.settled();
        assert_eq!(world.expire(), Some(START as i64 + 11 * 86_400));
    });
}

#[test]
fn a_window_that_is_not_known_yet_may_turn_out_to_be_none() {
    every_cli(|world| {
        world.apply("validity_days = 10\n early_renewal_days = 2");
        world.advance(9 * DAY);
        let secret = world.text("secret");
        world.write("validity_days = 10\n early_renewal_days = terraform_data.later.output == \"x\" ? 2 : null");
        let later = "resource \"terraform_data\" \"later\" {\n  input = \"y\"\n}\n";
        fs::write(world.workspace.directory().join("later.tf"), later).expect("another file");
        world.workspace.apply();
        world.workspace.settled();
        assert_eq!(world.text("secret"), secret);
    });
}

#[test]
fn an_end_that_somebody_moved_is_moved_back() {
    every_cli(|world| {
        world.apply("validity_days = 30");
        let secret = world.text("secret");
        for moved in [None, Some(START as i64 + 1), Some(START as i64 + 900 * 86_400)] {
            world.simulator.world(|world| {
                world.token_mut(ID).expect("it was made").expire = moved;
            });
            let plan = world.plan(&[]);
            let change = plan.change(TOKEN);
            assert_eq!(change.changed(), names(&["expiration_date"]), "{plan}");
            assert_eq!(change.unknown(), names(&[]), "{plan}");
            world.workspace.apply();
            world.workspace.settled();
            assert_eq!(world.expire(), Some(START as i64 + 30 * 86_400));
        }
        assert_eq!(world.text("secret"), secret);
    });
}

#[test]
fn an_end_in_the_past_is_warned_of_when_it_is_set_and_not_again() {
    every_cli(|world| {
        world.write("expiration_date = \"2029-12-31T23:59:59Z\"");
        let warnings = world.warnings();
        assert!(warnings[0].contains("in the past"), "{warnings:?}");
        world.workspace.apply();
        assert_eq!(world.warnings(), Vec::<String>::new());
        world.write("expiration_date = \"2029-12-31T23:59:59Z\"\n comment = \"another\"");
        assert_eq!(world.warnings(), Vec::<String>::new());
        // The same moment is no other date.
        world.write("expiration_date = \"2030-01-01T00:59:59+01:00\"");
        assert_eq!(world.warnings(), Vec::<String>::new());
        world.write("expiration_date = \"2030-01-01T00:00:00Z\"");
        assert_eq!(world.warnings().len(), 1);
        world.write("expiration_date = \"2030-01-01T00:00:01Z\"");
        assert_eq!(world.warnings(), Vec::<String>::new());
    });
}

#[test]
fn what_somebody_did_on_the_server_is_told_once() {
    every_cli(|world| {
        world.apply("");
        let disturb = |change: fn(&mut pbs_sim::Token)| {
            world.simulator.world(|world| change(world.token_mut(ID).expect("it was made")));
        };
        disturb(|token| token.enable = Some(false));
        let warnings = world.warnings();
        assert!(warnings.len() == 1 && warnings[0].contains("disabled"), "{warnings:?}");
        world.write("enabled = false");
        world.workspace.apply();
        assert_eq!(world.warnings(), Vec::<String>::new());

        disturb(|token| token.expire = Some(START as i64 - 1));
        let warnings = world.warnings();
        assert!(warnings.len() == 1 && warnings[0].contains("date in the past"), "{warnings:?}");
        world.write("enabled = false\n expiration_date = \"2029-12-31T23:59:59Z\"");
        world.workspace.apply();
        assert_eq!(world.warnings(), Vec::<String>::new());
    });
}

#[test]
fn the_clock_of_the_test_is_the_clock_of_the_provider() {
    every_cli(|world| {
        world.advance(1000 * DAY);
        world.apply("validity_days = 1");
        assert_eq!(world.text("issued_at"), "2032-09-27T00:00:00Z");
        let state: Value = world.workspace.state(TOKEN);
        assert_eq!(state["ready_for_renewal"], false);
    });
}
