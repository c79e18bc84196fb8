//! `pbs_user`. If a plan deletes a user, a warning says how many tokens are deleted with the user.

use pbs_sim::{Fault, FaultKind, Settings};
use serde_json::{Value, json};
use test_support::cli::{REQUIRED_PROVIDERS, Workspace, World, clis, every_cli};
use xtask::release::Feature;

pub(crate) const USER: &str = "pbs_user.it";

/// The user `<token>-new@pbs` with these additional arguments. The id begins with the prefix of the
/// test.
pub(crate) fn configuration(world: &World, arguments: &str) -> String {
    let text = r#"
        variable "password" {
          type      = string
          default   = null
          ephemeral = true
        }
        resource "pbs_user" "it" {
          user_id = "<token>-new@pbs"
          ARGUMENTS
        }
    "#;
    let text = if world.cli.has(Feature::Ephemeral) {
        text.to_owned()
    } else {
        text.replace("ephemeral = true", "sensitive = true")
    };
    format!(
        "{REQUIRED_PROVIDERS}{}",
        world.names.insert_into(&text.replace("ARGUMENTS", arguments))
    )
}

#[test]
fn a_plan_that_deletes_a_user_warns_about_its_tokens_and_its_remaining_grants() {
    every_cli(|world| {
        let workspace = world.workspace();
        let text = configuration(world, "");
        workspace.write(&text);
        workspace.apply();
        let user = world.names.insert_into("<token>-new@pbs");
        let deletion_warning = |arguments: &[&str]| {
            let outcome = workspace.run(&[&["plan", "-json"], arguments].concat()).succeeded();
            let texts: Vec<_> = outcome.diagnostics().iter().map(|it| it.text()).collect();
            texts.into_iter().find(|text| text.contains("going to be deleted")).unwrap_or_default()
        };
        let without_tokens = deletion_warning(&["-destroy"]);
        assert!(
            without_tokens.contains("no tokens") && without_tokens.contains(&user),
            "{without_tokens}"
        );

        for name in ["one", "two"] {
            world.api.post(&format!("/access/users/{user}/token/{name}"), &[]);
        }
        let path = world.names.insert_into("<path>");
        let grant = [("path", path.as_str()), ("auth-id", &user), ("role", "DatastoreReader")];
        world.api.put("/access/acl", &grant);
        let destroy = deletion_warning(&["-destroy"]);
        assert!(destroy.contains("2 tokens"), "{destroy}");
        assert!(destroy.contains("keeps the grants of the user itself"), "{destroy}");
        workspace.write(&text.replace("-new@pbs", "-2@pbs"));
        let replace = deletion_warning(&[]);
        assert!(replace.contains("2 tokens") && replace.contains(&user), "{replace}");
        workspace.write(&text.replace("user_id", "comment = \"an edit\"\n user_id"));
        assert_eq!(deletion_warning(&[]), "", "an update deletes no user");

        // The grants of the deleted user remain on the server. Creating a user with the same id
        // warns about them.
        workspace.destroy();
        let owned = world.owned();
        assert_eq!(owned["acl"][0]["ugid"], json!(user), "{owned}");
        workspace.write(&text);
        let outcome = workspace.run(&["apply", "-auto-approve", "-json"]).succeeded();
        let texts: Vec<_> = outcome.diagnostics().iter().map(|it| it.text()).collect();
        let warned = texts.iter().any(|text| {
            text.contains("grants from an earlier user")
                && text.contains(&format!("DatastoreReader on {path}"))
        });
        assert!(warned, "no warning names the inherited grant: {texts:?}");
    });
}

#[test]
fn an_existing_user_is_not_changed_and_the_error_has_an_import_block() {
    every_cli(|world| {
        let user = world.names.insert_into("<token>-new@pbs");
        world.api.post("/access/users", &[("userid", &user), ("comment", "created outside")]);
        let before = world.owned();
        let workspace = world.workspace();
        workspace.write(&configuration(world, "comment = \"managed\""));
        let errors = workspace.run(&["apply", "-auto-approve", "-json"]).errors();
        let text = errors[0].text();
        assert!(errors[0].points_at("user_id"), "{}", errors[0]);
        assert!(text.contains("import {") && text.contains(&format!("\"{user}\"")), "{text}");
        assert!(text.contains("create_before_destroy"), "{text}");
        assert_eq!(world.owned(), before);
        assert_eq!(workspace.state(USER), Value::Null);
    });
}

