//! What holds for `pbs_acl` alone: a grant counts when apply says it is done, and there is no moment without one.

use crate::{
    case::{REQUIRED, every_cli},
    world::World,
};

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
    format!("{REQUIRED}{}", world.names.fill(&resources.replace("ROLE", role)))
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
        workspace.settled();
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
