//! The provider binary.

use std::process::ExitCode;
use terraform_provider_pbs::provider::Provider;
use tf_plugin::About;

const ABOUT: About = About {
    name: "pbs",
    address: "registry.terraform.io/pbs-rs/pbs",
    version: env!("CARGO_PKG_VERSION"),
    crate_name: env!("CARGO_CRATE_NAME"),
};

fn main() -> ExitCode {
    forbid_core_dumps();
    tf_plugin::run(&ABOUT, std::env::args_os().skip(1), &|name| std::env::var_os(name), || {
        Provider::new(Box::new(|name| std::env::var(name)))
    })
}

/// Disables core dumps, because one would contain the credentials and every secret in memory.
/// Best effort: if the system refuses, the provider still works.
fn forbid_core_dumps() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    }
}
