//! The row of `pbs_sample_object`.

use serde_json::{Value, json};
use test_support::cli::World;

use crate::rows::{Drift, Import, Row, Stage};

pub(crate) const ROW: Row = Row {
    label: "pbs_sample_object",
    resource: "pbs_sample_object",
    setup: |_| {},
    stages: &[
        Stage {
            body: r#"
                name = "<token>-new"
            "#,
            server: r#"{ "id": "<token>-new", "comment": "", "limit": null }"#,
            unknown: &["id"],
        },
        Stage {
            body: r#"
                name    = "<token>-new"
                comment = "The first: 100 % of it"
                limit   = 7
            "#,
            server: r#"{ "id": "<token>-new", "comment": "The first: 100 % of it", "limit": 7 }"#,
            unknown: &[],
        },
        Stage {
            body: r#"
                name    = "<token>-new"
                comment = "Täglich: die zweite"
                limit   = 14
            "#,
            server: r#"{ "id": "<token>-new", "comment": "Täglich: die zweite", "limit": 14 }"#,
            unknown: &[],
        },
    ],
    replacements: &[(
        "name",
        r#"
            name    = "<token>-2"
            comment = "The first: 100 % of it"
            limit   = 7
        "#,
    )],
    import: Import {
        body: r#"
            name    = "<token>-new"
            comment = "Created by hand"
            limit   = 7
        "#,
        id: "<token>-new",
        identity: &[("name", "<token>-new")],
        unavailable: &[],
    },
    rejections: &[
        ("name", "name = \"no\""),
        ("name", "name = \"two words\""),
        ("name", "name = \"<token>-34567890123456789012345678901234567890\""),
        ("comment", "name = \"<token>-new\"\n comment = \"two\\nlines\""),
        ("limit", "name = \"<token>-new\"\n limit = 0"),
        ("limit", "name = \"<token>-new\"\n limit = 1.5"),
    ],
    drifts: &[
        Drift {
            attribute: "comment",
            make: |world| change(world, &[("comment", "changed outside")]),
        },
        Drift { attribute: "limit", make: |world| change(world, &[("delete", "limit")]) },
    ],
    remove: |world| {
        world.api.delete(&world.names.fill(URL));
    },
    find,
    objects,
};

const URL: &str = "/config/sample-object/<token>-new";

fn change(world: &World, form: &[(&str, &str)]) {
    world.api.put(&world.names.fill(URL), form);
}

fn objects(world: &World) -> Vec<Value> {
    let Value::Array(mut objects) = world.api.get("/config/sample-object") else {
        panic!("a list was expected")
    };
    objects.retain(|object| object["id"].as_str().is_some_and(|id| world.names.own(id)));
    objects.sort_by_key(Value::to_string);
    objects
}

fn find(world: &World) -> Value {
    let id = world.names.fill("<token>-new");
    let objects = objects(world);
    objects.iter().find(|object| object["id"] == *id).map_or(Value::Null, |object| {
        let comment = object.get("comment").cloned().unwrap_or("".into());
        json!({ "id": id, "comment": comment, "limit": object["limit"] })
    })
}
