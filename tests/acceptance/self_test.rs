//! The harness itself, tried on Terraform's built-in `terraform_data`: that it sees what happens, and that it can fail.

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc::channel,
    thread,
    time::{Duration, Instant},
};

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
fn an_apply_a_change_and_a_destroy_are_seen() {
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
fn a_replacement_names_its_reason() {
    each_cli(|cli| {
        let workspace = Workspace::new(cli);
        let triggered = |by: &str| {
            format!("resource \"terraform_data\" \"it\" {{\n  triggers_replace = \"{by}\"\n}}\n")
        };
        workspace.write(&triggered("one"));
        workspace.apply();
        workspace.write(&triggered("two"));
        let change = workspace.plan(&[]).change("terraform_data.it");
        assert_eq!(change.actions(), ["delete", "create"]);
        assert_eq!(change.replaced_by(), ["triggers_replace".to_owned()].into());
    });
}

#[test]
fn an_error_points_at_its_attribute() {
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
fn the_checks_can_fail() {
    each_cli(|cli| {
        let workspace = Workspace::new(cli);
        workspace.write(&data("one"));
        let checks: [(&str, &dyn Fn()); 4] = [
            ("a plan that is not empty", &|| workspace.assert_plan_is_empty()),
            ("a success that was to be a failure", &|| drop(workspace.run(&["plan"]).failed())),
            ("a failure that was to be a success", &|| {
                drop(workspace.run(&["nonsense"]).succeeded())
            }),
            ("a resource the plan does not have", &|| {
                drop(workspace.plan(&[]).change("terraform_data.other"))
            }),
        ];
        for (what, check) in checks {
            assert!(catch_unwind(AssertUnwindSafe(check)).is_err(), "{what} went unnoticed");
        }
    });
}

#[test]
fn ctrl_c_reaches_the_program_and_what_it_has_started() {
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
        let begun = Instant::now();
        let outcome = running.wait();
        assert_eq!(outcome.code, Some(1), "{outcome}");
        assert!(begun.elapsed() < Duration::from_secs(30), "the sleep was waited for:\n{outcome}");
    });
}

#[test]
fn a_variable_set_for_the_workspace_reaches_the_program() {
    each_cli(|cli| {
        let mut workspace = Workspace::new(cli);
        workspace.set("TF_VAR_greeting", "hello");
        workspace.write("variable \"greeting\" {}\noutput \"it\" {\n  value = var.greeting\n}\n");
        workspace.apply();
        let outputs = workspace.run(&["output", "-json"]).succeeded().json();
        assert_eq!(outputs["it"]["value"], json!("hello"));
    });
}

#[test]
fn secrets_are_taken_out_of_what_a_failure_prints() {
    let secret = "3f2504e0-4f89-11d3-9a0c-0305e82c3301";
    assert_eq!(redacted(&format!("ä {secret}: {secret}ä")), "ä <redacted>: <redacted>ä");
    assert_eq!(redacted("no secret 3f2504e0-4f89"), "no secret 3f2504e0-4f89");
}

#[test]
fn a_world_shows_what_is_its_own_and_lets_in_whom_it_should() {
    let world = World::new(&clis()[0]);
    let before = world.owned();
    assert_eq!(before["users"].as_array().map(Vec::len), Some(2), "{before}");

    let token = world.powerless_token();
    assert_ne!(world.owned(), before, "a new token went unnoticed");
    assert!(world.api_as(&token).accepts_credential());
    assert!(!world.api_as("root@pam!nobody:wrong").accepts_credential());
    assert_eq!(world.api_as(&token).get("/access/acl"), json!([]));

    world.clean_up();
    assert_eq!(world.owned(), json!({ "users": [], "acl": [] }));
}
