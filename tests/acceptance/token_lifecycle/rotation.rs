//! Rotation (replacing the secret of a token). A rotation happens only when it is requested, and
//! changes nothing else.

use test_support::cli::{World, every_cli};

use super::{
    TOKEN, api_token, applied, assert_actions, configuration, names, plan_warnings, token,
    token_and_grants,
};

const GRANT: &str = "pbs_acl.token";

/// A user who adds a trigger after a leak expects the old secret to stop working.
#[test]
fn adding_triggers_rotates_the_secret_with_a_warning_and_removing_them_does_not() {
    every_cli(|world| {
        let workspace = applied(world, &token_and_grants(""));
        for (triggers, rotates) in
            [("{ leak = \"1\" }", true), ("{}", false), ("null", false), ("{ b = \"1\" }", true)]
        {
            let before = api_token(&workspace);
            let arguments = format!("rotation_triggers = {triggers}");
            workspace.write(&configuration(world, &token_and_grants(&arguments)));
            let warnings = plan_warnings(&workspace);
            let warned = warnings.iter().any(|text| text.contains("uses the old secret loses"));
            assert_eq!(warned, rotates, "{triggers}: {warnings:?}");
            let plan = workspace.plan(&[]);
            assert_eq!(plan.change(TOKEN).unknown().contains("secret"), rotates, "{plan}");
            assert_actions(&plan, GRANT, &["no-op"]);
            workspace.apply();
            workspace.assert_plan_is_empty();
            let after = api_token(&workspace);
            assert_eq!(after != before, rotates, "{triggers}");
            assert_eq!(world.api_as(&before).accepts_credential(), !rotates, "{triggers}");
            assert!(world.api_as(&after).accepts_credential());
        }
    });
}

/// Somebody else can replace the secret, for example by hand. Unless the provider checks the
/// secret, the plan is empty.
#[test]
fn with_verify_secrets_a_secret_that_does_not_work_is_replaced_by_a_visible_plan() {
    every_cli(|world| {
        let mut workspace = applied(world, &token_and_grants(""));
        let url = world.names.insert_into("/access/users/<user>/token/<token>");
        world.api.put(&url, &[("regenerate", "1")]);
        workspace.assert_plan_is_empty();

        workspace.set_env("PBS_VERIFY_SECRETS", "true");
        let expected = world.names.insert_into("The secret of <user>!<token> does not work");
        let warnings = plan_warnings(&workspace);
        assert!(warnings.iter().any(|text| text.contains(&expected)), "{warnings:?}");
        assert_actions(&workspace.plan(&[]), TOKEN, &["update"]);
        workspace.apply();
        workspace.assert_plan_is_empty();
        let secret = api_token(&workspace);
        assert!(world.api_as(&secret).accepts_credential());

        // The server rejects every secret of a disabled token, so the check cannot tell whether the
        // secret is wrong.
        world.api.put(&url, &[("enable", "0")]);
        let plan = workspace.plan(&[]);
        assert_eq!(plan.change(TOKEN).changed(), names(&["enabled"]), "{plan}");
        workspace.apply();
        assert!(api_token(&workspace) == secret);
    });
}

/// For example, the resource `time_rotating` has an attribute with such a timestamp.
#[test]
fn a_trigger_can_be_an_rfc_3339_timestamp() {
    every_cli(|world| {
        let triggered_at =
            |time: &str| token_and_grants(&format!("rotation_triggers = {{ month = \"{time}\" }}"));
        let workspace = applied(world, &triggered_at("2026-11-01T00:00:00Z"));
        let before = api_token(&workspace);
        workspace.write(&configuration(world, &triggered_at("2026-12-01T00:00:00Z")));
        let plan = workspace.plan(&[]);
        assert_eq!(plan.change(TOKEN).unknown(), names(&["secret", "api_token", "issued_at"]));
        assert_actions(&plan, GRANT, &["no-op"]);
        workspace.apply();
        workspace.assert_plan_is_empty();
        assert!(world.api_as(&api_token(&workspace)).accepts_credential());
        assert!(!world.api_as(&before).accepts_credential());
    });
}

/// A token, and another resource. A trigger of the token depends on the other resource. A change of
/// `input` replaces the other resource.
fn triggered_by(value: &str, input: &str, arguments: &str) -> String {
    token_and_grants(&format!("rotation_triggers = {{ it = {value} }}\n{arguments}"))
        + &format!("resource \"terraform_data\" \"it\" {{\n triggers_replace = \"{input}\"\n}}\n")
}

