//! Creates, changes, imports and destroys objects of every type with the real Terraform at
//! TF_LOG=TRACE. Some requests fail on purpose. Afterwards, the test searches all written text for
//! every secret.

use std::{
    fmt::Write as _,
    fs, thread,
    time::{Duration, Instant},
};

use pbs_sim::{Fault, FaultKind, Simulator};
use test_support::{
    cli::{Workspace, World, newest, newest_of_each_product, unpacked},
    objects::Needed,
    processes, report,
};
use xtask::release::{Feature, Product};

use super::{
    configuration::{ACTIONS, IMPORT, everything, objects, query},
    issued_secrets::issued_during,
    written_text::{WrittenText, without_sensitive_values},
};
use crate::machine;

/// How long the test waits for a request.
const LIMIT: Duration = Duration::from_secs(60);

/// The password with which the provider logs in.
const LOGIN: &str = "login-Passw0rd";
/// The password in the first configuration of the managed user.
const FIRST: &str = "first-Passw0rd:%2F";
/// The password in the second configuration of the managed user.
const SECOND: &str = "second-Passw0rd";
/// The value of an HTTP header that the provider sends with each request.
const HEADER: &str = "header-5ecret";
/// The secrets of configuration objects that the state contains, before and after a change.
const STORED: [&str; 2] = ["stored-5ecret-1", "stored-5ecret-2"];

/// Guards against a new type whose secrets are not searched for.
#[test]
fn the_configuration_uses_every_type() {
    let _machine = machine::shared_blocking();
    let with_actions = newest(Product::Terraform).filter(|cli| cli.has(Feature::QueryAndActions));
    let world = World::new(with_actions.expect("only a Terraform with actions shows every type"));
    let (everything, query) = (everything(), query());
    for (kind, block, configuration) in [
        ("resource_schemas", "resource", &*everything),
        ("data_source_schemas", "data", &everything),
        ("ephemeral_resource_schemas", "ephemeral", &everything),
        ("action_schemas", "action", ACTIONS),
        ("list_resource_schemas", "list", &query),
    ] {
        let types = world.types(kind);
        assert!(!types.is_empty(), "there are no {kind}");
        for name in types {
            assert!(
                configuration.contains(&format!("{block} \"{name}\"")),
                "add a block `{block} \"{name}\"` to the configuration in \
                 tests/process/leaks/configuration.rs"
            );
        }
    }
}

/// One life cycle, and all text that Terraform and the provider have written in it. `credentials`
/// contains the arguments of the provider block.
struct LifeCycle<'a> {
    world: &'a World,
    simulator: &'a Simulator,
    workspace: Workspace,
    credentials: &'a [(&'a str, &'a str)],
    configuration: String,
    written: WrittenText,
    commands: usize,
    failures: usize,
}

impl<'a> LifeCycle<'a> {
    fn new(
        world: &'a World,
        simulator: &'a Simulator,
        credentials: &'a [(&'a str, &'a str)],
    ) -> Self {
        let mut workspace = world.workspace();
        let mut text = everything();
        if world.cli.has(Feature::QueryAndActions) {
            text.push_str(ACTIONS);
        }
        let mut block = String::new();
        for (name, value) in credentials {
            workspace.set_env(&format!("TF_VAR_{name}"), value);
            writeln!(text, "variable \"{name}\" {{ ephemeral = true }}")
                .expect("writing to a string succeeds");
            writeln!(block, "  {name} = var.{name}").expect("writing to a string succeeds");
        }
        workspace.set_env("TF_VAR_header", HEADER);
        text.push_str("variable \"header\" { ephemeral = true }\n");
        block.push_str("  http_headers = { X-Gateway = var.header }\n");
        write!(text, "provider \"pbs\" {{\n{block}}}\n").expect("writing to a string succeeds");
        workspace.set_env("PBS_API_TOKEN", "");
        workspace.set_env("PBS_MAX_RETRIES", "1");
        workspace.set_env("TF_LOG", "TRACE");
        let log = workspace.directory().join("trace.log");
        workspace.set_env("TF_LOG_PATH", &log.display().to_string());
        let configuration = world.names.insert_into(&text);
        workspace.write(&configuration);
        Self {
            world,
            simulator,
            workspace,
            credentials,
            configuration,
            written: WrittenText::default(),
            commands: 0,
            failures: 0,
        }
    }

