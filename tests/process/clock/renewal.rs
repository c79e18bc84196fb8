//! The provider rotates (replaces) the secret of a token in the renewal window. The renewal window
//! begins `early_renewal_days` before the secret expires.

use std::{fs, time::Duration};

use super::{DAY, ID, ROTATION, SECOND, START, TOKEN, every_cli, names};

#[test]
fn a_plan_rotates_the_secret_as_soon_as_the_renewal_window_begins() {
    every_cli(|world| {
        world.advance(Duration::from_millis(400));
        world.apply("validity_days = 30\n early_renewal_days = 7");
        let first_secret = world.text("secret");
        assert_eq!(world.text("issued_at"), "2030-01-01T00:00:00Z");
        assert_eq!(world.text("expiration_date"), "2030-01-31T00:00:00Z");
        assert_eq!(world.expiration(), Some(START as i64 + 30 * 86_400));

        world.advance(23 * DAY - SECOND);
        world.workspace.assert_plan_is_empty();

        world.advance(SECOND);
        let plan = world.plan(&["-refresh=false"]);
        assert_eq!(plan.change(TOKEN).actions(), ["no-op"], "{plan}");
        let plan = world.plan(&[]);
        assert_eq!(plan.change(TOKEN).actions(), ["update"], "{plan}");
        assert_eq!(plan.change(TOKEN).unknown(), names(&ROTATION), "{plan}");
        let second_plan = world.plan(&[]);
        assert_eq!(
            second_plan.change(TOKEN).changed(),
            plan.change(TOKEN).changed(),
            "{second_plan}"
        );
        assert!(world.accepts(&first_secret), "a plan has changed the secret");

        world.workspace.apply();
        world.workspace.assert_plan_is_empty();
        let second_secret = world.text("secret");
        assert!(world.accepts(&second_secret) && !world.accepts(&first_secret));
        assert_eq!(world.text("issued_at"), "2030-01-24T00:00:00Z");
        assert_eq!(world.text("expiration_date"), "2030-02-23T00:00:00Z");
        assert_eq!(world.expiration(), Some(START as i64 + 53 * 86_400));
        assert_eq!(world.text("api_token"), format!("{ID}:{second_secret}"));
    });
}

#[test]
fn a_rotation_that_is_due_only_by_a_wrong_clock_is_planned_with_one_warning() {
    every_cli(|world| {
        world.apply("validity_days = 30\n early_renewal_days = 7");
        world.advance(23 * DAY - SECOND);
        world.workspace.assert_plan_is_empty();
        // Only the clock of the machine that runs Terraform moves.
        world.provider.advance(Duration::from_secs(7200));
        let outcome = world.workspace.run(&["plan", "-json"]).succeeded();
        let texts: Vec<_> = outcome.diagnostics().iter().map(|it| it.text()).collect();
        let about_clocks: Vec<_> =
            texts.iter().filter(|text| text.starts_with("The clocks of this machine")).collect();
        assert_eq!(about_clocks.len(), 1, "{texts:?}");
        assert!(about_clocks[0].contains("2h ahead of"), "{texts:?}");
        let plan = world.plan(&[]);
        assert_eq!(plan.change(TOKEN).unknown(), names(&ROTATION), "{plan}");
    });
}

#[test]
fn a_secret_is_rotated_even_after_the_token_has_expired() {
    every_cli(|world| {
        world.apply("validity_days = 30\n early_renewal_days = 7");
        world.advance(400 * DAY);
        let plan = world.plan(&[]);
        assert_eq!(plan.change(TOKEN).unknown(), names(&ROTATION), "{plan}");
        world.workspace.apply();
        world.workspace.assert_plan_is_empty();
        assert_eq!(world.text("expiration_date"), "2031-03-07T00:00:00Z");
    });
}

#[test]
fn without_early_renewal_days_an_expired_secret_is_not_rotated() {
    every_cli(|world| {
        world.apply("validity_days = 30");
        world.advance(400 * DAY);
        world.workspace.assert_plan_is_empty();
    });
}

