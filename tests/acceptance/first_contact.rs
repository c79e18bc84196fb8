//! A plan reports mistakes in the configuration of the provider even if the plan reads nothing from
//! the server.

use pbs_sim::Simulator;
use test_support::cli::{Diagnostic, REQUIRED_PROVIDERS, Workspace, World, every_cli};

use crate::outage::closed_port;

/// Three users, whose ids begin with the prefix of the test. Planning a new user reads nothing from
/// the server.
const USERS: &str = r#"
resource "pbs_user" "it" {
  count   = 3
  user_id = "<token>-${count.index}@pbs"
}
"#;

/// A token and a grant. To plan them, the provider sends requests, for example for the roles, but
/// the plan succeeds even if these requests fail.
const TOKEN_AND_GRANT: &str = r#"
resource "pbs_api_token" "it" {
  user_id    = "<user>"
  token_name = "<token>"
}
resource "pbs_acl" "it" {
  path    = "<path>"
  auth_id = "<user>"
  role_id = "DatastoreBackup"
}
"#;

/// A workspace with [`USERS`] and with other blocks.
fn workspace(world: &World, blocks: &str) -> Workspace {
    let workspace = world.workspace();
    let text = format!("{REQUIRED_PROVIDERS}{blocks}{}", world.names.insert_into(USERS));
    workspace.write(&text);
    workspace
}

/// The errors and the warnings of a plan.
fn plan(workspace: &Workspace) -> (Vec<String>, Vec<String>) {
    let (errors, warnings): (Vec<_>, Vec<_>) =
        workspace.run(&["plan", "-json"]).diagnostics().into_iter().partition(Diagnostic::is_error);
    let texts = |all: Vec<Diagnostic>| all.iter().map(|it| it.text().replace('\n', " ")).collect();
    (texts(errors), texts(warnings))
}

#[test]
fn missing_or_wrong_credentials_are_an_error_of_the_plan() {
    every_cli(|world| {
        for (variable, value, expected, requests) in [
            ("PBS_API_TOKEN", "", "The provider is not configured", 0),
            ("PBS_ENDPOINT", "", "The provider is not configured", 0),
            (
                "PBS_API_TOKEN",
                "root@pam!nobody:00000000-0000-0000-0000-000000000000",
                "Check the token or ticket",
                1,
            ),
        ] {
            let mut workspace = workspace(world, "");
            workspace.set_env(variable, value);
            let simulator = world.simulator("the number of requests");
            simulator.into_iter().for_each(Simulator::clear_requests);
            let (errors, _) = plan(&workspace);
            assert_eq!(errors.len(), 1, "{variable}: {errors:?}");
            assert!(errors[0].contains(expected), "{errors:?}");
            if let Some(simulator) = simulator {
                assert_eq!(simulator.requests().len(), requests, "{variable}");
            }
        }
    });
}

#[test]
fn a_server_that_cannot_be_reached_is_one_warning_of_the_plan() {
    every_cli(|world| {
        let mut workspace = workspace(world, &world.names.insert_into(TOKEN_AND_GRANT));
        workspace.set_env("PBS_ENDPOINT", &format!("https://127.0.0.1:{}", closed_port()));
        let (errors, warnings) = plan(&workspace);
        assert_eq!(errors, Vec::<String>::new());
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        let parts = ["The first request to the server failed", "refused", "ignore the warning"];
        assert!(parts.iter().all(|part| warnings[0].contains(part)), "{warnings:?}");
    });
}

#[test]
fn a_configuration_that_is_not_known_yet_is_checked_during_the_apply() {
    every_cli(|world| {
        let provider = format!(
            "resource \"terraform_data\" \"late\" {{\n  input = \"{}\"\n}}\n\
             provider \"pbs\" {{\n  endpoint = terraform_data.late.output\n}}\n",
            world.endpoint()
        );
        let mut workspace = workspace(world, &provider);
        workspace.set_env("PBS_ENDPOINT", "");
        let before = world.requests();
        assert_eq!(plan(&workspace), (Vec::new(), Vec::new()));
        assert_eq!(world.requests(), before, "the endpoint is not known");
        workspace.apply();
        workspace.run(&["destroy", "-auto-approve"]).succeeded();
    });
}

#[test]
fn the_check_sends_one_request_unless_another_request_has_succeeded() {
    every_cli(|world| {
        let Some(simulator) = world.simulator("the number of requests") else { return };
        let paths = || {
            let requests = simulator.requests().into_iter();
            requests.map(|request| request.path).collect::<Vec<_>>()
        };
        let workspace = workspace(world, "");
        simulator.clear_requests();
        assert_eq!(plan(&workspace), (Vec::new(), Vec::new()));
        assert_eq!(paths(), ["/version"]);
        workspace.apply();
        simulator.clear_requests();
        assert_eq!(plan(&workspace), (Vec::new(), Vec::new()));
        assert_eq!(paths(), ["/access/users"], "the refresh has read the users");
    });
}
