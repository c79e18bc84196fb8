//! Compares every declaration with PBS's description of its API, in each version of PBS for which
//! there is a fixture. PBS also makes checks in its code, which the description does not contain.

mod completeness;
mod limits;

use super::{
    description::{Description, FirstVersions, descriptions},
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

/// Parameters of PBS for which there is no attribute: the type, the parameter, and the reason.
const WITHOUT_ATTRIBUTE: [(&str, &str, &str); 14] = [
    (
        "datastore",
        "keep-daily",
        "PBS creates a prune job from it, or ignores it; see pbs_prune_job",
    ),
    ("datastore", "keep-hourly", "same reason as keep-daily"),
    ("datastore", "keep-last", "same reason as keep-daily"),
    ("datastore", "keep-monthly", "same reason as keep-daily"),
    ("datastore", "keep-weekly", "same reason as keep-daily"),
    ("datastore", "keep-yearly", "same reason as keep-daily"),
    ("datastore", "prune-schedule", "same reason as keep-daily"),
    ("gotify_notification", "origin", "PBS ignores it and determines it itself"),
    ("gotify_notification", "filter", "PBS ignores it"),
    ("sendmail_notification", "origin", "PBS ignores it and determines it itself"),
    ("sendmail_notification", "filter", "PBS ignores it"),
    ("smtp_notification", "origin", "PBS ignores it and determines it itself"),
    ("webhook_notification", "origin", "PBS ignores it and determines it itself"),
    ("notification_matcher", "origin", "PBS ignores it and determines it itself"),
];

/// Parameters that PBS accepts in an update but ignores (PBS 4.2.3, recorded): the type and the
/// parameter.
const IGNORED_BY_UPDATE: [(&str, &str); 1] = [("s3_endpoint", "put-rate-limit")];

/// Parameters that many calls have, and that are not properties of an object.
const PARAMETERS_WITHOUT_PROPERTY: [&str; 3] = ["delete", "digest", "node"];

/// The path of a kind's collection, as the description writes it. For a singleton, the path of its
/// only object.
fn path(kind: &Kind) -> String {
    let segment =
        |segment: &&str| if *segment == "localhost" { "{node}" } else { *segment }.to_owned();
    format!("/{}", kind.path.iter().map(segment).collect::<Vec<_>>().join("/"))
}

/// The path of one object of a kind, as the description writes it.
fn item_path(kind: &Kind) -> String {
    match kind.key {
        Key::Property(key) => format!("{}/{{{key}}}", path(kind)),
        Key::Singleton(_) => path(kind),
    }
}

/// The parameters of the call that creates an object. For a singleton, which cannot be created, the
/// parameters of the call that changes it.
fn creation_parameters<'a>(
    description: &'a Description,
    kind: &Kind,
) -> Option<&'a Map<String, Value>> {
    let method = if kind.is_singleton() { "PUT" } else { "POST" };
    description.parameters(method, &path(kind))
}

/// The parameters of the call that changes an object.
fn update_parameters<'a>(
    description: &'a Description,
    kind: &Kind,
) -> Option<&'a Map<String, Value>> {
    description.parameters("PUT", &item_path(kind))
}

/// Calls `check` for each declaration, once for each version of PBS that has its kind of objects.
fn for_each_version(check: impl Fn(&Object, &Description)) {
    let (objects, descriptions) = (objects(), descriptions());
    for object in &objects {
        let key = object.fields.iter().find(|field| field.attribute.identity);
        let has_kind =
            |description: &&Description| key.is_none_or(|key| has_property(description, key));
        descriptions.iter().filter(has_kind).for_each(|description| check(object, description));
    }
}

/// Whether this version of PBS has the property of the field, according to the declaration.
fn has_property(description: &Description, field: &Field) -> bool {
    field.since.is_none_or(|since| description.version >= since)
}

/// The names of the parameters that [`Object::creation_only`] adds to the request that creates an
/// object.
fn creation_only(object: &Object) -> BTreeSet<&'static str> {
    // The function may add a parameter only if an attribute is true.
    let attribute =
        |field: &Field| (field.attribute.name.to_string(), tf_plugin::Value::Bool(true));
    let plan = tf_plugin::Value::map(object.fields.iter().map(attribute));
    (object.creation_only)(&plan).into_iter().map(|(property, _)| property).collect()
}

