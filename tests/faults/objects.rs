//! The scenarios for the types of configuration objects, generated from the rows in
//! [`test_support::objects`]. All these types share the code that sends requests, so only the types
//! with a representative row have every operation. The other types have the creation, the creation
//! whose response is lost, and the update, because the requests of these operations differ most
//! from type to type.

use std::sync::LazyLock;

use serde_json::{Value as Json, json};
use test_support::objects::{self, Row, Which};

use crate::scenario::{Before, Configuration, DEFAULTS, Operation, OwnFault, Scenario};

/// The rows of all types.
pub(crate) static ROWS: LazyLock<Vec<Row>> =
    LazyLock::new(|| objects::types().into_iter().map(|row| row.with_name("it")).collect());

/// The scenarios of all types.
pub(crate) static OBJECTS: LazyLock<Vec<Scenario>> =
    LazyLock::new(|| ROWS.iter().flat_map(scenarios).collect());

fn scenarios(row: &'static Row) -> Vec<Scenario> {
    let [one, two] = [Which::First, Which::Second].map(|which| configuration(row, which));
    let id: &'static str = row.id().leak();
    let scenario = |name, before, operation| Scenario {
        type_name: row.type_name,
        name,
        before,
        operation,
        object: Some(row),
        ..DEFAULTS
    };
    let create = || scenario("create", Before::Nothing, Operation::Apply(one));
    let mut scenarios =
        vec![create(), scenario("update", Before::Applied(one), Operation::Apply(two))];
    if !row.is_singleton {
        // The response to the creation is lost at both tries, and the fault happens at another
        // request.
        let path = format!("/config/{}", row.kind).leak();
        let fault = OwnFault { method: "POST", path, times: 2 };
        let name = "create with a lost response";
        scenarios.push(Scenario { name, own_fault: Some(fault), ..create() });
    }
    if row.is_representative {
        scenarios.extend([
            scenario("read", Before::Applied(one), Operation::Read),
            scenario("delete", Before::Applied(one), Operation::Destroy),
            scenario("replace", Before::Applied(one), Operation::Replace(one)),
            scenario("import", Before::Imported(one, id), Operation::Import(id)),
            scenario("list", Before::Applied(one), Operation::List(&|| json!({}))),
        ]);
        if !row.is_singleton {
            let name = "read an object that was deleted";
            scenarios.push(scenario(name, Before::Applied(one), Operation::ReadDeleted));
        }
    }
    scenarios
}

/// The configuration with the given example value of every attribute. The secrets of a
/// representative row are write-only. The secrets of the other rows are stored in the state.
fn configuration(row: &'static Row, which: Which) -> Configuration {
    let mut choice = row.full(which);
    let mut write_only = Vec::new();
    if row.is_representative {
        for secret in row.leaves().filter(|leaf| leaf.line.is_secret) {
            choice = row.without(&choice, &secret);
            let value = secret.line.example(which).configured.clone();
            write_only.push((format!("{}_wo", secret.path()), value));
            write_only.push((format!("{}_wo_version", secret.path()), json!(which as usize)));
        }
    }
    let mut configuration = row.configuration(&choice);
    let attributes = configuration.as_object_mut().expect("a configuration is an object");
    attributes.extend(write_only);
    let configuration: &'static Json = Box::leak(Box::new(configuration));
    Box::leak(Box::new(move || configuration.clone()))
}
