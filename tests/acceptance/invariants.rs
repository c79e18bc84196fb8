//! Properties that every resource must have. The comment of each test names the faults against
//! which the test guards.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use test_support::{cli::every_cli, values::names};
use xtask::release::Feature;

use crate::{
    case::{Case, every_row},
    rows::{Drift, ROWS, all_objects},
};

/// Guards against a resource that these tests leave out.
#[test]
fn every_resource_has_a_row() {
    every_cli(|world| {
        let rows: BTreeSet<_> = ROWS.iter().map(|row| row.resource.to_owned()).collect();
        let resources = world.types("resource_schemas");
        let missing: Vec<_> = resources.difference(&rows).collect();
        assert!(
            missing.is_empty(),
            "{missing:?} have no row: write one in tests/acceptance/rows and add it to ROWS in \
             tests/acceptance/rows/mod.rs"
        );
        assert_eq!(rows, resources, "ROWS has rows of resources that do not exist");
    });
}

/// Guards against these faults:
/// - A value is not sent to the server.
/// - A value is read back in another form, so no plan is empty.
/// - An update replaces the object.
/// - An update makes an attribute unknown that other resources use.
/// - A default cannot be restored.
/// - An object remains on the server after destroy.
#[test]
fn updates_reach_each_stage_and_destroy_leaves_nothing() {
    every_row(|case| {
        let row = case.row;
        let before = all_objects(&case.world);
        for (number, stage) in row.stages.iter().enumerate() {
            case.write(stage.body);
            let (plan, change) = case.plan();
            let action = if number == 0 { "create" } else { "update" };
            assert_eq!(change.actions(), [action], "the change to stage {number}:\n{plan}");
            let expected = names(stage.unknown);
            let unknown = change.unknown();
            assert!(
                unknown.is_subset(&expected),
                "unknown in the change to stage {number}: {unknown:?}, expected {expected:?}"
            );
            case.apply_stage(stage);
        }
        case.apply_stage(row.minimal());
        case.workspace.destroy();
        assert_eq!(
            all_objects(&case.world),
            before,
            "after destroy the server must have the same objects as before"
        );
    });
}

/// Guards against an attribute that can be set and changed but cannot be removed.
#[test]
fn removing_an_optional_attribute_clears_it_in_place() {
    every_row(|case| {
        let Case { row, .. } = case;
        let required = attributes(row.minimal().body);
        let full: Vec<_> = row.full().body.lines().collect();
        let is_sampled = |name: &str| row.sample.is_none_or(|sample| sample.contains(&name));
        let all = attributes(row.full().body);
        for cleared in all.difference(&required).filter(|name| is_sampled(name)) {
            case.apply_stage(row.full());
            let lines = full.iter().filter(|line| attribute(line) != Some(cleared));
            case.write(&lines.copied().collect::<Vec<_>>().join("\n"));
            let (plan, change) = case.plan();
            assert_eq!(
                change.actions(),
                ["update"],
                "{cleared} cannot be cleared in place:\n{plan}"
            );
            case.workspace.apply();
            case.workspace.assert_plan_is_empty();
        }
    });
}

/// Guards against an object that is replaced although PBS could update it. Also guards against a
/// change that is lost without an error because PBS cannot update the attribute.
#[test]
fn changing_an_attribute_that_cannot_be_updated_replaces_the_object() {
    every_row(|case| {
        let before = all_objects(&case.world);
        for (attribute, body) in case.row.replacements {
            case.apply_stage(case.row.full());
            case.write(body);
            let (plan, change) = case.plan();
            assert_eq!(change.actions(), ["delete", "create"], "a change of {attribute}:\n{plan}");
            assert_eq!(
                change.replaced_by(),
                names(&[attribute]),
                "a change of {attribute}:\n{plan}"
            );
            case.apply(body);
        }
        case.workspace.destroy();
        assert_eq!(all_objects(&case.world), before, "a replaced object still exists");
    });
}

/// Guards against a new attribute that none of these tests ever changes. `tests/objects` checks the
/// rows of configuration objects.
#[test]
fn the_rows_change_every_attribute() {
    every_row(|case| {
        if case.row.sample.is_some() {
            return;
        }
        let schemas = case.world.schemas();
        let attributes =
            schemas["resource_schemas"][case.row.resource]["block"]["attributes"].as_object();
        let attributes = attributes.expect("the provider has the resource");
        // A plan never shows a write-only attribute, so tests/acceptance/user_password.rs tests the
        // write-only attributes and their versions.
        let is_planned = |name: &str| !name.ends_with("_wo") && !name.ends_with("_wo_version");
        let settable = attributes
            .iter()
            .filter(|(_, schema)| {
                schema["required"] == json!(true) || schema["optional"] == json!(true)
            })
            .filter(|(name, _)| is_planned(name));

        let mut changed =
            names(&case.row.replacements.iter().map(|(name, _)| *name).collect::<Vec<_>>());
        for (number, stage) in case.row.stages.iter().enumerate() {
            case.write(stage.body);
            if number > 0 {
                changed.extend(case.plan().1.changed());
            }
            case.workspace.apply();
        }
        for (name, _) in settable {
            assert!(
                changed.contains(name),
                "the row of {} in tests/acceptance/rows never changes {name}: add a stage or a \
                 replacement that changes it",
                case.row.label
            );
        }
    });
}

