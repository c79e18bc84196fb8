//! The Terraform plugin protocol. Knows no PBS.

mod log;
mod proto;
mod serve;
mod services;

use std::ffi::OsString;
use std::process::ExitCode;

use proto::tfplugin6::{get_metadata, provider_server::Provider};
pub use serve::About;

/// Runs the provider's process from its arguments (without the program's name) to
/// its exit code. `env` reads one variable of the environment.
pub fn run(
    about: &About,
    args: impl IntoIterator<Item = OsString>,
    env: &dyn Fn(&str) -> Option<OsString>,
) -> ExitCode {
    serve::run(about, args, env, || Nothing)
}

/// A provider that offers nothing.
#[derive(Clone)]
struct Nothing;

#[tonic::async_trait]
impl Provider for Nothing {
    async fn get_metadata(
        &self,
        _: tonic::Request<get_metadata::Request>,
    ) -> Result<tonic::Response<get_metadata::Response>, tonic::Status> {
        Ok(tonic::Response::new(get_metadata::Response::default()))
    }
}

impl serve::Lifecycle for Nothing {
    fn stop(&self) {}

    async fn shutdown(&self) {}
}
