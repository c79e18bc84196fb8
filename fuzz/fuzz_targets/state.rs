//! Decodes bytes as JSON: as a value in a request, and as a stored state of any schema version.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tf_plugin::fuzz::state(bytes));
