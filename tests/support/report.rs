//! `docs/reliability.md` holds what these tests have counted. `UPDATE=1` writes a test's part of it; without that the part has to be there.

use std::{
    fs,
    sync::{Mutex, PoisonError},
};

const FILE: &str = "docs/reliability.md";

/// Puts the text between `<!-- name -->` and `<!-- /name -->`, below a line with date and version.
#[track_caller]
pub(crate) fn section(name: &str, text: &str) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let whole = fs::read_to_string(FILE).unwrap_or_else(|error| panic!("{FILE}: {error}"));
    let [begin, end] = [format!("<!-- {name} -->\n"), format!("<!-- /{name} -->")];
    let (head, rest) =
        whole.split_once(&begin).unwrap_or_else(|| panic!("{FILE} has no place for {name}"));
    let (present, tail) =
        rest.split_once(&end).unwrap_or_else(|| panic!("{FILE}: {name} has no end"));
    if std::env::var_os("UPDATE").is_some() {
        let now = jiff::Timestamp::now().strftime("%Y-%m-%d");
        let version = env!("CARGO_PKG_VERSION");
        let text = format!("{head}{begin}*{now}, version {version}*\n\n{text}\n{end}{tail}");
        fs::write(FILE, text).unwrap_or_else(|error| panic!("{FILE}: {error}"));
    } else {
        let kind = |text: &str| text.lines().filter(|line| line.starts_with('|')).count();
        assert!(
            kind(present) == kind(text),
            "{FILE} has other rows for {name}. Write them with UPDATE=1; they are now:\n{text}"
        );
    }
}
