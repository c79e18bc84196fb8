//! The rows of notification targets and matchers.

use serde_json::json;

use super::{Line, Needed, Row};

const TARGET: &str = "notifications/endpoints/gotify";

pub(super) fn rows() -> Vec<Row> {
    vec![
        gotify_notification(),
        smtp_notification(),
        sendmail_notification(),
        webhook_notification(),
        notification_matcher(),
    ]
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

/// The recipients and the sender's name.
fn mail() -> [Line; 3] {
    let recipients = |attribute, property, first: &[&str], second: &[&str]| {
        Line::optional(attribute, property, json!(first), json!(second))
            .refuses([json!(["a"]), json!(["a\nb"])])
    };
    [
        recipients("mailto", "mailto", &["a@example.com", "b@example.com"], &["c@example.com"])
            .always(),
        recipients("mailto_user", "mailto-user", &["root@pam", "admin@pbs"], &["admin@pbs"]),
        Line::optional("author", "author", "Backup server", "PBS in Vienna").refuses(["a\nb"]),
    ]
}

fn sendmail_notification() -> Row {
    let lines = [
        Line::key("name", "<name>-mail", "<name>-post").refuses(["a", "a b"]),
        Line::optional("from_address", "from-address", "pbs@example.com", "x@example.com")
            .refuses(["a\nb"]),
        Line::enabled(),
        Line::comment(),
    ];
    let lines: Vec<_> = lines.into_iter().chain(mail()).collect();
    Row::new("pbs_sendmail_notification", "notifications/endpoints/sendmail", lines)
        .adds("origin", "user-created")
}

fn smtp_notification() -> Row {
    let lines = [
        Line::key("name", "<name>-smtp", "<name>-post").refuses(["a", "a b"]),
        Line::required("server", "server", "mail.example.com", "192.0.2.1").refuses([
            "",
            "a b",
            "mail.example.com:25",
        ]),
        Line::optional("port", "port", 1, 65535).refuses([json!(0), json!(65536), json!(1.5)]),
        Line::optional("mode", "mode", "starttls", "tls").cleared_by_default().refuses(["ssl"]),
        Line::optional("username", "username", "pbs", "backup").always().refuses(["a\nb"]),
        Line::optional_secret("password", "first-password-of-smtp", "second-password-of-smtp")
            .always()
            .refuses([" white-space-of-smtp", "line-of-smtp\n"]),
        Line::required("from_address", "from-address", "pbs@example.com", "x@example.com")
            .refuses(["a\nb", ""]),
        Line::enabled(),
        Line::comment(),
    ];
    let lines: Vec<_> = lines.into_iter().chain(mail()).collect();
    Row::new("pbs_smtp_notification", "notifications/endpoints/smtp", lines)
        .adds("origin", "user-created")
}

fn webhook_notification() -> Row {
    let lines = [
        Line::key("name", "<name>-hook", "<name>-web").refuses(["a", "a b"]),
        Line::required(
            "url",
            "url",
            "https://hooks.example.com/{{ url-encode title }}",
            "http://[::1]:8080/a b",
        )
        .refuses(["", "hooks.example.com", "https://{{ secrets.token }}/x"]),
        Line::required("method", "method", "post", "get").refuses(["delete", ""]),
        Line::optional(
            "headers",
            "header",
            json!({ "Content-Type": "text/plain", "X-A": "b" }),
            json!({ "Content-Type": "application/json" }),
        )
        .stores(
            json!(["name=Content-Type,value=dGV4dC9wbGFpbg==", "name=X-A,value=Yg=="]),
            json!(["name=Content-Type,value=YXBwbGljYXRpb24vanNvbg=="]),
        )
        .refuses([json!({ "a b": "c" }), json!({ "": "c" }), json!({ "a": "" })]),
        Line::optional("body", "body", "{{ title }}\n{{ message }}\n", "{{ json message }}")
            .stores("e3sgdGl0bGUgfX0Ke3sgbWVzc2FnZSB9fQo=", "e3sganNvbiBtZXNzYWdlIH19"),
        Line::optional_secret("secrets", "", "")
            .always()
            .values(
                json!({ "token": "first-secret-of-webhook" }),
                json!({ "token": "second-secret-of-webhook", "other": "third" }),
            )
            .stores(
                json!(["name=token,value=Zmlyc3Qtc2VjcmV0LW9mLXdlYmhvb2s="]),
                json!([
                    "name=other,value=dGhpcmQ=",
                    "name=token,value=c2Vjb25kLXNlY3JldC1vZi13ZWJob29r"
                ]),
            )
            .property("secret")
            .refuses([json!({ "a b": "secret-of-webhook" })]),
        Line::enabled(),
        Line::comment(),
    ];
    Row::new("pbs_webhook_notification", "notifications/endpoints/webhook", lines)
        .adds("origin", "user-created")
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
