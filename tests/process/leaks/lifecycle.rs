//! The whole life of every type with the real Terraform at TF_LOG=TRACE, failures included, and the search for every secret in all
//! that is left behind.

use std::{fmt::Write as _, fs, thread};

use pbs_sim::{Fault, FaultKind, Simulator};
use test_support::{
    cli::{Workspace, World, clis, unpacked},
    processes, report,
};
use xtask::{cli::Cli, release::Feature};

use super::{
    issued_secrets::issued_during,
    written_text::{WrittenText, public},
};
use crate::machine;

const LOGIN: &str = "login-Passw0rd";
const FIRST: &str = "first-Passw0rd:%2F";
const SECOND: &str = "second-Passw0rd";

/// Everything that this provider has, with a consumer for what is ephemeral.
const EVERYTHING: &str = r#"
    terraform {
      required_providers {
        pbs = { source = "pbs-rs/pbs" }
      }
    }
    variable "new_password" { ephemeral = true }
    variable "password_version" { type = number }
    variable "generation" { type = number }
    resource "pbs_user" "it" {
      user_id             = "<token>-new@pbs"
      comment             = "control-${var.generation}"
      password_wo         = var.new_password
      password_wo_version = var.password_version
    }
    resource "pbs_api_token" "it" {
      user_id           = pbs_user.it.id
      token_name        = "ci"
      comment           = "control-${var.generation}"
      rotation_triggers = { generation = var.generation }
    }
    resource "pbs_acl" "it" {
      for_each = { user = pbs_user.it.id, token = pbs_api_token.it.id }
      path     = "/datastore/store1"
      auth_id  = each.value
      role_id  = var.generation == 1 ? "DatastoreBackup" : "DatastoreReader"
    }
    ephemeral "pbs_api_token" "run" {
      user_id = "<user>"
      grants  = [{ path = "/datastore/store1", role_id = "DatastoreAudit" }]
    }
    provider "pbs" {
      alias     = "run"
      api_token = ephemeral.pbs_api_token.run.api_token
    }
    data "pbs_datastore" "it" {
      provider = pbs.run
      name     = "store1"
    }
    data "pbs_version" "it" {}
    data "pbs_user" "it" {
      user_id = pbs_user.it.id
    }
    data "pbs_users" "it" {}
    data "pbs_api_token" "it" {
      user_id    = pbs_api_token.it.user_id
      token_name = pbs_api_token.it.token_name
    }
    data "pbs_api_tokens" "it" {}
    data "pbs_permissions" "it" {
      path = "/datastore/store1"
    }
    data "pbs_acls" "it" {}
    data "pbs_roles" "it" {}
    data "pbs_certificate" "it" {}
    data "pbs_datastores" "it" {}
    data "pbs_token_check" "it" {
      id     = pbs_acl.it["token"].auth_id
      secret = pbs_api_token.it.secret
    }
    output "repository" {
      value = provider::pbs::repository(pbs_api_token.it.id, "localhost", "store1")
    }
    action "pbs_change_owner" "it" {
      config {
        datastore   = "store1"
        backup_type = "host"
        backup_id   = "laptop"
        new_owner   = "<token>-new@pbs!ci"
      }
    }
"#;

const QUERY: &str = r#"
    list "pbs_user" "it" {
      provider         = pbs
      include_resource = true
    }
    list "pbs_api_token" "it" {
      provider         = pbs
      include_resource = true
    }
    list "pbs_acl" "it" {
      provider         = pbs
      include_resource = true
    }
"#;

const IMPORT: &str = r#"
    import {
      to = pbs_api_token.old
      id = "<user>!old"
    }
    resource "pbs_api_token" "old" {
      user_id           = "<user>"
      token_name        = "old"
      rotation_triggers = { imported = "yes" }
    }
"#;