#[test]
fn validity_days_count_from_the_apply_of_a_saved_plan() {
    every_cli(|world| {
        world.apply("validity_days = 30\n early_renewal_days = 7");
        world.advance(25 * DAY);
        assert_eq!(world.workspace.run(&["plan", "-out=renewal"]).code, Some(0));
        world.advance(DAY);
        world.workspace.run(&["apply", "renewal"]).succeeded();
        assert_eq!(world.text("issued_at"), "2030-01-27T00:00:00Z");
        assert_eq!(world.text("expiration_date"), "2030-02-26T00:00:00Z");
        world.workspace.assert_plan_is_empty();
    });
}

#[test]
fn validity_days_of_an_imported_token_count_from_the_apply_that_adds_them() {
    every_cli(|world| {
        world.simulator.world(|world| drop(world.add_token(ID)));
        world.write("");
        world.workspace.run(&["import", TOKEN, ID]).succeeded();
        world.workspace.apply();
        world.workspace.assert_plan_is_empty();
        world.advance(3 * DAY);

        world.write("validity_days = 10\n early_renewal_days = 2");
        let plan = world.plan(&[]);
        assert!(!plan.change(TOKEN).changed().contains("secret"), "{plan}");
        world.workspace.apply();
        assert_eq!(world.text("expiration_date"), "2030-01-14T00:00:00Z");
        world.advance(DAY);
        world.workspace.assert_plan_is_empty();

        world.advance(7 * DAY);
        let plan = world.plan(&[]);
        assert_eq!(plan.change(TOKEN).unknown(), names(&ROTATION), "{plan}");
        world.workspace.apply();
        world.workspace.assert_plan_is_empty();
        assert!(world.accepts(&world.text("secret")));
        assert_eq!(world.text("issued_at"), "2030-01-12T00:00:00Z");
        assert_eq!(world.text("expiration_date"), "2030-01-22T00:00:00Z");
    });
}

/// If PBS has rotated a secret, but its response did not arrive, the provider must rotate the
/// secret again. Otherwise, the state would keep the old secret until the new secret expires.
#[test]
fn a_rotation_of_an_imported_token_is_repeated_after_a_lost_response() {
    every_cli(|world| {
        world.simulator.world(|world| drop(world.add_token(ID)));
        world.write("validity_days = 10\n early_renewal_days = 2");
        world.workspace.run(&["import", TOKEN, ID]).succeeded();
        world.workspace.apply();
        world.advance(8 * DAY);
        // The response to the rotation was lost, but the server has set the new expiration.
        world.simulator.world(|world| {
            world.token_mut(ID).expect("the token exists").expire =
                Some(START as i64 + 18 * 86_400);
        });
        for _ in 0..2 {
            let plan = world.plan(&[]);
            assert_eq!(plan.change(TOKEN).unknown(), names(&ROTATION), "{plan}");
            world.workspace.run(&["apply", "-refresh-only", "-auto-approve"]).succeeded();
        }
        world.workspace.apply();
        world.workspace.assert_plan_is_empty();
        assert!(world.accepts(&world.text("secret")));
    });
}

#[test]
fn early_renewal_days_that_are_unknown_in_the_plan_and_then_null_rotate_nothing() {
    every_cli(|world| {
        world.apply("validity_days = 10\n early_renewal_days = 2");
        world.advance(9 * DAY);
        let secret = world.text("secret");
        world.write("validity_days = 10\n early_renewal_days = terraform_data.later.output == \"x\" ? 2 : null");
        let later = "resource \"terraform_data\" \"later\" {\n  input = \"y\"\n}\n";
        fs::write(world.workspace.directory().join("later.tf"), later).expect("another file");
        world.workspace.apply();
        world.workspace.assert_plan_is_empty();
        assert_eq!(world.text("secret"), secret);
    });
}
