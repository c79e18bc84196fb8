//! Generates Rust code for the messages in `proto/` and for the server side of the gRPC services.
//! The compiler for the `.proto` files is protox, which is a Rust library. `protoc` does not have
//! to be installed.

use std::{env, error::Error, path::PathBuf};

/// The files to compile.
const PROTO_FILES: [&str; 5] = [
    "tfplugin6.proto",
    "grpc_controller.proto",
    "grpc_stdio.proto",
    "grpc_broker.proto",
    "grpc_health.proto",
];

/// The folder of the `.proto` files, which is next to the folder of this crate.
const PROTO_FOLDER: &str = "../proto";

/// The messages that can carry a secret. They get no `Debug` implementation, so that they cannot be
/// logged by accident. A message that contains a message of this list must be in the list as well.
/// Otherwise, the generated code does not compile.
const SECRET_MESSAGES: [&str; 30] = [
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
    println!("cargo:rerun-if-changed={PROTO_FOLDER}");
    let out_dir = PathBuf::from(env::var("OUT_DIR")?);
    let descriptors = protox::compile(PROTO_FILES, [PROTO_FOLDER])?;
    tonic_prost_build::configure()
        .build_client(false)
        .build_transport(false)
        .generate_default_stubs(true)
        .bytes(".tfplugin6.DynamicValue")
        .skip_debug(SECRET_MESSAGES.map(|name| format!(".tfplugin6.{name}")))
        .out_dir(&out_dir)
        .compile_fds(descriptors)?;
    Ok(())
}
