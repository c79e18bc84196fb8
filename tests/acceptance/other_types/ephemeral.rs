//! `ephemeral "pbs_api_token"` with the real Terraform. The token works during the run and is
//! deleted when the run ends. If the provider is killed, the token expires. Nothing that the run
//! writes contains the secret.

use std::{
    fs,
    path::PathBuf,
    sync::mpsc::channel,
    thread,
    time::{Duration, Instant},
};

use pbs_sim::{Fault, FaultKind, Simulator};
use rustix::process::{Pid, Signal, kill_process};
use test_support::{
    cli::{Outcome, REQUIRED_PROVIDERS, Recorded, Running, Workspace, World},
    processes::assert_that_hangups_are_not_ignored,
};
use xtask::release::{Feature, Product, Version};

use crate::features::every_cli_with;

/// How long a test waits for a text from the consumer of the token (see [`consumer`]), or for the
/// deletion of the token.
const LIMIT: Duration = Duration::from_secs(60);

/// An ephemeral token with a grant, and the blocks that use the token.
fn configuration(world: &World, blocks: &str) -> String {
    let text = r#"
        ephemeral "pbs_api_token" "run" {
          user_id = "<user>"
          ttl     = 900
          grants = [{
            path    = "<path>"
            role_id = "DatastoreAudit"
          }]
        }
    "#;
    format!("{REQUIRED_PROVIDERS}{}\n{blocks}", world.names.insert_into(text))
}

/// The consumer of the token: a resource whose creation runs this command. The command finds the
/// token in the environment variable `TOKEN`.
fn consumer(command: &str) -> String {
    format!(
        r#"resource "terraform_data" "consumer" {{
          provisioner "local-exec" {{
            command = <<-EOT
              {command}
            EOT
            environment = {{
              TOKEN = ephemeral.pbs_api_token.run.api_token
            }}
          }}
        }}
        "#
    )
}

/// Grants the user the role that the token gets, because a token can do no more than its user.
fn grant_role_to_user(world: &World) {
    let [path, user] = ["<path>", "<user>"].map(|name| world.names.insert_into(name));
    world
        .api
        .put("/access/acl", &[("path", &path), ("auth-id", &user), ("role", "DatastoreAudit")]);
}

/// The ids of the user's tokens on the server.
fn tokens(world: &World) -> Vec<String> {
    let url = world.names.insert_into("/access/users/<user>/token");
    let list = world.api.get(&url);
    let ids = list.as_array().into_iter().flatten();
    ids.filter_map(|token| token["tokenid"].as_str()).map(str::to_owned).collect()
}

/// A named pipe in the workspace's directory.
fn pipe(workspace: &Workspace, name: &str) -> PathBuf {
    let pipe = workspace.directory().join(name);
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, mode).expect("a pipe");
    pipe
}

/// The text that another process writes into the pipe.
#[track_caller]
fn read_pipe(pipe: PathBuf) -> String {
    let (sender, receiver) = channel();
    thread::spawn(move || sender.send(fs::read_to_string(pipe)));
    let text = receiver.recv_timeout(LIMIT).expect("the consumer writes into the pipe");
    text.expect("the pipe is readable").trim().to_owned()
}

