//! `terraform query` lists, filters and limits objects. A plan with the generated configuration
//! imports objects and makes no other change.

use std::{collections::BTreeSet, fs};

use serde_json::{Value, json};
use test_support::{
    cli::{REQUIRED_PROVIDERS, Workspace, World},
    objects,
};
use xtask::release::Feature;

use crate::features::every_cli_with;

/// Creates tokens and grants of two users, `<user>` and `<other>`.
fn create_objects(world: &World) {
    let [user, other, path] =
        ["<user>", "<other>", "<path>"].map(|name| world.names.insert_into(name));
    let date = ("expire", "4102441199");
    let profile = [("comment", "It's \"quoted\" ${and} more"), ("firstname", "Ada"), date];
    world.api.put(&format!("/access/users/{user}"), &profile);
    for name in ["b", "a", "c"] {
        let form = [("comment", "One of three"), date, ("enable", "0")];
        world.api.post(&format!("/access/users/{user}/token/{name}"), &form);
    }
    world.api.post(&format!("/access/users/{other}/token/d"), &[]);
    for (id, role) in [(&user, "DatastoreReader"), (&user, "DatastoreAudit"), (&other, "Audit")] {
        let entry = [("path", path.as_str()), ("auth-id", id), ("role", role), ("propagate", "0")];
        world.api.put("/access/acl", &entry);
    }
}

/// A workspace with this query.
fn workspace(world: &World, query: &str) -> Workspace {
    let workspace = world.workspace();
    workspace.write(&format!("{REQUIRED_PROVIDERS}provider \"pbs\" {{}}\n"));
    let query = world.names.insert_into(query);
    fs::write(workspace.directory().join("it.tfquery.hcl"), query).expect("the query");
    workspace
}

/// The objects that the query lists, in the order of its output.
#[track_caller]
fn listed(workspace: &Workspace) -> Vec<Value> {
    let outcome = workspace.run(&["query", "-json"]).succeeded();
    let lines = outcome.stdout.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines
        .filter(|line| line["type"] == "list_resource_found")
        .map(|mut line| line["list_resource_found"].take())
        .collect()
}

fn names(objects: &[Value]) -> Vec<&str> {
    objects.iter().map(|it| it["display_name"].as_str().unwrap_or_default()).collect()
}

#[test]
fn a_query_lists_objects_sorted_and_filtered() {
    every_cli_with(Feature::QueryAndActions, |world| {
        create_objects(world);
        let fill = |text: &&str| world.names.insert_into(text);
        for (query, expected) in [
            (
                r#"list "pbs_api_token" "it" {
                     provider = pbs
                     config {
                       user_id = "<user>"
                     }
                   }"#,
                &["<user>!a", "<user>!b", "<user>!c"][..],
            ),
            (
                r#"list "pbs_acl" "it" {
                     provider = pbs
                     config {
                       path = "<path>"
                     }
                   }"#,
                &[
                    "<path>?<other>?Audit",
                    "<path>?<user>?DatastoreAudit",
                    "<path>?<user>?DatastoreReader",
                ],
            ),
            (
                r#"list "pbs_acl" "it" {
                     provider = pbs
                     config {
                       auth_id = "<user>"
                       role_id = "DatastoreAudit"
                     }
                   }"#,
                &["<path>?<user>?DatastoreAudit"],
            ),
        ] {
            let workspace = workspace(world, query);
            let objects = listed(&workspace);
            assert_eq!(names(&objects), expected.iter().map(fill).collect::<Vec<_>>());
            let no_objects = objects.iter().all(|it| it["resource_object"].is_null());
            assert!(
                no_objects,
                "the query returns objects without being asked for them: {objects:?}"
            );
        }
        let all = listed(&workspace(world, "list \"pbs_user\" \"it\" {\n  provider = pbs\n}\n"));
        let names = names(&all);
        assert!(names.is_sorted(), "{names:?}");
        for user in ["<user>", "<other>"] {
            assert!(names.contains(&world.names.insert_into(user).as_str()), "{names:?}");
        }
    });
}

#[test]
fn a_query_respects_its_limit_and_returns_attributes_if_include_resource_is_set() {
    every_cli_with(Feature::QueryAndActions, |world| {
        create_objects(world);
        for limit in 1..=3 {
            let query = format!(
                "list \"pbs_api_token\" \"it\" {{\n  provider = pbs\n  limit = {limit}\n  include_resource = true\n  config {{\n    user_id = \"<user>\"\n  }}\n}}\n"
            );
            let objects = listed(&workspace(world, &query));
            let user = world.names.insert_into("<user>");
            assert_eq!(objects.len(), limit, "{objects:?}");
            let object = &objects[0]["resource_object"];
            assert_eq!(object["id"], json!(format!("{user}!a")));
            assert_eq!(object["comment"], json!("One of three"));
            assert_eq!(object["secret"], Value::Null);
            assert_eq!(objects[0]["identity"], json!({ "user_id": user, "token_name": "a" }));
        }
    });
}

