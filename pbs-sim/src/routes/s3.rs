//! `/config/s3/{id}/list-buckets` and `/admin/s3`: S3 servers (recorded from PBS 4.2.3). Tests set
//! their content with [`World::s3_content`](crate::World::s3_content).

use serde_json::{Value, json};

use super::{Call, Route, get, subdirectories, write};
use crate::{
    kinds::S3_ENDPOINT,
    other_servers::S3Content,
    response::{ApiError, CallResult, Success},
};

pub(super) const ROUTES: &[Route] = &[
    get("/config/s3/{id}/list-buckets", list_buckets),
    get("/admin/s3/{s3-endpoint-id}", |_| subdirectories(&["check", "reset-counters"])),
    write("PUT", "/admin/s3/{s3-endpoint-id}/check", &[], check),
    write("PUT", "/admin/s3/{s3-endpoint-id}/reset-counters", &[], |_| {
        Ok(Success::Data(Value::Null))
    }),
];

/// The content of the server to which the S3 endpoint of the request refers.
///
/// # Errors
/// PBS's message if the endpoint does not exist. If connections to the server fail, the message is
/// `failure`.
fn content(call: &mut Call, failure: &str) -> Result<S3Content, ApiError> {
    let id = call.args.text("id").or(call.args.text("s3-endpoint-id")).unwrap_or_default();
    let id = id.to_string();
    if call.world.sections.get(&S3_ENDPOINT, &id).is_none() {
        return Err(ApiError::bad_request("config lookup failed"));
    }
    let content = call.world.s3_content(&id).clone();
    match content.is_unreachable {
        true => Err(ApiError::bad_request(failure)),
        false => Ok(content),
    }
}

fn list_buckets(call: &mut Call) -> CallResult {
    let content = content(call, "failed to list buckets")?;
    let rows = content.buckets.iter().map(|name| json!({ "name": name }));
    Ok(Success::Data(rows.collect()))
}

/// Checks whether PBS can use a bucket.
fn check(call: &mut Call) -> CallResult {
    let content = content(call, "head object failed")?;
    let bucket = call.args.required_text("bucket");
    match content.buckets.iter().any(|existing| existing == bucket) {
        true => Ok(Success::Data(Value::Null)),
        false => Err(ApiError::bad_request("head object failed")),
    }
}
