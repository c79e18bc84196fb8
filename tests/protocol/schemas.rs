//! What the provider says about itself, and that every call answers.

#![expect(
    clippy::needless_update,
    reason = "one macro makes requests with and without more fields"
)]

use crate::harness::{Host, lines};
use crate::proto::{self, schema};
use std::collections::BTreeSet;

/// Calls each of these with a request that names a type which is not there, and gives the
/// diagnostics of each.
macro_rules! ask {
    ($host:expr, $type_name:expr, $($call:ident: $field:ident,)*) => {
        [$((stringify!($call), {
            let request = proto::$call::Request { $field: $type_name.into(), ..Default::default() };
            let answer = $host.client().$call(request).await;
            answer.unwrap_or_else(|status| panic!("{}: {status}", stringify!($call))).into_inner().diagnostics
        }),)*]
    };
}

#[tokio::test]
async fn a_type_that_is_not_there_is_a_diagnostic_in_every_call() {
    let host = Host::start().await;
    for name in ["test_nothing", "other_thing", "thing", "testthing", "test_", "", "test_thing_"] {
        for (call, said) in ask!(
            host,
            name,
            validate_resource_config: type_name,
            upgrade_resource_state: type_name,
            upgrade_resource_identity: type_name,
            read_resource: type_name,
            plan_resource_change: type_name,
            apply_resource_change: type_name,
            import_resource_state: type_name,
            move_resource_state: target_type_name,
            generate_resource_config: type_name,
            validate_data_resource_config: type_name,
            read_data_source: type_name,
            validate_ephemeral_resource_config: type_name,
            open_ephemeral_resource: type_name,
            renew_ephemeral_resource: type_name,
            close_ephemeral_resource: type_name,
            validate_list_resource_config: type_name,
            validate_action_config: type_name,
            plan_action: action_type,
        ) {
            let expected = format!("error: Unknown type: This provider has no `{name}`.");
            assert_eq!(lines(&said), [expected], "{call}");
        }

        let request =
            proto::list_resource::Request { type_name: name.into(), ..Default::default() };
        let mut events = host.client().list_resource(request).await.unwrap().into_inner();
        let event = events.message().await.unwrap().unwrap();
        assert!(lines(&event.diagnostic)[0].starts_with("error: Unknown type"));
        assert_eq!(events.message().await.unwrap(), None);

        let request =
            proto::invoke_action::Request { action_type: name.into(), ..Default::default() };
        let mut events = host.client().invoke_action(request).await.unwrap().into_inner();
        let event = events.message().await.unwrap().unwrap();
        let Some(proto::invoke_action::event::Type::Completed(completed)) = event.r#type else {
            panic!("not completed");
        };
        assert!(lines(&completed.diagnostics)[0].starts_with("error: Unknown type"));
        assert_eq!(events.message().await.unwrap(), None);

        let request = proto::call_function::Request { name: name.into(), ..Default::default() };
        let answer = host.client().call_function(request).await.unwrap().into_inner();
        assert_eq!(answer.error.unwrap().text, "This provider has no such function.");
    }
}

#[tokio::test]
async fn state_stores_are_refused() {
    let host = Host::start().await;
    let refused = "error: No state stores: This provider stores no state. Choose a backend or another provider for it.";
    for (call, said) in ask!(
        host,
        "test_store",
        configure_state_store: type_name,
        lock_state: type_name,
        unlock_state: type_name,
        get_states: type_name,
        delete_state: type_name,
    ) {
        assert_eq!(lines(&said), [refused], "{call}");
    }
    let request = proto::validate_state_store::Request::default();
    let said = host.client().validate_state_store_config(request).await.unwrap().into_inner();
    assert_eq!(lines(&said.diagnostics), [refused]);

    let request = proto::read_state_bytes::Request::default();
    let mut events = host.client().read_state_bytes(request).await.unwrap().into_inner();
    assert_eq!(lines(&events.message().await.unwrap().unwrap().diagnostics), [refused]);
    assert_eq!(events.message().await.unwrap(), None);

    let chunks = tokio_stream::iter([proto::write_state_bytes::RequestChunk::default()]);
    let said = host.client().write_state_bytes(chunks).await.unwrap().into_inner();
    assert_eq!(lines(&said.diagnostics), [refused]);
}

