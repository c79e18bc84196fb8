//! Compares every declaration with PBS's own description of its API, in every version. The
//! description lacks the checks that PBS makes in its code.

mod completeness;
mod limits;

use super::{
    description::{Description, Since, descriptions},
    objects,
};
use crate::{
    object::{
        Object,
        field::{Clearing, Field, Wire},
        wire,
    },
    pbs::{Key, Kind, Privilege},
};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Parameters for which there is no attribute, each with its type and the reason.
const WITHOUT: [(&str, &str, &str); 14] = [
    ("datastore", "keep-daily", "PBS turns it into a prune job or ignores it; see pbs_prune_job"),
    ("datastore", "keep-hourly", "as keep-daily"),
    ("datastore", "keep-last", "as keep-daily"),
    ("datastore", "keep-monthly", "as keep-daily"),
    ("datastore", "keep-weekly", "as keep-daily"),
    ("datastore", "keep-yearly", "as keep-daily"),
    ("datastore", "prune-schedule", "as keep-daily"),
    ("gotify_notification", "origin", "PBS ignores it and determines it itself"),
    ("gotify_notification", "filter", "PBS ignores it"),
    ("sendmail_notification", "origin", "PBS ignores it and determines it itself"),
    ("sendmail_notification", "filter", "PBS ignores it"),
    ("smtp_notification", "origin", "PBS ignores it and determines it itself"),
    ("webhook_notification", "origin", "PBS ignores it and determines it itself"),
    ("notification_matcher", "origin", "PBS ignores it and determines it itself"),
];

/// Parameters that PBS accepts in an update, and then ignores (PBS 4.2.3, recorded).
const IGNORED_BY_UPDATE: [(&str, &str); 1] = [("s3_endpoint", "put-rate-limit")];

/// Parameters of every call that are not properties of the object.
const COMMON: [&str; 3] = ["delete", "digest", "node"];

/// The path of the collection in the description. For a singleton, the path of the object.
fn path(kind: &Kind) -> String {
    let segment =
        |segment: &&str| if *segment == "localhost" { "{node}" } else { *segment }.to_owned();
    format!("/{}", kind.path.iter().map(segment).collect::<Vec<_>>().join("/"))
}

/// The path of one object in the description.
fn item_path(kind: &Kind) -> String {
    match kind.key {
        Key::Property(key) => format!("{}/{{{key}}}", path(kind)),
        Key::Singleton(_) => path(kind),
    }
}

/// The parameters of the call that creates an object. A singleton is only changed.
fn creation<'a>(description: &'a Description, kind: &Kind) -> Option<&'a Map<String, Value>> {
    let method = if kind.is_singleton() { "PUT" } else { "POST" };
    description.parameters(method, &path(kind))
}

/// The parameters of the call that changes an object.
fn update<'a>(description: &'a Description, kind: &Kind) -> Option<&'a Map<String, Value>> {
    description.parameters("PUT", &item_path(kind))
}

/// Calls `check` for every declaration and every version that has its kind.
fn for_each(check: impl Fn(&Object, &Description)) {
    let (objects, descriptions) = (objects(), descriptions());
    for object in &objects {
        let key = object.fields.iter().find(|field| field.attribute.identity);
        let has_kind = |it: &&Description| key.is_none_or(|key| exists(key, it));
        descriptions.iter().filter(has_kind).for_each(|description| check(object, description));
    }
}

/// Whether this version has the property of the field.
fn exists(field: &Field, description: &Description) -> bool {
    field.since.is_none_or(|since| description.version >= since)
}

/// The properties that only the creation has, from the hook of the declaration.
fn creation_only(object: &Object) -> BTreeSet<&'static str> {
    let set = |field: &Field| (field.attribute.name.to_string(), tf_plugin::Value::Bool(true));
    let all = tf_plugin::Value::map(object.fields.iter().map(set));
    (object.creation_only)(&all).into_iter().map(|(property, _)| property).collect()
}