    fn run_all(&mut self) {
        for (generation, password, stored) in [("1", FIRST, STORED[0]), ("2", SECOND, STORED[1])] {
            self.workspace.set_env("TF_VAR_generation", generation);
            self.workspace.set_env("TF_VAR_stored_secret", stored);
            self.workspace.set_env("TF_VAR_new_password", password);
            // PBS does not let an API token change a password.
            let logs_in = self.credentials.iter().any(|(name, _)| *name == "password");
            self.workspace
                .set_env("TF_VAR_password_version", if logs_in { generation } else { "1" });
            self.apply_with_failures(password);
            // This variable changes the comment of the token. The plan therefore contains a change,
            // even if the earlier applies have completed everything else.
            self.workspace.set_env("TF_VAR_step", "b");
            self.plan_and_apply();
            self.workspace.set_env("TF_VAR_step", "");
        }
        if self.world.cli.has(Feature::QueryAndActions) {
            self.query();
            self.run(&["apply", "-auto-approve", "-invoke=action.pbs_change_owner.it"], true);
        }
        let import = self.world.names.insert_into(IMPORT);
        self.workspace.write(&format!("{}{import}", self.configuration));
        self.run(&["apply", "-auto-approve"], true);
        self.prove_that_the_search_works();
        self.workspace.write(&self.configuration);
        self.run(&["destroy", "-auto-approve"], true);
        let log = self.workspace.directory().join("trace.log");
        self.written.add("log", &fs::read_to_string(log).expect("Terraform writes its log"));
    }

    fn run(&mut self, arguments: &[&str], succeeds: bool) {
        let outcome = self.workspace.run(arguments);
        self.commands += 1;
        self.written.add("output", &outcome.stdout);
        self.written.add("output", &outcome.stderr);
        let expected = if succeeds { Some(0) } else { Some(1) };
        assert!(outcome.code == expected, "{outcome}{}", self.world.last_requests());
    }

    /// Applies several times. In each apply, a different request fails. Some of the server's errors
    /// repeat the credentials and the password, or the whole request.
    fn apply_with_failures(&mut self, password: &str) {
        let mut credentials = "bad request:".to_owned();
        self.credentials.iter().for_each(|(_, value)| {
            write!(credentials, " {value}").expect("writing to a string succeeds")
        });
        let with_password = format!("{credentials} {password}");
        for (method, path, kind) in [
            ("POST", "/access/users", FaultKind::Status(400, with_password.clone())),
            ("POST", "/config/**", FaultKind::Repeats(400)),
            ("PUT", "/config/**", FaultKind::Repeats(500)),
            ("PUT", "/access/password", FaultKind::Status(400, with_password)),
            ("PUT", "/access/users/**", FaultKind::Status(400, credentials.clone())),
            ("POST", "/access/users/*/token/**", FaultKind::Status(500, credentials)),
            ("PUT", "/access/acl", FaultKind::Unauthorized),
            ("GET", "/access/users", FaultKind::Truncated),
            ("GET", "/access/acl", FaultKind::Html502),
        ] {
            // If the test hangs, the last of these lines shows at which request.
            eprintln!("an apply at which {method} {path} fails");
            let fault = self.simulator.fault(Fault::new(method, path, kind));
            let outcome = self.workspace.run(&["apply", "-auto-approve", "-json"]);
            self.written.add("diagnostics", &outcome.stdout);
            self.written.add("diagnostics", &outcome.stderr);
            self.commands += 1;
            if self.simulator.fault_count(fault) > 0 {
                self.failures += 1;
                assert!(outcome.stdout.contains("diagnostic"), "{outcome}");
            }
            self.simulator.clear_faults();
        }
    }

