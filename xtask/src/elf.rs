//! Checks that an executable needs no dynamic loader and no shared library.

use object::{
    Endianness,
    elf::{DT_NEEDED, FileHeader64, PT_INTERP},
    read::elf::{Dyn, FileHeader, ProgramHeader},
};
use xtask::cli::Result;

/// If the program needs a dynamic loader or a shared library, returns an error. The programs of a
/// release are linked to glibc. Some systems have no glibc, for example Alpine Linux. A dynamically
/// linked program would not start on such a system.
pub(crate) fn require_static(program: &[u8]) -> Result<()> {
    let header = FileHeader64::<Endianness>::parse(program)?;
    let endian = header.endian()?;
    for segment in header.program_headers(endian, program)? {
        if segment.p_type(endian) == PT_INTERP {
            return Err("the binary is not static: it needs a dynamic loader (PT_INTERP)".into());
        }
        let entries = segment.dynamic(endian, program)?.unwrap_or_default();
        if entries.iter().any(|entry| entry.tag32(endian) == Some(DT_NEEDED)) {
            return Err("the binary is not static: it needs a shared library (DT_NEEDED)".into());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{env, fs};

    use super::require_static;

    /// An ELF file with one segment, which has this `p_type` and this content.
    fn program(segment_type: u32, content: &[u64]) -> Vec<u8> {
        let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
        bytes.resize(16, 0);
        let (header, segment) = (64_u16, 56_u16);
        bytes.extend([2_u16, 62].map(u16::to_le_bytes).concat()); // an executable for x86-64
        bytes.extend(1_u32.to_le_bytes());
        bytes.extend([0, u64::from(header), 0].map(u64::to_le_bytes).concat());
        bytes.extend(0_u32.to_le_bytes());
        bytes.extend([header, segment, 1, 64, 0, 0].map(u16::to_le_bytes).concat());
        let (start, size) = (u64::from(header + segment), 8 * content.len() as u64);
        bytes.extend([segment_type, 4].map(u32::to_le_bytes).concat());
        bytes.extend([start, 0, 0, size, size, 8].map(u64::to_le_bytes).concat());
        bytes.extend(content.iter().flat_map(|word| word.to_le_bytes()));
        bytes
    }

    #[test]
    fn a_program_with_a_loader_or_a_shared_library_is_refused() {
        // Types of segments.
        let (load, dynamic, interpreter) = (1, 2, 3);
        // Entries of a dynamic segment: the tag and the value.
        let (needed, flags, end) = ([1, 7], [30, 8], [0, 0]);
        assert!(require_static(&program(load, &[])).is_ok());
        assert!(require_static(&program(dynamic, &[flags, end].concat())).is_ok(), "static-pie");
        for (segment_type, content, reason) in [
            (interpreter, vec![0x6f6c], "PT_INTERP"),
            (dynamic, [flags, needed, end].concat(), "DT_NEEDED"),
        ] {
            let error = require_static(&program(segment_type, &content)).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn a_dynamically_linked_program_and_a_script_are_refused() {
        let program = fs::read(env::current_exe().unwrap()).unwrap();
        let error = require_static(&program).unwrap_err().to_string();
        assert!(error.contains("not static"), "{error}");
        assert!(require_static(b"#!/bin/sh\n").is_err());
    }
}
