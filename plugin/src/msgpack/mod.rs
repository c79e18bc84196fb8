//! Values as msgpack, the form in which Terraform sends them.
//!
//! Both directions follow the type, so that an error names the attribute and nothing nests
//! deeper than the type does.

mod decode;
mod encode;

pub(super) use decode::decode;
pub(super) use encode::encode;

#[cfg(test)]
mod tests;
