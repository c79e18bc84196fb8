//! Ids of users and tokens that do not work, or work only in part. PBS cannot store grants for some
//! user names. If a user name is not ASCII, the tokens of the user cannot log in.

use test_support::cli::{Outcome, REQUIRED_PROVIDERS, World, every_cli};

/// The warnings of a command that succeeds.
#[track_caller]
fn warnings(outcome: Outcome) -> Vec<String> {
    outcome.succeeded().diagnostics().into_iter().map(|warning| warning.text()).collect()
}

/// A user whose id is this text followed by `<user>`, and a token of the user.
fn user_and_token(world: &World, beginning: &str) -> String {
    let text = r#"
        resource "pbs_user" "it" {
          user_id = "NAME<user>"
        }
        resource "pbs_api_token" "it" {
          user_id    = "NAME<user>"
          token_name = "<token>"
          depends_on = [pbs_user.it]
        }
    "#;
    format!("{REQUIRED_PROVIDERS}{}", world.names.insert_into(&text.replace("NAME", beginning)))
}

#[test]
fn users_and_tokens_that_cannot_get_grants_are_managed_with_a_warning() {
    every_cli(|world| {
        if world.simulator("users without the prefix of the test").is_none() {
            return;
        }
        for name in ["doe,john-", "@"] {
            let workspace = world.workspace();
            workspace.write(&user_and_token(world, name));
            let texts = warnings(workspace.run(&["plan", "-json"]));
            let user = world.names.insert_into(&format!("{name}<user>"));
            let expected = format!("PBS cannot store grants for {user}");
            let found = texts.iter().filter(|text| text.contains(&expected)).count();
            assert_eq!(found, 2, "one warning for the user and one for the token: {texts:?}");
            workspace.apply();
            workspace.assert_plan_is_empty();
            let texts = warnings(workspace.run(&["plan", "-json"]));
            assert!(texts.is_empty(), "the warning is repeated: {texts:?}");
            workspace.run(&["destroy", "-auto-approve"]).succeeded();
        }
    });
}

/// Terraform does not know the id of the new token during the plan, so the provider can refuse the
/// grant only during the apply.
#[test]
fn a_grant_that_would_lock_all_users_out_is_refused_during_the_apply_before_a_request() {
    every_cli(|world| {
        let Some(simulator) = world.simulator("a user without the prefix of the test") else {
            return;
        };
        let workspace = world.workspace();
        let grant = r#"
            resource "pbs_acl" "it" {
              path    = "<path>"
              auth_id = pbs_api_token.it.id
              role_id = "DatastoreAudit"
            }
        "#;
        workspace.write(&(user_and_token(world, "doe,john-") + &world.names.insert_into(grant)));
        let errors = workspace.run(&["apply", "-auto-approve", "-json"]).errors();
        let error = &errors[0];
        assert!(error.points_at("auth_id") && error.text().contains("comma"), "{error}");
        assert!(simulator.requests_to("PUT", "/access/acl").is_empty());
        assert!(world.api.accepts_credential(), "the server still accepts tokens");
    });
}

#[test]
fn a_token_that_cannot_log_in_is_created_with_a_warning() {
    every_cli(|world| {
        if world.simulator("a user without the prefix of the test").is_none() {
            return;
        }
        let workspace = world.workspace();
        workspace.write(&user_and_token(world, "jürgen-"));
        let texts = warnings(workspace.run(&["plan", "-json"]));
        let found = texts.iter().filter(|text| text.contains("The token cannot log in")).count();
        assert_eq!(found, 1, "{texts:?}");
        workspace.apply();
        workspace.assert_plan_is_empty();
        assert_eq!(warnings(workspace.run(&["plan", "-json"])), Vec::<String>::new());

        // If the provider itself logs in with such a token, the error explains the status 401.
        let state = workspace.state("pbs_api_token.it");
        let token = state["api_token"].as_str().expect("the state has the token");
        let mut workspace = world.workspace();
        workspace.set_env("PBS_API_TOKEN", token);
        workspace.write(&format!("{REQUIRED_PROVIDERS}data \"pbs_version\" \"it\" {{}}\n"));
        let errors = workspace.run(&["plan", "-json"]).errors();
        assert!(errors[0].text().contains("not ASCII"), "{}", errors[0]);
    });
}

/// Each part of the id has an allowed length, but the whole id is too long. The plan does not know
/// the whole id.
#[test]
fn a_token_id_that_is_too_long_is_refused_during_the_apply_before_a_request() {
    every_cli(|world| {
        let Some(simulator) = world.simulator("the number of requests") else { return };
        let workspace = world.workspace();
        let text = r#"
            resource "terraform_data" "user" {
              input = "<user>"
            }
            resource "pbs_api_token" "it" {
              user_id    = terraform_data.user.output
              token_name = "NAME"
            }
        "#;
        let text = text.replace("NAME", &"n".repeat(60));
        workspace.write(&format!("{REQUIRED_PROVIDERS}{}", world.names.insert_into(&text)));
        workspace.run(&["plan"]).succeeded();
        simulator.clear_requests();
        let errors = workspace.run(&["apply", "-auto-approve", "-json"]).errors();
        let texts: Vec<_> = errors.iter().map(|error| error.text()).collect();
        assert!(texts.len() == 1 && texts[0].starts_with("Invalid token_name"), "{texts:?}");
        assert!(texts[0].contains("at most 64 are allowed"), "{texts:?}");
        let writes = simulator.requests().into_iter().filter(|request| request.method != "GET");
        assert_eq!(writes.count(), 0, "a request was sent");
    });
}
