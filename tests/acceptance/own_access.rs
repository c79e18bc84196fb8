//! Plans that take privileges from the provider's own user or token, or that end its access. Such a
//! plan shows a warning. The tests plan the changed configuration and never apply it.

use pbs_sim::{Fault, FaultKind};
use test_support::cli::{REQUIRED_PROVIDERS, Workspace, World, every_cli};

const TOKEN: &str =
    "resource \"pbs_api_token\" \"own\" {\n user_id = \"<user>\"\n token_name = \"<token>\"\n}\n";
const USER: &str = "resource \"pbs_user\" \"own\" {\n user_id = \"<user>\"\n}\n";

/// A grant of this user or token.
fn grant(name: &str, subject: &str, arguments: &str) -> String {
    format!("resource \"pbs_acl\" \"{name}\" {{\n auth_id = \"{subject}\"\n {arguments}\n}}\n")
}

/// The configuration that manages the provider's own access. The tests change parts of this
/// configuration. `<other>` is another user, whose grants do not affect the provider.
fn unchanged() -> String {
    let admin = "path = \"/\"\n role_id = \"Admin\"";
    [
        TOKEN,
        USER,
        &grant("of_user", "<user>", admin),
        &grant("of_token", "<user>!<token>", admin),
        &grant("of_other", "<other>", admin),
    ]
    .concat()
}

/// A workspace in which the provider logs in with a token that the configuration of the workspace
/// manages.
fn manage_own_token(world: &World) -> Workspace {
    let [user, id] = ["<user>", "<user>!<token>"].map(|name| world.names.insert_into(name));
    let token = world.names.insert_into("/access/users/<user>/token/<token>");
    let created = world.api.post(&token, &[]);
    let secret = created["value"].as_str().expect("the response contains the secret");
    for subject in [&user, &id, &world.names.insert_into("<other>")] {
        let entry = [("path", "/"), ("auth-id", subject), ("role", "Admin")];
        world.api.put("/access/acl", &entry);
    }
    // An empty update of the user makes the new grants effective immediately.
    world.api.put(&world.names.insert_into("/access/users/<user>"), &[]);
    let mut workspace = world.workspace();
    workspace.set_env("PBS_API_TOKEN", &format!("{id}:{secret}"));
    let mut imports = String::new();
    for (address, id) in [
        ("pbs_api_token.own", "<user>!<token>"),
        ("pbs_user.own", "<user>"),
        ("pbs_acl.of_user", "/?<user>?Admin"),
        ("pbs_acl.of_token", "/?<user>!<token>?Admin"),
        ("pbs_acl.of_other", "/?<other>?Admin"),
    ] {
        imports += &format!("import {{\n to = {address}\n id = \"{id}\"\n}}\n");
    }
    write(&workspace, world, &(unchanged() + &imports));
    workspace.apply();
    workspace
}

fn write(workspace: &Workspace, world: &World, resources: &str) {
    workspace.write(&format!("{REQUIRED_PROVIDERS}{}", world.names.insert_into(resources)));
}

/// The summaries and details of the warnings about the provider's own access.
#[track_caller]
fn warnings(workspace: &Workspace) -> Vec<String> {
    let outcome = workspace.run(&["plan", "-json"]).succeeded();
    let texts = outcome.diagnostics().into_iter().map(|warning| warning.text());
    texts.filter(|text| text.contains("The provider logs in")).collect()
}

#[test]
fn a_plan_that_takes_privileges_from_the_provider_is_a_warning_that_names_them() {
    every_cli(|world| {
        let workspace = manage_own_token(world);
        let id = world.names.insert_into("<user>!<token>");
        let admin = "path = \"/\"\n role_id = \"Admin\"";
        let token_grant = grant("of_token", "<user>!<token>", admin);
        let user_grant = grant("of_user", "<user>", admin);
        let other_grant = grant("of_other", "<other>", admin);
        let change = |old: &str, new: &str| unchanged().replace(old, new);
        let audit = |grant: &str| grant.replace("Admin", "Audit");
        let with_grant = |grant: String| unchanged() + &grant;
        for (name, configuration, path, lost) in [
            ("unchanged", unchanged(), "", ""),
            (
                "another role for the token",
                change(&token_grant, &audit(&token_grant)),
                "/",
                "`Sys.Modify`",
            ),
            (
                "another role for the user of the token",
                change(&user_grant, &audit(&user_grant)),
                "/",
                "`Sys.Modify`",
            ),
            ("another role for another user", change(&other_grant, &audit(&other_grant)), "", ""),
            ("no grant for the token", change(&token_grant, ""), "/", "`Sys.Audit`"),
            ("no grant for another user", change(&other_grant, ""), "", ""),
            (
                "another path",
                change(&token_grant, &token_grant.replace("\"/\"", "\"/access\"")),
                "/",
                "`Datastore.Audit`",
            ),
            (
                "no propagation",
                change(
                    &token_grant,
                    &token_grant.replace("Admin\"", "Admin\"\n propagate = false"),
                ),
                "/",
                "`Sys.Audit`",
            ),
            (
                "a smaller role on a deeper path",
                with_grant(grant(
                    "new",
                    "<user>!<token>",
                    "path = \"/access\"\n role_id = \"Audit\"",
                )),
                "/access",
                "`Permissions.Modify`",
            ),
            (
                "the same role on a deeper path",
                with_grant(grant(
                    "new",
                    "<user>!<token>",
                    "path = \"/access\"\n role_id = \"Admin\"",
                )),
                "",
                "",
            ),
            (
                "a smaller role on the same path in addition",
                with_grant(grant("new", "<user>!<token>", "path = \"/\"\n role_id = \"Audit\"")),
                "",
                "",
            ),
            (
                "no access",
                with_grant(grant("new", "<user>!<token>", "path = \"/\"\n role_id = \"NoAccess\"")),
                "/",
                "`Sys.Audit`",
            ),
        ] {
            write(&workspace, world, &configuration);
            let warnings = warnings(&workspace);
            if lost.is_empty() {
                assert_eq!(warnings, [""; 0], "{name}");
                continue;
            }
            assert_eq!(warnings.len(), 1, "{name}: {warnings:?}");
            let summary = format!("The provider loses privileges on {path}\n");
            assert!(warnings[0].starts_with(&summary), "{name}: {warnings:?}");
            assert!(warnings[0].contains(lost), "{name}: {warnings:?}");
            assert!(warnings[0].contains(&format!("logs in as {id}.")), "{name}: {warnings:?}");
        }

        // If the privileges of the roles cannot be read, the warning names no privileges.
        let Some(simulator) = world.simulator("a failing request") else { return };
        simulator.fault(Fault::new("GET", "/access/roles", FaultKind::Forbidden));
        let unrelated = change(&other_grant, "");
        for (configuration, expected) in [(change(&token_grant, ""), 1), (unrelated, 0)] {
            write(&workspace, world, &configuration);
            let warnings = warnings(&workspace);
            assert_eq!(warnings.len(), expected, "{warnings:?}");
            let text = format!("takes privileges from {id}.");
            assert!(warnings.iter().all(|warning| warning.contains(&text)), "{warnings:?}");
        }
    });
}

