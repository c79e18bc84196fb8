//! Packs a program into a ZIP archive of the form that the registries require.

use std::{
    fs::{self, File},
    io::Write,
    path::Path,
};

use xtask::cli::Result;
use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

/// Packs the program under its file name. The archive depends only on the program, because
/// timestamps and permissions are fixed.
pub(super) fn pack(program: &Path, archive: &Path) -> Result<()> {
    let name =
        program.file_name().and_then(|name| name.to_str()).ok_or("the program has no file name")?;
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        .last_modified_time(DateTime::default())
        .unix_permissions(0o755);
    let mut packed = ZipWriter::new(File::create(archive)?);
    packed.start_file(name, options)?;
    packed.write_all(&fs::read(program)?)?;
    packed.finish()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{io::Read, time::SystemTime};

    use zip::ZipArchive;

    use super::*;

    #[test]
    fn the_archive_depends_only_on_the_content_of_the_program() {
        let directory = tempfile::tempdir().unwrap();
        let program = directory.path().join("terraform-provider-pbs_v1.2.3");
        let packed = |content: &str| {
            fs::write(&program, content).unwrap();
            let archive = directory.path().join("it.zip");
            pack(&program, &archive).unwrap();
            fs::read(archive).unwrap()
        };
        let first = packed("#!/bin/sh\n");
        let file = File::options().write(true).open(&program).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        assert!(packed("#!/bin/sh\n") == first, "the archive depends on more than the program");
        assert!(packed("#!/bin/sh\nexit 1\n") != first);
    }

    #[test]
    fn the_archive_contains_the_executable_under_the_name_of_the_program() {
        let directory = tempfile::tempdir().unwrap();
        let program = directory.path().join("terraform-provider-pbs_v1.2.3");
        fs::write(&program, "#!/bin/sh\n").unwrap();
        let archive = directory.path().join("it.zip");
        pack(&program, &archive).unwrap();
        let mut archive = ZipArchive::new(File::open(archive).unwrap()).unwrap();
        assert_eq!(archive.len(), 1);
        let mut entry = archive.by_index(0).unwrap();
        assert_eq!(entry.name(), "terraform-provider-pbs_v1.2.3");
        assert_eq!(entry.unix_mode(), Some(0o100_755));
        let mut content = String::new();
        entry.read_to_string(&mut content).unwrap();
        assert_eq!(content, "#!/bin/sh\n");
    }
}
