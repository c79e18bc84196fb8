//! Why a token may or may not do something: warnings with the way to put it right, and data sources to assert it with.

use test_support::cli::{Workspace, World, every_cli};

use super::{
    TOKEN, api_token, applied, apply_warnings, errors, flat, grant, plan_warnings, token,
    token_and_grants, written,
};

/// What a plan says about rights.
#[track_caller]
fn told(workspace: &Workspace) -> Vec<String> {
    plan_warnings(workspace).iter().map(|text| flat(text)).collect()
}

#[test]
fn a_token_whose_user_may_do_nothing_of_it_is_told_of_with_the_missing_grant() {
    every_cli(|world| {
        let own = grant("token", &format!("{TOKEN}.id"), "DatastoreBackup");
        let workspace = applied(world, &(token("") + &own));
        let warnings = told(&workspace);
        let id = world.names.fill("<user>!<token>");
        let fix = world.names.fill(
            "resource \"pbs_acl\" \"user\" { path = \"<path>\" auth_id = \"<user>\" role_id = \"DatastoreBackup\" }",
        );
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(warnings[0].contains(&id) && warnings[0].contains(&fix), "{}", warnings[0]);
        assert!(warnings[0].contains("`Datastore.Backup`"), "{}", warnings[0]);

        // Word for word what was proposed.
        let fixed = fix.replace(" path", "\npath").replace(" auth_id", "\nauth_id");
        let fixed = fixed.replace(" role_id", "\nrole_id").replace(" }", "\n}\n");
        workspace.write(&written(world, &(token("") + &own + &fixed)));
        workspace.apply();
        assert_eq!(told(&workspace), Vec::<String>::new());
    });
}

/// The deepest entry of the user wins, and one privilege in common is enough.
#[test]
fn it_is_silent_where_the_token_can_do_something() {
    every_cli(|world| {
        let Some(simulator) = world.simulator("grants of many kinds") else { return };
        let user = world.names.fill("<user>");
        let path = world.names.fill("<path>");
        let workspace = applied(
            world,
            &(token("") + &grant("token", &format!("{TOKEN}.id"), "DatastorePowerUser")),
        );
        let deeper = format!("{path}/ns");
        for (grants, silent) in [
            (&[("/", "Admin", true)][..], true),
            (&[("/datastore", "DatastoreBackup", true)], true),
            (&[("/datastore", "Audit", false)], false),
            (&[("/", "Admin", true), (&path, "NoAccess", true)], false),
            (&[("/", "Admin", true), ("/datastore", "TapeAudit", true)], false),
            (&[("/", "Admin", true), ("/tape", "NoAccess", true)], true),
            // The token's role counts below its path too, and there the user may do something.
            (&[(&deeper, "DatastoreBackup", true)], true),
            (&[(&deeper, "RemoteAudit", true)], false),
        ] {
            simulator.world(|world| {
                grants.iter().for_each(|(path, role, propagate)| {
                    world.put_acl(path, &user, role, *propagate)
                });
            });
            let warnings = told(&workspace);
            assert_eq!(warnings.is_empty(), silent, "{grants:?}: {warnings:?}");
            simulator.world(|world| {
                for (path, role, _) in grants {
                    world.delete_acl(path, &user, role);
                }
            });
        }
    });
}

#[test]
fn a_far_reaching_role_and_an_unknown_tree_are_told_of_when_they_are_set() {
    every_cli(|world| {
        // So that nothing else is to be said.
        let user = grant("user", "\"<user>\"", "Admin");
        let with = |role: &str, comment: &str| {
            format!("{}{user}{}", token(comment), grant("token", &format!("{TOKEN}.id"), role))
        };
        let workspace = applied(world, &with("DatastoreBackup", ""));
        for role in ["Admin", "DatastoreAdmin"] {
            workspace.write(&written(world, &with(role, "")));
            let warnings = told(&workspace);
            assert_eq!(warnings.len(), 1, "{warnings:?}");
            let parts = ["far-reaching", role, "DatastoreBackup", "DatastorePowerUser"];
            assert!(parts.iter().all(|part| warnings[0].contains(part)), "{}", warnings[0]);
            workspace.apply();
            assert_eq!(told(&workspace), Vec::<String>::new(), "a standing fact is told again");
            workspace.write(&written(world, &with(role, "comment = \"edited\"")));
            assert_eq!(told(&workspace), Vec::<String>::new(), "a standing fact is told again");
        }
        // A user may have such a role.
        let other = world.workspace();
        other.write(&written(world, &grant("it", "\"<other>\"", "Admin")));
        assert_eq!(told(&other), Vec::<String>::new());

        other.write(&written(
            world,
            &grant("it", "\"<other>\"", "Audit").replace("<path>", "/new/kind"),
        ));
        let warnings = told(&other);
        assert!(warnings.len() == 1 && warnings[0].contains("/new/kind"), "{warnings:?}");
    });
}

