//! Warnings about clocks that differ. The provider calculates times with the clock of the machine
//! that runs Terraform. If this clock differs from the clock of the server, the provider warns.

use std::time::Duration;

use test_support::cli::{Outcome, REQUIRED_PROVIDERS, Workspace, World, every_cli};
use xtask::release::Feature;

use crate::features::every_cli_with;

const SUMMARY: &str = "The clocks of this machine and of the server differ\n";

/// The warnings about the clocks.
#[track_caller]
fn warnings(outcome: Outcome) -> Vec<String> {
    let texts = outcome.succeeded().diagnostics().into_iter().map(|warning| warning.text());
    texts.filter(|text| text.starts_with(SUMMARY)).collect()
}

#[track_caller]
fn apply(workspace: &Workspace) -> Vec<String> {
    warnings(workspace.run(&["apply", "-auto-approve", "-json"]))
}

fn write(workspace: &Workspace, world: &World, arguments: &str) {
    let text = format!(
        "resource \"pbs_api_token\" \"it\" {{\n user_id = \"<user>\"\n token_name = \"<token>\"\n {arguments}\n}}\n"
    );
    workspace.write(&format!("{REQUIRED_PROVIDERS}{}", world.names.insert_into(&text)));
}

#[test]
fn a_difference_of_more_than_a_minute_is_a_warning_where_a_time_is_calculated() {
    every_cli(|world| {
        let Some(simulator) = world.simulator("a clock that differs") else { return };
        for (seconds, expected) in [(0, 0), (30, 0), (7200, 1)] {
            simulator.advance(Duration::from_secs(seconds));
            let workspace = world.workspace();
            // Each step has its arguments, and the number of warnings if the clocks differ.
            for (arguments, calculations) in [
                ("comment = \"no time\"\n rotation_triggers = { a = 1 }", 0),
                ("expiration_date = \"2100-01-01T00:00:00Z\"\n rotation_triggers = { a = 1 }", 0),
                ("validity_days = 30\n rotation_triggers = { a = 1 }", 1),
                ("validity_days = 30\n comment = \"no time\"\n rotation_triggers = { a = 1 }", 0),
                ("validity_days = 30\n rotation_triggers = { a = 2 }", 1),
                // The plan compares the date with the clock, and so does the second plan during the
                // apply.
                ("expiration_date = \"2001-01-01T00:00:00Z\"", 2),
            ] {
                write(&workspace, world, arguments);
                let shown = apply(&workspace);
                assert_eq!(
                    shown.len(),
                    expected * calculations,
                    "{seconds} s, {arguments}: {shown:?}"
                );
                assert!(shown.iter().all(|text| text.contains("behind the clock")), "{shown:?}");
            }
            workspace.destroy();

            write(&workspace, world, "validity_days = 30\n early_renewal_days = 3");
            let shown = apply(&workspace);
            assert_eq!(shown.len(), expected, "{seconds} s, a new token: {shown:?}");
            workspace.assert_plan_is_empty();
            // Clocks that still differ must not cause a warning in every plan.
            assert_eq!(warnings(workspace.run(&["plan", "-json"])), [""; 0]);
            workspace.destroy();
        }
    });
}

#[test]
fn an_ephemeral_token_is_a_warning_if_the_clocks_differ() {
    every_cli_with(Feature::Ephemeral, |world| {
        let Some(simulator) = world.simulator("a clock that differs") else { return };
        let workspace = world.workspace();
        let text = format!(
            "{REQUIRED_PROVIDERS}ephemeral \"pbs_api_token\" \"it\" {{\n user_id = \"<user>\"\n}}\n"
        );
        workspace.write(&world.names.insert_into(&text));
        assert_eq!(warnings(workspace.run(&["plan", "-json"])), [""; 0]);
        // The clock of the server is behind.
        simulator.set_time(simulator.time() - Duration::from_secs(3700));
        let shown = warnings(workspace.run(&["plan", "-json"]));
        assert_eq!(shown.len(), 1, "{shown:?}");
        assert!(shown[0].contains("ahead of the clock"), "{shown:?}");
    });
}
