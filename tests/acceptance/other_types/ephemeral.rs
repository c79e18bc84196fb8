//! `ephemeral "pbs_api_token"` with the real Terraform: it works while the run does, is gone afterwards however that ended, and stands
//! in nothing that the run leaves behind.

use std::{
    fs,
    path::PathBuf,
    sync::mpsc::channel,
    thread,
    time::{Duration, Instant},
};

use pbs_sim::{Fault, FaultKind, Simulator};
use rustix::process::{Pid, Signal, kill_process};
use test_support::cli::{Outcome, REQUIRED_PROVIDERS, Recorded, Running, Workspace, World};
use xtask::release::Feature;

use crate::features::every_cli_with;

const LIMIT: Duration = Duration::from_secs(60);

/// A token for the run with a grant, and what uses it.
fn configuration(world: &World, consumer: &str) -> String {
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
    format!("{REQUIRED_PROVIDERS}{}\n{consumer}", world.names.fill(text))
}

/// Something that is done once, in an apply, with the token in its environment.
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

/// Its owner may do what its token shall.
fn allow(world: &World) {
    let [path, user] = ["<path>", "<user>"].map(|name| world.names.fill(name));
    world
        .api
        .put("/access/acl", &[("path", &path), ("auth-id", &user), ("role", "DatastoreAudit")]);
}

/// The ids of the user's tokens that are there.
fn tokens(world: &World) -> Vec<String> {
    let url = world.names.fill("/access/users/<user>/token");
    let list = world.api.get(&url);
    let ids = list.as_array().into_iter().flatten();
    ids.filter_map(|token| token["tokenid"].as_str()).map(str::to_owned).collect()
}

/// A pipe in the workspace's directory.
fn pipe(workspace: &Workspace, name: &str) -> PathBuf {
    let pipe = workspace.directory().join(name);
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, mode).expect("a pipe");
    pipe
}

/// What is written into the pipe.
#[track_caller]
fn received(pipe: PathBuf) -> String {
    let (sender, receiver) = channel();
    thread::spawn(move || sender.send(fs::read_to_string(pipe)));
    let text = receiver.recv_timeout(LIMIT).expect("the consumer starts");
    text.expect("the pipe is readable").trim().to_owned()
}

