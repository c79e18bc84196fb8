//! The examples that are more than one block: each applied as a reader would, and looked at from the outside.
//!
//! Their names are their own, so they are tried against a simulator only.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use jiff::{SignedDuration, Timestamp};
use pbs_sim::Simulator;
use serde_json::{Value, json};
use test_support::cli::{REQUIRED_PROVIDERS, Workspace, World, every_cli};
use xtask::release::Feature;

/// Runs the test with every Terraform that has the feature, if one is needed, on a simulator that has these users too.
fn every_simulator(needed: Option<Feature>, users: &[&str], test: impl Fn(&World, &Simulator)) {
    every_cli(|world| {
        if let Some(feature) = needed
            && !world.cli.has(feature)
        {
            eprintln!("left out with {}: {feature:?} came later", world.cli);
            return;
        }
        let Some(simulator) = world.simulator("the composed examples") else { return };
        for user in users {
            world.api.post("/access/users", &[("userid", user)]);
        }
        test(world, simulator);
    });
}

/// A workspace with a copy of the example's files, but for those left out.
fn example(world: &World, name: &str, left_out: &[&str]) -> Workspace {
    let workspace = world.workspace();
    copy(&Path::new("examples").join(name), &workspace.directory(), left_out);
    workspace
}

fn copy(from: &Path, to: &Path, left_out: &[&str]) {
    fs::create_dir_all(to).expect("a directory for the copy");
    for entry in fs::read_dir(from).unwrap_or_else(|e| panic!("{}: {e}", from.display())) {
        let entry = entry.expect("an entry of the example's directory");
        let (path, name) = (entry.path(), entry.file_name());
        if path.is_dir() {
            copy(&path, &to.join(name), left_out);
        } else if !left_out.iter().any(|file| name == *file) {
            fs::copy(&path, to.join(name)).expect("a copy of the file");
        }
    }
}

/// What was applied, as `terraform output -json` tells it.
fn outputs(workspace: &Workspace) -> Value {
    workspace.run(&["output", "-json"]).succeeded().json()
}

#[track_caller]
fn text(outputs: &Value, name: &str) -> String {
    let value = outputs[name]["value"].as_str();
    value.unwrap_or_else(|| panic!("there is no output {name}")).to_owned()
}

/// `id:secret` of two outputs.
fn credential(outputs: &Value) -> String {
    format!("{}:{}", text(outputs, "token_id"), text(outputs, "secret"))
}

/// The privileges of whoever holds this `id:secret`, on one path.
fn rights(world: &World, credential: &str, path: &str) -> Value {
    world.api_as(credential).get(&format!("/access/permissions?path={path}"))[path].take()
}

/// The user names on the server.
fn users(world: &World) -> Vec<String> {
    let list = world.api.get("/access/users");
    let ids = list.as_array().into_iter().flatten().filter_map(|user| user["userid"].as_str());
    let mut ids: Vec<_> = ids.map(str::to_owned).collect();
    ids.sort();
    ids
}

#[test]
fn the_module_passes_its_own_tests_and_leaves_nothing_behind() {
    every_simulator(Some(Feature::Functions), &[], |world, _| {
        let before = users(world);
        let workspace = example(world, "least-privilege-backup", &[]);
        let outcome = workspace.run(&["test"]).succeeded();
        assert!(outcome.stdout.contains("6 passed, 0 failed"), "{outcome}");
        assert_eq!(users(world), before);
        assert_eq!(world.owned()["acl"], json!([]));
    });
}

#[test]
fn the_test_in_the_guide_passes_with_the_module() {
    every_simulator(Some(Feature::Functions), &[], |world, _| {
        let workspace = example(world, "least-privilege-backup", &["backup.tftest.hcl"]);
        let guide = fs::read_to_string("docs/guides/testing-with-pbs-sim.md").expect("the guide");
        let (_, test) = guide.split_once("```hcl\n").expect("the guide shows a test");
        let (test, _) = test.split_once("```").expect("the block ends");
        fs::write(workspace.directory().join("tests/guide.tftest.hcl"), test).expect("the test");
        let outcome = workspace.run(&["test"]).succeeded();
        assert!(outcome.stdout.contains("2 passed, 0 failed"), "{outcome}");
    });
}

#[test]
fn the_modules_tests_can_fail() {
    every_simulator(Some(Feature::Functions), &[], |world, _| {
        let workspace = example(world, "least-privilege-backup", &[]);
        let main = workspace.directory().join("main.tf");
        let faulty = fs::read_to_string(&main)
            .expect("the module's main.tf")
            .replace("auth_id = pbs_api_token.this.id", "auth_id = pbs_user.this.id");
        fs::write(&main, faulty).expect("the module's main.tf");
        let outcome = workspace.run(&["test"]).failed();
        assert!(outcome.to_string().contains("The token is module-test@pbs."), "{outcome}");
    });
}

