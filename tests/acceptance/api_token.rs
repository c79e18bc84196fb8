//! `pbs_api_token`: the secret is created with the token and survives updates and failures. No log
//! and no output contains the secret.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use pbs_sim::{Fault, FaultKind};
use test_support::{
    cli::{REQUIRED_PROVIDERS, Workspace, World, every_cli},
    values::names,
};

const TOKEN: &str = "pbs_api_token.it";
const GRANT: &str = "pbs_acl.it";

/// A token, and a grant that depends on it.
fn configuration(world: &World, arguments: &str) -> String {
    let resources = r#"
        resource "pbs_api_token" "it" {
          user_id    = "<user>"
          token_name = "<token>"
          ARGUMENTS
        }
        resource "pbs_acl" "it" {
          path    = "<path>"
          auth_id = pbs_api_token.it.id
          role_id = "DatastoreBackup"
        }
    "#;
    format!(
        "{REQUIRED_PROVIDERS}{}",
        world.names.insert_into(&resources.replace("ARGUMENTS", arguments))
    )
}

/// Applies this configuration in a new workspace, and checks that the next plan is empty.
fn applied(world: &World, arguments: &str) -> Workspace {
    let workspace = world.workspace();
    workspace.write(&configuration(world, arguments));
    workspace.apply();
    workspace.assert_plan_is_empty();
    workspace
}

/// The attribute `api_token` of the state, which must be `id:secret`.
#[track_caller]
fn api_token(workspace: &Workspace) -> String {
    let state = workspace.state(TOKEN);
    let attribute = |name: &str| {
        state[name].as_str().unwrap_or_else(|| panic!("the state has no {name}")).to_owned()
    };
    let (id, secret, api_token) = (attribute("id"), attribute("secret"), attribute("api_token"));
    assert!(api_token == format!("{id}:{secret}"), "api_token is not id:secret");
    api_token
}

#[test]
fn pbs_accepts_the_secret_in_the_state() {
    every_cli(|world| {
        let workspace = applied(world, "");
        assert!(world.api_as(&api_token(&workspace)).accepts_credential());
        assert!(
            !world.api_as(&world.names.insert_into("<user>!<token>:wrong")).accepts_credential()
        );
    });
}

