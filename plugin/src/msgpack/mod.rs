//! Values as msgpack, the encoding that Terraform uses for values in requests and responses.
//!
//! Decoding and encoding follow the expected type of the value. Errors can therefore name the
//! attribute, and a message cannot be nested deeper than its type.

mod decode;
mod encode;

pub(super) use decode::decode;
pub(super) use encode::encode;

#[cfg(test)]
mod tests;
