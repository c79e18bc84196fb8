//! Every example with the real Terraform: formatted as `terraform fmt` would, and valid for the first release that knows what it uses
//! as well as for the newest.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
};

use test_support::cli::{REQUIRED_PROVIDERS, Workspace, clis};
use xtask::{
    cli::Cli,
    release::{Feature, OLDEST, versions},
};

use crate::features::{every_cli_with, first_with, terraform};

const FEATURES: [(Feature, &[&str]); 5] = [
    (Feature::Functions, &["provider::"]),
    (Feature::Ephemeral, &["ephemeral \"", "ephemeral = true"]),
    (Feature::WriteOnly, &["_wo "]),
    (Feature::Identity, &["identity = {"]),
    (Feature::QueryAndActions, &["action \"", "list \""]),
];

/// A Terraform that knows no functions of providers cannot read those that are called.
#[test]
fn every_example_is_formatted() {
    every_cli_with(Feature::Functions, |world| {
        let folder = root().display().to_string();
        let outcome = world.workspace().run(&["fmt", "-check", "-diff", "-recursive", &folder]);
        assert!(outcome.code == Some(0), "an example is not formatted:\n{outcome}");
    });
}

#[test]
fn every_example_is_valid() {
    let mut tried = 0;
    for directory in directories(&root()) {
        for cli in able(&directory) {
            for files in units(&directory) {
                validate(&cli, &directory, &files);
                tried += 1;
            }
        }
    }
    let told = env::var_os("PBS_TEST_TERRAFORM").is_some();
    assert!(tried > 60 || told && tried > 0, "only {tried} examples were found");
}

/// Without it: a check that takes everything for valid.
#[test]
fn a_wrong_example_is_found() {
    let room = tempfile::tempdir().expect("a temporary directory");
    let write = |text: &str| fs::write(room.path().join("resource.tf"), text).expect("an example");
    let workspace = || Workspace::new(&clis()[0]);
    write("resource \"pbs_user\" \"it\" {\n  user_id = \"nobody\"\n}\n");
    assert!(outcome_of(&workspace(), room.path(), &["resource.tf".into()]).is_err());
    write("resource \"pbs_user\" \"it\" {\n  user_id = \"a@pbs\"\n}\n");
    assert!(outcome_of(&workspace(), room.path(), &["resource.tf".into()]).is_ok());
    write("resource \"pbs_user\" \"it\" {\n  user_id   = \"a@pbs\"\n}\n");
    let folder = room.path().display().to_string();
    workspace().run(&["fmt", "-check", &folder]).code.filter(|code| *code != 0).expect("found");
}

#[track_caller]
fn validate(cli: &Cli, directory: &Path, files: &[String]) {
    let workspace = Workspace::new(cli);
    if let Err(report) = outcome_of(&workspace, directory, files) {
        panic!("{} {files:?} is not valid for {cli}:\n{report}", directory.display());
    }
}

/// Validates these files of an example as a configuration.
fn outcome_of(workspace: &Workspace, directory: &Path, files: &[String]) -> Result<(), String> {
    let mut all = String::new();
    for file in files {
        let text = read(&directory.join(file));
        fs::write(workspace.directory().join(file), &text).expect("the example is copied");
        all += &text;
    }
    let mut around = String::new();
    if !all.contains("required_providers") {
        around += REQUIRED_PROVIDERS;
    }
    // What an example of importing or listing takes for granted.
    for line in all.lines().filter_map(|line| line.trim().strip_prefix("to = ")) {
        if !all.contains("resource \"") {
            let (kind, name) = line.split_once('.').expect("type.name");
            around += &format!("resource \"{kind}\" \"{name}\" {{\n{}\n}}\n", required(kind));
        }
    }
    fs::write(workspace.directory().join("around.tf"), around).expect("what is around it");
    let query = files.iter().any(|file| file.ends_with(".tfquery.hcl"));
    let arguments: &[&str] = if query { &["validate", "-query"] } else { &["validate"] };
    let outcome = workspace.run(arguments);
    if outcome.code == Some(0) { Ok(()) } else { Err(outcome.to_string()) }
}

fn required(kind: &str) -> &'static str {
    match kind {
        "pbs_acl" => "path = \"/\"\n auth_id = \"a@pbs\"\n role_id = \"Audit\"",
        "pbs_api_token" => "user_id = \"a@pbs\"\n token_name = \"t\"",
        "pbs_user" => "user_id = \"a@pbs\"",
        other => panic!(
            "add the required arguments of {other} to `required` in tests/acceptance/examples.rs"
        ),
    }
}

/// The Terraforms that know what the example uses: those of the suite, and the first release of all.
fn able(directory: &Path) -> Vec<Cli> {
    let mut able = clis().to_vec();
    let text: String = files(directory).iter().map(|file| read(&directory.join(file))).collect();
    let used: Vec<Feature> = FEATURES
        .iter()
        .filter(|(_, marks)| marks.iter().any(|mark| text.contains(mark)))
        .map(|(feature, _)| *feature)
        .collect();
    if env::var_os("PBS_TEST_TERRAFORM").is_none() {
        let oldest = versions().find(|version| *version >= OLDEST).expect("there is a wheel");
        let first = used.iter().map(|feature| first_with(*feature)).max().unwrap_or(oldest);
        able.push(terraform(first));
    }
    able.retain(|cli| used.iter().all(|feature| cli.has(*feature)));
    able.dedup_by_key(|cli| (cli.version, cli.program().to_owned()));
    able
}

/// The files that make a configuration together: all of an example, but each import for itself.
fn units(directory: &Path) -> Vec<Vec<String>> {
    let (imports, rest): (Vec<_>, Vec<_>) =
        files(directory).into_iter().partition(|file| file.starts_with("import-"));
    let alone = imports.into_iter().map(|file| vec![file]);
    Some(rest).filter(|rest| !rest.is_empty()).into_iter().chain(alone).collect()
}

fn files(directory: &Path) -> BTreeSet<String> {
    let names = entries(directory).into_iter().filter(|path| path.is_file());
    let names = names.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()));
    let names = names.filter(|name| name.ends_with(".tf") || name.ends_with(".tfquery.hcl"));
    names.filter(|name| !foreign(&read(&directory.join(name)))).collect()
}

/// Whether it needs a provider of somebody else, which cannot be had offline; `composed.rs` looks at what is handed to it.
fn foreign(text: &str) -> bool {
    text.contains("source = \"bpg/") || text.contains("resource \"proxmox_")
}

/// Every directory that holds configuration.
fn directories(folder: &Path) -> Vec<PathBuf> {
    let below = entries(folder).into_iter().filter(|path| path.is_dir());
    let mut found: Vec<_> = below.flat_map(|path| directories(&path)).collect();
    if !files(folder).is_empty() {
        found.push(folder.to_owned());
    }
    found
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    entries.map(|entry| entry.expect("it can be listed").path()).collect()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}
