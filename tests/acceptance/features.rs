//! Which Terraforms a feature is tried with.

use std::env;

use test_support::cli::{World, clis};
use xtask::{
    cli::Cli,
    release::{Feature, Product, Version, versions},
};

/// Runs the test with every Terraform of the suite that has the feature, and with the first release that has it; each on a server of
/// its own. Where the suite is told which versions to use, it is those alone.
pub(crate) fn every_cli_with(feature: Feature, test: impl Fn(&World)) {
    let mut able: Vec<Cli> = clis().iter().filter(|cli| cli.has(feature)).cloned().collect();
    if env::var_os("PBS_TEST_TERRAFORM").is_none() {
        let first = first_with(feature);
        if !able.iter().any(|cli| (cli.product, cli.version) == (Product::Terraform, first)) {
            able.insert(0, terraform(first));
        }
    }
    run(&able, &format!("{feature:?} came later"), test);
}

/// Runs the test with every Terraform of the suite that does not have the feature yet, and with the last release before it.
pub(crate) fn every_cli_without(feature: Feature, test: impl Fn(&World)) {
    let mut unable: Vec<Cli> = clis().iter().filter(|cli| !cli.has(feature)).cloned().collect();
    if env::var_os("PBS_TEST_TERRAFORM").is_none() {
        unable.insert(0, terraform(last_without(feature)));
    }
    run(&unable, &format!("has {feature:?}"), test);
}

/// The last Terraform without the feature.
pub(crate) fn last_without(feature: Feature) -> Version {
    let first = first_with(feature);
    versions().filter(|version| *version < first).last().expect("there is a wheel of one before")
}

/// The first Terraform with the feature that can be fetched.
pub(crate) fn first_with(feature: Feature) -> Version {
    let since = feature.since(Product::Terraform).expect("Terraform has them all");
    versions().find(|version| *version >= since).expect("there is a wheel of it")
}

pub(crate) fn terraform(version: Version) -> Cli {
    Cli::terraform(version).unwrap_or_else(|error| panic!("{error}"))
}

fn run(clis: &[Cli], why_not: &str, test: impl Fn(&World)) {
    if clis.is_empty() {
        let names: Vec<_> = self::clis().iter().map(ToString::to_string).collect();
        eprintln!("left out with {}: {why_not}", names.join(", "));
    }
    for cli in clis {
        test(&World::new(cli));
    }
}
