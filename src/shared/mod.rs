//! Code that resources, data sources and ephemeral resources share: conversions of errors,
//! diagnostics that several types report, the check of the paths of grants, warnings about the
//! clocks and about the provider's own user or token, and the serialized form of secrets.

pub(crate) mod acl_path;
pub(crate) mod clock;
mod errors;
pub(crate) mod messages;
pub(crate) mod own_login;
pub(crate) mod secret;
