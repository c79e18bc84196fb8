//! `cargo xtask record`: checks that the script and the fixture match. If the environment variables
//! `PBS_TEST_*` name a server, the command then records the fixture again from this server.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use xtask::{
    cli::Result,
    recording::{Recorder, Server, check, exchange, fixture, fixtures},
};

/// Checks the fixture. If `PBS_TEST_ENDPOINT` is set, this function then records the server's
/// answers into the file `output`. By default, it writes the fixture for the server's version.
///
/// # Errors
/// The script and the fixture do not match, or the recording fails.
pub(crate) fn run(output: Option<&str>) -> Result<()> {
    let file = fixture();
    let exchanges = exchange::read(&file)?;
    let findings = check(&exchanges);
    if !findings.problems.is_empty() {
        let problems = findings.problems.join("\n  ");
        return Err(format!(
            "xtask/src/recording/script and {} do not match:\n  {problems}",
            file.display()
        )
        .into());
    }
    println!("{}: each of the {} exchanges is in the script once", file.display(), exchanges.len());
    for case in &findings.not_recorded {
        println!("  not recorded yet: {case}");
    }
    let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let Some(endpoint) = variable("PBS_TEST_ENDPOINT") else {
        println!("Nothing was recorded, because PBS_TEST_ENDPOINT does not name a server.");
        return Ok(());
    };
    let required_variable = |name: &str| {
        variable(name).ok_or_else(|| format!("PBS_TEST_ENDPOINT is set, so {name} must be set too"))
    };
    let server = Server {
        endpoint: &endpoint,
        fingerprint: &required_variable("PBS_TEST_FINGERPRINT")?,
        api_token: &required_variable("PBS_TEST_API_TOKEN")?,
        delays: 1.0,
    };
    let (mut report, mut skip) = (
        |progress: &str| println!("  {progress}"),
        |change: &_, reason: &str| {
            println!("  skipped {change:?}: {reason}");
            Ok(())
        },
    );
    let recorder = Recorder::new(&server, &mut report, &mut skip)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let recording = runtime.block_on(recorder.record(&exchanges))?;
    let output = output.map_or_else(
        || fixtures().join(format!("pbs-{}", recording.version)).join("exchanges.json"),
        PathBuf::from,
    );
    if let Some(folder) = output.parent().filter(|folder| *folder != Path::new("")) {
        fs::create_dir_all(folder)?;
    }
    fs::write(&output, exchange::to_text(&recording.exchanges)?)?;
    println!(
        "Recorded {} exchanges with Proxmox Backup Server {} in {}",
        recording.exchanges.len(),
        recording.version,
        output.display()
    );
    println!(
        "{} answers differ from the recorded answers in {}.",
        recording.differences.len(),
        file.display()
    );
    for difference in &recording.differences {
        println!("\n{difference}");
    }
    Ok(())
}
