//! What each rule comes to, case by case.

use super::notation::{read, show};
use super::*;
use crate::value::Type;

/// Everything that an attribute at the top can be.
fn plain() -> Schema {
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

fn inner() -> [Attribute; 4] {
    [
        Attribute::string("path", "").compared_as::<u32>(),
        Attribute::string("role", "").default("reader"),
        Attribute::string("id", "").computed().stable(),
        Attribute::string("stamp", "").computed(),
    ]
}

/// All four nestings of the same attributes, and what only the provider sets.
fn nested() -> Schema {
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
fn same(case: &str, actual: &Value, expected: &Value) {
    assert!(actual == expected, "{case}:\n {} instead of\n {}", show(actual), show(expected));
}

/// Rows of: what it shows, prior state, configuration, plan.
fn plans(schema: &Schema, rows: &[(&str, &str, &str, &str)]) {
    let read = |text| read(schema.ty(), text);
    for (case, prior, config, expected) in rows {
        same(case, &planned(schema, &read(prior), &read(config)), &read(expected));
    }
}

const OLD: &str =
    r#"{"name":"a","size":"s","level":3,"port":"07","note":"","tags":{},"id":"i","stamp":"t"}"#;

#[test]
fn attributes_at_the_top() {
    plans(
        &plain(),
        &[
            (
                "a creation: defaults, and the rest unknown",
                "null",
                r#"{"name":"a"}"#,
                r#"{"name":"a","size":"?","level":3,"id":"?","stamp":"?"}"#,
            ),
            (
                "a creation takes everything as configured, but keeps no write-only value",
                "null",
                r#"{"name":"a","size":"s","level":5,"port":"07","note":"","tags":{},"password":"p"}"#,
                r#"{"name":"a","size":"s","level":5,"port":"07","note":"","tags":{},"id":"?","stamp":"?"}"#,
            ),
            (
                "what means the same is no change, in form neither",
                OLD,
                r#"{"name":"a","port":"7","note":"","tags":{}}"#,
                OLD,
            ),
            (
                "an optional and computed attribute stays",
                OLD,
                r#"{"name":"a","size":"s","port":"07","note":"","tags":{}}"#,
                OLD,
            ),
            (
                "a new write-only value alone is no change",
                OLD,
                r#"{"name":"a","port":"7","note":"","tags":{},"password":"new"}"#,
                OLD,
            ),
            (
                "a change leaves to apply what is not stable",
                OLD,
                r#"{"name":"b","port":"7","note":"","tags":{}}"#,
                r#"{"name":"b","size":"?","level":3,"port":"07","note":"","tags":{},"id":"i","stamp":"?"}"#,
            ),
            (
                "null stays null where only the configuration may set it, blank before or not",
                OLD,
                r#"{"name":"a"}"#,
                r#"{"name":"a","size":"?","level":3,"id":"i","stamp":"?"}"#,
            ),
            (
                "what was null is planned as configured: core knows no prior form of null",
                r#"{"name":"a","size":"s","level":3,"id":"i","stamp":"t"}"#,
                r#"{"name":"a","note":"","tags":{}}"#,
                r#"{"name":"a","size":"?","level":3,"note":"","tags":{},"id":"i","stamp":"?"}"#,
            ),
            (
                "another meaning is another value",
                OLD,
                r#"{"name":"a","port":"8","note":"","tags":{}}"#,
                r#"{"name":"a","size":"?","level":3,"port":"8","note":"","tags":{},"id":"i","stamp":"?"}"#,
            ),
            (
                "leaving out goes back to the default",
                r#"{"name":"a","size":"s","level":9,"id":"i","stamp":"t"}"#,
                r#"{"name":"a"}"#,
                r#"{"name":"a","size":"?","level":3,"id":"i","stamp":"?"}"#,
            ),
            (
                "unknown stays unknown, with a default as well",
                OLD,
                r#"{"name":"?","size":"?","level":"?","port":"?","note":"?","tags":"?","password":"?"}"#,
                r#"{"name":"?","size":"?","level":"?","port":"?","note":"?","tags":"?","id":"i","stamp":"?"}"#,
            ),
            (
                "unknown inside a plain value as well",
                "null",
                r#"{"name":"a","tags":{"a":"?","b":"x"}}"#,
                r#"{"name":"a","size":"?","level":3,"tags":{"a":"?","b":"x"},"id":"?","stamp":"?"}"#,
            ),
            (
                "what is stable and null stays null: that is known too",
                r#"{"name":"a","size":"s","level":3,"stamp":"t"}"#,
                r#"{"name":"b"}"#,
                r#"{"name":"b","size":"?","level":3,"stamp":"?"}"#,
            ),
            ("nothing comes of no configuration", OLD, "null", "null"),
        ],
    );
}

#[test]
fn numbers_are_equal_by_what_they_mean() {
    let schema =
        Schema::new("", [Attribute::number("n", ""), Attribute::string("stamp", "").computed()]);
    let big = "123456789012345678901234567890.123456789";
    plans(
        &schema,
        &[
            ("a form", r#"{"n":1.50,"stamp":"t"}"#, r#"{"n":15e-1}"#, r#"{"n":1.5,"stamp":"t"}"#),
            (
                "a digit far back",
                &format!(r#"{{"n":{big},"stamp":"t"}}"#),
                &format!(r#"{{"n":{big}1}}"#),
                &format!(r#"{{"n":{big}1,"stamp":"?"}}"#),
            ),
        ],
    );
}

#[test]
fn nested_objects() {
    plans(
        &nested(),
        &[
            (
                "a creation",
                "null",
                r#"{"one":{"path":"1"},"list":[{"path":"1"}],"set":[{"path":"1"},{"path":"2","role":"w"}],"map":{"k":{"path":"1"}}}"#,
                r#"{"one":{"path":"1","role":"reader","id":"?","stamp":"?"},
                    "list":[{"path":"1","role":"reader","id":"?","stamp":"?"}],
                    "set":[{"path":"2","role":"w","id":"?","stamp":"?"},{"path":"1","role":"reader","id":"?","stamp":"?"}],
                    "map":{"k":{"path":"1","role":"reader","id":"?","stamp":"?"}},
                    "facts":"?"}"#,
            ),
            (
                "no change in any of them",
                r#"{"one":{"path":"01","role":"reader","id":"a","stamp":"t"},
                    "list":[{"path":"01","role":"reader","id":"b","stamp":"t"}],
                    "set":[{"path":"01","role":"reader","id":"c","stamp":"t"},{"path":"2","role":"w","id":"d","stamp":"u"}],
                    "map":{"k":{"path":"01","role":"reader","id":"e","stamp":"t"}},
                    "facts":{"a":"x"}}"#,
                r#"{"one":{"path":"1"},"list":[{"path":"1"}],"set":[{"path":"2","role":"w"},{"path":"1"}],"map":{"k":{"path":"1"}}}"#,
                r#"{"one":{"path":"01","role":"reader","id":"a","stamp":"t"},
                    "list":[{"path":"01","role":"reader","id":"b","stamp":"t"}],
                    "set":[{"path":"01","role":"reader","id":"c","stamp":"t"},{"path":"2","role":"w","id":"d","stamp":"u"}],
                    "map":{"k":{"path":"01","role":"reader","id":"e","stamp":"t"}},
                    "facts":{"a":"x"}}"#,
            ),
            (
                "a change elsewhere: only what is stable stays",
                r#"{"name":"a","set":[{"path":"1","role":"reader","id":"c","stamp":"t"}],"facts":{"a":"x"}}"#,
                r#"{"name":"b","set":[{"path":"1"}]}"#,
                r#"{"name":"b","set":[{"path":"1","role":"reader","id":"c","stamp":"?"}],"facts":"?"}"#,
            ),
            (
                "a new member is new, and its neighbour is not",
                r#"{"set":[{"path":"1","role":"reader","id":"c","stamp":"t"}],
                    "list":[{"path":"1","role":"reader","id":"l","stamp":"t"}],
                    "map":{"k":{"path":"1","role":"reader","id":"m","stamp":"t"}},"facts":{"a":"x"}}"#,
                r#"{"set":[{"path":"2"},{"path":"1"}],"list":[{"path":"1"},{"path":"2"}],"map":{"k":{"path":"1"},"l":{}}}"#,
                r#"{"set":[{"path":"1","role":"reader","id":"c","stamp":"?"},{"path":"2","role":"reader","id":"?","stamp":"?"}],
                    "list":[{"path":"1","role":"reader","id":"l","stamp":"?"},{"path":"2","role":"reader","id":"?","stamp":"?"}],
                    "map":{"k":{"path":"1","role":"reader","id":"m","stamp":"?"},"l":{"role":"reader","id":"?","stamp":"?"}},
                    "facts":"?"}"#,
            ),
            (
                "one prior member serves one planned member",
                r#"{"set":[{"path":"1","role":"reader","id":"c","stamp":"t"}],"facts":{"a":"x"}}"#,
                r#"{"set":[{"path":"1"},{"path":"01"}]}"#,
                r#"{"set":[{"path":"1","role":"reader","id":"c","stamp":"?"},{"path":"01","role":"reader","id":"?","stamp":"?"}],"facts":"?"}"#,
            ),
            (
                "a member that is not wholly known may become another: it is new",
                r#"{"set":[{"path":"1","role":"reader","id":"c","stamp":"t"}],"facts":{"a":"x"}}"#,
                r#"{"set":[{"path":"?"}]}"#,
                r#"{"set":[{"path":"?","role":"reader","id":"?","stamp":"?"}],"facts":"?"}"#,
            ),
            (
                "unknown as a whole",
                r#"{"one":{"path":"1","role":"reader","id":"c","stamp":"t"},"facts":{"a":"x"}}"#,
                r#"{"one":"?","list":"?","set":"?","map":"?"}"#,
                r#"{"one":"?","list":"?","set":"?","map":"?","facts":"?"}"#,
            ),
            (
                "gone, or empty",
                r#"{"one":{"path":"1","role":"reader","id":"c","stamp":"t"},"set":[{"path":"1","role":"reader","id":"c","stamp":"t"}],"facts":{"a":"x"}}"#,
                r#"{"list":[],"set":[],"map":{}}"#,
                r#"{"list":[],"set":[],"map":{},"facts":"?"}"#,
            ),
        ],
    );
}

#[test]
fn a_member_of_a_set_is_found_by_what_it_holds_at_any_depth() {
    let deep = Attribute::nested(Nesting::List, "deep", "", inner());
    let member = [Attribute::string("key", ""), deep];
    let schema = Schema::new("", [Attribute::nested(Nesting::Set, "set", "", member)]);
    let prior =
        r#"{"set":[{"key":"k","deep":[{"path":"01","role":"reader","id":"i","stamp":"t"}]}]}"#;
    plans(
        &schema,
        &[("no change", prior, r#"{"set":[{"key":"k","deep":[{"path":"1"}]}]}"#, prior)],
    );
}

#[test]
fn a_prior_object_with_a_default_stays_as_it_is() {
    let inside = [Attribute::string("a", ""), Attribute::string("b", "").computed()];
    let default = Value::map([("a", Value::from("x")), ("b", "y".into())]);
    let one = Attribute::nested(Nesting::Single, "one", "", inside).default(default);
    let schema = Schema::new("", [Attribute::string("name", ""), one]);
    plans(
        &schema,
        &[(
            "a change elsewhere",
            r#"{"name":"a","one":{"a":"x","b":"y"}}"#,
            r#"{"name":"b"}"#,
            r#"{"name":"b","one":{"a":"x","b":"y"}}"#,
        )],
    );
}

#[test]
fn what_replaces() {
    let member = || [Attribute::string("key", "").replaces(), Attribute::string("note", "")];
    let deep = Attribute::nested(
        Nesting::Set,
        "deep",
        "",
        [Attribute::nested(Nesting::Single, "in", "", member())],
    );
    let schema = Schema::new(
        "",
        [
            Attribute::string("name", "").replaces().compared_as::<u32>(),
            Attribute::string("note", ""),
            Attribute::nested(Nesting::Single, "one", "", member()),
            Attribute::nested(Nesting::List, "list", "", member()),
            Attribute::nested(Nesting::Set, "set", "", member()),
            Attribute::nested(Nesting::Map, "map", "", member()),
            Attribute::nested(Nesting::Set, "all", "", [Attribute::string("a", "")]).replaces(),
            Attribute::nested(Nesting::Set, "none", "", [Attribute::string("a", "")]),
            deep,
        ],
    );
    let paths = |prior: &str, planned: &str| -> Vec<String> {
        let read = |text| read(schema.ty(), text);
        let found = replacements(&schema, &read(prior), &read(planned));
        found.iter().map(ToString::to_string).collect()
    };
    for (prior, planned, expected) in [
        (r#"{"name":"1"}"#, r#"{"name":"1","note":"x"}"#, &[][..]),
        (r#"{"name":"1"}"#, r#"{"name":"01"}"#, &[]),
        (r#"{"name":"1"}"#, r#"{"name":"2","note":"x"}"#, &["name"]),
        (r#"{"name":"1"}"#, r#"{"name":"?"}"#, &["name"]),
        (r#"{"name":"1"}"#, r#"{}"#, &["name"]),
        (r#"{"one":{"key":"a"}}"#, r#"{"one":{"key":"b"}}"#, &["one.key"]),
        (r#"{"one":{"key":"a"}}"#, r#"{"one":{"key":"a","note":"x"}}"#, &[]),
        (r#"{"one":{"key":"a"}}"#, r#"{}"#, &["one.key"]),
        (r#"{}"#, r#"{"one":{"key":"a"}}"#, &["one.key"]),
        (r#"{"one":{"key":"a"}}"#, r#"{"one":"?"}"#, &["one"]),
        (
            r#"{"list":[{"key":"a"},{"key":"b"}]}"#,
            r#"{"list":[{"key":"a"},{"key":"c"}]}"#,
            &["list[1].key"],
        ),
        (r#"{"list":[{"key":"a"}]}"#, r#"{"list":[{"key":"a"},{"key":"b"}]}"#, &["list[1].key"]),
        (r#"{"list":[{"key":"a"},{"key":"b"}]}"#, r#"{"list":[{"key":"a"}]}"#, &["list[1].key"]),
        (r#"{"list":[{"key":"a"}]}"#, r#"{"list":[{"key":"a"},{"note":"b"}]}"#, &[]),
        (r#"{"list":[{"key":"a"}]}"#, r#"{"list":"?"}"#, &["list"]),
        (r#"{"map":{"k":{"key":"a"}}}"#, r#"{"map":{"k":{"key":"b"}}}"#, &[r#"map["k"].key"#]),
        (
            r#"{"map":{"k":{"key":"a"}}}"#,
            r#"{"map":{"k":{"key":"a"},"l":{"key":"b"}}}"#,
            &[r#"map["l"].key"#],
        ),
        (r#"{"map":{"k":{"key":"a"}}}"#, r#"{"map":{}}"#, &[r#"map["k"].key"#]),
        (r#"{"set":[{"key":"a"},{"key":"b"}]}"#, r#"{"set":[{"key":"b"},{"key":"a"}]}"#, &[]),
        (r#"{"set":[{"key":"a"}]}"#, r#"{"set":[{"key":"b"}]}"#, &["set"]),
        (r#"{"deep":[{"in":{"key":"a"}}]}"#, r#"{"deep":[{"in":{"key":"b"}}]}"#, &["deep"]),
        (r#"{"all":[{"a":"a"}]}"#, r#"{"all":[]}"#, &["all"]),
        (r#"{"none":[{"a":"a"}]}"#, r#"{"none":[{"a":"b"}]}"#, &[]),
    ] {
        assert_eq!(paths(prior, planned), expected, "{prior} -> {planned}");
    }
}

#[test]
fn what_goes_back_after_a_change() {
    let schema = nested();
    let read = |text| read(schema.ty(), text);
    for (case, planned, outcome, expected) in [
        (
            "known as planned, unknown as it turned out",
            r#"{"name":"a","one":{"path":"01","role":"reader","id":"?","stamp":"?"},"facts":"?"}"#,
            r#"{"name":"x","one":{"path":"1","role":"reader","id":"i","stamp":"t"},"facts":{"a":"f"}}"#,
            r#"{"name":"a","one":{"path":"01","role":"reader","id":"i","stamp":"t"},"facts":{"a":"f"}}"#,
        ),
        (
            "in lists and maps",
            r#"{"list":[{"path":"01","id":"?"}],"map":{"k":{"path":"01","id":"?"}}}"#,
            r#"{"list":[{"path":"1","id":"i"}],"map":{"k":{"path":"1","id":"j"}}}"#,
            r#"{"list":[{"path":"01","id":"i"}],"map":{"k":{"path":"01","id":"j"}}}"#,
        ),
        (
            "in sets, whatever the order",
            r#"{"set":[{"path":"01","id":"?"},{"path":"02","id":"?"}]}"#,
            r#"{"set":[{"path":"2","id":"j"},{"path":"1","id":"i"}]}"#,
            r#"{"set":[{"path":"01","id":"i"},{"path":"02","id":"j"}]}"#,
        ),
        (
            "what was unknown as a whole",
            r#"{"set":"?","list":"?","one":"?"}"#,
            r#"{"set":[{"path":"1"}],"list":[{"path":"1"}],"one":{"path":"1"}}"#,
            r#"{"set":[{"path":"1"}],"list":[{"path":"1"}],"one":{"path":"1"}}"#,
        ),
    ] {
        same(case, &settled(&schema, &read(planned), read(outcome)), &read(expected));
    }
}

/// Write-only attributes at the top and inside of what may hold them.
fn with_passwords() -> Schema {
    let inside = || [Attribute::string("a", ""), Attribute::string("password", "").write_only()];
    Schema::new(
        "",
        [
            Attribute::string("password", "").write_only(),
            Attribute::string("id", "").computed(),
            Attribute::nested(Nesting::Single, "one", "", inside()),
            Attribute::nested(Nesting::List, "list", "", inside()),
            Attribute::nested(Nesting::Map, "map", "", inside()),
        ],
    )
}

#[test]
fn write_only_values_come_from_the_configuration_and_go_nowhere() {
    let schema = with_passwords();
    let read = |text| read(schema.ty(), text);
    let config = read(
        r#"{"password":"p","one":{"password":"p"},"list":[{"a":"x"},{"password":"p"}],"map":{"k":{"password":"p"}}}"#,
    );
    let bare = read(r#"{"id":"i","one":{},"list":[{"a":"x"},{}],"map":{"k":{}}}"#);
    let handed = with_write_only(&schema, &bare, &config);
    let expected = read(
        r#"{"id":"i","password":"p","one":{"password":"p"},"list":[{"a":"x"},{"password":"p"}],"map":{"k":{"password":"p"}}}"#,
    );
    same("handed over", &handed, &expected);
    same("planned", &planned(&schema, &bare, &config), &bare);
    same("settled", &settled(&schema, &bare, handed.clone()), &bare);
    same(
        "unknown before",
        &settled(&schema, &read(r#"{"id":"?","one":"?","list":"?","map":"?"}"#), handed.clone()),
        &bare,
    );
    same("refreshed", &refreshed(&schema, &bare, handed.clone()), &bare);
    same("read for the first time", &refreshed(&schema, &Value::Null, handed.clone()), &bare);
    same("read where nothing was", &refreshed(&schema, &read("{}"), handed), &bare);
}

#[test]
fn what_goes_back_after_a_read() {
    let (top, deep) = (plain(), nested());
    for (case, schema, prior, fresh, expected) in [
        (
            "the prior form",
            &top,
            r#"{"name":"a","port":"07","note":"","tags":{}}"#,
            r#"{"name":"a","port":"7"}"#,
            r#"{"name":"a","port":"07","note":"","tags":{}}"#,
        ),
        (
            "another meaning",
            &top,
            r#"{"port":"07","note":"","id":"i"}"#,
            r#"{"port":"8","note":"x","id":"j"}"#,
            r#"{"port":"8","note":"x","id":"j"}"#,
        ),
        ("null before", &top, r#"{}"#, r#"{"port":"7","note":""}"#, r#"{"port":"7"}"#),
        ("nothing before", &top, "null", r#"{"port":"7","id":"i"}"#, r#"{"port":"7","id":"i"}"#),
        (
            "in lists and maps",
            &deep,
            r#"{"list":[{"path":"01"}],"map":{"k":{"path":"01"}}}"#,
            r#"{"list":[{"path":"1"},{"path":"2"}],"map":{"k":{"path":"1"}}}"#,
            r#"{"list":[{"path":"01"},{"path":"2"}],"map":{"k":{"path":"01"}}}"#,
        ),
        (
            "in sets",
            &deep,
            r#"{"set":[{"path":"01"},{"path":"02"}]}"#,
            r#"{"set":[{"path":"2"},{"path":"3"},{"path":"1"}]}"#,
            r#"{"set":[{"path":"01"},{"path":"02"},{"path":"3"}]}"#,
        ),
    ] {
        let read = |text| read(schema.ty(), text);
        same(case, &refreshed(schema, &read(prior), read(fresh)), &read(expected));
    }
}

#[test]
fn generated_configuration_leaves_out_what_only_the_provider_sets() {
    let deep = nested();
    let read = |text| read(deep.ty(), text);
    let state = r#"{"name":"a","one":{"path":"1","role":"r","id":"i","stamp":"t"},
        "list":[{"path":"1","role":"r","id":"i","stamp":"t"}],"set":[{"path":"1","role":"r","id":"i","stamp":"t"}],
        "map":{"k":{"path":"1","role":"r","id":"i","stamp":"t"}},"facts":{"a":"x"}}"#;
    let expected = r#"{"name":"a","one":{"path":"1","role":"r"},"list":[{"path":"1","role":"r"}],
        "set":[{"path":"1","role":"r"}],"map":{"k":{"path":"1","role":"r"}}}"#;
    same("nested", &configuration(&deep, &read(state)), &read(expected));
    same("nothing", &configuration(&deep, &Value::Null), &Value::Null);
}