#[test]
fn no_access_beside_another_role_is_told_of_when_one_displaces_the_other() {
    every_cli(|world| {
        let reader = grant("reader", "\"<user>\"", "DatastoreReader");
        let nobody = grant("nobody", "\"<user>\"", "NoAccess");
        let workspace = applied(world, &reader);
        let told = |warnings: Vec<String>, times: usize, when: &str| {
            let warnings: Vec<_> = warnings
                .iter()
                .filter(|text| text.contains("NoAccess"))
                .map(|text| flat(text))
                .collect();
            assert_eq!(warnings.len(), times, "{when}: {warnings:?}");
            for part in ["<user>", "<path>", "DatastoreReader", "Remove one of them"] {
                assert!(warnings[0].contains(&world.names.fill(part)), "{when}: {}", warnings[0]);
            }
        };
        // Writing one takes the other away.
        workspace.write(&written(world, &format!("{reader}{nobody}")));
        told(apply_warnings(&workspace), 1, "on writing NoAccess beside another role");
        // What was taken away is missed, with the reason.
        told(plan_warnings(&workspace), 1, "on refreshing the role that has gone");
        told(apply_warnings(&workspace), 2, "on missing it and writing it again");
        // Either of them alone is nothing to speak of.
        workspace.write(&written(world, &reader));
        workspace.apply();
        workspace.apply();
        assert_eq!(plan_warnings(&workspace), Vec::<String>::new());
        // From one to the other in place.
        workspace.write(&written(world, &reader.replace("DatastoreReader", "NoAccess")));
        assert_eq!(apply_warnings(&workspace), Vec::<String>::new());
        workspace.assert_plan_is_empty();
    });
}

fn required(privileges: &str) -> String {
    format!(
        r#"
        data "pbs_permissions" "it" {{
          path     = "<path>"
          auth_id  = {TOKEN}.id
          required = [{privileges}]
          depends_on = [pbs_acl.user, pbs_acl.token]
        }}
        "#
    )
}

#[test]
fn required_privileges_that_are_missing_are_an_error() {
    every_cli(|world| {
        let workspace = applied(world, &(token_and_grants("") + &required("\"Datastore.Backup\"")));
        let shown = workspace.state("data.pbs_permissions.it");
        assert_eq!(shown["privileges"], serde_json::json!({ "Datastore.Backup": true }));

        workspace.write(&written(
            world,
            &(token_and_grants("") + &required("\"Datastore.Backup\", \"Datastore.Prune\"")),
        ));
        let text = flat(&errors(workspace.run(&["plan", "-json"])));
        let parts = ["<user>!<token>", "lacks `Datastore.Prune` on <path>", "grants of <user>"];
        assert!(parts.iter().all(|part| text.contains(&world.names.fill(part))), "{text}");
        assert!(!text.contains("`Datastore.Backup`"), "{text}");
    });
}

