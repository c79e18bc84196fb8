//! Tests of the test support itself, with Terraform's built-in `terraform_data`. They show that the
//! test support recognizes changes, and that its checks can fail.

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc::channel,
    thread,
    time::{Duration, Instant},
};

use pbs_sim::{Fault, FaultKind};
use serde_json::json;
use test_support::cli::{Workspace, World, clis, redacted};
use xtask::cli::Cli;

fn data(input: &str) -> String {
    format!(
        "resource \"terraform_data\" \"it\" {{\n  input = \"{input}\"\n}}\noutput \"it\" {{\n  value = terraform_data.it.output\n}}\n"
    )
}

fn each_cli(test: impl Fn(&Cli)) {
    clis().iter().for_each(test);
}

#[test]
fn a_creation_an_update_and_a_destruction_are_recognized() {
    each_cli(|cli| {
        let workspace = Workspace::new(cli);
        workspace.write(&data("one"));
        assert_eq!(workspace.plan(&[]).change("terraform_data.it").actions(), ["create"]);
        workspace.apply();
        workspace.assert_plan_is_empty();
        assert_eq!(workspace.state("terraform_data.it")["output"], json!("one"));

        workspace.write(&data("two"));
        let change = workspace.plan(&[]).change("terraform_data.it");
        assert_eq!(change.actions(), ["update"]);
        assert_eq!(change.changed(), ["input", "output"].map(str::to_owned).into());
        assert_eq!(change.unknown(), ["output".to_owned()].into());

        workspace.destroy();
        assert_eq!(workspace.state("terraform_data.it"), json!(null));
    });
}

#[test]
fn a_replacement_names_the_attribute_that_forces_it() {
    each_cli(|cli| {
        let workspace = Workspace::new(cli);
        let configuration = |by: &str| {
            format!("resource \"terraform_data\" \"it\" {{\n  triggers_replace = \"{by}\"\n}}\n")
        };
        workspace.write(&configuration("one"));
        workspace.apply();
        workspace.write(&configuration("two"));
        let change = workspace.plan(&[]).change("terraform_data.it");
        assert_eq!(change.actions(), ["delete", "create"]);
        assert_eq!(change.replaced_by(), ["triggers_replace".to_owned()].into());
    });
}

#[test]
fn an_error_points_at_the_assigned_attribute() {
    each_cli(|cli| {
        let workspace = Workspace::new(cli);
        workspace.write("resource \"terraform_data\" \"it\" {\n  input = var.missing\n}\n");
        let errors = workspace.run(&["plan", "-json"]).errors();
        assert!(errors[0].points_at("input"), "{}", errors[0]);
        assert!(!errors[0].points_at("inp"), "{}", errors[0]);
        assert!(errors[0].text().contains("missing"), "{}", errors[0]);
    });
}

#[test]
fn a_check_panics_if_its_expectation_is_not_met() {
    each_cli(|cli| {
        let workspace = Workspace::new(cli);
        workspace.write(&data("one"));
        let checks: [(&str, &dyn Fn()); 4] = [
            ("a plan that is not empty", &|| workspace.assert_plan_is_empty()),
            ("a command that should fail and succeeds", &|| {
                drop(workspace.run(&["plan"]).failed())
            }),
            ("a command that should succeed and fails", &|| {
                drop(workspace.run(&["nonsense"]).succeeded())
            }),
            ("a resource that is not in the plan", &|| {
                drop(workspace.plan(&[]).change("terraform_data.other"))
            }),
        ];
        for (name, check) in checks {
            assert!(
                catch_unwind(AssertUnwindSafe(check)).is_err(),
                "the check of {name} did not fail"
            );
        }
    });
}

#[test]
fn ctrl_c_reaches_the_command_and_its_child_processes() {
    each_cli(|cli| {
        let workspace = Workspace::new(cli);
        let pipe = workspace.directory().join("started");
        rustix::fs::mkfifoat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        )
        .expect("a pipe");
        workspace.write(
            "resource \"terraform_data\" \"it\" {\n  provisioner \"local-exec\" {\n    command = \"echo yes > started; exec sleep 60\"\n  }\n}\n",
        );
        let running = workspace.start(&["apply", "-auto-approve"]);
        let (sender, started) = channel();
        thread::spawn(move || sender.send(fs::read_to_string(pipe)));
        let started =
            started.recv_timeout(Duration::from_secs(60)).expect("the provisioner starts");
        assert_eq!(started.expect("the pipe is readable"), "yes\n");
        running.interrupt();
        let begin = Instant::now();
        let outcome = running.wait();
        assert_eq!(outcome.code, Some(1), "{outcome}");
        assert!(
            begin.elapsed() < Duration::from_secs(30),
            "the command has waited for its child process:\n{outcome}"
        );
    });
}

#[test]
fn an_environment_variable_of_the_workspace_reaches_the_command() {
    each_cli(|cli| {
        let mut workspace = Workspace::new(cli);
        workspace.set_env("TF_VAR_greeting", "hello");
        workspace.write("variable \"greeting\" {}\noutput \"it\" {\n  value = var.greeting\n}\n");
        workspace.apply();
        let outputs = workspace.run(&["output", "-json"]).succeeded().json();
        assert_eq!(outputs["it"]["value"], json!("hello"));
    });
}

#[test]
fn redacted_text_contains_no_uuid() {
    let secret = "3f2504e0-4f89-11d3-9a0c-0305e82c3301";
    assert_eq!(redacted(&format!("ä {secret}: {secret}ä")), "ä <redacted>: <redacted>ä");
    assert_eq!(redacted("no secret 3f2504e0-4f89"), "no secret 3f2504e0-4f89");
}

/// On a shared server, the deletions of several tests can deadlock. PBS then reports a lock
/// timeout.
#[test]
fn the_api_repeats_a_request_after_a_lock_timeout() {
    let world = World::new(&clis()[0]);
    let Some(simulator) = world.simulator("a lock timeout") else { return };
    let text = "Unable to acquire lock \"/etc/proxmox-backup/.acl.lck\" - Interrupted system call (os error 4)";
    let timeout = FaultKind::Status(400, text.into());
    let fault = simulator.fault(Fault::new("DELETE", "/access/users/*", timeout).times(2));
    // `<other>` is one of the two users of the world. The user `<user>` remains.
    world.api.delete(&world.names.insert_into("/access/users/<other>"));
    assert_eq!(simulator.fault_count(fault), 2);
    assert_eq!(world.owned()["users"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_world_lists_and_deletes_the_objects_of_the_test() {
    let world = World::new(&clis()[0]);
    let before = world.owned();
    assert_eq!(before["users"].as_array().map(Vec::len), Some(2), "{before}");

    let token = world.powerless_token();
    assert_ne!(world.owned(), before, "a new token must be listed");
    assert!(world.api_as(&token).accepts_credential());
    assert!(!world.api_as("root@pam!nobody:wrong").accepts_credential());
    assert_eq!(world.api_as(&token).get("/access/acl"), json!([]));

    world.clean_up();
    assert_eq!(world.owned(), json!({ "users": [], "acl": [] }));
}
