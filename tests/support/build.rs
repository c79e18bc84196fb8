//! Generates gRPC clients from `proto/` for the tests, which play the part of Terraform.

use std::{env, error::Error, path::PathBuf};

/// The folder of the `.proto` files, relative to this crate.
const FOLDER: &str = "../../proto";

const FILES: [&str; 5] = [
    "tfplugin6.proto",
    "grpc_controller.proto",
    "grpc_stdio.proto",
    "grpc_broker.proto",
    "grpc_health.proto",
];

#[expect(clippy::disallowed_macros, reason = "cargo reads a build script's stdout")]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed={FOLDER}");
    let descriptors = protox::compile(FILES, [FOLDER])?;
    tonic_prost_build::configure()
        .build_server(false)
        .build_transport(false)
        .out_dir(PathBuf::from(env::var("OUT_DIR")?))
        .compile_fds(descriptors)?;
    Ok(())
}