/// Waits until no token is left.
#[track_caller]
fn until_gone(world: &World) {
    let deadline = Instant::now() + LIMIT;
    while !tokens(world).is_empty() {
        assert!(Instant::now() < deadline, "still there: {:?}", tokens(world));
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn it_is_in_effect_when_it_opens_and_gone_at_the_end_of_plan_and_of_apply() {
    every_cli_with(Feature::Ephemeral, |world| {
        let Some(simulator) = world.simulator("a datastore under a given name") else { return };
        allow(world);
        let path = world.names.fill("<path>");
        let store = path.trim_start_matches("/datastore/").to_owned();
        simulator.world(|world| drop(world.datastore_mut(&store).comment.replace("seen".into())));
        let consumer = format!(
            "provider \"pbs\" {{\n  alias     = \"run\"\n  api_token = ephemeral.pbs_api_token.run.api_token\n}}\n\
             data \"pbs_datastore\" \"it\" {{\n  provider = pbs.run\n  name     = \"{store}\"\n}}\n\
             output \"comment\" {{\n  value = data.pbs_datastore.it.comment\n}}\n"
        );
        let workspace = world.workspace();
        workspace.write(&configuration(world, &consumer));
        simulator.clear_requests();
        let planned = workspace.run(&["plan", "-out=plan"]).succeeded();
        assert!(planned.stdout.contains("\"seen\""), "{planned}");
        let used = |simulator: &Simulator| {
            let user = world.names.fill("<user>!tf-");
            let requests = simulator.requests();
            requests
                .iter()
                .filter(|it| it.caller.as_deref().is_some_and(|id| id.starts_with(&user)))
                .count()
        };
        assert!(used(simulator) > 0, "the second provider has asked nothing");
        assert_eq!(simulator.requests_to("POST", "/access/users/*/token/*").len(), 1);
        assert_eq!(tokens(world), Vec::<String>::new(), "left by the plan");

        simulator.clear_requests();
        workspace.run(&["apply", "plan"]).succeeded();
        assert_eq!(simulator.requests_to("POST", "/access/users/*/token/*").len(), 1);
        // Cheap: the list of users, the token, its grant, that it counts, the deletion.
        let own = simulator.requests().len() - used(simulator);
        assert!(own <= 5, "{own} requests{}", world.last_requests());
        assert_eq!(tokens(world), Vec::<String>::new(), "left by the apply");
        workspace.assert_plan_is_empty();
    });
}

#[test]
fn it_stands_neither_in_state_nor_in_plan_nor_in_a_log() {
    every_cli_with(Feature::Ephemeral, |world| {
        let mut workspace = world.workspace();
        let secrets = workspace.directory().join("secrets");
        workspace.write(&configuration(
            world,
            &consumer(&format!(
                "echo \"$TOKEN\" > {}; echo control-may-be-seen",
                secrets.display()
            )),
        ));
        let run = Recorded::plan_and_apply(&mut workspace, world);
        let api_token = fs::read_to_string(secrets).expect("the consumer has run");
        let (id, secret) = api_token.trim().split_once(':').expect("id:secret");
        assert!(id.starts_with(&world.names.fill("<user>!tf-")) && secret.len() == 36, "{id}");
        assert_eq!(run.places_with(secret), Vec::<&str>::new());
        // What is no secret is found where it belongs.
        let control = run.places_with("control-may-be-seen");
        assert!(control.contains(&"plan") && control.contains(&"plan as JSON"), "{control:?}");
        let name = id.split_once('!').expect("a token's id").1;
        assert!(run.places_with(name).contains(&"log"), "the log does not tell of the token");
        assert!(run.places_with("terraform_data").contains(&"state"));
        assert_eq!(tokens(world), Vec::<String>::new());
    });
}

#[test]
fn a_consumer_that_fails_leaves_no_token() {
    every_cli_with(Feature::Ephemeral, |world| {
        let workspace = world.workspace();
        workspace.write(&configuration(world, &consumer("echo \"$TOKEN\" > token; exit 1")));
        let outcome = workspace.run(&["apply", "-auto-approve"]).failed();
        let token = fs::read_to_string(workspace.directory().join("token"));
        let token = token.unwrap_or_else(|_| panic!("the consumer has not run:\n{outcome}"));
        assert!(!world.api_as(token.trim()).accepts_credential(), "the token still logs in");
        assert_eq!(tokens(world), Vec::<String>::new(), "{outcome}");
    });
}

/// Waits for the consumer, and hands over the run with the token that it has got.
#[track_caller]
fn amidst(world: &World, workspace: &Workspace, command: &str) -> (Running, String) {
    let started = pipe(workspace, "started");
    let command = format!("echo \"$TOKEN $PPID\" > started; {command}");
    workspace.write(&configuration(world, &consumer(&command)));
    let running = workspace.start(&["apply", "-auto-approve"]);
    let text = received(started);
    let (token, _) = text.split_once(' ').expect("two words");
    assert!(
        world.api_as(token).accepts_credential(),
        "the token does not log in while the run goes on"
    );
    (running, text)
}

#[test]
fn ctrl_c_leaves_no_token() {
    every_cli_with(Feature::Ephemeral, |world| {
        let workspace = world.workspace();
        let (running, _) = amidst(world, &workspace, "exec sleep 60");
        running.interrupt();
        let outcome: Outcome = running.wait();
        assert!(outcome.stdout.contains("Interrupt received"), "{outcome}");
        assert_eq!(outcome.code, Some(1), "{outcome}");
        assert_eq!(tokens(world), Vec::<String>::new(), "{outcome}");
    });
}

#[test]
fn a_terraform_that_is_killed_leaves_no_token_for_long() {
    every_cli_with(Feature::Ephemeral, |world| {
        let workspace = world.workspace();
        let (running, text) = amidst(world, &workspace, "exec sleep 60");
        let (_, terraform) = text.split_once(' ').expect("two words");
        let terraform = terraform.parse().ok().and_then(Pid::from_raw).expect("a process id");
        kill_process(terraform, Signal::KILL).expect("it runs");
        // The provider notices that it is alone.
        until_gone(world);
        drop(running);
    });
}

#[test]
fn when_all_is_killed_the_expiry_bounds_the_damage_and_the_comment_tells_from_where_it_is() {
    every_cli_with(Feature::Ephemeral, |world| {
        let Some(simulator) = world.simulator("a clock that can be moved") else { return };
        let workspace = world.workspace();
        let (running, text) = amidst(world, &workspace, "exec sleep 60");
        let token = text.split_once(' ').expect("two words").0;
        // Everything in the process group, the provider included.
        drop(running);
        let left = tokens(world);
        assert_eq!(left.len(), 1, "{left:?}");
        let seconds = |time: std::time::SystemTime| {
            time.duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs().cast_signed()
        };
        let (comment, expire) = simulator.world(|world| {
            let token = &world.tokens()[&left[0]];
            (token.comment.clone().unwrap_or_default(), token.expire.unwrap_or_default())
        });
        let remaining = expire - seconds(simulator.time());
        assert!((840..=900).contains(&remaining), "it expires in {remaining} s");
        assert!(comment.contains("Terraform run") && comment.contains('Z'), "{comment}");
        assert!(world.api_as(token).accepts_credential());
        simulator.advance(Duration::from_secs(901));
        assert!(!world.api_as(token).accepts_credential(), "it still logs in after its ttl");
    });
}

#[test]
fn its_user_must_exist_before() {
    every_cli_with(Feature::Ephemeral, |world| {
        let workspace = world.workspace();
        let user = world.names.fill("<user>");
        let text = configuration(world, &consumer("true")).replace(&user, "nobody@pbs");
        workspace.write(&text);
        let errors = workspace.run(&["plan", "-json"]).errors();
        assert!(errors[0].points_at("user_id"), "{}", errors[0]);
        assert!(errors[0].text().contains("before the run"), "{}", errors[0]);
    });
}

/// Whatever goes wrong while it opens: nothing is left, since nobody knows its name.
#[test]
fn a_token_that_does_not_open_is_not_left_behind() {
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
            // A slow server may have made it behind the first deletion.
            let deletions = simulator.requests_to("DELETE", "/access/users/*/token/*").len();
            assert_eq!(deletions, if method == "POST" { 2 } else { 1 }, "{kind:?}:\n{outcome}");
            outcome.failed();
        }
    });
}