#[test]
fn every_parameter_is_an_attribute_or_has_a_reason() {
    for_each(|object, description| {
        let mut known: BTreeSet<String> =
            wire::properties(&object.fields).map(|(name, _)| name).collect();
        known.extend(COMMON.map(str::to_owned));
        known.extend(creation_only(object).into_iter().map(str::to_owned));
        let excused = WITHOUT.iter().filter(|(name, ..)| *name == object.name);
        known.extend(excused.map(|(_, property, _)| (*property).to_owned()));
        for parameters in [creation(description, object.kind), update(description, object.kind)] {
            let parameters = parameters.unwrap_or_else(|| {
                panic!("PBS {} lacks the calls of {}", description.version, object.name)
            });
            for name in parameters.keys() {
                assert!(
                    known.contains(name),
                    "PBS {} has the parameter {name} of pbs_{}: declare it, or add it to WITHOUT",
                    description.version,
                    object.name
                );
            }
        }
    });
}

#[test]
fn every_reason_is_needed() {
    let descriptions = descriptions();
    for (name, property, _) in WITHOUT {
        let objects = objects();
        let object = objects.iter().find(|object| object.name == name).expect("a declaration");
        let has = |description: &Description| {
            creation(description, object.kind).is_some_and(|all| all.contains_key(property))
        };
        assert!(descriptions.iter().any(has), "{name} {property} is in no description");
    }
}

#[test]
fn every_property_exists_in_exactly_the_versions_that_the_declaration_says() {
    let since = Since::read();
    for object in objects() {
        let path = path(object.kind);
        let method = if object.kind.is_singleton() { "PUT" } else { "POST" };
        for (property, field) in wire::properties(&object.fields) {
            let name = format!("pbs_{}: {property}", object.name);
            // A property of a new kind is as new as the kind. The field of the key names this
            // version.
            let key = object.fields.iter().find(|field| field.attribute.identity);
            let declared = field.since.or(key.and_then(|key| key.since));
            assert_eq!(declared, since.of(method, &path, &property), "{name}");
            for inner in field.inner().iter().flat_map(|parts| &parts.fields) {
                let key = format!("{property}.{}", inner.property);
                // A key of a new property is as new as the property.
                let expected = since.of(method, &path, &key).filter(|it| Some(*it) != field.since);
                assert_eq!(inner.since, expected, "{name}.{}", inner.property);
            }
        }
    }
    for_each(|object, description| {
        let parameters = creation(description, object.kind).expect("a creation");
        for (property, field) in wire::properties(&object.fields) {
            assert_eq!(
                parameters.contains_key(&property),
                exists(field, description),
                "PBS {}: {property} of pbs_{}",
                description.version,
                object.name
            );
        }
    });
}

/// Whether a change of the property replaces the object, although PBS can change it: a sync job
/// with the other direction would send the data the other way.
fn is_replaced_on_purpose(object: &Object, property: &str) -> bool {
    let is_replaced = (object.name, property) == ("sync_job", "sync-direction");
    let field = |field: &&Field| field.property == property;
    assert!(!is_replaced || object.fields.iter().find(field).unwrap().attribute.replaces);
    is_replaced
}

#[test]
fn what_an_update_cannot_change_replaces_the_object() {
    for_each(|object, description| {
        let parameters = update(description, object.kind).expect("an update");
        for (property, field) in wire::properties(&object.fields) {
            let name = format!("PBS {}: {property} of pbs_{}", description.version, object.name);
            let is_ignored = IGNORED_BY_UPDATE.contains(&(object.name, &*property));
            let can_change =
                parameters.contains_key(&property) && !field.attribute.identity && !is_ignored;
            if exists(field, description) && !is_replaced_on_purpose(object, &property) {
                assert_eq!(can_change, !field.attribute.replaces, "{name}");
            }
        }
        for property in creation_only(object) {
            assert!(!parameters.contains_key(property), "PBS can change {property}");
        }
    });
}

