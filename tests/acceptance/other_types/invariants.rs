//! Properties that every data source, ephemeral resource, list and action must have. The comment of
//! each test names the faults against which the test guards. The other files of this folder test
//! the results of each type.

use std::{collections::BTreeSet, fs};

use pbs_sim::Simulator;
use serde_json::json;
use test_support::{
    cli::{Diagnostic, Outcome, REQUIRED_PROVIDERS, Workspace, World, clis},
    objects,
};
use xtask::{cli::Cli, release::Feature};

use super::{
    functions,
    rows::{Effect, Kind, ROWS, Row},
};
use crate::{
    features::every_cli_with,
    outage::{OUTAGES, Outage},
};

/// Creates the objects on the server that the rows need.
fn create_objects(world: &World, simulator: &Simulator) {
    let [user, path] = ["<user>", "<path>"].map(|name| world.names.insert_into(name));
    world.api.post(&format!("/access/users/{user}/token/one"), &[]);
    let entry = [("path", path.as_str()), ("auth-id", &user), ("role", "DatastoreAudit")];
    world.api.put("/access/acl", &entry);
    simulator.world(|world| {
        world.datastore_mut("store1").add_group("", "vm", "100", &user);
        world.datastore_mut("store1").namespaces.push("rows".into());
        let job = json!({ "store": "store1", "schedule": "daily", "keep-last": 3 });
        world.put_object("prune", "of-the-rows", job);
        let remote = json!({ "host": "pbs2.example.com", "auth-id": "sync@pbs" });
        world.put_object("remote", "of-the-rows", remote);
        let content = world.remote_content("of-the-rows");
        content.datastores.insert("theirs".into(), pbs_sim::Datastore::default());
        let endpoint = json!({ "endpoint": "s3.example.com", "access-key": "key" });
        world.put_object("s3", "of-the-rows", endpoint);
        world.s3_content("of-the-rows").buckets.push("backups".into());
        let device = "11111111-2222-3333-4444-555555555555";
        world.add_device(device);
        let stick = json!({ "path": "tank", "backing-device": device });
        world.put_object("datastore", "stick", stick);
        let backend = "type=s3,client=of-the-rows,bucket=backups";
        world.put_object("datastore", "cloud", json!({ "path": "/srv/c", "backend": backend }));
    });
}

/// The rows of the types that this Terraform supports, in batches. One command uses all types of a
/// batch. All data sources and ephemeral resources are in one batch, because one plan reads them.
/// Each list and each action is a batch of its own, because it needs a command of its own.
fn batches(cli: &Cli) -> Vec<Vec<&'static Row>> {
    let usable = |row: &&Row| row.kind.feature().is_none_or(|feature| cli.has(feature));
    let is_planned = |row: &&Row| matches!(row.kind, Kind::DataSource | Kind::Ephemeral);
    let (together, alone): (Vec<_>, Vec<_>) = ROWS.iter().filter(usable).partition(is_planned);
    std::iter::once(together).chain(alone.into_iter().map(|row| vec![row])).collect()
}

/// Runs the check for every batch with every Terraform, each time with a server of its own.
fn every_batch(check: impl Fn(&World, &[&Row])) {
    for cli in clis() {
        for batch in batches(cli) {
            check(&World::new(cli), &batch);
        }
    }
}

/// Replaces the configuration by the blocks of one batch.
fn write(workspace: &Workspace, world: &World, kind: Kind, blocks: &str) {
    let blocks = world.names.insert_into(blocks);
    match kind {
        Kind::List => {
            workspace.write(&format!("{REQUIRED_PROVIDERS}provider \"pbs\" {{}}\n"));
            fs::write(workspace.directory().join("it.tfquery.hcl"), blocks).expect("the query");
        }
        _ => workspace.write(&format!("{REQUIRED_PROVIDERS}{blocks}")),
    }
}

/// Runs the command that uses the types of a batch. `row` is one row of the batch.
fn run(workspace: &Workspace, variables: &[(&str, &str)], row: &Row) -> Outcome {
    let invoke = format!("-invoke={}", row.address("it"));
    let arguments = match row.kind {
        Kind::DataSource | Kind::Ephemeral => &["plan", "-json"][..],
        Kind::List => &["query", "-json"],
        Kind::Action => &["apply", "-auto-approve", "-json", &invoke],
    };
    workspace.run_with_env(variables, arguments)
}

/// The error that Terraform reports for the block `name` of the row.
fn error_of<'a>(diagnostics: &'a [Diagnostic], row: &Row, name: &str) -> Option<&'a Diagnostic> {
    let is_error = |it: &&Diagnostic| it.is_error() && it.address() == row.address(name);
    diagnostics.iter().find(is_error)
}

fn warns_of_incomplete_list(diagnostics: &[Diagnostic], row: &Row) -> bool {
    let is_about_row =
        |it: &&Diagnostic| row.kind == Kind::List || it.address() == row.address("it");
    let mut warnings = diagnostics.iter().filter(|it| !it.is_error()).filter(is_about_row);
    warnings.any(|it| it.text().contains("may be incomplete"))
}

