//! The rows of the configuration objects, generated from the rows of [`test_support::objects`].
//!
//! `tests/objects` tests every attribute without Terraform. There are four classes of attributes:
//! plain values, sets, nested objects and nested lists. Terraform treats all attributes of a class
//! alike. With a row of this module, the tests therefore remove one attribute of each class, and
//! change one attribute of each class outside of Terraform.

use std::{collections::BTreeMap, mem::discriminant};

use serde_json::{Value, json};
use test_support::{
    cli::World,
    objects::{self, Choice, Leaf, Needed, Which, arguments},
};

use crate::rows::{Drift, Import, Row, Stage};

pub(super) fn rows() -> Vec<Row> {
    objects::rows().into_iter().map(|row| generated(Box::leak(Box::new(row)))).collect()
}

fn generated(row: &'static objects::Row) -> Row {
    let full = row.full(Which::First);
    // Every stage contains the attributes whose change replaces the object, because a later stage
    // must be an update.
    let minimal =
        full.clone().filtered(row, |leaf| leaf.is_optional() || leaf.top_level.is_local());
    let sample = sample(row);
    let drifts = sample.iter().map(|leaf| drift(row, &full, leaf)).collect();
    let sample: Vec<_> = sample.iter().map(|leaf| leaf.top_level.attribute).collect();
    Row {
        label: row.label,
        resource: row.type_name,
        setup: leak(move |world: &World| set_up(row, world)),
        stages: vec![
            stage(row, &minimal, true),
            stage(row, &full, false),
            stage(row, &row.full(Which::Second), false),
        ]
        .leak(),
        replacements: replacements(row, &full).leak(),
        import: import(row, &full),
        rejections: rejections(row, &minimal).leak(),
        drifts: Vec::leak(drifts),
        remove: leak(move |world: &World| drop(world.api.delete(&deletion(row, world)))),
        find: leak(move |world: &World| find(row, world)),
        objects: leak(move |world: &World| own_objects(row, world)),
        is_singleton: row.is_singleton,
        sample: Some(sample.leak()),
        is_for_terraform: !row.is_representative,
        needs_simulator: row.needs_simulator,
    }
}

fn leak<F>(function: F) -> &'static F {
    Box::leak(Box::new(function))
}

/// The first removable attribute of each class: plain value, set, nested object and nested list.
fn sample(row: &objects::Row) -> Vec<Leaf<'_>> {
    let class =
        |leaf: &Leaf<'_>| (leaf.top_level.nesting, leaf.line.values[0].configured.is_array());
    let mut sample = Vec::<Leaf<'_>>::new();
    for leaf in row.leaves().filter(Leaf::is_optional) {
        if sample.iter().all(|known| class(known) != class(&leaf)) {
            sample.push(leaf);
        }
    }
    sample
}

fn stage(row: &objects::Row, choice: &Choice, creates: bool) -> Stage {
    // When a singleton is created, an attribute without a configured value gets the value on the
    // server, which the plan does not know.
    let unknown = row.lines.iter().filter(|line| creates && row.is_singleton && line.is_left_alone);
    let unknown: Vec<_> = unknown.map(|line| line.attribute).collect();
    Stage {
        body: body(&row.configuration(choice)),
        server: Value::from(shown(row, row.stored(choice))).to_string().leak(),
        unknown: unknown.leak(),
    }
}

fn body(configuration: &Value) -> &'static str {
    arguments(configuration).leak()
}

/// The second value of each attribute that cannot be updated.
fn replacements(row: &objects::Row, full: &Choice) -> Vec<(&'static str, &'static str)> {
    let replacing = row.lines.iter().filter(|line| line.replaces);
    let replacement = |line: &objects::Line| {
        let mut choice = full.clone();
        for leaf in row.leaves().filter(|leaf| leaf.top_level.attribute == line.attribute) {
            choice = row.with(&choice, &leaf, Which::Second);
        }
        (line.attribute, body(&row.configuration(&choice)))
    };
    replacing.map(replacement).collect()
}

fn import(row: &objects::Row, full: &Choice) -> Import {
    let is_local = |leaf: &Leaf<'_>| leaf.top_level.is_local();
    let creation = full.clone().filtered(row, is_local);
    let import = creation.clone().filtered(row, |leaf| leaf.top_level.is_secret);
    let secrets = row.lines.iter().filter(|line| line.is_secret).map(|line| line.attribute);
    let id: &'static str = row.id().leak();
    Import {
        body: body(&row.configuration(&import)),
        creation: Some(body(&row.configuration(&creation))),
        id,
        identity: vec![(row.key, id)].leak(),
        unavailable: secrets.collect::<Vec<_>>().leak(),
    }
}

