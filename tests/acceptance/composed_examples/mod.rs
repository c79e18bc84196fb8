//! The examples that consist of several blocks. Each test applies one example as a reader would,
//! and then checks the server. The examples have fixed names, so they are tested only with a
//! simulator.

mod encrypted_state;
mod fleet;
mod hosts;
mod module;
mod rotation;
mod servers;
mod whole_server;

use std::{fs, path::Path};

use jiff::{SignedDuration, Timestamp};
use pbs_sim::Simulator;
use serde_json::{Value, json};
use test_support::cli::{Workspace, World, every_cli};
use xtask::release::{Feature, Version};

/// The first version that the examples with functions allow. OpenTofu has functions since 1.7, but
/// the examples have the same `required_version` for both programs.
const WITH_FUNCTIONS: Version = Version(1, 8, 0);

/// Runs the test with every Terraform that has the feature `needed`. If `needed` is `None`, runs
/// the test with every Terraform. Each run uses a new simulator that has these users.
fn every_simulator(needed: Option<Feature>, users: &[&str], test: impl Fn(&World, &Simulator)) {
    every_cli(|world| {
        if let Some(feature) = needed
            && (!world.cli.has(feature) || world.cli.version < WITH_FUNCTIONS)
        {
            eprintln!(
                "left out with {}: this test is not run, because this version does not have the feature {feature:?}",
                world.cli
            );
            return;
        }
        let Some(simulator) = world.simulator("the composed examples") else { return };
        for user in users {
            world.api.post("/access/users", &[("userid", user)]);
        }
        test(world, simulator);
    });
}

/// A workspace with a copy of the example's files, except those left out.
fn example(world: &World, name: &str, left_out: &[&str]) -> Workspace {
    let workspace = world.workspace();
    copy(&Path::new("examples").join(name), &workspace.directory(), left_out);
    workspace
}

fn copy(from: &Path, to: &Path, left_out: &[&str]) {
    fs::create_dir_all(to).expect("a directory for the copy");
    for entry in fs::read_dir(from).unwrap_or_else(|error| panic!("{}: {error}", from.display())) {
        let entry = entry.expect("an entry of the example's directory");
        let (path, name) = (entry.path(), entry.file_name());
        if path.is_dir() {
            copy(&path, &to.join(name), left_out);
        } else if !left_out.iter().any(|file| name == *file) {
            fs::copy(&path, to.join(name)).expect("a copy of the file");
        }
    }
}

/// The outputs, as `terraform output -json` prints them.
fn outputs(workspace: &Workspace) -> Value {
    workspace.run(&["output", "-json"]).succeeded().json()
}

#[track_caller]
fn text(outputs: &Value, name: &str) -> String {
    let value = outputs[name]["value"].as_str();
    value.unwrap_or_else(|| panic!("there is no output {name}")).to_owned()
}

/// `id:secret`, joined from the outputs `token_id` and `secret`.
fn credential(outputs: &Value) -> String {
    format!("{}:{}", text(outputs, "token_id"), text(outputs, "secret"))
}

/// The effective privileges of this `id:secret` on one path.
fn privileges(world: &World, credential: &str, path: &str) -> Value {
    world.api_as(credential).get(&format!("/access/permissions?path={path}"))[path].take()
}

/// The user names on the server.
fn users(world: &World) -> Vec<String> {
    let list = world.api.get("/access/users");
    let ids = list.as_array().into_iter().flatten().filter_map(|user| user["userid"].as_str());
    let mut ids: Vec<_> = ids.map(str::to_owned).collect();
    ids.sort();
    ids
}

/// Makes the secret look older by this many days. Moves back the dates of the secret in the state,
/// and the expiration of the token on the server.
fn age_secret(
    world: &World,
    workspace: &Workspace,
    address: &str,
    user: &str,
    name: &str,
    days: i64,
) {
    let file = workspace.directory().join("terraform.tfstate");
    let mut state: Value =
        serde_json::from_slice(&fs::read(&file).expect("a state")).expect("a state is JSON");
    let resources = state["resources"].as_array_mut().expect("the state has resources");
    let (type_name, label) = address.split_once('.').expect("an address");
    let token = resources
        .iter_mut()
        .find(|resource| resource["type"] == type_name && resource["name"] == label);
    let attributes = &mut token.expect("the token is in the state")["instances"][0]["attributes"];
    for attribute in ["issued_at", "expiration_date"] {
        let time: Timestamp = attributes[attribute]
            .as_str()
            .and_then(|text| text.parse().ok())
            .unwrap_or_else(|| panic!("the state has no {attribute}"));
        let earlier = time - SignedDuration::from_hours(24 * days);
        attributes[attribute] = json!(earlier.to_string());
        if attribute == "expiration_date" {
            let expire = earlier.as_second().to_string();
            world.api.put(&format!("/access/users/{user}/token/{name}"), &[("expire", &expire)]);
        }
    }
    fs::write(&file, state.to_string()).expect("the state");
}
