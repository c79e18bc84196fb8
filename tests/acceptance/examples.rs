//! Checks every example with the real Terraform. `terraform fmt` must not change the example. The
//! example must be valid for the newest release, and for the first release with all features that
//! the example uses.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
};

use test_support::{
    cli::{REQUIRED_PROVIDERS, Workspace, clis},
    objects,
};
use xtask::{
    cli::Cli,
    release::{Feature, OLDEST, Version, versions},
};

use crate::features::{every_cli_with, first_with, terraform};

/// The features, each with the texts that show that an example uses it.
const FEATURES: [(Feature, &[&str]); 5] = [
    (Feature::Functions, &["provider::"]),
    (Feature::Ephemeral, &["ephemeral \"", "ephemeral = true"]),
    (Feature::WriteOnly, &["_wo "]),
    (Feature::Identity, &["identity = {"]),
    (Feature::QueryAndActions, &["action \"", "list \""]),
];

/// Needs a Terraform with provider functions. Older versions cannot parse the examples that call
/// functions.
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
    let mut validated = 0;
    for directory in directories(&root()) {
        for cli in usable_clis(&directory) {
            for files in configurations(&directory) {
                validate(&cli, &directory, &files);
                validated += 1;
            }
        }
    }
    let versions_are_set = env::var_os("PBS_TEST_TERRAFORM").is_some();
    assert!(
        validated > 60 || versions_are_set && validated > 0,
        "only {validated} examples were found"
    );
}

/// Guards against checks that accept everything.
#[test]
fn an_invalid_or_unformatted_example_fails() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let write =
        |text: &str| fs::write(directory.path().join("resource.tf"), text).expect("an example");
    let workspace = || Workspace::new(&clis()[0]);
    write("resource \"pbs_user\" \"it\" {\n  user_id = \"nobody\"\n}\n");
    assert!(outcome_of(&workspace(), directory.path(), &["resource.tf".into()]).is_err());
    write("resource \"pbs_user\" \"it\" {\n  user_id = \"a@pbs\"\n}\n");
    assert!(outcome_of(&workspace(), directory.path(), &["resource.tf".into()]).is_ok());
    write("resource \"pbs_user\" \"it\" {\n  user_id   = \"a@pbs\"\n}\n");
    let folder = directory.path().display().to_string();
    workspace()
        .run(&["fmt", "-check", &folder])
        .code
        .filter(|code| *code != 0)
        .expect("the exit code says that the file is not formatted");
}

#[track_caller]
fn validate(cli: &Cli, directory: &Path, files: &[String]) {
    let workspace = Workspace::new(cli);
    if let Err(report) = outcome_of(&workspace, directory, files) {
        panic!("{} {files:?} is not valid for {cli}:\n{report}", directory.display());
    }
}

/// Validates these files of an example as one configuration.
fn outcome_of(workspace: &Workspace, directory: &Path, files: &[String]) -> Result<(), String> {
    let mut all = String::new();
    for file in files {
        let text = read(&directory.join(file));
        fs::write(workspace.directory().join(file), &text).expect("the example is copied");
        all += &text;
    }
    let mut context = String::new();
    if !all.contains("required_providers") {
        context += REQUIRED_PROVIDERS;
    }
    // An import example does not contain the resource into which it imports, but Terraform needs
    // this resource.
    for line in all.lines().filter_map(|line| line.trim().strip_prefix("to = ")) {
        if !all.contains("resource \"") {
            let (type_name, name) = line.split_once('.').expect("type.name");
            context +=
                &format!("resource \"{type_name}\" \"{name}\" {{\n{}\n}}\n", required(type_name));
        }
    }
    fs::write(workspace.directory().join("context.tf"), context).expect("the context is written");
    let is_query = files.iter().any(|file| file.ends_with(".tfquery.hcl"));
    let arguments: &[&str] = if is_query { &["validate", "-query"] } else { &["validate"] };
    let outcome = workspace.run(arguments);
    if outcome.code == Some(0) { Ok(()) } else { Err(outcome.to_string()) }
}

