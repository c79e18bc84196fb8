//! Checks of notification targets and matchers.

use regex::Regex;

use super::{Change, refuse_if};
use crate::{description::daily_duration, kinds, response::ApiError};

const SEVERITIES: [&str; 5] = ["info", "notice", "warning", "error", "unknown"];

/// A target that sends mail needs a recipient.
pub(crate) fn recipients(change: &Change) -> Result<(), ApiError> {
    let has_none = change.list("mailto").is_empty() && change.list("mailto-user").is_empty();
    refuse_if(has_none, || {
        "must at least provide one recipient, either in mailto or in mailto-user".into()
    })
}

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
        daily_duration(calendar)
            .map_err(|error| ApiError::bad_request(format!("could not parse schedule: {error}")))?;
    }
    for target in change.list("target") {
        let mut sections = change.world.sections.in_file(&kinds::NOTIFICATIONS).iter();
        if !sections.any(|it| it.kind.path != kinds::MATCHER.path && it.id == target) {
            let error = ApiError::bad_request(format!("endpoint '{target}' does not exist"));
            return Err(ApiError { status: 404, ..error });
        }
    }
    Ok(())
}

/// Checks a text such as `exact:type=gc,verify` or `regex:hostname=^pbs`.
fn check_field(text: &str) -> Result<(), String> {
    let invalid = || format!("invalid match-field statement: {text}");
    let (mode, condition) = text.split_once(':').ok_or_else(invalid)?;
    let (_, value) = condition.split_once('=').ok_or_else(invalid)?;
    match mode {
        "exact" => Ok(()),
        "regex" => match Regex::new(value) {
            Ok(_) => Ok(()),
            Err(error) => Err(format!("invalid regex: {error}")),
        },
        _ => Err(invalid()),
    }
}

/// A target cannot be deleted while a matcher names it.
pub(crate) fn target_is_unused(change: &Change) -> Result<(), ApiError> {
    let names = |section: &&crate::sections::Section| {
        let targets = section.properties.get("target").and_then(|list| list.as_array());
        targets.is_some_and(|targets| targets.iter().any(|target| target == change.id))
    };
    let matchers: Vec<&str> = change
        .world
        .sections
        .of(&kinds::MATCHER)
        .filter(names)
        .map(|matcher| matcher.id.as_str())
        .collect();
    refuse_if(!matchers.is_empty(), || {
        format!("cannot delete '{}', referenced by: {}", change.id, matchers.join(", "))
    })
}
