//! Checks of notification targets and matchers.

use regex::Regex;

use super::{Change, refuse_if};
use crate::{description::check_daily_duration, kinds, response::ApiError, sections::Section};

const SEVERITIES: [&str; 5] = ["info", "notice", "warning", "error", "unknown"];

/// Checks that a notification target for e-mail has a recipient.
pub(crate) fn recipients(change: &Change) -> Result<(), ApiError> {
    let has_no_recipient =
        change.list("mailto").is_empty() && change.list("mailto-user").is_empty();
    refuse_if(has_no_recipient, || {
        "must at least provide one recipient, either in mailto or in mailto-user".into()
    })
}

/// Checks an SMTP target. PBS cannot store a password with control characters.
pub(crate) fn smtp(change: &Change) -> Result<(), ApiError> {
    recipients(change)?;
    let password = change.text("password").unwrap_or_default();
    refuse_if(password.chars().any(char::is_control), || {
        let id = change.id;
        format!(
            "could not serialize configuration: writing \"priv/notifications.cfg\" failed: detected unexpected control character in section '{id}' key 'password'"
        )
    })
}

/// Checks the conditions and the targets of a matcher.
pub(crate) fn matcher(change: &Change) -> Result<(), ApiError> {
    for field in change.list("match-field") {
        check_field(field)
            .map_err(|error| ApiError::bad_request(format!("could not apply filter: {error}")))?;
    }
    for severity in change.list("match-severity").into_iter().flat_map(|list| list.split(',')) {
        refuse_if(!SEVERITIES.contains(&severity), || format!("invalid severity {severity}"))?;
    }
    for calendar in change.list("match-calendar") {
        check_daily_duration(calendar)
            .map_err(|error| ApiError::bad_request(format!("could not parse schedule: {error}")))?;
    }
    for target in change.list("target") {
        let mut sections = change.world.sections.in_file(&kinds::NOTIFICATIONS).iter();
        let is_target =
            |section: &Section| section.kind.path != kinds::MATCHER.path && section.id == target;
        if !sections.any(is_target) {
            let error = ApiError::bad_request(format!("endpoint '{target}' does not exist"));
            return Err(ApiError { status: 404, ..error });
        }
    }
    Ok(())
}

/// Checks a condition on a field, for example `exact:type=gc,verify` or `regex:hostname=^pbs`.
fn check_field(text: &str) -> Result<(), String> {
    let syntax_error = || format!("invalid match-field statement: {text}");
    let (mode, condition) = text.split_once(':').ok_or_else(syntax_error)?;
    let (_, value) = condition.split_once('=').ok_or_else(syntax_error)?;
    match mode {
        "exact" => Ok(()),
        "regex" => match Regex::new(value) {
            Ok(_) => Ok(()),
            Err(error) => Err(format!("invalid regex: {error}")),
        },
        _ => Err(syntax_error()),
    }
}

/// Checks that no matcher names the notification target, because PBS does not delete a target that
/// is in use.
pub(crate) fn target_is_unused(change: &Change) -> Result<(), ApiError> {
    let names_target = |section: &&Section| {
        let targets = section.properties.get("target").and_then(|list| list.as_array());
        targets.is_some_and(|targets| targets.iter().any(|target| target == change.id))
    };
    let matchers: Vec<&str> = change
        .world
        .sections
        .of(&kinds::MATCHER)
        .filter(names_target)
        .map(|matcher| matcher.id.as_str())
        .collect();
    refuse_if(!matchers.is_empty(), || {
        format!("cannot delete '{}', referenced by: {}", change.id, matchers.join(", "))
    })
}
