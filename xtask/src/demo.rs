//! `cargo demo`: applies `examples/demo` with Terraform, the provider and a simulated Proxmox
//! Backup Server, without a network. All files are written to `target/demo`. `cargo dist
//! --empty-root` runs the provider of the demo, as the release binary, in a root directory (chroot)
//! that contains no other file. This shows that the binary needs no library or other file of the
//! operating system.

use std::{
    env, fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use xtask::{
    cli::{Cli, Result, target_directory},
    release::Product,
};

use crate::{
    cargo::{self, Built},
    dist,
    empty_root::EmptyRoot,
    simulator::{EndOfDemo, Simulator},
};

const USER: &str = "demo@pbs";
const DATASTORE: &str = "backups";

struct Demo {
    cli: Cli,
    directory: PathBuf,
    simulator: Simulator,
}

/// Runs the demo with debug builds, because Cargo has usually built them before.
pub(crate) fn run(end_of_demo: EndOfDemo) -> Result<()> {
    println!("Building the provider and the simulated server ...");
    let provider =
        cargo::build("terraform-provider-pbs", &["--package", "terraform-provider-pbs"], &[])?;
    let demo = Demo::start(end_of_demo)?;
    demo.run_steps(&provider)?;
    demo.end(end_of_demo);
    Ok(())
}

/// Runs the demo with the provider in an empty root directory. The root directory has no
/// `/etc/resolv.conf`, so the provider can resolve only `localhost`. Also checks the error message
/// for another host name.
pub(crate) fn run_in_empty_root(provider: Built) -> Result<()> {
    let mut demo = Demo::start(EndOfDemo::StopServer)?;
    let root = EmptyRoot::create(&provider.executable, &demo.directory)?;
    // The root directory has no hosts file, so the provider itself has to resolve `localhost`.
    let endpoint = demo.simulator.variables["PBS_ENDPOINT"].replace("127.0.0.1", "localhost");
    demo.simulator.variables.insert("PBS_ENDPOINT".into(), endpoint);
    demo.run_steps(&Built { executable: root.launcher().to_owned(), ..provider })?;

    let unresolvable = "https://pbs.example.com:8007".to_owned();
    demo.simulator.variables.insert("PBS_ENDPOINT".into(), unresolvable);
    match demo.terraform(&["plan", "-input=false", "-no-color"]) {
        Err(error) if error.to_string().contains("/etc/resolv.conf") => {
            println!(
                "6. The provider refuses the host name pbs.example.com, because the empty root \
                 directory has no /etc/resolv.conf that names a DNS server."
            );
            Ok(())
        }
        Err(error) => {
            Err(format!("the provider's message should name /etc/resolv.conf:\n{error}").into())
        }
        Ok(_) => Err("pbs.example.com was resolved, although no DNS server is configured".into()),
    }
}

impl Demo {
    fn start(end_of_demo: EndOfDemo) -> Result<Self> {
        let program = cargo::build("pbs-sim", &["--package", "pbs-sim"], &[])?.executable;
        let cli = Cli::any()?;
        let directory = create_directory()?;
        let arguments = ["--user", USER, "--datastore", DATASTORE];
        let simulator = Simulator::start(&program, &arguments, &directory, end_of_demo)?;
        Ok(Self { cli, directory, simulator })
    }

    /// Runs the steps of the demo with this provider, and prints each step.
    fn run_steps(&self, provider: &Built) -> Result<()> {
        let endpoint = &self.simulator.variables["PBS_ENDPOINT"];
        println!(
            "1. A simulated Proxmox Backup Server runs at {endpoint}. It has the user {USER} and \
             the datastore {DATASTORE}."
        );

        self.write_files(provider)?;
        self.terraform(&["init", "-input=false", "-no-color"])?;
        println!(
            "2. `{} init` has installed the provider pbs-rs/pbs {} from a local directory.",
            self.command_name(),
            provider.version
        );

        self.terraform(&["apply", "-auto-approve", "-input=false", "-no-color"])?;
        println!(
            "3. `{} apply` ({}) has created these resources of examples/demo:",
            self.command_name(),
            self.cli
        );
        let state: Value = serde_json::from_slice(&self.terraform(&["show", "-json"])?.stdout)?;
        let resources =
            state["values"]["root_module"]["resources"].as_array().cloned().unwrap_or_default();
        for resource in &resources {
            println!("     {}: {}", text(&resource["address"])?, text(&resource["values"]["id"])?);
        }
        println!("   The outputs are:");
        print_indented(&self.terraform(&["output", "-no-color"])?.stdout);

        let token = resources.iter().find(|resource| resource["type"] == "pbs_api_token");
        let token = token.ok_or("the state has no pbs_api_token, which examples/demo creates")?;
        println!("4. The new API token authenticates over HTTPS. It has these privileges:");
        print_indented(&self.log_in(text(&token["values"]["api_token"])?)?);

        let plan = self.terraform(&["plan", "-detailed-exitcode", "-input=false", "-no-color"])?;
        if plan.status.code() != Some(0) {
            return Err(
                format!("the plan after the apply is not empty:\n{}", text_of(&plan)).into()
            );
        }
        println!("5. `{} plan` reports no changes.", self.command_name());
        Ok(())
    }

    /// Writes a copy of the example, a provider mirror, and a CLI configuration. The mirror
    /// contains this provider. In the CLI configuration, this mirror is the only source of
    /// providers.
    fn write_files(&self, provider: &Built) -> Result<()> {
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/demo");
        fs::create_dir(self.working_directory())?;
        for file in fs::read_dir(&example).map_err(|e| format!("{}: {e}", example.display()))? {
            let file = file?;
            if file.path().extension().is_some_and(|extension| extension == "tf") {
                fs::copy(file.path(), self.working_directory().join(file.file_name()))?;
            }
        }
        let mirror = self.directory.join("mirror");
        for registry in ["registry.terraform.io", "registry.opentofu.org"] {
            let directory = mirror
                .join(registry)
                .join("pbs-rs/pbs")
                .join(&provider.version)
                .join(dist::platform());
            fs::create_dir_all(&directory)?;
            let file = directory.join(format!("terraform-provider-pbs_v{}", provider.version));
            fs::copy(&provider.executable, file)?;
        }
        let mirror = mirror.display();
        let config = format!(
            "provider_installation {{\n  filesystem_mirror {{\n    path = \"{mirror}\"\n  }}\n}}\n"
        );
        Ok(fs::write(self.config_file(), config)?)
    }

    /// Runs Terraform. Exit code 2 is not an error: with `-detailed-exitcode`, it means that the
    /// plan has changes.
    fn terraform(&self, arguments: &[&str]) -> Result<Output> {
        let mut command = self.cli.command(&self.config_file());
        command.args(arguments).current_dir(self.working_directory()).envs(self.variables());
        let output = command.output()?;
        match output.status.code() {
            Some(0 | 2) => Ok(output),
            _ => Err(format!("{} {} failed:\n{}", self.cli, arguments[0], text_of(&output)).into()),
        }
    }

    /// Authenticates with the token and returns its privileges, one path per line.
    fn log_in(&self, token: &str) -> Result<Vec<u8>> {
        let mut python = Command::new("python3");
        python.args(["-I", "-c", include_str!("login.py")]).envs(&self.simulator.variables);
        python.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = python.spawn().map_err(|e| format!("python3 does not start: {e}"))?;
        process.stdin.take().ok_or("python3 has no standard input")?.write_all(token.as_bytes())?;
        let output = process.wait_with_output()?;
        if !output.status.success() {
            return Err(format!("the new token does not work: {}", text_of(&output)).into());
        }
        if output.stdout.is_empty() {
            return Err("the new token authenticates, but has no privileges".into());
        }
        Ok(output.stdout)
    }

    /// Stops the server, or prints how the user can continue with it.
    fn end(self, end_of_demo: EndOfDemo) {
        let EndOfDemo::KeepServer = end_of_demo else {
            println!(
                "Done. The simulated server is stopped. `cargo demo --keep` keeps it running, so \
                 that you can continue with Terraform yourself."
            );
            return;
        };
        let log = self.directory.join("pbs-sim.log");
        println!("Done. The simulated server keeps running. Its log is {}.", log.display());
        println!("To continue yourself, run:");
        println!("  cd {}", self.working_directory().display());
        for (name, value) in self.variables() {
            println!("  export {name}='{value}'");
        }
        println!("  export TF_CLI_CONFIG_FILE='{}'", self.config_file().display());
        println!("  {} plan", self.cli.program().display());
        println!("  kill {}    # stops the server", self.simulator.process_id());
        self.simulator.release();
    }

    /// The environment of Terraform: the server, and the input variable of the example.
    fn variables(&self) -> Vec<(&str, &str)> {
        let server = self.simulator.variables["PBS_ENDPOINT"].trim_start_matches("https://");
        let provider =
            self.simulator.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        provider.chain([("TF_VAR_server", server)]).collect()
    }

    /// `terraform` or `tofu`.
    fn command_name(&self) -> &'static str {
        match self.cli.product {
            Product::Terraform => "terraform",
            Product::OpenTofu => "tofu",
        }
    }

    /// The directory with the configuration and the state.
    fn working_directory(&self) -> PathBuf {
        self.directory.join("work")
    }

    /// The CLI configuration file of Terraform.
    fn config_file(&self) -> PathBuf {
        self.directory.join("terraform.rc")
    }
}

/// Creates an empty `target/demo`, readable only by its owner, because the state contains a secret.
fn create_directory() -> Result<PathBuf> {
    use std::os::unix::fs::DirBuilderExt;

    let directory = target_directory()?.join("demo");
    if directory.exists() {
        fs::remove_dir_all(&directory)?;
    }
    fs::DirBuilder::new().mode(0o700).create(&directory)?;
    Ok(directory)
}

fn text(value: &Value) -> Result<&str> {
    value
        .as_str()
        .ok_or_else(|| "the state does not contain an attribute that the demo displays".into())
}

fn text_of(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr].map(String::from_utf8_lossy).concat();
    text.trim().to_owned()
}

fn print_indented(text: &[u8]) {
    for line in String::from_utf8_lossy(text).lines() {
        println!("     {line}");
    }
}
