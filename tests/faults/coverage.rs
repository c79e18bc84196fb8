//! Checks that `OPERATIONS` and `OBJECTS` have scenarios for every resource, list resource and
//! ephemeral resource.
//!
//! Data sources and actions have no scenarios. A data source changes nothing, and Terraform keeps
//! no state of an action. `tests/acceptance/other_types` tests that every data source and every
//! action reports a fault.

use std::collections::BTreeSet;

use test_support::in_process::{Variables, provider};
use tf_plugin::Provider;

use crate::{
    objects::{OBJECTS, ROWS},
    operations::OPERATIONS,
    scenario::{Before, Operation, Scenario},
};

fn scenarios() -> impl Iterator<Item = &'static Scenario> {
    OPERATIONS.iter().chain(&*OBJECTS)
}

/// The name of the operation that a scenario tests.
fn kind(scenario: &Scenario) -> &'static str {
    match (&scenario.operation, &scenario.before) {
        (Operation::Apply(_), Before::Nothing) => "create",
        (Operation::Apply(_), _) => "update",
        (Operation::Destroy, _) => "delete",
        (Operation::Replace(_), _) => "replace",
        (Operation::Import(_), _) => "import",
        (Operation::Read, _) => "read",
        (Operation::ReadDeleted, _) => "read after a deletion outside of Terraform",
        (Operation::List(_), _) => "list",
        (Operation::Ephemeral(_), _) => "open, renew and close as an ephemeral resource",
    }
}

/// The operations for which a resource needs scenarios. All configuration objects share the code
/// that sends requests. Of the configuration objects, only the types with a representative row
/// therefore need all operations.
fn operations(resource: &str) -> &'static [&'static str] {
    let row = ROWS.iter().find(|row| row.type_name == resource);
    match row.is_some_and(|row| !row.is_representative) {
        true => &["create"],
        // A singleton cannot be deleted outside of Terraform.
        false if row.is_some_and(|row| row.is_singleton) => {
            &["create", "read", "delete", "replace", "import"]
        }
        false => &[
            "create",
            "read",
            "read after a deletion outside of Terraform",
            "delete",
            "replace",
            "import",
        ],
    }
}

#[test]
fn every_registered_type_has_a_scenario_for_each_of_its_operations() {
    let offers = provider(Variables::new()).offers();
    let mut needed = BTreeSet::new();
    for resource in &offers.resources {
        let name = format!("pbs_{}", resource.name());
        for kind in operations(&name) {
            needed.insert((name.clone(), *kind));
        }
        let settable = resource.schema().attributes.iter();
        if settable.filter(|it| it.required || it.optional).any(|it| !it.replaces) {
            needed.insert((name, "update"));
        }
    }
    for list in &offers.lists {
        let name = format!("pbs_{}", list.name());
        if ROWS.iter().all(|row| row.type_name != name || row.is_representative) {
            needed.insert((name, "list"));
        }
    }
    for ephemeral in &offers.ephemerals {
        let kind = "open, renew and close as an ephemeral resource";
        needed.insert((format!("pbs_{}", ephemeral.name()), kind));
    }
    let present: BTreeSet<_> = scenarios().map(|it| (it.type_name.to_owned(), kind(it))).collect();
    let missing: Vec<_> = needed.difference(&present).collect();
    assert!(
        missing.is_empty(),
        "add a scenario for each of {missing:?}: to tests/faults/objects.rs for a configuration \
         object, and otherwise to OPERATIONS in tests/faults/operations.rs"
    );
    let unknown: Vec<_> = present.difference(&needed).collect();
    assert!(
        unknown.is_empty(),
        "the provider does not have {unknown:?}: remove its scenarios from \
         tests/faults/objects.rs or tests/faults/operations.rs"
    );
}