/// The whole of examples/ci-ephemeral-token, as a pipeline runs it.
#[test]
fn the_example_for_a_pipeline_backs_up_and_leaves_nothing() {
    every_cli_with(Feature::Ephemeral, |world| {
        let path = world.names.fill("<path>");
        let store = path.trim_start_matches("/datastore/");
        let user = world.names.fill("<user>");
        let place = format!("{path}/ci");
        let grant = [("path", place.as_str()), ("auth-id", &user), ("role", "DatastoreBackup")];
        world.api.put("/access/acl", &grant);

        let mut workspace = world.workspace();
        workspace.write(include_str!("../../../examples/ci-ephemeral-token/main.tf"));
        let [told, go] = ["told", "go"].map(|name| pipe(&workspace, name));
        for (name, value) in [
            ("run", "4711"),
            ("user", user.as_str()),
            ("datastore", store),
            ("server", "pbs.example.com:8007"),
            ("backup", "env > told; read answer < go; test \"$answer\" = go"),
        ] {
            workspace.set(&format!("TF_VAR_{name}"), value);
        }
        let user = &user;
        let (run, variables) = thread::scope(|scope| {
            let backup = scope.spawn(move || {
                let variables = received(told);
                let set = |name: &str| {
                    let lines = variables.lines().filter_map(|line| line.split_once('='));
                    let mut found =
                        lines.filter(|(it, _)| *it == name).map(|(_, value)| value.to_owned());
                    found.next_back().unwrap_or_else(|| panic!("{name} is not set"))
                };
                let found =
                    ["PBS_REPOSITORY", "PBS_PASSWORD", "PBS_NAMESPACE", "PBS_FINGERPRINT"].map(set);
                let id = found[0].split_once("@pbs.example.com").expect("the server").0;
                let comments = world.api.get(&format!("/access/users/{user}/token"));
                let permissions = world
                    .api_as(&format!("{id}:{}", found[1]))
                    .get(&format!("/access/permissions?path={place}"));
                fs::write(go, "go\n").expect("the backup waits");
                (found, comments, permissions[&place].clone())
            });
            let run = Recorded::plan_and_apply(&mut workspace, world);
            (run, backup.join().expect("the backup has said what it has got"))
        });
        let ([repository, secret, namespace, fingerprint], comments, permissions) = variables;
        assert!(repository.ends_with(&format!("@pbs.example.com:8007:{store}")), "{repository}");
        assert_eq!((namespace.as_str(), fingerprint.as_str()), ("ci", world.fingerprint()));
        assert_eq!(comments[0]["comment"], "Run 4711");
        // Exactly what it needs.
        assert_eq!(permissions, serde_json::json!({ "Datastore.Backup": true }));

        assert_eq!(run.places_with(&secret), Vec::<&str>::new());
        assert!(
            run.places_with("4711").contains(&"state"),
            "the search finds nothing in the state"
        );
        assert!(run.places_with("4711").contains(&"plan"), "the search finds nothing in the plan");
        assert!(
            run.places_with("/token/tf-").contains(&"log"),
            "the log does not tell of the token"
        );
        assert_eq!(tokens(world), Vec::<String>::new());
        // A second look at the same run has nothing to do.
        workspace.assert_plan_is_empty();
        assert_eq!(tokens(world), Vec::<String>::new());
    });
}
