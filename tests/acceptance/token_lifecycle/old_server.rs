//! Proxmox Backup Server before 3.4: no new secret in place, and grants that outlive their token.

use pbs_sim::{Fault, FaultKind, Settings, Version};
use test_support::cli::{World, clis};

use super::{api_token, apply_warnings, errors, flat, token, token_and_grants, written};

fn every_cli(test: impl Fn(&World)) {
    for cli in clis() {
        let world = World::with(cli, Settings { version: Version(3, 3, 4), ..Settings::default() });
        if world.simulator("a server of another version").is_some() {
            test(&world);
        }
    }
}

#[test]
fn a_rotation_fails_with_two_ways_out_and_the_old_secret_stays() {
    every_cli(|world| {
        let workspace = world.workspace();
        workspace.write(&written(world, &token_and_grants("rotation_triggers = { n = \"1\" }")));
        workspace.apply();
        let secret = api_token(&workspace);
        let rotated = token_and_grants("rotation_triggers = { n = \"2\" }\n comment = \"two\"");
        workspace.write(&written(world, &rotated));
        let text = flat(&errors(workspace.run(&["apply", "-auto-approve", "-json"])));
        for part in ["3.4", "Upgrade the server", "-replace=", &world.names.fill("<user>!<token>")]
        {
            assert!(text.contains(part), "{part} is not in: {text}");
        }
        assert!(api_token(&workspace) == secret && world.api_as(&secret).accepts_credential());

        // The second way out.
        workspace.run(&["apply", "-auto-approve", "-replace=pbs_api_token.it"]).succeeded();
        workspace.assert_plan_is_empty();
        assert!(world.api_as(&api_token(&workspace)).accepts_credential());
        assert!(!world.api_as(&secret).accepts_credential());
    });
}

#[test]
fn everything_else_works_without_regenerate() {
    every_cli(|world| {
        let workspace = super::applied(world, &token("comment = \"one\""));
        for arguments in ["comment = \"two\"\n enabled = false", ""] {
            workspace.write(&written(world, &token(arguments)));
            workspace.apply();
            workspace.assert_plan_is_empty();
        }
    });
}

#[test]
fn an_answer_that_is_lost_costs_no_secret() {
    every_cli(|world| {
        let simulator = world.simulator("faults").expect("there is one");
        let lost = Fault::new("POST", "/access/users/*/token/*", FaultKind::DroppedAfter).times(1);
        let fault = simulator.fault(lost);
        let workspace = super::applied(world, &token("comment = \"one\""));
        assert_eq!(simulator.fault_count(fault), 1);
        assert!(world.api_as(&api_token(&workspace)).accepts_credential());
    });
}

#[test]
fn the_grants_of_an_earlier_token_are_told_of() {
    every_cli(|world| {
        let simulator = world.simulator("grants of what is gone").expect("there is one");
        let (id, path) = (world.names.fill("<user>!<token>"), world.names.fill("<path>"));
        simulator.world(|world| world.put_acl(&path, &id, "DatastoreAdmin", true));
        let workspace = world.workspace();
        workspace.write(&written(world, &token("")));
        let warnings = apply_warnings(&workspace);
        let told = warnings.iter().find(|text| text.contains("earlier token"));
        let told = told.unwrap_or_else(|| panic!("no warning of it: {warnings:?}"));
        assert!(told.contains("DatastoreAdmin") && told.contains(&path), "{told}");
        simulator.world(|world| world.delete_acl(&path, &id, "DatastoreAdmin"));
        let replace = ["apply", "-auto-approve", "-json", "-replace=pbs_api_token.it"];
        let warnings = super::warnings(workspace.run(&replace));
        assert!(warnings.is_empty(), "there are none any more: {warnings:?}");
    });
}