#[test]
fn a_creation_with_a_lost_response_succeeds_if_the_user_exists() {
    every_cli(|world| {
        let Some(simulator) = world.simulator("responses that get lost") else { return };
        for kind in [FaultKind::DroppedAfter, FaultKind::Truncated] {
            let workspace = world.workspace();
            workspace.write(&configuration(world, "comment = \"made once\""));
            let fault = simulator.fault(Fault::new("POST", "/access/users", kind.clone()).times(1));
            workspace.apply();
            assert_eq!(simulator.fault_count(fault), 1, "{kind:?} has not happened");
            simulator.clear_faults();
            workspace.assert_plan_is_empty();
            workspace.destroy();
        }
        // If the server has not created the user, the apply fails. The next apply creates the user.
        let workspace = world.workspace();
        workspace.write(&configuration(world, ""));
        simulator.fault(Fault::new("POST", "/access/users", FaultKind::DroppedBefore));
        let errors = workspace.run(&["apply", "-auto-approve", "-json"]).errors();
        assert!(errors[0].text().contains("POST /access/users"), "{}", errors[0]);
        simulator.clear_faults();
        workspace.apply();
        workspace.assert_plan_is_empty();
    });
}

#[test]
fn a_token_that_refers_to_the_id_of_its_user_is_replaced_with_the_user() {
    every_cli(|world| {
        let workspace = world.workspace();
        let token = "resource \"pbs_api_token\" \"of\" {\n  user_id    = pbs_user.it.id\n  token_name = \"t\"\n}\n";
        let text = configuration(world, "") + token;
        workspace.write(&text);
        workspace.apply();
        workspace.write(&text.replace("user_id = \"", "comment = \"an edit\"\n user_id = \""));
        let plan = workspace.plan(&[]);
        assert_eq!(plan.change("pbs_api_token.of").actions(), ["no-op"], "{plan}");
        workspace.write(&text.replace("-new@pbs", "-2@pbs"));
        let plan = workspace.plan(&[]);
        assert_eq!(plan.change("pbs_api_token.of").actions(), ["delete", "create"], "{plan}");
        workspace.apply();
        workspace.assert_plan_is_empty();
    });
}

#[test]
fn a_user_of_an_ldap_realm_with_a_token_and_a_grant_is_managed() {
    for cli in clis() {
        let settings = Settings { realms: vec!["company.com".into()], ..Settings::default() };
        let world = World::with(cli, settings);
        if world.simulator("a realm that is not built in").is_none() {
            return;
        }
        let text = r#"
            resource "pbs_user" "it" {
              user_id = "<token>@REALM"
            }
            resource "pbs_api_token" "it" {
              user_id    = pbs_user.it.id
              token_name = "ci"
            }
            resource "pbs_acl" "it" {
              path    = "<path>"
              auth_id = pbs_api_token.it.id
              role_id = "DatastoreAudit"
            }
        "#;
        let workspace = world.workspace();
        let configuration = format!("{REQUIRED_PROVIDERS}{}", world.names.insert_into(text));
        workspace.write(&configuration.replace("REALM", "company.org"));
        let errors = workspace.run(&["apply", "-auto-approve", "-json"]).errors();
        assert!(errors[0].text().contains("There is no realm `company.org`"), "{}", errors[0]);
        workspace.write(&configuration.replace("REALM", "company.com"));
        workspace.apply();
        workspace.assert_plan_is_empty();
    }
}

/// Somebody can disable a user on the server, for example after a leak. The next apply would enable
/// this user, so the plan must warn.
#[test]
fn a_user_that_was_locked_on_the_server_is_a_warning_of_the_next_plan() {
    every_cli(|world| {
        let workspace = world.workspace();
        workspace.write(&configuration(world, ""));
        workspace.apply();
        let url = world.names.insert_into("/access/users/<token>-new@pbs");
        let warnings = |workspace: &Workspace| -> Vec<String> {
            let outcome = workspace.run(&["plan", "-json"]).succeeded();
            outcome.diagnostics().into_iter().map(|warning| warning.text()).collect()
        };
        for (name, value, summary) in [
            ("enable", "0", "was disabled on the server"),
            ("expire", "1000000000", "was changed on the server to a date in the past"),
        ] {
            let is_shown = || warnings(&workspace).iter().any(|text| text.contains(summary));
            assert!(!is_shown(), "{summary}");
            world.api.put(&url, &[(name, value)]);
            assert!(is_shown(), "{summary}");
            workspace.apply();
            workspace.assert_plan_is_empty();
        }
    });
}
