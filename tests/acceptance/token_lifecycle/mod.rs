//! The life cycle of a token: creation, rotation, replacement, expiration, import, states of other
//! providers, and warnings about its effective privileges.

mod effective_privileges;
mod existing_objects;
mod expiry;
mod limited_caller;
mod lost_secret;
mod moved_from_other_providers;
mod old_server;
mod replacement;
mod rotation;

use serde_json::Value;
use test_support::{
    cli::{Outcome, Plan, REQUIRED_PROVIDERS, Workspace, World},
    values::names,
};

const TOKEN: &str = "pbs_api_token.it";

/// A configuration with these resources, in which names have replaced the placeholders.
fn configuration(world: &World, resources: &str) -> String {
    format!("{REQUIRED_PROVIDERS}{}", world.names.insert_into(resources))
}

/// Applies these resources in a new workspace, and checks that the next plan is empty.
#[track_caller]
fn applied(world: &World, resources: &str) -> Workspace {
    let workspace = world.workspace();
    workspace.write(&configuration(world, resources));
    workspace.apply();
    workspace.assert_plan_is_empty();
    workspace
}

/// `pbs_api_token.it` with these additional arguments.
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

/// A resource `pbs_acl` with this name: a grant (ACL entry) on `<path>`. `subject` is the
/// expression for `auth_id`.
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

/// A token, and the grants that a backup needs. One grant is for the token, and one is for its
/// user.
fn token_and_grants(arguments: &str) -> String {
    let user_grant = grant("user", "\"<user>\"", "DatastoreBackup");
    let token_grant = grant("token", &format!("{TOKEN}.id"), "DatastoreBackup");
    token(arguments) + &user_grant + &token_grant
}

/// The attribute `api_token` of the state, which is `id:secret`.
#[track_caller]
fn api_token(workspace: &Workspace) -> String {
    let state = workspace.state(TOKEN);
    state["api_token"].as_str().expect("the state has the token with its secret").to_owned()
}

/// The warnings of a command that succeeds. On a real server, the datastore of `<path>` does not
/// exist, so the warning about this datastore is left out.
#[track_caller]
fn warnings(outcome: Outcome) -> Vec<String> {
    let outcome = outcome.succeeded();
    let texts = outcome.diagnostics().into_iter().map(|warning| warning.text());
    texts.filter(|text| !text.contains("There is no datastore acc")).collect()
}

/// The warnings of a plan.
#[track_caller]
fn plan_warnings(workspace: &Workspace) -> Vec<String> {
    warnings(workspace.run(&["plan", "-json"]))
}

/// The warnings of an apply.
#[track_caller]
fn apply_warnings(workspace: &Workspace) -> Vec<String> {
    warnings(workspace.run(&["apply", "-auto-approve", "-json"]))
}

/// The texts of all errors of a command that fails.
#[track_caller]
fn errors(outcome: Outcome) -> String {
    outcome.errors().iter().map(|error| format!("{}\n", error.text())).collect()
}

/// The text with single spaces instead of line breaks and indentation, because Terraform wraps the
/// text.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Checks the planned actions of a resource.
#[track_caller]
fn assert_actions(plan: &Plan, address: &str, expected: &[&str]) {
    assert_eq!(plan.change(address).actions(), expected, "{address} in\n{plan}");
}

/// The test's grants on the server.
fn grants(world: &World) -> Value {
    world.owned()["acl"].take()
}