    fn plan_and_apply(&mut self) {
        let plan = "saved.plan";
        self.run(&["plan", &format!("-out={plan}")], true);
        let shown = self.workspace.run(&["show", "-json", plan]).succeeded();
        self.written.add("plan as JSON", &without_sensitive_values(shown.json()).to_string());
        let slow = FaultKind::Slow(Duration::from_secs(2));
        let fault = Fault::new("PUT", "/access/users/*/token/*", slow).times(1);
        let fault = self.simulator.fault(fault);
        let running = self.workspace.start(&["apply", plan]);
        let deadline = Instant::now() + LIMIT;
        while self.simulator.fault_count(fault) == 0 {
            assert!(Instant::now() < deadline, "the token is not written: {}", running.wait());
            thread::sleep(Duration::from_millis(5));
        }
        self.inspect_processes();
        let outcome = running.wait().succeeded();
        self.commands += 1;
        self.written.add("output", &outcome.stdout);
        self.written.add("output", &outcome.stderr);
        let path = self.workspace.directory().join(plan);
        self.written.add("plan", &String::from_utf8_lossy(&unpacked(&path)));
        let state = self.workspace.directory().join("terraform.tfstate");
        self.written.add("state", &fs::read_to_string(state).expect("a state"));
        let shown = self.workspace.run(&["show", "-json"]).succeeded();
        self.written.add("state as JSON", &without_sensitive_values(shown.json()).to_string());
    }

    /// Records the arguments and environments of all processes. Checks that the provider has
    /// started no process and cannot leave a core dump.
    fn inspect_processes(&mut self) {
        let all = processes::working_in(&self.workspace.directory());
        let providers: Vec<_> = all.iter().filter(|process| process.is_provider).collect();
        assert!(!providers.is_empty(), "no provider is running");
        for process in &all {
            self.written.add("arguments", &process.proc_file("cmdline"));
            let environment = process.proc_file("environ");
            // The test itself passes secrets to Terraform in the variables `TF_VAR_…`.
            let is_not_input = |line: &&str| !line.starts_with("TF_VAR_");
            let variables: Vec<_> = environment.split('\0').filter(is_not_input).collect();
            self.written.add("environment", &variables.join("\n"));
        }
        for provider in providers {
            assert_eq!(processes::children(provider.pid), 0, "the provider has started a process");
            let limits = provider.proc_file("limits");
            let core = limits.lines().find(|line| line.starts_with("Max core file size"));
            let core: Vec<_> = core.expect("the limit of core files").split_whitespace().collect();
            assert_eq!(core[4..6], ["0", "0"], "a core dump is possible");
        }
    }

    fn query(&mut self) {
        let file = self.workspace.directory().join("it.tfquery.hcl");
        fs::write(&file, query()).expect("the query");
        self.run(&["query", "-json"], true);
        fs::remove_file(file).expect("the query exists");
    }

    /// Checks that the search finds the secret if an output shows it on purpose.
    fn prove_that_the_search_works(&mut self) {
        let shown = "output \"shown\" {\n  value = nonsensitive(pbs_api_token.it.secret)\n}\n";
        self.workspace.write(&format!("{}{shown}", self.configuration));
        self.workspace.set_env("TF_LOG", "");
        let outcome = self.workspace.run(&["apply", "-auto-approve"]).succeeded();
        let json = self.workspace.run(&["show", "-json"]).succeeded().json();
        let secret = self.workspace.state("pbs_api_token.it")["secret"].take();
        let secret = secret.as_str().expect("a secret").to_owned();
        let mut control = WrittenText::default();
        control.add("output", &outcome.stdout);
        control.add("state as JSON", &without_sensitive_values(json).to_string());
        assert_eq!(control.places_of(&secret), ["output", "state as JSON"]);
        self.workspace.write(&self.configuration);
        self.workspace.run(&["apply", "-auto-approve"]).succeeded();
        self.workspace.set_env("TF_LOG", "TRACE");
    }
}

