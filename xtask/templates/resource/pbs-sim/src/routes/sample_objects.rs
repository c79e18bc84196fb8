//! `/config/sample-object`: sample objects.

use serde_json::{Map, Value};

use super::{Call, Route, get, object_of_present_fields, write};
use crate::{
    response::{ApiError, CallResult, Success},
    sample_object::SampleObject,
};

pub(super) const ROUTES: &[Route] = &[
    get("/config/sample-object", list),
    write("POST", "/config/sample-object", &[], create),
    get("/config/sample-object/{id}", read),
    write("PUT", "/config/sample-object/{id}", &[], update),
    write("DELETE", "/config/sample-object/{id}", &[], delete),
];

/// Lists all sample objects.
fn list(call: &mut Call) -> CallResult {
    let objects = call.world.sample_objects.iter();
    let objects = objects.map(|(id, object)| to_json(id, object)).collect();
    Ok(Success::Data(objects))
}

fn create(call: &mut Call) -> CallResult {
    let id = call.args.required_text("id").to_string();
    if call.world.sample_objects.contains_key(&id) {
        return Err(ApiError::bad_request(format!("sample object '{id}' already exists.")));
    }
    let args = &call.args;
    let object = SampleObject { comment: args.owned_text("comment"), limit: args.integer("limit") };
    call.world.sample_objects.insert(id, object);
    Ok(Success::Data(Value::Null))
}

fn read(call: &mut Call) -> CallResult {
    let id = call.args.required_text("id");
    let object = call.world.sample_objects.get(id).ok_or_else(|| missing(id))?;
    Ok(Success::Data(to_json(id, object).into()))
}

/// Changes a sample object. Parameters that the client does not send keep their values.
fn update(call: &mut Call) -> CallResult {
    let args = &call.args;
    let id = args.required_text("id");
    let object = call.world.sample_objects.get_mut(id).ok_or_else(|| missing(id))?;
    if args.list_contains("delete", "comment") {
        object.comment = None;
    }
    if args.list_contains("delete", "limit") {
        object.limit = None;
    }
    if let Some(comment) = args.text("comment") {
        object.comment = Some(comment.trim().to_string()).filter(|comment| !comment.is_empty());
    }
    if let Some(limit) = args.integer("limit") {
        object.limit = Some(limit);
    }
    Ok(Success::Data(Value::Null))
}

fn delete(call: &mut Call) -> CallResult {
    let id = call.args.required_text("id");
    match call.world.sample_objects.remove(id) {
        Some(_) => Ok(Success::Data(Value::Null)),
        None => Err(missing(id)),
    }
}

fn missing(id: &str) -> ApiError {
    ApiError::bad_request(format!("sample object '{id}' does not exist."))
}

/// A sample object as PBS shows it.
fn to_json(id: &str, object: &SampleObject) -> Map<String, Value> {
    object_of_present_fields([
        ("id", Some(id.into())),
        ("comment", object.comment.as_deref().map(Value::from)),
        ("limit", object.limit.map(Value::from)),
    ])
}
