//! The documentation names the versions of Terraform and OpenTofu that `xtask::release` contains.

use std::{collections::BTreeSet, fs};

use xtask::release::{Feature, Product, Version, opentofu_versions, versions};

const PAGE: &str = "docs/guides/compatibility.md";

/// Features of Terraform and OpenTofu that do not depend on the provider. Each pair contains the
/// first minor version of Terraform and the first minor version of OpenTofu with the feature.
const OTHER_FEATURES: [(u16, u16); 4] = [
    // `import` blocks. Terraform 1.5 can import, but the provider supports 1.6 and newer.
    (5, 6),
    // `removed` blocks.
    (7, 7),
    // `removed` blocks with a `lifecycle` block: OpenTofu 1.8.11 refuses them (measured).
    (7, 10),
    // `mock_provider` in tests.
    (7, 8),
];

fn minor(version: Version) -> String {
    format!("{}.{}", version.0, version.1)
}

fn listed(versions: impl Iterator<Item = Version>) -> String {
    versions.map(|version| version.to_string()).collect::<Vec<_>>().join(", ")
}

#[test]
fn the_page_on_compatibility_lists_the_features_and_the_tested_versions() {
    let page = fs::read_to_string(PAGE).expect("the page");
    let mut rows: Vec<_> = Feature::ALL
        .iter()
        .map(|feature| {
            let since = |product| feature.since(product).map_or("none".to_owned(), minor);
            let [terraform, opentofu] = [Product::Terraform, Product::OpenTofu].map(since);
            format!("| {} | {terraform} | {opentofu} |", feature.description())
        })
        .collect();
    rows.push(format!("| Terraform | {} |", listed(versions())));
    rows.push(format!("| OpenTofu | {} |", listed(opentofu_versions())));
    let missing: Vec<_> = rows.iter().filter(|row| !page.contains(*row)).collect();
    assert!(missing.is_empty(), "{PAGE} lacks {missing:#?}");
}

/// The minor versions in texts such as "Terraform 1.10 or newer, or OpenTofu 1.11 or newer".
fn pairs(text: &str) -> Vec<(u16, u16)> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let minor_at = |rest: &str| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<u16>().ok()
    };
    let mut pairs = Vec::new();
    for (index, _) in text.match_indices("Terraform 1.") {
        let rest = &text[index + "Terraform 1.".len()..];
        let Some(terraform) = minor_at(rest) else { continue };
        let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let between = [" or newer, or OpenTofu 1.", " or OpenTofu 1.", " and OpenTofu 1."];
        let after = between.iter().find_map(|between| rest.strip_prefix(between));
        if let Some(opentofu) = after.and_then(minor_at) {
            pairs.push((terraform, opentofu));
        }
    }
    pairs
}

#[test]
fn every_page_names_the_first_versions_of_a_feature() {
    let mut known: BTreeSet<(u16, u16)> = OTHER_FEATURES.into();
    for feature in Feature::ALL {
        let since = |product| feature.since(product).map(|version| version.1);
        known.extend(since(Product::Terraform).zip(since(Product::OpenTofu)));
    }
    let mut found = BTreeSet::new();
    // The plugin layer contains an error about write-only attributes, which also names versions.
    for folder in ["docs/guides", "plugin/src/validate", "."] {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|extension| extension == "md" || extension == "rs") {
                let text = fs::read_to_string(&path).expect("a page");
                for pair in pairs(&text) {
                    let path = path.display();
                    assert!(known.contains(&pair), "{path}: Terraform and OpenTofu {pair:?}");
                    found.insert(pair);
                }
            }
        }
    }
    assert!(found.len() > 3, "only {found:?}");
}

/// README has no table. It names the versions in a sentence for each program.
#[test]
fn the_readme_names_the_first_versions_of_the_features() {
    let readme = fs::read_to_string("README.md").expect("README.md");
    let readme = readme.split_whitespace().collect::<Vec<_>>().join(" ");
    let since = |feature: Feature, product| feature.since(product).map_or(String::new(), minor);
    let terraform = |feature| since(feature, Product::Terraform);
    let opentofu = |feature| since(feature, Product::OpenTofu);
    for sentence in [
        format!(
            "functions need {}, ephemeral tokens {}, write-only passwords {}, import by identity \
             {}, and `terraform query` and actions {}.",
            terraform(Feature::Functions),
            terraform(Feature::Ephemeral),
            terraform(Feature::WriteOnly),
            terraform(Feature::Identity),
            terraform(Feature::QueryAndActions),
        ),
        format!(
            "Functions need {}, ephemeral tokens and write-only passwords {}, and import by \
             identity {}.",
            opentofu(Feature::Functions),
            opentofu(Feature::Ephemeral),
            opentofu(Feature::Identity),
        ),
    ] {
        assert!(readme.contains(&sentence), "README.md lacks: {sentence}");
    }
}

#[test]
fn pairs_of_versions_are_found() {
    for (text, expected) in [
        ("Terraform 1.10 or newer, or OpenTofu 1.11 or newer", vec![(10, 11)]),
        ("needs Terraform 1.7 or OpenTofu\n1.8.", vec![(7, 8)]),
        ("with Terraform 1.11 and with OpenTofu 1.12", vec![]),
        ("Terraform 1.14.", vec![]),
    ] {
        assert_eq!(pairs(text), expected, "{text}");
    }
}
