//! The Terraform and OpenTofu programs with which the tests run: the newest Terraform, and the
//! OpenTofu on PATH or the newest one. If neither an OpenTofu nor the go command is on PATH, the
//! tests run without OpenTofu. A variable such as
//! `PBS_TEST_TERRAFORM=1.6.6,1.10.5,tofu-1.8.11,tofu` selects other programs.

use std::{env, sync::LazyLock};

use xtask::{
    cli::Cli,
    release::{NEWEST, Product},
};

/// All Terraform and OpenTofu programs with which the tests run. The first call finds them, and
/// downloads or builds the missing ones.
pub fn clis() -> &'static [Cli] {
    static CLIS: LazyLock<Result<Vec<Cli>, String>> =
        LazyLock::new(|| find().map_err(|error| error.to_string()));
    CLIS.as_deref().unwrap_or_else(|error| panic!("these tests need Terraform: {error}"))
}

/// The newest program of this product among [`clis`].
pub fn newest(product: Product) -> Option<&'static Cli> {
    clis().iter().filter(|cli| cli.product == product).max_by_key(|cli| cli.version)
}

/// The newest program of each product among [`clis`].
pub fn newest_of_each_product() -> impl Iterator<Item = &'static Cli> {
    [Product::Terraform, Product::OpenTofu].into_iter().filter_map(newest)
}

fn find() -> xtask::cli::Result<Vec<Cli>> {
    if let Ok(names) = env::var("PBS_TEST_TERRAFORM") {
        return names.split(',').map(|name| Cli::named(name.trim())).collect();
    }
    Ok([Cli::terraform(NEWEST)?].into_iter().chain(Cli::tofu()?).collect())
}