#[test]
fn the_module_is_used_as_its_readme_says() {
    every_simulator(Some(Feature::Functions), &[], |world, simulator| {
        let workspace = world.workspace();
        let module = workspace.directory().join("least-privilege-backup");
        copy(Path::new("examples/least-privilege-backup"), &module, &["backup.tftest.hcl"]);
        let readme = fs::read_to_string(module.join("README.md")).expect("the module's README");
        let (_, usage) = readme.split_once("```terraform\n").expect("the README shows how");
        let (usage, _) = usage.split_once("```").expect("the block ends");
        workspace.write(&format!("{REQUIRED_PROVIDERS}{usage}"));
        workspace.run(&["get"]).succeeded();
        workspace.apply();
        workspace.assert_plan_is_empty();

        let outputs = outputs(&workspace);
        assert_eq!(text(&outputs, "repository"), "web@pbs!backup@pbs.example.com:8007:store1");
        let credential = format!("web@pbs!backup:{}", text(&outputs, "secret"));
        let inside = rights(world, &credential, "/datastore/store1/hosts/web");
        assert_eq!(inside, json!({ "Datastore.Backup": true }));
        let outside = rights(world, &credential, "/datastore/store1");
        assert!(outside.as_object().is_none_or(|it| it.is_empty()), "{outside}");

        workspace.destroy();
        let left = simulator.world(|world| world.tokens().keys().cloned().collect::<Vec<_>>());
        assert_eq!(left, ["root@pam!admin"]);
    });
}

#[test]
fn a_proxmox_ve_storage_gets_what_it_takes() {
    let storage = fs::read_to_string("examples/proxmox-ve-storage/storage.tf").expect("storage.tf");
    let code: Vec<_> =
        storage.lines().map(str::trim).filter(|line| !line.starts_with('#')).collect();
    for argument in ["server", "datastore", "username", "password", "fingerprint"] {
        let wanted = [argument, "=", &format!("local.storage.{argument}")].join(" ");
        let words = |line: &&str| line.split_whitespace().collect::<Vec<_>>().join(" ") == wanted;
        assert!(code.iter().any(words), "the storage does not take {argument} from us");
    }
    assert!(
        !code.iter().any(|line| line.contains("generate_encryption_key")),
        "a rotation would lose a key that Proxmox VE has made"
    );

    every_simulator(None, &[], |world, simulator| {
        let workspace = example(world, "proxmox-ve-storage", &["storage.tf", "versions.tf"]);
        fs::write(workspace.directory().join("versions.tf"), REQUIRED_PROVIDERS)
            .expect("versions.tf");
        workspace.apply();
        workspace.assert_plan_is_empty();
        let storage = &outputs(&workspace)["storage"]["value"];
        let part = |name: &str| storage[name].as_str().expect("every part is a string").to_owned();

        // A host without scheme and port, the id as user name, the secret without it.
        assert_eq!(part("server"), "pbs.example.com");
        assert_eq!(part("datastore"), "store1");
        assert_eq!(part("username"), "pve@pbs!cluster");
        let password = part("password");
        assert!(!password.contains([':', '=', '!']), "the password is not the bare secret");
        let fingerprint = part("fingerprint");
        assert_eq!(fingerprint, simulator.fingerprint());
        let pairs: Vec<_> = fingerprint.split(':').collect();
        let lower = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        assert!(pairs.len() == 32 && pairs.iter().all(|it| it.len() == 2 && it.bytes().all(lower)));
        let rights = rights(world, &format!("pve@pbs!cluster:{password}"), "/datastore/store1");
        assert_eq!(rights, json!({ "Datastore.Backup": true }));

        // What waits for the user name waits for both grants.
        let grants = simulator.requests_to("PUT", "/access/acl");
        let subjects: Vec<_> = grants.iter().filter_map(|it| it.param("auth-id")).collect();
        assert_eq!(subjects, ["pve@pbs", "pve@pbs!cluster"]);
        workspace.destroy();
        let plan = workspace.plan(&[]);
        let unknown = &plan.json["planned_values"]["outputs"]["storage"];
        assert!(unknown["value"].is_null(), "the storage would not wait: {unknown}");
    });
}

