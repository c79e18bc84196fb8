//! `cargo xtask new-resource NAME`: creates the files of a new managed resource from templates, and
//! prints the lines to add to existing files.
//!
//! The templates in `xtask/templates/resource` are the files of a resource named `sample_object`.
//! The path of a template in this directory is the path of the new file in the repository. Each
//! form of the name `sample_object`, for example `SampleObject`, is replaced by the same form of
//! the new name.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use xtask::cli::Result;

/// Creates the files of a resource with this name, and prints their paths and the remaining steps.
///
/// # Errors
/// The name is not in snake case, a file exists already, or a file cannot be written or formatted.
pub(crate) fn run(name: &str) -> Result<()> {
    let name = Name::parse(name)?;
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let files = create(&name, &repository)?;
    format(&repository, &files, &[])
        .map_err(|error| format!("the files are created, but not formatted: {error}"))?;
    println!("Created:");
    for file in &files {
        println!("  {}", file.display());
    }
    println!("\n{}", name.replace_in(&steps()?));
    Ok(())
}

/// The name of a resource without the prefix `pbs_`, in snake case.
struct Name {
    singular: String,
    plural: String,
}

impl Name {
    fn parse(text: &str) -> Result<Self> {
        let is_word = |word: &str| {
            word.starts_with(|c: char| c.is_ascii_lowercase())
                && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        };
        if !text.split('_').all(is_word) {
            let expected = "lower-case words separated by `_`, for example `prune_job`";
            return Err(format!("`{text}` is not a name in snake case: expected {expected}").into());
        }
        if text.starts_with("pbs_") {
            return Err(format!("omit the prefix `pbs_` of `{text}`: the provider adds it").into());
        }
        Ok(Self { singular: text.to_owned(), plural: plural(text) })
    }

    /// The text with this name in place of the name in the templates.
    fn replace_in(&self, text: &str) -> String {
        let article = if self.singular.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
        let title = words(&self.singular);
        let mut text = text
            .replace("a sample object", &format!("{article} {title}"))
            .replace("A sample object", &format!("{} {title}", capitalized(article)));
        // The plural contains the singular, so it is replaced first.
        for (old, new) in [("sample_objects", &self.plural), ("sample_object", &self.singular)] {
            let forms: [fn(&str) -> String; 5] = [
                words,
                |name| capitalized(&words(name)),
                camel_case,
                kebab_case,
                str::to_uppercase,
            ];
            text = text.replace(old, new);
            for form in forms {
                text = text.replace(&form(old), &form(new));
            }
        }
        text
    }
}

/// `prune job` for `prune_job`.
fn words(name: &str) -> String {
    name.replace('_', " ")
}

/// `prune-job` for `prune_job`.
fn kebab_case(name: &str) -> String {
    name.replace('_', "-")
}

/// `PruneJob` for `prune_job`.
fn camel_case(name: &str) -> String {
    name.split('_').map(capitalized).collect()
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

fn plural(name: &str) -> String {
    match name.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ if name.ends_with(['s', 'x']) => format!("{name}es"),
        _ => format!("{name}s"),
    }
}

/// Writes all files of the resource below `repository`, and returns their paths relative to
/// `repository`.
///
/// # Errors
/// A file exists already, or a file cannot be written. If a file exists already, no file is
/// written.
fn create(name: &Name, repository: &Path) -> Result<Vec<PathBuf>> {
    let templates = templates();
    let mut files = Vec::new();
    for template in files_below(&templates)? {
        let relative = template.strip_prefix(&templates)?.to_str().ok_or("a path is not UTF-8")?;
        let file = PathBuf::from(name.replace_in(relative));
        files.push((file, name.replace_in(&fs::read_to_string(&template)?)));
    }
    let existing = files.iter().filter(|(file, _)| repository.join(file).exists());
    let existing: Vec<_> = existing.map(|(file, _)| file.display().to_string()).collect();
    if !existing.is_empty() {
        let list = existing.join("\n  ");
        return Err(format!("nothing was written, because these files exist:\n  {list}").into());
    }
    for (file, text) in &files {
        let path = repository.join(file);
        fs::create_dir_all(path.parent().ok_or("a file is in a directory")?)?;
        let outcome = fs::File::create_new(&path);
        outcome
            .and_then(|mut created| created.write_all(text.as_bytes()))
            .map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
    }
    Ok(files.into_iter().map(|(file, _)| file).collect())
}

/// Runs rustfmt on the Rust files, because the lengths of names decide where lines are broken.
fn format(repository: &Path, files: &[PathBuf], arguments: &[&str]) -> Result<()> {
    let files = files.iter().filter(|file| file.extension().is_some_and(|it| it == "rs"));
    let mut rustfmt = Command::new("rustfmt");
    rustfmt.args(["--edition", "2024", "--config-path"]);
    rustfmt.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../rustfmt.toml"));
    rustfmt.args(arguments).args(files.map(|file| repository.join(file)));
    let output = rustfmt.stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("rustfmt does not start: {error}"))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(format!(
            "rustfmt failed: {}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        )
        .into()),
    }
}

