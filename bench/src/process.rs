//! The process by itself: how large its file is, how soon it is there, and what it takes to hold its schema.

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

pub(crate) fn measure(
    report: &mut Report,
    provider: &Path,
    beside: &[(String, PathBuf)],
    rounds: usize,
    room: &Path,
) -> Result<()> {
    let ours = ("ours", provider);
    let all: Vec<(&str, &Path)> = [ours]
        .into_iter()
        .chain(beside.iter().map(|(name, file)| (name.as_str(), file.as_path())))
        .collect();

    let sizes = all
        .iter()
        .map(|(_, program)| Ok(fs::metadata(program)?.len() as f64 / 1e6))
        .collect::<Result<Vec<_>>>()?;
    report.row("release binary, MB", "≤ 10", beside_each_other(&all, &sizes, 2));

    let mut starts: Vec<_> = all.iter().map(|_| Rounds::new()).collect();
    let mut processor: Vec<_> = all.iter().map(|_| Rounds::new()).collect();
    let mut floor = Rounds::new();
    // In turns, so that a disturbance befalls all of them.
    for _ in 0..rounds * 10 {
        for (number, (_, program)) in all.iter().enumerate() {
            let started = Provider::start(program, room)?;
            processor[number].push(milliseconds(started.on_processor()?));
            starts[number].push(milliseconds(started.took));
        }
        floor.push(version(provider)?);
    }
    let medians: Vec<_> = starts.iter().map(Rounds::median).collect();
    report.row(
        "start to handshake line with mutual TLS, ms",
        "≤ 3; ≤ 0.15 × Go, ≤ 0.7 × tf-provider",
        format!(
            "{}; least {:.2}; {:.2} of it is the start of a process that prints its version",
            beside_each_other(&all, &medians, 2),
            starts[0].least(),
            floor.median()
        ),
    );

    let medians: Vec<_> = processor.iter().map(Rounds::median).collect();
    report.row(
        "processor's time of this start, ms (a loaded machine changes it less)",
        "",
        beside_each_other(&all, &medians, 2),
    );

    let mut resident: Vec<_> = all.iter().map(|_| Rounds::new()).collect();
    for _ in 0..rounds {
        for ((name, program), memory) in all.iter().zip(&mut resident) {
            let running = Provider::start(program, room)?;
            running.schema().map_err(|error| format!("the schema of {name}: {error}"))?;
            memory.push(running.resident()? / 1e6);
        }
    }
    let medians: Vec<_> = resident.iter().map(Rounds::median).collect();
    report.row(
        "resident memory after GetProviderSchema, MB",
        "≤ 9",
        beside_each_other(&all, &medians, 1),
    );
    Ok(())
}

/// Ours, then each other one with the ratio of ours to it.
fn beside_each_other(all: &[(&str, &Path)], figures: &[f64], digits: usize) -> String {
    let own = figures[0];
    let others = all.iter().zip(figures).skip(1).map(|((name, _), figure)| {
        format!("; {name} {figure:.digits$}, ratio {:.2}", own / figure)
    });
    format!("**{own:.digits$}**{}", others.collect::<String>())
}

/// What starting the program takes when it has nothing to do, in milliseconds.
fn version(program: &Path) -> Result<f64> {
    let mut command = Command::new(program);
    command.arg("--version").env_clear().stdin(Stdio::null()).stdout(Stdio::null());
    let begun = Instant::now();
    let status = command.status()?;
    match status.success() {
        true => Ok(milliseconds(begun.elapsed())),
        false => Err("the provider does not print its version".into()),
    }
}