#[test]
fn a_host_gets_its_files_readable_by_itself_alone_and_new_ones_in_time() {
    every_simulator(Some(Feature::Functions), &[], |world, _| {
        let workspace = example(world, "zfs-backup-host", &[]);
        let directory = workspace.directory().join("etc");
        let target = format!("-var=directory={}", directory.display());
        let apply = || workspace.run(&["apply", "-auto-approve", &target]).succeeded();
        let applied = apply();
        let files = Files::read(&directory);
        assert_eq!(
            files.repository(),
            "nas@pbs!zfs@pbs.example.com:store1",
            "{}",
            files.environment
        );
        let logs_in = |files: &Files| {
            world.api_as(&format!("nas@pbs!zfs:{}", files.password)).accepts_credential()
        };
        assert!(logs_in(&files), "the secret in the file does not log in");
        assert!(!applied.stdout.contains(&files.password), "the output shows the secret");
        assert_eq!(workspace.run(&["plan", "-detailed-exitcode", &target]).code, Some(0));

        age(world, &workspace, "pbs_api_token.host", "nas@pbs", "zfs", 61);
        apply();
        let renewed = Files::read(&directory);
        assert!(renewed.password != files.password, "the file still has the old secret");
        assert!(logs_in(&renewed), "the new secret in the file does not log in");
        assert!(!logs_in(&files), "the old secret still logs in");
        assert_eq!(renewed.environment, files.environment);
    });
}

/// What lies in the directory of examples/zfs-backup-host.
struct Files {
    environment: String,
    password: String,
    directory: PathBuf,
}

