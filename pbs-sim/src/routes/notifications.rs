//! Calls about the notification targets of all kinds, and the list of the fields that matchers can
//! check (recorded from PBS 4.2.3).

use serde_json::{Value, json};

use super::{Call, Route, get, in_random_order, subdirectories, write};
use crate::{
    kinds::{MATCHER, NOTIFICATIONS},
    response::{ApiError, CallResult, Success},
    sections::Section,
};

pub(super) const ROUTES: &[Route] = &[
    get("/config/notifications/targets", list),
    get("/config/notifications/targets/{name}", |_| subdirectories(&["test"])),
    write("POST", "/config/notifications/targets/{name}/test", &[], test),
    get("/config/notifications/matcher-fields", list_fields),
];

/// The notification targets of all kinds.
fn targets<'a>(call: &'a Call) -> impl Iterator<Item = &'a Section> {
    let sections = call.world.sections.in_file(&NOTIFICATIONS).iter();
    sections.filter(|section| section.kind.path != MATCHER.path)
}

fn list(call: &mut Call) -> CallResult {
    let to_row = |target: &Section| {
        let mut row = target.shown_object();
        row.retain(|name, _| ["name", "comment", "disable", "origin"].contains(&name.as_str()));
        row.insert("type".into(), target.kind.path.rsplit('/').next().into());
        Value::from(row)
    };
    let rows = targets(call).map(to_row).collect();
    Ok(Success::Data(in_random_order(call, rows)))
}

/// Handles the request for a test notification. The simulator sends no notification, and responds
/// as if the target had refused the connection.
fn test(call: &mut Call) -> CallResult {
    let name = call.args.required_text("name");
    if !targets(call).any(|target| target.id == name) {
        let error = ApiError::bad_request(format!("endpoint '{name}' does not exist"));
        return Err(ApiError { status: 404, ..error });
    }
    let text = format!(
        "Could not test target: could not notify via endpoint(s): {name}: io: Connection refused (os error 111)"
    );
    Err(ApiError { status: 500, ..ApiError::bad_request(text) })
}

/// Lists the fields that matchers can check.
fn list_fields(_: &mut Call) -> CallResult {
    let names = ["datastore", "hostname", "job-id", "media-pool", "type"];
    Ok(Success::Data(names.iter().map(|name| json!({ "name": name })).collect()))
}
