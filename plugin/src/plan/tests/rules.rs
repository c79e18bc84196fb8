//! Tests how [`planned`] computes the planned state of a resource. Each case consists of its name,
//! the prior state, the configuration, and the expected planned state. A `"?"` is an unknown value.

use super::*;

/// The prior state in most cases.
const PRIOR: &str =
    r#"{"name":"a","size":"s","level":3,"port":"07","note":"","tags":{},"id":"i","stamp":"t"}"#;

#[test]
fn plain_attributes_follow_the_rules() {
    assert_plans(
        &flat_schema(),
        &[
            (
                "create: defaults, and unknown computed attributes",
                "null",
                r#"{"name":"a"}"#,
                r#"{"name":"a","size":"?","level":3,"id":"?","stamp":"?"}"#,
            ),
            (
                "create: configured values are planned unchanged, write-only values as null",
                "null",
                r#"{"name":"a","size":"s","level":5,"port":"07","note":"","tags":{},"password":"p"}"#,
                r#"{"name":"a","size":"s","level":5,"port":"07","note":"","tags":{},"id":"?","stamp":"?"}"#,
            ),
            (
                "semantically equal values keep the prior notation, and nothing changes",
                PRIOR,
                r#"{"name":"a","port":"7","note":"","tags":{}}"#,
                PRIOR,
            ),
            (
                "an optional computed attribute keeps its prior value",
                PRIOR,
                r#"{"name":"a","size":"s","port":"07","note":"","tags":{}}"#,
                PRIOR,
            ),
            (
                "a new write-only value alone is not a change",
                PRIOR,
                r#"{"name":"a","port":"7","note":"","tags":{},"password":"new"}"#,
                PRIOR,
            ),
            (
                "a change makes computed attributes unknown, except stable ones",
                PRIOR,
                r#"{"name":"b","port":"7","note":"","tags":{}}"#,
                r#"{"name":"b","size":"?","level":3,"port":"07","note":"","tags":{},"id":"i","stamp":"?"}"#,
            ),
            (
                "an attribute that is not computed becomes null even if the prior value is blank",
                PRIOR,
                r#"{"name":"a"}"#,
                r#"{"name":"a","size":"?","level":3,"id":"i","stamp":"?"}"#,
            ),
            (
                "a blank value is planned as configured if the prior value is null",
                r#"{"name":"a","size":"s","level":3,"id":"i","stamp":"t"}"#,
                r#"{"name":"a","note":"","tags":{}}"#,
                r#"{"name":"a","size":"?","level":3,"note":"","tags":{},"id":"i","stamp":"?"}"#,
            ),
            (
                "a value that is not semantically equal is a change",
                PRIOR,
                r#"{"name":"a","port":"8","note":"","tags":{}}"#,
                r#"{"name":"a","size":"?","level":3,"port":"8","note":"","tags":{},"id":"i","stamp":"?"}"#,
            ),
            (
                "removing an argument restores the default",
                r#"{"name":"a","size":"s","level":9,"id":"i","stamp":"t"}"#,
                r#"{"name":"a"}"#,
                r#"{"name":"a","size":"?","level":3,"id":"i","stamp":"?"}"#,
            ),
            (
                "an unknown argument is planned as unknown, even with a default",
                PRIOR,
                r#"{"name":"?","size":"?","level":"?","port":"?","note":"?","tags":"?","password":"?"}"#,
                r#"{"name":"?","size":"?","level":"?","port":"?","note":"?","tags":"?","id":"i","stamp":"?"}"#,
            ),
            (
                "unknown elements of a map stay unknown",
                "null",
                r#"{"name":"a","tags":{"a":"?","b":"x"}}"#,
                r#"{"name":"a","size":"?","level":3,"tags":{"a":"?","b":"x"},"id":"?","stamp":"?"}"#,
            ),
            (
                "a stable attribute that is null stays null",
                r#"{"name":"a","size":"s","level":3,"stamp":"t"}"#,
                r#"{"name":"b"}"#,
                r#"{"name":"b","size":"?","level":3,"stamp":"?"}"#,
            ),
            ("a null configuration plans null", PRIOR, "null", "null"),
        ],
    );
}

