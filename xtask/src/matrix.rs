//! `cargo matrix`: runs the acceptance tests with several versions of Terraform and OpenTofu. Reads
//! the results from the output of the test program and prints them as a table.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    fmt::Write as _,
    process::{Command, Stdio},
};

use xtask::{
    cli::{Cli, Result, target_directory},
    release::{Feature, NEWEST, OLDEST, Product, Version, opentofu_versions, versions},
};

/// Runs the tests with each of these versions and prints the table. If no versions are given, uses
/// [`default_versions`].
///
/// # Errors
/// A test failed, or the tests do not compile.
pub(crate) fn run(versions: &[&str]) -> Result<()> {
    let names = if versions.is_empty() { default_versions()? } else { to_strings(versions) };
    let mut table = BTreeMap::<String, BTreeMap<usize, Cell>>::new();
    let mut failed = Vec::new();
    for (column, name) in names.iter().enumerate() {
        eprintln!("== {name}");
        let report = run_tests(name)?;
        let failed_before = failed.len();
        for (test, outcome) in outcomes(&report) {
            let area = test.rsplit_once("::").map_or(test, |(area, _)| area);
            let cell = table.entry(area.to_owned()).or_default().entry(column).or_default();
            match outcome {
                Outcome::Ok => cell.ran += 1,
                Outcome::LeftOut => cell.left_out += 1,
                Outcome::Failed => {
                    cell.failed += 1;
                    failed.push(format!("{test} with {name}"));
                }
            }
        }
        if failed.len() > failed_before {
            eprintln!("{report}");
        }
    }
    println!("{}", render(&names, &table));
    match failed.as_slice() {
        [] => Ok(()),
        failed => Err(format!("these tests failed:\n  {}", failed.join("\n  ")).into()),
    }
}

/// The oldest and the newest version of Terraform, the first version with each [`Feature`], and all
/// versions of OpenTofu that can be built. Without the go command, the only OpenTofu is the one on
/// PATH, if there is one.
fn default_versions() -> Result<Vec<String>> {
    let since = Feature::ALL.iter().filter_map(|feature| feature.since(Product::Terraform));
    let first_versions: BTreeSet<Version> = since
        .chain([OLDEST, NEWEST])
        .filter_map(|since| versions().find(|version| *version >= since))
        .collect();
    let mut names: Vec<_> = first_versions.iter().map(Version::to_string).collect();
    match Cli::can_build_opentofu() {
        true => names.extend(opentofu_versions().map(|version| format!("tofu-{version}"))),
        false => names.extend(Cli::tofu()?.map(|_| "tofu".to_owned())),
    }
    Ok(names)
}

fn to_strings(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// Runs the acceptance tests with a version. Returns their output even if tests fail.
fn run_tests(name: &str) -> Result<String> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["test", "--quiet", "--package", "terraform-provider-pbs", "--test", "acceptance"]);
    cargo.arg("--target-dir").arg(target_directory()?);
    // The output for terminals is parsed, because Rust's machine-readable format is not stable.
    cargo.args(["--", "--format=pretty", "--show-output"]).env("PBS_TEST_TERRAFORM", name);
    let output = cargo.stderr(Stdio::inherit()).output()?;
    let report = String::from_utf8_lossy(&output.stdout).into_owned();
    match report.contains("test result: ") {
        true => Ok(report),
        false => Err("the acceptance tests do not compile or start; see the errors above".into()),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Ok,
    /// The test printed that it does not apply to this version.
    LeftOut,
    Failed,
}

/// The outcome of each test in the output.
fn outcomes(report: &str) -> BTreeMap<&str, Outcome> {
    let mut outcomes = BTreeMap::new();
    let mut section = None;
    for line in report.lines() {
        if let Some((test, result)) =
            line.strip_prefix("test ").and_then(|line| line.split_once(" ... "))
        {
            outcomes.insert(test, if result == "ok" { Outcome::Ok } else { Outcome::Failed });
        } else if let Some(header) = line.strip_prefix("---- ") {
            section = header.split(' ').next();
        } else if line.starts_with("left out with ")
            && let Some(outcome) = section.and_then(|test| outcomes.get_mut(test))
            && *outcome == Outcome::Ok
        {
            *outcome = Outcome::LeftOut;
        }
    }
    outcomes
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
        let _ = write!(text, " {name:>12}");
    }
    for (area, cells) in table {
        let _ = write!(text, "\n{area:width$}");
        for column in 0..names.len() {
            let cell = cells.get(&column).map_or(String::new(), show);
            let _ = write!(text, " {cell:>12}");
        }
    }
    text + "\n\nEach cell contains the number of tests that ran. \"2/3\" means that two of three\n\
        tests ran, and that the third test needs a later version. \"-\" means that all tests\n\
        need a later version. \"!1\" means that one test failed.\n"
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
    fn the_outcome_of_each_test_is_read_from_the_output() {
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
        let expected =
            [("a::one", Outcome::Ok), ("a::three", Outcome::LeftOut), ("a::two", Outcome::Failed)];
        assert_eq!(outcomes(report), expected.into());
    }

    #[test]
    fn the_first_version_with_each_feature_is_among_the_default_versions() {
        let names = default_versions().expect("the version of a tofu on PATH is known");
        for version in ["1.6.6", "1.8.4", "1.10.5", "1.11.4", "1.12.2", "1.14.9", "1.15.5"] {
            assert!(names.iter().any(|name| name == version), "{version} is not in {names:?}");
        }
    }

    #[test]
    fn a_cell_shows_how_many_tests_ran_were_left_out_and_failed() {
        let show = |ran, left_out, failed| show(&Cell { ran, left_out, failed });
        assert_eq!([show(3, 0, 0), show(2, 1, 0), show(0, 2, 0)], ["3", "2/3", "-"]);
        assert_eq!(show(1, 1, 1), "1/3 !1");
    }
}
