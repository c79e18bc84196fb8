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
    objects::OBJECTS,
    operations::OPERATIONS,
    scenario::{Before, Operation, Scenario},
};

fn scenarios() -> impl Iterator<Item = &'static Scenario> {
    OPERATIONS.iter().chain(OBJECTS)
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
        (Operation::List, _) => "list",
        (Operation::Ephemeral(_), _) => "open, renew and close as an ephemeral resource",
    }
}

/// The types of configuration objects that have all operations, one of each class. The others need
/// only a creation and an update, because one engine sends the requests of all of them.
const REPRESENTATIVES: [&str; 4] =
    ["pbs_datastore", "pbs_node_config", "pbs_prune_job", "pbs_remote"];

/// The operations that a resource needs.
fn operations(resource: &str, is_object: bool) -> &'static [&'static str] {
    match is_object && !REPRESENTATIVES.contains(&resource) {
        true => &["create"],
        // A singleton cannot be deleted outside of Terraform.
        false if resource == "pbs_node_config" => {
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
        let is_object = OBJECTS.iter().any(|scenario| scenario.type_name == name);
        for kind in operations(&name, is_object) {
            needed.insert((name.clone(), *kind));
        }
        let settable = resource.schema().attributes.iter();
        if settable.filter(|it| it.required || it.optional).any(|it| !it.replaces) {
            needed.insert((name, "update"));
        }
    }
    for list in &offers.lists {
        let name = format!("pbs_{}", list.name());
        let is_object = OBJECTS.iter().any(|scenario| scenario.type_name == name);
        if !is_object || REPRESENTATIVES.contains(&name.as_str()) {
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
        "add a scenario to OPERATIONS in tests/faults/operations.rs, or for a configuration object \
         to OBJECTS in tests/faults/objects.rs, for each of {missing:?}"
    );
    let unknown: Vec<_> = present.difference(&needed).collect();
    assert!(
        unknown.is_empty(),
        "the provider does not have {unknown:?}: remove its scenarios from \
         tests/faults/operations.rs"
    );
}