#[tokio::test]
async fn what_is_offered_is_said_once_and_the_same_everywhere() {
    let host = Host::unconfigured().await;
    let request = proto::get_metadata::Request {};
    let metadata = host.client().get_metadata(request).await.unwrap().into_inner();
    let schema = &host.schema;
    let keys = |keys: &mut dyn Iterator<Item = &String>| keys.cloned().collect::<Vec<_>>();
    for (listed, described) in [
        (
            metadata.resources.into_iter().map(|item| item.type_name).collect::<Vec<_>>(),
            keys(&mut schema.resource_schemas.keys()),
        ),
        (
            metadata.data_sources.into_iter().map(|item| item.type_name).collect(),
            keys(&mut schema.data_source_schemas.keys()),
        ),
        (
            metadata.ephemeral_resources.into_iter().map(|item| item.type_name).collect(),
            keys(&mut schema.ephemeral_resource_schemas.keys()),
        ),
        (
            metadata.list_resources.into_iter().map(|item| item.type_name).collect(),
            keys(&mut schema.list_resource_schemas.keys()),
        ),
        (
            metadata.actions.into_iter().map(|item| item.type_name).collect(),
            keys(&mut schema.action_schemas.keys()),
        ),
        (
            metadata.functions.into_iter().map(|item| item.name).collect(),
            keys(&mut schema.functions.keys()),
        ),
    ] {
        assert_eq!(listed, described);
        assert_eq!(listed.len(), 1);
    }
    assert!(metadata.state_stores.is_empty() && metadata.diagnostics.is_empty());
    assert_eq!(metadata.server_capabilities, schema.server_capabilities);
    let capabilities = schema.server_capabilities.unwrap();
    assert!(capabilities.plan_destroy && capabilities.get_provider_schema_optional);
    assert!(capabilities.move_resource_state && capabilities.generate_resource_config);

    let functions =
        host.client().get_functions(proto::get_functions::Request {}).await.unwrap().into_inner();
    assert_eq!(functions.functions, schema.functions);
    let join = &functions.functions["join"];
    assert_eq!(join.parameters.len(), 1);
    assert_eq!(join.variadic_parameter.as_ref().unwrap().name, "parts");
    assert_eq!(join.r#return.as_ref().unwrap().r#type, br#""string""#);
}

#[tokio::test]
async fn every_attribute_has_one_type_and_one_role() {
    let host = Host::unconfigured().await;
    let schema = &host.schema;
    let blocks = (schema.resource_schemas.values())
        .chain(schema.data_source_schemas.values())
        .chain(schema.ephemeral_resource_schemas.values())
        .chain(schema.list_resource_schemas.values())
        .chain(schema.action_schemas.values().map(|action| action.schema.as_ref().unwrap()))
        .chain(schema.provider.as_ref());
    let mut count = 0;
    for block in blocks {
        let block = block.block.as_ref().unwrap();
        assert!(block.block_types.is_empty());
        check(&block.attributes, &mut count);
    }
    assert_eq!(count, 38);

    let thing = &schema.resource_schemas["test_thing"];
    assert_eq!((thing.version, thing.block.as_ref().unwrap().version), (2, 2));
    let attribute = |name: &str| {
        let attributes = &thing.block.as_ref().unwrap().attributes;
        attributes.iter().find(|attribute| attribute.name == name).unwrap()
    };
    assert!(attribute("password").write_only && attribute("password").sensitive);
    assert!(attribute("name").required && attribute("secret").computed);
    assert!(attribute("size").optional && attribute("size").computed);
    assert_eq!(attribute("tags").r#type, br#"["map","string"]"#);
    for (name, nesting) in
        [("limits", "SINGLE"), ("steps", "LIST"), ("grants", "SET"), ("links", "MAP")]
    {
        let nested = attribute(name).nested_type.as_ref().unwrap();
        assert_eq!(nested.nesting().as_str_name(), nesting);
    }
}

fn check(attributes: &[schema::Attribute], count: &mut usize) {
    let names: BTreeSet<_> = attributes.iter().map(|attribute| &attribute.name).collect();
    assert_eq!(names.len(), attributes.len());
    for attribute in attributes {
        let name = &attribute.name;
        *count += 1;
        assert_ne!(attribute.r#type.is_empty(), attribute.nested_type.is_none(), "{name}");
        assert!(attribute.required || attribute.optional || attribute.computed, "{name}");
        assert!(!attribute.required || !attribute.optional && !attribute.computed, "{name}");
        assert!(!attribute.write_only || !attribute.computed, "{name}");
        assert!(!attribute.description.is_empty(), "{name}");
        match &attribute.nested_type {
            Some(nested) => check(&nested.attributes, count),
            None => drop(serde_json::from_slice::<serde_json::Value>(&attribute.r#type).unwrap()),
        }
    }
}

#[tokio::test]
async fn identities_have_schemas() {
    let host = Host::unconfigured().await;
    let request = proto::get_resource_identity_schemas::Request {};
    let answer = host.client().get_resource_identity_schemas(request).await.unwrap().into_inner();
    assert_eq!(answer.identity_schemas.len(), 1);
    let schema = &answer.identity_schemas["test_thing"];
    assert_eq!(schema.version, 0);
    let [name] = &schema.identity_attributes[..] else { panic!("one attribute") };
    assert_eq!((name.name.as_str(), &name.r#type[..]), ("name", &br#""string""#[..]));
    assert!(name.required_for_import && !name.optional_for_import);
}
