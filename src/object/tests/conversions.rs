//! Property tests of the conversions between attributes and the properties of PBS, with every
//! declaration.

use super::{objects, samples};
use crate::{
    object::{
        Object,
        field::{Clearing, Field, Wire},
        schema,
        wire::{self, change, decode, same_properties, whole},
    },
    pbs::{Body, Property, Record, notation::PropertyString},
};
use proptest::{prelude::*, test_runner::TestRunner};
use tf_plugin::Value;

/// The object on the server after a request: PBS first deletes and then sets properties (PBS 4.2.3,
/// recorded).
fn merged(mut record: Record, body: &Body) -> Record {
    record.retain(|name, _| !body.delete.iter().any(|deleted| deleted == name));
    let set = body.set.iter().map(|(name, value)| (name.to_string(), value.clone()));
    record.extend(set);
    record
}

/// Runs a property test with pairs of objects of each declaration. Attributes whose change replaces
/// the object are the same in both.
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

/// The record without the properties with secrets, which an update sends only if they change.
fn without_secrets(fields: &[Field], record: Record) -> Record {
    let secrets = secret_properties(fields);
    record.into_iter().filter(|(name, _)| !secrets.contains(&&**name)).collect()
}

/// The names of the properties that PBS never returns.
fn secret_properties(fields: &[Field]) -> Vec<&'static str> {
    fields.iter().filter(|field| field.is_secret()).map(|field| field.property).collect()
}

/// The record without the defaults that an update sets because PBS cannot remove the property.
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
        let record = merged(Record::new(), &whole(&object.fields, plan));
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
fn a_change_turns_the_object_on_the_server_into_the_planned_one() {
    for_pairs(|object, before, after| {
        let fields = &object.fields;
        let record = merged(Record::new(), &whole(fields, before));
        let changed = match change(fields, before, after, Some(&record)) {
            Some(body) => merged(record, &body),
            None => record,
        };
        let planned = merged(Record::new(), &whole(fields, after));
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
        prop_assert!(change(&object.fields, plan, plan, None).is_none());
        Ok(())
    });
}

#[test]
fn a_request_contains_only_declared_properties() {
    for_pairs(|object, before, after| {
        let known: Vec<_> = wire::properties(&object.fields).map(|(name, _)| name).collect();
        let bodies =
            [Some(whole(&object.fields, after)), change(&object.fields, before, after, None)];
        for body in bodies.into_iter().flatten() {
            let names = body.set.keys().chain(&body.delete);
            prop_assert!(names.into_iter().all(|name| known.iter().any(|known| known == name)));
        }
        Ok(())
    });
}

#[test]
fn the_keys_of_a_property_string_that_the_provider_does_not_know_are_kept() {
    let mut strings = 0;
    for_pairs(|object, before, after| {
        for field in &object.fields {
            let Wire::Parts(parts) = &field.wire else { continue };
            let mut record = merged(Record::new(), &whole(&object.fields, before));
            let text = record.get(field.property).and_then(Property::as_text).unwrap_or_default();
            let mut pairs = PropertyString::parse(text, parts.default_key).expect("our own text");
            pairs.set("future", "1");
            record.insert(field.property.to_owned(), Property::text(pairs.to_string()));
            let body = change(&object.fields, before, after, Some(&record));
            let changed = body.map_or(record.clone(), |body| merged(record, &body));
            let text = changed.get(field.property).and_then(Property::as_text).unwrap_or_default();
            let pairs = PropertyString::parse(text, parts.default_key).expect("a property string");
            prop_assert_eq!(pairs.get("future"), Some("1"));
        }
        Ok(())
    });
    for object in objects() {
        let parts = |field: &&Field| matches!(field.wire, Wire::Parts(_));
        strings += object.fields.iter().filter(parts).count();
    }
    assert!(strings >= 5, "only {strings} declarations have property strings");
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
