//! Replacement of a token. If a token is replaced, the plan shows that the grants (ACL entries) of
//! the token are replaced too. After the apply, the new token has these grants.

use pbs_sim::{Fault, FaultKind};
use serde_json::Value;
use test_support::cli::{Plan, Workspace, World, every_cli};

use super::{
    TOKEN, api_token, applied, assert_actions, configuration, errors, flat, grant, grants,
    plan_warnings, token, token_and_grants,
};

const GRANT: &str = "pbs_acl.token";
const USER_GRANT: &str = "pbs_acl.user";
const REPLACED: [&str; 2] = ["delete", "create"];

/// Checks and applies the plan. The token and the grant of the token must be replaced. The grant of
/// the user must stay unchanged.
#[track_caller]
fn assert_replaced(world: &World, workspace: &Workspace, plan: &Plan, arguments: &[&str]) {
    assert_actions(plan, TOKEN, &REPLACED);
    assert_actions(plan, GRANT, &REPLACED);
    assert_actions(plan, USER_GRANT, &["no-op"]);
    assert!(plan.change(TOKEN).unknown().contains("id"), "{plan}");
    let before = api_token(workspace);
    workspace.run(&[&["apply", "-auto-approve"], arguments].concat()).succeeded();
    workspace.assert_plan_is_empty();
    let after = api_token(workspace);
    assert!(
        world.api_as(&after).accepts_credential() && !world.api_as(&before).accepts_credential()
    );
    assert!(can_back_up(world, &after), "the new token does not have its privileges");
}

fn can_back_up(world: &World, token: &str) -> bool {
    let path = world.names.insert_into("<path>");
    let privileges = world.api_as(token).get(&format!("/access/permissions?path={path}"));
    privileges[&path]["Datastore.Backup"] == true
}

#[test]
fn a_requested_replacement_creates_the_grants_again() {
    every_cli(|world| {
        let workspace = applied(world, &token_and_grants(""));
        let before = grants(world);
        let plan = workspace.plan(&["-replace=pbs_api_token.it"]);
        assert_replaced(world, &workspace, &plan, &["-replace=pbs_api_token.it"]);
        assert_eq!(grants(world), before, "the replacement has changed the grants");
    });
}

#[test]
fn a_tainted_token_is_replaced_with_its_grants() {
    every_cli(|world| {
        let workspace = applied(world, &token_and_grants(""));
        let before = grants(world);
        workspace.run(&["taint", TOKEN]).succeeded();
        let plan = workspace.plan(&[]);
        assert_replaced(world, &workspace, &plan, &[]);
        assert_eq!(grants(world), before, "the replacement has changed the grants");
    });
}

#[test]
fn a_new_name_replaces_the_token() {
    every_cli(|world| {
        let workspace = applied(world, &token_and_grants(""));
        let renamed = token_and_grants("").replace("\"<token>\"", "\"<token>-2\"");
        workspace.write(&configuration(world, &renamed));
        let plan = workspace.plan(&[]);
        assert_replaced(world, &workspace, &plan, &[]);
        let tokens = world.api.get(&world.names.insert_into("/access/users/<user>/token"));
        let names: Vec<_> =
            tokens.as_array().expect("a list").iter().map(|it| &it["tokenid"]).collect();
        assert_eq!(names, [&Value::from(world.names.insert_into("<user>!<token>-2"))]);
    });
}

#[test]
fn a_new_name_or_user_is_a_warning_that_names_the_secret_and_the_backup_groups() {
    every_cli(|world| {
        let workspace = applied(world, &token_and_grants(""));
        let warnings = |resources: &str| {
            workspace.write(&configuration(world, resources));
            let mut warnings = plan_warnings(&workspace);
            warnings.retain(|warning| warning.contains("will be replaced by another token"));
            warnings
        };
        for (old, new) in [("\"<token>\"", "\"<token>-2\""), ("\"<user>\"\n", "\"root@pam\"\n")] {
            let changed = token("").replacen(old, new, 1);
            let found = warnings(&token_and_grants("").replacen(&token(""), &changed, 1));
            let [warning] = &found[..] else { panic!("{changed}: {found:#?}") };
            let id = world.names.insert_into("<user>!<token>");
            for part in [&*id, "a new secret", "backup groups", "pbs_change_owner"] {
                assert!(warning.contains(part), "{part} is missing: {warning}");
            }
        }
        let found = warnings(&token_and_grants("comment = \"changed\""));
        assert!(found.is_empty(), "the id does not change: {found:#?}");
    });
}

#[test]
fn a_token_deleted_outside_of_terraform_is_created_again_with_its_grants() {
    every_cli(|world| {
        let workspace = applied(world, &token_and_grants(""));
        world.api.delete(&world.names.insert_into("/access/users/<user>/token/<token>"));
        let plan = workspace.plan(&[]);
        assert_actions(&plan, TOKEN, &["create"]);
        assert_actions(&plan, GRANT, &["create"]);
        assert_actions(&plan, USER_GRANT, &["no-op"]);
        workspace.apply();
        workspace.assert_plan_is_empty();
        assert!(can_back_up(world, &api_token(&workspace)));
    });
}

