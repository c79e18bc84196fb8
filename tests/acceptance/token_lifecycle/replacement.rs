//! Another token in the place of one: its grants are made again, and the plan says so.

use pbs_sim::{Fault, FaultKind};
use serde_json::Value;
use test_support::cli::{Plan, Workspace, World, every_cli};

use super::{
    TOKEN, actions, api_token, applied, errors, flat, grant, grants, token, token_and_grants,
    written,
};

const GRANT: &str = "pbs_acl.token";
const OF_USER: &str = "pbs_acl.user";
const REPLACED: [&str; 2] = ["delete", "create"];

/// Applies what was planned: the token and its grant anew, its user's grant untouched.
#[track_caller]
fn replaced(world: &World, workspace: &Workspace, plan: &Plan, arguments: &[&str]) {
    actions(plan, TOKEN, &REPLACED);
    actions(plan, GRANT, &REPLACED);
    actions(plan, OF_USER, &["no-op"]);
    assert!(plan.change(TOKEN).unknown().contains("id"), "{plan}");
    let before = api_token(workspace);
    workspace.run(&[&["apply", "-auto-approve"], arguments].concat()).succeeded();
    workspace.assert_plan_is_empty();
    let after = api_token(workspace);
    assert!(
        world.api_as(&after).accepts_credential() && !world.api_as(&before).accepts_credential()
    );
    assert!(may_back_up(world, &after), "the new token lacks its declared rights");
}

fn may_back_up(world: &World, token: &str) -> bool {
    let path = world.names.fill("<path>");
    let rights = world.api_as(token).get(&format!("/access/permissions?path={path}"));
    rights[&path]["Datastore.Backup"] == true
}

#[test]
fn a_replacement_that_is_asked_for_makes_the_grants_again() {
    every_cli(|world| {
        let workspace = applied(world, &token_and_grants(""));
        let before = grants(world);
        let plan = workspace.plan(&["-replace=pbs_api_token.it"]);
        replaced(world, &workspace, &plan, &["-replace=pbs_api_token.it"]);
        assert_eq!(grants(world), before, "something was granted that no plan shows");
    });
}

#[test]
fn a_tainted_token_is_replaced_with_its_grants() {
    every_cli(|world| {
        let workspace = applied(world, &token_and_grants(""));
        let before = grants(world);
        workspace.run(&["taint", TOKEN]).succeeded();
        let plan = workspace.plan(&[]);
        replaced(world, &workspace, &plan, &[]);
        assert_eq!(grants(world), before, "something was granted that no plan shows");
    });
}

#[test]
fn another_name_is_another_token() {
    every_cli(|world| {
        let workspace = applied(world, &token_and_grants(""));
        let renamed = token_and_grants("").replace("\"<token>\"", "\"<token>-2\"");
        workspace.write(&written(world, &renamed));
        let plan = workspace.plan(&[]);
        replaced(world, &workspace, &plan, &[]);
        let left = world.api.get(&world.names.fill("/access/users/<user>/token"));
        let names: Vec<_> =
            left.as_array().expect("a list").iter().map(|it| &it["tokenid"]).collect();
        assert_eq!(names, [&Value::from(world.names.fill("<user>!<token>-2"))]);
    });
}

#[test]
fn a_token_that_was_deleted_outside_comes_back_with_its_grants() {
    every_cli(|world| {
        let workspace = applied(world, &token_and_grants(""));
        world.api.delete(&world.names.fill("/access/users/<user>/token/<token>"));
        let plan = workspace.plan(&[]);
        actions(&plan, TOKEN, &["create"]);
        actions(&plan, GRANT, &["create"]);
        actions(&plan, OF_USER, &["no-op"]);
        workspace.apply();
        workspace.assert_plan_is_empty();
        assert!(may_back_up(world, &api_token(&workspace)));
    });
}

