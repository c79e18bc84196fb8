//! Conversions between the crate's types and protocol messages. They contain no rules of validation
//! or planning.

use crate::{
    diagnostic::{Diagnostic, Result, Severity},
    function::{FunctionError, Parameter, Signature},
    json, msgpack,
    path::{Path, Step},
    proto::tfplugin6::{self as proto, attribute_path::step::Selector},
    schema::{Attribute, Kind, Nesting, Schema},
    value::{Type, Value},
};
use std::time::{SystemTime, UNIX_EPOCH};

/// Decodes a value from core. A missing or empty message is null.
pub(super) fn value(data: Option<&proto::DynamicValue>, ty: &Type) -> Result<Value> {
    Ok(match data {
        Some(data) if !data.msgpack.is_empty() => msgpack::decode(&data.msgpack, ty)?,
        Some(data) if !data.json.is_empty() => json::decode(&data.json, ty, json::Mode::Strict)?,
        _ => Value::Null,
    })
}

/// Encodes a value for core.
pub(super) fn dynamic(value: &Value, ty: &Type) -> Result<proto::DynamicValue> {
    Ok(proto::DynamicValue { msgpack: msgpack::encode(value, ty)?.into(), json: Vec::new().into() })
}

pub(super) fn diagnostic(
    diagnostic: Diagnostic,
    summary: impl FnOnce() -> String,
) -> proto::Diagnostic {
    let Diagnostic { severity, summary, detail, attribute, object_exists: _ } =
        diagnostic.or_summary(summary);
    let severity = match severity {
        Severity::Error => proto::diagnostic::Severity::Error,
        Severity::Warning => proto::diagnostic::Severity::Warning,
    };
    proto::Diagnostic {
        severity: severity.into(),
        summary: summary.unwrap_or_default(),
        detail,
        attribute: attribute.as_ref().map(path),
    }
}

pub(super) fn path(path: &Path) -> proto::AttributePath {
    let step = |step: &Step| {
        let selector = match step {
            Step::Attribute(name) => Selector::AttributeName(name.clone()),
            Step::Key(key) => Selector::ElementKeyString(key.clone()),
            Step::Index(index) => Selector::ElementKeyInt(*index),
        };
        proto::attribute_path::Step { selector: Some(selector) }
    };
    proto::AttributePath { steps: path.steps.iter().map(step).collect() }
}

pub(super) fn schema(schema: &Schema) -> proto::Schema {
    let block = proto::schema::Block {
        version: schema.version,
        attributes: schema.attributes.iter().map(attribute).collect(),
        description: schema.doc.to_string(),
        description_kind: proto::StringKind::Markdown.into(),
        ..Default::default()
    };
    proto::Schema { version: schema.version, block: Some(block) }
}

fn attribute(attribute: &Attribute) -> proto::schema::Attribute {
    let (ty, nested) = match &attribute.kind {
        Kind::Plain(ty) => (ty.to_json_bytes(), None),
        Kind::Nested(nesting, inner) => {
            let nesting = match nesting {
                Nesting::Single => proto::schema::object::NestingMode::Single,
                Nesting::List => proto::schema::object::NestingMode::List,
                Nesting::Set => proto::schema::object::NestingMode::Set,
                Nesting::Map => proto::schema::object::NestingMode::Map,
            };
            let nested = proto::schema::Object {
                attributes: inner.iter().map(self::attribute).collect(),
                nesting: nesting.into(),
                ..Default::default()
            };
            (Vec::new(), Some(nested))
        }
    };
    proto::schema::Attribute {
        name: attribute.name.to_string(),
        r#type: ty,
        nested_type: nested,
        description: attribute.doc.to_string(),
        required: attribute.required,
        optional: attribute.optional,
        computed: attribute.computed,
        sensitive: attribute.sensitive,
        write_only: attribute.write_only,
        description_kind: proto::StringKind::Markdown.into(),
        ..Default::default()
    }
}

/// The object type of the identity. `None` if the schema marks no attribute as identity.
pub(super) fn identity_type(schema: &Schema) -> Option<Type> {
    let fields: Vec<_> =
        schema.identity().map(|attribute| (attribute.name.clone(), attribute.ty())).collect();
    (!fields.is_empty()).then_some(Type::Object(fields))
}

/// The version of every identity schema. It is 0, because no identity schema has changed yet.
pub(super) const IDENTITY_VERSION: i64 = 0;

pub(super) fn identity_schema(schema: &Schema) -> proto::ResourceIdentitySchema {
    let attribute = |attribute: &Attribute| proto::resource_identity_schema::IdentityAttribute {
        name: attribute.name.to_string(),
        r#type: attribute.ty().to_json_bytes(),
        required_for_import: true,
        optional_for_import: false,
        description: attribute.doc.to_string(),
    };
    proto::ResourceIdentitySchema {
        version: IDENTITY_VERSION,
        identity_attributes: schema.identity().map(attribute).collect(),
    }
}

/// Encodes the identity of an object. `schema` is the schema of the resource. Returns `None` if
/// `identity` is `None`, or if the schema marks no attribute as identity.
pub(super) fn identity(
    identity: Option<&Value>,
    schema: &Schema,
) -> Result<Option<proto::ResourceIdentityData>> {
    let (Some(identity), Some(ty)) = (identity, identity_type(schema)) else { return Ok(None) };
    Ok(Some(proto::ResourceIdentityData { identity_data: Some(dynamic(identity, &ty)?) }))
}

pub(super) fn function(signature: &Signature) -> proto::Function {
    let parameter = |parameter: &Parameter| proto::function::Parameter {
        name: parameter.name.to_owned(),
        r#type: parameter.ty.to_json_bytes(),
        allow_null_value: parameter.nullable,
        allow_unknown_values: false,
        description: parameter.doc.to_owned(),
        description_kind: proto::StringKind::Markdown.into(),
    };
    proto::Function {
        parameters: signature.parameters.iter().map(parameter).collect(),
        variadic_parameter: signature.variadic.as_ref().map(parameter),
        r#return: Some(proto::function::Return { r#type: signature.returns.to_json_bytes() }),
        summary: signature.summary.to_owned(),
        description: signature.doc.to_owned(),
        description_kind: proto::StringKind::Markdown.into(),
        ..Default::default()
    }
}

/// Converts an error of a function. Core puts the text into a sentence and ends this sentence with
/// a full stop, so the text must not end with a full stop.
pub(super) fn function_error(error: FunctionError) -> proto::FunctionError {
    proto::FunctionError {
        text: error.text.trim_end_matches('.').to_owned(),
        function_argument: error.argument.and_then(|argument| i64::try_from(argument).ok()),
    }
}

pub(super) fn timestamp(time: SystemTime) -> prost_types::Timestamp {
    let since_epoch = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    prost_types::Timestamp {
        seconds: i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX),
        nanos: i32::try_from(since_epoch.subsec_nanos()).unwrap_or(0),
    }
}
