//! Compiles `proto/` in process, so that nobody has to install protoc: the server
//! half for the library, and a client for the tests in a directory of its own.

use std::{env, error::Error, fs, path::PathBuf};

const FILES: [&str; 5] = [
    "tfplugin6.proto",
    "grpc_controller.proto",
    "grpc_stdio.proto",
    "grpc_broker.proto",
    "grpc_health.proto",
];

/// Messages that can carry a secret get no `Debug`, and neither does what contains
/// them: that would not compile otherwise.
const SECRET: [&str; 30] = [
    "DynamicValue",
    "RawState",
    "ResourceIdentityData",
    "ValidateProviderConfig.Request",
    "ConfigureProvider.Request",
    "ValidateResourceConfig.Request",
    "UpgradeResourceState",
    "UpgradeResourceIdentity",
    "ReadResource",
    "PlanResourceChange",
    "ApplyResourceChange",
    "ImportResourceState",
    "MoveResourceState",
    "GenerateResourceConfig",
    "ValidateDataResourceConfig.Request",
    "ReadDataSource",
    "ValidateEphemeralResourceConfig.Request",
    "OpenEphemeralResource",
    "RenewEphemeralResource",
    "CloseEphemeralResource",
    "ValidateListResourceConfig.Request",
    "ListResource",
    "CallFunction",
    "ValidateActionConfig.Request",
    "PlanAction.Request",
    "InvokeAction.Request",
    "ValidateStateStore.Request",
    "ConfigureStateStore.Request",
    "ReadStateBytes.Response",
    "WriteStateBytes.RequestChunk",
];

#[expect(clippy::disallowed_macros, reason = "cargo reads a build script's stdout")]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=proto");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let client = out.join("client");
    fs::create_dir_all(&client)?;

    let descriptors = protox::compile(FILES, ["proto"])?;
    tonic_prost_build::configure()
        .build_client(false)
        .build_transport(false)
        .generate_default_stubs(true)
        .bytes(".tfplugin6.DynamicValue")
        .skip_debug(SECRET.map(|name| format!(".tfplugin6.{name}")))
        .out_dir(&out)
        .compile_fds(descriptors.clone())?;
    tonic_prost_build::configure()
        .build_server(false)
        .build_transport(false)
        .out_dir(&client)
        .compile_fds(descriptors)?;
    Ok(())
}
