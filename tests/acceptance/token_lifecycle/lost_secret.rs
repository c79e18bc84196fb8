//! Lost responses that contain a secret, with the real Terraform. `tests/faults` tests every
//! combination of lost responses over the plugin protocol.

use pbs_sim::{Fault, FaultKind};
use test_support::cli::every_cli;

use super::{TOKEN, api_token, applied, configuration, errors, flat, token, token_and_grants};

const TOKENS: &str = "/access/users/*/token/*";

fn generation(n: u8) -> String {
    token_and_grants(&format!("rotation_triggers = {{ n = \"{n}\" }}"))
}

#[test]
fn a_rotation_without_a_response_is_an_error_and_the_next_apply_rotates_again() {
    every_cli(|world| {
        let Some(simulator) = world.simulator("responses that get lost") else { return };
        let workspace = applied(world, &generation(1));
        let old = api_token(&workspace);
        workspace.write(&configuration(world, &generation(2)));
        simulator.fault(Fault::new("PUT", TOKENS, FaultKind::DroppedAfter));
        let text = flat(&errors(workspace.run(&["apply", "-auto-approve", "-json"])));
        simulator.clear_faults();
        let id = world.names.fill("<user>!<token>");
        for part in [id.as_str(), "may no longer be valid", "Apply again"] {
            assert!(text.contains(part), "{part} is not in: {text}");
        }
        assert!(!world.api_as(&old).accepts_credential(), "the server has not rotated the token");
        workspace.apply();
        workspace.assert_plan_is_empty();
        assert!(world.api_as(&api_token(&workspace)).accepts_credential());
    });
}

#[test]
fn a_creation_without_a_response_is_completed_by_the_next_apply() {
    every_cli(|world| {
        let Some(simulator) = world.simulator("a server that hangs") else { return };
        let workspace = world.workspace();
        workspace.write(&configuration(world, &token("")));
        simulator.fault(Fault::new("POST", TOKENS, FaultKind::Hang));
        let short = [("PBS_TIMEOUT", "1"), ("PBS_MAX_RETRIES", "0")];
        let outcome = workspace.run_with_env(&short, &["apply", "-auto-approve", "-json"]);
        let text = flat(&errors(outcome));
        simulator.clear_faults();
        let id = world.names.fill("<user>!<token>");
        for part in [id.as_str(), "was not created", "no response within 1 s", "next apply"] {
            assert!(text.contains(part), "{part} is not in: {text}");
        }
        // The provider no longer waits for responses. Now the server handles one of the requests to
        // create the token. The token then exists with a secret that only the server knows.
        let unknown_secret = simulator.world(|world| world.add_token(&id));
        workspace.apply();
        workspace.assert_plan_is_empty();
        assert!(workspace.state(TOKEN).is_object());
        assert!(world.api_as(&api_token(&workspace)).accepts_credential());
        assert!(!world.api_as(&format!("{id}:{unknown_secret}")).accepts_credential());
    });
}
