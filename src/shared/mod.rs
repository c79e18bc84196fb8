//! Code that resources, data sources, ephemeral resources and actions share: conversions of errors,
//! diagnostics that several types report, checks of grants, warnings about the clocks and about the
//! provider's own user or token, the serialized form of secrets, tasks, and retentions.

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
