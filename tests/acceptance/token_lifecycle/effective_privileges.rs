//! Warnings and data sources about the effective privileges of a token. A token can do no more than
//! its user. If the user lacks a grant (ACL entry), a warning proposes this grant.

use test_support::cli::{Workspace, World, every_cli};

use super::{
    TOKEN, api_token, applied, apply_warnings, configuration, errors, flat, grant, plan_warnings,
    token, token_and_grants,
};

/// The warnings of a plan, each on one line.
#[track_caller]
fn flat_warnings(workspace: &Workspace) -> Vec<String> {
    plan_warnings(workspace).iter().map(|text| flat(text)).collect()
}

#[test]
fn a_token_whose_user_has_no_grant_is_a_warning_that_shows_the_missing_grant() {
    every_cli(|world| {
        let token_grant = grant("token", &format!("{TOKEN}.id"), "DatastoreBackup");
        let workspace = applied(world, &(token("") + &token_grant));
        let warnings = flat_warnings(&workspace);
        let id = world.names.insert_into("<user>!<token>");
        let fix = world.names.insert_into(
            "resource \"pbs_acl\" \"user\" { path = \"<path>\" auth_id = \"<user>\" role_id = \"DatastoreBackup\" }",
        );
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(warnings[0].contains(&id) && warnings[0].contains(&fix), "{}", warnings[0]);
        assert!(warnings[0].contains("`Datastore.Backup`"), "{}", warnings[0]);

        // After the proposed grant is applied, there is no warning.
        let fixed = fix.replace(" path", "\npath").replace(" auth_id", "\nauth_id");
        let fixed = fixed.replace(" role_id", "\nrole_id").replace(" }", "\n}\n");
        workspace.write(&configuration(world, &(token("") + &token_grant + &fixed)));
        workspace.apply();
        assert_eq!(flat_warnings(&workspace), Vec::<String>::new());
    });
}

/// The plan that creates the missing grant does not warn. The grant of the token depends on the
/// grant of the user, so Terraform plans the grant of the user first.
#[test]
fn a_plan_that_creates_the_missing_grant_does_not_warn() {
    every_cli(|world| {
        let token_grant = grant("token", &format!("{TOKEN}.id"), "DatastoreBackup");
        let workspace = applied(world, &(token("") + &token_grant));
        assert_eq!(flat_warnings(&workspace).len(), 1);
        let user_grant = grant("user", "\"<user>\"", "DatastoreBackup");
        let dependent_grant =
            token_grant.replace("role_id", "depends_on = [pbs_acl.user]\n          role_id");
        workspace.write(&configuration(world, &(token("") + &dependent_grant + &user_grant)));
        assert_eq!(flat_warnings(&workspace), Vec::<String>::new());
    });
}

/// A token has two roles on a path. Its user has one of these roles, so only the grant of the other
/// role has no effect. The warning must name only this grant.
#[test]
fn only_the_grant_without_effect_is_a_warning_if_a_token_has_two_roles() {
    every_cli(|world| {
        let reader = |name: &str, auth_id: &str| grant(name, auth_id, "DatastoreReader");
        let tape = grant("tape", &format!("{TOKEN}.id"), "TapeAudit");
        let token_id = format!("{TOKEN}.id");
        let resources = token("") + &reader("user", "\"<user>\"") + &reader("token", &token_id);
        let workspace = applied(world, &(resources + &tape));
        let warnings = flat_warnings(&workspace);
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(warnings[0].contains("The grant of `TapeAudit`"), "{}", warnings[0]);
    });
}

/// If several ACL entries of the user apply to a path, the entry with the deepest path counts. If
/// the token and the user have at least one privilege in common, there is no warning.
#[test]
fn a_plan_warns_unless_token_and_user_have_a_common_privilege() {
    every_cli(|world| {
        let Some(simulator) = world.simulator("grants of many kinds") else { return };
        let user = world.names.insert_into("<user>");
        let path = world.names.insert_into("<path>");
        let workspace = applied(
            world,
            &(token("") + &grant("token", &format!("{TOKEN}.id"), "DatastorePowerUser")),
        );
        let deeper = format!("{path}/ns");
        for (grants, no_warning) in [
            (&[("/", "Admin", true)][..], true),
            (&[("/datastore", "DatastoreBackup", true)], true),
            (&[("/datastore", "Audit", false)], false),
            (&[("/", "Admin", true), (&path, "NoAccess", true)], false),
            (&[("/", "Admin", true), ("/datastore", "TapeAudit", true)], false),
            (&[("/", "Admin", true), ("/tape", "NoAccess", true)], true),
            // The role of the token propagates to the deeper path. On the deeper path the user has
            // one of the privileges of the role.
            (&[(&deeper, "DatastoreBackup", true)], true),
            (&[(&deeper, "RemoteAudit", true)], false),
        ] {
            simulator.world(|world| {
                grants.iter().for_each(|(path, role, propagate)| {
                    world.put_acl(path, &user, role, *propagate)
                });
            });
            let warnings = flat_warnings(&workspace);
            assert_eq!(warnings.is_empty(), no_warning, "{grants:?}: {warnings:?}");
            simulator.world(|world| {
                for (path, role, _) in grants {
                    world.delete_acl(path, &user, role);
                }
            });
        }
    });
}

