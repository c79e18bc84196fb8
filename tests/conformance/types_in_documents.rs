//! The README lists every type, and the guide to privileges names every type that sends requests.
//! All examples protect their datastores from destruction.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
};

use test_support::in_process::{Variables, provider};
use tf_plugin::Provider;

const PRIVILEGES: &str = "docs/guides/provider-privileges.md";

/// One row of the README's table of types.
struct Kind {
    /// Possible beginnings of the first cell of the row, in lower case and without backticks.
    labels: &'static [&'static str],
    names: BTreeSet<String>,
}

fn kinds() -> [Kind; 6] {
    let offers = provider(Variables::new()).offers();
    let full = |name: &str| format!("pbs_{name}");
    let kind = |labels, names| Kind { labels, names };
    [
        kind(&["resource"], offers.resources.iter().map(|item| full(item.name())).collect()),
        kind(&["ephemeral"], offers.ephemerals.iter().map(|item| full(item.name())).collect()),
        kind(&["data source"], offers.data_sources.iter().map(|item| full(item.name())).collect()),
        kind(&["function"], offers.functions.iter().map(|item| item.name().into()).collect()),
        kind(
            &["terraform query", "list"],
            offers.lists.iter().map(|item| full(item.name())).collect(),
        ),
        kind(&["action"], offers.actions.iter().map(|item| full(item.name())).collect()),
    ]
}

/// With `UPDATE=1`, first writes the rows of the table that contain nothing but names.
#[test]
fn the_readme_lists_every_type_in_docs() {
    let mut readme = fs::read_to_string("README.md").expect("README.md");
    if env::var_os("UPDATE").is_some() {
        readme = with_names(&readme);
        fs::write("README.md", &readme).expect("README.md is written");
    }
    let rows: Vec<_> =
        readme.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" | ")).collect();
    for Kind { labels, names } in kinds() {
        let is_label = |cell: &str| {
            let cell = cell.to_lowercase().replace('`', "");
            labels.iter().any(|label| cell.starts_with(label))
        };
        let row = rows.iter().find(|(cell, _)| is_label(cell));
        let (_, cells) = row.unwrap_or_else(|| {
            panic!("the table of types in README.md needs a row `| {} | … |`", labels[0])
        });
        assert_eq!(
            listed(cells),
            names,
            "the row `{}` of the table in README.md must contain each of the provider's types (left: \
             README.md, right: provider)",
            labels[0]
        );
    }
}

/// Writes the names of all types into those rows of the README's table that contain nothing but
/// names. Returns the new README.
fn with_names(readme: &str) -> String {
    let row = |line: &str| {
        let cell = line.strip_prefix("| ")?.strip_suffix(" |")?;
        let (label, cells) = cell.split_once(" | ")?;
        let kinds = kinds();
        let kind = kinds.iter().find(|kind| kind.labels.iter().any(|it| label.starts_with(it)))?;
        let is_list =
            cells.split(", ").all(|name| name.starts_with("`pbs_") && name.ends_with('`'));
        let names: Vec<_> = kind.names.iter().map(|name| format!("`{name}`")).collect();
        is_list.then(|| format!("| {label} | {} |", names.join(", ")))
    };
    let lines = readme.lines().map(|line| row(line).unwrap_or_else(|| line.to_owned()) + "\n");
    lines.collect()
}

#[test]
fn only_a_row_that_contains_nothing_but_names_is_updated() {
    let text =
        "| resources | `pbs_user` |\n| actions | `pbs_user` in 1.14 |\n| other | `pbs_x` |\n";
    let written = with_names(text);
    let lines: Vec<_> = written.lines().collect();
    assert!(lines[0].contains("`pbs_remote`"), "{written}");
    assert_eq!(lines[1..], text.lines().collect::<Vec<_>>()[1..]);
}

#[test]
fn names_in_a_row_are_found() {
    let cells = "`pbs_user(s)`, `pbs_acls`: the `secret` is **not** in it |";
    let names = ["pbs_acls", "pbs_user", "pbs_users", "secret"];
    assert_eq!(listed(cells), names.map(String::from).into());
}

/// The names in backticks. `name(s)` means `name` and `names`.
fn listed(cells: &str) -> BTreeSet<String> {
    let names = cells.split('`').skip(1).step_by(2);
    names
        .flat_map(|name| match name.strip_suffix("(s)") {
            Some(singular) => vec![singular.to_owned(), format!("{singular}s")],
            None => vec![name.to_owned()],
        })
        .collect()
}

/// If the guide names a resource, it does not have to name the data source that lists the objects
/// of this resource. For example, a row "`pbs_user`, its data sources and lists" also covers
/// `pbs_users`.
#[test]
fn the_guide_to_privileges_names_every_type() {
    let guide = fs::read_to_string(PRIVILEGES).expect(PRIVILEGES);
    let rows = guide.lines().filter(|line| line.starts_with("| "));
    let named: BTreeSet<String> =
        rows.flat_map(|row| row.split('`').skip(1).step_by(2)).map(String::from).collect();
    // A function sends no request, so it needs no privilege.
    let kinds = kinds().into_iter().filter(|kind| kind.labels != ["function"]);
    let is_missing =
        |name: &String| !named.contains(name) && !named.contains(name.trim_end_matches('s'));
    let missing: BTreeSet<_> = kinds.flat_map(|kind| kind.names).filter(is_missing).collect();
    assert!(
        missing.is_empty(),
        "add a row to the table in {PRIVILEGES} for each of {missing:?}. The row must say which \
         privileges the type needs, and on which paths"
    );
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// People copy examples, and the destruction of a datastore can delete all backups. Only the guide
/// that explains how to replace a datastore and take over its backups removes the protection.
#[test]
fn every_datastore_of_an_example_is_protected_from_destruction() {
    let mut protected = 0;
    for path in ["docs", "examples"].into_iter().flat_map(|folder| files(Path::new(folder))) {
        let text = fs::read_to_string(&path).expect("a text file");
        for block in text.split("resource \"pbs_datastore\"").skip(1) {
            let end = block.find("\n}").expect("the end of the block");
            let block = &block[..end];
            let replaces = block.contains("reuse_datastore = true")
                && path.ends_with("guides/changing-datastores.md");
            let is_protected = block.contains("prevent_destroy = true");
            assert!(is_protected || replaces, "{}: {block}", path.display());
            protected += usize::from(is_protected);
        }
    }
    assert!(protected > 10, "only {protected} datastores were found");
}

/// No plan can show the effects of these arguments. The effects depend on the content of the
/// server, or result from a value that PBS accepts. The description of each argument must therefore
/// name its effect.
#[test]
fn the_pages_describe_the_effects_that_no_plan_shows() {
    for (page, argument, text) in [
        ("sync_job", "owner", "has another owner, the job does not copy the group"),
        ("sync_job", "remove_vanished", "no longer finds at the source"),
        ("notification_matcher", "match_severities", "`[\"warning\", \"error\"]` matches nothing"),
        ("datastore", "destroy_data", "in the state"),
        ("namespace", "delete_groups", "in the state"),
    ] {
        let path = format!("docs/resources/{page}.md");
        let content = fs::read_to_string(&path).expect("a page");
        let description =
            content.lines().find(|line| line.starts_with(&format!("- `{argument}` (")));
        let description = description.expect("the argument is on the page");
        assert!(description.contains(text), "{path}: {description}");
    }
}
