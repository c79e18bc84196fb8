//! Schemas, metadata and capabilities. Also checks that every call with an unknown type returns a
//! diagnostic.

use std::collections::BTreeSet;

use tonic::Code;

use crate::{
    harness::{Host, lines},
    proto::{self, schema},
};

/// Makes each listed call with this type name. Returns the name and the diagnostics of each call.
macro_rules! call_each {
    ($host:expr, $type_name:expr, $($call:ident: $field:ident,)*) => {
        [$((stringify!($call), {
            let request = proto::$call::Request { $field: $type_name.into(), ..Default::default() };
            let response = $host.client().$call(request).await;
            response.unwrap_or_else(|status| panic!("{}: {status}", stringify!($call))).into_inner().diagnostics
        }),)*]
    };
}

#[tokio::test]
async fn an_unknown_type_is_an_error_in_every_call() {
    let host = Host::start().await;
    for name in ["test_nothing", "other_thing", "thing", "testthing", "test_", "", "test_thing_"] {
        for (call, diagnostics) in call_each!(
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
            let expected = format!("error: Unknown type: This provider has no type `{name}`.");
            assert_eq!(lines(&diagnostics), [expected], "{call}");
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
        let response = host.client().call_function(request).await.unwrap().into_inner();
        assert_eq!(response.error.unwrap().text, "This provider has no such function");
    }
}

#[tokio::test]
async fn the_rpcs_of_state_stores_are_unimplemented() {
    let host = Host::start().await;
    macro_rules! assert_not_supported {
        ($($call:ident: $request:ident,)*) => {$(
            let request = proto::$request::Request::default();
            let status = host.client().$call(request).await.err().expect(stringify!($call));
            assert_eq!(status.code(), Code::Unimplemented, stringify!($call));
        )*};
    }
    assert_not_supported!(
        validate_state_store_config: validate_state_store,
        configure_state_store: configure_state_store,
        read_state_bytes: read_state_bytes,
        lock_state: lock_state,
        unlock_state: unlock_state,
        get_states: get_states,
        delete_state: delete_state,
    );
    let chunks = tokio_stream::empty::<proto::write_state_bytes::RequestChunk>();
    let status = host.client().write_state_bytes(chunks).await.expect_err("an error");
    assert_eq!(status.code(), Code::Unimplemented);
}

#[tokio::test]
async fn metadata_and_schema_list_the_same_types() {
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
async fn every_attribute_has_a_type_and_is_required_optional_or_computed() {
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

/// Checks these attributes and their nested attributes. Adds the number of attributes to `count`.
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
async fn every_resource_has_an_identity_schema() {
    let host = Host::unconfigured().await;
    let request = proto::get_resource_identity_schemas::Request {};
    let response = host.client().get_resource_identity_schemas(request).await.unwrap().into_inner();
    assert_eq!(response.identity_schemas.len(), 1);
    let schema = &response.identity_schemas["test_thing"];
    assert_eq!(schema.version, 0);
    let [name] = &schema.identity_attributes[..] else { panic!("one attribute") };
    assert_eq!((name.name.as_str(), &name.r#type[..]), ("name", &br#""string""#[..]));
    assert!(name.required_for_import && !name.optional_for_import);
}
