use super::*;
use crate::{plan::tests::notation::read, value::Type};

fn even(text: &str) -> Result<(), String> {
    match text.parse::<u32>() {
        Ok(number) if number % 2 == 0 => Ok(()),
        Ok(_) => Err("it must be even".into()),
        Err(_) => Err("It must be a number!".into()),
    }
}

fn inner() -> [Attribute; 3] {
    [
        Attribute::string("port", "").check(even),
        Attribute::string("id", "").computed(),
        Attribute::string("password", "").write_only(),
    ]
}

fn schema() -> Schema {
    Schema::new(
        "",
        [
            Attribute::string("name", "").required().parses::<u32>(),
            Attribute::string("twice", "").check(even).check(|_| Err("Never".into())),
            Attribute::string("raw", "").verbatim().check(even),
            Attribute::number("size", "").integer(1..=9),
            Attribute::number("least", "").integer(1..=i64::MAX),
            Attribute::plain(Type::list(Type::String), "list", "").check(even),
            Attribute::plain(Type::set(Type::String), "set", "").check(even).not_empty(),
            Attribute::string("choice", "").one_of(&["first", "second"]),
            Attribute::plain(Type::map(Type::String), "map", ""),
            Attribute::string("id", "").computed(),
            Attribute::string("either", "").optional_computed(),
            Attribute::string("password", "").write_only().check(even),
            Attribute::nested(Nesting::Single, "one", "", inner()),
            Attribute::nested(Nesting::List, "several", "", inner()),
            Attribute::nested(Nesting::Set, "group", "", inner()),
            Attribute::nested(Nesting::Map, "named", "", inner()),
        ],
    )
}

/// One line for each error: path, summary and detail.
fn errors_of(config: &str, write_only_allowed: bool) -> Vec<String> {
    let schema = schema();
    let found = errors(&schema, &read(schema.ty(), config), write_only_allowed);
    let line = |error: Diagnostic| {
        assert!(error.is_error());
        let (path, summary) = (error.attribute.unwrap(), error.summary.unwrap());
        format!("{path} | {summary} | {}", error.detail)
    };
    found.into_iter().map(line).collect()
}

const NO_NUMBER: &str = "Invalid digit found in string.";
const SPACE: &str =
    "The value begins or ends with white space, which is not allowed. Remove the white space.";
const NULL_ELEMENT: &str = "An element is null. Remove the element, or give it a value.";
const READ_ONLY: &str = "Read-only attribute | Only the provider can set this attribute. Remove the attribute from the configuration.";