/// Waits until the user has no token.
#[track_caller]
fn wait_until_deleted(world: &World) {
    let deadline = Instant::now() + LIMIT;
    while !tokens(world).is_empty() {
        assert!(Instant::now() < deadline, "tokens remain: {:?}", tokens(world));
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_grant_without_effect_is_a_warning() {
    every_cli_with(Feature::Ephemeral, |world| {
        let workspace = world.workspace();
        workspace.write(&configuration(world, ""));
        let title = world.names.insert_into("The grant of `DatastoreAudit` to <user>!tf-");
        let warnings = || {
            let plan = workspace.run(&["plan", "-json"]).succeeded();
            let titles = plan.diagnostics().into_iter().map(|warning| warning.text());
            titles.filter(|text| text.starts_with(&title)).count()
        };
        assert_eq!(warnings(), 1, "the user does not have the role");
        grant_role_to_user(world);
        assert_eq!(warnings(), 0, "the user has the role");
    });
}

#[test]
fn the_token_works_while_it_is_open_and_is_deleted_after_plan_and_after_apply() {
    every_cli_with(Feature::Ephemeral, |world| {
        let Some(simulator) = world.simulator("a datastore under a given name") else { return };
        grant_role_to_user(world);
        let path = world.names.insert_into("<path>");
        let store = path.trim_start_matches("/datastore/").to_owned();
        simulator.world(|world| world.set_datastore_comment(&store, Some("visible")));
        let consumer = format!(
            "provider \"pbs\" {{\n  alias     = \"run\"\n  api_token = ephemeral.pbs_api_token.run.api_token\n}}\n\
             data \"pbs_datastore\" \"it\" {{\n  provider = pbs.run\n  name     = \"{store}\"\n}}\n\
             output \"comment\" {{\n  value = data.pbs_datastore.it.comment\n}}\n"
        );
        let workspace = world.workspace();
        workspace.write(&configuration(world, &consumer));
        simulator.clear_requests();
        let planned = workspace.run(&["plan", "-out=plan"]).succeeded();
        assert!(planned.stdout.contains("\"visible\""), "{planned}");
        let requests_with_token = |simulator: &Simulator| {
            let user = world.names.insert_into("<user>!tf-");
            let requests = simulator.requests();
            requests
                .iter()
                .filter(|it| it.caller.as_deref().is_some_and(|id| id.starts_with(&user)))
                .count()
        };
        assert!(requests_with_token(simulator) > 0, "the token was not used");
        assert_eq!(simulator.requests_to("POST", "/access/users/*/token/*").len(), 1);
        assert_eq!(tokens(world), Vec::<String>::new(), "a token remains after the plan");

        simulator.clear_requests();
        workspace.run(&["apply", "plan"]).succeeded();
        // If a plan changes no resource, the apply of OpenTofu 1.12 opens no ephemeral resource.
        let opens_nothing =
            world.cli.product == Product::OpenTofu && world.cli.version >= Version(1, 12, 0);
        let expected_creations = usize::from(!opens_nothing);
        assert_eq!(
            simulator.requests_to("POST", "/access/users/*/token/*").len(),
            expected_creations
        );
        // With the administrator's token the provider lists the users, the roles and the grants,
        // checks whether the list of grants is complete, creates the token, creates the grant,
        // waits until the grant is effective, and deletes the token.
        let other_requests = simulator.requests().len() - requests_with_token(simulator);
        assert!(other_requests <= 8, "{other_requests} requests. {}", world.last_requests());
        assert_eq!(tokens(world), Vec::<String>::new(), "a token remains after the apply");
        workspace.assert_plan_is_empty();
    });
}

#[test]
fn the_secret_is_not_in_state_plan_log_or_output() {
    every_cli_with(Feature::Ephemeral, |world| {
        let mut workspace = world.workspace();
        let secrets = workspace.directory().join("secrets");
        workspace.write(&configuration(
            world,
            &consumer(&format!("echo \"$TOKEN\" > {}; echo control-text", secrets.display())),
        ));
        let run = Recorded::plan_and_apply(&mut workspace, world);
        let api_token = fs::read_to_string(secrets).expect("the consumer has run");
        let (id, secret) = api_token.trim().split_once(':').expect("id:secret");
        assert!(
            id.starts_with(&world.names.insert_into("<user>!tf-")) && secret.len() == 36,
            "{id}"
        );
        assert_eq!(run.places_of(secret), Vec::<&str>::new());
        // The search finds texts that are not secret, so it would find the secret too.
        let control = run.places_of("control-text");
        assert!(control.contains(&"plan") && control.contains(&"plan as JSON"), "{control:?}");
        let name = id.split_once('!').expect("a token's id").1;
        assert!(run.places_of(name).contains(&"log"), "the log must name the token");
        assert!(run.places_of("terraform_data").contains(&"state"));
        assert_eq!(tokens(world), Vec::<String>::new());
    });
}

#[test]
fn the_token_is_deleted_after_a_consumer_fails() {
    every_cli_with(Feature::Ephemeral, |world| {
        let workspace = world.workspace();
        workspace.write(&configuration(world, &consumer("echo \"$TOKEN\" > token; exit 1")));
        let outcome = workspace.run(&["apply", "-auto-approve"]).failed();
        let token = fs::read_to_string(workspace.directory().join("token"));
        let token = token.unwrap_or_else(|_| panic!("the consumer has not run:\n{outcome}"));
        assert!(!world.api_as(token.trim()).accepts_credential(), "the token still works");
        assert_eq!(tokens(world), Vec::<String>::new(), "{outcome}");
    });
}

/// Starts an apply and waits until the consumer runs. Returns the running apply, and a text with
/// two words: the token and the process id of Terraform.
#[track_caller]
fn start_apply(world: &World, workspace: &Workspace, command: &str) -> (Running, String) {
    let started = pipe(workspace, "started");
    let command = format!("echo \"$TOKEN $PPID\" > started; {command}");
    workspace.write(&configuration(world, &consumer(&command)));
    let running = workspace.start(&["apply", "-auto-approve"]);
    let text = read_pipe(started);
    let (token, _) = text.split_once(' ').expect("two words");
    assert!(world.api_as(token).accepts_credential(), "the token does not work during the run");
    (running, text)
}

#[test]
fn the_token_is_deleted_after_ctrl_c() {
    every_cli_with(Feature::Ephemeral, |world| {
        let workspace = world.workspace();
        let (running, _) = start_apply(world, &workspace, "exec sleep 60");
        running.interrupt();
        let outcome: Outcome = running.wait();
        assert!(outcome.stdout.contains("Interrupt received"), "{outcome}");
        assert_eq!(outcome.code, Some(1), "{outcome}");
        assert_eq!(tokens(world), Vec::<String>::new(), "{outcome}");
    });
}

#[test]
fn the_provider_deletes_the_token_after_a_signal_has_ended_terraform() {
    assert_that_hangups_are_not_ignored();
    // The test sends SIGKILL only to Terraform. It sends SIGHUP and SIGQUIT to Terraform and to the
    // provider, as a terminal does: SIGHUP when the terminal is closed, and SIGQUIT for Ctrl-\.
    for signal in [Signal::KILL, Signal::HUP, Signal::QUIT] {
        every_cli_with(Feature::Ephemeral, |world| {
            let workspace = world.workspace();
            let (running, text) = start_apply(world, &workspace, "exec sleep 60");
            if signal == Signal::KILL {
                let (_, pid) = text.split_once(' ').expect("two words");
                let pid = pid.parse().ok().and_then(Pid::from_raw);
                let pid = pid.expect("a process id");
                kill_process(pid, signal).expect("Terraform is running");
            } else {
                running.signal(signal);
            }
            // The provider notices that Terraform's connection is closed, and deletes the token.
            wait_until_deleted(world);
            drop(running);
        });
    }
}

#[test]
fn the_token_expires_after_terraform_and_the_provider_are_killed() {
    every_cli_with(Feature::Ephemeral, |world| {
        let Some(simulator) = world.simulator("a clock that can be moved") else { return };
        let workspace = world.workspace();
        let (running, text) = start_apply(world, &workspace, "exec sleep 60");
        let token = text.split_once(' ').expect("two words").0;
        // Dropping the command kills its process group, which contains the provider.
        drop(running);
        let remaining_tokens = tokens(world);
        assert_eq!(remaining_tokens.len(), 1, "{remaining_tokens:?}");
        let seconds = |time: std::time::SystemTime| {
            time.duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs().cast_signed()
        };
        let (comment, expire) = simulator.world(|world| {
            let token = &world.tokens()[&remaining_tokens[0]];
            (token.comment.clone().unwrap_or_default(), token.expire.unwrap_or_default())
        });
        let remaining = expire - seconds(simulator.time());
        assert!((840..=900).contains(&remaining), "the token expires in {remaining} s");
        assert!(comment.contains("Terraform run") && comment.contains('Z'), "{comment}");
        assert!(world.api_as(token).accepts_credential());
        simulator.advance(Duration::from_secs(901));
        assert!(!world.api_as(token).accepts_credential(), "the token still works after its ttl");
    });
}

#[test]
fn a_user_that_does_not_exist_is_an_error() {
    every_cli_with(Feature::Ephemeral, |world| {
        let workspace = world.workspace();
        let user = world.names.insert_into("<user>");
        let text = configuration(world, &consumer("true")).replace(&user, "nobody@pbs");
        workspace.write(&text);
        let errors = workspace.run(&["plan", "-json"]).errors();
        assert!(errors[0].points_at("user_id"), "{}", errors[0]);
        assert!(errors[0].text().contains("before the run"), "{}", errors[0]);
    });
}

/// If Terraform cannot open the ephemeral resource, it does not close the ephemeral resource
/// either. The provider must therefore delete the token without being asked.
#[test]
fn the_token_is_deleted_if_the_ephemeral_resource_cannot_be_opened() {
    every_cli_with(Feature::Ephemeral, |world| {
        let Some(simulator) = world.simulator("requests that fail") else { return };
        let workspace = world.workspace();
        workspace.write(&configuration(world, &consumer("true")));
        for (method, path, kind) in [
            ("POST", "/access/users/*/token/*", FaultKind::DroppedBefore),
            ("POST", "/access/users/*/token/*", FaultKind::DroppedAfter),
            ("POST", "/access/users/*/token/*", FaultKind::Truncated),
            ("PUT", "/access/acl", FaultKind::Status(400, "out of order".into())),
            ("PUT", "/access/acl", FaultKind::Forbidden),
        ] {
            simulator.clear_requests();
            let fault = simulator.fault(Fault::new(method, path, kind.clone()));
            let outcome = workspace.run(&["plan"]);
            assert!(simulator.fault_count(fault) > 0, "{kind:?} has not happened:\n{outcome}");
            simulator.clear_faults();
            assert_eq!(tokens(world), Vec::<String>::new(), "{method} {path} {kind:?}:\n{outcome}");
            let deletions = simulator.requests_to("DELETE", "/access/users/*/token/*").len();
            assert_eq!(deletions, 1, "{kind:?}:\n{outcome}");
            outcome.failed();
        }
    });
}

/// Runs `examples/ci-ephemeral-token` as a pipeline does.
#[test]
fn the_pipeline_example_backs_up_and_leaves_no_token() {
    every_cli_with(Feature::Ephemeral, |world| {
        let path = world.names.insert_into("<path>");
        let store = path.trim_start_matches("/datastore/");
        let user = world.names.insert_into("<user>");
        let acl_path = format!("{path}/ci");
        let grant = [("path", acl_path.as_str()), ("auth-id", &user), ("role", "DatastoreBackup")];
        world.api.put("/access/acl", &grant);

        let mut workspace = world.workspace();
        workspace.write(include_str!("../../../examples/ci-ephemeral-token/main.tf"));
        let [environment, answer] = ["environment", "answer"].map(|name| pipe(&workspace, name));
        for (name, value) in [
            ("run", "4711"),
            ("user", user.as_str()),
            ("datastore", store),
            ("server", "pbs.example.com:8007"),
            // The backup writes its environment into one pipe. Then it waits for a word from the
            // other pipe.
            ("backup", "env > environment; read answer < answer; test \"$answer\" = go"),
        ] {
            workspace.set_env(&format!("TF_VAR_{name}"), value);
        }
        let user = &user;
        let (run, variables) = thread::scope(|scope| {
            let backup = scope.spawn(move || {
                let variables = read_pipe(environment);
                let variable = |name: &str| {
                    let lines = variables.lines().filter_map(|line| line.split_once('='));
                    let mut values =
                        lines.filter(|(it, _)| *it == name).map(|(_, value)| value.to_owned());
                    values.next_back().unwrap_or_else(|| panic!("{name} is not set"))
                };
                let values = ["PBS_REPOSITORY", "PBS_PASSWORD", "PBS_NAMESPACE", "PBS_FINGERPRINT"]
                    .map(variable);
                let id = values[0].split_once("@pbs.example.com").expect("the server").0;
                let tokens = world.api.get(&format!("/access/users/{user}/token"));
                let permissions = world
                    .api_as(&format!("{id}:{}", values[1]))
                    .get(&format!("/access/permissions?path={acl_path}"));
                fs::write(answer, "go\n").expect("the backup reads the pipe");
                (values, tokens, permissions[&acl_path].clone())
            });
            let run = Recorded::plan_and_apply(&mut workspace, world);
            (run, backup.join().expect("the backup thread does not panic"))
        });
        let ([repository, secret, namespace, fingerprint], tokens_of_user, permissions) = variables;
        assert!(repository.ends_with(&format!("@pbs.example.com:8007:{store}")), "{repository}");
        assert_eq!((namespace.as_str(), fingerprint.as_str()), ("ci", world.fingerprint()));
        assert_eq!(tokens_of_user[0]["comment"], "Run 4711");
        // The token has exactly the privilege that a backup needs.
        assert_eq!(permissions, serde_json::json!({ "Datastore.Backup": true }));

        assert_eq!(run.places_of(&secret), Vec::<&str>::new());
        assert!(run.places_of("4711").contains(&"state"), "the state must contain the comment");
        assert!(run.places_of("4711").contains(&"plan"), "the plan must contain the comment");
        assert!(run.places_of("/token/tf-").contains(&"log"), "the log must name the token");
        assert_eq!(tokens(world), Vec::<String>::new());
        // A second plan is empty.
        workspace.assert_plan_is_empty();
        assert_eq!(tokens(world), Vec::<String>::new());
    });
}
