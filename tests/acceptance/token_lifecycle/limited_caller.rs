//! "It is not there" and "you are not allowed to see it": the list of a caller with few rights looks like an empty server, and must
//! never be believed.

use test_support::cli::{Workspace, World, every_cli};

use super::{applied, errors, flat, token_and_grants, written};

/// Nobody has rights here but these.
fn caller(world: &World, grants: &[(&str, &str)]) -> String {
    let token = world.powerless_token();
    let user = world.names.fill("<other>");
    let id = token.split(':').next().expect("id:secret").to_owned();
    for (path, role) in grants {
        for subject in [&user, &id] {
            world.api.put("/access/acl", &[("path", path), ("auth-id", subject), ("role", role)]);
        }
    }
    // A write of the users, so that the grants count at once.
    world.api.put(&format!("/access/users/{user}"), &[("comment", "has few rights")]);
    token
}

#[track_caller]
fn refused(workspace: &Workspace, caller: &str, parts: &[&str]) {
    let variables = [("PBS_API_TOKEN", caller), ("PBS_MAX_RETRIES", "0")];
    for arguments in [
        &["plan", "-json"][..],
        &["apply", "-refresh-only", "-auto-approve", "-json"],
        &["apply", "-auto-approve", "-json"],
    ] {
        let text = flat(&errors(workspace.run_with(&variables, arguments)));
        for part in parts {
            assert!(text.contains(part), "{arguments:?}: {part} is not in: {text}");
        }
    }
    workspace.assert_plan_is_empty();
}

#[test]
fn a_caller_without_rights_is_told_which_are_missing_for_a_token_and_a_user() {
    every_cli(|world| {
        let user = "resource \"pbs_user\" \"it\" {\n user_id = \"<token>-2@pbs\"\n}\n";
        for resources in [super::token(""), user.to_owned()] {
            let workspace = applied(world, &resources);
            let caller = caller(world, &[("/datastore", "Audit")]);
            refused(&workspace, &caller, &["`Sys.Audit`", "`/access/users`"]);
            world.api.delete(&world.names.fill("/access/users/<other>/token/powerless"));
        }
    });
}

#[test]
fn a_caller_without_rights_is_told_which_are_missing_for_a_grant() {
    every_cli(|world| {
        let workspace = applied(world, &super::grant("it", "\"<user>\"", "DatastoreBackup"));
        let caller = caller(world, &[("/datastore", "DatastoreAdmin"), ("/access/users", "Audit")]);
        let grant = world.names.fill("<path>?<user>?DatastoreBackup");
        refused(&workspace, &caller, &["`Sys.Audit`", "`/access/acl`", &grant]);
    });
}

/// It sees everything, so what is missing from its lists is really gone.
#[test]
fn a_caller_who_sees_all_may_say_that_something_is_gone() {
    every_cli(|world| {
        let workspace = applied(world, &token_and_grants(""));
        let caller = caller(world, &[("/access", "Audit")]);
        let plan = |what: &str| {
            let outcome =
                workspace.run_with(&[("PBS_API_TOKEN", &caller)], &["plan", "-detailed-exitcode"]);
            assert_eq!(outcome.code, Some(2), "{what}:\n{outcome}");
            outcome.stdout
        };
        let path = world.names.fill("<path>");
        let user = world.names.fill("<user>");
        let delete = [
            ("path", path.as_str()),
            ("auth-id", &user),
            ("role", "DatastoreBackup"),
            ("delete", "1"),
        ];
        world.api.put("/access/acl", &delete);
        assert!(plan("a grant is gone").contains("pbs_acl.user will be created"));
        world.api.delete(&world.names.fill("/access/users/<user>/token/<token>"));
        assert!(plan("a token is gone").contains("pbs_api_token.it will be created"));
    });
}

/// A user called `svc404@pbs`, a proxy's page, a wrong address: none of them says that the token is gone.
#[test]
fn a_name_with_404_in_it_is_only_a_name() {
    every_cli(|world| {
        let Some(simulator) = world.simulator("errors of a proxy") else { return };
        let user = world.names.fill("<token>-404@pbs");
        world.api.post("/access/users", &[("userid", &user)]);
        let resources = super::token("").replace("<user>", &user);
        let workspace = applied(world, &resources);
        for text in ["404 not found", &format!("no such user '{user}' here"), "no such token"] {
            let kind = pbs_sim::FaultKind::Status(404, text.to_owned());
            simulator.fault(pbs_sim::Fault::new("GET", "**", kind));
            workspace.run_with(&[("PBS_MAX_RETRIES", "0")], &["plan"]).failed();
            simulator.clear_faults();
            workspace.write(&written(world, &resources));
            workspace.assert_plan_is_empty();
        }
    });
}
