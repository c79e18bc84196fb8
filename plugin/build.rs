//! Compiles the server half of `proto/` with protox, a protobuf compiler written in Rust, so
//! that no `protoc` has to be installed.

use std::{env, error::Error, path::PathBuf};

const FILES: [&str; 5] = [
    "tfplugin6.proto",
    "grpc_controller.proto",
    "grpc_stdio.proto",
    "grpc_broker.proto",
    "grpc_health.proto",
];

/// The folder of the `.proto` files, which is next to the folder of this crate.
const FOLDER: &str = "../proto";

/// Messages that can carry a secret. They get no `Debug` implementation, so that they cannot be
/// logged by accident; a message that contains one of them must be listed too, or the generated
/// code does not compile.
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
    println!("cargo:rerun-if-changed={FOLDER}");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let descriptors = protox::compile(FILES, [FOLDER])?;
    tonic_prost_build::configure()
        .build_client(false)
        .build_transport(false)
        .generate_default_stubs(true)
        .bytes(".tfplugin6.DynamicValue")
        .skip_debug(SECRET.map(|name| format!(".tfplugin6.{name}")))
        .out_dir(&out)
        .compile_fds(descriptors)?;
    Ok(())
}
