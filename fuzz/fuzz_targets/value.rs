//! Decodes bytes as msgpack, the encoding of the values that Terraform sends.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tf_plugin::fuzz::value(bytes));
