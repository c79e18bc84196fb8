//! The expiration date of a token, and changes of this date outside of Terraform.

use serde_json::Value;

use super::{DAY, ID, ROTATION, START, TOKEN, every_cli, names};

#[test]
fn a_change_of_validity_days_changes_the_expiration_and_not_the_secret() {
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
        world.workspace.assert_plan_is_empty();
        assert_eq!(world.text("expiration_date"), "2030-03-02T00:00:00Z");

        world.write("validity_days = 60\n early_renewal_days = 59");
        let plan = world.plan(&[]);
        let changed = ["early_renewal_days", "ready_for_renewal"];
        assert_eq!(plan.change(TOKEN).changed(), names(&changed), "{plan}");
        world.workspace.apply();
        // The renewal window has begun, so the next plan rotates the secret.
        let plan = world.plan(&[]);
        assert_eq!(plan.change(TOKEN).unknown(), names(&ROTATION), "{plan}");

        world.write("");
        let plan = world.plan(&[]);
        assert!(!plan.change(TOKEN).changed().contains("secret"), "{plan}");
        world.workspace.apply();
        world.workspace.assert_plan_is_empty();
        assert_eq!(world.expiration(), None, "without validity_days the token never expires");
        assert_eq!(world.text("secret"), secret);
        assert!(world.accepts(&secret));
    });
}

#[test]
fn a_removed_expiration_of_an_imported_token_is_computed_again() {
    every_cli(|world| {
        world.simulator.world(|world| drop(world.add_token(ID)));
        world.write("validity_days = 10");
        world.workspace.run(&["import", TOKEN, ID]).succeeded();
        world.workspace.apply();
        world.advance(DAY);
        world.simulator.world(|world| world.token_mut(ID).expect("the token exists").expire = None);
        let plan = world.plan(&[]);
        assert_eq!(plan.change(TOKEN).changed(), names(&["expiration_date"]), "{plan}");
        world.workspace.apply();
        world.workspace.assert_plan_is_empty();
        assert_eq!(world.expiration(), Some(START as i64 + 11 * 86_400));
    });
}

#[test]
fn an_expiration_changed_outside_of_terraform_is_restored() {
    every_cli(|world| {
        world.apply("validity_days = 30");
        let secret = world.text("secret");
        for changed_date in [None, Some(START as i64 + 1), Some(START as i64 + 900 * 86_400)] {
            world.simulator.world(|world| {
                world.token_mut(ID).expect("the token exists").expire = changed_date;
            });
            let plan = world.plan(&[]);
            let change = plan.change(TOKEN);
            assert_eq!(change.changed(), names(&["expiration_date"]), "{plan}");
            assert_eq!(change.unknown(), names(&[]), "{plan}");
            world.workspace.apply();
            world.workspace.assert_plan_is_empty();
            assert_eq!(world.expiration(), Some(START as i64 + 30 * 86_400));
        }
        assert_eq!(world.text("secret"), secret);
    });
}

#[test]
fn an_unchanged_expiration_in_the_past_causes_no_warning() {
    every_cli(|world| {
        world.write("expiration_date = \"2029-12-31T23:59:59Z\"");
        let warnings = world.warnings();
        assert!(warnings[0].contains("in the past"), "{warnings:?}");
        world.workspace.apply();
        assert_eq!(world.warnings(), Vec::<String>::new());
        world.write("expiration_date = \"2029-12-31T23:59:59Z\"\n comment = \"another\"");
        assert_eq!(world.warnings(), Vec::<String>::new());
        // The same time in another time zone is no change.
        world.write("expiration_date = \"2030-01-01T00:59:59+01:00\"");
        assert_eq!(world.warnings(), Vec::<String>::new());
        world.write("expiration_date = \"2030-01-01T00:00:00Z\"");
        assert_eq!(world.warnings().len(), 1);
        world.write("expiration_date = \"2030-01-01T00:00:01Z\"");
        assert_eq!(world.warnings(), Vec::<String>::new());
    });
}

#[test]
fn disabling_or_expiring_a_token_outside_of_terraform_causes_a_warning() {
    every_cli(|world| {
        world.apply("");
        let change_outside = |change: fn(&mut pbs_sim::Token)| {
            world.simulator.world(|world| change(world.token_mut(ID).expect("the token exists")));
        };
        change_outside(|token| token.enable = Some(false));
        let warnings = world.warnings();
        assert!(warnings.len() == 1 && warnings[0].contains("disabled"), "{warnings:?}");
        world.write("enabled = false");
        world.workspace.apply();
        assert_eq!(world.warnings(), Vec::<String>::new());

        change_outside(|token| token.expire = Some(START as i64 - 1));
        let warnings = world.warnings();
        assert!(warnings.len() == 1 && warnings[0].contains("date in the past"), "{warnings:?}");
        world.write("enabled = false\n expiration_date = \"2029-12-31T23:59:59Z\"");
        world.workspace.apply();
        assert_eq!(world.warnings(), Vec::<String>::new());
    });
}

#[test]
fn the_provider_uses_the_clock_of_the_test() {
    every_cli(|world| {
        world.advance(1000 * DAY);
        world.apply("validity_days = 1");
        assert_eq!(world.text("issued_at"), "2032-09-27T00:00:00Z");
        let state: Value = world.workspace.state(TOKEN);
        assert_eq!(state["ready_for_renewal"], false);
    });
}
