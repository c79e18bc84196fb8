//! Decodes bytes as two responses of Proxmox Backup Server: the list of users with their tokens,
//! and the list of grants.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| terraform_provider_pbs::pbs::fuzz::lists(bytes));
