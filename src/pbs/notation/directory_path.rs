//! Paths of datastores.

use crate::pbs::{Malformed, id::check_length, notation::notation_type, text::one_line};

const FORM: &str = "the path of a directory (1 to 4096 characters)";

notation_type! {
    /// The path of a datastore: absolute, or relative to the file system of a removable device.
    ///
    /// PBS keeps the path as it was written, but removes white space at its end (recorded). Two
    /// paths are equal if they differ only in superfluous `/` and `/.`. If they were not equal,
    /// such a difference would replace the datastore, because every change of the path replaces it.
    ///
    /// This type rejects control characters, the path `/`, and white space at the beginning and the
    /// end. PBS accepts a path with control characters, but cannot write the path to its
    /// configuration file. PBS refuses `/` only when it creates the datastore (recorded).
    DirectoryPath, (bool, Vec<String>), parse
}

impl DirectoryPath {
    /// Whether the path begins with `/`.
    #[must_use]
    pub fn is_absolute(&self) -> bool {
        self.meaning.0
    }
}

fn parse(text: &str) -> Result<(String, (bool, Vec<String>)), Malformed> {
    if text.is_empty() {
        return Err(Malformed::empty(FORM));
    }
    one_line(FORM, text)?;
    check_length(FORM, text, 1, 4096)?;
    let is_absolute = text.starts_with('/');
    let names = text.split('/').filter(|name| !matches!(*name, "" | "."));
    let names: Vec<_> = names.map(String::from).collect();
    if is_absolute && names.is_empty() {
        return Err(Malformed::rule(FORM, "PBS cannot create a datastore in the root directory"));
    }
    Ok((text.to_owned(), (is_absolute, names)))
}
