//! The module `examples/least-privilege-backup`, and the privileges that the provider needs to
//! apply this module.

use std::{fs, path::Path};

use serde_json::json;
use test_support::cli::REQUIRED_PROVIDERS;
use xtask::release::Feature;

use super::{copy, every_simulator, example, outputs, text, users};

#[test]
fn the_tests_of_the_module_pass_and_leave_nothing_on_the_server() {
    every_simulator(Some(Feature::Functions), &[], |world, _| {
        let before = users(world);
        let workspace = example(world, "least-privilege-backup", &[]);
        workspace.run(&["get"]).succeeded();
        let outcome = workspace.run(&["test"]).succeeded();
        assert!(outcome.stdout.contains("9 passed, 0 failed"), "{outcome}");
        assert_eq!(users(world), before);
        assert_eq!(world.owned()["acl"], json!([]));
    });
}

#[test]
fn the_module_test_in_the_guide_to_pbs_sim_passes() {
    every_simulator(Some(Feature::Functions), &[], |world, _| {
        let workspace = example(world, "least-privilege-backup", &["backup.tftest.hcl"]);
        fs::write(workspace.directory().join("tests/guide.tftest.hcl"), guide_test("run \""))
            .expect("the test");
        let outcome = workspace.run(&["test"]).succeeded();
        assert!(outcome.stdout.contains("2 passed, 0 failed"), "{outcome}");
    });
}

/// The first test in the guide to `pbs-sim` that contains this text.
fn guide_test(text: &str) -> String {
    let guide = fs::read_to_string("docs/guides/testing-with-pbs-sim.md").expect("the guide");
    let tests = guide.split("```hcl\n").skip(1).filter_map(|rest| rest.split_once("```"));
    let test = tests.map(|(test, _)| test).find(|test| test.contains(text));
    test.unwrap_or_else(|| panic!("the guide has no test with {text}")).to_owned()
}

#[test]
fn the_mock_test_in_the_guide_passes_without_a_server_and_can_fail() {
    every_simulator(Some(Feature::Functions), &[], |world, _| {
        let mut workspace = example(world, "least-privilege-backup", &["backup.tftest.hcl"]);
        for variable in ["PBS_ENDPOINT", "PBS_FINGERPRINT", "PBS_API_TOKEN"] {
            workspace.set_env(variable, "");
        }
        let file = workspace.directory().join("tests/mock.tftest.hcl");
        let test = guide_test("mock_provider \"pbs\"");
        fs::write(&file, &test).expect("the test");
        let before = world.requests();
        let outcome = workspace.run(&["test"]).succeeded();
        assert!(outcome.stdout.contains("2 passed, 0 failed"), "{outcome}");
        assert_eq!(world.requests(), before, "a request was sent");

        let faulty = test.replace("store1/hosts/test", "store1/hosts/other");
        fs::write(&file, faulty).expect("the test");
        let outcome = workspace.run(&["test"]).failed();
        assert!(outcome.to_string().contains("/datastore/store1/hosts/test."), "{outcome}");
        assert_eq!(world.requests(), before, "a request was sent");
    });
}

#[test]
fn the_tests_of_the_module_fail_for_a_faulty_module() {
    every_simulator(Some(Feature::Functions), &[], |world, _| {
        let workspace = example(world, "least-privilege-backup", &[]);
        let outputs = workspace.directory().join("outputs.tf");
        let text = fs::read_to_string(&outputs).expect("the module's outputs.tf");
        let faulty = text.replace("= pbs_acl.token.auth_id", "= pbs_acl.user.auth_id");
        assert!(faulty != text);
        fs::write(&outputs, faulty).expect("the module's outputs.tf");
        workspace.run(&["get"]).succeeded();
        let outcome = workspace.run(&["test"]).failed();
        assert!(outcome.to_string().contains("The token is module-test@pbs."), "{outcome}");
    });
}

#[test]
fn the_example_in_the_readme_of_the_module_can_be_applied() {
    every_simulator(Some(Feature::Functions), &[], |world, simulator| {
        let workspace = world.workspace();
        let module = workspace.directory().join("least-privilege-backup");
        copy(Path::new("examples/least-privilege-backup"), &module, &["backup.tftest.hcl"]);
        let readme = fs::read_to_string(module.join("README.md")).expect("the module's README");
        let (_, usage) = readme.split_once("```terraform\n").expect("the README has an example");
        let (usage, _) = usage.split_once("```").expect("the block ends");
        workspace.write(&format!("{REQUIRED_PROVIDERS}{usage}"));
        workspace.run(&["get"]).succeeded();
        workspace.apply();
        workspace.assert_plan_is_empty();

        let outputs = outputs(&workspace);
        assert_eq!(text(&outputs, "repository"), "web@pbs!backup@pbs.example.com:8007:store1");
        let credential = format!("web@pbs!backup:{}", text(&outputs, "secret"));
        let inside = super::privileges(world, &credential, "/datastore/store1/hosts/web");
        assert_eq!(inside, json!({ "Datastore.Backup": true }));
        let outside = super::privileges(world, &credential, "/datastore/store1");
        assert!(outside.as_object().is_none_or(|privileges| privileges.is_empty()), "{outside}");

        workspace.destroy();
        let remaining = simulator.world(|world| world.tokens().keys().cloned().collect::<Vec<_>>());
        assert_eq!(remaining, ["root@pam!admin"]);
    });
}

#[test]
fn the_privileges_in_the_guide_suffice_for_users_tokens_and_grants() {
    every_simulator(Some(Feature::Functions), &[], |world, _| {
        let guide = fs::read_to_string("docs/guides/provider-privileges.md").expect("the guide");
        let (_, block) = guide.split_once("```terraform\n").expect("the guide has a configuration");
        let (block, _) = block.split_once("```").expect("the block ends");
        let bootstrap = world.workspace();
        bootstrap.write(block);
        bootstrap.apply();
        bootstrap.assert_plan_is_empty();

        // The provider uses the token of the guide to create, change and destroy a user, a token
        // and their grants.
        let mut workspace = example(world, "least-privilege-backup", &["backup.tftest.hcl"]);
        workspace.set_env("PBS_API_TOKEN", &text(&outputs(&bootstrap), "api_token"));
        let inputs = [
            "-var=user_id=narrow@pbs",
            "-var=server=pbs.example.com",
            "-var=datastore=store1",
            "-auto-approve",
        ];
        let run = |command: &[&str]| workspace.run(&[command, &inputs[..]].concat()).succeeded();
        run(&["apply"]);
        run(&["apply", "-var=comment=changed", "-var=role_id=DatastoreReader"]);
        run(&["destroy"]);
        assert!(!users(world).contains(&"narrow@pbs".to_owned()));

        // The token of the guide itself has no privileges on the datastore.
        let privileges =
            super::privileges(world, &text(&outputs(&bootstrap), "api_token"), "/datastore/store1");
        assert!(
            privileges.as_object().is_none_or(|privileges| privileges.is_empty()),
            "{privileges}"
        );
    });
}
