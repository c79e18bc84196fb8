//! Values that the server does not accept, and privileges that the caller lacks. Each error names
//! the attribute, and says what is wrong and what to do. No object is created.

use pbs_sim::{Fault, FaultKind};
use serde_json::Value;
use test_support::cli::{Diagnostic, REQUIRED_PROVIDERS, Workspace, World, every_cli};
use xtask::release::Feature;

use crate::features::every_cli_with;

fn workspace(world: &World, text: &str) -> Workspace {
    let workspace = world.workspace();
    workspace.write(&format!("{REQUIRED_PROVIDERS}{}", world.names.insert_into(text)));
    workspace
}

#[track_caller]
fn only(errors: &[Diagnostic]) -> &Diagnostic {
    let texts: Vec<_> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(errors.len(), 1, "{texts:?}");
    &errors[0]
}

/// Checks that there is one error, that it points at the attribute, and that it contains the parts.
#[track_caller]
fn assert_error(world: &World, errors: &[Diagnostic], attribute: &str, parts: &[&str]) {
    let error = only(errors);
    assert!(error.points_at(attribute), "{error}");
    let text = error.text().replace('\n', " ");
    for part in parts {
        let part = world.names.insert_into(part);
        assert!(text.contains(&part), "`{part}` is not in: {text}");
    }
}

fn acl(path: &str, auth_id: &str, role: &str) -> String {
    format!(
        "resource \"pbs_acl\" \"it\" {{\n path = \"{path}\"\n auth_id = \"{auth_id}\"\n role_id = \
         \"{role}\"\n}}\n"
    )
}

#[test]
fn the_plan_rejects_a_role_that_the_server_does_not_have() {
    every_cli(|world| {
        for (role, suggestion) in
            [("NoSuchRole", ""), ("audit", "Did you mean `Audit`?"), ("Auditt", "mean `Audit`?")]
        {
            let workspace = workspace(world, &acl("<path>", "<user>", role));
            let before = world.owned();
            let errors = workspace.run(&["plan", "-json"]).errors();
            let title = format!("There is no role `{role}`");
            let parts = [&title, suggestion, "`Audit`", "`DatastoreBackup`"];
            assert_error(world, &errors, "role_id", &parts);
            assert_eq!(world.owned(), before);
        }
    });
}

/// The validation sends no request, so it compares the role with the roles of the known versions of
/// PBS.
#[test]
fn the_validation_warns_of_a_role_that_no_known_version_has() {
    every_cli(|world| {
        for (role, expected) in [("DatastoreReaderr", 1), ("DatastoreReader", 0)] {
            let workspace = workspace(world, &acl("<path>", "<user>", role));
            let outcome = workspace.run(&["validate", "-json"]).succeeded();
            let result: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
            let warnings = result["diagnostics"].as_array().expect("a list").iter();
            let title = format!("The role `{role}` is not known");
            let found: Vec<_> = warnings.filter(|warning| warning["summary"] == title).collect();
            assert_eq!(found.len(), expected, "{outcome}");
            for warning in found {
                let detail = warning["detail"].as_str().expect("a text");
                assert!(detail.starts_with("Did you mean `DatastoreReader`?"), "{detail}");
                let line = warning["snippet"]["code"].as_str().expect("a line");
                assert!(line.trim().starts_with("role_id"), "{line}");
            }
        }
    });
}

/// If the provider cannot read the roles, the server itself refuses the role.
#[test]
fn a_role_that_the_server_refuses_is_an_error_of_role_id() {
    every_cli(|world| {
        let Some(simulator) = world.simulator("a list that cannot be read") else { return };
        let unreadable = FaultKind::Status(400, "no list today".into());
        simulator.fault(Fault::new("GET", "/access/roles", unreadable));
        let workspace = workspace(world, &acl("<path>", "<user>", "NoSuchRole"));
        let errors = workspace.run(&["apply", "-auto-approve", "-json"]).errors();
        let parts = ["The server does not accept the value of `role_id`", "'NoSuchRole'"];
        assert_error(world, &errors, "role_id", &parts);
    });
}

#[test]
fn a_grant_for_a_missing_user_or_token_says_which_resource_creates_it() {
    every_cli(|world| {
        for (auth_id, title, resource) in [
            ("ghost@pbs", "There is no user ghost@pbs", "`pbs_user.NAME.id`"),
            ("<user>!ghost", "There is no token <user>!ghost", "`pbs_api_token.NAME.id`"),
        ] {
            let workspace = workspace(world, &acl("<path>", auth_id, "Audit"));
            let errors = workspace.run(&["apply", "-auto-approve", "-json"]).errors();
            assert_error(world, &errors, "auth_id", &[title, resource, "spelling"]);
        }
    });
}

#[test]
fn a_user_of_an_unknown_realm_is_an_error_of_user_id() {
    every_cli(|world| {
        let user = "resource \"pbs_user\" \"it\" {\n user_id = \"<token>@company\"\n}\n";
        let workspace = workspace(world, user);
        let errors = workspace.run(&["apply", "-auto-approve", "-json"]).errors();
        assert_error(
            world,
            &errors,
            "user_id",
            &["There is no realm `company`", "<token>@company", "`pbs` and `pam`"],
        );
    });
}

#[test]
fn the_grants_of_an_ephemeral_token_are_checked_before_the_token_is_created() {
    every_cli_with(Feature::Ephemeral, |world| {
        for (path, role, title) in [
            ("<path>", "NoSuchRole", "There is no role `NoSuchRole`"),
            ("/datastores/x", "Audit", "PBS does not know the path /datastores/x"),
        ] {
            let text = format!(
                "ephemeral \"pbs_api_token\" \"it\" {{\n user_id = \"<user>\"\n grants = [{{ path \
                 = \"{path}\", role_id = \"{role}\" }}]\n}}\n"
            );
            let workspace = workspace(world, &text);
            let before = world.owned();
            let errors = workspace.run(&["plan", "-json"]).errors();
            let error = only(&errors);
            assert!(error.text().contains(title), "{error}");
            assert!(error.points_at("grants"), "{error}");
            assert_eq!(world.owned(), before);
        }
    });
}

#[test]
fn an_error_for_a_missing_privilege_names_the_token_and_its_user() {
    every_cli(|world| {
        // This is the token `powerless` of the user `<other>`.
        let token = world.powerless_token();
        let user = "resource \"pbs_user\" \"it\" {\n user_id = \"<token>@pbs\"\n}\n";
        let workspace = workspace(world, user);
        let variables = [("PBS_API_TOKEN", token.as_str())];
        let arguments = ["apply", "-auto-approve", "-json"];
        let errors = workspace.run_with_env(&variables, &arguments).errors();
        let text = only(&errors).text().replace('\n', " ");
        let expected = world.names.insert_into(
            "The token <other>!powerless or its user <other> lacks the privilege \
             `Permissions.Modify` on `/access/users`. Both need a role with this privilege.",
        );
        assert!(text.contains(&expected), "{text}");
    });
}
