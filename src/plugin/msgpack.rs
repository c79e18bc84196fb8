//! Values as msgpack, the form in which Terraform sends them.
//!
//! Both directions follow the type, so that an error names the attribute and nothing nests
//! deeper than the type does.

mod decode;
mod encode;

pub use decode::decode;
pub use encode::encode;