/// Without it: a new type whose secrets nobody looks for.
#[test]
fn the_configuration_uses_every_type() {
    let _machine = machine::shared_blocking();
    let world = World::new(cli());
    for (kind, block, configuration) in [
        ("resource_schemas", "resource", EVERYTHING),
        ("data_source_schemas", "data", EVERYTHING),
        ("ephemeral_resource_schemas", "ephemeral", EVERYTHING),
        ("action_schemas", "action", EVERYTHING),
        ("list_resource_schemas", "list", QUERY),
    ] {
        let types = world.types(kind);
        assert!(!types.is_empty(), "there are no {kind}");
        for name in types {
            assert!(
                configuration.contains(&format!("{block} \"{name}\"")),
                "add a block `{block} \"{name}\"` to the configuration in \
                 tests/process/leaks/lifecycle.rs"
            );
        }
    }
}

/// The newest Terraform: only it has every kind of type.
fn cli() -> &'static Cli {
    let newest = clis().iter().rfind(|cli| cli.has(Feature::QueryAndActions));
    newest.expect("a Terraform with actions; see PBS_TEST_TERRAFORM in CONTRIBUTING.md")
}

/// One life with the provider block made of these variables, all of whose values are secrets.
struct Life<'a> {
    world: &'a World,
    simulator: &'a Simulator,
    workspace: Workspace,
    credentials: &'a [(&'a str, &'a str)],
    configuration: String,
    left: WrittenText,
    commands: usize,
    failures: usize,
}

impl<'a> Life<'a> {
    fn new(
        world: &'a World,
        simulator: &'a Simulator,
        credentials: &'a [(&'a str, &'a str)],
    ) -> Self {
        let mut workspace = world.workspace();
        let mut text = EVERYTHING.to_owned();
        let mut block = String::new();
        for (name, value) in credentials {
            workspace.set(&format!("TF_VAR_{name}"), value);
            writeln!(text, "variable \"{name}\" {{ ephemeral = true }}").expect("text");
            writeln!(block, "  {name} = var.{name}").expect("text");
        }
        write!(text, "provider \"pbs\" {{\n{block}}}\n").expect("text");
        workspace.set("PBS_API_TOKEN", "");
        workspace.set("PBS_MAX_RETRIES", "1");
        workspace.set("TF_LOG", "TRACE");
        let log = workspace.directory().join("trace.log");
        workspace.set("TF_LOG_PATH", &log.display().to_string());
        let configuration = world.names.fill(&text);
        workspace.write(&configuration);
        Self {
            world,
            simulator,
            workspace,
            credentials,
            configuration,
            left: WrittenText::default(),
            commands: 0,
            failures: 0,
        }
    }

    fn everything(&mut self) {
        for (generation, password) in [("1", FIRST), ("2", SECOND)] {
            self.workspace.set("TF_VAR_generation", generation);
            self.workspace.set("TF_VAR_new_password", password);
            // An API token cannot change a password.
            let logs_in = self.credentials.iter().any(|(name, _)| *name == "password");
            self.workspace.set("TF_VAR_password_version", if logs_in { generation } else { "1" });
            self.fail(password);
            self.plan_and_apply(generation);
        }
        self.query();
        self.run(&["apply", "-auto-approve", "-invoke=action.pbs_change_owner.it"], true);
        let import = self.world.names.fill(IMPORT);
        self.workspace.write(&format!("{}{import}", self.configuration));
        self.run(&["apply", "-auto-approve"], true);
        self.prove_the_search();
        self.workspace.write(&self.configuration);
        self.run(&["destroy", "-auto-approve"], true);
        let log = self.workspace.directory().join("trace.log");
        self.left.add("log", &fs::read_to_string(log).expect("Terraform writes its log"));
    }

    fn run(&mut self, arguments: &[&str], well: bool) {
        let outcome = self.workspace.run(arguments);
        self.commands += 1;
        self.left.add("output", &outcome.stdout);
        self.left.add("output", &outcome.stderr);
        let expected = if well { Some(0) } else { Some(1) };
        assert!(outcome.code == expected, "{outcome}{}", self.world.last_requests());
    }