/// A refused value of each JSON type. Attributes of nested objects are left out, because the errors
/// of OpenTofu 1.12 do not show the line of such an attribute (measured).
fn rejections(row: &objects::Row, minimal: &Choice) -> Vec<(&'static str, &'static str)> {
    let mut rejections = BTreeMap::new();
    for leaf in row.leaves().filter(|leaf| leaf.top_level.nesting.is_none()) {
        let Some(refused) = leaf.line.refused.first() else { continue };
        let configuration = row.configuration_with(minimal, &leaf, refused);
        let rejection = (leaf.top_level.attribute, body(&configuration));
        rejections.entry(format!("{:?}", discriminant(refused))).or_insert(rejection);
    }
    rejections.into_values().collect()
}

/// A change outside of Terraform that gives an attribute its second value.
fn drift(row: &'static objects::Row, full: &Choice, leaf: &Leaf<'static>) -> Drift {
    let (old, new) = (row.stored(full), row.stored(&row.with(full, leaf, Which::Second)));
    let deleted = old.keys().filter(|name| !new.contains_key(*name)).cloned();
    let mut form: Vec<_> = deleted.map(|name| ("delete".to_owned(), name)).collect();
    for (name, value) in new.iter().filter(|(name, value)| old.get(*name) != Some(value)) {
        form.extend(parameters(name, value));
    }
    let make = move |world: &World| {
        let form: Vec<_> = form
            .iter()
            .map(|(name, value)| (name.clone(), world.names.insert_into(value)))
            .collect();
        world.api.put(&item(row, world), &borrowed(&form));
    };
    Drift { attribute: leaf.top_level.attribute, make: leak(make) }
}

/// Creates the objects that the row needs.
fn set_up(row: &objects::Row, world: &World) {
    for needed in &row.needs {
        match needed {
            Needed::Object(kind, _, object) => {
                let properties = object.as_object().into_iter().flatten();
                let form: Vec<_> = properties
                    .flat_map(|(name, value)| parameters(name, value))
                    .map(|(name, value)| (name, world.names.insert_into(&value)))
                    .collect();
                world.api.post(&format!("/config/{kind}"), &borrowed(&form));
            }
            Needed::Device(uuid) => {
                if let Some(simulator) = world.simulator("a removable device") {
                    simulator.world(|world| world.add_device(uuid));
                }
            }
        }
    }
}

/// The form parameters that represent one property of an object.
fn parameters(name: &str, value: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match value {
        Value::Array(items) => items.iter().map(|item| (name.to_owned(), text(item))).collect(),
        value => vec![(name.to_owned(), text(value))],
    }
}

fn borrowed(form: &[(String, String)]) -> Vec<(&str, &str)> {
    form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// The path of the list of objects. For a singleton, this is the path of the object.
fn collection(row: &objects::Row) -> String {
    match row.is_singleton {
        true => "/nodes/localhost/config".to_owned(),
        false => format!("/config/{}", row.kind),
    }
}

/// The path of the object.
fn item(row: &objects::Row, world: &World) -> String {
    match row.is_singleton {
        true => collection(row),
        false => format!("{}/{}", collection(row), world.names.insert_into(&row.id())),
    }
}

/// The path and query of the deletion. A datastore is deleted with its data, so that it can be
/// created again in the same directory.
fn deletion(row: &objects::Row, world: &World) -> String {
    let options = if row.kind == "datastore" { "?destroy-data=1" } else { "" };
    item(row, world) + options
}

fn find(row: &objects::Row, world: &World) -> Value {
    if row.is_singleton {
        return read(row, world).into_iter().next().unwrap_or_default();
    }
    let (key, id) = (key_property(row), world.names.insert_into(&row.id()));
    let found = read(row, world).into_iter().find(|object| object[key] == *id);
    found.unwrap_or_default()
}

fn own_objects(row: &objects::Row, world: &World) -> Vec<Value> {
    let mut objects = read(row, world);
    if !row.is_singleton {
        let key = key_property(row);
        let is_own = |id: &str| world.names.belongs_to_test(id);
        objects.retain(|object| object[key].as_str().is_some_and(is_own));
        objects.sort_by_key(Value::to_string);
    }
    objects
}

fn key_property(row: &objects::Row) -> &'static str {
    row.line(row.key).property
}

/// All objects of the kind.
fn read(row: &objects::Row, world: &World) -> Vec<Value> {
    // Without the query, PBS lists only pull jobs.
    let query = if row.kind == "sync" { "?sync-direction=all" } else { "" };
    let objects = match world.api.get(&format!("{}{query}", collection(row))) {
        Value::Array(objects) => objects,
        object => vec![object],
    };
    let properties = objects.into_iter().map(|object| match object {
        Value::Object(properties) => shown(row, properties).into(),
        other => json!(other),
    });
    properties.collect()
}

/// The properties that the server shows, in a form that can be compared.
fn shown(row: &objects::Row, mut properties: objects::Properties) -> objects::Properties {
    properties
        .retain(|name, _| !row.lines.iter().any(|line| line.is_secret && line.property == name));
    row.normalized(&properties)
}