/// There is no refresh before a first creation: this is what says at once that the token can do nothing.
#[test]
fn a_check_block_tells_at_the_first_apply_what_a_token_lacks() {
    every_cli(|world| {
        let check = |resources: String| {
            let data = required("\"Datastore.Backup\"").replace("pbs_acl.user, ", "");
            format!(
                "{resources}\ncheck \"it\" {{\n{data}\nassert {{\n condition = length(data.pbs_permissions.it.privileges) == 1\n error_message = \"more than least privilege\"\n}}\n}}\n"
            )
        };
        let alone = token("") + &grant("token", &format!("{TOKEN}.id"), "DatastoreBackup");
        let workspace = world.workspace();
        workspace.write(&written(world, &check(alone)));
        let warnings = apply_warnings(&workspace);
        let told = world.names.fill("<user>!<token> lacks `Datastore.Backup`");
        assert!(warnings.iter().any(|text| flat(text).contains(&told)), "{warnings:?}");

        workspace.write(&written(world, &check(token_and_grants(""))));
        workspace.apply();
        assert_eq!(apply_warnings(&workspace), Vec::<String>::new());
        // Too much is found as well.
        let power = token_and_grants("").replace("DatastoreBackup", "DatastorePowerUser");
        workspace.write(&written(world, &check(power)));
        let warnings = apply_warnings(&workspace);
        assert!(warnings.iter().any(|text| text.contains("least privilege")), "{warnings:?}");
    });
}

#[test]
fn a_postcondition_asserts_that_the_token_can_back_up_now() {
    every_cli(|world| {
        let check = |secret: &str| {
            format!(
                r#"{}
                data "pbs_token_check" "it" {{
                  id     = {TOKEN}.id
                  secret = {secret}
                  depends_on = [pbs_acl.user, pbs_acl.token]
                  lifecycle {{
                    postcondition {{
                      condition     = self.valid && contains(lookup(self.privileges, "<path>", []), "Datastore.Backup")
                      error_message = "the token cannot back up"
                    }}
                  }}
                }}
                "#,
                token_and_grants("")
            )
        };
        let workspace = applied(world, &check(&format!("{TOKEN}.secret")));
        let state = workspace.state("data.pbs_token_check.it");
        assert_eq!(state["valid"], true);
        assert_eq!(
            state["privileges"][world.names.fill("<path>")],
            serde_json::json!(["Datastore.Backup"])
        );

        workspace.write(&written(world, &check("\"00000000-0000-0000-0000-000000000000\"")));
        let text = errors(workspace.run(&["plan", "-json"]));
        assert!(text.contains("the token cannot back up"), "{text}");
    });
}

#[test]
fn a_token_check_tells_who_would_be_refused() {
    every_cli(|world| {
        let resources = format!(
            "{}data \"pbs_token_check\" \"it\" {{\n id = {TOKEN}.id\n secret = {TOKEN}.secret\n}}\n",
            token_and_grants("")
        );
        let workspace = applied(world, &resources);
        assert!(world.api_as(&api_token(&workspace)).accepts_credential());
        let url = world.names.fill("/access/users/<user>/token/<token>");
        let user = world.names.fill("/access/users/<user>");
        for (url, how, back) in [
            (&url, [("enable", "0")], [("enable", "1")]),
            (&url, [("expire", "1")], [("expire", "0")]),
            (&user, [("enable", "0")], [("enable", "1")]),
        ] {
            world.api.put(url, &how);
            workspace.run(&["apply", "-refresh-only", "-auto-approve"]).succeeded();
            let state = workspace.state("data.pbs_token_check.it");
            assert_eq!(state["valid"], false, "{url} {how:?}");
            assert_eq!(state["privileges"], serde_json::json!({}));
            world.api.put(url, &back);
        }
        workspace.run(&["apply", "-refresh-only", "-auto-approve"]).succeeded();
        assert_eq!(workspace.state("data.pbs_token_check.it")["valid"], true);
    });
}

#[test]
fn the_roles_are_told_with_their_privileges() {
    every_cli(|world| {
        let workspace = applied(
            world,
            "data \"pbs_roles\" \"it\" {}\noutput \"roles\" {\n value = data.pbs_roles.it.roles\n}\n",
        );
        let roles = workspace.state("data.pbs_roles.it")["roles"].take();
        assert_eq!(roles["DatastoreBackup"], serde_json::json!(["Datastore.Backup"]));
        assert_eq!(roles["NoAccess"], serde_json::json!([]));
        let names = world.api.get("/access/roles");
        assert_eq!(roles.as_object().map(|roles| roles.len()), names.as_array().map(Vec::len));
    });
}

/// Against a world where nobody does anything, a plan of everything has nothing to say.
#[test]
fn a_plan_of_standing_facts_is_silent() {
    every_cli(|world: &World| {
        let workspace = applied(world, &token_and_grants("comment = \"nightly\""));
        assert_eq!(told(&workspace), Vec::<String>::new());
    });
}
