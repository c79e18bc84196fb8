//! Tokens, grants and users that are there already: imported by any of three ways, or refused with the way to import them.

use test_support::cli::{World, every_cli};
use xtask::release::Feature;

use super::{TOKEN, errors, flat, plan_warnings, token, warnings, written};

fn made_by_hand(world: &World) {
    let url = world.names.fill("/access/users/<user>/token/<token>");
    world.api.post(&url, &[("comment", "clicked together")]);
}

const COMMENT: &str = "comment = \"clicked together\"";

#[test]
fn an_import_says_that_the_secret_is_unknown_and_how_to_have_one() {
    every_cli(|world| {
        made_by_hand(world);
        let id = world.names.fill("<user>!<token>");
        let identity = world.names.fill("{ user_id = \"<user>\", token_name = \"<token>\" }");
        let mut ways = vec![format!("id = \"{id}\"")];
        if world.cli.has(Feature::Identity) {
            ways.push(format!("identity = {identity}"));
        }
        for way in ways {
            let workspace = world.workspace();
            let import = format!("import {{\n to = {TOKEN}\n {way}\n}}\n");
            workspace.write(&written(world, &(token(COMMENT) + &import)));
            let warnings = plan_warnings(&workspace);
            let told = warnings.iter().find(|text| text.contains(&id));
            let told = told.unwrap_or_else(|| panic!("{way}: no warning: {warnings:?}"));
            assert!(told.contains("unknown") && told.contains("rotation_triggers"), "{told}");
            workspace.apply();
            workspace.assert_plan_is_empty();
            let state = workspace.state(TOKEN);
            assert!(state["secret"].is_null() && state["api_token"].is_null());
            assert!(state["issued_at"].is_null());
            // Once is enough.
            assert!(plan_warnings(&workspace).is_empty());
        }
        let workspace = world.workspace();
        workspace.write(&written(world, &token(COMMENT)));
        let said = workspace.run(&["import", TOKEN, &id]).succeeded().stdout;
        assert!(flat(&said).contains("rotation_triggers"), "{said}");
    });
}

#[test]
fn a_malformed_import_id_is_answered_with_the_form() {
    every_cli(|world| {
        let user = "resource \"pbs_user\" \"it\" {\n user_id = \"<user>\"\n}\n";
        let acl = super::grant("it", "\"<user>\"", "Audit");
        for (address, resource, ids, form) in [
            (
                TOKEN,
                &token(""),
                &["", "nonsense", "a@pbs", "a@pbs!", "a@pbs!b!c", "a b@pbs!c"][..],
                "name@realm!token",
            ),
            ("pbs_user.it", &user.to_owned(), &["nonsense", "a@", "a@pbs!t"], "name@realm"),
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
                workspace.write(&written(world, &format!("{resource}{import}")));
                let text = errors(workspace.run(&["plan", "-json"]));
                // Terraform itself refuses an empty one.
                assert!(id.is_empty() || text.contains(form), "{id}: {text}");
                if !id.is_empty() {
                    workspace.write(&written(world, resource));
                    let outcome = workspace.run(&["import", address, id]).failed();
                    assert!(
                        flat(&outcome.stderr.replace('│', " ")).contains(form),
                        "{id}: {outcome}"
                    );
                }
            }
            assert_eq!(world.requests(), before, "the server was asked about a malformed id");
        }
    });
}

#[test]
fn a_malformed_identity_is_answered_with_the_form() {
    every_cli(|world| {
        if !world.cli.has(Feature::Identity) {
            return;
        }
        for (address, resource, identity, part) in [
            (TOKEN, token(""), "user_id = \"nobody\"\n token_name = \"ci\"", "name@realm"),
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
            workspace.write(&written(world, &format!("{resource}{import}")));
            let text = errors(workspace.run(&["plan", "-json"]));
            assert!(flat(&text).contains(part), "{identity}: {text}");
        }
    });
}

#[test]
fn what_is_not_there_cannot_be_imported() {
    every_cli(|world| {
        let workspace = world.workspace();
        let import = format!("import {{\n to = {TOKEN}\n id = \"<user>!nothing\"\n}}\n");
        workspace.write(&written(world, &(token("") + &import)));
        let text = errors(workspace.run(&["plan", "-json"]));
        assert!(text.contains("no such object"), "{text}");
    });
}

/// Proxmox Backup Server makes tokens for users that do not exist. Such a one is still there when the user is created.
#[test]
fn an_orphan_of_a_user_that_was_deleted_is_adopted_and_gets_a_secret() {
    every_cli(|world| {
        let user = world.names.fill("<token>-gone@pbs");
        let made = world.api.post(&format!("/access/users/{user}/token/ci"), &[("comment", "")]);
        let old = format!("{user}!ci:{}", made["value"].as_str().expect("a secret"));
        let resources = format!(
            "resource \"pbs_user\" \"it\" {{\n user_id = \"{user}\"\n}}\n{}",
            token("rotation_triggers = { taken = \"over\" }")
                .replace("\"<user>\"", "pbs_user.it.id")
                .replace("\"<token>\"", "\"ci\"")
        );
        let workspace = world.workspace();
        workspace.write(&written(world, &resources));
        let text = errors(workspace.run(&["apply", "-auto-approve", "-json"]));
        let ready = format!("import {{\n    to = pbs_api_token.NAME\n    id = \"{user}!ci\"\n  }}");
        assert!(text.contains(&ready), "{text}");

        let import = ready.replace("NAME", "it");
        workspace.write(&written(world, &format!("{resources}\n{import}\n")));
        let told = warnings(workspace.run(&["apply", "-auto-approve", "-json"]));
        assert!(told.iter().any(|text| text.contains("loses access")), "{told:?}");
        workspace.assert_plan_is_empty();
        assert!(world.api_as(&super::api_token(&workspace)).accepts_credential());
        assert!(!world.api_as(&old).accepts_credential());
    });
}
