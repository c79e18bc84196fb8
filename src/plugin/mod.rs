//! The Terraform plugin protocol. Knows no PBS.

pub mod json;
pub mod msgpack;
pub mod number;
pub mod path;
pub mod typed;
pub mod value;