/// Guards against a type that these tests leave out.
#[test]
fn every_type_has_a_row_and_every_function_has_calls() {
    every_cli_with(Feature::QueryAndActions, |world| {
        for kind in Kind::ALL {
            let rows = ROWS.iter().filter(|row| row.kind == kind).map(|row| row.name.to_owned());
            let (rows, mut types): (BTreeSet<_>, _) = (rows.collect(), world.types(kind.schemas()));
            if kind == Kind::DataSource {
                let objects: BTreeSet<_> =
                    objects::rows().iter().map(|row| row.type_name).collect();
                // The data sources of configuration objects have tests of their own.
                let is_object = |name: &str| {
                    ["", "s", "_servers"].iter().any(|ending| {
                        name.strip_suffix(ending).is_some_and(|name| objects.contains(name))
                    })
                };
                types.retain(|name| rows.contains(name) || !is_object(name));
            }
            assert_eq!(
                rows, types,
                "{kind:?}: each type of the provider needs a row in \
                 tests/acceptance/other_types/rows.rs (left: rows, right: types)"
            );
        }
        let names = |calls: &mut dyn Iterator<Item = &'static str>| -> BTreeSet<String> {
            calls.filter_map(|call| Some(call.split_once('(')?.0.to_owned())).collect()
        };
        let functions = world.types("functions");
        assert!(!functions.is_empty());
        for (table, calls) in [
            ("answers()", names(&mut functions::answers().into_iter().map(|(call, _)| call))),
            ("REJECTIONS", names(&mut functions::REJECTIONS.iter().map(|(call, ..)| *call))),
        ] {
            assert_eq!(
                calls, functions,
                "each function of the provider needs a call in {table} in \
                 tests/acceptance/other_types/functions.rs (left: calls, right: functions)"
            );
        }
    });
}

/// Guards against an invalid value that only the server refuses. Also guards against an error that
/// does not name the attribute.
#[test]
fn an_invalid_value_is_refused_before_any_request() {
    every_batch(|world, batch| {
        let cases = batch.iter().flat_map(|row| {
            let rejections = row.rejections.iter().enumerate();
            rejections.map(move |(number, it)| (row, format!("r{number}"), it))
        });
        let cases: Vec<_> = cases.collect();
        let Some((first, ..)) = cases.first() else { return };
        let blocks: String =
            cases.iter().map(|(row, name, (_, arguments))| row.block(name, arguments)).collect();
        let workspace = world.workspace();
        write(&workspace, world, first.kind, &blocks);
        let before = world.requests();
        let outcome = match first.kind {
            Kind::List => workspace.run(&["query", "-json"]),
            _ => workspace.run(&["plan", "-json"]),
        };
        let diagnostics = outcome.diagnostics();
        for (row, name, (attribute, _)) in cases {
            let (address, error) = (row.address(&name), error_of(&diagnostics, row, &name));
            let error = error.unwrap_or_else(|| panic!("{address} is not refused:\n{outcome}"));
            // Terraform shows no source line for a nested attribute, and none for the `config` of a
            // list. In these cases the text of the error must name the attribute.
            let points_at_attribute = match row.kind {
                Kind::DataSource | Kind::Ephemeral | Kind::Action if !attribute.contains('[') => {
                    error.points_at(attribute)
                }
                _ => error.text().starts_with(&format!("Invalid {attribute}\n")),
            };
            assert!(
                points_at_attribute,
                "the error of {address} must point at {attribute}: {error}"
            );
        }
        assert_eq!(world.requests(), before, "a request was sent:\n{outcome}");
    });
}

/// Guards against an empty result during an outage, and against an incomplete list without a
/// warning. A plan would use the incomplete list as if it were complete. Also guards against an
/// ephemeral token that remains on the server.
#[test]
fn an_outage_is_an_error_and_not_an_empty_result() {
    every_batch(|world, batch| {
        let Some(simulator) = world.simulator("a datastore of a given name") else { return };
        create_objects(world, simulator);
        let workspace = world.workspace();
        let blocks: String = batch.iter().map(|row| row.block("it", row.arguments)).collect();
        write(&workspace, world, batch[0].kind, &blocks);
        let outcome = run(&workspace, &[], batch[0]).succeeded();
        for row in batch {
            let is_warned = warns_of_incomplete_list(&outcome.diagnostics(), row);
            assert!(!is_warned, "the caller has all privileges:\n{outcome}");
        }
        for outage in OUTAGES {
            let Some((variable, value)) = outage.begin(world) else { continue };
            let variables = [(variable, value.as_str()), ("PBS_MAX_RETRIES", "0")];
            let outcome = run(&workspace, &variables, batch[0]);
            outage.end(world);
            let diagnostics = outcome.diagnostics();
            let Outage { name, reason, .. } = outage;
            for row in batch {
                let address = row.address("it");
                let error = match batch {
                    // Not every error of an action contains the address of the action.
                    [_] => diagnostics.iter().find(|it| it.is_error()),
                    _ => error_of(&diagnostics, row, "it"),
                };
                let effect = row.during(outage);
                let is_warned = warns_of_incomplete_list(&diagnostics, row);
                assert_eq!(
                    is_warned,
                    effect == Effect::Incomplete,
                    "{name}: is there a warning that the list {address} is incomplete?\n{outcome}"
                );
                if effect != Effect::Error {
                    let error = error.map(ToString::to_string).unwrap_or_default();
                    assert!(error.is_empty(), "{name}: {address} must not be affected: {error}");
                    continue;
                }
                let error =
                    error.unwrap_or_else(|| panic!("{name}: {address} has no error:\n{outcome}"));
                let text = error.text();
                let names_reason = reason.iter().any(|reason| text.contains(reason));
                assert!(names_reason, "{name}: {address} does not name the reason: {error}");
            }
        }
        let objects = world.owned().to_string();
        assert!(!objects.contains("!tf-"), "an ephemeral token remains: {objects}");
    });
}
