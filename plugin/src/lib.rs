//! The Terraform plugin protocol, version 6, as a server speaks it. Knows no PBS.
//!
//! A provider implements [`Provider`] and lists what it offers; each kind of thing
//! has its contract: [`Resource`], [`DataSource`], [`Ephemeral`], [`Function`],
//! [`List`], [`Action`]. Everything else is this layer's work.

mod action;
mod context;
mod data_source;
mod diagnostic;
pub mod docs;
mod ephemeral;
mod function;
#[cfg(fuzzing)]
pub mod fuzz;
mod json;
mod list;
mod log;
mod migrate;
mod msgpack;
mod number;
mod path;
mod plan;
mod proto;
mod provider;
mod resource;
mod schema;
mod serve;
mod server;
mod services;
mod session;
mod typed;
mod validate;
mod value;
mod view;

pub use action::{Action, AnyAction, Progress, action};
pub use context::{Clock, Cx, Random, Runtime};
pub use data_source::{AnyDataSource, DataSource, data_source};
pub use diagnostic::{Diagnostic, Result, Severity, sentence};
pub use ephemeral::{AnyEphemeral, Ephemeral, Opened, ephemeral};
pub use function::{
    AnyFunction, Arguments, Function, FunctionError, Parameter, Signature, function,
};
pub use json::Json;
pub use list::{AnyList, Found, Items, List, Sink, list};
pub use migrate::{AnyMigrate, Migrate, migrate};
pub use number::Number;
pub use path::{Path, Step};
pub use provider::{Configured, Offers, Provider};
pub use resource::{AnyResource, BoxFuture, Import, Resource, resource};
pub use schema::{Attribute, Kind, Nesting, Schema};
pub use serve::About;
pub use session::Session;
pub use typed::blank_is_none;
pub use value::{Error as ValueError, Type, Value};
pub use view::{Field, Plan, View};

use std::{ffi::OsString, process::ExitCode, sync::Arc, time::SystemTime};

/// Runs the provider's process from its arguments (without the program's name) to
/// its exit code. `env` reads one variable of the environment.
pub fn run<P: Provider>(
    about: &About,
    args: impl IntoIterator<Item = OsString>,
    env: &dyn Fn(&str) -> Option<OsString>,
    provider: impl FnOnce() -> P,
) -> ExitCode {
    serve::run(about, args, env, || {
        server::Server::new(provider(), Arc::new(SystemTime::now), Arc::new(random))
    })
}

/// From the system. Where that has none, nothing secret can be made: better to crash.
fn random() -> u128 {
    let bytes = ring::rand::generate::<[u8; 16]>(&ring::rand::SystemRandom::new());
    u128::from_ne_bytes(bytes.expect("the system has random bits").expose())
}
