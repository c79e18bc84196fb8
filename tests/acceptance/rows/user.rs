//! The row of `pbs_user`. The id `<token>-new@pbs` begins with the prefix of the test. The row does
//! not set the password, because the tests that use the row compare plans, and a plan does not show
//! the password. `tests/acceptance/user_password.rs` tests the password.

use serde_json::{Value, json};
use test_support::cli::World;

use crate::rows::{Drift, Import, Row, Stage};

pub(crate) const ROW: Row = Row {
    label: "pbs_user",
    resource: "pbs_user",
    setup: &|_| {},
    stages: &[
        Stage {
            body: r#"
                user_id = "<token>-new@pbs"
            "#,
            server: r#"{
                "userid": "<token>-new@pbs", "comment": "", "enable": true, "expire": 0, "firstname": "", "lastname": "", "email": ""
            }"#,
            unknown: &["id"],
        },
        Stage {
            body: r#"
                user_id         = "<token>-new@pbs"
                comment         = "Owns the tokens: 100 % of them"
                enabled         = false
                expiration_date = "2099-12-31T23:59:59+01:00"
                first_name      = "Ada"
                last_name       = "Lovelace"
                email           = "ada@example.com"
            "#,
            server: r#"{
                "userid": "<token>-new@pbs", "comment": "Owns the tokens: 100 % of them", "enable": false, "expire": 4102441199,
                "firstname": "Ada", "lastname": "Lovelace", "email": "ada@example.com"
            }"#,
            unknown: &[],
        },
        Stage {
            body: r#"
                user_id         = "<token>-new@pbs"
                comment         = "Sicherungen: täglich"
                enabled         = true
                expiration_date = "2098-01-01T00:00:00Z"
                first_name      = "Änne"
                last_name       = "Groß"
                email           = "anne@example.com"
            "#,
            server: r#"{
                "userid": "<token>-new@pbs", "comment": "Sicherungen: täglich", "enable": true, "expire": 4039372800,
                "firstname": "Änne", "lastname": "Groß", "email": "anne@example.com"
            }"#,
            unknown: &[],
        },
    ],
    replacements: &[(
        "user_id",
        r#"
            user_id         = "<token>-2@pbs"
            comment         = "Owns the tokens: 100 % of them"
            enabled         = false
            expiration_date = "2099-12-31T23:59:59+01:00"
            first_name      = "Ada"
            last_name       = "Lovelace"
            email           = "ada@example.com"
        "#,
    )],
    import: Import {
        body: r#"
            user_id         = "<token>-new@pbs"
            comment         = "Clicked together"
            enabled         = false
            expiration_date = "2099-12-31T23:59:59Z"
            first_name      = "Ada"
            last_name       = "Lovelace"
            email           = "ada@example.com"
        "#,
        creation: None,
        id: "<token>-new@pbs",
        identity: &[("user_id", "<token>-new@pbs")],
        unavailable: &[],
    },
    rejections: &[
        ("user_id", "user_id = \"nobody\""),
        ("user_id", "user_id = \"no body@pbs\""),
        ("user_id", "user_id = \"<token>-new@pbs \""),
        (
            "user_id",
            "user_id = \"<token>-3456789012345678901234567890123456789012345678901234567890@pbs\"",
        ),
        ("comment", "user_id = \"<token>-new@pbs\"\n comment = \"two\\nlines\""),
        ("comment", "user_id = \"<token>-new@pbs\"\n comment = \"trailing white space \""),
        ("expiration_date", "user_id = \"<token>-new@pbs\"\n expiration_date = \"tomorrow\""),
        (
            "expiration_date",
            "user_id = \"<token>-new@pbs\"\n expiration_date = \"1970-01-01T00:00:00Z\"",
        ),
        ("first_name", "user_id = \"<token>-new@pbs\"\n first_name = \"A\""),
        ("first_name", "user_id = \"<token>-new@pbs\"\n first_name = \"A\\u00a0\""),
        ("last_name", "user_id = \"<token>-new@pbs\"\n last_name = \"two\\nlines\""),
        (
            "email",
            "user_id = \"<token>-new@pbs\"\n email = \"a2345678901234567890123456789012345678901234567890123456789012345\"",
        ),
        ("password_wo_version", "user_id = \"<token>-new@pbs\"\n password_wo_version = 1"),
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
        Drift { attribute: "first_name", make: &|world| change(world, &[("firstname", "Eve")]) },
        Drift { attribute: "last_name", make: &|world| change(world, &[("delete", "lastname")]) },
        Drift { attribute: "email", make: &|world| change(world, &[("email", "eve@example.com")]) },
    ],
    remove: &|world| {
        world.api.delete(&world.names.insert_into(URL));
    },
    find: &find,
    objects: &objects,
    ..Row::BASE
};

const URL: &str = "/access/users/<token>-new@pbs";

fn change(world: &World, form: &[(&str, &str)]) {
    world.api.put(&world.names.insert_into(URL), form);
}

fn objects(world: &World) -> Vec<Value> {
    let Value::Array(list) = world.api.get("/access/users") else { panic!("a list was expected") };
    let own =
        |user: &Value| user["userid"].as_str().is_some_and(|id| world.names.belongs_to_test(id));
    let mut users: Vec<_> = list.into_iter().filter(own).collect();
    users.sort_by_key(Value::to_string);
    users
}

fn find(world: &World) -> Value {
    let id = world.names.insert_into("<token>-new@pbs");
    let users = world.api.get("/access/users");
    let user = users.as_array().into_iter().flatten().find(|user| user["userid"] == *id);
    user.map_or(Value::Null, |user| {
        let value_or = |name: &str, default: Value| user.get(name).cloned().unwrap_or(default);
        json!({
            "userid": id, "comment": value_or("comment", "".into()), "enable": value_or("enable", true.into()), "expire": value_or("expire", 0.into()),
            "firstname": value_or("firstname", "".into()), "lastname": value_or("lastname", "".into()), "email": value_or("email", "".into()),
        })
    })
}