#[test]
fn the_plan_that_grants_a_powerful_role_to_a_token_warns_once() {
    every_cli(|world| {
        // The user has the role `Admin`, so there is no warning about missing privileges.
        let user = grant("user", "\"<user>\"", "Admin");
        let resources = |role: &str, comment: &str| {
            format!("{}{user}{}", token(comment), grant("token", &format!("{TOKEN}.id"), role))
        };
        let workspace = applied(world, &resources("DatastoreBackup", ""));
        for role in ["Admin", "DatastoreAdmin"] {
            workspace.write(&configuration(world, &resources(role, "")));
            let warnings = flat_warnings(&workspace);
            assert_eq!(warnings.len(), 1, "{warnings:?}");
            // The warning names the role, and proposes two roles with fewer privileges.
            let parts = ["far-reaching", role, "DatastoreBackup", "DatastorePowerUser"];
            assert!(parts.iter().all(|part| warnings[0].contains(part)), "{}", warnings[0]);
            workspace.apply();
            assert_eq!(flat_warnings(&workspace), Vec::<String>::new(), "the warning is repeated");
            workspace.write(&configuration(world, &resources(role, "comment = \"edited\"")));
            assert_eq!(flat_warnings(&workspace), Vec::<String>::new(), "the warning is repeated");
        }
    });
}

#[test]
fn granting_a_powerful_role_to_a_user_is_no_warning() {
    every_cli(|world| {
        let workspace = world.workspace();
        // `<other>` is a second user.
        workspace.write(&configuration(world, &grant("it", "\"<other>\"", "Admin")));
        assert_eq!(flat_warnings(&workspace), Vec::<String>::new());
    });
}

#[test]
fn no_access_beside_another_role_is_a_warning() {
    every_cli(|world| {
        let reader = grant("reader", "\"<user>\"", "DatastoreReader");
        let no_access = grant("no_access", "\"<user>\"", "NoAccess");
        let workspace = applied(world, &reader);
        let assert_warned = |warnings: Vec<String>, times: usize, when: &str| {
            let warnings: Vec<_> = warnings
                .iter()
                .filter(|text| text.contains("NoAccess"))
                .map(|text| flat(text))
                .collect();
            assert_eq!(warnings.len(), times, "{when}: {warnings:?}");
            for part in ["<user>", "<path>", "DatastoreReader", "Remove one of the two resources"] {
                assert!(
                    warnings[0].contains(&world.names.insert_into(part)),
                    "{when}: {}",
                    warnings[0]
                );
            }
        };
        // PBS keeps only one of the two entries: writing one entry deletes the other entry.
        workspace.write(&configuration(world, &format!("{reader}{no_access}")));
        assert_warned(apply_warnings(&workspace), 1, "on writing NoAccess beside another role");
        // The refresh does not find the deleted entry. The warning says why.
        assert_warned(plan_warnings(&workspace), 1, "on refreshing the deleted entry");
        assert_warned(apply_warnings(&workspace), 2, "on writing the deleted entry again");
        // With only one of the two grants there is no warning.
        workspace.write(&configuration(world, &reader));
        workspace.apply();
        workspace.apply();
        assert_eq!(plan_warnings(&workspace), Vec::<String>::new());
        // A change from `DatastoreReader` to `NoAccess` updates the grant and is no warning.
        workspace.write(&configuration(world, &reader.replace("DatastoreReader", "NoAccess")));
        assert_eq!(apply_warnings(&workspace), Vec::<String>::new());
        workspace.assert_plan_is_empty();
    });
}

