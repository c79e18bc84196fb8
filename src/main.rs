//! The provider binary.

use std::process::ExitCode;
use terraform_provider_pbs::{
    plugin::{self, About},
    provider::Provider,
};

const ABOUT: About = About {
    name: "pbs",
    address: "registry.terraform.io/pbs-rs/pbs",
    version: env!("CARGO_PKG_VERSION"),
};

fn main() -> ExitCode {
    forbid_core_dumps();
    plugin::run(&ABOUT, std::env::args_os().skip(1), &|name| std::env::var_os(name), || {
        Provider::new(Box::new(|name| std::env::var(name)))
    })
}

/// A core dump would hold the credentials and every secret in flight. Where the
/// system refuses, the provider still works.
fn forbid_core_dumps() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    }
}
