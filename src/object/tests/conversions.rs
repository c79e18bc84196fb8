//! Property tests of the conversions between attributes of Terraform and properties of PBS. Each
//! test checks every declaration.

use super::{objects, samples};
use crate::{
    object::{
        Object,
        field::{Clearing, Field, Wire},
        schema,
        wire::{self, creation_body, decode, same_properties, update_body},
    },
    pbs::{Body, Property, Record, notation::PropertyString},
};
use proptest::{prelude::*, test_runner::TestRunner};
use tf_plugin::Value;

/// The properties on the server after a request with this content. PBS first deletes and then sets
/// properties (PBS 4.2.3, recorded).
fn merged(mut record: Record, body: &Body) -> Record {
    record.retain(|name, _| !body.delete.iter().any(|deleted| deleted == name));
    let set = body.set.iter().map(|(name, value)| (name.to_string(), value.clone()));
    record.extend(set);
    record
}

/// Runs a property test with pairs of objects of each declaration. The first object of a pair is
/// the state before an update, and the second object is the state after the update. Attributes
/// whose change replaces the object have the same value in both objects.
fn for_pairs(check: impl Fn(&Object, &Value, &Value) -> Result<(), TestCaseError>) {
    for object in objects() {
        let pairs = (samples::object(&object.fields), samples::object(&object.fields));
        let outcome = TestRunner::default().run(&pairs, |(before, mut after)| {
            for field in object.fields.iter().filter(|field| field.attribute.replaces) {
                let name = &*field.attribute.name;
                let kept = before.get(name).cloned().unwrap_or_default();
                after.as_map_mut().expect("an object").insert(name.to_owned(), kept);
            }
            check(&object, &before, &after)
        });
        if let Err(error) = outcome {
            panic!("pbs_{}: {error}", object.name);
        }
    }
}

/// The record without secrets. An update sends a secret only if it changes, so the tests cannot
/// compare secrets.
fn without_secrets(fields: &[Field], record: Record) -> Record {
    let secrets = secret_properties(fields);
    record.into_iter().filter(|(name, _)| !secrets.contains(&&**name)).collect()
}

/// The names of the properties that PBS never returns.
fn secret_properties(fields: &[Field]) -> Vec<&'static str> {
    fields.iter().filter(|field| field.is_secret()).map(|field| field.property).collect()
}

/// The record without properties that PBS cannot remove, if they have their default. To remove such
/// a property, an update sets it to the default.
fn without_unremovable_defaults(fields: &[Field], mut record: Record) -> Record {
    for field in fields.iter().filter(|field| field.clearing == Clearing::Default) {
        let value = record.get(field.property).map(|property| wire::from_property(field, property));
        if value == field.attribute.default {
            record.remove(field.property);
        }
    }
    record
}

#[test]
fn what_a_creation_sends_is_read_back_as_it_was_planned() {
    for_pairs(|object, plan, _| {
        let record = merged(Record::new(), &creation_body(&object.fields, plan));
        let state = decode(&object.fields, &record, plan);
        prop_assert!(same_properties(&object.fields, &state, plan));
        let schema = schema::resource(object);
        let mut state = state;
        if object.kind.is_singleton() {
            state.as_map_mut().unwrap().insert(schema::SINGLETON.to_owned(), "x".into());
        }
        prop_assert!(state.conform(schema.ty()).is_ok());
        Ok(())
    });
}

#[test]
fn a_change_turns_the_object_on_the_server_into_the_planned_object() {
    for_pairs(|object, before, after| {
        let fields = &object.fields;
        let record = merged(Record::new(), &creation_body(fields, before));
        let changed = match update_body(fields, before, after, Some(&record)) {
            Some(body) => merged(record, &body),
            None => record,
        };
        let planned = merged(Record::new(), &creation_body(fields, after));
        let comparable =
            |record| without_unremovable_defaults(fields, without_secrets(fields, record));
        let (changed, planned) = (comparable(changed), comparable(planned));
        let state = |record| decode(fields, record, &Value::Null);
        prop_assert_eq!(changed.keys().collect::<Vec<_>>(), planned.keys().collect::<Vec<_>>());
        prop_assert!(same_properties(fields, &state(&changed), &state(&planned)));
        Ok(())
    });
}

#[test]
fn an_object_that_does_not_change_needs_no_request() {
    for_pairs(|object, plan, _| {
        prop_assert!(update_body(&object.fields, plan, plan, None).is_none());
        Ok(())
    });
}

#[test]
fn a_request_contains_only_declared_properties() {
    for_pairs(|object, before, after| {
        let declared: Vec<_> = wire::properties(&object.fields).map(|(name, _)| name).collect();
        let bodies = [
            Some(creation_body(&object.fields, after)),
            update_body(&object.fields, before, after, None),
        ];
        for body in bodies.into_iter().flatten() {
            let names = body.set.keys().chain(&body.delete);
            prop_assert!(names.into_iter().all(|name| declared.iter().any(|known| known == name)));
        }
        Ok(())
    });
}

#[test]
fn the_keys_of_a_property_string_that_the_provider_does_not_know_are_kept() {
    let mut property_strings = 0;
    for_pairs(|object, before, after| {
        for field in &object.fields {
            let Wire::Parts(parts) = &field.wire else { continue };
            let mut record = merged(Record::new(), &creation_body(&object.fields, before));
            let text = record.get(field.property).and_then(Property::as_text).unwrap_or_default();
            let mut pairs =
                PropertyString::parse(text, parts.default_key).expect("a property string");
            pairs.set("future", "1");
            record.insert(field.property.to_owned(), Property::text(pairs.to_string()));
            let body = update_body(&object.fields, before, after, Some(&record));
            let changed = body.map_or(record.clone(), |body| merged(record, &body));
            let text = changed.get(field.property).and_then(Property::as_text).unwrap_or_default();
            let pairs = PropertyString::parse(text, parts.default_key).expect("a property string");
            prop_assert_eq!(pairs.get("future"), Some("1"));
        }
        Ok(())
    });
    for object in objects() {
        let has_parts = |field: &&Field| matches!(field.wire, Wire::Parts(_));
        property_strings += object.fields.iter().filter(has_parts).count();
    }
    assert!(property_strings >= 5, "only {property_strings} property strings are declared");
}

#[test]
fn a_secret_that_pbs_returned_would_not_get_into_the_state() {
    let mut secrets = 0;
    for object in objects() {
        for property in secret_properties(&object.fields) {
            let record = Record::from([(property.to_owned(), Property::text("from-the-server"))]);
            let state = decode(&object.fields, &record, &Value::Null);
            let attributes = state.as_map().expect("an object");
            let shows = |value: &Value| value.as_str() == Some("from-the-server");
            assert!(!attributes.values().any(shows), "pbs_{}: {property}", object.name);
            secrets += 1;
        }
    }
    assert!(secrets >= 2, "only {secrets} secrets were tested");
}
