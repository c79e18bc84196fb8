//! `cargo demo`: the provider at work on a machine that has neither a Proxmox Backup Server nor a network.
//! Everything it writes lies in `target/demo`. With the static binary in an empty root it is the proof that a
//! release needs nothing of the machine.

use std::{
    env, fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use xtask::cli::{Cli, Result, target_directory};

use crate::{
    cargo::{self, Built},
    empty_root::EmptyRoot,
    simulator::{Afterwards, Simulator},
};

const USER: &str = "demo@pbs";
const DATASTORE: &str = "backups";

struct Demo {
    cli: Cli,
    room: PathBuf,
    simulator: Simulator,
}

/// Builds for debugging: a demo shows what happens, and these builds are there anyway.
pub(crate) fn run(afterwards: Afterwards) -> Result<()> {
    println!("Building the provider and the simulated server ...");
    let provider =
        cargo::build("terraform-provider-pbs", &["--package", "terraform-provider-pbs"], &[])?;
    let demo = Demo::start(afterwards)?;
    demo.play(&provider)?;
    demo.end(afterwards);
    Ok(())
}

/// The demo with a provider that sees an empty file system, and what it says of a name that nobody can resolve.
pub(crate) fn run_in_empty_root(provider: Built) -> Result<()> {
    let mut demo = Demo::start(Afterwards::Stop)?;
    let root = EmptyRoot::around(&provider.executable, &demo.room)?;
    // Not the address: without a hosts file this name has to be known to the provider itself.
    let endpoint = demo.simulator.variables["PBS_ENDPOINT"].replace("127.0.0.1", "localhost");
    demo.simulator.variables.insert("PBS_ENDPOINT".into(), endpoint);
    demo.play(&Built { executable: root.launcher().to_owned(), ..provider })?;

    let elsewhere = "https://pbs.example.com:8007".to_owned();
    demo.simulator.variables.insert("PBS_ENDPOINT".into(), elsewhere);
    match demo.terraform(&["plan", "-input=false", "-no-color"]) {
        Err(refused) if refused.to_string().contains("/etc/resolv.conf") => {
            println!(
                "6. A name that only DNS knows is refused: the empty root names no server to ask"
            );
            Ok(())
        }
        Err(other) => {
            Err(format!("without a resolver the provider should say so:\n{other}").into())
        }
        Ok(_) => Err("pbs.example.com was resolved, although no resolver is configured".into()),
    }
}

impl Demo {
    fn start(afterwards: Afterwards) -> Result<Self> {
        let program = cargo::build("pbs-sim", &["--package", "pbs-sim"], &[])?.executable;
        let cli = Cli::any()?;
        let room = fresh_room()?;
        let arguments = ["--user", USER, "--datastore", DATASTORE];
        let simulator = Simulator::start(&program, &arguments, &room, afterwards)?;
        Ok(Self { cli, room, simulator })
    }

    fn play(&self, provider: &Built) -> Result<()> {
        let endpoint = &self.simulator.variables["PBS_ENDPOINT"];
        println!(
            "1. A simulated Proxmox Backup Server: {endpoint}, with user {USER} and datastore {DATASTORE}"
        );

        self.lay_out(provider)?;
        self.terraform(&["init", "-input=false", "-no-color"])?;
        println!(
            "2. {} init, offline: provider pbs-rs/pbs {} from a directory",
            self.cli, provider.version
        );

        self.terraform(&["apply", "-auto-approve", "-input=false", "-no-color"])?;
        println!("3. apply has made:");
        let state: Value = serde_json::from_slice(&self.terraform(&["show", "-json"])?.stdout)?;
        let resources =
            state["values"]["root_module"]["resources"].as_array().cloned().unwrap_or_default();
        for resource in &resources {
            println!("     {}: {}", text(&resource["address"])?, text(&resource["values"]["id"])?);
        }
        println!("   with the outputs:");
        print_indented(&self.terraform(&["output", "-no-color"])?.stdout);

        let token = resources.iter().find(|resource| resource["type"] == "pbs_api_token");
        let token = token.ok_or("the state has no pbs_api_token: examples/demo should make one")?;
        println!("4. The token logs in over HTTPS and may do this:");
        print_indented(&self.log_in(text(&token["values"]["api_token"])?)?);

        let plan = self.terraform(&["plan", "-detailed-exitcode", "-input=false", "-no-color"])?;
        if plan.status.code() != Some(0) {
            return Err(
                format!("the plan after the apply should be empty:\n{}", words(&plan)).into()
            );
        }
        println!("5. plan has nothing left to do");
        Ok(())
    }

    /// A copy of the example, a mirror that holds the provider, and a CLI configuration that knows only this mirror.
    fn lay_out(&self, provider: &Built) -> Result<()> {
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/demo");
        fs::create_dir(self.work())?;
        for file in fs::read_dir(&example).map_err(|e| format!("{}: {e}", example.display()))? {
            let file = file?;
            if file.path().extension().is_some_and(|extension| extension == "tf") {
                fs::copy(file.path(), self.work().join(file.file_name()))?;
            }
        }
        let mirror = self.room.join("mirror");
        for registry in ["registry.terraform.io", "registry.opentofu.org"] {
            let directory =
                mirror.join(registry).join("pbs-rs/pbs").join(&provider.version).join(platform());
            fs::create_dir_all(&directory)?;
            let file = directory.join(format!("terraform-provider-pbs_v{}", provider.version));
            fs::copy(&provider.executable, file)?;
        }
        let mirror = mirror.display();
        let config = format!(
            "provider_installation {{\n  filesystem_mirror {{\n    path = \"{mirror}\"\n  }}\n}}\n"
        );
        Ok(fs::write(self.config(), config)?)
    }

    /// Exit code 2 is left to the caller: with `-detailed-exitcode` it is an answer.
    fn terraform(&self, arguments: &[&str]) -> Result<Output> {
        let mut command = self.cli.command(&self.config());
        command.args(arguments).current_dir(self.work()).envs(self.variables());
        let output = command.output()?;
        match output.status.code() {
            Some(0 | 2) => Ok(output),
            _ => Err(format!("{} {} failed:\n{}", self.cli, arguments[0], words(&output)).into()),
        }
    }

    /// Lists the token's rights, a path a line.
    fn log_in(&self, token: &str) -> Result<Vec<u8>> {
        let mut python = Command::new("python3");
        python.args(["-I", "-c", include_str!("login.py")]).envs(&self.simulator.variables);
        python.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = python.spawn().map_err(|e| format!("python3 does not start: {e}"))?;
        process.stdin.take().ok_or("python3 has no standard input")?.write_all(token.as_bytes())?;
        let output = process.wait_with_output()?;
        if !output.status.success() {
            return Err(format!("the new token does not work: {}", words(&output)).into());
        }
        if output.stdout.is_empty() {
            return Err("the new token logs in, but has no rights at all".into());
        }
        Ok(output.stdout)
    }

    fn end(self, afterwards: Afterwards) {
        let Afterwards::Keep = afterwards else {
            println!(
                "Done. The simulated server is stopped; `cargo demo --keep` leaves it running to go on by hand."
            );
            return;
        };
        let log = self.room.join("pbs-sim.log");
        println!("Done. The simulated server goes on; its log is {}", log.display());
        println!("To go on by hand:");
        println!("  cd {}", self.work().display());
        for (name, value) in self.variables() {
            println!("  export {name}='{value}'");
        }
        println!("  export TF_CLI_CONFIG_FILE='{}'", self.config().display());
        println!("  {} plan", self.cli.program().display());
        println!("  kill {}    # stops the server", self.simulator.process_id());
        self.simulator.release();
    }

    /// What Terraform is told: the server, and the example's own variable.
    fn variables(&self) -> Vec<(&str, &str)> {
        let server = self.simulator.variables["PBS_ENDPOINT"].trim_start_matches("https://");
        let provider =
            self.simulator.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        provider.chain([("TF_VAR_server", server)]).collect()
    }

    fn work(&self) -> PathBuf {
        self.room.join("work")
    }

    fn config(&self) -> PathBuf {
        self.room.join("terraform.rc")
    }
}

/// An empty `target/demo` that only its owner can look into: it will hold a state.
fn fresh_room() -> Result<PathBuf> {
    use std::os::unix::fs::DirBuilderExt;

    let room = target_directory()?.join("demo");
    if room.exists() {
        fs::remove_dir_all(&room)?;
    }
    fs::DirBuilder::new().mode(0o700).create(&room)?;
    Ok(room)
}

/// As Terraform names it: Go's words for operating system and processor.
fn platform() -> String {
    let system = match env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let processor = match env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("{system}_{processor}")
}

fn text(value: &Value) -> Result<&str> {
    value.as_str().ok_or_else(|| "the state lacks an attribute that the demo shows".into())
}

fn words(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr].map(String::from_utf8_lossy).concat();
    text.trim().to_owned()
}

fn print_indented(text: &[u8]) {
    for line in String::from_utf8_lossy(text).lines() {
        println!("     {line}");
    }
}
