//! Checks the `validate` and `plan` hooks of every type. A hook must use only attribute names that
//! the schema of the type has. If a hook misspells a name, its check has no effect, or its
//! diagnostic refers to an attribute that does not exist.
//!
//! The plugin layer returns an error if a hook reads or sets an unknown attribute. These tests
//! therefore run every hook with many configurations and fail if a response contains this error.

use std::{collections::BTreeSet, path::PathBuf};

use pbs_sim::{Settings, Simulator};
use serde_json::{Map, Value as Json, json};
use test_support::{
    in_process,
    protocol::tfplugin6::{
        self, ClientCapabilities, Diagnostic, attribute_path::step::Selector, configure_provider,
        plan_resource_change, provider_client::ProviderClient, schema, validate_action_config,
        validate_data_resource_config, validate_ephemeral_resource_config,
        validate_provider_config, validate_resource_config,
    },
    values::{dynamic, filled},
};
use tf_plugin::{Kind, Provider, Schema};
use tonic::transport::Channel;

use crate::{
    configurations::{configuration, object},
    registry::{provider, sample},
};

#[tokio::test]
async fn validate_hooks_name_only_attributes_of_their_schema() {
    let mut client = connect().await;
    let schema = schemas(&mut client).await;
    let block = schema.provider.as_ref().unwrap();
    let mut count = 0;
    for config in variants(block, &complete("provider", "", block), 2) {
        let request = validate_provider_config::Request { config: Some(dynamic(&config)) };
        let response = client.validate_provider_config(request).await.unwrap().into_inner();
        assert_declared("the provider block", block, &response.diagnostics);
        count += 1;
    }
    // The requests are of different types, but have the same fields.
    macro_rules! validate {
        ($kind:literal, $schemas:expr, $call:ident, $request:ident $(, $field:ident: $value:expr)?) => {
            for (name, block) in $schemas {
                let short = name.strip_prefix("pbs_").unwrap();
                let full = match $kind {
                    "resource" => arguments(block, &sample(short)),
                    kind => complete(kind, short, block),
                };
                for config in variants(block, &full, 2) {
                    let request = $request::Request {
                        type_name: name.clone(),
                        config: Some(dynamic(&config)),
                        $($field: $value,)?
                    };
                    let response = client.$call(request).await.unwrap().into_inner();
                    assert_declared(name, block, &response.diagnostics);
                    count += 1;
                }
            }
        };
    }
    validate!(
        "resource",
        &schema.resource_schemas,
        validate_resource_config,
        validate_resource_config,
        client_capabilities: Some(ClientCapabilities {
            write_only_attributes_allowed: true,
            ..Default::default()
        })
    );
    validate!(
        "data source",
        &schema.data_source_schemas,
        validate_data_resource_config,
        validate_data_resource_config
    );
    validate!(
        "ephemeral resource",
        &schema.ephemeral_resource_schemas,
        validate_ephemeral_resource_config,
        validate_ephemeral_resource_config
    );
    let actions = schema.action_schemas.iter();
    let actions = actions.map(|(name, action)| (name, action.schema.as_ref().unwrap()));
    validate!("action", actions, validate_action_config, validate_action_config);
    assert!(count > 1000, "only {count} configurations");
}

#[tokio::test]
async fn plan_hooks_name_only_attributes_of_their_schema() {
    let sim = Simulator::start(Settings::default());
    let mut client = connect().await;
    configure(&mut client, &sim).await;
    let schema = schemas(&mut client).await;
    for (name, block) in &schema.resource_schemas {
        let attributes = &block.block.as_ref().unwrap().attributes;
        let state = sample(name.strip_prefix("pbs_").unwrap());
        let arguments = arguments(block, &state);
        let state = filled(attributes, without_write_only(block, &state), None);
        // After an import, the state may lack computed values. This state lacks all of them.
        let imported = filled(attributes, without_write_only(block, &arguments), None);
        let priors = [Json::Null, state, imported];
        // Configuration objects have many attributes, and their plans have few rules. To limit the
        // number of variants, each variant changes only one attribute.
        let is_object = object(name.strip_prefix("pbs_").unwrap()).is_some();
        let changed_count = if is_object { 1 } else { 2 };
        for prior in &priors {
            for config in variants(block, &arguments, changed_count).into_iter().chain([Json::Null])
            {
                let request = plan_resource_change::Request {
                    type_name: name.clone(),
                    prior_state: Some(dynamic(prior)),
                    proposed_new_state: Some(dynamic(&config)),
                    config: Some(dynamic(&config)),
                    ..Default::default()
                };
                let response = client.plan_resource_change(request).await.unwrap().into_inner();
                assert_declared(name, block, &response.diagnostics);
            }
        }
    }
}

