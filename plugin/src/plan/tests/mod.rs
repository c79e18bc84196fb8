//! Tests of planning: tables of cases for each rule, and properties that hold for every schema.

mod arbitrary;
pub(crate) mod notation;
mod properties;
mod replacing;
mod results;
mod rules;

use super::*;
use crate::value::Type;
use notation::{read, show};

/// A schema with one attribute of every kind, without nested objects.
fn flat_schema() -> Schema {
    Schema::new(
        "",
        [
            Attribute::string("name", "").required(),
            Attribute::string("size", "").optional_computed(),
            Attribute::number("level", "").default(3_i64),
            Attribute::string("port", "").compared_as::<u32>(),
            Attribute::string("note", "").blank_is_none(),
            Attribute::plain(Type::map(Type::String), "tags", "").blank_is_none(),
            Attribute::string("password", "").write_only(),
            Attribute::string("id", "").computed().stable(),
            Attribute::string("stamp", "").computed(),
        ],
    )
}

/// The attributes of a nested object.
fn inner() -> [Attribute; 4] {
    [
        Attribute::string("path", "").compared_as::<u32>(),
        Attribute::string("role", "").default("reader"),
        Attribute::string("id", "").computed().stable(),
        Attribute::string("stamp", "").computed(),
    ]
}

/// A schema with the same nested attributes in all four nestings, and a nested object that only the
/// provider sets.
fn nested_schema() -> Schema {
    Schema::new(
        "",
        [
            Attribute::string("name", ""),
            Attribute::nested(Nesting::Single, "one", "", inner()),
            Attribute::nested(Nesting::List, "list", "", inner()),
            Attribute::nested(Nesting::Set, "set", "", inner()),
            Attribute::nested(Nesting::Map, "map", "", inner()),
            Attribute::nested(
                Nesting::Single,
                "facts",
                "",
                [Attribute::string("a", "").computed()],
            )
            .computed(),
        ],
    )
}

#[track_caller]
fn assert_same(case: &str, actual: &Value, expected: &Value) {
    assert!(actual == expected, "{case}:\n {} instead of\n {}", show(actual), show(expected));
}

/// Checks the plan of each case: description, prior state, configuration, expected plan.
fn assert_plans(schema: &Schema, cases: &[(&str, &str, &str, &str)]) {
    let read = |text| read(schema.ty(), text);
    for (case, prior, config, expected) in cases {
        assert_same(case, &planned(schema, &read(prior), &read(config)), &read(expected));
    }
}
