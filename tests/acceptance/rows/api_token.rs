//! The row of `pbs_api_token`.

use serde_json::{Value, json};
use test_support::cli::World;

use crate::rows::{Drift, Import, Row, Stage};

pub(crate) const ROW: Row = Row {
    label: "pbs_api_token",
    resource: "pbs_api_token",
    setup: &|_| {},
    stages: &[
        Stage {
            body: r#"
                user_id    = "<user>"
                token_name = "<token>"
            "#,
            server: r#"{"tokenid": "<user>!<token>", "comment": "", "enable": true, "expire": 0}"#,
            unknown: &["id", "secret", "api_token", "issued_at", "ready_for_renewal"],
        },
        Stage {
            body: r#"
                user_id           = "<user>"
                token_name        = "<token>"
                comment           = "Backups, every night: 100 % of them"
                enabled           = false
                expiration_date   = "2099-12-31T23:59:59+01:00"
                rotation_triggers = { year = "2026" }
            "#,
            server: r#"{
                "tokenid": "<user>!<token>", "comment": "Backups, every night: 100 % of them", "enable": false, "expire": 4102441199
            }"#,
            unknown: &["secret", "api_token", "issued_at"],
        },
        Stage {
            body: r#"
                user_id           = "<user>"
                token_name        = "<token>"
                comment           = "Sicherungen: täglich"
                enabled           = true
                expiration_date   = "2098-01-01T00:00:00Z"
                rotation_triggers = { year = "2027" }
            "#,
            server: r#"{"tokenid": "<user>!<token>", "comment": "Sicherungen: täglich", "enable": true, "expire": 4039372800}"#,
            unknown: &["secret", "api_token", "issued_at"],
        },
        Stage {
            body: r#"
                user_id            = "<user>"
                token_name         = "<token>"
                validity_days      = 90
                early_renewal_days = 30
                rotation_triggers  = { year = "2027" }
            "#,
            server: r#"{"tokenid": "<user>!<token>", "comment": "", "enable": true, "expire": "<any>"}"#,
            unknown: &["expiration_date", "ready_for_renewal"],
        },
    ],
    replacements: &[
        (
            "user_id",
            r#"
                user_id           = "<other>"
                token_name        = "<token>"
                comment           = "Backups, every night: 100 % of them"
                enabled           = false
                expiration_date   = "2099-12-31T23:59:59+01:00"
                rotation_triggers = { year = "2026" }
            "#,
        ),
        (
            "token_name",
            r#"
                user_id           = "<user>"
                token_name        = "<token>-2"
                comment           = "Backups, every night: 100 % of them"
                enabled           = false
                expiration_date   = "2099-12-31T23:59:59+01:00"
                rotation_triggers = { year = "2026" }
            "#,
        ),
    ],
    import: Import {
        body: r#"
            user_id         = "<user>"
            token_name      = "<token>"
            comment         = "Clicked together"
            enabled         = false
            expiration_date = "2099-12-31T23:59:59Z"
        "#,
        creation: None,
        id: "<user>!<token>",
        identity: &[("user_id", "<user>"), ("token_name", "<token>")],
        unavailable: &["secret", "api_token", "issued_at"],
    },
    rejections: &[
        ("user_id", "user_id = \"nobody\"\n token_name = \"<token>\""),
        ("user_id", "user_id = \"<user> \"\n token_name = \"<token>\""),
        ("token_name", "user_id = \"<user>\"\n token_name = \"-leading-dash\""),
        ("token_name", "user_id = \"<user>\"\n token_name = \"white space\""),
        (
            "token_name",
            "user_id = \"<user>\"\n token_name = \"a2345678901234567890123456789012345678901234567890123456789012345\"",
        ),
        ("comment", "user_id = \"<user>\"\n token_name = \"<token>\"\n comment = \"two\\nlines\""),
        (
            "comment",
            "user_id = \"<user>\"\n token_name = \"<token>\"\n comment = \" leading white space\"",
        ),
        (
            "expiration_date",
            "user_id = \"<user>\"\n token_name = \"<token>\"\n expiration_date = \"tomorrow\"",
        ),
        (
            "expiration_date",
            "user_id = \"<user>\"\n token_name = \"<token>\"\n expiration_date = \"1970-01-01T00:00:00Z\"",
        ),
        (
            "expiration_date",
            "user_id = \"<user>\"\n token_name = \"<token>\"\n expiration_date = \"2099-01-01T00:00:00.5Z\"",
        ),
        ("validity_days", "user_id = \"<user>\"\n token_name = \"<token>\"\n validity_days = 0"),
        (
            "validity_days",
            "user_id = \"<user>\"\n token_name = \"<token>\"\n validity_days = 9\n expiration_date = \"2099-01-01T00:00:00Z\"",
        ),
        (
            "early_renewal_days",
            "user_id = \"<user>\"\n token_name = \"<token>\"\n early_renewal_days = 9",
        ),
        (
            "early_renewal_days",
            "user_id = \"<user>\"\n token_name = \"<token>\"\n validity_days = 9\n early_renewal_days = 9",
        ),
    ],
    drifts: &[
        Drift {
            attribute: "comment",
            make: &|world| change(world, &[("comment", "changed outside")]),
        },
        Drift { attribute: "enabled", make: &|world| change(world, &[("enable", "1")]) },
        Drift {
            attribute: "expiration_date",
            make: &|world| change(world, &[("expire", "4000000000")]),
        },
    ],
    remove: &|world| {
        world.api.delete(&world.names.insert_into(URL));
    },
    find: &find,
    objects: &objects,
    ..Row::BASE
};

const URL: &str = "/access/users/<user>/token/<token>";

fn change(world: &World, form: &[(&str, &str)]) {
    world.api.put(&world.names.insert_into(URL), form);
}

/// The tokens of all users.
fn tokens(world: &World) -> Vec<Value> {
    let users = world.api.get("/access/users?include_tokens=1");
    let lists = users.as_array().into_iter().flatten().filter_map(|user| user["tokens"].as_array());
    lists.flatten().cloned().collect()
}

fn objects(world: &World) -> Vec<Value> {
    let own =
        |token: &Value| token["tokenid"].as_str().is_some_and(|id| world.names.belongs_to_test(id));
    let mut tokens: Vec<_> = tokens(world).into_iter().filter(own).collect();
    tokens.sort_by_key(Value::to_string);
    tokens
}

fn find(world: &World) -> Value {
    let id = world.names.insert_into("<user>!<token>");
    let token = tokens(world).into_iter().find(|token| token["tokenid"] == *id);
    token.map_or(Value::Null, |token| {
        let value_or = |name: &str, default: Value| token.get(name).cloned().unwrap_or(default);
        json!({
            "tokenid": id, "comment": value_or("comment", "".into()),
            "enable": value_or("enable", true.into()), "expire": value_or("expire", 0.into()),
        })
    })
}