#[test]
fn every_error_names_the_attribute_and_the_reason() {
    for (config, expected) in [
        (r#"{"name":"x"}"#, &[format!("name | Invalid name | {NO_NUMBER}")][..]),
        (
            r#"{"name":""}"#,
            &["name | Invalid name | Cannot parse integer from empty string.".into()],
        ),
        (r#"{"name":" 1"}"#, &[format!("name | Invalid name | {SPACE}")]),
        (r#"{"name":"1\n"}"#, &[format!("name | Invalid name | {SPACE}")]),
        (
            r#"{"twice":"3"}"#,
            &[
                "twice | Invalid twice | It must be even.".into(),
                "twice | Invalid twice | Never.".into(),
            ],
        ),
        (r#"{"raw":" 2"}"#, &["raw | Invalid raw | It must be a number!".into()]),
        (
            r#"{"size":0}"#,
            &["size | Invalid size | The value must be a whole number from 1 to 9.".into()],
        ),
        (
            r#"{"size":10}"#,
            &["size | Invalid size | The value must be a whole number from 1 to 9.".into()],
        ),
        (
            r#"{"size":1.5}"#,
            &["size | Invalid size | The value must be a whole number from 1 to 9.".into()],
        ),
        (
            r#"{"size":1e40}"#,
            &["size | Invalid size | The value must be a whole number from 1 to 9.".into()],
        ),
        (
            r#"{"least":0}"#,
            &["least | Invalid least | The value must be a whole number of at least 1.".into()],
        ),
        (
            r#"{"list":["2","3"," 2",null]}"#,
            &[
                "list[1] | Invalid list[1] | It must be even.".into(),
                format!("list[2] | Invalid list[2] | {SPACE}"),
                format!("list[3] | Invalid list[3] | {NULL_ELEMENT}"),
            ],
        ),
        (r#"{"set":["3"]}"#, &["set | Invalid set | It must be even.".into()]),
        (r#"{"set":[]}"#, &["set | Invalid set | At least one element is required.".into()]),
        (
            r#"{"choice":"third"}"#,
            &["choice | Invalid choice | The value must be one of `first`, `second`.".into()],
        ),
        (r#"{"id":"x"}"#, &[format!("id | {READ_ONLY}")]),
        // An unknown value counts as set.
        (r#"{"id":"?"}"#, &[format!("id | {READ_ONLY}")]),
        (r#"{"one":{"port":"3"}}"#, &["one.port | Invalid one.port | It must be even.".into()]),
        (r#"{"one":{"id":"3"}}"#, &[format!("one.id | {READ_ONLY}")]),
        (
            r#"{"several":[{"port":"2"},{"port":"3","id":"x"}]}"#,
            &[
                "several[1].port | Invalid several[1].port | It must be even.".into(),
                format!("several[1].id | {READ_ONLY}"),
            ],
        ),
        (
            r#"{"group":[{"port":"3"}]}"#,
            &["group.port | Invalid group.port | It must be even.".into()],
        ),
        (
            r#"{"named":{"k":{"port":"3"}}}"#,
            &[r#"named["k"].port | Invalid named["k"].port | It must be even."#.into()],
        ),
    ] {
        assert_eq!(errors_of(config, true), expected, "{config}");
    }
}

#[test]
fn valid_null_and_unknown_values_are_accepted() {
    for config in [
        "null",
        "{}",
        r#"{"name":"7","raw":"2","size":1,"least":1e15,"list":["2"],"set":["2"],"choice":"second","map":{"k":"1"},"either":"x","password":"2"}"#,
        r#"{"size":9.0}"#,
        r#"{"name":"?","twice":"?","raw":"?","size":"?","least":"?","list":"?","set":"?","map":"?","either":"?","password":"?","one":"?","several":"?","group":"?","named":"?"}"#,
        r#"{"list":["?","2"],"set":["?"],"map":{"k":"?"}}"#,
        r#"{"one":{"port":"?"},"several":["?",{"port":"?"}],"group":["?",{"port":"?"}],"named":{"k":"?","l":{"port":"?"}}}"#,
        r#"{"list":[],"several":[null],"named":{"k":null}}"#,
    ] {
        assert_eq!(errors_of(config, true), [""; 0], "{config}");
    }
}

#[test]
fn write_only_attributes_are_rejected_if_core_does_not_support_them() {
    let expected = "Write-only attribute needs a newer client | Write-only attributes need Terraform \
                1.11 or OpenTofu 1.11. Upgrade, or remove this attribute from the configuration.";
    let config = r#"{"password":"2","one":{"password":"x"},"several":[{"password":"x"}],"named":{"k":{"password":"x"}}}"#;
    let paths = ["password", "one.password", "several[0].password", r#"named["k"].password"#];
    assert_eq!(errors_of(config, false), paths.map(|path| format!("{path} | {expected}")));
    assert_eq!(errors_of(config, true), [""; 0]);
    // An unknown value is rejected as well.
    assert_eq!(errors_of(r#"{"password":"?"}"#, false), [format!("password | {expected}")]);
    assert_eq!(errors_of("{}", false), [""; 0]);
}

#[test]
fn errors_do_not_repeat_the_value() {
    let marker = "marker5ecret";
    for config in [
        format!(
            r#"{{"name":"{marker}","twice":"{marker}","raw":"{marker}","id":"{marker}","password":"{marker}"}}"#
        ),
        format!(
            r#"{{"name":" {marker}","twice":"{marker}","list":["{marker}"],"set":["{marker}"],"map":{{"k":"{marker}"}}}}"#
        ),
        format!(r#"{{"several":[{{"port":"{marker}","id":"{marker}","password":"{marker}"}}]}}"#),
    ] {
        let errors = errors_of(&config, false);
        assert!(errors.len() > 2 && !errors.concat().contains(marker), "{errors:#?}");
    }
}
