//! A simulated Proxmox Backup Server: HTTPS, stateful, in memory, written from recorded exchanges
//! with a real one. It knows neither Terraform nor any client of the API.
//!
//! ```
//! let sim = pbs_sim::Simulator::start(pbs_sim::Settings {
//!     users: vec!["demo@pbs".into()],
//!     ..Default::default()
//! });
//! assert!(sim.endpoint().starts_with("https://127.0.0.1:"));
//! sim.world(|world| assert!(world.users().contains_key("demo@pbs")));
//! ```
//!
//! Layers, top to bottom: `server` (sockets, TLS, faults), `api` (path, caller, parameters, locks),
//! `routes` (the calls), `world` (what exists).

mod acl;
mod answer;
mod api;
mod auth;
mod clock;
mod datastore;
mod fault;
mod id;
mod locks;
mod log;
mod params;
mod random;
mod rights;
mod roles;
mod routes;
mod server;
mod settings;
mod simulator;
mod tls;
mod world;

pub use acl::AclEntry;
pub use datastore::{Datastore, Group};
pub use fault::{Fault, FaultId, FaultKind};
pub use log::Request;
pub use settings::{Account, Log, Settings, Version};
pub use simulator::Simulator;
pub use world::{Token, User, World};
