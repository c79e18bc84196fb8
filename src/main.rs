//! The provider binary.

use std::{env, process::ExitCode};
use terraform_provider_pbs::provider::Provider;
use tf_plugin::About;

const ABOUT: About = About {
    name: "pbs",
    addresses: &["registry.terraform.io/pbs-rs/pbs", "registry.opentofu.org/pbs-rs/pbs"],
    version: env!("CARGO_PKG_VERSION"),
    crate_name: env!("CARGO_CRATE_NAME"),
};

fn main() -> ExitCode {
    forbid_core_dumps();
    tf_plugin::run(&ABOUT, env::args_os().skip(1), &|name| env::var_os(name), || {
        Provider::new(Box::new(|name| env::var(name)))
    })
}

/// Disables core dumps, because a core dump would contain the credentials and every secret in
/// memory. If the operating system does not allow this change, the provider runs nevertheless.
fn forbid_core_dumps() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    }
}