#[test]
fn an_unknown_trigger_rotates_only_if_its_value_changes() {
    every_cli(|world| {
        // After a replacement, the other resource has another id of the same length.
        for (value, rotates) in
            [("terraform_data.it.id", true), ("tostring(length(terraform_data.it.id))", false)]
        {
            let arguments = "validity_days = 30\n early_renewal_days = 7";
            let workspace = applied(world, &triggered_by(value, "1", arguments));
            let before = workspace.state(TOKEN);
            let old = api_token(&workspace);
            // Other attributes change at the same time.
            let arguments = "validity_days = 30\n early_renewal_days = 6\n comment = \"edited\"";
            workspace.write(&configuration(world, &triggered_by(value, "2", arguments)));
            let plan = workspace.plan(&[]);
            let unknown = plan.change(TOKEN).unknown();
            assert!(unknown.contains("secret") && !unknown.contains("id"), "{value}:\n{plan}");
            assert_actions(&plan, GRANT, &["no-op"]);
            workspace.apply();
            workspace.assert_plan_is_empty();

            let (after, new) = (workspace.state(TOKEN), api_token(&workspace));
            assert!((new != old) == rotates, "{value}: rotated: {}", new != old);
            assert!(world.api_as(&new).accepts_credential());
            if !rotates {
                for attribute in ["issued_at", "expiration_date", "ready_for_renewal"] {
                    assert_eq!(after[attribute], before[attribute], "{value}: {attribute}");
                }
            }
            workspace.destroy();
        }
    });
}

#[test]
fn a_rotation_and_other_changes_are_one_request() {
    every_cli(|world| {
        let workspace = applied(world, &token("rotation_triggers = { n = \"1\" }"));
        let Some(simulator) = world.simulator("counting requests") else { return };
        simulator.clear_requests();
        workspace.write(&configuration(
            world,
            &token(
                "rotation_triggers = { n = \"2\" }\n comment = \"new\"\n expiration_date = \"2099-01-01T00:00:00Z\"",
            ),
        ));
        workspace.apply();
        let puts = simulator.requests_to("PUT", "/access/users/*/token/*");
        assert_eq!(puts.len(), 1, "{puts:?}");
        let parameters =
            ["regenerate", "comment", "expire", "enable"].map(|name| puts[0].param(name));
        assert!(parameters[0].is_some());
        assert_eq!(parameters[1..], [Some("new"), Some("4070908800"), None]);
        workspace.assert_plan_is_empty();
    });
}

#[test]
fn a_rotation_of_an_imported_token_warns_of_the_replaced_secret() {
    every_cli(|world| {
        let old = create_outside(world);
        let workspace = world.workspace();
        workspace.write(&configuration(world, &token("")));
        workspace.run(&["import", TOKEN, &world.names.insert_into("<user>!<token>")]).succeeded();
        workspace.apply();
        workspace.assert_plan_is_empty();

        workspace
            .write(&configuration(world, &token("rotation_triggers = { imported = \"yes\" }")));
        let warnings = plan_warnings(&workspace);
        let warning = warnings.iter().find(|text| text.contains("will be replaced"));
        let warning =
            warning.unwrap_or_else(|| panic!("no warning about the secret: {warnings:?}"));
        assert!(warning.contains(&world.names.insert_into("<user>!<token>")), "{warning}");
        assert!(warning.contains("loses access"), "{warning}");
        let plan = workspace.plan(&[]);
        assert_actions(&plan, TOKEN, &["update"]);
        workspace.apply();
        workspace.assert_plan_is_empty();
        assert!(world.api_as(&api_token(&workspace)).accepts_credential());
        assert!(!world.api_as(&old).accepts_credential());
        assert!(plan_warnings(&workspace).is_empty());
    });
}

/// Creates the token `<token>` of `<user>` outside of Terraform. Returns `id:secret`.
fn create_outside(world: &World) -> String {
    let url = world.names.insert_into("/access/users/<user>/token/<token>");
    let created = world.api.post(&url, &[("comment", "")]);
    format!(
        "{}:{}",
        world.names.insert_into("<user>!<token>"),
        created["value"].as_str().expect("a secret")
    )
}
