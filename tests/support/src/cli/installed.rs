//! The Terraform and OpenTofu programs with which the tests run. By default the tests run with the
//! Terraform on PATH and with the newest Terraform. If PATH has no Terraform that is new enough,
//! the tests use the version [`USUAL`] in its place. A variable such as
//! `PBS_TEST_TERRAFORM=1.6.6,1.10.5,tofu` selects other programs.

use std::{env, sync::LazyLock};

use xtask::{
    cli::Cli,
    release::{NEWEST, OLDEST, USUAL},
};

/// All these programs. A test program looks for them only once, and downloads missing ones.
pub fn clis() -> &'static [Cli] {
    static CLIS: LazyLock<Result<Vec<Cli>, String>> =
        LazyLock::new(|| find().map_err(|error| error.to_string()));
    CLIS.as_deref().unwrap_or_else(|error| panic!("these tests need Terraform: {error}"))
}

fn find() -> xtask::cli::Result<Vec<Cli>> {
    if let Ok(versions) = env::var("PBS_TEST_TERRAFORM") {
        return versions
            .split(',')
            .map(|version| match version.trim() {
                "tofu" => Cli::tofu()?.ok_or_else(|| "tofu is not on PATH".into()),
                version => Cli::terraform(version.parse()?),
            })
            .collect();
    }
    let usual = match Cli::on_path()? {
        Some(cli) if cli.version >= OLDEST => cli,
        _ => Cli::terraform(USUAL)?,
    };
    let newest = Cli::terraform(NEWEST)?;
    let same = (usual.product, usual.version) == (newest.product, newest.version);
    Ok(if same { vec![newest] } else { vec![usual, newest] })
}