/// The configuration with every argument set, in `configurations.rs`.
///
/// # Panics
/// If the configuration lacks an argument, because the hooks would then never run with this
/// argument.
fn complete(kind: &str, name: &str, block: &tfplugin6::Schema) -> Json {
    let config = configuration(kind, name);
    let attributes = &block.block.as_ref().unwrap().attributes;
    let is_missing =
        |it: &&schema::Attribute| (it.required || it.optional) && config[&it.name].is_null();
    let missing: Vec<_> = attributes.iter().filter(is_missing).map(|it| &it.name).collect();
    assert!(
        missing.is_empty(),
        "set {missing:?} in the configuration of the {kind} {name} in \
         tests/conformance/configurations.rs"
    );
    config
}

/// Panics if the text of a diagnostic says that a hook used an undeclared attribute. Also panics if
/// the schema does not declare the attribute to which a diagnostic is attached.
fn assert_declared(name: &str, block: &tfplugin6::Schema, diagnostics: &[Diagnostic]) {
    let attributes = &block.block.as_ref().unwrap().attributes;
    for Diagnostic { summary, detail, attribute, .. } in diagnostics {
        assert!(!detail.contains("which is not in its schema"), "{name}: {summary}: {detail}");
        assert!(!detail.contains("bug in the provider"), "{name}: {summary}: {detail}");
        let first = attribute.as_ref().and_then(|path| path.steps.first());
        if let Some(Selector::AttributeName(first)) = first.and_then(|step| step.selector.as_ref())
        {
            let is_declared = attributes.iter().any(|attribute| attribute.name == *first);
            assert!(is_declared, "{name}: `{summary}` refers to the attribute `{first}`");
        }
    }
}

/// Variants of a configuration. Each variant changes the values of one or two attributes. If
/// `changed_count` is 2, every pair of attributes occurs. Each changed attribute takes each value
/// of [`values`], and every combination of values occurs. The attributes that a variant does not
/// change are all set, or all null.
fn variants(block: &tfplugin6::Schema, full: &Json, changed_count: usize) -> Vec<Json> {
    let attributes = &block.block.as_ref().unwrap().attributes;
    let complete = |config: &Json| filled(attributes, config.clone(), None);
    let names: Vec<&String> = full.as_object().unwrap().keys().collect();
    let mut variants = vec![complete(&json!({})), complete(full)];
    for (index, first) in names.iter().enumerate() {
        for second in names[index..].iter().take(if changed_count == 1 { 1 } else { names.len() }) {
            for base in [full.clone(), json!({})] {
                for first_value in values(&full[*first]) {
                    for second_value in values(&full[*second]) {
                        let mut config = base.clone();
                        config[*first] = first_value.clone();
                        config[*second] = second_value.clone();
                        variants.push(complete(&config));
                    }
                }
            }
        }
    }
    variants
}

/// The given value, a blank value, null and unknown.
fn values(value: &Json) -> Vec<Json> {
    let blank = match value {
        Json::String(_) => json!(""),
        Json::Array(_) => json!([]),
        Json::Object(_) => json!({}),
        other => other.clone(),
    };
    vec![value.clone(), blank, Json::Null, json!("?")]
}

/// The part of a state that a configuration can set.
fn arguments(block: &tfplugin6::Schema, state: &Json) -> Json {
    keep(block, state, |attribute| attribute.required || attribute.optional)
}

fn without_write_only(block: &tfplugin6::Schema, state: &Json) -> Json {
    keep(block, state, |attribute| !attribute.write_only)
}

fn keep(
    block: &tfplugin6::Schema,
    state: &Json,
    condition: impl Fn(&schema::Attribute) -> bool,
) -> Json {
    let attributes = block.block.as_ref().unwrap().attributes.iter();
    let kept = attributes.filter(|attribute| condition(attribute));
    kept.map(|attribute| (attribute.name.clone(), state[&attribute.name].clone()))
        .collect::<Map<_, _>>()
        .into()
}

async fn connect() -> ProviderClient<Channel> {
    let clock = tf_plugin::Clock::new(in_process::fixed_time);
    let (channel, session) = in_process::connect(provider(), clock).await;
    // Dropping the session would stop the provider, which later calls still need.
    std::mem::forget(session);
    ProviderClient::new(channel).max_decoding_message_size(64 << 20)
}

