//! Decodes bytes as JSON in three ways: as a value in a request, as a stored state of the current
//! schema version, and as a stored state of another schema version.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tf_plugin::fuzz::state(bytes));
