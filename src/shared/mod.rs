//! Code that resources, data sources, ephemeral resources and actions share. This code converts
//! errors, checks grants, serializes secrets, runs tasks, and asks the server for the effect of a
//! retention. The module also contains the diagnostics that several types report, for example about
//! incomplete lists, about clocks that differ, and about the provider's own user or token.

pub(crate) mod acl_path;
pub(crate) mod clock;
pub(crate) mod completeness;
pub(crate) mod effect;
pub(crate) mod errors;
pub(crate) mod messages;
pub(crate) mod own_login;
pub(crate) mod retention;
pub(crate) mod role;
pub(crate) mod secret;
pub(crate) mod task;
pub(crate) mod text;