/// The remaining steps, with the names of the template resource.
fn steps() -> Result<String> {
    Ok(fs::read_to_string(templates().with_file_name("resource-steps.txt"))?)
}

fn templates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/resource")
}

/// All files below a directory, sorted.
fn files_below(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        match path.is_dir() {
            true => files.extend(files_below(&path)?),
            false => files.push(path),
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;
    use xtask::cli::Cli;

    /// Names of different lengths, since the lengths decide where rustfmt breaks lines.
    const NAMES: [&str; 4] =
        ["prune_job", "key", "acme_account", "notification_target_of_a_remote"];

    /// The forms of the name in the templates, in lower case.
    const PLACEHOLDERS: [&str; 4] =
        ["sample_object", "sample-object", "sample object", "sampleobject"];

    fn name(text: &str) -> Name {
        Name::parse(text).expect("a valid name")
    }

    #[test]
    fn a_name_that_is_not_in_snake_case_is_refused() {
        for text in ["", "PruneJob", "prune-job", "prune job", "_job", "job_", "a__b", "2fa", "ä"]
        {
            let error = Name::parse(text).err().expect("the name is not in snake case");
            assert!(error.to_string().contains("is not a name in snake case"), "{error}");
        }
        let error = Name::parse("pbs_prune_job").err().expect("the prefix is not part of the name");
        assert!(error.to_string().contains("omit the prefix"), "{error}");
    }

    #[test]
    fn every_form_of_the_name_is_replaced_by_the_same_form() {
        let text = "pbs_sample_object sample_objects SampleObjectId SampleObjects sample-object \
                    SAMPLE_OBJECT. A sample object, a sample object, Sample objects.";
        assert_eq!(
            name("acme_entry").replace_in(text),
            "pbs_acme_entry acme_entries AcmeEntryId AcmeEntries acme-entry ACME_ENTRY. An acme \
             entry, an acme entry, Acme entries."
        );
    }

    #[test]
    fn the_created_files_are_complete_and_formatted() {
        let cli = Cli::any().expect("a Terraform");
        for text in NAMES {
            let directory = tempfile::tempdir().expect("a temporary directory");
            let root = directory.path();
            let files = create(&name(text), root).expect("the files can be written");
            format(root, &files, &[]).expect("rustfmt accepts the files");
            format(root, &files, &["--check"]).expect("formatting again changes nothing");
            for file in &files {
                let content = fs::read_to_string(root.join(file)).expect("a created file");
                let text = format!("{}\n{content}", file.display()).to_lowercase();
                let placeholder = PLACEHOLDERS.iter().find(|it| text.contains(**it));
                assert_eq!(placeholder, None, "a placeholder is left in {}", file.display());
            }
            let outcome = cli
                .command(Path::new("/dev/null"))
                .args(["fmt", "-check", "-diff", "-recursive"])
                .arg(root)
                .output()
                .expect("Terraform starts");
            let diff = String::from_utf8_lossy(&outcome.stdout);
            assert!(outcome.status.success(), "an example is not formatted:\n{diff}");
        }
    }

    #[test]
    fn an_existing_file_is_not_overwritten() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let root = directory.path();
        let file = root.join("src/resources/prune_job/list.rs");
        fs::create_dir_all(file.parent().expect("the file is in a directory"))
            .expect("a directory");
        fs::write(&file, "present").expect("a file");
        let error = create(&name("prune_job"), root).expect_err("a file exists already");
        assert!(
            error.to_string().ends_with("exist:\n  src/resources/prune_job/list.rs"),
            "{error}"
        );
        assert_eq!(fs::read_to_string(&file).expect("the file is kept"), "present");
        let files = files_below(root).expect("the directory can be read");
        assert_eq!(files, [file], "no other file may be written");
    }

    #[test]
    fn the_steps_name_existing_files_and_leave_no_placeholder() {
        let steps = name("prune_job").replace_in(&steps().expect("the steps"));
        let placeholder = PLACEHOLDERS.iter().find(|it| steps.to_lowercase().contains(**it));
        assert_eq!(placeholder, None, "a placeholder is left in the steps");
        let heading = |line: &str| Some(line.split_once(". ")?.1.to_owned());
        let is_step = |line: &&str| line.starts_with(|c: char| c.is_ascii_digit());
        let headings: Vec<_> = steps.lines().filter(is_step).filter_map(heading).collect();
        let files: Vec<_> = headings.iter().filter(|it| it.ends_with(".rs")).collect();
        assert!(files.len() > 5, "the steps name only {files:?}");
        for file in files {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
            assert!(path.exists(), "xtask/templates/resource-steps.txt: there is no {file}");
        }
    }
}
