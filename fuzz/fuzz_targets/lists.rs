//! Decodes bytes as the lists in answers of Proxmox Backup Server.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| terraform_provider_pbs::pbs::fuzz::lists(bytes));
