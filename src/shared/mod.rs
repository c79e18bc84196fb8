//! Code that resources, data sources and ephemeral resources share: conversions of errors,
//! diagnostics that several types report, and the serialized form of secrets.

mod errors;
pub(crate) mod messages;
pub(crate) mod secret;
