//! The rows of notification targets and matchers.

use serde_json::json;

use super::{Line, Needed, Row};

const TARGET: &str = "notifications/endpoints/gotify";

pub(super) fn rows() -> Vec<Row> {
    vec![gotify_notification(), notification_matcher()]
}

fn gotify_notification() -> Row {
    let lines = [
        Line::key("name", "<name>-push", "<name>-pager").refuses(["a", "a b"]),
        Line::required("server", "server", "https://gotify.example.com", "http://[::1]:8080/push")
            .refuses(["", "gotify.example.com", "ftp://example.com", "https://"]),
        Line::secret("token", "first-token-of-gotify", "second-token-of-gotify")
            .refuses([" white-space-of-gotify", "line-of-gotify\n"]),
        Line::enabled(),
        Line::comment(),
    ];
    Row::new("pbs_gotify_notification", TARGET, lines).adds("origin", "user-created")
}

fn notification_matcher() -> Row {
    let target = |name: &str| {
        let server = "https://gotify.example.com";
        let object = json!({ "name": name, "server": server, "token": "token-of-a-target" });
        Needed::Object(TARGET, name.to_owned(), object)
    };
    let lines = [
        Line::key("name", "<name>-failures", "<name>-errors").refuses(["a", "a b"]),
        Line::optional("targets", "target", json!(["<name>-a", "<name>-b"]), json!(["<name>-b"]))
            .refuses([json!(["a b"])]),
        Line::optional(
            "match_severities",
            "match-severity",
            json!(["warning,error", "error,unknown"]),
            json!(["info"]),
        )
        .equals([json!(["unknown, error", "error,warning"])])
        .refuses([json!(["fatal"]), json!(["info,"])]),
        Line::optional(
            "match_fields",
            "match-field",
            json!(["exact:type=prune,gc", "regex:hostname=^pbs"]),
            json!(["exact:type=verify"]),
        )
        .refuses([json!(["type=gc"]), json!(["exact:type"])]),
        Line::optional(
            "match_calendars",
            "match-calendar",
            json!(["mon..fri 8-17", "sat 8:00-12:30"]),
            json!(["8-17"]),
        )
        .refuses([json!(["17-8"]), json!(["always"])]),
        Line::optional("mode", "mode", "any", "all").second_is_default().refuses(["some"]),
        Line::flag("invert_match", "invert-match", false),
        Line::enabled(),
        Line::comment(),
    ];
    Row::new("pbs_notification_matcher", "notifications/matchers", lines)
        .needs([target("<name>-a"), target("<name>-b")])
        .adds("origin", "user-created")
}
