//! Tests of the decision whether a change replaces the object.

use super::*;

#[test]
fn a_change_replaces_the_object_only_if_the_attribute_is_marked_as_replacing() {
    let element = || [Attribute::string("key", "").replaces(), Attribute::string("note", "")];
    let deep = Attribute::nested(
        Nesting::Set,
        "deep",
        "",
        [Attribute::nested(Nesting::Single, "in", "", element())],
    );
    let schema = Schema::new(
        "",
        [
            Attribute::string("name", "").replaces().compared_as::<u32>(),
            Attribute::string("note", ""),
            Attribute::nested(Nesting::Single, "one", "", element()),
            Attribute::nested(Nesting::List, "list", "", element()),
            Attribute::nested(Nesting::Set, "set", "", element()),
            Attribute::nested(Nesting::Map, "map", "", element()),
            Attribute::nested(Nesting::Set, "all", "", [Attribute::string("a", "")]).replaces(),
            Attribute::nested(Nesting::Set, "none", "", [Attribute::string("a", "")]),
            deep,
        ],
    );
    let paths = |prior: &str, planned: &str| -> Vec<String> {
        let read = |text| read(schema.ty(), text);
        let paths = replacements(&schema, &read(prior), &read(planned));
        paths.iter().map(ToString::to_string).collect()
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