/// Guards against drift that no plan notices, and against drift that no apply repairs. Also guards
/// against an apply that repairs the drift and makes other changes.
#[test]
fn drift_of_one_attribute_is_planned_and_repaired() {
    every_row(|case| {
        let Case { row, world, workspace } = case;
        case.apply_stage(row.full());
        let expected = (row.find)(world);
        for Drift { attribute, make } in row.drifts {
            make(world);
            assert_ne!(
                (row.find)(world),
                expected,
                "the change of {attribute} outside of Terraform had no effect"
            );
            let (plan, change) = case.plan();
            assert_eq!(change.actions(), ["update"], "drift of {attribute}:\n{plan}");
            assert_eq!(change.changed(), names(&[attribute]), "drift of {attribute}:\n{plan}");
            workspace.apply();
            workspace.assert_plan_is_empty();
            assert_eq!((row.find)(world), expected, "drift of {attribute} is not repaired");
        }
    });
}

/// An object is deleted outside of Terraform. Guards against plans that fail after the deletion.
/// Also guards against an object that is never created again.
#[test]
fn an_object_deleted_outside_of_terraform_is_created_again() {
    every_row(|case| {
        let Case { row, world, workspace } = case;
        if row.is_singleton {
            return;
        }
        case.apply_stage(row.full());
        (row.remove)(world);
        assert_eq!(
            (row.find)(world),
            Value::Null,
            "the deletion outside of Terraform had no effect"
        );
        let (plan, change) = case.plan();
        assert_eq!(change.actions(), ["create"], "after a deletion outside of Terraform:\n{plan}");
        case.apply_stage(row.full());

        (row.remove)(world);
        workspace.destroy();
    });
}

/// Guards against an import that misses attributes. Also guards against a plan that changes the
/// object right after the import.
#[test]
fn an_import_by_command_id_or_identity_gives_the_whole_state() {
    every_row(|case| {
        let Case { row, world, .. } = case;
        let (address, import) = (row.address(), &row.import);
        case.apply(import.creation.unwrap_or(import.body));
        let original = case.workspace.state(&address);
        let id = world.names.insert_into(import.id);
        // If a type has no attribute `id`, the attributes that identify the object form the import
        // id.
        let id_in_state = match &original["id"] {
            Value::String(id) => id.clone(),
            _ => {
                let values = import.identity.iter().map(|(name, _)| original[*name].as_str());
                values.flatten().collect::<Vec<_>>().join(":")
            }
        };
        assert_eq!(id_in_state, id, "the attributes are not the import id");

        let of_identity = |(name, value): &(&str, &str)| {
            format!("    {name} = \"{}\"\n", world.names.insert_into(value))
        };
        let identity: String = import.identity.iter().map(of_identity).collect();
        let by_id = format!("import {{\n  to = {address}\n  id = \"{id}\"\n}}\n");
        let by_identity =
            format!("import {{\n  to = {address}\n  identity = {{\n{identity}  }}\n}}\n");
        let mut blocks = vec![None, Some(by_id)];
        if world.cli.has(Feature::Identity) {
            blocks.push(Some(by_identity));
        }
        let configuration = case.configuration(import.body);
        for block in &blocks {
            let importer = world.workspace();
            importer.write(&format!("{configuration}{}", block.as_deref().unwrap_or_default()));
            if block.is_some() {
                let plan = importer.plan(&[]);
                let change = plan.change(&address);
                assert!(change.imports() && change.actions() == ["no-op"], "by {block:?}:\n{plan}");
                importer.apply();
            } else {
                importer.run(&["import", &address, &id]).succeeded();
            }
            let imported = importer.state(&address);
            for (name, value) in original.as_object().expect("the state has attributes") {
                let expected =
                    if import.unavailable.contains(&name.as_str()) { &Value::Null } else { value };
                assert!(
                    imported[name] == *expected,
                    "{name} differs after the import by {block:?}"
                );
            }
            importer.write(&configuration);
            importer.assert_plan_is_empty();
        }
    });
}

/// Guards against an invalid value that no plan refuses, so that the apply fails at the server.
/// Also guards against an error that does not name the attribute.
#[test]
fn an_invalid_value_is_refused_before_any_request() {
    every_row(|case| {
        for (attribute, body) in case.row.rejections {
            case.write(body);
            let before = case.world.requests();
            let errors = case.workspace.run(&["plan", "-json"]).errors();
            assert_eq!(case.world.requests(), before, "a request was sent for {body}");
            let messages: Vec<_> = errors.iter().map(ToString::to_string).collect();
            let points_at_attribute = errors.iter().any(|error| error.points_at(attribute));
            assert!(
                points_at_attribute,
                "no error points at {attribute} in {body}: {}",
                messages.join("\n")
            );
        }
    });
}

/// The attribute that a line of a body sets.
fn attribute(line: &str) -> Option<&str> {
    line.split_once('=').map(|(name, _)| name.trim())
}

/// The attributes that a body sets.
fn attributes(body: &str) -> BTreeSet<&str> {
    body.lines().filter_map(attribute).collect()
}
