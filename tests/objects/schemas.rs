//! Comparison of the rows with the schemas of the provider.

use std::collections::{BTreeMap, BTreeSet};

use test_support::{
    objects::{Line, rows},
    protocol::tfplugin6::schema::Attribute,
};

use crate::case::{Case, run};

/// The resources that are not declared as configuration objects.
const OTHERS: [&str; 4] = ["pbs_acl", "pbs_api_token", "pbs_namespace", "pbs_user"];

/// The attributes that have no line, because they change or need other attributes. Their tests are
/// in tests/protocol.
const WITHOUT_LINES: [(&str, &str); 2] =
    [("pbs_sync_job", "encryption_key"), ("pbs_sync_job", "unmount_on_done")];

#[test]
fn every_attribute_of_every_configuration_object_has_a_line() {
    let row = rows().into_iter().next().expect("there are rows");
    run(Case::new(row, Default::default()), async |case| {
        let provider = case.provider().await;
        let mut lines: BTreeMap<_, BTreeMap<_, Line>> = BTreeMap::new();
        for row in rows() {
            let lines_of_type = lines.entry(row.type_name).or_default();
            lines_of_type.extend(row.lines.into_iter().map(|line| (line.attribute, line)));
        }
        let with_rows: BTreeSet<_> = lines.keys().copied().chain(OTHERS).collect();
        let resources: BTreeSet<_> = provider.resource_types().collect();
        assert_eq!(resources, with_rows, "each resource needs a row (left: resources)");
        for (type_name, lines) in lines {
            let lines: Vec<_> = lines.into_values().collect();
            compare(type_name, provider.attributes(type_name), &lines);
        }
    });
}

/// Compares the lines with the attributes that a configuration can set, also in nested objects.
fn compare(place: &str, attributes: &[Attribute], lines: &[Line]) {
    let secrets: Vec<_> = lines.iter().filter(|line| line.is_secret).collect();
    // A secret has two more attributes, which have no line. The tests in `secrets.rs` set them.
    let belongs_to_secret = |name: &str| {
        secrets.iter().any(|secret| {
            ["_wo", "_wo_version"].iter().any(|end| name == format!("{}{end}", secret.attribute))
        })
    };
    let settable = attributes.iter().filter(|it| it.required || it.optional);
    let settable: BTreeSet<_> = settable
        .map(|it| &*it.name)
        .filter(|name| !belongs_to_secret(name) && !WITHOUT_LINES.contains(&(place, name)))
        .collect();
    let names = lines.iter().map(|line| line.attribute).collect();
    assert_eq!(settable, names, "each attribute of {place} needs a line (left: schema)");
    for line in lines {
        let place = format!("{place}.{}", line.attribute);
        let attribute = attributes.iter().find(|it| it.name == line.attribute);
        let attribute = attribute.expect("the names are equal");
        assert!(line.is_required || !attribute.required, "the line of {place} must be required");
        let is_sensitive = line.is_secret || line.is_sensitive;
        assert_eq!(is_sensitive, attribute.sensitive, "whether {place} is sensitive");
        assert_eq!(line.is_left_alone, attribute.computed && line.default.is_null(), "{place}");
        let inner = attribute.nested_type.as_ref().map(|nested| &*nested.attributes);
        assert_eq!(inner.is_some(), line.nesting.is_some(), "whether {place} is nested");
        compare(&place, inner.unwrap_or_default(), &line.inner);
    }
}
