//! `docs/` is generated from schemas and examples, and nobody edits it by hand:
//! `UPDATE=1 cargo test --test conformance docs` writes it, and without that the pages are compared.

use std::{
    collections::BTreeMap,
    env::VarError,
    fs,
    path::{Path, PathBuf},
};

use terraform_provider_pbs::provider::Provider;
use tf_plugin::{
    Attribute, Kind, Provider as _, Schema,
    docs::{self, Example, Subject},
};

const PREFIX: &str = "pbs";

#[test]
fn the_pages_are_what_schemas_and_examples_say() {
    let wanted = pages();
    if std::env::var_os("UPDATE").is_some() {
        for (path, text) in &wanted {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }
    for (path, text) in &wanted {
        let found = fs::read_to_string(path).unwrap_or_default();
        assert!(
            found == *text,
            "{} is not what the schema and the examples say. Run `UPDATE=1 cargo test --test conformance docs`.",
            path.display()
        );
    }
    for path in markdown(Path::new("docs")) {
        // The one is written by hand, the other by the tests that count (`tests/support/report.rs`).
        let other = path.starts_with("docs/guides") || path == Path::new("docs/reliability.md");
        assert!(other || wanted.contains_key(&path), "{}: there is no such type", path.display());
    }
}

#[test]
fn everything_is_described_in_sentences() {
    let offers = provider().offers();
    described("provider", &provider().schema());
    offers.resources.iter().for_each(|item| described(item.name(), item.schema()));
    offers.data_sources.iter().for_each(|item| described(item.name(), item.schema()));
    offers.ephemerals.iter().for_each(|item| described(item.name(), item.schema()));
    offers.lists.iter().for_each(|item| described(item.name(), item.schema()));
    offers.actions.iter().for_each(|item| described(item.name(), item.schema()));
    for item in &offers.functions {
        let signature = item.signature();
        for parameter in signature.parameters.iter().chain(&signature.variadic) {
            assert!(parameter.doc.ends_with('.'), "{}: {}", item.name(), parameter.name);
        }
    }
}

fn described(name: &str, schema: &Schema) {
    assert!(schema.doc.ends_with('.'), "{name} is not described in a sentence");
    each_described(name, &schema.attributes);
}

fn each_described(name: &str, attributes: &[Attribute]) {
    for attribute in attributes {
        let name = format!("{name}.{}", attribute.name);
        assert!(attribute.doc.ends_with('.'), "{name} is not described in a sentence");
        if attribute.default.is_some() {
            assert!(attribute.doc.contains("Default: "), "{name} does not say its default");
        }
        if let Kind::Nested(_, inner) = &attribute.kind {
            each_described(&name, inner);
        }
    }
}

/// Every page, by its path.
fn pages() -> BTreeMap<PathBuf, String> {
    let offers = provider().offers();
    let mut pages = BTreeMap::new();
    let mut add = |subject: Subject, name: &str, schema: &Schema| {
        let (usage, import) = examples(subject, name);
        let text = docs::page(subject, PREFIX, name, schema, &usage, &import);
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
        let text = docs::function_page(PREFIX, item.name(), item.signature(), &usage);
        pages.insert(PathBuf::from(format!("docs/functions/{}.md", item.name())), text);
    }
    pages
}

/// The examples of a page, and those of importing, by the names that the registry knows.
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
        import("import.sh", "With the command:", "shell"),
        import("import-by-string-id.tf", "With an `import` block (1.5 or newer):", "terraform"),
        import("import-by-identity.tf", "By identity (1.12 or newer):", "terraform"),
    ];
    (usage, imports)
}

fn example(file: &str, heading: &'static str, language: &'static str) -> Example {
    let path = Path::new("examples").join(file);
    let code = fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!("{}: {error}; every type needs this example", path.display())
    });
    Example { heading, language, code }
}

fn markdown(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { markdown(&path) } else { vec![path] }).collect()
}

fn provider() -> Provider {
    Provider::new(Box::new(|_| Err(VarError::NotPresent)))
}
