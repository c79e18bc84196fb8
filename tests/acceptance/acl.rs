//! `pbs_acl`: a grant (ACL entry) is effective when apply ends. A change of the role never leaves
//! the user or token without a role.

use pbs_sim::{Fault, FaultKind};
use test_support::cli::{REQUIRED_PROVIDERS, Workspace, World, every_cli};

/// A token, a grant for the token, and a grant for the user of the token. Both grants are needed,
/// because a token can do no more than its user.
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
    format!("{REQUIRED_PROVIDERS}{}", world.names.insert_into(&resources.replace("ROLE", role)))
}

#[test]
fn a_grant_and_a_change_of_its_role_are_effective_when_apply_ends() {
    every_cli(|world| {
        let workspace = world.workspace();
        workspace.write(&configuration(world, "DatastoreBackup"));
        workspace.apply();
        let state = workspace.state("pbs_api_token.it");
        let token = world.api_as(state["api_token"].as_str().expect("the state has the API token"));
        let path = world.names.insert_into("<path>");
        let privileges = || token.get(&format!("/access/permissions?path={path}"))[&path].take();
        assert_eq!(privileges()["Datastore.Backup"], true, "{}", privileges());

        workspace.write(&configuration(world, "DatastoreAudit"));
        workspace.apply();
        workspace.assert_plan_is_empty();
        assert_eq!(privileges()["Datastore.Audit"], true, "{}", privileges());
        assert!(privileges().get("Datastore.Backup").is_none(), "{}", privileges());
    });
}

