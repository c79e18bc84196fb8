use super::*;
use crate::{plan::notation::read, value::Type};

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
            Attribute::plain(Type::list(Type::String), "list", ""),
            Attribute::plain(Type::set(Type::String), "set", ""),
            Attribute::plain(Type::map(Type::String), "map", ""),
            Attribute::string("id", "").computed(),
            Attribute::string("either", "").or_computed(),
            Attribute::string("password", "").write_only().check(even),
            Attribute::nested(Nesting::Single, "one", "", inner()),
            Attribute::nested(Nesting::List, "several", "", inner()),
            Attribute::nested(Nesting::Set, "group", "", inner()),
            Attribute::nested(Nesting::Map, "named", "", inner()),
        ],
    )
}

/// A line for each complaint.
fn said(config: &str, write_only_allowed: bool) -> Vec<String> {
    let schema = schema();
    let complaints = complaints(&schema, &read(schema.ty(), config), write_only_allowed);
    let line = |complaint: Diagnostic| {
        assert!(complaint.is_error());
        let (path, summary) = (complaint.attribute.unwrap(), complaint.summary.unwrap());
        format!("{path} | {summary} | {}", complaint.detail)
    };
    complaints.into_iter().map(line).collect()
}

const NO_NUMBER: &str = "Invalid digit found in string.";
const SPACE: &str = "White space at its beginning or end is not allowed: remove it.";
const READ_ONLY: &str = "Read-only attribute | Only the provider sets it: remove it here.";

#[test]
fn every_complaint_says_where_and_what() {
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
        (r#"{"size":0}"#, &["size | Invalid size | It must be a whole number from 1 to 9.".into()]),
        (
            r#"{"size":10}"#,
            &["size | Invalid size | It must be a whole number from 1 to 9.".into()],
        ),
        (
            r#"{"size":1.5}"#,
            &["size | Invalid size | It must be a whole number from 1 to 9.".into()],
        ),
        (
            r#"{"size":1e40}"#,
            &["size | Invalid size | It must be a whole number from 1 to 9.".into()],
        ),
        (
            r#"{"least":0}"#,
            &["least | Invalid least | It must be a whole number of at least 1.".into()],
        ),
        (r#"{"id":"x"}"#, &[format!("id | {READ_ONLY}")]),
        // It is set, whatever to.
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
        assert_eq!(said(config, true), expected, "{config}");
    }
}

#[test]
fn what_is_right_absent_or_unknown_is_not_complained_about() {
    for config in [
        "null",
        "{}",
        r#"{"name":"7","raw":"2","size":1,"least":1e15,"list":["1"],"set":["1"],"map":{"k":"1"},"either":"x","password":"2"}"#,
        r#"{"size":9.0}"#,
        r#"{"name":"?","twice":"?","raw":"?","size":"?","least":"?","list":"?","set":"?","map":"?","either":"?","password":"?","one":"?","several":"?","group":"?","named":"?"}"#,
        r#"{"list":["?","1"],"set":["?"],"map":{"k":"?"}}"#,
        r#"{"one":{"port":"?"},"several":["?",{"port":"?"}],"group":["?",{"port":"?"}],"named":{"k":"?","l":{"port":"?"}}}"#,
        r#"{"list":[null],"several":[null],"named":{"k":null}}"#,
    ] {
        assert_eq!(said(config, true), [""; 0], "{config}");
    }
}

#[test]
fn a_client_that_knows_no_write_only_attributes_is_told_so() {
    let told = "Write-only attribute needs a newer client | Write-only attributes need Terraform \
                1.11 or OpenTofu 1.11. Upgrade, or leave this attribute out.";
    let config = r#"{"password":"2","one":{"password":"x"},"several":[{"password":"x"}],"named":{"k":{"password":"x"}}}"#;
    let paths = ["password", "one.password", "several[0].password", r#"named["k"].password"#];
    assert_eq!(said(config, false), paths.map(|path| format!("{path} | {told}")));
    assert_eq!(said(config, true), [""; 0]);
    // To such a client unknown says as much as known does.
    assert_eq!(said(r#"{"password":"?"}"#, false), [format!("password | {told}")]);
    assert_eq!(said("{}", false), [""; 0]);
}

#[test]
fn no_complaint_repeats_what_was_given() {
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
        let said = said(&config, false);
        assert!(said.len() > 2 && !said.concat().contains(marker), "{said:#?}");
    }
}
