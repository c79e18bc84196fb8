//! Generates the pages of all types in `docs/` from schemas and examples, and compares them with
//! the existing pages. `UPDATE=1 cargo test --test conformance docs` writes the pages, and the
//! missing examples of configuration objects. Do not edit these pages by hand.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use test_support::in_process::{self, Variables};
use tf_plugin::{Attribute, Kind, Provider, Schema};
use xtask::release::Feature;

use crate::{
    object_examples,
    pages::{self, Example, Subject},
    roles_and_paths,
};

const PREFIX: &str = "pbs";

#[test]
fn the_pages_agree_with_schemas_and_examples() {
    let update = std::env::var_os("UPDATE").is_some();
    if update {
        object_examples::write_missing();
    }
    let expected = pages();
    if update {
        for (path, text) in &expected {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }
    for (path, text) in &expected {
        let existing = fs::read_to_string(path).unwrap_or_default();
        assert!(
            existing == *text,
            "{} does not agree with the schema and the examples. Run `UPDATE=1 cargo test --test \
             conformance docs`.",
            path.display()
        );
    }
    for path in markdown(Path::new("docs")) {
        // Guides are written by hand. Other tests write the tables of docs/reliability.md
        // (`test_support::report`).
        let is_not_generated =
            path.starts_with("docs/guides") || path == Path::new("docs/reliability.md");
        assert!(
            is_not_generated || expected.contains_key(&path),
            "{} describes a type that does not exist: delete this page",
            path.display()
        );
    }
}

#[test]
fn every_description_is_a_sentence() {
    let offers = provider().offers();
    assert_described("provider", &provider().schema());
    offers.resources.iter().for_each(|item| assert_described(item.name(), item.schema()));
    offers.data_sources.iter().for_each(|item| assert_described(item.name(), item.schema()));
    offers.ephemerals.iter().for_each(|item| assert_described(item.name(), item.schema()));
    offers.lists.iter().for_each(|item| assert_described(item.name(), item.schema()));
    offers.actions.iter().for_each(|item| assert_described(item.name(), item.schema()));
    for item in &offers.functions {
        let signature = item.signature();
        for parameter in signature.parameters.iter().chain(&signature.variadic) {
            assert!(parameter.doc.ends_with('.'), "{}: {}", item.name(), parameter.name);
        }
    }
}

/// The attributes of the data source of a configuration object have the descriptions of the
/// resource's arguments, with a few replaced words. A data source only reads these attributes, so
/// its descriptions must not say what happens if a configuration sets, omits or changes them.
#[test]
fn data_sources_do_not_describe_their_attributes_as_arguments_to_set() {
    for item in &provider().offers().data_sources {
        assert_not_set(item.name(), &item.schema().attributes);
    }
}

fn assert_not_set(name: &str, attributes: &[Attribute]) {
    for attribute in attributes {
        let name = format!("{name}.{}", attribute.name);
        assert!(!attribute.replaces, "{name} of a data source cannot replace an object");
        if attribute.required || attribute.optional {
            continue;
        }
        for phrase in ["Default: ", "omit", "argument", "Requires `"] {
            assert!(
                !attribute.doc.contains(phrase),
                "the description of the read-only attribute {name} contains `{phrase}`"
            );
        }
        if let Kind::Nested(_, inner) = &attribute.kind {
            assert_not_set(&name, inner);
        }
    }
}

fn assert_described(name: &str, schema: &Schema) {
    assert!(schema.doc.ends_with('.'), "the description of {name} must be a sentence");
    assert_all_described(name, &schema.attributes);
}

fn assert_all_described(name: &str, attributes: &[Attribute]) {
    for attribute in attributes {
        let name = format!("{name}.{}", attribute.name);
        assert!(attribute.doc.ends_with('.'), "the description of {name} must be a sentence");
        if attribute.default.is_some() {
            assert!(
                attribute.doc.contains("Default: "),
                "the description of {name} must contain `Default: `"
            );
        }
        if let Kind::Nested(_, inner) = &attribute.kind {
            assert_all_described(&name, inner);
        }
    }
}

/// The generated pages by path.
fn pages() -> BTreeMap<PathBuf, String> {
    let offers = provider().offers();
    let mut pages = BTreeMap::new();
    let mut add = |subject: Subject, name: &str, schema: &Schema| {
        let (usage, import) = examples(subject, name);
        let mut text = pages::page(subject, PREFIX, name, schema, &usage, &import);
        if subject == Subject::Provider {
            text += &installation();
        }
        if (subject, name) == (Subject::Resource, "acl") {
            text += &roles_and_paths::sections();
        }
        let file = if subject == Subject::Provider { "index" } else { name };
        pages.insert(Path::new("docs").join(subject.folder()).join(format!("{file}.md")), text);
    };
    add(Subject::Provider, "", &provider().schema());
    offers.resources.iter().for_each(|item| add(Subject::Resource, item.name(), item.schema()));
    offers
        .data_sources
        .iter()
        .for_each(|item| add(Subject::DataSource, item.name(), item.schema()));
    offers.ephemerals.iter().for_each(|item| add(Subject::Ephemeral, item.name(), item.schema()));
    offers.lists.iter().for_each(|item| add(Subject::List, item.name(), item.schema()));
    offers.actions.iter().for_each(|item| add(Subject::Action, item.name(), item.schema()));
    for item in &offers.functions {
        let usage = [example(&format!("functions/{}/function.tf", item.name()), "", "terraform")];
        let text = pages::function_page(PREFIX, item.name(), item.signature(), &usage);
        pages.insert(PathBuf::from(format!("docs/functions/{}.md", item.name())), text);
    }
    pages
}

/// The section of the README about the installation, which is also the end of the provider's page.
fn installation() -> String {
    let readme = fs::read_to_string("README.md").expect("README.md is text");
    let (_, rest) = readme.split_once("\n## Installation\n").expect("a section on installation");
    let section = rest.split("\n## ").next().unwrap_or_default();
    format!("\n## Installation\n{section}")
}

/// The usage examples and the import examples of a page. The Terraform Registry prescribes the file
/// names.
fn examples(subject: Subject, name: &str) -> (Vec<Example>, Vec<Example>) {
    let full = format!("{PREFIX}_{name}");
    let file = match subject {
        Subject::Provider => "provider/provider.tf".to_owned(),
        Subject::Resource => format!("resources/{full}/resource.tf"),
        Subject::DataSource => format!("data-sources/{full}/data-source.tf"),
        Subject::Ephemeral => format!("ephemeral-resources/{full}/ephemeral-resource.tf"),
        Subject::List => format!("list-resources/{full}/list-resource.tfquery.hcl"),
        Subject::Action => format!("actions/{full}/action.tf"),
    };
    let usage = vec![example(&file, "", "terraform")];
    if subject != Subject::Resource {
        return (usage, Vec::new());
    }
    let import = |file: &str, heading, language| {
        example(&format!("resources/{full}/{file}"), heading, language)
    };
    let imports = vec![
        import("import.sh", "With the command `terraform import`:", "shell"),
        import(
            "import-by-string-id.tf",
            "With an `import` block and an id (requires Terraform 1.5 or OpenTofu 1.6):",
            "terraform",
        ),
        import(
            "import-by-identity.tf",
            &format!(
                "With an `import` block and an identity (requires {}):",
                Feature::Identity.requirement()
            ),
            "terraform",
        ),
    ];
    (usage, imports)
}

fn example(file: &str, heading: &str, language: &'static str) -> Example {
    let path = Path::new("examples").join(file);
    let code = fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!("{}: {error}: every type needs this example, so write it", path.display())
    });
    Example { heading: heading.to_owned(), language, code }
}

fn markdown(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { markdown(&path) } else { vec![path] }).collect()
}

fn provider() -> impl Provider {
    in_process::provider(Variables::new())
}