#[test]
fn every_parameter_is_an_attribute_or_has_a_reason() {
    for_each_version(|object, description| {
        let mut known: BTreeSet<String> =
            wire::properties(&object.fields).map(|(name, _)| name).collect();
        known.extend(PARAMETERS_WITHOUT_PROPERTY.map(str::to_owned));
        known.extend(creation_only(object).into_iter().map(str::to_owned));
        let without_attribute = WITHOUT_ATTRIBUTE.iter().filter(|(name, ..)| *name == object.name);
        known.extend(without_attribute.map(|(_, property, _)| (*property).to_owned()));
        for parameters in [
            creation_parameters(description, object.kind),
            update_parameters(description, object.kind),
        ] {
            let parameters = parameters.unwrap_or_else(|| {
                panic!("PBS {} lacks the calls of {}", description.version, object.name)
            });
            for name in parameters.keys() {
                assert!(
                    known.contains(name),
                    "PBS {} has the parameter {name} of pbs_{}: declare it, or add it \
                     to WITHOUT_ATTRIBUTE",
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
    for (name, property, _) in WITHOUT_ATTRIBUTE {
        let objects = objects();
        let object = objects.iter().find(|object| object.name == name).expect("a declaration");
        let has = |description: &Description| {
            creation_parameters(description, object.kind)
                .is_some_and(|all| all.contains_key(property))
        };
        assert!(descriptions.iter().any(has), "{name} {property} is in no description");
    }
}

#[test]
fn every_property_exists_in_exactly_the_versions_that_the_declaration_says() {
    let first_versions = FirstVersions::read();
    for object in objects() {
        let path = path(object.kind);
        let method = if object.kind.is_singleton() { "PUT" } else { "POST" };
        for (property, field) in wire::properties(&object.fields) {
            let name = format!("pbs_{}: {property}", object.name);
            // If a later version of PBS has added the whole kind, only the field with the id
            // declares this version. All other properties of the kind have the same version.
            let key = object.fields.iter().find(|field| field.attribute.identity);
            let declared = field.since.or(key.and_then(|key| key.since));
            assert_eq!(declared, first_versions.of_parameter(method, &path, &property), "{name}");
            for inner in field.parts_of_value().iter().flat_map(|parts| &parts.fields) {
                let key = format!("{property}.{}", inner.property);
                // If a later version has added the whole property, only the field of the property
                // declares this version. Its keys have the same version.
                let expected = first_versions
                    .of_parameter(method, &path, &key)
                    .filter(|version| Some(*version) != field.since);
                assert_eq!(inner.since, expected, "{name}.{}", inner.property);
            }
        }
    }
    for_each_version(|object, description| {
        let parameters = creation_parameters(description, object.kind).expect("a creation");
        for (property, field) in wire::properties(&object.fields) {
            assert_eq!(
                parameters.contains_key(&property),
                has_property(description, field),
                "PBS {}: {property} of pbs_{}",
                description.version,
                object.name
            );
        }
    });
}

/// Whether a change of the property replaces the object, although PBS can change the property. This
/// is the case for the direction of a sync job: an update of the direction would make the same job
/// copy the data in the opposite direction.
fn is_replaced_on_purpose(object: &Object, property: &str) -> bool {
    let is_replaced = (object.name, property) == ("sync_job", "sync-direction");
    let field = |field: &&Field| field.property == property;
    assert!(!is_replaced || object.fields.iter().find(field).unwrap().attribute.replaces);
    is_replaced
}

#[test]
fn what_an_update_cannot_change_replaces_the_object() {
    for_each_version(|object, description| {
        let parameters = update_parameters(description, object.kind).expect("an update");
        for (property, field) in wire::properties(&object.fields) {
            let name = format!("PBS {}: {property} of pbs_{}", description.version, object.name);
            let is_ignored = IGNORED_BY_UPDATE.contains(&(object.name, &*property));
            let can_change =
                parameters.contains_key(&property) && !field.attribute.identity && !is_ignored;
            if has_property(description, field) && !is_replaced_on_purpose(object, &property) {
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
    for_each_version(|object, description| {
        let parameters = update_parameters(description, object.kind).expect("an update");
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
            if has_property(description, field) && !is_replaced_on_purpose(object, &property) {
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
    for_each_version(|object, description| {
        if object.kind.is_singleton() {
            return;
        }
        let parameters = creation_parameters(description, object.kind).expect("a creation");
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
    for_each_version(|object, description| {
        let parameters = creation_parameters(description, object.kind).expect("a creation");
        for (property, field) in wire::properties(&object.fields) {
            let Some(default) = &field.attribute.default else { continue };
            let Some(parameter) = parameters.get(&property) else { continue };
            let declared = match (default, &field.wire) {
                // The description contains no default for most flags. A missing flag is false.
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
    for_each_version(|object, description| {
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
            // If the description contains no check, PBS checks the privileges in its code.
            let Some(check) = call["permission"].get("check") else { continue };
            let segments: Vec<_> =
                check["path"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            assert_eq!(check["privs"], json!([name]), "{method} {path}");
            assert_eq!(format!("/{}", segments.join("/")), acl_path, "{method} {path}");
        }
    });
    let count_of_checks = |description: &Description| {
        let kinds = crate::pbs::kinds::ALL.iter();
        kinds
            .filter(|kind| {
                let call = description.call("PUT", &item_path(kind));
                call.is_some_and(|call| call["permission"].get("check").is_some())
            })
            .count()
    };
    let compared = descriptions().iter().map(count_of_checks).sum::<usize>();
    assert!(compared >= 4 * 6, "only {compared} privileges were compared");
}
