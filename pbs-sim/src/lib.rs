//! Simulated Proxmox Backup Server (PBS) for tests.
//!
//! The simulator is an HTTPS server that keeps its whole state in memory and answers like PBS
//! 4.2.3. It was written from recorded exchanges with a real server. It shares no code with the
//! Terraform provider or with any other API client, because a test would not notice a mistake in
//! shared code.
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
//! # Layers
//!
//! A request passes through these modules, from top to bottom:
//!
//! 1. `server`: sockets, TLS, HTTP/1.1, injected faults, and the request log.
//! 2. `api`: routing, authentication, privilege check, parameter validation and locks. The module
//!    `description` contains the calls of the simulated version with their parameters and
//!    permissions.
//! 3. `routes`: the handlers of the API endpoints. The handlers in `routes::config` serve most
//!    kinds of configuration objects. A row of the table `kinds` says what is special about a kind.
//! 4. `world`: the state, such as users, tokens, ACL entries, configuration objects and tasks.
//!    `worker` carries out the work of tasks.
//!
//! # Sources of the simulated behaviour
//!
//! Comments say where a fact about PBS comes from. "Recorded" means that a recorded exchange with a
//! real PBS 4.2.3 shows the fact. "Measured" means that the fact was observed on a real PBS 4.2.3.
//! "From PBS's source" means that the fact was found in PBS's source code and not observed.

mod acl;
mod api;
mod auth;
mod builtin;
mod calendar;
mod clock;
mod config_checks;
mod costs;
mod datastore;
mod description;
mod effective_privileges;
mod fault;
mod id;
mod kinds;
mod locks;
mod objects;
mod other_servers;
mod params;
mod random;
mod raw_params;
mod request_log;
mod response;
mod retention;
mod roles;
mod routes;
mod sections;
mod server;
mod settings;
mod simulator;
mod task_rule;
mod tasks;
mod tls;
mod worker;
mod world;

pub use acl::AclEntry;
pub use costs::Costs;
pub use datastore::{BackupFile, Datastore, Directory, Garbage, Group, Snapshot};
pub use fault::{Fault, FaultId, FaultKind};
pub use other_servers::{RemoteContent, S3Content};
pub use request_log::Request;
pub use settings::{Account, Log, Settings, Version};
pub use simulator::{Simulator, TimeControl};
pub use task_rule::{TaskOutcome, TaskRule};
pub use tasks::Task;
pub use world::{Token, User, World};
