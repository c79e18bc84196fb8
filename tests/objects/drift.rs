//! Changes on the server that Terraform has not made, and the destruction of objects.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};
use test_support::{core::Diagnostics, objects::Which, values::names};

use crate::{
    case::{Case, every_row, rows_that},
    values::without_nulls,
};

/// A property that the provider does not know, for example a property of a later version of PBS.
const FOREIGN: &str = "x-foreign";

#[test]
fn drift_of_an_attribute_is_shown_and_repaired_without_other_changes() {
    every_row(async |case| {
        let row = case.row.clone();
        let full = row.full(Which::First);
        let config = row.configuration(&full);
        case.apply_values(&full).await;
        for leaf in row.leaves() {
            if leaf.top_level.replaces || leaf.top_level.is_local() || leaf.top_level.is_secret {
                continue;
            }
            case.step = format!("drift of {}", leaf.path());
            let changed = row.with(&full, &leaf, Which::Second);
            let mut drifted = row.stored(&changed);
            drifted.insert(FOREIGN.to_owned(), "kept".into());
            case.put(drifted);
            assert_eq!(case.planned_changes(&config).await, names(&[leaf.top_level.attribute]));
            let shown = case.state.attributes().unwrap_or_default();
            let expected = &row.configuration(&changed)[leaf.top_level.attribute];
            assert_eq!(sorted(&without_nulls(&shown[leaf.top_level.attribute])), sorted(expected));
            case.apply(&config).await;
            let mut repaired = case.raw().unwrap_or_default();
            assert_eq!(repaired.remove(FOREIGN), Some("kept".into()), "{FOREIGN} has changed");
            case.put(repaired);
            case.assert_stored(&full);
        }
    });
}

#[test]
fn a_property_removed_on_the_server_is_shown_and_set_again() {
    every_row(async |case| {
        let row = case.row.clone();
        let full = row.full(Which::First);
        let config = row.configuration(&full);
        case.apply_values(&full).await;
        for leaf in row.leaves().filter(|leaf| leaf.is_optional()) {
            case.step = format!("removal of {} on the server", leaf.path());
            case.put(row.stored(&row.without(&full, &leaf)));
            assert_eq!(case.planned_changes(&config).await, names(&[leaf.top_level.attribute]));
            case.apply_values(&full).await;
        }
    });
}

#[test]
fn an_object_deleted_on_the_server_is_created_again() {
    rows_that(
        |row| !row.is_singleton,
        async |case| {
            let minimal = case.row.minimal();
            case.apply_values(&minimal).await;
            case.delete();
            case.refresh().await;
            assert!(case.state.is_empty(), "the refresh keeps an object that does not exist");
            case.apply_values(&minimal).await;
        },
    );
}

#[test]
fn the_destruction_of_an_object_that_does_not_exist_succeeds() {
    rows_that(
        |row| !row.is_singleton,
        async |case| {
            case.apply_values(&case.row.minimal()).await;
            case.delete();
            case.destroy().await;
        },
    );
}

#[test]
fn the_destruction_leaves_nothing_that_the_configuration_has_set() {
    every_row(async |case| {
        let others = case.others();
        case.apply_values(&case.row.full(Which::First)).await;
        case.destroy().await;
        let left = case.raw().unwrap_or_default();
        assert_eq!(left, Default::default(), "the server still has properties of the object");
        assert_eq!(case.others(), others, "other objects have changed");
    });
}

#[test]
fn the_destruction_of_a_singleton_keeps_the_settings_of_other_clients() {
    rows_that(
        |row| row.is_singleton,
        async |case| {
            let row = case.row.clone();
            let leaves: Vec<_> =
                row.leaves().filter(|leaf| leaf.top_level.nesting.is_none()).collect();
            let minimal = row.minimal();
            for (index, own) in leaves.iter().enumerate() {
                let other = &leaves[(index + 1) % leaves.len()];
                case.step =
                    format!("{} set by another client, {} configured", other.path(), own.path());
                let foreign = row.with(&minimal, other, Which::Second);
                case.put(row.stored(&foreign));
                case.apply(&row.configuration(&row.with(&minimal, own, Which::First))).await;
                case.assert_stored(&row.with(&foreign, own, Which::First));
                case.destroy().await;
                case.assert_stored(&foreign);
            }
        },
    );
}

impl Case {
    /// Refreshes the state. Returns the attributes that a plan with this configuration changes in
    /// place.
    async fn planned_changes(&mut self, config: &Json) -> BTreeSet<String> {
        let (provider, mut diagnostics) = (self.provider().await, Diagnostics::default());
        let type_name = self.row.type_name;
        provider.refresh(type_name, &mut self.state, &mut diagnostics).await;
        let plan = provider.planned(type_name, &self.state, Some(config), &mut diagnostics).await;
        self.assert_none(&diagnostics);
        let plan = plan.expect("a plan");
        assert_eq!(plan.replaced_by, [""; 0], "the plan replaces the object");
        let prior = self.state.attributes().expect("the object is in the state");
        let planned = plan.attributes.as_object().expect("the object is planned");
        let changed = planned.iter().filter(|(name, value)| prior[name.as_str()] != **value);
        changed.map(|(name, _)| name.clone()).collect()
    }

    /// Deletes the object on the server.
    fn delete(&self) {
        let id = self.row.id();
        let stored = self.raw().unwrap_or_default();
        let existed = self.simulator.world(|world| {
            // Also deletes the directory of a datastore, so that the datastore can be created
            // again.
            if let Some(path) = stored.get("path").and_then(Json::as_str) {
                world.set_directory(path, None);
            }
            world.delete_object(self.row.kind, &id)
        });
        assert!(existed, "there was no object");
    }

    /// All objects of the row's kind except the object of this case.
    fn others(&self) -> Vec<Json> {
        let mut objects = self.simulator.world(|world| world.objects(self.row.kind));
        objects.remove(&self.row.id());
        objects.into_values().map(Json::from).collect()
    }
}

/// The value with sorted arrays, because the elements of a set have no order.
fn sorted(value: &Json) -> Json {
    let Json::Array(items) = value else { return value.clone() };
    let mut items = items.clone();
    items.sort_by_key(Json::to_string);
    json!(items)
}
