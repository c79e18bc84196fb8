//! The form of the source files: their length, and the width of their comments. rustfmt checks
//! neither of them.

use std::{fs, path::Path};

const LONGEST_FILE: usize = 400;
const WIDEST_COMMENT: usize = 100;

/// The Rust files below this folder.
fn rust_files(folder: &Path, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("a folder of the repository") {
        let path = entry.expect("an entry of the folder").path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("a source file");
            files.push((path.display().to_string(), text));
        }
    }
}

fn all_rust_files() -> Vec<(String, String)> {
    let mut files = Vec::new();
    for folder in ["bench/benches", "pbs-sim", "plugin", "src", "tests", "xtask"] {
        rust_files(Path::new(folder), &mut files);
    }
    assert!(files.len() > 100, "only {} files were found", files.len());
    files
}

#[test]
fn every_file_has_at_most_400_lines() {
    let too_long = all_rust_files().into_iter().filter_map(|(path, text)| {
        let lines = text.lines().count();
        (lines > LONGEST_FILE).then(|| format!("{path} has {lines} lines"))
    });
    let too_long: Vec<_> = too_long.collect();
    assert!(too_long.is_empty(), "move one subject of each file to a new file: {too_long:#?}");
}

#[test]
fn every_comment_has_at_most_100_columns() {
    let mut too_wide = Vec::new();
    for (path, text) in all_rust_files() {
        for (index, line) in text.lines().enumerate() {
            let width = line.chars().count();
            // A word without spaces, for example a link, cannot be broken.
            let breakable = line.trim_start().split(' ').count() > 2;
            if line.trim_start().starts_with("//") && breakable && width > WIDEST_COMMENT {
                too_wide.push(format!("{path}:{} has {width} columns", index + 1));
            }
        }
    }
    assert!(too_wide.is_empty(), "break these comments: {too_wide:#?}");
}
