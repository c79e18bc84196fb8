//! The password of a `pbs_user` is sent to the server and is not stored anywhere else.
//! `<token>-new@pbs` is the id of the user in [`configuration`].

use serde_json::{Value, json};
use test_support::cli::{REQUIRED_PROVIDERS, Recorded, Workspace, World};
use xtask::release::Feature;

use crate::{
    features::every_cli_with,
    user::{USER, configuration},
};

const FIRST: &str = "first-Passw0rd:with%2Fsigns";
const SECOND: &str = "second-Passw0rd";

fn with_password(version: u32) -> String {
    format!("password_wo = var.password\n password_wo_version = {version}")
}

/// A workspace whose provider logs in as this user.
fn as_login(world: &World, user: &str, password: &str) -> Workspace {
    let mut workspace = world.workspace();
    workspace.set_env("PBS_API_TOKEN", "");
    workspace.set_env("PBS_USERNAME", &world.names.insert_into(user));
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

/// Creates an administrator with the password [`ADMIN`]. Returns the id of the administrator, which
/// contains a placeholder.
fn administrator(world: &World) -> &'static str {
    let name = world.names.insert_into("<token>-admin@pbs");
    world.api.post("/access/users", &[("userid", &name), ("password", ADMIN)]);
    // To change the password of another user, PBS requires `Permissions.Modify` on `/`.
    world.api.put("/access/acl", &[("path", "/"), ("auth-id", &name), ("role", "Admin")]);
    // PBS applies grants with a delay. A change of a user makes all grants effective immediately.
    world.api.put(&format!("/access/users/{name}"), &[("comment", "logs in")]);
    "<token>-admin@pbs"
}

/// The password of the administrator.
const ADMIN: &str = "admin-Passw0rd";

#[test]
fn a_password_is_set_at_creation_and_is_not_in_plan_state_or_log() {
    every_cli_with(Feature::WriteOnly, |world| {
        let mut workspace = world.workspace();
        workspace.set_env("TF_VAR_password", FIRST);
        let arguments = format!("{}\n comment = \"public-comment\"", with_password(1));
        workspace.write(&configuration(world, &arguments));
        let run = Recorded::plan_and_apply(&mut workspace, world);
        assert!(
            logs_in(world, "<token>-new@pbs", FIRST),
            "the server does not accept the password that was set"
        );
        assert!(!logs_in(world, "<token>-new@pbs", SECOND), "the server accepts a wrong password");
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
        let admin = world.names.insert_into(administrator(world));
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
            for word in
                [reason, "username", "password", &world.names.insert_into("<token>-new@pbs")]
            {
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
        let id = world.names.insert_into("<token>-new@pbs");
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

/// A password without a version is set only when the user is created.
#[test]
fn a_password_that_will_not_be_set_is_a_warning() {
    every_cli_with(Feature::WriteOnly, |world| {
        let mut workspace = world.workspace();
        workspace.set_env("TF_VAR_password", FIRST);
        let warnings = |workspace: &Workspace| {
            let plan = workspace.run(&["plan", "-json"]).succeeded();
            let texts = plan.diagnostics().into_iter().map(|warning| warning.text());
            texts.filter(|text| text.contains("will not be set")).collect::<Vec<_>>()
        };
        let without_version = configuration(world, "password_wo = var.password");
        workspace.write(&without_version);
        workspace.apply();
        assert_eq!(warnings(&workspace), Vec::<String>::new(), "the creation has set the password");
        workspace.write(&configuration(world, "password_wo = var.password\n comment = \"new\""));
        workspace.apply();
        assert_eq!(warnings(&workspace), Vec::<String>::new(), "the password is still set");
        workspace.destroy();

        workspace.write(&configuration(world, ""));
        workspace.apply();
        assert_eq!(warnings(&workspace), Vec::<String>::new(), "no password is configured");
        workspace.write(&without_version);
        let found = warnings(&workspace);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("add `password_wo_version = 1`"), "{found:?}");
        workspace.write(&configuration(world, &with_password(1)));
        assert_eq!(warnings(&workspace), Vec::<String>::new(), "the version sets the password");
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
