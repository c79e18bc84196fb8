//! The action `pbs_change_owner`. The action gives backup groups another owner and reports each
//! changed group.

use pbs_sim::Simulator;
use test_support::cli::{Outcome, REQUIRED_PROVIDERS, Workspace, World};
use xtask::release::Feature;

use crate::features::every_cli_with;

/// Creates the tokens `old` and `new`, and backup groups of three types in two namespaces. The
/// token `old` owns all groups but one.
fn create_groups(world: &World, simulator: &Simulator) {
    let [old, user] = ["<user>!old", "<user>"].map(|name| world.names.insert_into(name));
    for name in ["old", "new"] {
        world.api.post(&format!("/access/users/{user}/token/{name}"), &[]);
    }
    simulator.world(|world| {
        let store = world.datastore_mut("store1");
        store.add_group("", "vm", "101", &old);
        store.add_group("", "vm", "100", &old);
        store.add_group("", "ct", "100", &old);
        store.add_group("team", "host", "laptop", &old);
        store.add_group("", "host", "laptop", &format!("{user}!new"));
    });
}

/// The owner of every group, as `namespace:type/id owner`. Each owner is a token of `<user>`, and
/// is shown without the id of this user, for example `!old`.
fn owners(world: &World, simulator: &Simulator) -> Vec<String> {
    let user = world.names.insert_into("<user>");
    let mut owners: Vec<String> = simulator.world(|world| {
        let groups = &world.datastores()["store1"].groups;
        let line = |group: &pbs_sim::Group| {
            let owner = group.owner.replace(&user, "");
            format!("{}:{}/{} {owner}", group.namespace, group.backup_type, group.backup_id)
        };
        groups.iter().map(line).collect()
    });
    owners.sort();
    owners
}

fn write(workspace: &Workspace, world: &World, arguments: &str) {
    let text =
        format!("action \"pbs_change_owner\" \"it\" {{\n  config {{\n{arguments}\n  }}\n}}\n");
    workspace.write(&format!("{REQUIRED_PROVIDERS}{}", world.names.insert_into(&text)));
}

fn invoke(workspace: &Workspace, flags: &[&str]) -> Outcome {
    let arguments = ["apply", "-auto-approve", "-invoke=action.pbs_change_owner.it"];
    workspace.run(&[&arguments, flags].concat())
}

#[test]
fn selected_groups_get_the_new_owner_and_each_is_reported() {
    every_cli_with(Feature::QueryAndActions, |world| {
        let Some(simulator) = world.simulator("backup groups") else { return };
        create_groups(world, simulator);
        let workspace = world.workspace();
        let steps = [
            (
                "backup_type = \"vm\"\n backup_id = \"100\"\n namespace = \"\"",
                &["vm/100"][..],
                "Backup groups to change: 1, unchanged: 0",
                [
                    ":ct/100 !old",
                    ":host/laptop !new",
                    ":vm/100 !new",
                    ":vm/101 !old",
                    "team:host/laptop !old",
                ],
            ),
            (
                "backup_type = \"vm\"",
                &["vm/101"],
                "Backup groups to change: 1, unchanged: 1",
                [
                    ":ct/100 !old",
                    ":host/laptop !new",
                    ":vm/100 !new",
                    ":vm/101 !new",
                    "team:host/laptop !old",
                ],
            ),
            (
                "namespace = \"team\"\n all = true",
                &["host/laptop"],
                "Backup groups to change: 1, unchanged: 0",
                [
                    ":ct/100 !old",
                    ":host/laptop !new",
                    ":vm/100 !new",
                    ":vm/101 !new",
                    "team:host/laptop !new",
                ],
            ),
            (
                "all = true",
                &["ct/100"],
                "Backup groups to change: 1, unchanged: 3",
                [
                    ":ct/100 !new",
                    ":host/laptop !new",
                    ":vm/100 !new",
                    ":vm/101 !new",
                    "team:host/laptop !new",
                ],
            ),
            // Invoking the action again changes nothing and is no error.
            (
                "all = true",
                &[],
                "Backup groups to change: 0, unchanged: 4",
                [
                    ":ct/100 !new",
                    ":host/laptop !new",
                    ":vm/100 !new",
                    ":vm/101 !new",
                    "team:host/laptop !new",
                ],
            ),
        ];
        for (selection, changed_groups, summary, expected) in steps {
            let arguments =
                format!("datastore = \"store1\"\n new_owner = \"<user>!new\"\n {selection}");
            write(&workspace, world, &arguments);
            let outcome = invoke(&workspace, &[]).succeeded();
            assert!(outcome.stdout.contains(summary), "{selection}:\n{outcome}");
            let new = world.names.insert_into("<user>!new");
            for group in changed_groups {
                let line = format!("{group} now belongs to {new}");
                assert!(outcome.stdout.contains(&line), "{selection}:\n{outcome}");
            }
            let lines = outcome.stdout.matches("now belongs to").count();
            assert_eq!(lines, changed_groups.len(), "{selection}:\n{outcome}");
            assert_eq!(owners(world, simulator), expected, "{selection}");
        }
    });
}

