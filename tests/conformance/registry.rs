//! Rules for every registered type, and for the dependencies between the source folders. The
//! message of a failed test says what is missing.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Map, Value as Json, json};
use test_support::{
    in_process::{self, Variables},
    objects,
};
use tf_plugin::{Provider, Type, Value};

/// A sample state of the resource. Every attribute is set.
pub(crate) fn sample(resource: &str) -> Json {
    match resource {
        "acl" => json!({
            "path": "/datastore/a", "auth_id": "a@pbs!t", "role_id": "Audit", "propagate": false,
            "id": "/datastore/a?a@pbs!t?Audit",
        }),
        "api_token" => json!({
            "user_id": "a@pbs", "token_name": "t", "comment": "c", "enabled": false,
            "expiration_date": "2030-01-31T12:00:00Z", "validity_days": 30,
            "early_renewal_days": 7, "ready_for_renewal": true, "rotation_triggers": {"a": "1"},
            "id": "a@pbs!t", "secret": "s", "api_token": "a@pbs!t:s",
            "issued_at": "2026-01-31T12:00:00Z",
        }),
        "user" => json!({
            "user_id": "a@pbs", "comment": "c", "enabled": false,
            "expiration_date": "2030-01-31T12:00:00Z", "first_name": "Fa", "last_name": "La",
            "email": "f@example.com", "password_wo": "passw0rd", "password_wo_version": 1,
            "id": "a@pbs",
        }),
        "namespace" => {
            json!({ "datastore": "store1", "path": "prod", "delete_groups": true })
        }
        other => sample_of_object(other),
    }
}

/// A sample state of a configuration object, with the values of its row in `test_support::objects`.
fn sample_of_object(resource: &str) -> Json {
    let type_name = format!("pbs_{resource}");
    let row = objects::rows().into_iter().find(|row| row.type_name == type_name);
    let row = row.unwrap_or_else(|| {
        panic!(
            "{type_name} has no sample state: add a row to tests/support/src/objects for a \
             configuration object, or add a state to `sample` in tests/conformance/registry.rs"
        )
    });
    let mut state = row.configuration(&row.full(objects::Which::First));
    let attributes = state.as_object_mut().expect("an object");
    for item in provider().offers().resources.iter().filter(|item| item.name() == resource) {
        for attribute in &item.schema().attributes {
            let sample = match attribute.ty() {
                Type::Bool => json!(true),
                Type::Number => json!(1),
                Type::String => json!("sample"),
                // An attribute of another type, such as `s3`, needs other attributes, so it is
                // null.
                _ => Json::Null,
            };
            attributes.entry(attribute.name.to_string()).or_insert(sample);
        }
    }
    state
}

/// Whether the server has exactly one object of this type.
fn is_singleton(resource: &str) -> bool {
    let type_name = format!("pbs_{resource}");
    objects::rows().iter().any(|row| row.type_name == type_name && row.is_singleton)
}

/// Whether the engine for configuration objects generates the data source. Such a data source has
/// no source file of its own. Each type has two generated data sources: one reads an object,
/// and the other reads the ids of all objects.
pub(crate) fn is_generated_data_source(name: &str) -> bool {
    let is_object = |name: &str| {
        objects::rows().iter().any(|row| row.type_name.strip_prefix("pbs_") == Some(name))
    };
    let is_list = ["s", "_servers"].iter().any(|end| name.strip_suffix(end).is_some_and(is_object));
    is_object(name) || (name != "datastores" && is_list)
}

#[test]
fn every_source_file_of_a_type_is_registered_under_its_name() {
    let offers = provider().offers();
    let listed = |names: &mut dyn Iterator<Item = &'static str>| names.map(str::to_owned).collect();
    let mut data_sources =
        offers.data_sources.iter().filter(|item| !is_generated_data_source(item.name()));
    let all: [(_, BTreeSet<String>); 5] = [
        ("src/resources", listed(&mut offers.resources.iter().map(|item| item.name()))),
        ("src/data_sources", listed(&mut data_sources.by_ref().map(|item| item.name()))),
        ("src/ephemeral", listed(&mut offers.ephemerals.iter().map(|item| item.name()))),
        ("src/functions", listed(&mut offers.functions.iter().map(|item| item.name()))),
        ("src/actions", listed(&mut offers.actions.iter().map(|item| item.name()))),
    ];
    for (folder, names) in all {
        assert_eq!(
            files(folder),
            names,
            "each file of {folder} needs a registration in {folder}/mod.rs (left: files, right: \
             registrations)"
        );
    }
}

#[test]
fn schema_and_state_have_the_same_attributes() {
    for resource in provider().offers().resources {
        let sample = sample(resource.name());
        let sampled: BTreeSet<_> = sample.as_object().unwrap().keys().cloned().collect();
        let attributes = resource.schema().attributes.iter().map(|a| a.name.to_string()).collect();
        assert_eq!(
            sampled,
            attributes,
            "the sample state of pbs_{} in tests/conformance/registry.rs needs a value for each \
             attribute of the schema (left: sample state, right: schema)",
            resource.name()
        );
        // JSON does not distinguish sets and lists, so `conform` turns lists into sets.
        let ty = resource.schema().ty();
        let state = value(&sample).conform(ty).expect("a state of this type");
        let returned = resource.round_trip(&state).unwrap_or_else(|error| {
            panic!("pbs_{}: {} {:?}", resource.name(), error.detail, error.attribute)
        });
        assert!(
            returned == state,
            "the state of pbs_{} changes when it is decoded and encoded",
            resource.name()
        );
    }
}

