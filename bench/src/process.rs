//! Measures the provider without Terraform: the size of its binary, its start, the call that
//! returns its schemas, and its memory after this call.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use xtask::cli::Result;

use crate::{
    figures::{Report, Rounds, milliseconds},
    host::Provider,
};

/// Adds the figures of this provider and of the other providers to the report. Measures ten starts
/// of each provider in each round.
pub(crate) fn measure(
    report: &mut Report,
    provider: &Path,
    others: &[(String, PathBuf)],
    rounds: usize,
    directory: &Path,
) -> Result<()> {
    let own = ("this provider", provider);
    let all: Vec<(&str, &Path)> = [own]
        .into_iter()
        .chain(others.iter().map(|(name, file)| (name.as_str(), file.as_path())))
        .collect();

    let sizes = all
        .iter()
        .map(|(_, program)| Ok(fs::metadata(program)?.len() as f64 / 1e6))
        .collect::<Result<Vec<_>>>()?;
    report.row("size of the release binary, MB", "≤ 12.5", comparison(&all, &sizes, 2));

    let mut starts: Vec<_> = all.iter().map(|_| Rounds::new()).collect();
    let mut cpu_times: Vec<_> = all.iter().map(|_| Rounds::new()).collect();
    let mut version_times = Rounds::new();
    // The programs are started in turn, so that other load on the machine affects all of them in
    // the same way.
    for _ in 0..rounds * 10 {
        for (number, (_, program)) in all.iter().enumerate() {
            let provider = Provider::start(program, directory)?;
            cpu_times[number].push(milliseconds(provider.cpu_time()?));
            starts[number].push(milliseconds(provider.start_time));
        }
        version_times.push(version_time(provider)?);
    }
    let medians: Vec<_> = starts.iter().map(Rounds::median).collect();
    report.row(
        "start of the process until the handshake line, with mutual TLS, ms",
        "≤ 3; ≤ 0.15 × Go, ≤ 0.7 × tf-provider",
        format!(
            "{}; smallest {:.2}; a start with --version takes {:.2}",
            comparison(&all, &medians, 2),
            starts[0].smallest(),
            version_times.median()
        ),
    );

    let medians: Vec<_> = cpu_times.iter().map(Rounds::median).collect();
    report.row(
        "CPU time of this start, ms (depends less on other load)",
        "",
        comparison(&all, &medians, 2),
    );

    let mut resident: Vec<_> = all.iter().map(|_| Rounds::new()).collect();
    let mut calls: Vec<_> = all.iter().map(|_| Rounds::new()).collect();
    for _ in 0..rounds {
        for (((name, program), memory), call) in all.iter().zip(&mut resident).zip(&mut calls) {
            let running = Provider::start(program, directory)?;
            let start = Instant::now();
            running
                .request_schema()
                .map_err(|error| format!("the schema of {name} cannot be read: {error}"))?;
            call.push(milliseconds(start.elapsed()));
            memory.push(running.resident_memory()? / 1e6);
        }
    }
    let medians: Vec<_> = calls.iter().map(Rounds::median).collect();
    report.row("GetProviderSchema on a new connection, ms", "", comparison(&all, &medians, 1));
    let medians: Vec<_> = resident.iter().map(Rounds::median).collect();
    report.row("resident memory after GetProviderSchema, MB", "≤ 9", comparison(&all, &medians, 1));
    Ok(())
}

/// The figure of this provider, followed by the figure of each other provider and its ratio to this
/// provider's figure.
fn comparison(all: &[(&str, &Path)], figures: &[f64], digits: usize) -> String {
    let own = figures[0];
    let others = all.iter().zip(figures).skip(1).map(|((name, _), figure)| {
        format!("; {name} {figure:.digits$}, ratio {:.2}", own / figure)
    });
    format!("**{own:.digits$}**{}", others.collect::<String>())
}

/// Time in milliseconds from the start to the end of the program with the option `--version`.
fn version_time(program: &Path) -> Result<f64> {
    let mut command = Command::new(program);
    command.arg("--version").env_clear().stdin(Stdio::null()).stdout(Stdio::null());
    let start = Instant::now();
    let status = command.status()?;
    match status.success() {
        true => Ok(milliseconds(start.elapsed())),
        false => Err("the provider does not print its version".into()),
    }
}