#[test]
fn numbers_are_compared_by_value() {
    let schema =
        Schema::new("", [Attribute::number("n", ""), Attribute::string("stamp", "").computed()]);
    let big = "123456789012345678901234567890.123456789";
    assert_plans(
        &schema,
        &[
            (
                "another notation of the same number",
                r#"{"n":1.50,"stamp":"t"}"#,
                r#"{"n":15e-1}"#,
                r#"{"n":1.5,"stamp":"t"}"#,
            ),
            (
                "a difference in the last of many digits",
                &format!(r#"{{"n":{big},"stamp":"t"}}"#),
                &format!(r#"{{"n":{big}1}}"#),
                &format!(r#"{{"n":{big}1,"stamp":"?"}}"#),
            ),
        ],
    );
}

#[test]
fn nested_objects_follow_the_rules() {
    assert_plans(
        &nested_schema(),
        &[
            (
                "create",
                "null",
                r#"{"one":{"path":"1"},"list":[{"path":"1"}],"set":[{"path":"1"},{"path":"2","role":"w"}],"map":{"k":{"path":"1"}}}"#,
                r#"{"one":{"path":"1","role":"reader","id":"?","stamp":"?"},
                    "list":[{"path":"1","role":"reader","id":"?","stamp":"?"}],
                    "set":[{"path":"2","role":"w","id":"?","stamp":"?"},{"path":"1","role":"reader","id":"?","stamp":"?"}],
                    "map":{"k":{"path":"1","role":"reader","id":"?","stamp":"?"}},
                    "facts":"?"}"#,
            ),
            (
                "nested values that are equal but spelt differently are no change",
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
                "if the name changes, nested computed attributes become unknown, except stable ones",
                r#"{"name":"a","set":[{"path":"1","role":"reader","id":"c","stamp":"t"}],"facts":{"a":"x"}}"#,
                r#"{"name":"b","set":[{"path":"1"}]}"#,
                r#"{"name":"b","set":[{"path":"1","role":"reader","id":"c","stamp":"?"}],"facts":"?"}"#,
            ),
            (
                "a new element does not affect the existing elements",
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
                "each prior element is paired with at most one planned element",
                r#"{"set":[{"path":"1","role":"reader","id":"c","stamp":"t"}],"facts":{"a":"x"}}"#,
                r#"{"set":[{"path":"1"},{"path":"01"}]}"#,
                r#"{"set":[{"path":"1","role":"reader","id":"c","stamp":"?"},{"path":"01","role":"reader","id":"?","stamp":"?"}],"facts":"?"}"#,
            ),
            (
                "an element with unknown parts is treated as new",
                r#"{"set":[{"path":"1","role":"reader","id":"c","stamp":"t"}],"facts":{"a":"x"}}"#,
                r#"{"set":[{"path":"?"}]}"#,
                r#"{"set":[{"path":"?","role":"reader","id":"?","stamp":"?"}],"facts":"?"}"#,
            ),
            (
                "a collection that is unknown as a whole",
                r#"{"one":{"path":"1","role":"reader","id":"c","stamp":"t"},"facts":{"a":"x"}}"#,
                r#"{"one":"?","list":"?","set":"?","map":"?"}"#,
                r#"{"one":"?","list":"?","set":"?","map":"?","facts":"?"}"#,
            ),
            (
                "removed or empty collections",
                r#"{"one":{"path":"1","role":"reader","id":"c","stamp":"t"},"set":[{"path":"1","role":"reader","id":"c","stamp":"t"}],"facts":{"a":"x"}}"#,
                r#"{"list":[],"set":[],"map":{}}"#,
                r#"{"list":[],"set":[],"map":{},"facts":"?"}"#,
            ),
        ],
    );
}

#[test]
fn elements_of_a_set_are_paired_by_content_at_any_depth() {
    let deep = Attribute::nested(Nesting::List, "deep", "", inner());
    let member = [Attribute::string("key", ""), deep];
    let schema = Schema::new("", [Attribute::nested(Nesting::Set, "set", "", member)]);
    let prior =
        r#"{"set":[{"key":"k","deep":[{"path":"01","role":"reader","id":"i","stamp":"t"}]}]}"#;
    assert_plans(
        &schema,
        &[("no change", prior, r#"{"set":[{"key":"k","deep":[{"path":"1"}]}]}"#, prior)],
    );
}

#[test]
fn a_nested_object_with_a_default_stays_known_when_another_attribute_changes() {
    let attributes = [Attribute::string("a", ""), Attribute::string("b", "").computed()];
    let default = Value::map([("a", Value::from("x")), ("b", "y".into())]);
    let one = Attribute::nested(Nesting::Single, "one", "", attributes).default(default);
    let schema = Schema::new("", [Attribute::string("name", ""), one]);
    assert_plans(
        &schema,
        &[(
            "a change of another attribute",
            r#"{"name":"a","one":{"a":"x","b":"y"}}"#,
            r#"{"name":"b"}"#,
            r#"{"name":"b","one":{"a":"x","b":"y"}}"#,
        )],
    );
}