/// A data source that requires these privileges of the token.
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
fn a_missing_required_privilege_is_an_error() {
    every_cli(|world| {
        let workspace = applied(world, &(token_and_grants("") + &required("\"Datastore.Backup\"")));
        let shown = workspace.state("data.pbs_permissions.it");
        assert_eq!(shown["privileges"], serde_json::json!({ "Datastore.Backup": true }));

        workspace.write(&configuration(
            world,
            &(token_and_grants("") + &required("\"Datastore.Backup\", \"Datastore.Prune\"")),
        ));
        let text = flat(&errors(workspace.run(&["plan", "-json"])));
        let parts =
            ["<user>!<token>", "lacks `Datastore.Prune` on <path>", "grants of the user <user>"];
        assert!(parts.iter().all(|part| text.contains(&world.names.insert_into(part))), "{text}");
        assert!(!text.contains("`Datastore.Backup`"), "{text}");
    });
}

/// The provider warns about missing privileges when it plans a grant that already exists, so it
/// does not warn at the first apply. A check block reports missing privileges even at the first
/// apply.
#[test]
fn a_check_block_reports_missing_privileges_at_the_first_apply() {
    every_cli(|world| {
        let check = |resources: String| {
            let data = required("\"Datastore.Backup\"").replace("pbs_acl.user, ", "");
            format!(
                "{resources}\ncheck \"it\" {{\n{data}\nassert {{\n condition = length(data.pbs_permissions.it.privileges) == 1\n error_message = \"more than least privilege\"\n}}\n}}\n"
            )
        };
        let without_user_grant =
            token("") + &grant("token", &format!("{TOKEN}.id"), "DatastoreBackup");
        let workspace = world.workspace();
        workspace.write(&configuration(world, &check(without_user_grant)));
        let warnings = apply_warnings(&workspace);
        let message = world.names.insert_into("<user>!<token> lacks `Datastore.Backup`");
        assert!(warnings.iter().any(|text| flat(text).contains(&message)), "{warnings:?}");

        workspace.write(&configuration(world, &check(token_and_grants(""))));
        workspace.apply();
        assert_eq!(apply_warnings(&workspace), Vec::<String>::new());
        // The check also finds privileges that are not needed.
        let power_user_grants =
            token_and_grants("").replace("DatastoreBackup", "DatastorePowerUser");
        workspace.write(&configuration(world, &check(power_user_grants)));
        let warnings = apply_warnings(&workspace);
        assert!(warnings.iter().any(|text| text.contains("least privilege")), "{warnings:?}");
    });
}

#[test]
fn a_postcondition_checks_that_the_token_can_back_up() {
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
                      condition     = self.valid == null || contains(lookup(self.privileges, "<path>", []), "Datastore.Backup")
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
            state["privileges"][world.names.insert_into("<path>")],
            serde_json::json!(["Datastore.Backup"])
        );

        workspace.write(&configuration(world, &check("\"00000000-0000-0000-0000-000000000000\"")));
        let text = errors(workspace.run(&["plan", "-json"]));
        assert!(text.contains("the token cannot back up"), "{text}");
    });
}

#[test]
fn a_token_check_reports_a_disabled_or_expired_token_or_user() {
    every_cli(|world| {
        let resources = format!(
            "{}data \"pbs_token_check\" \"it\" {{\n id = {TOKEN}.id\n secret = {TOKEN}.secret\n}}\n",
            token_and_grants("")
        );
        let workspace = applied(world, &resources);
        assert!(world.api_as(&api_token(&workspace)).accepts_credential());
        let url = world.names.insert_into("/access/users/<user>/token/<token>");
        let user = world.names.insert_into("/access/users/<user>");
        for (url, change, restoration) in [
            (&url, [("enable", "0")], [("enable", "1")]),
            (&url, [("expire", "1")], [("expire", "0")]),
            (&user, [("enable", "0")], [("enable", "1")]),
        ] {
            world.api.put(url, &change);
            workspace.run(&["apply", "-refresh-only", "-auto-approve"]).succeeded();
            let state = workspace.state("data.pbs_token_check.it");
            assert_eq!(state["valid"], false, "{url} {change:?}");
            assert_eq!(state["privileges"], serde_json::json!({}));
            world.api.put(url, &restoration);
        }
        workspace.run(&["apply", "-refresh-only", "-auto-approve"]).succeeded();
        assert_eq!(workspace.state("data.pbs_token_check.it")["valid"], true);
    });
}

#[test]
fn the_roles_are_read_with_their_privileges() {
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

#[test]
fn a_token_whose_user_has_the_same_role_has_no_warnings() {
    every_cli(|world: &World| {
        let workspace = applied(world, &token_and_grants("comment = \"nightly\""));
        assert_eq!(flat_warnings(&workspace), Vec::<String>::new());
    });
}
