//! Compiles a client of the plugin protocol for the tests, which play Terraform's part.

use std::{env, error::Error, fs, path::PathBuf};

#[expect(clippy::disallowed_macros, reason = "cargo reads a build script's stdout")]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=proto");
    let client = PathBuf::from(env::var("OUT_DIR")?).join("client");
    fs::create_dir_all(&client)?;
    let files = [
        "tfplugin6.proto",
        "grpc_controller.proto",
        "grpc_stdio.proto",
        "grpc_broker.proto",
        "grpc_health.proto",
    ];
    let descriptors = protox::compile(files, ["proto"])?;
    tonic_prost_build::configure()
        .build_server(false)
        .build_transport(false)
        .out_dir(&client)
        .compile_fds(descriptors)?;
    Ok(())
}