#[test]
fn no_apply_that_succeeds_leaves_a_token_without_its_rights() {
    every_cli(|world| {
        let Some(simulator) = world.simulator("a grant that fails") else { return };
        let workspace = applied(world, &token_and_grants(""));
        let refusal = FaultKind::Status(400, "out of order".into());
        // The first one takes the old grant away.
        simulator.fault(Fault::new("PUT", "/access/acl", refusal).skip(1));
        workspace.run(&["apply", "-auto-approve", "-replace=pbs_api_token.it"]).failed();
        simulator.clear_faults();
        let plan = workspace.plan(&[]);
        actions(&plan, TOKEN, &["no-op"]);
        actions(&plan, GRANT, &["create"]);
        workspace.apply();
        workspace.assert_plan_is_empty();
        assert!(may_back_up(world, &api_token(&workspace)));
    });
}

fn created_first(name: &str) -> String {
    token_and_grants("lifecycle {\n create_before_destroy = true\n }")
        .replace("\"<token>\"", &format!("\"{name}\""))
}

#[test]
fn the_new_token_can_come_first_under_another_name() {
    every_cli(|world| {
        let workspace = applied(world, &created_first("<token>"));
        let before = api_token(&workspace);
        workspace.write(&written(world, &created_first("<token>-2")));
        let plan = workspace.plan(&[]);
        actions(&plan, TOKEN, &["create", "delete"]);
        workspace.apply();
        workspace.assert_plan_is_empty();
        let after = api_token(&workspace);
        assert!(may_back_up(world, &after) && !world.api_as(&before).accepts_credential());
    });
}

#[test]
fn two_tokens_cannot_have_one_name_and_the_error_says_which_setting_wants_it() {
    every_cli(|world| {
        let workspace = applied(world, &created_first("<token>"));
        let before = api_token(&workspace);
        let outcome =
            workspace.run(&["apply", "-auto-approve", "-json", "-replace=pbs_api_token.it"]);
        let text = flat(&errors(outcome));
        assert!(text.contains(&world.names.fill("<user>!<token>")), "{text}");
        assert!(text.contains("create_before_destroy"), "{text}");
        assert!(
            world.api_as(&before).accepts_credential(),
            "the token that was there has suffered"
        );

        // What is left of it does not stand in the way.
        workspace.write(&written(world, &token_and_grants("")));
        workspace.apply();
        workspace.assert_plan_is_empty();
        assert!(may_back_up(world, &api_token(&workspace)));
    });
}

#[test]
fn a_grant_can_be_made_before_the_same_one_is_destroyed() {
    every_cli(|world| {
        let resources = token_and_grants("").replace(
            "role_id = \"DatastoreBackup\"",
            "role_id = \"DatastoreBackup\"\n lifecycle {\n create_before_destroy = true\n }",
        );
        let workspace = applied(world, &resources);
        let before = grants(world);
        let plan = workspace.plan(&["-replace=pbs_acl.token"]);
        actions(&plan, GRANT, &["create", "delete"]);
        workspace.run(&["apply", "-auto-approve", "-replace=pbs_acl.token"]).succeeded();
        workspace.assert_plan_is_empty();
        assert_eq!(grants(world), before);
    });
}

#[test]
fn two_grants_can_swap_their_roles() {
    every_cli(|world| {
        let both =
            |one, other| grant("one", "\"<user>\"", one) + &grant("other", "\"<user>\"", other);
        let workspace = applied(world, &both("DatastoreBackup", "DatastoreReader"));
        let before = grants(world);
        workspace.write(&written(world, &both("DatastoreReader", "DatastoreBackup")));
        workspace.apply();
        workspace.assert_plan_is_empty();
        assert_eq!(grants(world), before);
    });
}

#[test]
fn what_a_user_takes_with_it_is_said_before() {
    every_cli(|world| {
        let user = "resource \"pbs_user\" \"it\" {\n user_id = \"<token>-2@pbs\"\n}\n";
        let resources = format!("{user}{}", token("").replace("\"<user>\"", "pbs_user.it.id"));
        let workspace = applied(world, &resources);
        workspace.write(&written(world, &resources.replace("<token>-2@pbs", "<token>-3@pbs")));
        let warnings = super::plan_warnings(&workspace);
        let id = world.names.fill("<token>-2@pbs");
        let told = |text: &&String| text.contains(&id) && text.contains("token is deleted too");
        assert!(warnings.iter().any(|text| told(&text)), "{warnings:?}");
        actions(&workspace.plan(&[]), TOKEN, &REPLACED);
    });
}
