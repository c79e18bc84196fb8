//! Finds the changes that replace the object.

use super::{Attribute, Kind, Nesting, Path, Schema, Step, Value};
use std::collections::{BTreeMap, BTreeSet};

/// The paths of the attributes whose change from `prior` to `planned` replaces the object.
pub(crate) fn replacements(schema: &Schema, prior: &Value, planned: &Value) -> Vec<Path> {
    let mut paths = Vec::new();
    collect(&schema.attributes, prior, planned, &Path::default(), &mut paths);
    paths
}

/// Adds the paths of the attributes in `attributes` whose change replaces the object. `parent` is
/// the path of the object that contains the attributes.
fn collect(
    attributes: &[Attribute],
    prior: &Value,
    planned: &Value,
    parent: &Path,
    paths: &mut Vec<Path>,
) {
    for attribute in attributes {
        let path = parent.clone().attribute(&*attribute.name);
        let prior = prior.get(&attribute.name).unwrap_or(&Value::Null);
        let planned = planned.get(&attribute.name).unwrap_or(&Value::Null);
        match &attribute.kind {
            _ if attribute.semantically_equal(prior, planned) => {}
            _ if attribute.replaces => paths.push(path),
            Kind::Plain(_) => {}
            Kind::Nested(nesting, inner) => {
                collect_nested(*nesting, inner, prior, planned, path, paths);
            }
        }
    }
}

/// Adds the paths below the attribute `path`, whose value consists of nested objects.
fn collect_nested(
    nesting: Nesting,
    inner: &[Attribute],
    prior: &Value,
    planned: &Value,
    path: Path,
    paths: &mut Vec<Path>,
) {
    match (nesting, planned) {
        // A path cannot lead into a set, and any attribute of an unknown value could change. In
        // both cases, the path of the whole value is added if a change inside can replace the
        // object.
        (Nesting::Set, _) | (_, Value::Unknown) => {
            if contains_replacing(inner) {
                paths.push(path);
            }
        }
        (Nesting::Single, _) => collect(inner, prior, planned, &path, paths),
        (Nesting::List, _) => {
            let prior = prior.as_list().unwrap_or(&[]);
            let planned = planned.as_list().unwrap_or(&[]);
            for index in 0..prior.len().max(planned.len()) {
                let element = |list: &[Value]| list.get(index).cloned().unwrap_or_default();
                let path = path.clone().step(Step::index(index));
                collect(inner, &element(prior), &element(planned), &path, paths);
            }
        }
        (Nesting::Map, _) => {
            let keys = |map: &Value| -> BTreeSet<String> {
                map.as_map().into_iter().flat_map(BTreeMap::keys).cloned().collect()
            };
            for key in keys(prior).union(&keys(planned)) {
                let element = |map: &Value| map.get(key).cloned().unwrap_or_default();
                let path = path.clone().key(key);
                collect(inner, &element(prior), &element(planned), &path, paths);
            }
        }
    }
}

/// Whether there is an attribute, at any depth, whose change replaces the object.
fn contains_replacing(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.kind {
        _ if attribute.replaces => true,
        Kind::Nested(_, inner) => contains_replacing(inner),
        Kind::Plain(_) => false,
    })
}
