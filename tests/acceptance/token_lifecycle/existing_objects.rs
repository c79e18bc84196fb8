//! Tokens, grants and users that exist before Terraform manages them. The tests import these
//! objects, and check the errors that say how to import them.

use serde_json::json;
use test_support::cli::{World, every_cli};
use xtask::release::Feature;

use super::{TOKEN, configuration, errors, flat, plan_warnings, token, warnings};

/// Creates the token `<token>` of `<user>` outside of Terraform.
fn create_outside(world: &World) {
    let url = world.names.insert_into("/access/users/<user>/token/<token>");
    world.api.post(&url, &[("comment", "created outside")]);
}

const COMMENT: &str = "comment = \"created outside\"";

#[test]
fn an_import_warns_that_the_secret_is_unknown_and_says_how_to_get_one() {
    every_cli(|world| {
        create_outside(world);
        let id = world.names.insert_into("<user>!<token>");
        let identity =
            world.names.insert_into("{ user_id = \"<user>\", token_name = \"<token>\" }");
        let mut arguments = vec![format!("id = \"{id}\"")];
        if world.cli.has(Feature::Identity) {
            arguments.push(format!("identity = {identity}"));
        }
        for argument in arguments {
            let workspace = world.workspace();
            let import = format!("import {{\n to = {TOKEN}\n {argument}\n}}\n");
            workspace.write(&configuration(world, &(token(COMMENT) + &import)));
            let warnings = plan_warnings(&workspace);
            let warning = warnings.iter().find(|text| text.contains(&id));
            let warning = warning.unwrap_or_else(|| panic!("{argument}: no warning: {warnings:?}"));
            assert!(
                warning.contains("unknown") && warning.contains("rotation_triggers"),
                "{warning}"
            );
            workspace.apply();
            workspace.assert_plan_is_empty();
            let state = workspace.state(TOKEN);
            assert!(state["secret"].is_null() && state["api_token"].is_null());
            assert!(state["issued_at"].is_null());
            // The warning is not repeated.
            assert!(plan_warnings(&workspace).is_empty());
        }
        let workspace = world.workspace();
        workspace.write(&configuration(world, &token(COMMENT)));
        let output = workspace.run(&["import", TOKEN, &id]).succeeded().stdout;
        assert!(flat(&output).contains("rotation_triggers"), "{output}");
    });
}

/// The secret of an imported token is null. The data source `pbs_token_check` then does not check
/// the token, and the function `api_token` returns null.
#[test]
fn the_null_secret_of_an_imported_token_does_not_stop_the_plan() {
    every_cli(|world| {
        create_outside(world);
        let id = world.names.insert_into("<user>!<token>");
        let import = format!("import {{\n to = {TOKEN}\n id = \"{id}\"\n}}\n");
        let check = format!(
            r#"
                data "pbs_token_check" "it" {{
                  id     = {TOKEN}.id
                  secret = {TOKEN}.secret
                  lifecycle {{
                    postcondition {{
                      condition     = self.valid == null || contains(lookup(self.privileges, "/", []), "Sys.Audit")
                      error_message = "the token has no privileges"
                    }}
                  }}
                }}
            "#
        );
        let joined = format!("provider::pbs::api_token({TOKEN}.id, {TOKEN}.secret)");
        let output = format!(
            "output \"joined\" {{\n value = nonsensitive(coalesce({joined}, \"none\"))\n}}\n"
        );
        let has_functions = world.cli.has(Feature::Functions);
        let output = if has_functions { output } else { String::new() };
        let workspace = world.workspace();
        workspace.write(&configuration(world, &(token(COMMENT) + &import + &check + &output)));
        let outcome = workspace.apply();
        assert!(!has_functions || outcome.stdout.contains("joined = \"none\""), "{outcome}");
        let state = workspace.state("data.pbs_token_check.it");
        assert_eq!((&state["valid"], &state["privileges"]), (&json!(null), &json!({})));
        let warnings = plan_warnings(&workspace);
        let expected = format!("The token {id} was not checked");
        assert!(warnings.iter().any(|text| text.contains(&expected)), "{warnings:?}");
        workspace.assert_plan_is_empty();
    });
}