async fn configure(client: &mut ProviderClient<Channel>, sim: &Simulator) {
    let schema = schemas(client).await;
    let attributes = &schema.provider.as_ref().unwrap().block.as_ref().unwrap().attributes;
    let config = json!({
        "endpoint": sim.endpoint(), "fingerprint": sim.fingerprint(),
        "api_token": sim.admin_token(),
    });
    let config = Some(dynamic(&filled(attributes, config, None)));
    let request = configure_provider::Request { config, ..Default::default() };
    let response = client.configure_provider(request).await.unwrap().into_inner();
    assert!(response.diagnostics.is_empty(), "{}", response.diagnostics[0].detail);
}

async fn schemas(client: &mut ProviderClient<Channel>) -> tfplugin6::get_provider_schema::Response {
    let request = tfplugin6::get_provider_schema::Request {};
    client.get_provider_schema(request).await.unwrap().into_inner()
}

/// Checks the attribute names that occur as string literals in the source. The tests above find a
/// misspelt name only in code that they execute. This test finds a misspelt name in all code.
#[test]
fn attribute_names_in_the_source_are_declared_in_the_schema_of_the_type() {
    let offers = provider().offers();
    let mut types: Vec<(PathBuf, BTreeSet<&str>)> = Vec::new();
    for item in &offers.resources {
        let folder = PathBuf::from("src/resources").join(item.name());
        let path = if folder.is_dir() { folder } else { folder.with_extension("rs") };
        types.push((path, names(item.schema())));
    }
    let has_source_file = |name: &str| !crate::registry::is_generated_data_source(name);
    for (folder, name, schema) in (offers.data_sources.iter())
        .filter(|item| has_source_file(item.name()))
        .map(|item| ("src/data_sources", item.name(), item.schema()))
        .chain(offers.ephemerals.iter().map(|item| ("src/ephemeral", item.name(), item.schema())))
        .chain(offers.actions.iter().map(|item| ("src/actions", item.name(), item.schema())))
    {
        types.push((PathBuf::from(format!("{folder}/{name}.rs")), names(schema)));
    }
    let block = provider().schema();
    types.push((PathBuf::from("src/provider"), names(&block)));
    let mut count = 0;
    for (path, declared) in types {
        for (file, text) in crate::registry::sources_at(&path) {
            for name in named_attributes(&text) {
                assert!(
                    declared.contains(name.as_str()),
                    "{} names the attribute `{name}`, which the schema does not have",
                    file.display()
                );
                count += 1;
            }
        }
    }
    assert!(count > 40, "only {count} names were found");
}

#[test]
fn attribute_names_are_found_in_every_form_of_call() {
    let text = r#"plan.get::<Option<u8>>("a")?; config.get("b"); plan.set(
        "c", &x); error.at("d"); cx.unknown("e")?; list.get(0); at("no")"#;
    let expected = ["a", "b", "c", "d", "e"].map(str::to_owned);
    assert_eq!(named_attributes(text), expected);
}

fn names(schema: &Schema) -> BTreeSet<&str> {
    fn collect<'a>(attributes: &'a [tf_plugin::Attribute], names: &mut BTreeSet<&'a str>) {
        for attribute in attributes {
            names.insert(&*attribute.name);
            if let Kind::Nested(_, inner) = &attribute.kind {
                collect(inner, names);
            }
        }
    }
    let mut names = BTreeSet::new();
    collect(&schema.attributes, &mut names);
    names
}

/// The string literals that name an attribute. Such a literal is the first argument of one of the
/// methods below.
fn named_attributes(text: &str) -> Vec<String> {
    // Methods whose first argument is the name of an attribute.
    const METHODS: [&str; 11] = [
        "get",
        "changed",
        "set",
        "set_unknown",
        "unknown",
        "is_unknown",
        "at",
        "before",
        "after",
        "changes",
        "deletes",
    ];
    let mut found = Vec::new();
    for (position, _) in text.match_indices('.') {
        let rest = &text[position + 1..];
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        if !METHODS.contains(&&rest[..end]) {
            continue;
        }
        let arguments = match rest[end..].strip_prefix("::<") {
            Some(types) => types.split_once(">(").map(|(_, arguments)| arguments),
            None => rest[end..].strip_prefix('('),
        };
        let literal = arguments.and_then(|arguments| arguments.trim_start().strip_prefix('"'));
        found.extend(literal.and_then(|text| text.split('"').next()).map(str::to_owned));
    }
    found
}
