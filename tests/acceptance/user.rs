//! `pbs_user`: the password is sent to the server and is not stored anywhere else. A plan that
//! deletes the user names the tokens that are deleted with the user.

use pbs_sim::{Fault, FaultKind, Settings};
use serde_json::{Value, json};
use test_support::cli::{REQUIRED_PROVIDERS, Recorded, Workspace, World, clis, every_cli};
use xtask::release::Feature;

use crate::features::every_cli_with;

const USER: &str = "pbs_user.it";
const FIRST: &str = "first-Passw0rd:with%2Fsigns";
const SECOND: &str = "second-Passw0rd";

/// A user with these additional arguments.
fn configuration(world: &World, arguments: &str) -> String {
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
    format!("{REQUIRED_PROVIDERS}{}", world.names.fill(&text.replace("ARGUMENTS", arguments)))
}

fn with_password(version: u32) -> String {
    format!("password_wo = var.password\n password_wo_version = {version}")
}

/// A workspace whose provider logs in as this user.
fn as_login(world: &World, user: &str, password: &str) -> Workspace {
    let mut workspace = world.workspace();
    workspace.set_env("PBS_API_TOKEN", "");
    workspace.set_env("PBS_USERNAME", &world.names.fill(user));
    workspace.set_env("PBS_PASSWORD", password);
    workspace
}

/// Whether the server accepts this user name and password.
#[track_caller]
fn logs_in(world: &World, user: &str, password: &str) -> bool {
    let workspace = as_login(world, user, password);
    workspace.write(&format!("{REQUIRED_PROVIDERS}data \"pbs_version\" \"it\" {{}}\n"));
    let outcome = workspace.run(&["plan"]);
    let refused = outcome.stderr.contains("401");
    assert!(outcome.code == Some(0) || refused, "neither accepted nor refused:\n{outcome}");
    !refused
}

/// Creates an administrator with the password [`ADMIN`].
fn administrator(world: &World) -> &'static str {
    let name = world.names.fill("<token>-admin@pbs");
    world.api.post("/access/users", &[("userid", &name), ("password", ADMIN)]);
    // To change the password of another user, PBS requires `Permissions.Modify` on `/`.
    world.api.put("/access/acl", &[("path", "/"), ("auth-id", &name), ("role", "Admin")]);
    // PBS applies grants with a delay. Changing a user makes it apply them immediately.
    world.api.put(&format!("/access/users/{name}"), &[("comment", "logs in")]);
    "<token>-admin@pbs"
}

const ADMIN: &str = "admin-Passw0rd";

#[test]
fn a_password_is_set_at_creation_and_is_not_in_plan_state_or_log() {
    every_cli_with(Feature::WriteOnly, |world| {
        let mut workspace = world.workspace();
        workspace.set_env("TF_VAR_password", FIRST);
        let arguments = format!("{}\n comment = \"public-comment\"", with_password(1));
        workspace.write(&configuration(world, &arguments));
        let run = Recorded::plan_and_apply(&mut workspace, world);
        assert!(logs_in(world, "<token>-new@pbs", FIRST), "the password is not the one set");
        assert!(!logs_in(world, "<token>-new@pbs", SECOND), "a wrong password logs in");
        assert_eq!(workspace.state(USER)["password_wo"], Value::Null);
        workspace.assert_plan_is_empty();

        assert_eq!(run.places_of(FIRST), Vec::<&str>::new());
        let places = run.places_of("public-comment");
        for place in ["state", "plan", "plan as JSON", "output"] {
            assert!(
                places.contains(&place),
                "the comment must be in the {place}, not only in {places:?}"
            );
        }
        assert!(run.places_of("/access/users").contains(&"log"), "the log must contain requests");
    });
}

#[test]
fn a_provider_that_logs_in_with_a_password_can_change_a_password() {
    every_cli_with(Feature::WriteOnly, |world| {
        let mut workspace = as_login(world, administrator(world), ADMIN);
        workspace.set_env("TF_VAR_password", FIRST);
        workspace.write(&configuration(world, &with_password(1)));
        workspace.apply();

        workspace.set_env("TF_VAR_password", SECOND);
        workspace.assert_plan_is_empty();
        assert!(
            logs_in(world, "<token>-new@pbs", FIRST),
            "the password has changed although its version is the same"
        );

        workspace.write(&configuration(world, &with_password(2)));
        let plan = workspace.plan(&[]);
        assert_eq!(plan.change(USER).actions(), ["update"], "{plan}");
        assert_eq!(plan.change(USER).changed(), ["password_wo_version".to_owned()].into());
        workspace.apply();
        workspace.assert_plan_is_empty();
        assert!(logs_in(world, "<token>-new@pbs", SECOND), "the new password does not log in");
        assert!(!logs_in(world, "<token>-new@pbs", FIRST), "the old password still logs in");
    });
}