    /// Applies that fail on the way, at a server that repeats what it was told.
    fn fail(&mut self, password: &str) {
        let mut own = "bad request:".to_owned();
        self.credentials.iter().for_each(|(_, value)| write!(own, " {value}").expect("text"));
        let all = format!("{own} {password}");
        for (method, path, kind) in [
            ("POST", "/access/users", FaultKind::Status(400, all.clone())),
            ("PUT", "/access/password", FaultKind::Status(400, all)),
            ("PUT", "/access/users/**", FaultKind::Status(400, own.clone())),
            ("POST", "/access/users/*/token/**", FaultKind::Status(500, own)),
            ("PUT", "/access/acl", FaultKind::Unauthorized),
            ("GET", "/access/users", FaultKind::Truncated),
            ("GET", "/access/acl", FaultKind::Html502),
        ] {
            // What a run that does not end has been doing.
            eprintln!("an apply at which {method} {path} fails");
            let fault = self.simulator.fault(Fault::new(method, path, kind));
            let outcome = self.workspace.run(&["apply", "-auto-approve", "-json"]);
            self.left.add("diagnostics", &outcome.stdout);
            self.left.add("diagnostics", &outcome.stderr);
            self.commands += 1;
            if self.simulator.fault_count(fault) > 0 {
                self.failures += 1;
                assert!(outcome.stdout.contains("diagnostic"), "{outcome}");
            }
            self.simulator.clear_faults();
        }
    }

    fn plan_and_apply(&mut self, generation: &str) {
        let plan = "saved.plan";
        self.run(&["plan", &format!("-out={plan}")], true);
        let shown = self.workspace.run(&["show", "-json", plan]).succeeded();
        self.left.add("plan as JSON", &public(shown.json()).to_string());
        let method = if generation == "1" { "POST" } else { "PUT" };
        let slow = FaultKind::Slow(std::time::Duration::from_secs(2));
        let fault = Fault::new(method, "/access/users/*/token/*", slow).times(1);
        let fault = self.simulator.fault(fault);
        let running = self.workspace.start(&["apply", plan]);
        while self.simulator.fault_count(fault) == 0 {
            thread::sleep(std::time::Duration::from_millis(5));
        }
        self.look_at_the_processes();
        let outcome = running.wait().succeeded();
        self.commands += 1;
        self.left.add("output", &outcome.stdout);
        self.left.add("output", &outcome.stderr);
        let path = self.workspace.directory().join(plan);
        self.left.add("plan", &String::from_utf8_lossy(&unpacked(&path)));
        let state = self.workspace.directory().join("terraform.tfstate");
        self.left.add("state", &fs::read_to_string(state).expect("a state"));
        let shown = self.workspace.run(&["show", "-json"]).succeeded();
        self.left.add("state as JSON", &public(shown.json()).to_string());
    }

    /// The provider's environment is what the user has set; its arguments are none; it starts nobody, and leaves no core dump.
    fn look_at_the_processes(&mut self) {
        let all = processes::working_in(&self.workspace.directory());
        let providers: Vec<_> = all.iter().filter(|process| process.is_provider).collect();
        assert!(!providers.is_empty(), "no provider is running");
        for process in &all {
            self.left.add("arguments", &process.proc_file("cmdline"));
            let environment = process.proc_file("environ");
            let given = |line: &&str| !line.starts_with("TF_VAR_");
            let rest: Vec<_> = environment.split('\0').filter(given).collect();
            self.left.add("environment", &rest.join("\n"));
        }
        for provider in providers {
            assert_eq!(processes::children(provider.pid), 0, "the provider starts a process");
            let limits = provider.proc_file("limits");
            let core = limits.lines().find(|line| line.starts_with("Max core file size"));
            let core: Vec<_> = core.expect("a limit").split_whitespace().collect();
            assert_eq!(core[4..6], ["0", "0"], "a core dump is possible");
        }
    }

    fn query(&mut self) {
        let query = self.workspace.directory().join("it.tfquery.hcl");
        fs::write(&query, QUERY).expect("the query");
        self.run(&["query", "-json"], true);
        fs::remove_file(query).expect("the query is there");
    }

