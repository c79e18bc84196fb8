//! The guides agree with the source. They explain every error and name every privilege. Every link
//! in a guide leads to an existing file. `tests/acceptance/documents.rs` applies the configurations
//! in the guides.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use xtask::release::{Feature, Product};

const GUIDES: &str = "docs/guides";

#[test]
fn every_guide_has_the_front_matter_of_the_registry() {
    let guides = files(Path::new(GUIDES), "md");
    assert!(!guides.is_empty());
    for path in guides {
        let text = read(&path);
        let lines: Vec<_> = text.lines().take(8).collect();
        let [open, title, category, description, sentence, close, blank, heading] = lines[..]
        else {
            panic!("{} is too short", path.display())
        };
        let title = title.strip_prefix("page_title: \"").and_then(|it| it.strip_suffix('"'));
        let is_valid = (open, category, description, close, blank)
            == ("---", "subcategory: \"\"", "description: |-", "---", "")
            && sentence.starts_with("  ")
            && sentence.ends_with('.')
            && title.is_some_and(|title| heading == format!("# {title}"));
        assert!(
            is_valid,
            "{}: must begin with front matter and then the title as a heading",
            path.display()
        );
    }
}

#[test]
fn every_link_leads_to_a_file() {
    let pages = ["README.md", "CONTRIBUTING.md", "pbs-sim/README.md"].map(PathBuf::from);
    for path in files(Path::new("docs"), "md").into_iter().chain(pages) {
        let text = read(&path);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split_once(')')) {
            let target = link.0.split('#').next().unwrap_or_default();
            let repository = "https://github.com/pbs-rs/terraform-provider-pbs/";
            let file = match target.strip_prefix(repository) {
                Some(inside) => inside.splitn(3, '/').nth(2).map(PathBuf::from),
                None if target.contains("://") || target.is_empty() => None,
                None => Some(path.with_file_name(target)),
            };
            let exists = file.is_none_or(|file| file.exists());
            assert!(exists, "{}: the link to {target} leads to no file", path.display());
        }
    }
}

#[test]
fn the_first_guide_installs_the_provider_with_the_commands_of_the_readme() {
    let guide = read(&Path::new(GUIDES).join("first-backup-token.md"));
    let (_, section) = guide.split_once("## Install the provider\n").expect("a section");
    let commands = section.split("```").nth(1).and_then(|block| block.strip_prefix("shell\n"));
    let commands = commands.expect("a block with commands");
    assert!(commands.contains("registry.opentofu.org"), "{commands}");
    assert!(read(Path::new("README.md")).contains(commands), "README.md lacks:\n{commands}");
}

#[test]
fn every_link_to_a_section_leads_to_a_heading() {
    let pages = ["README.md", "CONTRIBUTING.md", "SECURITY.md"].map(PathBuf::from);
    let mut checked = 0;
    for path in files(Path::new("docs"), "md").into_iter().chain(pages) {
        let text = read(&path);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split_once(')')) {
            let Some((target, anchor)) = link.0.split_once('#') else { continue };
            if target.contains("://") || anchor.starts_with("nested--") {
                continue;
            }
            let file = if target.is_empty() { path.clone() } else { path.with_file_name(target) };
            let page = read(&file);
            let exists =
                page.lines().filter_map(heading).any(|heading| anchor_of(heading) == anchor);
            assert!(exists, "{}: {} has no heading for #{anchor}", path.display(), file.display());
            checked += 1;
        }
    }
    assert!(checked > 30, "only {checked} links lead to a section");
}

/// The text of a heading. `None` if the line is not a heading.
fn heading(line: &str) -> Option<&str> {
    line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#'))
}

/// The anchor of a heading, as GitHub and the registries form it: punctuation is left out, and each
/// space becomes a hyphen.
fn anchor_of(heading: &str) -> String {
    let heading = heading.replace("`` ", "").replace(" ``", "");
    let kept = heading.chars().filter(|it| it.is_alphanumeric() || " -_".contains(*it));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

#[test]
fn every_example_that_a_page_names_exists() {
    for path in files(Path::new("docs"), "md").into_iter().chain(["README.md".into()]) {
        let text = read(&path);
        for rest in text.split("examples/").skip(1) {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"-_/.".contains(c));
            let name = rest[..end.unwrap_or(rest.len())].trim_end_matches(['.', '/']);
            let exists = Path::new("examples").join(name).exists();
            assert!(exists, "{}: examples/{name} does not exist", path.display());
        }
    }
}

