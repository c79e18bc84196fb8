//! What holds for every data source, ephemeral resource, list and action, whatever it is. Each test says what would go unnoticed
//! without it. What each of them tells or does has tests of its own beside this file.

use std::{collections::BTreeSet, fs};

use pbs_sim::Simulator;
use test_support::cli::{Diagnostic, Outcome, REQUIRED_PROVIDERS, Workspace, World, clis};
use xtask::{cli::Cli, release::Feature};

use super::{
    functions,
    rows::{Kind, ROWS, Row},
};
use crate::{
    features::every_cli_with,
    outage::{OUTAGES, Outage},
};

/// What the rows need on the server.
fn furnish(world: &World, simulator: &Simulator) {
    let [user, path] = ["<user>", "<path>"].map(|name| world.names.fill(name));
    world.api.post(&format!("/access/users/{user}/token/one"), &[]);
    let entry = [("path", path.as_str()), ("auth-id", &user), ("role", "DatastoreAudit")];
    world.api.put("/access/acl", &entry);
    simulator.world(|world| world.datastore_mut("store1").add_group("", "vm", "100", &user));
}

/// The rows that this Terraform can use, those together that one command asks for.
fn batches(cli: &Cli) -> Vec<Vec<&'static Row>> {
    let usable = |row: &&Row| row.kind.feature().is_none_or(|feature| cli.has(feature));
    let beside = |row: &&Row| matches!(row.kind, Kind::DataSource | Kind::Ephemeral);
    let (beside, alone): (Vec<_>, Vec<_>) = ROWS.iter().filter(usable).partition(beside);
    std::iter::once(beside).chain(alone.into_iter().map(|row| vec![row])).collect()
}

/// Runs the check for every batch with every Terraform, each on a server of its own.
fn every_batch(check: impl Fn(&World, &[&Row])) {
    for cli in clis() {
        for batch in batches(cli) {
            check(&World::new(cli), &batch);
        }
    }
}

/// Makes these blocks the whole configuration; those of one batch.
fn write(workspace: &Workspace, world: &World, kind: Kind, blocks: &str) {
    let blocks = world.names.fill(blocks);
    match kind {
        Kind::List => {
            workspace.write(&format!("{REQUIRED_PROVIDERS}provider \"pbs\" {{}}\n"));
            fs::write(workspace.directory().join("it.tfquery.hcl"), blocks).expect("the query");
        }
        _ => workspace.write(&format!("{REQUIRED_PROVIDERS}{blocks}")),
    }
}

fn ask(workspace: &Workspace, variables: &[(&str, &str)], row: &Row) -> Outcome {
    let invoke = format!("-invoke={}", row.address("it"));
    let arguments = match row.kind {
        Kind::DataSource | Kind::Ephemeral => &["plan", "-json"][..],
        Kind::List => &["query", "-json"],
        Kind::Action => &["apply", "-auto-approve", "-json", &invoke],
    };
    workspace.run_with(variables, arguments)
}

fn of_row<'a>(said: &'a [Diagnostic], row: &Row, name: &str) -> Option<&'a Diagnostic> {
    said.iter().find(|it| it.is_error() && it.address() == row.address(name))
}

/// Without it: a type that none of these tests knows.
#[test]
fn every_type_has_a_row_and_every_function_has_calls() {
    every_cli_with(Feature::QueryAndActions, |world| {
        for kind in Kind::ALL {
            let rows = ROWS.iter().filter(|row| row.kind == kind).map(|row| row.name.to_owned());
            let (rows, types): (BTreeSet<_>, _) = (rows.collect(), world.types(kind.schemas()));
            assert_eq!(
                rows, types,
                "{kind:?}: the rows on the left, the provider's types on the right: write a row in \
                 tests/acceptance/other_types/rows.rs for each type that has none"
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
                "the functions of {table} in tests/acceptance/other_types/functions.rs on the left, \
                 the provider's on the right: add a call of each function that has none"
            );
        }
    });
}

/// Without it: a mistake that only the server finds, or an error that does not say where.
#[test]
fn what_cannot_be_right_is_refused_before_any_request() {
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
        let said = outcome.diagnostics();
        for (row, name, (attribute, _)) in cases {
            let (what, error) = (row.address(&name), of_row(&said, row, &name));
            let error = error.unwrap_or_else(|| panic!("nothing refuses {what}:\n{outcome}"));
            // Core finds no line for what is inside an attribute, nor in the `config` of a list; the text names it.
            let pointed = match row.kind {
                Kind::DataSource | Kind::Ephemeral | Kind::Action if !attribute.contains('[') => {
                    error.points_at(attribute)
                }
                _ => error.text().starts_with(&format!("Invalid {attribute}\n")),
            };
            assert!(pointed, "{what} should be refused because of {attribute}: {error}");
        }
        assert_eq!(world.requests(), before, "the server was asked:\n{outcome}");
    });
}

/// Without it: nothing where there is something, which a plan then acts upon; or a token for a run that nobody knows of.
#[test]
fn an_outage_is_an_error_and_never_an_empty_answer() {
    every_batch(|world, batch| {
        let Some(simulator) = world.simulator("a datastore of a given name") else { return };
        furnish(world, simulator);
        let workspace = world.workspace();
        let blocks: String = batch.iter().map(|row| row.block("it", row.arguments)).collect();
        write(&workspace, world, batch[0].kind, &blocks);
        ask(&workspace, &[], batch[0]).succeeded();
        for outage in OUTAGES {
            let Some((name, value)) = outage.begin(world) else { continue };
            let variables = [(name, value.as_str()), ("PBS_MAX_RETRIES", "0")];
            let outcome = ask(&workspace, &variables, batch[0]);
            outage.end(world);
            let said = outcome.diagnostics();
            let Outage { what, reason, .. } = outage;
            for row in batch {
                let kind = row.address("it");
                let error = match batch {
                    // Not every error of an action names it.
                    [_] => said.iter().find(|it| it.is_error()),
                    _ => of_row(&said, row, "it"),
                };
                if row.despite.contains(what) {
                    let error = error.map(ToString::to_string).unwrap_or_default();
                    assert!(error.is_empty(), "{what}: {kind} could answer: {error}");
                    continue;
                }
                let error =
                    error.unwrap_or_else(|| panic!("{what}: {kind} says nothing:\n{outcome}"));
                let text = error.text();
                let named = reason.iter().any(|reason| text.contains(reason));
                assert!(named, "{what}: {kind} does not name the reason: {error}");
            }
        }
        let left = world.owned().to_string();
        assert!(!left.contains("!tf-"), "a token for a run is left behind: {left}");
    });
}

/// Without it: a row whose exceptions are never looked at, since nothing is called so.
#[test]
fn the_rows_name_outages_that_there_are() {
    let known: BTreeSet<_> = OUTAGES.iter().map(|outage| outage.what).collect();
    for row in ROWS {
        for what in row.despite {
            assert!(known.contains(what), "{}: {what}", row.name);
        }
    }
}
