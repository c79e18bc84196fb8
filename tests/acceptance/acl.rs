//! What holds for `pbs_acl` alone: a grant counts when apply says it is done, and there is no moment without one.

use pbs_sim::{Fault, FaultKind};
use test_support::cli::{REQUIRED_PROVIDERS, World, every_cli};

/// A token with both grants: a token can do no more than its user.
fn configuration(world: &World, role: &str) -> String {
    let resources = r#"
        resource "pbs_api_token" "it" {
          user_id    = "<user>"
          token_name = "<token>"
        }
        resource "pbs_acl" "it" {
          for_each = { user = "<user>", token = pbs_api_token.it.id }
          path     = "<path>"
          auth_id  = each.value
          role_id  = "ROLE"
        }
    "#;
    format!("{REQUIRED_PROVIDERS}{}", world.names.fill(&resources.replace("ROLE", role)))
}

#[test]
fn a_grant_counts_at_once_and_so_does_its_end() {
    every_cli(|world| {
        let workspace = world.workspace();
        workspace.write(&configuration(world, "DatastoreBackup"));
        workspace.apply();
        let state = workspace.state("pbs_api_token.it");
        let token = world.api_as(state["api_token"].as_str().expect("the state has the token"));
        let path = world.names.fill("<path>");
        let rights = || token.get(&format!("/access/permissions?path={path}"))[&path].take();
        assert_eq!(rights()["Datastore.Backup"], true, "{}", rights());

        workspace.write(&configuration(world, "DatastoreAudit"));
        workspace.apply();
        workspace.assert_plan_is_empty();
        assert_eq!(rights()["Datastore.Audit"], true, "{}", rights());
        assert!(rights().get("Datastore.Backup").is_none(), "{}", rights());
    });
}

#[test]
fn a_change_of_role_puts_the_new_one_before_it_takes_the_old_one() {
    every_cli(|world| {
        let Some(simulator) = world.simulator("the order of requests") else { return };
        let workspace = world.workspace();
        workspace.write(&configuration(world, "DatastoreBackup"));
        workspace.apply();
        simulator.clear_requests();
        workspace.write(&configuration(world, "DatastoreReader"));
        workspace.apply();
        let user = world.names.fill("<user>");
        let requests = simulator.requests();
        let writes = requests
            .iter()
            .filter(|it| (it.method.as_str(), it.path.as_str()) == ("PUT", "/access/acl"));
        let writes = writes.filter(|it| it.param("auth-id") == Some(&user));
        let writes: Vec<_> =
            writes.map(|it| (it.param("role"), it.param("delete").is_some())).collect();
        assert_eq!(writes, [(Some("DatastoreReader"), false), (Some("DatastoreBackup"), true)]);
    });
}

/// The user's grant alone.
fn grant(world: &World, role: &str) -> String {
    let resource = r#"
        resource "pbs_acl" "it" {
          path    = "<path>"
          auth_id = "<user>"
          role_id = "ROLE"
        }
    "#;
    format!("{REQUIRED_PROVIDERS}{}", world.names.fill(&resource.replace("ROLE", role)))
}

/// Without it: a role that stands in no state, so that it stays when the change is given up.
#[test]
fn a_change_of_role_that_fails_half_way_leaves_no_role_behind() {
    every_cli(|world| {
        let Some(simulator) = world.simulator("requests that fail") else { return };
        let mut workspace = world.workspace();
        workspace.set("PBS_MAX_RETRIES", "0");
        workspace.write(&grant(world, "DatastoreBackup"));
        workspace.apply();
        let before = world.owned();
        let failing = || {
            let status = FaultKind::Status(500, "out of order".into());
            Fault::new("PUT", "/access/acl", status).skip(1)
        };

        // The old role cannot be taken away; the new one can be taken back.
        workspace.write(&grant(world, "Admin"));
        simulator.fault(failing().times(1));
        let errors = workspace.run(&["apply", "-auto-approve", "-json"]).errors();
        assert!(errors[0].text().contains("keeps the role `DatastoreBackup`"), "{}", errors[0]);
        simulator.clear_faults();
        assert_eq!(world.owned(), before);
        workspace.write(&grant(world, "DatastoreBackup"));
        workspace.assert_plan_is_empty();

        // Nor can the new one: the error says what to do, and the next apply does all of it.
        workspace.write(&grant(world, "Admin"));
        simulator.fault(failing());
        let errors = workspace.run(&["apply", "-auto-approve", "-json"]).errors();
        assert!(errors[0].text().contains("has the role `Admin` beside"), "{}", errors[0]);
        simulator.clear_faults();
        workspace.apply();
        workspace.assert_plan_is_empty();
        assert_eq!(world.owned()["acl"].as_array().map(Vec::len), Some(1));
    });
}

/// Without it: somebody who was kept out is let in, because PBS has removed `NoAccess` itself and only the other role is taken back.
#[test]
fn a_change_from_no_access_that_fails_keeps_them_out() {
    every_cli(|world| {
        let Some(simulator) = world.simulator("requests that fail") else { return };
        let mut workspace = world.workspace();
        workspace.set("PBS_MAX_RETRIES", "0");
        workspace.write(&grant(world, "NoAccess"));
        workspace.apply();
        let before = world.owned();
        // It is done, and nobody hears of it: neither of the write nor of the list.
        simulator.fault(Fault::new("PUT", "/access/acl", FaultKind::DroppedAfter).times(1));
        simulator.fault(Fault::new("GET", "/access/acl", FaultKind::DroppedBefore).skip(2));
        workspace.write(&grant(world, "DatastoreReader"));
        let errors = workspace.run(&["apply", "-auto-approve", "-json"]).errors();
        simulator.clear_faults();
        assert!(errors[0].text().contains("keeps the role `NoAccess`"), "{}", errors[0]);
        assert_eq!(world.owned(), before);
        workspace.apply();
        workspace.assert_plan_is_empty();
    });
}

/// Without it: a grant that was made without an answer, and that nobody can take away with Terraform.
#[test]
fn a_grant_that_may_have_been_made_stands_in_the_state() {
    every_cli(|world| {
        let Some(simulator) = world.simulator("answers that are lost") else { return };
        let mut workspace = world.workspace();
        workspace.set("PBS_MAX_RETRIES", "0");
        // The list is read once before.
        simulator.fault(Fault::new("PUT", "/access/acl", FaultKind::DroppedAfter));
        simulator.fault(Fault::new("GET", "/access/acl", FaultKind::DroppedBefore).skip(1));
        workspace.write(&grant(world, "DatastoreBackup"));
        let errors = workspace.run(&["apply", "-auto-approve", "-json"]).errors();
        assert!(errors[0].text().contains("may have been granted"), "{}", errors[0]);
        simulator.clear_faults();
        assert_eq!(world.owned()["acl"].as_array().map(Vec::len), Some(1));

        workspace.write(REQUIRED_PROVIDERS);
        workspace.apply();
        assert_eq!(world.owned()["acl"].as_array().map(Vec::len), Some(0));
    });
}