#[test]
fn the_troubleshooting_guide_explains_every_summary_of_a_diagnostic_and_no_other() {
    let guide = read(&Path::new(GUIDES).join("troubleshooting.md"));
    // One section explains all summaries that begin with `Could not`, and lists them.
    let is_title = |line: &&str| line.starts_with("### ") || line.starts_with("- `Could not ");
    let explained: BTreeSet<String> = guide.lines().filter(is_title).flat_map(titles).collect();
    let source: BTreeSet<String> = sources().iter().flat_map(|text| summaries(text)).collect();
    assert!(source.len() > 40, "only {source:?} were found in the source");
    let missing: Vec<_> = source.difference(&explained).collect();
    assert!(
        missing.is_empty(),
        "add a heading to docs/guides/troubleshooting.md for each of {missing:#?}"
    );
    let stale: Vec<_> = explained.difference(&source).collect();
    assert!(
        stale.is_empty(),
        "docs/guides/troubleshooting.md explains diagnostics that do not exist: {stale:#?}"
    );
}

/// The summaries in a heading, or the summary at the beginning of a list item.
fn titles(line: &str) -> Vec<String> {
    let mut titles = quoted(line);
    if line.starts_with("- ") {
        titles.truncate(1);
    }
    titles
}

#[test]
fn every_detail_in_the_guide_to_troubleshooting_is_in_the_source() {
    let guide = read(&Path::new(GUIDES).join("troubleshooting.md"));
    let source = sources().concat();
    let rows = guide.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` |"));
    let texts: Vec<_> = rows.map(|(text, _)| text).collect();
    assert!(texts.len() > 15, "the table has only {} rows", texts.len());
    for text in texts {
        assert!(source.contains(text), "the source has no detail {text:?}");
    }
}

#[test]
fn the_guide_to_privileges_names_every_privilege_of_the_source() {
    let guide = read(&Path::new(GUIDES).join("provider-privileges.md"));
    let source = sources().concat();
    let needed: BTreeSet<_> =
        source.split(".needs(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(needed.len() > 3, "only {needed:?} were found in the source");
    for privilege in needed {
        assert!(
            guide.contains(&format!("`{privilege}`")),
            "docs/guides/provider-privileges.md must contain {privilege}"
        );
    }
}

#[test]
fn privileges_are_named_on_every_page_of_a_type_that_changes_the_server() {
    for folder in ["resources", "ephemeral-resources", "actions"] {
        let pages = files(&Path::new("docs").join(folder), "md");
        assert!(!pages.is_empty(), "there are no {folder}");
        for page in pages {
            let text = read(&page);
            assert!(
                text.contains("\nPrivileges on PBS: `"),
                "{} must have a paragraph `Privileges on PBS: …`",
                page.display()
            );
        }
    }
}

#[test]
fn the_guide_to_compatibility_names_the_tested_versions() {
    let guide = read(&Path::new(GUIDES).join("compatibility.md"));
    let tested = guide.lines().find(|line| line.starts_with("| Terraform | "));
    let tested = tested.expect("a row of tested versions");
    let versions: Vec<_> = xtask::release::versions().map(|version| version.to_string()).collect();
    assert!(tested.contains(&format!("| {} |", versions.join(", "))), "{tested}");
    for (words, feature) in [
        ("functions", Feature::Functions),
        ("`moved` from", Feature::MovedAcrossTypes),
        ("ephemeral", Feature::Ephemeral),
        ("`password_wo`", Feature::WriteOnly),
        ("import by identity", Feature::Identity),
        ("`terraform query`", Feature::QueryAndActions),
    ] {
        let row = guide.lines().find(|line| line.starts_with(&format!("| {words}")));
        let row = row.unwrap_or_else(|| panic!("no row for {feature:?}"));
        let cells: Vec<_> = row.split('|').rev().map(str::trim).collect();
        let since = |product| {
            feature
                .since(product)
                .map_or("none".to_owned(), |version| format!("{}.{}", version.0, version.1))
        };
        let expected = [since(Product::OpenTofu), since(Product::Terraform)];
        assert_eq!([cells[1], cells[2]], expected, "{row}");
    }
}

#[test]
fn contributing_explains_exactly_the_dependencies_of_the_manifests() {
    let page = read(Path::new("CONTRIBUTING.md"));
    let (_, section) = page.split_once("## Dependencies\n").expect("a section on dependencies");
    let section = section.split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split_once(" | "));
    let explained: BTreeSet<_> = rows.flat_map(|(names, _)| quoted(&format!("`{names}"))).collect();
    let own_crates = ["pbs-sim", "terraform-provider-pbs", "test-support", "tf-plugin", "xtask"];
    let manifests = [
        "Cargo.toml",
        "pbs-sim/Cargo.toml",
        "plugin/Cargo.toml",
        "tests/support/Cargo.toml",
        "xtask/Cargo.toml",
    ];
    let needed: BTreeSet<String> = manifests
        .iter()
        .flat_map(|manifest| dependencies(&read(Path::new(manifest))))
        .filter(|name| !own_crates.contains(&name.as_str()))
        .collect();
    assert_eq!(
        explained, needed,
        "Left: the dependencies that CONTRIBUTING.md explains. Right: the dependencies in \
         the manifests."
    );
}

