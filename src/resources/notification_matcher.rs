//! `pbs_notification_matcher`: decides which notifications go to which targets.

use crate::{
    object::{Change, Field, Object},
    pbs::{
        kinds,
        notation::{DailyDuration, EntityName, MatchField, Severities},
    },
};
use tf_plugin::{Diagnostic, Field as Planned, Result};

pub(crate) fn notification_matcher() -> Object {
    Object::new(
        "notification_matcher",
        &kinds::NOTIFICATION_MATCHER,
        "Manages a notification matcher: a rule that consists of conditions and targets. If a \
         notification matches the conditions, PBS sends the notification to the targets. A matcher \
         without conditions matches every notification. A matcher without targets sends \
         nothing.\n\n\
         Every server has the matcher `default-matcher`. To manage this matcher, import it. PBS \
         never deletes this matcher: when the resource is destroyed, PBS resets the matcher to its \
         original settings. A new matcher has no effect on other matchers: `default-matcher` still \
         sends its notifications to the target `mail-to-root`, until `default-matcher` is changed \
         or disabled.",
        [
            Field::text(
                "name",
                "name",
                "Name of the matcher, 2 to 32 letters, digits, `_`, `.` and `-`. No other matcher \
                 or target can have the same name.",
            )
            .parses::<EntityName>()
            .key(),
            Field::set(
                "targets",
                "target",
                "Names of the targets that receive the matched notifications. Default: none.",
            )
            .note("Each target must exist on the server.")
            .parses::<EntityName>(),
            Field::set(
                "match_severities",
                "match-severity",
                "Conditions on the severity. Each condition is a list of severities, separated by \
                 commas. A notification fulfils a condition if the severity of the notification is \
                 in the list. The severities are `info`, `notice`, `warning`, `error` and \
                 `unknown`. For example, `[\"warning,error\"]` matches warnings and errors, \
                 whereas `[\"warning\", \"error\"]` matches nothing unless `mode` is `any`. \
                 Default: none.",
            )
            .parses::<Severities>()
            .same::<Severities>(),
            Field::set(
                "match_fields",
                "match-field",
                "Conditions on the metadata of the notification, as `exact:FIELD=VALUE,VALUE` or \
                 `regex:FIELD=PATTERN`, for example `exact:type=prune,gc`. The fields are `type`, \
                 `datastore`, `hostname`, `job-id` and `media-pool`. Default: none.",
            )
            .parses::<MatchField>()
            .same::<MatchField>(),
            Field::set(
                "match_calendars",
                "match-calendar",
                "Conditions on the time of the notification, for example `mon..fri 8-17`. Default: \
                 none.",
            )
            .parses::<DailyDuration>(),
            Field::text(
                "mode",
                "mode",
                "Whether a notification must fulfil all conditions (`all`) or at least one \
                 condition (`any`). Default: `all`.",
            )
            .one_of(&["all", "any"])
            .default("all"),
            Field::flag(
                "invert_match",
                "invert-match",
                "Whether the matcher matches the notifications that do not fulfil the conditions. \
                 With `false`, the matcher matches the notifications that fulfil the conditions. \
                 Default: `false`.",
            )
            .default(false),
            Field::enabled("Whether PBS uses the matcher. Default: `true`."),
            Field::comment(),
        ],
    )
    .warn(warn)
}

/// Warns if the plan deletes the matcher `default-matcher`, because PBS does not delete this
/// matcher, but resets it. Also warns of lists of severities that no notification can fulfil. A
/// notification has only one severity, so it fulfils all lists only if its severity is in every
/// list.
fn warn(change: &Change<'_>, diagnostics: &mut Vec<Diagnostic>) -> Result<()> {
    if change.deletes("name", "default-matcher")? {
        diagnostics.push(Diagnostic::warning(
            "The matcher default-matcher is reset",
            "PBS never deletes this matcher. PBS resets the matcher to its original settings, so \
             the matcher sends notifications to the target `mail-to-root`.",
        ));
    }
    let texts = change.after::<Vec<String>>("match_severities")?.known().unwrap_or_default();
    let lists: Vec<_> = texts.iter().filter_map(|list| list.parse::<Severities>().ok()).collect();
    let needs_all = change.after::<String>("mode")?.known().is_some_and(|mode| mode == "all");
    let is_inverted = change.after::<bool>("invert_match")? == Planned::Known(true);
    if needs_all && !is_inverted && !lists.is_empty() && !Severities::have_one_in_common(&lists) {
        diagnostics.push(
            Diagnostic::warning(
                "The matcher matches no notification",
                "With `mode = \"all\"`, the severity of a notification must be in every element of \
                 `match_severities`, but no severity is in all elements. To match several \
                 severities, write them into one element, for example `[\"warning,error\"]`.",
            )
            .at("match_severities"),
        );
    }
    Ok(())
}