#[test]
fn an_update_of_the_comment_changes_neither_the_secret_nor_the_grant() {
    every_cli(|world| {
        let workspace = applied(world, r#"comment = "one""#);
        let before = api_token(&workspace);
        workspace.write(&configuration(world, r#"comment = "two""#));
        let plan = workspace.plan(&[]);
        assert_eq!(plan.change(TOKEN).changed(), names(&["comment"]), "{plan}");
        assert_eq!(plan.change(GRANT).actions(), ["no-op"], "{plan}");
        workspace.apply();
        assert!(api_token(&workspace) == before, "the secret has changed");
        assert!(world.api_as(&before).accepts_credential());
    });
}

#[test]
fn a_rotation_changes_only_the_secret() {
    every_cli(|world| {
        let workspace = applied(world, r#"rotation_triggers = { year = "2026" }"#);
        let (before, server) = (api_token(&workspace), world.owned());
        workspace.write(&configuration(world, r#"rotation_triggers = { year = "2027" }"#));
        let plan = workspace.plan(&[]);
        let change = plan.change(TOKEN);
        assert_eq!(change.actions(), ["update"], "{plan}");
        assert_eq!(change.unknown(), names(&["secret", "api_token", "issued_at"]), "{plan}");
        assert_eq!(plan.change(GRANT).actions(), ["no-op"], "{plan}");
        workspace.apply();
        workspace.assert_plan_is_empty();

        let after = api_token(&workspace);
        assert!(world.api_as(&after).accepts_credential(), "the new secret does not work");
        assert!(!world.api_as(&before).accepts_credential(), "the old secret still works");
        assert_eq!(world.owned(), server, "the rotation has changed more than the secret");
    });
}

#[test]
fn the_token_expires_validity_days_after_the_creation_of_its_secret() {
    every_cli(|world| {
        let workspace = applied(world, "validity_days = 90\nearly_renewal_days = 30");
        let before = api_token(&workspace);
        let state = workspace.state(TOKEN);
        let seconds = |name: &str| {
            let text = state[name].as_str().unwrap_or_else(|| panic!("the state has no {name}"));
            text.parse::<jiff::Timestamp>().expect("an RFC 3339 timestamp").as_second()
        };
        assert_eq!(seconds("expiration_date") - seconds("issued_at"), 90 * 24 * 60 * 60);
        let url = world.names.insert_into("/access/users/<user>/token/<token>");
        let expire = || world.api.get(&url)["expire"].as_i64().unwrap_or(0);
        assert_eq!(expire(), seconds("expiration_date"));

        for (arguments, expected) in [("validity_days = 90", expire()), ("", 0)] {
            workspace.write(&configuration(world, arguments));
            workspace.apply();
            workspace.assert_plan_is_empty();
            assert_eq!(expire(), expected, "with {arguments:?}");
        }
        assert!(api_token(&workspace) == before, "the secret has changed");
    });
}

#[test]
fn creating_an_existing_token_is_an_error_that_shows_an_import_block() {
    every_cli(|world| {
        let url = world.names.insert_into("/access/users/<user>/token/<token>");
        let created = world.api.post(&url, &[("comment", "created outside")]);
        let workspace = world.workspace();
        workspace.write(&configuration(world, ""));
        let errors = workspace.run(&["apply", "-auto-approve", "-json"]).errors();
        let text = errors[0].text();
        assert!(
            text.contains("import {")
                && text.contains(&world.names.insert_into("\"<user>!<token>\"")),
            "{}",
            errors[0]
        );
        let field =
            |name: &str| created[name].as_str().expect("the response has the id and the secret");
        assert!(
            world.api_as(&format!("{}:{}", field("tokenid"), field("value"))).accepts_credential(),
            "the secret was regenerated"
        );
    });
}

#[test]
fn no_token_is_created_for_a_missing_user() {
    every_cli(|world| {
        let workspace = world.workspace();
        let configuration = configuration(world, "")
            .replace(&world.names.insert_into("<user>"), &world.names.insert_into("nobody-<user>"));
        workspace.write(&configuration);
        let errors = workspace.run(&["apply", "-auto-approve", "-json"]).errors();
        assert!(
            errors[0].text().contains(&world.names.insert_into("nobody-<user>")),
            "{}",
            errors[0]
        );
        if let Some(simulator) = world.simulator("looking for orphaned tokens") {
            let orphans = simulator
                .world(|world| world.tokens().keys().filter(|id| id.starts_with("nobody")).count());
            assert_eq!(orphans, 0);
        }
    });
}

/// In each case the server creates the token. Afterwards the response is lost or truncated, or the
/// creation of the grant fails.
#[test]
fn a_failure_after_the_creation_of_the_token_loses_no_secret() {
    let failures = [
        ("the response is lost", "POST", "/access/users/*/token/*", FaultKind::DroppedAfter),
        ("the response is truncated", "POST", "/access/users/*/token/*", FaultKind::Truncated),
        ("the grant fails", "PUT", "/access/acl", FaultKind::Status(400, "out of order".into())),
    ];
    every_cli(|world| {
        let Some(simulator) = world.simulator("responses that get lost") else { return };
        for (name, method, path, kind) in &failures {
            let workspace = world.workspace();
            workspace.write(&configuration(world, ""));
            let fault = simulator.fault(Fault::new(method, path, kind.clone()).times(1));
            let outcome = workspace.run(&["apply", "-auto-approve"]);
            assert_eq!(
                simulator.fault_count(fault),
                1,
                "{name}: the fault has not happened:\n{outcome}"
            );
            simulator.clear_faults();
            let state = workspace.state(TOKEN);
            assert!(
                state.is_object(),
                "{name}: no token in the state:\n{outcome}{}",
                world.last_requests()
            );
            let stored = api_token(&workspace);
            assert!(
                world.api_as(&stored).accepts_credential(),
                "{name}: the secret in the state does not work"
            );

            workspace.apply();
            workspace.assert_plan_is_empty();
            assert!(
                api_token(&workspace) == stored,
                "{name}: the next apply has changed the secret"
            );
            workspace.destroy();
        }
    });
}

#[test]
fn ctrl_c_during_the_creation_loses_no_secret() {
    every_cli(|world| {
        let Some(simulator) = world.simulator("a slow creation") else { return };
        let workspace = world.workspace();
        workspace.write(&configuration(world, ""));
        let slow = FaultKind::Slow(Duration::from_secs(2));
        let fault = simulator.fault(Fault::new("POST", "/access/users/*/token/*", slow));
        let running = workspace.start(&["apply", "-auto-approve"]);
        let deadline = Instant::now() + Duration::from_secs(30);
        while simulator.fault_count(fault) == 0 {
            assert!(Instant::now() < deadline, "the creation was not requested");
            thread::sleep(Duration::from_millis(5));
        }
        running.interrupt();
        let outcome = running.wait();
        assert!(outcome.stdout.contains("Interrupt received"), "{outcome}");
        let stored = api_token(&workspace);
        assert!(
            world.api_as(&stored).accepts_credential(),
            "the secret in the state does not work"
        );

        simulator.clear_faults();
        workspace.apply();
        workspace.assert_plan_is_empty();
        assert!(api_token(&workspace) == stored, "the next apply has changed the secret");
    });
}

#[test]
fn log_and_output_contain_no_secret() {
    every_cli(|world| {
        let mut workspace = world.workspace();
        let log = workspace.directory().join("trace.log");
        workspace.set_env("TF_LOG", "TRACE");
        workspace.set_env("TF_LOG_PATH", &log.display().to_string());
        workspace.write(&configuration(world, r#"rotation_triggers = { year = "2026" }"#));
        let mut output = workspace.apply().stdout;
        let first = api_token(&workspace);
        workspace.write(&configuration(world, r#"rotation_triggers = { year = "2027" }"#));
        output.push_str(&workspace.apply().stdout);
        let second = api_token(&workspace);
        let state = workspace.state(TOKEN);

        let log = fs::read_to_string(log).expect("Terraform writes its log");
        assert!(log.contains("/token/"), "the log must contain the provider's log");
        for api_token in [&first, &second] {
            let (_, secret) = api_token.split_once(':').expect("id:secret");
            let lines = log.lines().filter(|line| line.contains(secret)).count();
            assert_eq!(lines, 0, "lines of the log with a secret");
            assert!(!output.contains(secret), "the output shows a secret");
        }
        let (_, secret) = second.split_once(':').expect("id:secret");
        assert!(state.to_string().contains(secret), "the secret must be in the state");
    });
}