/// The required arguments of a resource.
fn required(type_name: &str) -> String {
    let fixed = match type_name {
        "pbs_acl" => "path = \"/\"\n auth_id = \"a@pbs\"\n role_id = \"Audit\"",
        "pbs_api_token" => "user_id = \"a@pbs\"\n token_name = \"t\"",
        "pbs_namespace" => "datastore = \"store1\"\n path = \"prod\"",
        "pbs_user" => "user_id = \"a@pbs\"",
        _ => {
            let row = objects::types().into_iter().find(|row| row.type_name == type_name);
            let row = row.unwrap_or_else(|| {
                panic!(
                    "add the required arguments of {type_name} to `required` in \
                     tests/acceptance/examples.rs"
                )
            });
            let row = row.with_name("example");
            return objects::arguments(&row.configuration(&row.minimal()));
        }
    };
    fixed.to_owned()
}

/// The Terraform versions with which an example is tested. These are the versions of the test run
/// that have all features of the example. If `PBS_TEST_TERRAFORM` is not set, the first release
/// with all features of the example is added.
fn usable_clis(directory: &Path) -> Vec<Cli> {
    let mut usable = clis().to_vec();
    let text: String = files(directory).iter().map(|file| read(&directory.join(file))).collect();
    let used: Vec<Feature> = FEATURES
        .iter()
        .filter(|(_, marks)| marks.iter().any(|mark| text.contains(mark)))
        .map(|(feature, _)| *feature)
        .collect();
    if env::var_os("PBS_TEST_TERRAFORM").is_none() {
        let oldest =
            versions().find(|version| *version >= OLDEST).expect("a release can be fetched");
        let first = used.iter().map(|feature| first_with(*feature)).max().unwrap_or(oldest);
        usable.push(terraform(first));
    }
    // OpenTofu has functions since 1.7, but the examples with functions require 1.8.
    let required = required_version(&text);
    usable.retain(|cli| cli.version >= required && used.iter().all(|feature| cli.has(*feature)));
    usable.dedup_by_key(|cli| (cli.version, cli.program().to_owned()));
    usable
}

/// The version in `required_version = ">= 1.8"`. Without such an argument, the oldest supported
/// version.
fn required_version(text: &str) -> Version {
    let Some((_, rest)) = text.split_once("required_version = \">= ") else { return OLDEST };
    let version = rest.split('"').next().unwrap_or_default();
    format!("{version}.0").parse().expect("a version with two numbers")
}

/// The example's files, grouped into configurations. Each import example is a configuration of its
/// own. All other files together are one configuration.
fn configurations(directory: &Path) -> Vec<Vec<String>> {
    let (imports, other_files): (Vec<_>, Vec<_>) =
        files(directory).into_iter().partition(|file| file.starts_with("import-"));
    let import_files = imports.into_iter().map(|file| vec![file]);
    Some(other_files)
        .filter(|other_files| !other_files.is_empty())
        .into_iter()
        .chain(import_files)
        .collect()
}

fn files(directory: &Path) -> BTreeSet<String> {
    let names = entries(directory).into_iter().filter(|path| path.is_file());
    let names = names.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()));
    let names = names.filter(|name| name.ends_with(".tf") || name.ends_with(".tfquery.hcl"));
    names.filter(|name| can_be_copied_alone(&read(&directory.join(name)))).collect()
}

/// Whether the file needs neither another provider, which would have to be downloaded, nor a module
/// of another directory. `composed_examples` applies the other examples.
fn can_be_copied_alone(text: &str) -> bool {
    !needs_another_provider(text) && !text.contains("source = \"../")
}

fn needs_another_provider(text: &str) -> bool {
    text.contains("source = \"bpg/") || text.contains("resource \"proxmox_")
}

/// All directories with configurations.
fn directories(folder: &Path) -> Vec<PathBuf> {
    let below = entries(folder).into_iter().filter(|path| path.is_dir());
    let mut directories: Vec<_> = below.flat_map(|path| self::directories(&path)).collect();
    if !files(folder).is_empty() {
        directories.push(folder.to_owned());
    }
    directories
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.expect("the entry can be read").path()).collect()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}
