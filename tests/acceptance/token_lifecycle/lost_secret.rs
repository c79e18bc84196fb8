//! Lost answers as a person meets them. The whole matrix, through the protocol alone, is in `tests/lost_answers`.

use pbs_sim::{Fault, FaultKind};
use test_support::cli::every_cli;

use super::{TOKEN, api_token, applied, errors, flat, token, token_and_grants, written};

const TOKENS: &str = "/access/users/*/token/*";

fn rotated(n: u8) -> String {
    token_and_grants(&format!("rotation_triggers = {{ n = \"{n}\" }}"))
}

#[test]
fn a_rotation_whose_answers_never_come_is_an_error_that_the_next_apply_mends() {
    every_cli(|world| {
        let Some(simulator) = world.simulator("answers that get lost") else { return };
        let workspace = applied(world, &rotated(1));
        let old = api_token(&workspace);
        workspace.write(&written(world, &rotated(2)));
        simulator.fault(Fault::new("PUT", TOKENS, FaultKind::DroppedAfter));
        let text = flat(&errors(workspace.run(&["apply", "-auto-approve", "-json"])));
        simulator.clear_faults();
        let id = world.names.fill("<user>!<token>");
        for part in [id.as_str(), "may no longer be valid", "Apply again"] {
            assert!(text.contains(part), "{part} is not in: {text}");
        }
        assert!(!world.api_as(&old).accepts_credential(), "the server has carried out nothing");
        workspace.apply();
        workspace.assert_plan_is_empty();
        assert!(world.api_as(&api_token(&workspace)).accepts_credential());
    });
}

#[test]
fn a_creation_that_times_out_again_and_again_is_looked_for_by_the_next_apply() {
    every_cli(|world| {
        let Some(simulator) = world.simulator("a server that hangs") else { return };
        let workspace = world.workspace();
        workspace.write(&written(world, &token("")));
        simulator.fault(Fault::new("POST", TOKENS, FaultKind::Hang));
        let short = [("PBS_TIMEOUT", "1"), ("PBS_MAX_RETRIES", "0")];
        let outcome = workspace.run_with(&short, &["apply", "-auto-approve", "-json"]);
        let text = flat(&errors(outcome));
        simulator.clear_faults();
        let id = world.names.fill("<user>!<token>");
        for part in [id.as_str(), "was not created", "no answer within 1 s", "next apply"] {
            assert!(text.contains(part), "{part} is not in: {text}");
        }
        // One of the requests is carried out after all.
        let unknown = simulator.world(|world| world.add_token(&id));
        workspace.apply();
        workspace.assert_plan_is_empty();
        assert!(workspace.state(TOKEN).is_object());
        assert!(world.api_as(&api_token(&workspace)).accepts_credential());
        assert!(!world.api_as(&format!("{id}:{unknown}")).accepts_credential());
    });
}