/// Runs a life cycle and searches for secrets. Returns four numbers: commands, provoked failures,
/// secrets, and the size of the searched text in MiB.
fn run_and_search(
    world: &World,
    simulator: &Simulator,
    credentials: &[(&str, &str)],
) -> (usize, usize, usize, usize) {
    for needed in objects().into_iter().flat_map(|row| row.needs) {
        let Needed::Object(kind, id, object) = needed else { continue };
        simulator.world(|world| world.put_object(kind, &id, object));
    }
    let mut life_cycle = LifeCycle::new(world, simulator, credentials);
    let issued = issued_during(simulator, || life_cycle.run_all());
    let LifeCycle { written, commands, failures, .. } = life_cycle;

    let managed = world.names.insert_into("<token>-new@pbs!ci");
    // The secrets that may be in no place at all.
    let mut hidden: Vec<String> = [FIRST, SECOND, HEADER].map(str::to_owned).into();
    hidden.extend(credentials.iter().map(|(name, value)| match *name {
        "api_token" => value.split_once(':').expect("id:secret").1.to_owned(),
        _ => (*value).to_owned(),
    }));
    // The user name among the credentials is not secret.
    hidden.retain(|text| !text.contains('@') || text.len() > 40);
    let ephemeral_tokens = issued.iter().filter(|(id, _)| id.contains("!tf-")).count();
    assert!(ephemeral_tokens > 5, "only {ephemeral_tokens} ephemeral tokens were issued");
    assert!(
        issued.iter().filter(|(id, _)| *id == managed).count() >= 2,
        "the token was not rotated"
    );
    for (id, secret) in &issued {
        match id.contains("!tf-") {
            true => hidden.push(secret.clone()),
            // The state and the saved plan contain the secret of a resource by design.
            false => {
                let places = written.places_except(secret, &["state", "plan"]);
                assert!(places.is_empty(), "the secret of {id} is in {places:?}");
            }
        }
    }
    for secret in STORED {
        let places = written.places_except(secret, &["state", "plan"]);
        assert!(places.is_empty(), "the secret of a configuration object is in {places:?}");
    }
    for secret in &hidden {
        let places = written.places_of(secret);
        assert!(
            places.is_empty(),
            "a secret is in {places:?}, after: {}",
            written.text_before(secret)
        );
    }
    // The test does not know the values of tickets and headers, so it searches for their
    // beginnings.
    for beginning in ["PBS:acc", "PBS:root", "PBS%3A", "PBSAuthCookie=", "PBSAPIToken="] {
        let places = written.places_of(beginning);
        assert!(
            places.is_empty(),
            "{beginning} is in {places:?}, after: {}",
            written.text_before(beginning)
        );
    }
    // For each place, the test also searches for a known harmless text. If this text is missing,
    // the content of the place was not recorded.
    for (place, control) in [
        ("log", "POST /access/users/"),
        ("log", "PUT /access/acl"),
        ("output", "control-2"),
        ("diagnostics", "bad request"),
        ("plan as JSON", "control-1"),
        ("plan", "control-2"),
        ("state", "control-2"),
        ("state as JSON", "control-2"),
        ("arguments", "terraform-provider-pbs"),
        ("environment", "TF_PLUGIN_MAGIC_COOKIE"),
    ] {
        let places = written.places_of(control);
        assert!(places.contains(&place), "{control} is not in the {place}, but in {places:?}");
    }
    (
        commands,
        failures,
        hidden.len() + STORED.len() + issued.len() - ephemeral_tokens,
        written.bytes() >> 20,
    )
}

#[test]
fn no_secret_is_written_during_a_whole_life_cycle() {
    let _machine = machine::alone_blocking();
    let mut table = String::from(
        "| program | the provider's credential | commands | provoked failures | secrets searched for | searched text in MiB | secrets found |\n\
         |---|---|---|---|---|---|---|\n",
    );
    let with_each_credential = |cli| [(cli, false), (cli, true)];
    for (cli, logs_in) in newest_of_each_product().flat_map(with_each_credential) {
        let world = World::new(cli);
        let simulator = world.simulator("a server whose secrets are known").expect("a simulator");
        let names =
            ["<user>", "<user>!old", "<token>-admin@pbs"].map(|name| world.names.insert_into(name));
        let [user, old, admin] = &names;
        simulator.world(|world| {
            let account = pbs_sim::User { password: Some(LOGIN.into()), ..Default::default() };
            world.put_user(admin, account);
            world.put_acl("/", admin, "Admin", true);
            world.put_acl("/datastore/store1", user, "DatastoreAdmin", true);
            world.add_token(old);
            world.datastore_mut("store1").add_group("", "host", "laptop", old);
            let remote = world.remote_content("leaks-offsite");
            remote.datastores.insert("theirs".into(), pbs_sim::Datastore::default());
        });
        let token = simulator.admin_token().to_owned();
        let (name, credentials) = match logs_in {
            false => ("API token", vec![("api_token", token.as_str())]),
            true => {
                ("user name and password", vec![("username", admin.as_str()), ("password", LOGIN)])
            }
        };
        let (commands, failures, secrets, size) = run_and_search(&world, simulator, &credentials);
        writeln!(table, "| {cli} | {name} | {commands} | {failures} | {secrets} | {size} | 0 |")
            .expect("writing to a string succeeds");
    }
    report::section("leaks", &table);
}