#[test]
fn a_generated_configuration_imports_without_changes() {
    every_cli_with(Feature::QueryAndActions, |world| {
        create_objects(world);
        let query = r#"
            list "pbs_api_token" "tokens" {
              provider         = pbs
              include_resource = true
              config {
                user_id = "<user>"
              }
            }
            list "pbs_acl" "grants" {
              provider         = pbs
              include_resource = true
              config {
                path = "<path>"
              }
            }
            list "pbs_user" "users" {
              provider         = pbs
              include_resource = true
            }
            list "pbs_namespace" "namespaces" {
              provider         = pbs
              include_resource = true
              config {
                datastore = "store1"
              }
            }
            list "pbs_prune_job" "jobs" {
              provider         = pbs
              include_resource = true
            }
        "#;
        let job = world.names.insert_into("<token>-job");
        let form =
            [("id", job.as_str()), ("store", "store1"), ("schedule", "daily"), ("keep-last", "3")];
        world.api.post("/config/prune", &form);
        let namespace = world.names.insert_into("<token>-prod");
        world.api.post("/admin/datastore/store1/namespace", &[("name", namespace.as_str())]);
        let objects: BTreeSet<_> = objects::rows().iter().map(|row| row.type_name).collect();
        for list in world.types("list_resource_schemas") {
            // The same code lists all types of configuration objects, so one of these types is
            // enough.
            if objects.contains(list.as_str()) && list != "pbs_prune_job" {
                continue;
            }
            assert!(
                query.contains(&format!("list \"{list}\"")),
                "add a block for {list} to this query in tests/acceptance/other_types/query.rs"
            );
        }
        let workspace = workspace(world, query);
        // While the query runs, the server also has a user of another test.
        let stranger = "stranger@pbs";
        let simulator = world.simulator("a user of another test");
        simulator.inspect(|_| drop(world.api.post("/access/users", &[("userid", stranger)])));
        workspace.run(&["query", "-generate-config-out=generated.tf"]).succeeded();
        simulator.inspect(|_| drop(world.api.delete(&format!("/access/users/{stranger}"))));
        keep_own_blocks(world, &workspace);
        let before = world.owned();
        let outcome = workspace.run(&["apply", "-auto-approve"]).succeeded();
        // Three tokens, three grants, two users, a namespace and a prune job.
        let expected = "10 imported, 0 added, 0 changed, 0 destroyed";
        assert!(outcome.stdout.contains(expected), "{outcome}");
        workspace.assert_plan_is_empty();
        assert_eq!(world.owned(), before, "the server was changed");
        world.api.delete(&format!("/config/prune/{job}"));
        world.api.delete(&format!("/admin/datastore/store1/namespace?ns={namespace}"));
    });
}

/// Removes the blocks of other tests' objects from the generated configuration. On a shared server,
/// the other tests can delete these objects at any time.
fn keep_own_blocks(world: &World, workspace: &Workspace) {
    let file = workspace.directory().join("generated.tf");
    let text = fs::read_to_string(&file).expect("the generated configuration");
    let is_own = |block: &&str| block.split('"').any(|quoted| world.names.belongs_to_test(quoted));
    let own: String = blocks(&text).into_iter().filter(is_own).collect();
    fs::write(&file, own).expect("the generated configuration");
}

/// The blocks of a configuration. A line with only `}` ends a block.
fn blocks(text: &str) -> Vec<&str> {
    text.split_inclusive("\n}\n").collect()
}

#[test]
fn an_incomplete_list_is_a_warning() {
    every_cli_with(Feature::QueryAndActions, |world| {
        create_objects(world);
        let powerless = world.powerless_token();
        for (type_name, missing) in [
            ("pbs_acl", "`Sys.Audit` on `/access/acl`"),
            ("pbs_user", "`Sys.Audit` on `/access/users`"),
            ("pbs_api_token", "`Sys.Audit` on `/access/users`"),
            ("pbs_prune_job", "`Datastore.Audit` on `/datastore`"),
            ("pbs_remote", "`Remote.Audit` on `/remote`"),
        ] {
            let list = format!("list \"{type_name}\" \"it\" {{\n  provider = pbs\n}}\n");
            let mut workspace = workspace(world, &list);
            let warned = |workspace: &Workspace| {
                let outcome = workspace.run(&["query", "-json"]).succeeded();
                let warnings: Vec<_> = outcome.diagnostics().iter().map(|it| it.text()).collect();
                warnings.iter().any(|text| text.contains(missing))
            };
            assert!(!warned(&workspace), "{type_name}: an administrator sees everything");
            workspace.set_env("PBS_API_TOKEN", &powerless);
            assert!(warned(&workspace), "{type_name}: no warning");
        }
    });
}
