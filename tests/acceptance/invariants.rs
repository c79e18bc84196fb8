//! What holds for every resource, whatever it is. Each test says what would go unnoticed without it.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use xtask::release::Feature;

use crate::{
    case::{Case, every_row},
    rows::Drift,
};

/// Without it: a value that is not sent, a value that is read back otherwise (endless plans), a change that replaces the object or
/// invents new values for what depends on it, a default that cannot be returned to, an object or an old entry left behind.
#[test]
fn lifecycle() {
    every_row(|case| {
        let row = case.row;
        let before = case.world.owned();
        for (number, stage) in row.stages.iter().enumerate() {
            case.write(stage.body);
            let (plan, change) = case.plan();
            let action = if number == 0 { "create" } else { "update" };
            assert_eq!(change.actions(), [action], "the step to stage {number}:\n{plan}");
            let expected = names(stage.unknown);
            let unknown = change.unknown();
            assert!(
                unknown.is_subset(&expected),
                "unknown in the step to stage {number}: {unknown:?}, expected {expected:?}"
            );
            case.reach(stage);
        }
        case.reach(row.minimal());
        case.workspace.destroy();
        assert_eq!(
            case.world.owned(),
            before,
            "destroy has left something behind, or taken too much away"
        );
    });
}

/// Without it: an attribute that can be set and changed, but never taken back.
#[test]
fn every_optional_attribute_can_be_cleared_alone() {
    every_row(|case| {
        let Case { row, .. } = case;
        let required = attributes(row.minimal().body);
        let full: Vec<_> = row.full().body.lines().collect();
        for cleared in attributes(row.full().body).difference(&required) {
            case.reach(row.full());
            let kept = full.iter().filter(|line| attribute(line) != Some(cleared));
            case.write(&kept.copied().collect::<Vec<_>>().join("\n"));
            let (plan, change) = case.plan();
            assert_eq!(
                change.actions(),
                ["update"],
                "{cleared} cannot be cleared in place:\n{plan}"
            );
            case.workspace.apply();
            case.workspace.settled();
        }
    });
}

/// Without it: an object destroyed for a change that could be made in place, or a change that PBS cannot make in place and that is
/// silently lost.
#[test]
fn replacement_for_exactly_the_attributes_that_need_it() {
    every_row(|case| {
        let before = case.world.owned();
        for (attribute, body) in case.row.replacements {
            case.reach(case.row.full());
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
        assert_eq!(case.world.owned(), before, "a replaced object is still there");
    });
}

/// Without it: a new attribute of a resource that no stage and no replacement ever changes.
#[test]
fn every_attribute_is_changed_somewhere() {
    every_row(|case| {
        case.write(case.row.minimal().body);
        let schemas = case.workspace.run(&["providers", "schema", "-json"]).succeeded().json();
        let provider = schemas["provider_schemas"]
            .as_object()
            .into_iter()
            .flatten()
            .next()
            .map(|(_, it)| it.clone());
        let provider = provider.expect("one provider is required");
        let attributes = provider["resource_schemas"][case.row.resource]["block"]["attributes"]
            .as_object()
            .cloned();
        let attributes = attributes.expect("the provider has the resource");
        // A write-only value shows in no plan: whoever has one looks at the server instead (around/user.rs).
        let shows = |name: &str| !name.ends_with("_wo") && !name.ends_with("_wo_version");
        let settable = attributes
            .iter()
            .filter(|(_, it)| it["required"] == json!(true) || it["optional"] == json!(true))
            .filter(|(name, _)| shows(name));

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
            assert!(changed.contains(name), "no stage and no replacement changes {name}");
        }
    });
}

/// Without it: a change made outside that is not seen, or seen and not repaired, or repaired together with something else.
#[test]
fn drift_of_each_attribute_is_seen_and_repaired() {
    every_row(|case| {
        let Case { row, world, workspace } = case;
        case.reach(row.full());
        let good = (row.find)(world);
        for Drift { attribute, make } in row.drifts {
            make(world);
            assert_ne!(
                (row.find)(world),
                good,
                "the change of {attribute} outside has changed nothing"
            );
            let (plan, change) = case.plan();
            assert_eq!(change.actions(), ["update"], "drift of {attribute}:\n{plan}");
            assert_eq!(change.changed(), names(&[attribute]), "drift of {attribute}:\n{plan}");
            workspace.apply();
            workspace.settled();
            assert_eq!((row.find)(world), good, "drift of {attribute} is not repaired");
        }
    });
}

/// Without it: an object deleted outside makes every plan fail, or is never made again.
#[test]
fn what_was_deleted_outside_is_created_again() {
    every_row(|case| {
        let Case { row, world, workspace } = case;
        case.reach(row.full());
        (row.remove)(world);
        assert_eq!((row.find)(world), Value::Null, "the deletion outside has deleted nothing");
        let (plan, change) = case.plan();
        assert_eq!(change.actions(), ["create"], "after a deletion outside:\n{plan}");
        case.reach(row.full());

        (row.remove)(world);
        workspace.destroy();
    });
}

/// Without it: an import that misses attributes, or a first plan that changes what was just taken over.
#[test]
fn import_in_three_kinds() {
    every_row(|case| {
        let Case { row, world, .. } = case;
        let (address, import) = (row.address(), &row.import);
        case.apply(import.body);
        let original = case.workspace.state(&address);
        let id = world.names.fill(import.id);
        assert_eq!(original["id"], id, "the id is not what import takes");

        let of_identity = |(name, value): &(&str, &str)| {
            format!("    {name} = \"{}\"\n", world.names.fill(value))
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
            let other = world.workspace();
            other.write(&format!("{configuration}{}", block.as_deref().unwrap_or_default()));
            if block.is_some() {
                let plan = other.plan(&[]);
                let change = plan.change(&address);
                assert!(change.imports() && change.actions() == ["no-op"], "by {block:?}:\n{plan}");
                other.apply();
            } else {
                other.run(&["import", &address, &id]).succeeded();
            }
            let imported = other.state(&address);
            for (name, value) in original.as_object().expect("the state has attributes") {
                let expected =
                    if import.untold.contains(&name.as_str()) { &Value::Null } else { value };
                assert!(
                    imported[name] == *expected,
                    "{name} is not as before the import by {block:?}"
                );
            }
            other.write(&configuration);
            other.settled();
        }
    });
}

/// Without it: a mistake that only the server finds, half-way through an apply, or an error that does not say where.
#[test]
fn what_cannot_be_right_is_refused_before_any_request() {
    every_row(|case| {
        for (attribute, body) in case.row.rejections {
            case.write(body);
            let before = case.world.requests();
            let errors = case.workspace.run(&["plan", "-json"]).errors();
            assert_eq!(case.world.requests(), before, "the server was asked about {body}");
            let said: Vec<_> = errors.iter().map(ToString::to_string).collect();
            let pointed = errors.iter().any(|error| error.points_at(attribute));
            assert!(pointed, "no error points at {attribute} in {body}, but: {}", said.join("\n"));
        }
    });
}

fn names(list: &[&str]) -> BTreeSet<String> {
    list.iter().map(|&name| name.to_owned()).collect()
}

/// The attribute that a line of a body sets.
fn attribute(line: &str) -> Option<&str> {
    line.split_once('=').map(|(name, _)| name.trim())
}

fn attributes(body: &str) -> BTreeSet<&str> {
    body.lines().filter_map(attribute).collect()
}