    /// What everybody may see although it is a secret is found.
    fn prove_the_search(&mut self) {
        let shown = "output \"shown\" {\n  value = nonsensitive(pbs_api_token.it.secret)\n}\n";
        self.workspace.write(&format!("{}{shown}", self.configuration));
        self.workspace.set("TF_LOG", "");
        let outcome = self.workspace.run(&["apply", "-auto-approve"]).succeeded();
        let json = self.workspace.run(&["show", "-json"]).succeeded().json();
        let secret = self.workspace.state("pbs_api_token.it")["secret"].take();
        let secret = secret.as_str().expect("a secret").to_owned();
        let mut control = WrittenText::default();
        control.add("output", &outcome.stdout);
        control.add("state as JSON", &public(json).to_string());
        assert_eq!(control.hits(&secret), ["output", "state as JSON"]);
        self.workspace.write(&self.configuration);
        self.workspace.run(&["apply", "-auto-approve"]).succeeded();
        self.workspace.set("TF_LOG", "TRACE");
    }
}

/// How a life ends: what was searched, for how many secrets.
fn searched(
    world: &World,
    simulator: &Simulator,
    credentials: &[(&str, &str)],
) -> (usize, usize, usize, usize) {
    let mut life = Life::new(world, simulator, credentials);
    let made = issued_during(simulator, || life.everything());
    let Life { left, commands, failures, .. } = life;

    let managed = world.names.fill("<token>-new@pbs!ci");
    let mut hidden: Vec<String> = [FIRST, SECOND].map(str::to_owned).into();
    hidden.extend(credentials.iter().map(|(name, value)| match *name {
        "api_token" => value.split_once(':').expect("id:secret").1.to_owned(),
        _ => (*value).to_owned(),
    }));
    hidden.retain(|text| !text.contains('@') || text.len() > 40);
    let runs = made.iter().filter(|(id, _)| id.contains("!tf-")).count();
    assert!(runs > 5, "{runs} tokens of runs were seen");
    assert!(made.iter().filter(|(id, _)| *id == managed).count() >= 2, "no rotation was seen");
    for (id, secret) in &made {
        match id.contains("!tf-") {
            true => hidden.push(secret.clone()),
            // The raw state and plan are where it is meant to be.
            false => {
                let places = left.hits_but(secret, &["state", "plan"]);
                assert!(places.is_empty(), "the secret of {id} stands in {places:?}");
            }
        }
    }
    for secret in &hidden {
        let places = left.hits(secret);
        assert!(places.is_empty(), "a secret stands in {places:?}: {}", left.around(secret));
    }
    // Tickets and their like by their form: nobody but the server and the provider has seen them.
    for form in ["PBS:acc", "PBS:root", "PBS%3A", "PBSAuthCookie=", "PBSAPIToken="] {
        let places = left.hits(form);
        assert!(places.is_empty(), "{form} stands in {places:?}: {}", left.around(form));
    }
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
        let found = left.hits(control);
        assert!(found.contains(&place), "no {control} in the {place}, but in {found:?}");
    }
    (commands, failures, hidden.len() + made.len() - runs, left.bytes() >> 20)
}

#[test]
fn no_secret_of_a_whole_life_stands_where_others_can_read_it() {
    let _machine = machine::alone_blocking();
    let cli = cli();
    let mut table = String::from(
        "| the provider's credentials | commands | failures provoked | secrets searched for | text searched, MiB | hits |\n\
         |---|---|---|---|---|---|\n",
    );
    for logs_in in [false, true] {
        let world = World::new(cli);
        let simulator = world.simulator("a server whose secrets are known").expect("a simulator");
        let names =
            ["<user>", "<user>!old", "<token>-admin@pbs"].map(|name| world.names.fill(name));
        let [user, old, admin] = &names;
        simulator.world(|world| {
            let account = pbs_sim::User { password: Some(LOGIN.into()), ..Default::default() };
            world.put_user(admin, account);
            world.put_acl("/", admin, "Admin", true);
            world.put_acl("/datastore/store1", user, "DatastoreAdmin", true);
            world.add_token(old);
            world.datastore_mut("store1").add_group("", "host", "laptop", old);
        });
        let token = simulator.admin_token().to_owned();
        let (name, credentials) = match logs_in {
            false => ("API token", vec![("api_token", token.as_str())]),
            true => {
                ("user name and password", vec![("username", admin.as_str()), ("password", LOGIN)])
            }
        };
        let (commands, failures, secrets, size) = searched(&world, simulator, &credentials);
        writeln!(table, "| {name} | {commands} | {failures} | {secrets} | {size} | 0 |")
            .expect("text");
    }
    report::section("leaks", &table);
}