#[test]
fn every_resource_has_an_identity_and_a_schema_version_of_at_least_1() {
    for resource in provider().offers().resources {
        let (name, schema) = (resource.name(), resource.schema());
        assert!(
            schema.version >= 1,
            "pbs_{name}: set a schema version of at least 1. With version 0, Terraform removes from \
             a moved state all attributes that are not in this schema, so the provider does not get \
             these attributes"
        );
        assert!(schema.identity().next().is_some(), "pbs_{name} has no identity");
        for attribute in schema.identity() {
            assert!(
                attribute.required || is_singleton(name),
                "pbs_{name}.{} is part of the identity and must be required",
                attribute.name
            );
        }
        let identity = resource.identity(&value(&sample(name)));
        assert!(identity.is_some(), "pbs_{name}: the sample has no identity");
    }
}

#[test]
fn every_resource_has_acceptance_rows() {
    let mut files = files("tests/acceptance/rows");
    assert!(files.remove("objects"), "tests/acceptance/rows/objects.rs generates rows");
    let generated: BTreeSet<_> = objects::rows().iter().map(|row| row.type_name).collect();
    for resource in provider().offers().resources {
        let name = resource.name();
        assert!(
            generated.contains(&*format!("pbs_{name}")) || files.remove(name),
            "pbs_{name} has no acceptance tests: write a row in tests/support/src/objects for a \
             configuration object, or tests/acceptance/rows/{name}.rs"
        );
    }
    assert_eq!(
        files,
        BTreeSet::new(),
        "tests/acceptance/rows has files of types that do not exist"
    );
}

#[test]
fn every_layer_uses_only_the_layers_below_it() {
    let may_use = [
        ("src/pbs", &["pbs"][..]),
        ("src/shared", &["pbs"]),
        // Only the unit tests of `src/object` use `resources`.
        ("src/object", &["object", "pbs", "shared", "resources"]),
        ("src/resources", &["object", "pbs", "shared", "data_sources"]),
        ("src/data_sources", &["pbs", "shared"]),
        ("src/ephemeral", &["pbs", "shared"]),
        ("src/functions", &["pbs"]),
        ("src/actions", &["pbs", "shared"]),
    ];
    for (layer, allowed) in may_use {
        for (path, text) in sources(Path::new(layer)) {
            for module in modules_used_in(&text) {
                assert!(
                    allowed.contains(&module.as_str()),
                    "{} must not use `crate::{module}`",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn modules_are_found_in_every_form_of_use() {
    let text =
        "use crate::{\n    a::{b, c},\n    d,\n};\nuse crate::e::F;\npub(in crate::g) fn f() {}";
    assert_eq!(modules_used_in(text), ["a", "d", "e", "g"].map(String::from).into());
    assert_eq!(modules_used_in("$crate::x::y!()"), ["x"].map(String::from).into());
}

/// The names after `crate::` in a source file: the modules that it uses.
fn modules_used_in(text: &str) -> BTreeSet<String> {
    let name = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let mut modules = BTreeSet::new();
    for (position, root) in text.match_indices("crate::") {
        let rest = &text[position + root.len()..];
        let Some(group) = rest.strip_prefix('{') else {
            modules.insert(name(rest));
            continue;
        };
        let (mut depth, mut item) = (1, String::new());
        for c in group.chars() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 1 => modules.extend([name(std::mem::take(&mut item).trim())]),
                _ if depth == 1 => item.push(c),
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
        modules.extend([name(item.trim())].into_iter().filter(|name: &String| !name.is_empty()));
    }
    modules
}

/// If a test used the provider's types, a misspelt name in the provider would also be misspelt in
/// the test. The test would then not find the mistake.
#[test]
fn the_simulator_and_the_tests_with_the_real_cli_do_not_use_the_providers_types() {
    let forbidden = ["terraform_provider_pbs::", "tf_plugin::", "in_process"];
    for folder in ["pbs-sim/src", "tests/acceptance", "tests/support/src/cli", "xtask/src"] {
        for (path, text) in sources(Path::new(folder)) {
            for name in forbidden {
                assert!(!text.contains(name), "{} must not use {name}", path.display());
            }
        }
    }
}

#[test]
fn only_main_reads_the_environment() {
    for folder in ["src", "plugin/src"] {
        for (path, text) in sources(Path::new(folder)) {
            let reads_environment = text.contains("env::var");
            let is_main = path == Path::new("src/main.rs");
            assert!(!reads_environment || is_main, "{} reads the environment", path.display());
        }
    }
}

pub(crate) fn provider() -> impl Provider {
    in_process::provider(Variables::new())
}

fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(bool) => Value::Bool(*bool),
        Json::Number(number) => Value::from(number.as_i64().unwrap()),
        Json::String(text) => Value::text(text.clone()),
        Json::Array(items) => Value::list(items.iter().map(value)),
        Json::Object(fields) => Value::map(entries(fields)),
    }
}

fn entries(fields: &Map<String, Json>) -> Vec<(String, Value)> {
    fields.iter().map(|(name, field)| (name.clone(), value(field))).collect()
}

fn files(folder: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let stems = entries.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()));
    stems.filter(|name| name != "mod").collect()
}

/// The source files of a type. The path is a file or a folder.
pub(crate) fn sources_at(path: &Path) -> Vec<(PathBuf, String)> {
    match path.is_dir() {
        true => sources(path),
        false => vec![(path.to_owned(), fs::read_to_string(path).unwrap())],
    }
}

fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut sources = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => sources.extend(self::sources(&path)),
            false if path.extension().is_some_and(|extension| extension == "rs") => {
                sources.push((path.clone(), fs::read_to_string(&path).unwrap()));
            }
            false => {}
        }
    }
    sources
}
