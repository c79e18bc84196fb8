//! Code that resources, data sources and ephemeral resources share: conversions of errors,
//! diagnostics that several types report, warnings about the clocks and about the provider's own
//! user or token, and the serialized form of secrets.

pub(crate) mod clock;
mod errors;
pub(crate) mod messages;
pub(crate) mod own_login;
pub(crate) mod secret;