#[test]
fn a_provider_with_a_token_or_ticket_cannot_change_a_password_and_says_why() {
    every_cli_with(Feature::WriteOnly, |world| {
        let mut workspace = world.workspace();
        workspace.set_env("TF_VAR_password", FIRST);
        workspace.write(&configuration(world, &with_password(1)));
        workspace.apply();
        let admin = world.names.fill(administrator(world));
        let login = world.api.post("/access/ticket", &[("username", &admin), ("password", ADMIN)]);
        let field =
            |name: &str| login[name].as_str().expect("the response has both fields").to_owned();

        workspace.set_env("TF_VAR_password", SECOND);
        let arguments = format!("{}\n comment = \"not without the password\"", with_password(2));
        workspace.write(&configuration(world, &arguments));
        let assert_refused = |workspace: &Workspace, reason: &str| {
            let errors = workspace.run(&["apply", "-auto-approve", "-json"]).errors();
            let text = errors[0].text();
            assert!(errors[0].points_at("password_wo"), "{}", errors[0]);
            for word in [reason, "username", "password", &world.names.fill("<token>-new@pbs")] {
                assert!(text.contains(word), "{word} is not in: {}", errors[0]);
            }
            assert_eq!(workspace.state(USER)["password_wo_version"], json!(1));
        };
        assert_refused(&workspace, "an API token");
        workspace.set_env("PBS_API_TOKEN", "");
        workspace.set_env("PBS_AUTH_TICKET", &field("ticket"));
        workspace.set_env("PBS_CSRF_PREVENTION_TOKEN", &field("CSRFPreventionToken"));
        assert_refused(&workspace, "auth_ticket");
        assert!(logs_in(world, "<token>-new@pbs", FIRST), "the password has changed");
    });
}

#[test]
fn the_first_password_version_after_an_import_sets_the_password() {
    every_cli_with(Feature::WriteOnly, |world| {
        let id = world.names.fill("<token>-new@pbs");
        world.api.post("/access/users", &[("userid", &id), ("password", FIRST)]);
        let mut workspace = as_login(world, administrator(world), ADMIN);
        workspace.set_env("TF_VAR_password", SECOND);
        workspace.write(&configuration(world, ""));
        workspace.run(&["import", USER, &id]).succeeded();
        workspace.assert_plan_is_empty();
        workspace.write(&configuration(world, &with_password(1)));
        let plan = workspace.plan(&[]);
        assert_eq!(plan.change(USER).actions(), ["update"], "{plan}");
        workspace.apply();
        workspace.assert_plan_is_empty();
        assert!(logs_in(world, "<token>-new@pbs", SECOND), "the password was not set");
    });
}

#[test]
fn an_invalid_password_is_refused_before_any_request() {
    every_cli_with(Feature::WriteOnly, |world| {
        let (workspace, before) = (world.workspace(), world.requests());
        for (attribute, arguments) in [
            ("password_wo", "password_wo = \"seven77\"".to_owned()),
            ("password_wo", format!("password_wo = \"{}\"", "x".repeat(65))),
            ("password_wo", "password_wo = \"two\\nlines of it\"".to_owned()),
            ("password_wo_version", "password_wo_version = 1".to_owned()),
        ] {
            workspace.write(&configuration(world, &arguments));
            let errors = workspace.run(&["plan", "-json"]).errors();
            assert!(errors[0].points_at(attribute), "{arguments}: {}", errors[0]);
        }
        let other_realm =
            configuration(world, "password_wo = \"long enough\"").replace("-new@pbs", "-new@pam");
        workspace.write(&other_realm);
        let errors = workspace.run(&["plan", "-json"]).errors();
        assert!(errors[0].points_at("password_wo"), "{}", errors[0]);
        assert!(errors[0].text().contains("realm"), "{}", errors[0]);
        assert_eq!(world.requests(), before, "a request was sent");
    });
}

#[test]
fn a_plan_that_deletes_a_user_warns_about_its_tokens_and_its_remaining_grants() {
    every_cli(|world| {
        let workspace = world.workspace();
        let text = configuration(world, "");
        workspace.write(&text);
        workspace.apply();
        let user = world.names.fill("<token>-new@pbs");
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
        let path = world.names.fill("<path>");
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
        let user = world.names.fill("<token>-new@pbs");
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
        let configuration = format!("{REQUIRED_PROVIDERS}{}", world.names.fill(text));
        workspace.write(&configuration.replace("REALM", "company.org"));
        let errors = workspace.run(&["apply", "-auto-approve", "-json"]).errors();
        assert!(errors[0].text().contains("There is no realm `company.org`"), "{}", errors[0]);
        workspace.write(&configuration.replace("REALM", "company.com"));
        workspace.apply();
        workspace.assert_plan_is_empty();
    }
}

/// A colleague can lock a user after a leak. The plan would enable the user again.
#[test]
fn a_user_that_was_locked_on_the_server_is_a_warning_of_the_next_plan() {
    every_cli(|world| {
        let workspace = world.workspace();
        workspace.write(&configuration(world, ""));
        workspace.apply();
        let url = world.names.fill("/access/users/<token>-new@pbs");
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
