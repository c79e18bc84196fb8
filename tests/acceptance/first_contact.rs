//! A plan that reads nothing from the server notices mistakes in the configuration of the provider
//! nevertheless.

use test_support::cli::{Diagnostic, REQUIRED_PROVIDERS, Workspace, World, every_cli};

use crate::outage::closed_port;

/// Three users. Planning a new user reads nothing from the server.
const USERS: &str = r#"
resource "pbs_user" "it" {
  count   = 3
  user_id = "<token>-${count.index}@pbs"
}
"#;

fn workspace(world: &World, provider: &str) -> Workspace {
    let workspace = world.workspace();
    let text = format!("{REQUIRED_PROVIDERS}{provider}{}", world.names.fill(USERS));
    workspace.write(&text);
    workspace
}

/// The errors and the warnings of a plan, without Terraform's own warning about development
/// overrides.
fn plan(workspace: &Workspace) -> (Vec<String>, Vec<String>) {
    let diagnostics = workspace.run(&["plan", "-json"]).diagnostics().into_iter();
    let own = diagnostics.filter(|it| !it.text().starts_with("Provider development overrides"));
    let (errors, warnings): (Vec<_>, Vec<_>) = own.partition(Diagnostic::is_error);
    let texts = |all: Vec<Diagnostic>| all.iter().map(|it| it.text().replace('\n', " ")).collect();
    (texts(errors), texts(warnings))
}

#[test]
fn missing_or_wrong_credentials_are_an_error_of_the_plan() {
    every_cli(|world| {
        for (variable, value, expected) in [
            ("PBS_API_TOKEN", "", "The provider is not configured"),
            ("PBS_ENDPOINT", "", "The provider is not configured"),
            (
                "PBS_API_TOKEN",
                "root@pam!nobody:00000000-0000-0000-0000-000000000000",
                "Check the token or ticket",
            ),
        ] {
            let mut workspace = workspace(world, "");
            workspace.set_env(variable, value);
            let sent = || world.simulator("list of requests").map_or(0, |it| it.requests().len());
            let before = sent();
            let (errors, _) = plan(&workspace);
            assert_eq!(errors.len(), 1, "{variable}: {errors:?}");
            assert!(errors[0].contains(expected), "{errors:?}");
            let sent = sent() - before;
            let limit = usize::from(expected.contains("token or ticket"));
            assert!(sent <= limit, "{variable}: {sent} requests");
        }
    });
}

#[test]
fn a_server_that_cannot_be_reached_is_one_warning_of_the_plan() {
    every_cli(|world| {
        let mut workspace = workspace(world, "");
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
fn the_check_is_one_request_and_no_request_if_another_has_succeeded() {
    every_cli(|world| {
        let Some(simulator) = world.simulator("list of requests") else { return };
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
