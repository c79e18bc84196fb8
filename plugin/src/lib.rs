//! The server side of Terraform's plugin protocol, version 6. The crate knows nothing about a
//! specific provider.
//!
//! Comments call this crate the plugin layer. They use the word core for Terraform or OpenTofu,
//! which starts the provider as a plugin.
//!
//! A provider implements [`Provider`]. It registers its types, for example resources and functions,
//! in [`Offers`]. There is one trait for each kind of type: [`Resource`], [`DataSource`],
//! [`Ephemeral`], [`Function`], [`List`], [`Action`]. [`run`] serves the provider to Terraform or
//! OpenTofu. These are the modules, from the outermost to the innermost:
//!
//! - `serve`, `services`, `session`, `log`: the process, the handshake, mutual TLS, go-plugin's own
//!   services, a provider inside another process, the log.
//! - `server`, `proto`: the RPCs of the protocol with one file per kind of type, and the generated
//!   messages.
//! - `block`, `resource`, `data_source`, `ephemeral`, `function`, `list`, `action`, `migrate`,
//!   `provider`, `offers`: the traits, their type-erased forms and the registry.
//! - `context`, `view`, `clock`, `diagnostic`: the arguments and results of the traits' methods.
//! - `schema`, `plan`, `validate`: schemas, and the pure functions that plan and validate according
//!   to a schema.
//! - `value`, `number`, `path`, `msgpack`, `json`, `typed`: values, their codecs and their
//!   conversion to structs.

mod action;
mod block;
mod clock;
mod context;
mod data_source;
mod diagnostic;
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
mod offers;
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

pub use action::{Action, Progress};
pub use block::{AnyBlock, BoxFuture};
pub use clock::Clock;
pub use context::{Cx, Random, Runtime};
pub use data_source::{AnyDataSource, DataSource};
pub use diagnostic::{Diagnostic, Result, Severity, sentence};
pub use ephemeral::{Ephemeral, Opened};
pub use function::{Arguments, Function, FunctionError, Parameter, Signature};
pub use json::Json;
pub use list::{AnyList, Found, Items, List, Sink};
pub use migrate::{AnyMigrate, Migrate};
pub use number::Number;
pub use offers::{Companions, Offers};
pub use path::{Path, Step};
pub use provider::{Configured, Provider};
pub use resource::{AnyResource, Import, Resource};
pub use schema::{Attribute, Kind, Nesting, Schema};
pub use serve::About;
pub use session::Session;
pub use value::{Type, Value};
pub use view::{Field, Plan, View};

use std::{ffi::OsString, process::ExitCode, sync::Arc};

/// Runs the provider's process and returns its exit code. `args` are the command-line arguments
/// without the program's name. `env` returns the value of an environment variable. `provider`
/// creates the provider, and is called after the handshake with core.
pub fn run<P: Provider>(
    about: &About,
    args: impl IntoIterator<Item = OsString>,
    env: &dyn Fn(&str) -> Option<OsString>,
    provider: impl FnOnce() -> P,
) -> ExitCode {
    serve::run(about, args, env, || {
        server::Server::new(provider(), Clock::system(), Arc::new(random))
    })
}

/// Returns 128 random bits from the operating system. Panics if the operating system cannot supply
/// them, because a secret must never be made without random bits.
fn random() -> u128 {
    let bytes = ring::rand::generate::<[u8; 16]>(&ring::rand::SystemRandom::new());
    u128::from_ne_bytes(bytes.expect("the system has random bits").expose())
}
