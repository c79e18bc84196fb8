//! Writes examples of configuration objects: the imports, the data source and the list resource.
//! These examples contain the same names and ids as the usage example of the resource, which is
//! written by hand. `UPDATE=1 cargo test --test conformance docs` writes only files that do not
//! exist yet, so a written example can be edited by hand.

use std::{fs, path::Path};

use test_support::objects::{self, Row};

/// Writes the missing examples of all configuration objects.
///
/// # Panics
/// If a type has no usage example, or its first resource does not set the id of the object.
pub(crate) fn write_missing() {
    for row in objects::types() {
        for (path, text) in examples(&row) {
            let path = Path::new("examples").join(path);
            if !path.exists() {
                fs::create_dir_all(path.parent().expect("a folder")).expect("the folder");
                fs::write(path, text).expect("the example is written");
            }
        }
    }
}

fn examples(row: &Row) -> [(String, String); 5] {
    let Row { type_name, key, .. } = row;
    let folder = format!("resources/{type_name}");
    let usage = fs::read_to_string(format!("examples/{folder}/resource.tf"));
    let usage = usage.unwrap_or_else(|_| panic!("write examples/{folder}/resource.tf"));
    let (label, id) = label_and_id(row, &usage).unwrap_or_else(|| {
        panic!("the first resource of examples/{folder}/resource.tf must set `{key}`")
    });
    let words = type_name.trim_start_matches("pbs_").replace('_', " ");
    let words = words.replace("smtp", "SMTP").replace("s3", "S3");
    let article = match words.split(' ').next() {
        Some("SMTP" | "S3") => "An",
        _ => "A",
    };
    let argument = match row.is_singleton {
        true => String::new(),
        false => format!("  {key} = \"{id}\"\n"),
    };
    [
        (format!("{folder}/import.sh"), format!("terraform import {type_name}.{label} {id}\n")),
        (
            format!("{folder}/import-by-string-id.tf"),
            format!("import {{\n  to = {type_name}.{label}\n  id = \"{id}\"\n}}\n"),
        ),
        (
            format!("{folder}/import-by-identity.tf"),
            format!(
                "import {{\n  to = {type_name}.{label}\n  identity = {{\n    {key} = \"{id}\"\n  \
                 }}\n}}\n"
            ),
        ),
        (
            format!("data-sources/{type_name}/data-source.tf"),
            format!(
                "# {article} {words} that exists on the server and is not managed by this \
                 configuration.\ndata \"{type_name}\" \"{label}\" {{\n{argument}}}\n"
            ),
        ),
        (
            format!("list-resources/{type_name}/list-resource.tfquery.hcl"),
            format!(
                "# All {words}s that the provider's credentials are allowed to see.\nlist \
                 \"{type_name}\" \"all\" {{\n  provider = pbs\n}}\n"
            ),
        ),
    ]
}

/// The label of the first resource of the type, and the id of its object.
fn label_and_id(row: &Row, usage: &str) -> Option<(String, String)> {
    let (_, rest) = usage.split_once(&format!("resource \"{}\" \"", row.type_name))?;
    let (label, rest) = rest.split_once('"')?;
    if row.is_singleton {
        return Some((label.to_owned(), row.id()));
    }
    let is_key = |line: &&str| line.trim().split([' ', '=']).next() == Some(row.key);
    let id = rest.lines().find(is_key)?.split('"').nth(1)?;
    Some((label.to_owned(), id.to_owned()))
}

#[test]
fn the_examples_use_the_label_and_the_id_of_the_usage_example() {
    let row = objects::types().into_iter().find(|row| row.type_name == "pbs_prune_job");
    let examples = examples(&row.expect("a row of prune jobs"));
    for (path, text) in &examples[..3] {
        let present = fs::read_to_string(Path::new("examples").join(path));
        assert_eq!(*text, present.expect("the example exists"), "{path}");
    }
    let texts = [&examples[3].1, &examples[4].1];
    assert!(texts[0].contains("data \"pbs_prune_job\" \"main\" {\n  id = \"main-daily\"\n}"));
    assert!(texts[1].contains("list \"pbs_prune_job\" \"all\""));
}