#[test]
fn an_invalid_import_id_is_an_error_that_shows_the_required_form() {
    every_cli(|world| {
        let user = "resource \"pbs_user\" \"it\" {\n user_id = \"<user>\"\n}\n";
        let acl = super::grant("it", "\"<user>\"", "Audit");
        for (address, resource, ids, required_form) in [
            (
                TOKEN,
                &token(""),
                &["nonsense", "a@pbs", "a@pbs!", "a@pbs!b!c", "a b@pbs!c"][..],
                "user@realm!name",
            ),
            ("pbs_user.it", &user.to_owned(), &["nonsense", "a@", "a@pbs!t"], "user@realm"),
            (
                "pbs_acl.it",
                &acl,
                &[
                    "nonsense",
                    "/datastore/x",
                    "/datastore/x?a@pbs",
                    "datastore?a@pbs?Audit",
                    "/?a?Audit",
                    "/?a@pbs?",
                ],
                "path?auth_id?role_id",
            ),
        ] {
            let workspace = world.workspace();
            let before = world.requests();
            for id in ids {
                let import = format!("import {{\n to = {address}\n id = \"{id}\"\n}}\n");
                workspace.write(&configuration(world, &format!("{resource}{import}")));
                let text = errors(workspace.run(&["plan", "-json"]));
                assert!(text.contains(required_form), "{id}: {text}");
                let type_name = address.trim_end_matches(".it");
                let object = format!("Import of {type_name} with the id `{id}`");
                assert!(flat(&text).contains(&object), "{id}: {text}");
                workspace.write(&configuration(world, resource));
                let outcome = workspace.run(&["import", address, id]).failed();
                assert!(
                    flat(&outcome.stderr.replace('│', " ")).contains(required_form),
                    "{id}: {outcome}"
                );
            }
            assert_eq!(world.requests(), before, "a request was sent for an invalid id");
        }
    });
}

#[test]
fn an_invalid_identity_is_an_error_that_shows_the_required_form() {
    every_cli(|world| {
        if !world.cli.has(Feature::Identity) {
            return;
        }
        for (address, resource, identity, part) in [
            (TOKEN, token(""), "user_id = \"nobody\"\n token_name = \"ci\"", "user@realm"),
            (TOKEN, token(""), "user_id = \"a@pbs\"\n token_name = \"-x\"", "token name"),
            (
                "pbs_acl.it",
                super::grant("it", "\"<user>\"", "Audit"),
                "path = \"datastore\"\n auth_id = \"a@pbs\"\n role_id = \"Audit\"",
                "/name/name",
            ),
        ] {
            let workspace = world.workspace();
            let import =
                format!("import {{\n to = {address}\n identity = {{\n {identity}\n }}\n}}\n");
            workspace.write(&configuration(world, &format!("{resource}{import}")));
            let text = errors(workspace.run(&["plan", "-json"]));
            assert!(flat(&text).contains(part), "{identity}: {text}");
            let type_name = address.trim_end_matches(".it");
            let object = format!("Import of {type_name} with the identity {{ ");
            assert!(flat(&text).contains(&object), "{identity}: {text}");
        }
    });
}

#[test]
fn importing_a_missing_object_is_an_error() {
    every_cli(|world| {
        let workspace = world.workspace();
        let import = format!("import {{\n to = {TOKEN}\n id = \"<user>!nothing\"\n}}\n");
        workspace.write(&configuration(world, &(token("") + &import)));
        let text = errors(workspace.run(&["plan", "-json"]));
        let object =
            world.names.insert_into("Import of pbs_api_token with the id `<user>!nothing`");
        assert!(text.contains("no such object") && flat(&text).contains(&object), "{text}");
    });
}

/// PBS can have a token whose user does not exist. The token still exists after its user is
/// created.
#[test]
fn an_orphaned_token_is_imported_and_rotated_when_its_user_is_created() {
    every_cli(|world| {
        let user = world.names.insert_into("<token>-gone@pbs");
        let created = world.api.post(&format!("/access/users/{user}/token/ci"), &[("comment", "")]);
        let old = format!("{user}!ci:{}", created["value"].as_str().expect("a secret"));
        let resources = format!(
            "resource \"pbs_user\" \"it\" {{\n user_id = \"{user}\"\n}}\n{}",
            token("rotation_triggers = { taken = \"over\" }")
                .replace("\"<user>\"", "pbs_user.it.id")
                .replace("\"<token>\"", "\"ci\"")
        );
        let workspace = world.workspace();
        workspace.write(&configuration(world, &resources));
        let text = errors(workspace.run(&["apply", "-auto-approve", "-json"]));
        let import_block =
            format!("import {{\n    to = pbs_api_token.NAME\n    id = \"{user}!ci\"\n  }}");
        assert!(text.contains(&import_block), "{text}");

        let import = import_block.replace("NAME", "it");
        workspace.write(&configuration(world, &format!("{resources}\n{import}\n")));
        let warnings = warnings(workspace.run(&["apply", "-auto-approve", "-json"]));
        assert!(warnings.iter().any(|text| text.contains("loses access")), "{warnings:?}");
        workspace.assert_plan_is_empty();
        assert!(world.api_as(&super::api_token(&workspace)).accepts_credential());
        assert!(!world.api_as(&old).accepts_credential());
    });
}
