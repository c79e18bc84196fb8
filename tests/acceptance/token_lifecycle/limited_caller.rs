//! The provider authenticates with a token that has few privileges. This token is called the
//! caller. PBS leaves out of a list the objects that the caller may not see. The provider must not
//! conclude that these objects do not exist.

use test_support::cli::{Workspace, World, every_cli};

use super::{applied, configuration, errors, flat, token_and_grants};

/// Creates the token `powerless` of the user `<other>`. The token and the user have only these
/// grants. Returns `id:secret`.
fn caller(world: &World, grants: &[(&str, &str)]) -> String {
    let token = world.powerless_token();
    let user = world.names.insert_into("<other>");
    let id = token.split(':').next().expect("id:secret").to_owned();
    for (path, role) in grants {
        for subject in [&user, &id] {
            world.api.put("/access/acl", &[("path", path), ("auth-id", subject), ("role", role)]);
        }
    }
    // PBS applies grants with a delay. A change of a user makes all grants effective immediately.
    world.api.put(&format!("/access/users/{user}"), &[("comment", "has few privileges")]);
    token
}

/// Checks that plan and apply fail for this caller. Their errors must contain these parts. Neither
/// plan nor apply may change the state.
#[track_caller]
fn assert_refused(workspace: &Workspace, caller: &str, parts: &[&str]) {
    let variables = [("PBS_API_TOKEN", caller), ("PBS_MAX_RETRIES", "0")];
    for arguments in [
        &["plan", "-json"][..],
        &["apply", "-refresh-only", "-auto-approve", "-json"],
        &["apply", "-auto-approve", "-json"],
    ] {
        let text = flat(&errors(workspace.run_with_env(&variables, arguments)));
        for part in parts {
            assert!(text.contains(part), "{arguments:?}: {part} is not in: {text}");
        }
    }
    workspace.assert_plan_is_empty();
}

#[test]
fn the_error_names_the_missing_privilege_for_reading_tokens_and_users() {
    every_cli(|world| {
        let user = "resource \"pbs_user\" \"it\" {\n user_id = \"<token>-2@pbs\"\n}\n";
        for resources in [super::token(""), user.to_owned()] {
            let workspace = applied(world, &resources);
            let caller = caller(world, &[("/datastore", "Audit")]);
            assert_refused(&workspace, &caller, &["`Sys.Audit`", "`/access/users`"]);
            // Deletes the caller, because the next pass creates a token of the same name.
            world.api.delete(&world.names.insert_into("/access/users/<other>/token/powerless"));
        }
    });
}

#[test]
fn the_error_names_the_missing_privilege_for_reading_grants() {
    every_cli(|world| {
        let workspace = applied(world, &super::grant("it", "\"<user>\"", "DatastoreBackup"));
        let caller = caller(world, &[("/datastore", "DatastoreAdmin"), ("/access/users", "Audit")]);
        let grant = world.names.insert_into("<path>?<user>?DatastoreBackup");
        assert_refused(&workspace, &caller, &["`Sys.Audit`", "`/access/acl`", &grant]);
    });
}

/// PBS shows all objects to this caller, so an object that is missing from a list does not exist.
#[test]
fn an_object_missing_from_a_complete_list_is_planned_to_be_created() {
    every_cli(|world| {
        let workspace = applied(world, &token_and_grants(""));
        let caller = caller(world, &[("/access", "Audit")]);
        let plan = |case: &str| {
            let outcome = workspace
                .run_with_env(&[("PBS_API_TOKEN", &caller)], &["plan", "-detailed-exitcode"]);
            assert_eq!(outcome.code, Some(2), "{case}:\n{outcome}");
            outcome.stdout
        };
        let path = world.names.insert_into("<path>");
        let user = world.names.insert_into("<user>");
        let delete = [
            ("path", path.as_str()),
            ("auth-id", &user),
            ("role", "DatastoreBackup"),
            ("delete", "1"),
        ];
        world.api.put("/access/acl", &delete);
        assert!(plan("a grant is gone").contains("pbs_acl.user will be created"));
        world.api.delete(&world.names.insert_into("/access/users/<user>/token/<token>"));
        assert!(plan("a token is gone").contains("pbs_api_token.it will be created"));
    });
}

/// The status 404 from a proxy does not prove that the token was deleted. A name that contains 404
/// does not prove it either.
#[test]
fn an_error_404_of_a_proxy_does_not_remove_the_token_from_the_state() {
    every_cli(|world| {
        let Some(simulator) = world.simulator("errors of a proxy") else { return };
        let user = world.names.insert_into("<token>-404@pbs");
        world.api.post("/access/users", &[("userid", &user)]);
        let resources = super::token("").replace("<user>", &user);
        let workspace = applied(world, &resources);
        for text in ["404 not found", &format!("no such user '{user}' here"), "no such token"] {
            let kind = pbs_sim::FaultKind::Status(404, text.to_owned());
            simulator.fault(pbs_sim::Fault::new("GET", "**", kind));
            workspace.run_with_env(&[("PBS_MAX_RETRIES", "0")], &["plan"]).failed();
            simulator.clear_faults();
            workspace.write(&configuration(world, &resources));
            workspace.assert_plan_is_empty();
        }
    });
}
