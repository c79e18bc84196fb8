//! Lost responses that contain a secret, with the real Terraform. `tests/faults` tests every
//! combination of lost responses over the plugin protocol.

use std::time::Duration;

use pbs_sim::{Fault, FaultKind};
use test_support::cli::every_cli;

use super::{TOKEN, api_token, applied, configuration, errors, flat, token, token_and_grants};

const TOKENS: &str = "/access/users/*/token/*";

fn generation(n: u8) -> String {
    token_and_grants(&format!("rotation_triggers = {{ n = \"{n}\" }}"))
}

#[test]
fn after_a_rotation_without_a_response_the_next_apply_replaces_the_secret_that_does_not_work() {
    every_cli(|world| {
        let Some(simulator) = world.simulator("responses that get lost") else { return };
        let workspace = applied(world, &generation(1));
        let old = api_token(&workspace);
        workspace.write(&configuration(world, &generation(2)));
        simulator.fault(Fault::new("PUT", TOKENS, FaultKind::DroppedAfter));
        let text = flat(&errors(workspace.run(&["apply", "-auto-approve", "-json"])));
        simulator.clear_faults();
        let id = world.names.insert_into("<user>!<token>");
        for part in [id.as_str(), "may no longer be valid", "Apply again"] {
            assert!(text.contains(part), "{part} is not in: {text}");
        }
        assert!(!world.api_as(&old).accepts_credential(), "the server has not rotated the token");
        // The configuration is the one before the rotation. The refresh finds out that the secret
        // in the state does not work.
        workspace.write(&configuration(world, &generation(1)));
        let warnings = super::plan_warnings(&workspace);
        let expected = format!("The secret of {id} does not work");
        assert!(warnings.iter().any(|text| text.contains(&expected)), "{warnings:?}");
        assert!(workspace.plan(&[]).change(TOKEN).unknown().contains("secret"));
        workspace.apply();
        workspace.assert_plan_is_empty();
        assert!(world.api_as(&api_token(&workspace)).accepts_credential());
    });
}

/// PBS carries out a request even after its client has disconnected. The provider must find the
/// token that such a request creates, and must get a secret for it.
#[test]
fn a_token_that_the_server_creates_late_gets_a_secret_that_works() {
    every_cli(|world| {
        let Some(simulator) = world.simulator("a server that is slow") else { return };
        let workspace = world.workspace();
        workspace.write(&configuration(world, &token("")));
        let late = FaultKind::Late(Duration::from_secs(5));
        let fault = simulator.fault(Fault::new("POST", TOKENS, late).times(1));
        workspace.apply();
        assert_eq!(simulator.fault_count(fault), 1);
        assert_eq!(simulator.requests_to("PUT", TOKENS).len(), 1, "one request for a secret");
        workspace.assert_plan_is_empty();
        assert!(world.api_as(&api_token(&workspace)).accepts_credential());
    });
}
