//! Decodes bytes as the stored state of a resource with any schema version.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tf_plugin::fuzz::state(bytes));
