//! A credential's whole life, sentence by sentence: issued, rotated, replaced, adopted, explained, taken over from elsewhere.

mod effective_privileges;
mod existing_objects;
mod expiry;
mod limited_caller;
mod lost_secret;
mod moved_from_other_providers;
mod old_server;
mod replacement;
mod rotation;

use std::collections::BTreeSet;

use serde_json::Value;
use test_support::cli::{Outcome, Plan, REQUIRED_PROVIDERS, Workspace, World};

const TOKEN: &str = "pbs_api_token.it";

/// The configuration with these resources; `<user>` and the other names are filled in.
fn written(world: &World, resources: &str) -> String {
    format!("{REQUIRED_PROVIDERS}{}", world.names.fill(resources))
}

/// A workspace in which these resources were applied, and nothing is left to do.
#[track_caller]
fn applied(world: &World, resources: &str) -> Workspace {
    let workspace = world.workspace();
    workspace.write(&written(world, resources));
    workspace.apply();
    workspace.assert_plan_is_empty();
    workspace
}

/// `pbs_api_token.it` with these further arguments.
fn token(arguments: &str) -> String {
    format!(
        r#"
        resource "pbs_api_token" "it" {{
          user_id    = "<user>"
          token_name = "<token>"
          {arguments}
        }}
        "#
    )
}

/// `pbs_acl` of this name.
fn grant(name: &str, subject: &str, role: &str) -> String {
    format!(
        r#"
        resource "pbs_acl" "{name}" {{
          path    = "<path>"
          auth_id = {subject}
          role_id = "{role}"
        }}
        "#
    )
}

/// A token and what a backup needs: the role for its user, and for itself.
fn token_and_grants(arguments: &str) -> String {
    let user = grant("user", "\"<user>\"", "DatastoreBackup");
    let own = grant("token", &format!("{TOKEN}.id"), "DatastoreBackup");
    token(arguments) + &user + &own
}

/// `id:secret`, as the state has it.
#[track_caller]
fn api_token(workspace: &Workspace) -> String {
    let state = workspace.state(TOKEN);
    state["api_token"].as_str().expect("the state has the token with its secret").to_owned()
}

/// What a command that succeeds warns of.
#[track_caller]
fn warnings(outcome: Outcome) -> Vec<String> {
    let outcome = outcome.succeeded();
    let texts = outcome.diagnostics().into_iter().map(|warning| warning.text());
    texts.filter(|text| !text.contains("Provider development overrides")).collect()
}

/// What a plan warns of.
#[track_caller]
fn plan_warnings(workspace: &Workspace) -> Vec<String> {
    warnings(workspace.run(&["plan", "-json"]))
}

#[track_caller]
fn apply_warnings(workspace: &Workspace) -> Vec<String> {
    warnings(workspace.run(&["apply", "-auto-approve", "-json"]))
}

/// The whole text of the errors of a command that fails.
#[track_caller]
fn errors(outcome: Outcome) -> String {
    outcome.errors().iter().map(|error| format!("{}\n", error.text())).collect()
}

/// The text without its line breaks and indentation, since Terraform wraps it as it likes.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn actions(plan: &Plan, address: &str, expected: &[&str]) {
    assert_eq!(plan.change(address).actions(), expected, "{address} in\n{plan}");
}

/// The grants on the server that bear the test's prefix.
fn grants(world: &World) -> Value {
    world.owned()["acl"].take()
}

fn names(list: &[&str]) -> BTreeSet<String> {
    list.iter().map(|&name| name.to_owned()).collect()
}