#[test]
fn a_plan_that_ends_the_access_of_the_provider_is_a_warning() {
    every_cli(|world| {
        let workspace = manage_own_token(world);
        let [user, token] = ["<user>", "<user>!<token>"].map(|name| world.names.insert_into(name));
        let with = |block: &str, arguments: &str| {
            unchanged().replace(block, &block.replace("\n}", &format!("\n {arguments}\n}}")))
        };
        let own_token = |change: &str| format!("The provider's own token {token} will be {change}");
        let own_user = |change: &str| format!("The provider's own user {user} will be {change}");
        let past = "expiration_date = \"2001-01-01T00:00:00Z\"";
        for (configuration, expected) in [
            (with(TOKEN, "comment = \"x\""), vec![]),
            (with(USER, "comment = \"x\""), vec![]),
            (with(TOKEN, "enabled = false"), vec![own_token("disabled")]),
            (with(TOKEN, past), vec![own_token("expired")]),
            (with(TOKEN, "expiration_date = \"2100-01-01T00:00:00Z\""), vec![]),
            (with(USER, "enabled = false"), vec![own_user("disabled")]),
            (with(USER, past), vec![own_user("expired")]),
            // The token's secret is not in the state, so the first trigger replaces the secret.
            (
                with(TOKEN, "rotation_triggers = { a = 1 }"),
                vec![format!("The secret of the provider's own token {token} will be replaced")],
            ),
            (unchanged().replace(TOKEN, ""), vec![own_token("deleted")]),
            (
                unchanged().replace("token_name = \"<token>\"", "token_name = \"<token>-2\""),
                vec![own_token("deleted")],
            ),
            (unchanged().replace(USER, ""), vec![own_user("deleted")]),
        ] {
            write(&workspace, world, &configuration);
            let warnings = warnings(&workspace);
            let summaries: Vec<_> =
                warnings.iter().map(|text| text.lines().next().unwrap_or_default()).collect();
            assert_eq!(summaries, expected, "{configuration}");
        }
    });
}

/// The provider logs in with a user name and a password.
#[test]
fn a_plan_that_changes_the_password_of_the_provider_is_a_warning() {
    crate::features::every_cli_with(xtask::release::Feature::WriteOnly, |world| {
        let [user, other] = ["<user>", "<other>"].map(|name| world.names.insert_into(name));
        let password = "correct-horse";
        world.api.delete(&format!("/access/users/{user}"));
        world.api.post("/access/users", &[("userid", &user), ("password", password)]);
        let mut workspace = world.workspace();
        for (name, value) in
            [("PBS_API_TOKEN", ""), ("PBS_USERNAME", &user), ("PBS_PASSWORD", password)]
        {
            workspace.set_env(name, value);
        }
        world.api.put("/access/acl", &[("path", "/"), ("auth-id", &user), ("role", "Admin")]);
        world.api.put(&format!("/access/users/{user}"), &[]);
        let configuration = |version: u8| {
            let block = |name: &str, id: &str| {
                format!(
                    "resource \"pbs_user\" \"{name}\" {{\n user_id = \"{id}\"\n password_wo = \"battery-staple\"\n password_wo_version = {version}\n}}\n"
                )
            };
            let import = |name: &str, id: &str| {
                format!("import {{\n to = pbs_user.{name}\n id = \"{id}\"\n}}\n")
            };
            [
                block("own", &user),
                block("other", &other),
                import("own", &user),
                import("other", &other),
            ]
            .concat()
        };
        write(&workspace, world, &configuration(1));
        let warnings = warnings(&workspace);
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        let summary = format!("The password of the provider's own user {user} will be replaced\n");
        assert!(warnings[0].starts_with(&summary), "{warnings:?}");
    });
}
