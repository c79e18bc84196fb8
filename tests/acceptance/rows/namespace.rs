//! The row of `pbs_namespace`. The path `<token>-prod` begins with the prefix of the test.

use serde_json::{Value, json};
use test_support::cli::World;

use crate::rows::{Import, Row, Stage};

const SERVER: &str = r#"{ "ns": "<token>-prod" }"#;

pub(crate) const ROW: Row = Row {
    label: "pbs_namespace",
    resource: "pbs_namespace",
    setup: &|world| {
        if let Some(simulator) = world.simulator("a second datastore") {
            simulator.world(|world| {
                world.datastore_mut("store2");
            });
        }
    },
    stages: &[
        Stage {
            body: r#"
                datastore = "store1"
                path      = "<token>-prod"
            "#,
            server: SERVER,
            unknown: &[],
        },
        Stage {
            body: r#"
                datastore     = "store1"
                path          = "<token>-prod"
                delete_groups = true
            "#,
            server: SERVER,
            unknown: &[],
        },
        Stage {
            body: r#"
                datastore     = "store1"
                path          = "<token>-prod"
                delete_groups = false
            "#,
            server: SERVER,
            unknown: &[],
        },
    ],
    replacements: &[
        (
            "path",
            r#"
                datastore     = "store1"
                path          = "<token>-test"
                delete_groups = true
            "#,
        ),
        (
            "datastore",
            r#"
                datastore     = "store2"
                path          = "<token>-prod"
                delete_groups = true
            "#,
        ),
    ],
    import: Import {
        body: r#"
            datastore = "store1"
            path      = "<token>-prod"
        "#,
        creation: None,
        id: "store1:<token>-prod",
        identity: &[("datastore", "store1"), ("path", "<token>-prod")],
        unavailable: &[],
    },
    rejections: &[
        ("datastore", "datastore = \"a/b\"\n path = \"prod\""),
        ("path", "datastore = \"store1\"\n path = \"\""),
        ("path", "datastore = \"store1\"\n path = \"/prod\""),
        ("path", "datastore = \"store1\"\n path = \"a b\""),
        ("path", "datastore = \"store1\"\n path = \"1/2/3/4/5/6/7/8\""),
    ],
    remove: &|world| {
        world.api.delete(&world.names.insert_into(&format!("{URL}?ns=<token>-prod")));
    },
    find: &find,
    objects: &objects,
    needs_simulator: Some("the datastore store1"),
    ..Row::BASE
};

const URL: &str = "/admin/datastore/store1/namespace";

fn objects(world: &World) -> Vec<Value> {
    let Value::Array(list) = world.api.get(URL) else { panic!("a list was expected") };
    let own = |namespace: &Value| {
        namespace["ns"].as_str().is_some_and(|path| world.names.belongs_to_test(path))
    };
    list.into_iter().filter(own).collect()
}

fn find(world: &World) -> Value {
    let path = world.names.insert_into("<token>-prod");
    let found = objects(world).into_iter().find(|namespace| namespace["ns"] == *path);
    found.map_or(Value::Null, |_| json!({ "ns": path }))
}
