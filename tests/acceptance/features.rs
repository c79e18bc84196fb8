//! The Terraform versions with which a feature is tested.

use std::env;

use test_support::cli::{World, clis};
use xtask::{
    cli::Cli,
    release::{Feature, Product, Version, versions},
};

/// Runs the test with every Terraform of the test run that has the feature. If `PBS_TEST_TERRAFORM`
/// is not set, also runs the test with the first release that has the feature. Each run uses a
/// server of its own.
pub(crate) fn every_cli_with(feature: Feature, test: impl Fn(&World)) {
    let mut with_feature: Vec<Cli> =
        clis().iter().filter(|cli| cli.has(feature)).cloned().collect();
    if env::var_os("PBS_TEST_TERRAFORM").is_none() {
        let first = first_with(feature);
        if !with_feature.iter().any(|cli| (cli.product, cli.version) == (Product::Terraform, first))
        {
            with_feature.insert(0, terraform(first));
        }
    }
    run(&with_feature, &format!("these versions do not have the feature {feature:?}"), test);
}

/// Runs the test with every Terraform of the test run that lacks the feature. If
/// `PBS_TEST_TERRAFORM` is not set, also runs the test with the last release before the feature.
pub(crate) fn every_cli_without(feature: Feature, test: impl Fn(&World)) {
    let mut without_feature: Vec<Cli> =
        clis().iter().filter(|cli| !cli.has(feature)).cloned().collect();
    if env::var_os("PBS_TEST_TERRAFORM").is_none() {
        without_feature.insert(0, terraform(last_without(feature)));
    }
    run(&without_feature, &format!("these versions have the feature {feature:?}"), test);
}

/// The last Terraform without the feature.
pub(crate) fn last_without(feature: Feature) -> Version {
    let first = first_with(feature);
    versions().filter(|version| *version < first).last().expect("an earlier release can be fetched")
}

/// The first downloadable Terraform that has the feature.
pub(crate) fn first_with(feature: Feature) -> Version {
    let since = feature.since(Product::Terraform).expect("Terraform has every feature");
    versions().find(|version| *version >= since).expect("a release with the feature can be fetched")
}

pub(crate) fn terraform(version: Version) -> Cli {
    Cli::terraform(version).unwrap_or_else(|error| panic!("{error}"))
}

fn run(clis: &[Cli], reason: &str, test: impl Fn(&World)) {
    if clis.is_empty() {
        let names: Vec<_> = self::clis().iter().map(ToString::to_string).collect();
        // `cargo matrix` looks for lines that begin with `left out with`.
        eprintln!("left out with {}: this test is not run, because {reason}", names.join(", "));
    }
    for cli in clis {
        test(&World::new(cli));
    }
}
