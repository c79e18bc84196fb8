//! A state that Terraform and OpenTofu use in turn.

use std::fs;

use test_support::cli::{REQUIRED_PROVIDERS, Workspace, World, clis, newest};
use xtask::release::Product;

/// A user, a token and their grants. The id of the user begins with the prefix of the test.
fn configuration(world: &World, comment: &str) -> String {
    let text = r#"
        resource "pbs_user" "it" {
          user_id = "<token>-moving@pbs"
        }
        resource "pbs_api_token" "it" {
          user_id    = pbs_user.it.id
          token_name = "moving"
          comment    = "COMMENT"
        }
        resource "pbs_acl" "it" {
          for_each = {
            user  = pbs_user.it.id
            token = pbs_api_token.it.id
          }
          path    = "<path>"
          auth_id = each.value
          role_id = "DatastoreBackup"
        }
    "#;
    format!("{REQUIRED_PROVIDERS}{}", world.names.insert_into(&text.replace("COMMENT", comment)))
}

/// Copies the state from one workspace to the other, and installs the providers that the state
/// names.
fn hand_over(from: &Workspace, to: &Workspace) {
    let [from, target] =
        [from, to].map(|workspace| workspace.directory().join("terraform.tfstate"));
    fs::copy(from, target).expect("the state is copied");
    to.run(&["init"]).succeeded();
}

#[test]
fn a_state_goes_from_terraform_to_opentofu_and_back_with_an_empty_plan() {
    let (Some(terraform), Some(tofu)) = (newest(Product::Terraform), newest(Product::OpenTofu))
    else {
        let names: Vec<_> = clis().iter().map(ToString::to_string).collect();
        eprintln!("left out with {}: this test needs both products", names.join(", "));
        return;
    };
    let world = World::new(terraform);
    let [first, second] = [terraform, tofu].map(|cli| world.workspace_with_mirror(cli));
    let address = |workspace: &Workspace| {
        let state = workspace.directory().join("terraform.tfstate");
        let state = fs::read_to_string(state).expect("a state");
        let hosts = ["registry.terraform.io", "registry.opentofu.org"];
        hosts.into_iter().filter(|host| state.contains(host)).collect::<Vec<_>>().join(" and ")
    };
    let secret = |workspace: &Workspace| workspace.state("pbs_api_token.it")["secret"].clone();

    first.write(&configuration(&world, "by Terraform"));
    first.run(&["init"]).succeeded();
    first.apply();
    assert_eq!(address(&first), "registry.terraform.io");

    second.write(&configuration(&world, "by Terraform"));
    hand_over(&first, &second);
    second.assert_plan_is_empty();
    second.write(&configuration(&world, "by OpenTofu"));
    second.apply();
    assert_eq!(address(&second), "registry.opentofu.org");
    // assert_eq would print the secrets.
    assert!(secret(&first) == secret(&second), "OpenTofu has another secret");

    first.write(&configuration(&world, "by OpenTofu"));
    hand_over(&second, &first);
    first.assert_plan_is_empty();
    first.destroy();
}
