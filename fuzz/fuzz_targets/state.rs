//! States as they lie in a file, of any version.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tf_plugin::fuzz::state(bytes));
