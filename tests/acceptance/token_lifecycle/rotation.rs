//! A new secret in place: only when it was asked for, and without touching anything else.

use test_support::cli::{World, every_cli};

use super::{
    TOKEN, actions, api_token, applied, names, plan_warnings, token, token_and_grants, written,
};

const GRANT: &str = "pbs_acl.token";

#[test]
fn triggers_that_come_or_go_beside_a_known_secret_are_only_recorded() {
    every_cli(|world| {
        let workspace = applied(world, &token_and_grants(""));
        let secret = api_token(&workspace);
        for triggers in ["{ a = \"1\" }", "{}", "{ b = \"1\" }", "null"] {
            let arguments = format!("rotation_triggers = {triggers}");
            workspace.write(&written(world, &token_and_grants(&arguments)));
            let plan = workspace.plan(&[]);
            let changed = plan.change(TOKEN).changed();
            assert_eq!(changed, names(&["rotation_triggers"]), "{triggers}:\n{plan}");
            actions(&plan, GRANT, &["no-op"]);
            workspace.apply();
            workspace.assert_plan_is_empty();
            assert!(api_token(&workspace) == secret, "{triggers} has made another secret");
        }
        assert!(world.api_as(&secret).accepts_credential());
    });
}

/// As `time_rotating` has it: a moment in RFC 3339, replaced when it is over.
#[test]
fn a_trigger_may_be_a_moment() {
    every_cli(|world| {
        let at = |moment: &str| {
            token_and_grants(&format!("rotation_triggers = {{ month = \"{moment}\" }}"))
        };
        let workspace = applied(world, &at("2026-11-01T00:00:00Z"));
        let before = api_token(&workspace);
        workspace.write(&written(world, &at("2026-12-01T00:00:00Z")));
        let plan = workspace.plan(&[]);
        assert_eq!(plan.change(TOKEN).unknown(), names(&["secret", "api_token", "issued_at"]));
        actions(&plan, GRANT, &["no-op"]);
        workspace.apply();
        workspace.assert_plan_is_empty();
        assert!(world.api_as(&api_token(&workspace)).accepts_credential());
        assert!(!world.api_as(&before).accepts_credential());
    });
}

fn triggered_by(value: &str, input: &str, arguments: &str) -> String {
    token_and_grants(&format!("rotation_triggers = {{ it = {value} }}\n{arguments}"))
        + &format!("resource \"terraform_data\" \"it\" {{\n triggers_replace = \"{input}\"\n}}\n")
}

#[test]
fn a_trigger_that_is_not_known_yet_rotates_only_if_it_turns_out_to_differ() {
    every_cli(|world| {
        // The id of what is replaced differs; its length does not.
        for (value, rotates) in
            [("terraform_data.it.id", true), ("tostring(length(terraform_data.it.id))", false)]
        {
            let terms = "validity_days = 30\n early_renewal_days = 7";
            let workspace = applied(world, &triggered_by(value, "1", terms));
            let before = workspace.state(TOKEN);
            let old = api_token(&workspace);
            // Something else changes along with it.
            let terms = "validity_days = 30\n early_renewal_days = 6\n comment = \"edited\"";
            workspace.write(&written(world, &triggered_by(value, "2", terms)));
            let plan = workspace.plan(&[]);
            let unknown = plan.change(TOKEN).unknown();
            assert!(unknown.contains("secret") && !unknown.contains("id"), "{value}:\n{plan}");
            actions(&plan, GRANT, &["no-op"]);
            workspace.apply();
            workspace.assert_plan_is_empty();

            let (after, new) = (workspace.state(TOKEN), api_token(&workspace));
            assert!((new != old) == rotates, "{value}: rotated: {}", new != old);
            assert!(world.api_as(&new).accepts_credential());
            if !rotates {
                for kept in ["issued_at", "expiration_date", "ready_for_renewal"] {
                    assert_eq!(after[kept], before[kept], "{value}: {kept}");
                }
            }
            workspace.destroy();
        }
    });
}

#[test]
fn a_rotation_sends_the_other_changes_in_the_same_request() {
    every_cli(|world| {
        let workspace = applied(world, &token("rotation_triggers = { n = \"1\" }"));
        let Some(simulator) = world.simulator("counting requests") else { return };
        simulator.clear_requests();
        workspace.write(&written(
            world,
            &token(
                "rotation_triggers = { n = \"2\" }\n comment = \"new\"\n expiration_date = \"2099-01-01T00:00:00Z\"",
            ),
        ));
        workspace.apply();
        let puts = simulator.requests_to("PUT", "/access/users/*/token/*");
        assert_eq!(puts.len(), 1, "{puts:?}");
        let sent = ["regenerate", "comment", "expire", "enable"].map(|name| puts[0].param(name));
        assert!(sent[0].is_some());
        assert_eq!(sent[1..], [Some("new"), Some("4070908800"), None]);
        workspace.assert_plan_is_empty();
    });
}

#[test]
fn a_token_is_taken_over_with_a_warning_where_its_secret_is_not_known() {
    every_cli(|world| {
        let old = made_by_hand(world);
        let workspace = world.workspace();
        workspace.write(&written(world, &token("")));
        workspace.run(&["import", TOKEN, &world.names.fill("<user>!<token>")]).succeeded();
        workspace.apply();
        workspace.assert_plan_is_empty();

        workspace.write(&written(world, &token("rotation_triggers = { taken = \"over\" }")));
        let warnings = plan_warnings(&workspace);
        let told = warnings.iter().find(|text| text.contains("will be replaced"));
        let told = told.unwrap_or_else(|| panic!("no warning of it: {warnings:?}"));
        assert!(told.contains(&world.names.fill("<user>!<token>")), "{told}");
        assert!(told.contains("loses access"), "{told}");
        let plan = workspace.plan(&[]);
        actions(&plan, TOKEN, &["update"]);
        workspace.apply();
        workspace.assert_plan_is_empty();
        assert!(world.api_as(&api_token(&workspace)).accepts_credential());
        assert!(!world.api_as(&old).accepts_credential());
        assert!(plan_warnings(&workspace).is_empty());
    });
}

/// Makes the token beside Terraform: `id:secret`.
fn made_by_hand(world: &World) -> String {
    let url = world.names.fill("/access/users/<user>/token/<token>");
    let made = world.api.post(&url, &[("comment", "")]);
    format!("{}:{}", world.names.fill("<user>!<token>"), made["value"].as_str().expect("a secret"))
}