/// The names of all dependencies in a manifest, including the dependencies of tests, of build
/// scripts and of a single target.
fn dependencies(manifest: &str) -> Vec<String> {
    let mut inside = false;
    let mut names = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.ends_with("dependencies]");
        } else if let Some((name, _)) = line.split_once(" = ")
            && inside
            && !line.starts_with('#')
        {
            names.push(name.to_owned());
        }
    }
    names
}

/// The texts of the code spans in a line of Markdown. A code span begins and ends with the same
/// number of backticks. A text that contains a backtick is written between double backticks.
fn quoted(line: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let mut rest = line;
    while let Some(begin) = rest.find('`') {
        let opened = &rest[begin..];
        let inside = opened.trim_start_matches('`');
        let fence = &opened[..opened.len() - inside.len()];
        let end = inside
            .match_indices(fence)
            .map(|(index, _)| index)
            .find(|index| !inside[index + fence.len()..].starts_with('`'))
            .unwrap_or_else(|| panic!("a code span does not end: {line}"));
        let text = &inside[..end];
        let padded = text.strip_prefix(' ').and_then(|text| text.strip_suffix(' '));
        texts.push(padded.unwrap_or(text).to_owned());
        rest = &inside[end + fence.len()..];
    }
    texts
}

#[test]
fn code_spans_are_found_between_single_and_double_backticks() {
    let line = "### `One` and `` The role `…` is gone `` `Two …`";
    assert_eq!(quoted(line), ["One", "The role `…` is gone", "Two …"]);
}

/// The summaries of all diagnostics in a source file, with `…` instead of values.
fn summaries(source: &str) -> Vec<String> {
    // `constructors` take the summary as first argument. `adders` give a summary to a diagnostic
    // that has none. The argument of an adder is a closure that returns the summary.
    let constructors = ["Diagnostic::error(", "Diagnostic::warning(", "self.add("];
    let adders = ["encode_all(", "finish("];
    let from_constructors =
        constructors.iter().flat_map(|function| source.split(function).skip(1)).filter_map(literal);
    let from_adders =
        adders.iter().flat_map(|function| source.split(function).skip(1)).filter_map(|rest| {
            let call = rest.split(';').next()?;
            literal(call.split_once("|| ")?.1.trim_start_matches(['{', ' ', '\n']))
        });
    from_constructors.chain(from_adders).collect()
}

/// The string literal at the beginning of a source text, either alone or as the argument of
/// `format!`.
fn literal(text: &str) -> Option<String> {
    let text = text.trim_start().trim_start_matches('&');
    let text = text.strip_prefix("format!(").unwrap_or(text).trim_start().strip_prefix('"')?;
    let mut plain = String::new();
    let mut depth = 0;
    let mut escaped = false;
    for letter in text.chars() {
        match letter {
            _ if escaped => {
                escaped = false;
                plain.push(letter);
            }
            '\\' => escaped = true,
            '"' => return Some(plain),
            '{' => depth += 1,
            '}' => {
                depth -= 1;
                plain.push('…');
            }
            _ if depth == 0 => plain.push(letter),
            _ => {}
        }
    }
    None
}

#[test]
fn summaries_are_found_in_every_form_of_call() {
    let source = r#"
        Diagnostic::error(
            format!("The token {id} is gone"),
            "Detail.",
        );
        Diagnostic::warning("Plain", format!("Detail {x}."));
        Diagnostic::error(summary, "Detail.");
        let diagnostics = encode_all(diagnostics, || format!("Could not {verb} {}", request.type_name));
        finish(response, cx.take_diagnostics(), || "Could not rest".into());
    "#;
    let expected = ["The token … is gone", "Plain", "Could not … …", "Could not rest"];
    assert_eq!(BTreeSet::from_iter(summaries(source)), expected.map(str::to_owned).into());
}

/// The text of every source file, without its tests and with string literals joined to one line.
fn sources() -> Vec<String> {
    let folders = ["src", "plugin/src"];
    let paths = folders.into_iter().flat_map(|folder| files(Path::new(folder), "rs"));
    let tests = ["tests", "properties", "arbitrary"];
    let is_program = |path: &PathBuf| !tests.iter().any(|it| path.with_extension("").ends_with(it));
    let shorten = |path: PathBuf| {
        let text = read(&path);
        let program = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        let mut parts = program.split("\\\n");
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |text, part| text + part.trim_start())
    };
    paths.filter(is_program).map(shorten).collect()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All files with this extension below a folder, sorted.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
        let path = entry.expect("an entry of the folder").path();
        if path.is_dir() {
            paths.extend(files(&path, extension));
        } else if path.extension().is_some_and(|it| it == extension) {
            paths.push(path);
        }
    }
    paths.sort();
    paths
}
