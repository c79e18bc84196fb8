//! The acceptance suite with every Terraform that differs from its neighbours, and with OpenTofu where there is one, as a table of
//! what ran where. Knows no test: it reads what the test program says.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    fmt::Write as _,
    process::{Command, Stdio},
};

use xtask::{
    cli::{Cli, Result, target_directory},
    release::{Feature, NEWEST, OLDEST, Product, Version, versions},
};

/// Runs the suite with each of these versions, or with all that matter, and prints the table.
///
/// # Errors
/// A test failed, or the suite does not build.
pub(crate) fn run(wanted: &[&str]) -> Result<()> {
    let names = if wanted.is_empty() { all()? } else { owned(wanted) };
    let mut table = BTreeMap::<String, BTreeMap<usize, Cell>>::new();
    let mut failed = Vec::new();
    for (column, name) in names.iter().enumerate() {
        eprintln!("== {name}");
        let report = suite(name)?;
        for (test, ending) in endings(&report) {
            let area = test.rsplit_once("::").map_or(test, |(area, _)| area);
            let cell = table.entry(area.to_owned()).or_default().entry(column).or_default();
            match ending {
                Ending::Ok => cell.ran += 1,
                Ending::LeftOut => cell.left_out += 1,
                Ending::Failed => {
                    cell.failed += 1;
                    failed.push(format!("{test} with {name}"));
                }
            }
        }
        if !failed.is_empty() {
            eprintln!("{report}");
        }
    }
    println!("{}", render(&names, &table));
    match failed.as_slice() {
        [] => Ok(()),
        failed => Err(format!("these have failed:\n  {}", failed.join("\n  ")).into()),
    }
}

/// The oldest, the first with each feature, the newest; OpenTofu if it is on PATH.
fn all() -> Result<Vec<String>> {
    let since = Feature::ALL.iter().filter_map(|feature| feature.since(Product::Terraform));
    let begins: BTreeSet<Version> = since
        .chain([OLDEST, NEWEST])
        .filter_map(|since| versions().find(|version| *version >= since))
        .collect();
    let mut names: Vec<_> = begins.iter().map(Version::to_string).collect();
    names.extend(Cli::tofu()?.map(|_| "tofu".to_owned()));
    Ok(names)
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// What the test program says, whether its tests pass or fail.
fn suite(name: &str) -> Result<String> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["test", "--quiet", "--package", "terraform-provider-pbs", "--test", "acceptance"]);
    cargo.arg("--target-dir").arg(target_directory()?);
    // In the format of a person, since the one for programs is not stable.
    cargo.args(["--", "--format=pretty", "--show-output"]).env("PBS_TEST_TERRAFORM", name);
    let output = cargo.stderr(Stdio::inherit()).output()?;
    let report = String::from_utf8_lossy(&output.stdout).into_owned();
    match report.contains("test result: ") {
        true => Ok(report),
        false => Err("the acceptance tests do not run; cargo's words are above".into()),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Ok,
    /// It says that it had nothing to do with this version.
    LeftOut,
    Failed,
}

/// How each test has ended.
fn endings(report: &str) -> BTreeMap<&str, Ending> {
    let mut endings = BTreeMap::new();
    let mut section = None;
    for line in report.lines() {
        if let Some((test, ending)) =
            line.strip_prefix("test ").and_then(|line| line.split_once(" ... "))
        {
            endings.insert(test, if ending == "ok" { Ending::Ok } else { Ending::Failed });
        } else if let Some(header) = line.strip_prefix("---- ") {
            section = header.split(' ').next();
        } else if line.starts_with("left out with ")
            && let Some(ending) = section.and_then(|test| endings.get_mut(test))
            && *ending == Ending::Ok
        {
            *ending = Ending::LeftOut;
        }
    }
    endings
}

#[derive(Default)]
struct Cell {
    ran: usize,
    left_out: usize,
    failed: usize,
}

fn render(names: &[String], table: &BTreeMap<String, BTreeMap<usize, Cell>>) -> String {
    let width = table.keys().map(String::len).max().unwrap_or_default();
    let mut text = format!("{:width$}", "");
    for name in names {
        let _ = write!(text, " {name:>9}");
    }
    for (area, cells) in table {
        let _ = write!(text, "\n{area:width$}");
        for column in 0..names.len() {
            let shown = cells.get(&column).map_or(String::new(), show);
            let _ = write!(text, " {shown:>9}");
        }
    }
    text + "\n\nTests that ran; of how many, where some need a later version; - where all do.\n"
}

fn show(cell: &Cell) -> String {
    let Cell { ran, left_out, failed } = *cell;
    match (ran, left_out, failed) {
        (0, _, 0) => "-".to_owned(),
        (ran, 0, 0) => ran.to_string(),
        (ran, left_out, 0) => format!("{ran}/{}", ran + left_out),
        (ran, left_out, failed) => format!("{ran}/{} !{failed}", ran + left_out + failed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_read_as_people_read_it() {
        let report = "running 3 tests\n\
            test a::one ... ok\n\
            test a::two ... FAILED\n\
            test a::three ... ok\n\
            successes:\n\
            ---- a::three stdout ----\n\
            left out with Terraform 1.6.6: Functions came later\n\
            failures:\n\
            ---- a::two stdout ----\n\
            left out with Terraform 1.6.6: Functions came later\n\
            test result: FAILED. 2 passed; 1 failed;\n";
        let wanted =
            [("a::one", Ending::Ok), ("a::three", Ending::LeftOut), ("a::two", Ending::Failed)];
        assert_eq!(endings(report), wanted.into());
    }

    #[test]
    fn every_version_that_differs_is_a_column() {
        let names = all().expect("whatever is on PATH says its version");
        for version in ["1.6.6", "1.8.4", "1.10.5", "1.11.4", "1.12.2", "1.14.9", "1.15.5"] {
            assert!(names.iter().any(|name| name == version), "{version} is not in {names:?}");
        }
    }

    #[test]
    fn a_cell_shows_what_ran() {
        let show = |ran, left_out, failed| show(&Cell { ran, left_out, failed });
        assert_eq!([show(3, 0, 0), show(2, 1, 0), show(0, 2, 0)], ["3", "2/3", "-"]);
        assert_eq!(show(1, 1, 1), "1/3 !1");
    }
}