#[test]
fn an_update_deletes_exactly_the_properties_that_pbs_can_delete() {
    for_each(|object, description| {
        let parameters = update(description, object.kind).expect("an update");
        let deletable = parameters.get("delete").map(|delete| &delete["items"]["enum"]);
        let deletable: BTreeSet<_> = deletable
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        for (property, field) in wire::properties(&object.fields) {
            let deletes = field.clearing == Clearing::Delete
                && !field.attribute.replaces
                && !matches!(field.wire, Wire::Secret { required: true });
            if exists(field, description) && !is_replaced_on_purpose(object, &property) {
                assert_eq!(
                    deletable.contains(&*property),
                    deletes,
                    "PBS {}: {property} of pbs_{}",
                    description.version,
                    object.name
                );
            }
        }
    });
}

#[test]
fn what_pbs_requires_is_required_and_nothing_else() {
    for_each(|object, description| {
        if object.kind.is_singleton() {
            return;
        }
        let parameters = creation(description, object.kind).expect("a creation");
        for (property, field) in wire::properties(&object.fields) {
            let Some(parameter) = parameters.get(&property) else { continue };
            let required = parameter["optional"] != 1;
            let declared =
                field.attribute.required || matches!(field.wire, Wire::Secret { required: true });
            assert_eq!(
                required, declared,
                "PBS {}: {property} of pbs_{}",
                description.version, object.name
            );
        }
    });
}

#[test]
fn a_default_is_that_of_pbs_in_every_version() {
    for_each(|object, description| {
        let parameters = creation(description, object.kind).expect("a creation");
        for (property, field) in wire::properties(&object.fields) {
            let Some(default) = &field.attribute.default else { continue };
            let Some(parameter) = parameters.get(&property) else { continue };
            let declared = match (default, &field.wire) {
                // PBS declares no default for most flags. A missing flag is false.
                (tf_plugin::Value::Bool(flag), Wire::Flag { inverted }) if flag == inverted => {
                    continue;
                }
                (tf_plugin::Value::Bool(flag), Wire::Flag { inverted }) => json!(flag ^ inverted),
                (tf_plugin::Value::String(text), _) => json!(text.as_str()),
                (tf_plugin::Value::Number(number), _) => json!(number.to_i64()),
                (other, _) => panic!("{property} has the default {other:?}"),
            };
            assert_eq!(
                parameter["default"], declared,
                "PBS {}: {property} of pbs_{}",
                description.version, object.name
            );
        }
    });
}

#[test]
fn the_privileges_are_those_of_the_description() {
    for_each(|object, description| {
        let kind = object.kind;
        let privileges = &kind.privileges;
        for (method, path, Privilege(name, acl_path)) in [
            ("GET", item_path(kind), privileges.read),
            ("POST", path(kind), privileges.create),
            ("PUT", item_path(kind), privileges.change),
            ("DELETE", item_path(kind), privileges.delete),
        ] {
            let Some(call) = description.call(method, &path) else {
                assert!(kind.is_singleton(), "PBS {} lacks {method} {path}", description.version);
                continue;
            };
            // If the description contains no check, PBS decides in its code.
            let Some(check) = call["permission"].get("check") else { continue };
            let segments: Vec<_> =
                check["path"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            assert_eq!(check["privs"], json!([name]), "{method} {path}");
            assert_eq!(format!("/{}", segments.join("/")), acl_path, "{method} {path}");
        }
    });
    let checks = |description: &Description| {
        let kinds = crate::pbs::kinds::ALL.iter();
        kinds
            .filter(|kind| {
                let call = description.call("PUT", &item_path(kind));
                call.is_some_and(|call| call["permission"].get("check").is_some())
            })
            .count()
    };
    let compared = descriptions().iter().map(checks).sum::<usize>();
    assert!(compared >= 4 * 6, "only {compared} privileges were compared");
}
