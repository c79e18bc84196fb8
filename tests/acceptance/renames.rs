//! Resources that are renamed in the configuration, with and without a `moved` block.

use std::fmt::Write as _;

use test_support::cli::{REQUIRED_PROVIDERS, Workspace, World, every_cli};

/// The number of tokens. The creation of a renamed object waits until the same object is deleted.
/// The creations of the tokens and the grant must therefore be fewer than the operations that
/// Terraform runs at the same time.
const TOKENS: usize = 5;

/// A user, its tokens, and a grant of the user. All resources have this name.
fn configuration(world: &World, name: &str) -> String {
    let text = r#"
        resource "pbs_user" "NAME" {
          user_id = "<token>-renamed@pbs"
        }
        resource "pbs_api_token" "NAME" {
          count      = TOKENS
          user_id    = pbs_user.NAME.id
          token_name = "t${count.index}"
        }
        resource "pbs_acl" "NAME" {
          path    = "<path>"
          auth_id = pbs_user.NAME.id
          role_id = "DatastoreReader"
        }
    "#;
    let text = text.replace("NAME", name).replace("TOKENS", &TOKENS.to_string());
    format!("{REQUIRED_PROVIDERS}{}", world.names.insert_into(&text))
}

fn moved(from: &str, to: &str) -> String {
    let mut blocks = String::new();
    for resource in ["pbs_user", "pbs_api_token", "pbs_acl"] {
        writeln!(blocks, "moved {{\n  from = {resource}.{from}\n  to = {resource}.{to}\n}}")
            .expect("writing to a string succeeds");
    }
    blocks
}

/// The warnings of a plan about objects that are deleted and created.
fn warnings(workspace: &Workspace) -> Vec<String> {
    let plan = workspace.run(&["plan", "-json"]).succeeded();
    let warnings = plan.diagnostics().into_iter().map(|warning| warning.text());
    warnings.filter(|text| text.starts_with("The plan deletes and creates the same")).collect()
}

fn secrets(workspace: &Workspace, name: &str) -> Vec<String> {
    let secret = |index| {
        let token = workspace.state(&format!("pbs_api_token.{name}[{index}]"));
        token["api_token"].as_str().expect("a token with its secret").to_owned()
    };
    (0..TOKENS).map(secret).collect()
}

#[test]
fn a_renamed_resource_without_moved_is_a_warning_and_the_apply_succeeds() {
    every_cli(|world| {
        // The configuration of this test contains no user, because the deletion of a user also
        // deletes its tokens. The tokens belong to `<other>`, a user that already exists.
        let resources = |name: &str| {
            let user = world.names.insert_into("<other>");
            let text = configuration(world, name);
            let (before, rest) = text.split_once("resource \"pbs_user\"").expect("a user");
            let (_, after) = rest.split_once("}\n").expect("the end of the user");
            let reference = format!("pbs_user.{name}.id");
            format!("{before}{after}").replace(&reference, &format!("\"{user}\""))
        };
        let workspace = world.workspace();
        workspace.write(&resources("old"));
        workspace.apply();
        let old_secrets = secrets(&workspace, "old");

        workspace.write(&resources("new"));
        // Terraform shows only the first of several warnings with the same summary.
        let warnings = warnings(&workspace);
        for resource in ["pbs_api_token", "pbs_acl"] {
            let moved = format!("from = {resource}.OLD_NAME");
            assert!(warnings.iter().any(|text| text.contains(&moved)), "{resource}: {warnings:?}");
        }
        workspace.apply();
        workspace.assert_plan_is_empty();
        let new_secrets = secrets(&workspace, "new");
        for (old, new) in old_secrets.iter().zip(&new_secrets) {
            assert!(!world.api_as(old).accepts_credential(), "an old secret still works");
            assert!(world.api_as(new).accepts_credential(), "a new secret does not work");
        }
        let grants = world.owned()["acl"].as_array().map(Vec::len);
        assert_eq!(grants, Some(1), "{}", world.owned());
    });
}

#[test]
fn a_renamed_resource_with_moved_stays_as_it_is() {
    every_cli(|world| {
        let workspace = world.workspace();
        workspace.write(&configuration(world, "old"));
        workspace.apply();
        let (before, secrets_before) = (world.owned(), secrets(&workspace, "old"));
        let renamed = configuration(world, "new");
        workspace.write(&format!("{renamed}{}", moved("old", "new")));
        assert_eq!(warnings(&workspace), Vec::<String>::new());
        workspace.apply();
        assert_eq!(world.owned(), before);
        assert!(secrets(&workspace, "new") == secrets_before, "a secret has changed");
    });
}

/// A plan that replaces or destroys a resource does not rename it.
#[test]
fn a_replacement_is_no_warning_about_a_renamed_resource() {
    every_cli(|world| {
        let workspace = world.workspace();
        workspace.write(&configuration(world, "it"));
        workspace.apply();
        for arguments in [
            &["plan", "-json", "-replace=pbs_api_token.it[0]", "-replace=pbs_user.it"][..],
            &["plan", "-json", "-destroy"],
        ] {
            let plan = workspace.run(arguments).succeeded();
            let texts: Vec<_> = plan.diagnostics().iter().map(|warning| warning.text()).collect();
            let renamed = texts.iter().filter(|text| text.contains("moved {")).count();
            assert_eq!(renamed, 0, "{arguments:?}: {texts:?}");
        }
        workspace.run(&["taint", "pbs_acl.it"]).succeeded();
        assert_eq!(warnings(&workspace), Vec::<String>::new());
        workspace.apply();
        workspace.assert_plan_is_empty();
    });
}

#[test]
fn two_resources_for_one_object_are_an_error_that_names_the_cause() {
    every_cli(|world| {
        let workspace = world.workspace();
        let block = |type_name: &str, name: &str, arguments: &str| {
            format!("resource \"{type_name}\" \"{name}\" {{\n{arguments}\n}}\n")
        };
        for (type_name, arguments) in [
            ("pbs_api_token", "user_id = \"<user>\"\n token_name = \"<token>\""),
            ("pbs_user", "user_id = \"<token>-new@pbs\""),
        ] {
            let blocks = ["first", "second"].map(|name| block(type_name, name, arguments));
            let text = format!("{REQUIRED_PROVIDERS}{}", blocks.concat());
            workspace.write(&world.names.insert_into(&text));
            let errors = workspace.run(&["apply", "-auto-approve", "-json"]).errors();
            let texts: Vec<_> = errors.iter().map(|error| error.text()).collect();
            let title = format!("Another {type_name} declares the same object");
            assert!(texts.len() == 1 && texts[0].starts_with(&title), "{texts:?}");
            assert!(!texts[0].contains("import"), "{texts:?}");
            workspace.run(&["destroy", "-auto-approve"]).succeeded();
        }
    });
}
