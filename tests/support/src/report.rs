//! Tables in `docs/reliability.md` with numbers that the tests have counted. With `UPDATE=1` a test
//! writes its table. Without `UPDATE=1`, the test checks that the table in the file has the same
//! number of rows. The test does not compare the numbers, because numbers such as times differ from
//! run to run.

use std::{
    env, fs,
    sync::{Mutex, PoisonError},
};

use xtask::release::Product::OpenTofu;

use crate::{cli::newest, repository};

const FILE: &str = "docs/reliability.md";

/// Writes or checks the text between `<!-- name -->` and `<!-- /name -->`. The first line of the
/// written text has the date and the provider's version.
#[track_caller]
pub fn section(name: &str, text: &str) {
    // Tests of one program run in parallel, and each rewrites the whole file.
    static FILE_ACCESS: Mutex<()> = Mutex::new(());
    let _access = FILE_ACCESS.lock().unwrap_or_else(PoisonError::into_inner);
    let path = repository::path(FILE);
    let page = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{FILE}: {error}"));
    let [begin, end] = [format!("<!-- {name} -->\n"), format!("<!-- /{name} -->")];
    let (before, rest) =
        page.split_once(&begin).unwrap_or_else(|| panic!("{FILE} has no line `<!-- {name} -->`"));
    let (present, after) =
        rest.split_once(&end).unwrap_or_else(|| panic!("{FILE} has no line `{end}`"));
    if env::var_os("UPDATE").is_some() {
        let today = jiff::Timestamp::now().strftime("%Y-%m-%d");
        let version = provider_version();
        let page = format!("{before}{begin}*{today}, version {version}*\n\n{text}\n{end}{after}");
        fs::write(&path, page).unwrap_or_else(|error| panic!("{FILE}: {error}"));
    } else {
        // The rows of OpenTofu do not count on a machine without OpenTofu.
        let left_out = |line: &&str| line.starts_with("| OpenTofu") && newest(OpenTofu).is_none();
        let is_row = |line: &&str| line.starts_with('|') && !left_out(line);
        let rows = |text: &str| text.lines().filter(is_row).count();
        assert!(
            rows(present) == rows(text),
            "{FILE} has another number of rows for {name} than this test has counted. Run the test \
             with UPDATE=1 to write the table. The table is now:\n{text}"
        );
    }
}

fn provider_version() -> String {
    let manifest = fs::read_to_string(repository::path("Cargo.toml")).expect("the manifest");
    let version = manifest.lines().find_map(|line| line.strip_prefix("version = \""));
    version.expect("the provider has a version").trim_end_matches('"').to_owned()
}