impl Files {
    #[track_caller]
    fn read(directory: &Path) -> Self {
        let read = |name: &str| {
            let path = directory.join(name);
            let mode = fs::metadata(&path).expect("the file is there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
            fs::read_to_string(path).expect("the file is text")
        };
        let (environment, password) = (read("environment"), read("password"));
        let mut names: Vec<_> = fs::read_dir(directory)
            .expect("the directory is there")
            .map(|entry| entry.expect("an entry").file_name())
            .collect();
        names.sort();
        assert_eq!(names, ["environment", "password"]);
        Self { environment, password, directory: directory.to_owned() }
    }

    /// As the shell of the host reads it.
    fn repository(&self) -> String {
        let script =
            r#". "$1/environment" && printf %s "$PBS_REPOSITORY" && test -r "$PBS_PASSWORD_FILE""#;
        let mut shell = Command::new("sh");
        let output = shell.args(["-euc", script, "sh"]).arg(&self.directory).output();
        let output = output.expect("sh runs");
        assert!(output.status.success(), "the environment file cannot be used");
        String::from_utf8(output.stdout).expect("PBS_REPOSITORY is text")
    }
}

/// Makes the secret so many days older, in the state and on the server.
fn age(world: &World, workspace: &Workspace, address: &str, user: &str, name: &str, days: i64) {
    let file = workspace.directory().join("terraform.tfstate");
    let mut state: Value =
        serde_json::from_slice(&fs::read(&file).expect("a state")).expect("a state is JSON");
    let resources = state["resources"].as_array_mut().expect("the state has resources");
    let (kind, label) = address.split_once('.').expect("an address");
    let token = resources.iter_mut().find(|it| it["type"] == kind && it["name"] == label);
    let attributes = &mut token.expect("the token is in the state")["instances"][0]["attributes"];
    for attribute in ["issued_at", "expiration_date"] {
        let moment: Timestamp = attributes[attribute]
            .as_str()
            .and_then(|text| text.parse().ok())
            .unwrap_or_else(|| panic!("the state has no {attribute}"));
        let earlier = moment - SignedDuration::from_hours(24 * days);
        attributes[attribute] = json!(earlier.to_string());
        if attribute == "expiration_date" {
            let end = earlier.as_second().to_string();
            world.api.put(&format!("/access/users/{user}/token/{name}"), &[("expire", &end)]);
        }
    }
    fs::write(&file, state.to_string()).expect("the state");
}

#[test]
fn a_secret_is_renewed_in_the_last_days_of_its_term_and_not_before() {
    every_simulator(None, &["backup@pbs"], |world, _| {
        let workspace = example(world, "rotation/by-time", &[]);
        workspace.apply();
        workspace.assert_plan_is_empty();
        let secret = || text(&outputs(&workspace), "secret");
        let first = secret();

        age(world, &workspace, "pbs_api_token.this", "backup@pbs", "renewed", 75);
        let plan = workspace.plan(&[]);
        assert_eq!(plan.change("pbs_api_token.this").actions(), ["no-op"], "{plan}");
        age(world, &workspace, "pbs_api_token.this", "backup@pbs", "renewed", 1);
        let plan = workspace.plan(&[]);
        assert_eq!(plan.change("pbs_api_token.this").actions(), ["update"], "{plan}");
        workspace.apply();
        workspace.assert_plan_is_empty();
        let second = secret();
        assert!(second != first, "the secret is the old one");
        assert!(world.api_as(&format!("backup@pbs!renewed:{second}")).accepts_credential());
    });
}

#[test]
fn of_two_tokens_the_last_one_works_until_the_generation_after_next() {
    every_simulator(None, &["monitoring@pbs"], |world, _| {
        let workspace = example(world, "rotation/overlapping", &[]);
        let generation = |number: u32| {
            let variable = format!("-var=generation={number}");
            workspace.run(&["apply", "-auto-approve", &variable]).succeeded();
            let plan = workspace.run(&["plan", "-detailed-exitcode", &variable]);
            assert_eq!(plan.code, Some(0), "{plan}");
            credential(&outputs(&workspace))
        };
        let lets_in = |credential: &str| world.api_as(credential).accepts_credential();
        let first = generation(1);
        let second = generation(2);
        assert!(lets_in(&first) && lets_in(&second), "both generations should work");
        assert_eq!(rights(world, &second, "/datastore"), json!({ "Datastore.Audit": true }));
        let third = generation(3);
        assert!(!lets_in(&first), "the first generation should have ended");
        assert!(lets_in(&second) && lets_in(&third), "the last two generations should work");
    });
}

#[test]
fn what_was_clicked_together_is_found_and_taken_over_unchanged() {
    every_simulator(None, &["backup@pbs"], |world, _| {
        let made = world.api.post("/access/users/backup@pbs/token/laptop", &[]);
        let secret = made["value"].as_str().expect("PBS answers with a secret").to_owned();
        for subject in ["backup@pbs", "backup@pbs!laptop"] {
            let grant = [("path", "/datastore/store1"), ("auth-id", subject)];
            world.api.put("/access/acl", &[&grant[..], &[("role", "DatastoreBackup")]].concat());
        }
        let workspace = example(world, "adopt-existing", &[]);
        if world.cli.has(Feature::QueryAndActions) {
            let found = workspace.run(&["query"]).succeeded().stdout;
            for identity in ["user_id=backup@pbs", "token_name=laptop", "auth_id=backup@pbs!laptop"]
            {
                assert!(found.contains(identity), "{identity} was not found:\n{found}");
            }
        }
        let plan = workspace.plan(&[]);
        for address in ["pbs_user.backup", "pbs_api_token.laptop", "pbs_acl.user", "pbs_acl.token"]
        {
            let change = plan.change(address);
            assert!(change.imports() && change.actions() == ["no-op"], "{address}: {plan}");
        }
        workspace.apply();
        workspace.assert_plan_is_empty();
        assert_eq!(workspace.state("pbs_api_token.laptop")["secret"], Value::Null);
        assert!(world.api_as(&format!("backup@pbs!laptop:{secret}")).accepts_credential());

        // The offer in the comment.
        let main = workspace.directory().join("main.tf");
        let text = fs::read_to_string(&main).expect("main.tf");
        let offer = "# rotation_triggers =";
        assert!(text.contains(offer), "the example no longer says how to have the secret");
        fs::write(&main, text.replace(offer, &offer[2..])).expect("main.tf");
        workspace.apply();
        workspace.assert_plan_is_empty();
        let state = workspace.state("pbs_api_token.laptop");
        let renewed = state["api_token"].as_str().expect("the secret is known now");
        assert!(world.api_as(renewed).accepts_credential(), "the new secret does not log in");
        assert!(!world.api_as(&format!("backup@pbs!laptop:{secret}")).accepts_credential());
    });
}

#[test]
fn the_provider_needs_no_more_than_the_guide_says() {
    every_simulator(Some(Feature::Functions), &[], |world, _| {
        let guide = fs::read_to_string("docs/guides/provider-privileges.md").expect("the guide");
        let (_, block) = guide.split_once("```terraform\n").expect("the guide shows how");
        let (block, _) = block.split_once("```").expect("the block ends");
        let bootstrap = world.workspace();
        bootstrap.write(block);
        bootstrap.apply();
        bootstrap.assert_plan_is_empty();

        // From then on by that token: a whole life of a user, its token and their grants, with what checks them.
        let mut workspace = example(world, "least-privilege-backup", &["backup.tftest.hcl"]);
        workspace.set("PBS_API_TOKEN", &text(&outputs(&bootstrap), "api_token"));
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

        // And nothing on a datastore.
        let rights = rights(world, &text(&outputs(&bootstrap), "api_token"), "/datastore/store1");
        assert!(rights.as_object().is_none_or(|it| it.is_empty()), "{rights}");
    });
}