#[test]
fn a_grant_that_could_not_be_created_is_created_by_the_next_apply() {
    every_cli(|world| {
        let Some(simulator) = world.simulator("a grant that fails") else { return };
        let workspace = applied(world, &token_and_grants(""));
        let refusal = FaultKind::Status(400, "out of order".into());
        // The first request, which revokes the old grant, succeeds.
        simulator.fault(Fault::new("PUT", "/access/acl", refusal).skip(1));
        workspace.run(&["apply", "-auto-approve", "-replace=pbs_api_token.it"]).failed();
        simulator.clear_faults();
        let plan = workspace.plan(&[]);
        assert_actions(&plan, TOKEN, &["no-op"]);
        assert_actions(&plan, GRANT, &["create"]);
        workspace.apply();
        workspace.assert_plan_is_empty();
        assert!(can_back_up(world, &api_token(&workspace)));
    });
}

/// A token with this name and with `create_before_destroy`, and the grants that a backup needs.
fn create_before_destroy(name: &str) -> String {
    token_and_grants("lifecycle {\n create_before_destroy = true\n }")
        .replace("\"<token>\"", &format!("\"{name}\""))
}

#[test]
fn create_before_destroy_works_with_a_new_name() {
    every_cli(|world| {
        let workspace = applied(world, &create_before_destroy("<token>"));
        let before = api_token(&workspace);
        workspace.write(&configuration(world, &create_before_destroy("<token>-2")));
        let plan = workspace.plan(&[]);
        assert_actions(&plan, TOKEN, &["create", "delete"]);
        workspace.apply();
        workspace.assert_plan_is_empty();
        let after = api_token(&workspace);
        assert!(can_back_up(world, &after) && !world.api_as(&before).accepts_credential());
    });
}

#[test]
fn create_before_destroy_with_the_same_name_is_an_error_that_names_the_setting() {
    every_cli(|world| {
        let workspace = applied(world, &create_before_destroy("<token>"));
        let before = api_token(&workspace);
        let outcome =
            workspace.run(&["apply", "-auto-approve", "-json", "-replace=pbs_api_token.it"]);
        let text = flat(&errors(outcome));
        assert!(text.contains(&world.names.insert_into("<user>!<token>")), "{text}");
        assert!(text.contains("create_before_destroy"), "{text}");
        assert!(world.api_as(&before).accepts_credential(), "the existing token no longer works");

        // Without the setting the next apply works.
        workspace.write(&configuration(world, &token_and_grants("")));
        workspace.apply();
        workspace.assert_plan_is_empty();
        assert!(can_back_up(world, &api_token(&workspace)));
    });
}

#[test]
fn a_grant_that_is_replaced_with_create_before_destroy_is_an_error_and_stays() {
    every_cli(|world| {
        let resources = token_and_grants("").replace(
            "role_id = \"DatastoreBackup\"",
            "role_id = \"DatastoreBackup\"\n lifecycle {\n create_before_destroy = true\n }",
        );
        let workspace = applied(world, &resources);
        let before = grants(world);
        let outcome = workspace.run(&["apply", "-auto-approve", "-json", "-replace=pbs_acl.token"]);
        let text = flat(&errors(outcome));
        assert!(text.contains("remove `create_before_destroy`"), "{text}");
        workspace.assert_plan_is_empty();
        assert_eq!(grants(world), before);
    });
}

/// Each resource changes to a role that the user already has through the other resource. If this
/// were no error, the change of the other resource could revoke the role afterwards.
#[test]
fn two_grants_that_swap_their_roles_are_an_error_and_stay() {
    every_cli(|world| {
        let both =
            |one, other| grant("one", "\"<user>\"", one) + &grant("other", "\"<user>\"", other);
        let workspace = applied(world, &both("DatastoreBackup", "DatastoreReader"));
        let before = grants(world);
        workspace.write(&configuration(world, &both("DatastoreReader", "DatastoreBackup")));
        let text = flat(&errors(workspace.run(&["apply", "-auto-approve", "-json"])));
        assert!(text.contains("already has the role `DatastoreReader`"), "{text}");
        assert!(text.contains("already has the role `DatastoreBackup`"), "{text}");
        assert_eq!(grants(world), before);
    });
}

#[test]
fn a_plan_that_replaces_a_user_warns_that_its_token_is_deleted() {
    every_cli(|world| {
        // `<token>-2@pbs` is the id of a user, with the prefix of the test.
        let user = "resource \"pbs_user\" \"it\" {\n user_id = \"<token>-2@pbs\"\n}\n";
        let resources = format!("{user}{}", token("").replace("\"<user>\"", "pbs_user.it.id"));
        let workspace = applied(world, &resources);
        workspace
            .write(&configuration(world, &resources.replace("<token>-2@pbs", "<token>-3@pbs")));
        let warnings = super::plan_warnings(&workspace);
        let id = world.names.insert_into("<token>-2@pbs");
        let names_both =
            |text: &&String| text.contains(&id) && text.contains("deletes the user's token");
        assert!(warnings.iter().any(|text| names_both(&text)), "{warnings:?}");
        assert_actions(&workspace.plan(&[]), TOKEN, &REPLACED);
    });
}