#[test]
fn the_creation_of_a_token_can_trigger_the_action() {
    every_cli_with(Feature::QueryAndActions, |world| {
        let Some(simulator) = world.simulator("backup groups") else { return };
        create_groups(world, simulator);
        let workspace = world.workspace();
        let text = r#"
            resource "pbs_api_token" "it" {
              user_id    = "<user>"
              token_name = "renamed"
              lifecycle {
                action_trigger {
                  events  = [after_create]
                  actions = [action.pbs_change_owner.it]
                }
              }
            }
            action "pbs_change_owner" "it" {
              config {
                datastore   = "store1"
                backup_type = "ct"
                new_owner   = pbs_api_token.it.id
              }
            }
        "#;
        workspace.write(&format!("{REQUIRED_PROVIDERS}{}", world.names.insert_into(text)));
        workspace.apply();
        let owners = owners(world, simulator);
        assert!(owners.contains(&":ct/100 !renamed".to_owned()), "{owners:?}");
        assert!(owners.contains(&":vm/100 !old".to_owned()), "{owners:?}");
        workspace.assert_plan_is_empty();
    });
}

/// Terraform knows the value of a variable during the plan. It knows the output of the new
/// `terraform_data` only during the apply.
#[test]
fn an_empty_filter_is_refused_before_any_request_even_if_its_value_is_known_late() {
    every_cli_with(Feature::QueryAndActions, |world| {
        let Some(simulator) = world.simulator("backup groups") else { return };
        create_groups(world, simulator);
        let before = owners(world, simulator);
        let workspace = world.workspace();
        let target = "datastore = \"store1\"\n new_owner = \"<user>!new\"\n";
        for (filter, summary) in [
            ("", "No backup groups are selected"),
            ("all = false", "No backup groups are selected"),
            ("namespace = \"team\"", "No backup groups are selected"),
            ("backup_type = null\n backup_id = null", "No backup groups are selected"),
            ("backup_type = var.empty", "The value is empty"),
            ("backup_type = \"vm\"\n backup_id = var.empty", "Invalid backup_id"),
            ("backup_type = var.none", "No backup groups are selected"),
            ("backup_type = \"vm\"\n backup_id = terraform_data.it.output", "Invalid backup_id"),
            ("backup_type = \"vm\"\n all = var.yes", "Conflicting arguments"),
        ] {
            let text = format!(
                r#"
                    variable "empty" {{ default = "" }}
                    variable "none" {{ default = null }}
                    variable "yes" {{ default = true }}
                    resource "terraform_data" "it" {{
                      input = ""
                      lifecycle {{
                        action_trigger {{
                          events  = [after_create]
                          actions = [action.pbs_change_owner.it]
                        }}
                      }}
                    }}
                    action "pbs_change_owner" "it" {{
                      config {{
                        {target}
                        {filter}
                      }}
                    }}
                "#
            );
            workspace.write(&format!("{REQUIRED_PROVIDERS}{}", world.names.insert_into(&text)));
            let requests = world.requests();
            let errors = workspace.run(&["apply", "-auto-approve", "-json"]).errors();
            assert!(errors[0].text().contains(summary), "{filter}: {}", errors[0]);
            assert_eq!(world.requests(), requests, "{filter}: a request was sent");
            if workspace.state("terraform_data.it").is_object() {
                workspace.destroy();
            }
        }
        assert_eq!(owners(world, simulator), before);
    });
}

#[test]
fn a_missing_object_is_an_error_that_names_the_argument() {
    every_cli_with(Feature::QueryAndActions, |world| {
        let Some(simulator) = world.simulator("backup groups") else { return };
        create_groups(world, simulator);
        let before = owners(world, simulator);
        let workspace = world.workspace();
        for (arguments, parts) in [
            (
                "datastore = \"store1\"\n new_owner = \"<user>!new\"\n backup_type = \"vm\"\n backup_id = \"999\"",
                ["There is no backup group", "vm/999"],
            ),
            (
                "datastore = \"store1\"\n new_owner = \"<user>!new\"\n namespace = \"none\"\n all = true",
                ["Invalid namespace", "has no such namespace"],
            ),
            (
                "datastore = \"nowhere\"\n new_owner = \"<user>!new\"\n all = true",
                ["Invalid datastore", "nowhere"],
            ),
            (
                "datastore = \"store1\"\n new_owner = \"nobody@pbs!x\"\n all = true",
                ["Invalid new_owner", "nobody@pbs!x"],
            ),
        ] {
            write(&workspace, world, arguments);
            let errors = invoke(&workspace, &["-json"]).errors();
            for part in parts {
                assert!(errors[0].text().contains(part), "{arguments}: {}", errors[0]);
            }
        }
        assert_eq!(owners(world, simulator), before);
    });
}

#[test]
fn a_missing_privilege_is_an_error_that_names_the_privilege() {
    every_cli_with(Feature::QueryAndActions, |world| {
        let Some(simulator) = world.simulator("backup groups") else { return };
        create_groups(world, simulator);
        let mut workspace = world.workspace();
        workspace.set_env("PBS_API_TOKEN", &world.powerless_token());
        write(
            &workspace,
            world,
            "datastore = \"store1\"\n new_owner = \"<user>!new\"\n all = true",
        );
        let errors = invoke(&workspace, &["-json"]).errors();
        let text = errors[0].text();
        assert!(text.contains("`Datastore.Audit`") && text.contains("/datastore/store1"), "{text}");
    });
}
