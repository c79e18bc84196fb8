//! Tests of the results that core receives: the state after an apply, the state after a read, and
//! the generated configuration.

use super::*;

#[test]
fn completed_replaces_only_unknown_planned_values() {
    let schema = nested_schema();
    let read = |text| read(schema.ty(), text);
    for (case, planned, result, expected) in [
        (
            "known values as planned, unknown values from the result",
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
            "in sets, in any order",
            r#"{"set":[{"path":"01","id":"?"},{"path":"02","id":"?"}]}"#,
            r#"{"set":[{"path":"2","id":"j"},{"path":"1","id":"i"}]}"#,
            r#"{"set":[{"path":"01","id":"i"},{"path":"02","id":"j"}]}"#,
        ),
        (
            "collections that were unknown as a whole",
            r#"{"set":"?","list":"?","one":"?"}"#,
            r#"{"set":[{"path":"1"}],"list":[{"path":"1"}],"one":{"path":"1"}}"#,
            r#"{"set":[{"path":"1"}],"list":[{"path":"1"}],"one":{"path":"1"}}"#,
        ),
    ] {
        assert_same(case, &completed(&schema, &read(planned), read(result)), &read(expected));
    }
}

/// A schema with write-only attributes at the top level and in every nesting in which core allows
/// them.
fn schema_with_write_only_attributes() -> Schema {
    let attributes =
        || [Attribute::string("a", ""), Attribute::string("password", "").write_only()];
    Schema::new(
        "",
        [
            Attribute::string("password", "").write_only(),
            Attribute::string("id", "").computed(),
            Attribute::nested(Nesting::Single, "one", "", attributes()),
            Attribute::nested(Nesting::List, "list", "", attributes()),
            Attribute::nested(Nesting::Map, "map", "", attributes()),
        ],
    )
}

#[test]
fn write_only_values_are_passed_to_the_resource_but_not_stored() {
    let schema = schema_with_write_only_attributes();
    let read = |text| read(schema.ty(), text);
    let config = read(
        r#"{"password":"p","one":{"password":"p"},"list":[{"a":"x"},{"password":"p"}],"map":{"k":{"password":"p"}}}"#,
    );
    let without_passwords = read(r#"{"id":"i","one":{},"list":[{"a":"x"},{}],"map":{"k":{}}}"#);
    let received = with_write_only(&schema, &without_passwords, &config);
    let expected = read(
        r#"{"id":"i","password":"p","one":{"password":"p"},"list":[{"a":"x"},{"password":"p"}],"map":{"k":{"password":"p"}}}"#,
    );
    assert_same("passed to the resource", &received, &expected);
    assert_same("planned", &planned(&schema, &without_passwords, &config), &without_passwords);
    assert_same(
        "completed",
        &completed(&schema, &without_passwords, received.clone()),
        &without_passwords,
    );
    assert_same(
        "planned as unknown",
        &completed(
            &schema,
            &read(r#"{"id":"?","one":"?","list":"?","map":"?"}"#),
            received.clone(),
        ),
        &without_passwords,
    );
    assert_same(
        "refreshed",
        &refreshed(&schema, &without_passwords, received.clone()),
        &without_passwords,
    );
    assert_same(
        "refreshed after an import",
        &refreshed(&schema, &Value::Null, received.clone()),
        &without_passwords,
    );
    assert_same(
        "refreshed with null attributes",
        &refreshed(&schema, &read("{}"), received),
        &without_passwords,
    );
}

#[test]
fn refreshed_keeps_the_prior_notation_of_equal_values() {
    let (flat, nested) = (flat_schema(), nested_schema());
    for (case, schema, prior, current, expected) in [
        (
            "semantically equal values",
            &flat,
            r#"{"name":"a","port":"07","note":"","tags":{}}"#,
            r#"{"name":"a","port":"7"}"#,
            r#"{"name":"a","port":"07","note":"","tags":{}}"#,
        ),
        (
            "different values",
            &flat,
            r#"{"port":"07","note":"","id":"i"}"#,
            r#"{"port":"8","note":"x","id":"j"}"#,
            r#"{"port":"8","note":"x","id":"j"}"#,
        ),
        (
            "prior attributes are null",
            &flat,
            r#"{}"#,
            r#"{"port":"7","note":""}"#,
            r#"{"port":"7"}"#,
        ),
        ("no prior state", &flat, "null", r#"{"port":"7","id":"i"}"#, r#"{"port":"7","id":"i"}"#),
        (
            "in lists and maps",
            &nested,
            r#"{"list":[{"path":"01"}],"map":{"k":{"path":"01"}}}"#,
            r#"{"list":[{"path":"1"},{"path":"2"}],"map":{"k":{"path":"1"}}}"#,
            r#"{"list":[{"path":"01"},{"path":"2"}],"map":{"k":{"path":"01"}}}"#,
        ),
        (
            "in sets",
            &nested,
            r#"{"set":[{"path":"01"},{"path":"02"}]}"#,
            r#"{"set":[{"path":"2"},{"path":"3"},{"path":"1"}]}"#,
            r#"{"set":[{"path":"01"},{"path":"02"},{"path":"3"}]}"#,
        ),
    ] {
        let read = |text| read(schema.ty(), text);
        assert_same(case, &refreshed(schema, &read(prior), read(current)), &read(expected));
    }
}

#[test]
fn generated_configuration_omits_read_only_attributes() {
    let schema = nested_schema();
    let read = |text| read(schema.ty(), text);
    let state = r#"{"name":"a","one":{"path":"1","role":"r","id":"i","stamp":"t"},
        "list":[{"path":"1","role":"r","id":"i","stamp":"t"}],"set":[{"path":"1","role":"r","id":"i","stamp":"t"}],
        "map":{"k":{"path":"1","role":"r","id":"i","stamp":"t"}},"facts":{"a":"x"}}"#;
    let expected = r#"{"name":"a","one":{"path":"1","role":"r"},"list":[{"path":"1","role":"r"}],
        "set":[{"path":"1","role":"r"}],"map":{"k":{"path":"1","role":"r"}}}"#;
    assert_same("nested", &configuration(&schema, &read(state)), &read(expected));
    assert_same("nothing", &configuration(&schema, &Value::Null), &Value::Null);
}