#[test]
fn a_change_of_the_role_grants_the_new_role_before_it_revokes_the_old_one() {
    every_cli(|world| {
        let Some(simulator) = world.simulator("the order of requests") else { return };
        let workspace = world.workspace();
        workspace.write(&configuration(world, "DatastoreBackup"));
        workspace.apply();
        simulator.clear_requests();
        workspace.write(&configuration(world, "DatastoreReader"));
        workspace.apply();
        let user = world.names.insert_into("<user>");
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

/// A configuration with one grant, for `<user>`.
fn grant(world: &World, role: &str) -> String {
    let resource = r#"
        resource "pbs_acl" "it" {
          path    = "<path>"
          auth_id = "<user>"
          role_id = "ROLE"
        }
    "#;
    format!("{REQUIRED_PROVIDERS}{}", world.names.insert_into(&resource.replace("ROLE", role)))
}

/// Guards against a role that remains on the server although the state does not contain it. A
/// failed change could leave such a role on the server.
#[test]
fn a_failed_change_of_the_role_is_undone_or_completed_by_the_next_apply() {
    every_cli(|world| {
        let Some(simulator) = world.simulator("requests that fail") else { return };
        let mut workspace = world.workspace();
        workspace.set_env("PBS_MAX_RETRIES", "0");
        workspace.write(&grant(world, "DatastoreBackup"));
        workspace.apply();
        let before = world.owned();
        let revocation_fault = || {
            let status = FaultKind::Status(500, "out of order".into());
            Fault::new("PUT", "/access/acl", status).skip(1)
        };

        // Only the revocation of the old role fails, so the provider revokes the new role.
        workspace.write(&grant(world, "Admin"));
        simulator.fault(revocation_fault().times(1));
        let errors = workspace.run(&["apply", "-auto-approve", "-json"]).errors();
        assert!(errors[0].text().contains("keeps the role `DatastoreBackup`"), "{}", errors[0]);
        simulator.clear_faults();
        assert_eq!(world.owned(), before);
        workspace.write(&grant(world, "DatastoreBackup"));
        workspace.assert_plan_is_empty();

        // The revocations of the old role and of the new role fail. The error says what to do. The
        // next apply completes the change.
        workspace.write(&grant(world, "Admin"));
        simulator.fault(revocation_fault());
        let errors = workspace.run(&["apply", "-auto-approve", "-json"]).errors();
        assert!(errors[0].text().contains("has the role `Admin` on"), "{}", errors[0]);
        simulator.clear_faults();
        workspace.apply();
        workspace.assert_plan_is_empty();
        assert_eq!(world.owned()["acl"].as_array().map(Vec::len), Some(1));
    });
}

/// The state contains only one grant. Terraform must nevertheless delete a grant that a failed
/// change has left behind, even if the configuration no longer mentions this grant.
#[test]
fn a_grant_that_a_failed_change_left_behind_is_deleted_by_every_next_change() {
    every_cli(|world| {
        let Some(simulator) = world.simulator("requests that fail") else { return };
        let mut workspace = world.workspace();
        workspace.set_env("PBS_MAX_RETRIES", "0");
        let roles = || {
            let acl = world.owned()["acl"].clone();
            let roles = acl.as_array().expect("a list").iter().map(|it| it["roleid"].to_string());
            roles.collect::<Vec<_>>()
        };
        // After the failed change, the configuration contains the old role or a third role.
        for next in ["DatastoreBackup", "DatastoreAudit"] {
            workspace.write(&grant(world, "DatastoreBackup"));
            workspace.apply();
            workspace.write(&grant(world, "Admin"));
            // The provider can neither revoke the old role nor undo the change.
            let status = FaultKind::Status(500, "out of order".into());
            simulator.fault(Fault::new("PUT", "/access/acl", status).skip(1));
            workspace.run(&["apply", "-auto-approve", "-json"]).failed();
            simulator.clear_faults();
            assert_eq!(roles().len(), 2, "{next}");

            workspace.write(&grant(world, next));
            workspace.apply();
            workspace.assert_plan_is_empty();
            assert_eq!(roles(), [format!("\"{next}\"")], "{next}");
        }
    });
}

/// Guards against a failed change that gives the user access. PBS itself removes `NoAccess` when it
/// grants another role. Revoking the other role does not restore `NoAccess`.
#[test]
fn a_failed_change_from_no_access_restores_no_access() {
    every_cli(|world| {
        let Some(simulator) = world.simulator("requests that fail") else { return };
        let mut workspace = world.workspace();
        workspace.set_env("PBS_MAX_RETRIES", "0");
        workspace.write(&grant(world, "NoAccess"));
        workspace.apply();
        let before = world.owned();
        // PBS grants the new role, but the response is lost. Afterwards the provider cannot read
        // the list of ACL entries.
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

/// Guards against a grant that Terraform cannot destroy. If the response to a creation is lost, PBS
/// may have created the grant. The state must therefore contain the grant.
#[test]
fn a_grant_whose_creation_is_uncertain_is_in_the_state() {
    every_cli(|world| {
        let Some(simulator) = world.simulator("responses that get lost") else { return };
        let mut workspace = world.workspace();
        workspace.set_env("PBS_MAX_RETRIES", "0");
        // The provider reads the list of ACL entries once before it creates the grant. Only the
        // later reads fail.
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

/// The request that creates a grant also succeeds if the grant exists. Without an error, Terraform
/// would take over a grant that somebody else has created, and would delete it at the next destroy.
#[test]
fn the_creation_of_an_existing_grant_is_an_error_with_an_import_block() {
    every_cli(|world| {
        let workspace = world.workspace();
        let (path, user) = (world.names.insert_into("<path>"), world.names.insert_into("<user>"));
        let existing = [
            ("path", path.as_str()),
            ("auth-id", &user),
            ("role", "DatastoreBackup"),
            ("propagate", "0"),
        ];
        world.api.put("/access/acl", &existing);
        let before = world.owned();
        workspace.write(&grant(world, "DatastoreBackup"));
        let errors = workspace.run(&["apply", "-auto-approve", "-json"]).errors();
        let text = errors[0].text();
        let id = format!("{path}?{user}?DatastoreBackup");
        assert!(text.contains("import {") && text.contains(&id), "{text}");
        assert_eq!(world.owned(), before, "the grant was changed");

        // A change to a role that the user already has on this path is an error, too.
        workspace.write(&grant(world, "DatastoreReader"));
        workspace.apply();
        let before = world.owned();
        workspace.write(&grant(world, "DatastoreBackup"));
        let errors = workspace.run(&["apply", "-auto-approve", "-json"]).errors();
        assert!(errors[0].points_at("role_id") && errors[0].text().contains(&id), "{}", errors[0]);
        assert_eq!(world.owned(), before, "a grant was changed");
    });
}

#[test]
fn two_resources_with_the_same_grant_are_an_error() {
    every_cli(|world| {
        let workspace = world.workspace();
        let configuration = grant(world, "DatastoreBackup");
        let (_, block) = configuration.split_once("resource \"pbs_acl\" \"it\"").expect("a grant");
        workspace.write(&format!("{configuration}\nresource \"pbs_acl\" \"second\"{block}"));
        let errors = workspace.run(&["apply", "-auto-approve", "-json"]).errors();
        assert_eq!(errors.len(), 1);
        let text = errors[0].text();
        assert!(text.starts_with("Another pbs_acl declares the same object"), "{text}");
        assert_eq!(world.owned()["acl"].as_array().map(Vec::len), Some(1));
    });
}

/// A grant on a path that names this datastore.
fn grant_on_datastore(name: &str, datastore: &str) -> String {
    format!(
        "resource \"pbs_acl\" \"{name}\" {{\n path = \"/datastore/{datastore}/ns\"\n auth_id = \"<user>\"\n role_id = \"DatastoreAudit\"\n}}\n"
    )
}

#[test]
fn a_new_grant_on_a_datastore_that_does_not_exist_is_a_warning() {
    every_cli(|world| {
        let Some(simulator) = world.simulator("datastores of known names") else { return };
        let mut workspace = world.workspace();
        let write = |workspace: &Workspace, grants: &[(&str, &str)]| {
            let grants: String =
                grants.iter().map(|(name, store)| grant_on_datastore(name, store)).collect();
            workspace.write(&format!("{REQUIRED_PROVIDERS}{}", world.names.insert_into(&grants)));
        };
        let warnings = |workspace: &Workspace| -> Vec<String> {
            let outcome = workspace.run(&["plan", "-json"]).succeeded();
            let texts = outcome.diagnostics().into_iter().map(|warning| warning.text());
            texts.filter(|text| text.contains("There is no datastore")).collect()
        };
        write(&workspace, &[("known", "store1"), ("unknown", "stroe1"), ("unknown_too", "stroe2")]);
        simulator.clear_requests();
        let shown = warnings(&workspace);
        assert_eq!(shown.len(), 2, "{shown:?}");
        for store in ["stroe1", "stroe2"] {
            let summary = format!("There is no datastore {store}\n");
            assert!(shown.iter().any(|text| text.starts_with(&summary)), "{shown:?}");
        }
        // The plan reads one list for all grants.
        assert_eq!(simulator.requests_to("GET", "/admin/datastore").len(), 1);

        // After the apply, the warning is not repeated. A grant whose path changes to such a
        // datastore causes one warning.
        workspace.apply();
        assert_eq!(warnings(&workspace), [""; 0]);
        write(&workspace, &[("known", "stroe1"), ("unknown_too", "stroe2")]);
        let shown = warnings(&workspace);
        assert_eq!(shown.len(), 1, "{shown:?}");

        // If the provider cannot tell whether the datastore exists, it shows no warning.
        let list_fault = Fault::new("GET", "/admin/datastore", FaultKind::Forbidden);
        for fault in [list_fault, Fault::new("GET", "/config/datastore/*", FaultKind::Forbidden)] {
            simulator.fault(fault);
            assert_eq!(warnings(&workspace), [""; 0]);
            simulator.clear_faults();
        }
        // This token of the user `<other>` can manage grants, but cannot see a datastore.
        let token = world.powerless_token();
        for subject in ["<other>", "<other>!powerless"] {
            let subject = world.names.insert_into(subject);
            let entry = [("path", "/access"), ("auth-id", &subject), ("role", "Admin")];
            world.api.put("/access/acl", &entry);
        }
        // An empty update of a user makes the new grants effective immediately.
        world.api.put(&world.names.insert_into("/access/users/<other>"), &[]);
        workspace.set_env("PBS_API_TOKEN", &token);
        write(&workspace, &[("known", "store1"), ("unknown_too", "stroe2")]);
        assert_eq!(warnings(&workspace), [""; 0]);
    });
}
