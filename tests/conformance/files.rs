//! Limits that rustfmt does not check: the length of source files, the width of comments, and the
//! width of the paragraphs of documents. Also checks the syntax of the shell commands in documents.

use std::{fs, path::Path, process::Command};

const LONGEST_FILE: usize = 400;
const WIDEST_COMMENT: usize = 100;
const WIDEST_PARAGRAPH: usize = 120;

/// Adds to `files` the path and the text of each file below this folder that has this extension.
fn collect(folder: &Path, extension: &str, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("a folder of the repository") {
        let path = entry.expect("an entry of the folder").path();
        if path.is_dir() {
            collect(&path, extension, files);
        } else if path.extension().is_some_and(|actual| actual == extension) {
            let text = fs::read_to_string(&path).expect("a text file");
            files.push((path.display().to_string(), text));
        }
    }
}

fn files(folders: &[&str], extension: &str) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for folder in folders {
        collect(Path::new(folder), extension, &mut files);
    }
    files
}

fn all_rust_files() -> Vec<(String, String)> {
    let files = files(&["bench/benches", "pbs-sim", "plugin", "src", "tests", "xtask"], "rs");
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

/// The documents that are not generated from schemas.
fn documents() -> Vec<(String, String)> {
    let mut documents =
        files(&["docs/guides", "examples", "bench", "pbs-sim", "tests/fixtures"], "md");
    let others = ["ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "README.md", "SECURITY.md"];
    for path in others.into_iter().chain(["docs/reliability.md"]) {
        documents.push((path.to_owned(), fs::read_to_string(path).expect("a document")));
    }
    assert!(documents.len() > 25, "only {} documents were found", documents.len());
    documents
}

/// The pages that are generated from schemas are not checked, because they have one line for each
/// paragraph.
#[test]
fn every_line_of_a_document_has_at_most_120_columns() {
    let mut too_wide = Vec::new();
    for (path, text) in documents() {
        let mut is_code = false;
        for (index, line) in text.lines().enumerate() {
            let line = line.trim_start();
            is_code ^= line.starts_with("```");
            let is_paragraph = !is_code && !line.starts_with(['|', '#', '`']);
            if is_paragraph && line.chars().count() > WIDEST_PARAGRAPH {
                too_wide.push(format!("{path}:{}", index + 1));
            }
        }
    }
    assert!(too_wide.is_empty(), "break these lines: {too_wide:#?}");
}

#[test]
fn every_shell_command_in_a_document_has_valid_syntax() {
    let (mut blocks, mut invalid) = (0, Vec::new());
    let outside_docs = documents().into_iter().filter(|(path, _)| !path.starts_with("docs/"));
    for (path, text) in outside_docs.chain(files(&["docs"], "md")) {
        for block in text.split("```shell\n").skip(1) {
            let commands = block.split("```").next().expect("split returns one element or more");
            blocks += 1;
            let shell = Command::new("sh").args(["-n", "-c", commands]).output().expect("a shell");
            if !shell.status.success() {
                invalid.push(format!("{path}: {}", String::from_utf8_lossy(&shell.stderr)));
            }
        }
    }
    assert!(blocks > 60, "only {blocks} blocks of shell commands were found");
    assert!(invalid.is_empty(), "correct these commands: {invalid:#?}");
}
