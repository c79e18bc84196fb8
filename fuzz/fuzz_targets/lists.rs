//! Decodes bytes as each list that Proxmox Backup Server returns.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| terraform_provider_pbs::pbs::fuzz::lists(bytes));
