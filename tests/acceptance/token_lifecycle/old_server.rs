//! PBS before 3.4. This PBS cannot replace the secret of an existing token. It also keeps the
//! grants (ACL entries) of a deleted token.

use pbs_sim::{Fault, FaultKind, Settings, Version};
use test_support::cli::{World, clis};

use super::{api_token, apply_warnings, configuration, errors, flat, token, token_and_grants};

/// Runs the test with every Terraform, each time with a simulated PBS 3.3.4.
fn every_cli(test: impl Fn(&World)) {
    for cli in clis() {
        let world = World::with(cli, Settings { version: Version(3, 3, 4), ..Settings::default() });
        if world.simulator("a server of another version").is_some() {
            test(&world);
        }
    }
}

#[test]
fn a_rotation_is_an_error_with_two_solutions_and_keeps_the_secret() {
    every_cli(|world| {
        let workspace = world.workspace();
        workspace
            .write(&configuration(world, &token_and_grants("rotation_triggers = { n = \"1\" }")));
        workspace.apply();
        let secret = api_token(&workspace);
        let rotated = token_and_grants("rotation_triggers = { n = \"2\" }\n comment = \"two\"");
        workspace.write(&configuration(world, &rotated));
        let text = flat(&errors(workspace.run(&["apply", "-auto-approve", "-json"])));
        for part in
            ["3.4", "Upgrade the server", "-replace=", &world.names.insert_into("<user>!<token>")]
        {
            assert!(text.contains(part), "{part} is not in: {text}");
        }
        assert!(api_token(&workspace) == secret && world.api_as(&secret).accepts_credential());

        // The second solution in the error works.
        workspace.run(&["apply", "-auto-approve", "-replace=pbs_api_token.it"]).succeeded();
        workspace.assert_plan_is_empty();
        assert!(world.api_as(&api_token(&workspace)).accepts_credential());
        assert!(!world.api_as(&secret).accepts_credential());
    });
}

#[test]
fn updates_that_do_not_rotate_the_secret_work() {
    every_cli(|world| {
        let workspace = super::applied(world, &token("comment = \"one\""));
        for arguments in ["comment = \"two\"\n enabled = false", ""] {
            workspace.write(&configuration(world, &token(arguments)));
            workspace.apply();
            workspace.assert_plan_is_empty();
        }
    });
}

#[test]
fn a_lost_response_of_a_creation_loses_no_secret() {
    every_cli(|world| {
        let simulator = world.simulator("faults").expect("the server is a simulator");
        let lost = Fault::new("POST", "/access/users/*/token/*", FaultKind::DroppedAfter).times(1);
        let fault = simulator.fault(lost);
        let workspace = super::applied(world, &token("comment = \"one\""));
        assert_eq!(simulator.fault_count(fault), 1);
        assert!(world.api_as(&api_token(&workspace)).accepts_credential());
    });
}

#[test]
fn grants_of_an_earlier_token_with_the_same_id_are_a_warning() {
    every_cli(|world| {
        let simulator =
            world.simulator("grants of a deleted token").expect("the server is a simulator");
        let (id, path) =
            (world.names.insert_into("<user>!<token>"), world.names.insert_into("<path>"));
        simulator.world(|world| world.put_acl(&path, &id, "DatastoreAdmin", true));
        let workspace = world.workspace();
        workspace.write(&configuration(world, &token("")));
        let warnings = apply_warnings(&workspace);
        let warning = warnings.iter().find(|text| text.contains("earlier token"));
        let warning = warning.unwrap_or_else(|| panic!("no warning about the grant: {warnings:?}"));
        assert!(warning.contains("DatastoreAdmin") && warning.contains(&path), "{warning}");
        simulator.world(|world| world.delete_acl(&path, &id, "DatastoreAdmin"));
        let replace = ["apply", "-auto-approve", "-json", "-replace=pbs_api_token.it"];
        let warnings = super::warnings(workspace.run(&replace));
        assert!(warnings.is_empty(), "no earlier grants remain: {warnings:?}");
    });
}
