//! What the pages show: every block of Terraform is formatted and valid, and every whole configuration is applied.
//!
//! In a page, `terraform` marks what is tried with this provider alone; a block that names `required_providers` is whole.
//! `hcl` marks what needs something else (another provider, another kind of file): its form alone is looked at.

use std::{
    fs,
    path::{Path, PathBuf},
};

use test_support::cli::{REQUIRED_PROVIDERS, Workspace, World};
use xtask::{cli::Cli, release::NEWEST};

/// The newest one knows every kind of block.
fn newest() -> Cli {
    Cli::terraform(NEWEST).unwrap_or_else(|e| panic!("These tests need Terraform. {e}"))
}

/// A piece of configuration, and where it stands.
struct Shown {
    place: String,
    code: String,
    language: String,
}

impl Shown {
    fn is_whole(&self) -> bool {
        self.code.contains("required_providers")
    }

    /// The configuration that it is, or is a part of.
    fn configuration(&self) -> String {
        match self.is_whole() {
            true => self.code.clone(),
            false => format!("{REQUIRED_PROVIDERS}{}", self.code),
        }
    }

    /// The variables that have no default.
    fn required_variables(&self) -> Vec<&str> {
        let blocks = self.code.split("variable \"").skip(1);
        blocks
            .filter_map(|block| {
                let (name, body) = block.split_once('"')?;
                let (body, _) = body.split_once("\n}")?;
                (!body.contains("default")).then_some(name)
            })
            .collect()
    }
}

/// The blocks of the guides, the READMEs and CONTRIBUTING.
fn blocks() -> Vec<Shown> {
    let others = ["README.md", "examples/least-privilege-backup/README.md"].map(PathBuf::from);
    let pages = files(Path::new("docs/guides")).into_iter().chain(others);
    pages.flat_map(|page| blocks_of(&page)).collect()
}

fn blocks_of(page: &Path) -> Vec<Shown> {
    let text = fs::read_to_string(page).unwrap_or_else(|e| panic!("{}: {e}", page.display()));
    let mut blocks = Vec::new();
    let mut open: Option<Shown> = None;
    for (number, line) in text.lines().enumerate() {
        match (&mut open, line.trim_start().strip_prefix("```")) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(block), None) => block.code += &format!("{line}\n"),
            (None, Some(language)) => {
                let place = format!("{}, line {}", page.display(), number + 1);
                open = Some(Shown { place, code: String::new(), language: language.to_owned() });
            }
            (None, None) => {}
        }
    }
    blocks
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut found: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    found.sort();
    let below = |path: PathBuf| if path.is_dir() { files(&path) } else { vec![path] };
    found.into_iter().flat_map(below).collect()
}

/// The examples that are one file each, by the registry's names; those of importing come twice, in two kinds.
fn examples(folder: &str, file: &str) -> Vec<Shown> {
    let of_kind = files(&Path::new("examples").join(folder)).into_iter();
    let named = of_kind.filter(|path| path.file_name().is_some_and(|name| name == file));
    named
        .map(|path| Shown {
            place: path.display().to_string(),
            code: fs::read_to_string(&path).expect("an example is text"),
            language: "terraform".into(),
        })
        .collect()
}

/// Lays each out as a module of its own, in a workspace that uses them all.
fn as_modules(workspace: &Workspace, shown: &[Shown]) {
    let mut root = String::new();
    for (index, one) in shown.iter().enumerate() {
        let directory = workspace.directory().join(index.to_string());
        fs::create_dir(&directory).expect("a directory for the module");
        fs::write(directory.join("main.tf"), one.configuration()).expect("the module");
        let arguments: String =
            one.required_variables().iter().map(|name| format!("  {name} = null\n")).collect();
        root += &format!(
            "# {}\nmodule \"m{index}\" {{\n  source = \"./{index}\"\n{arguments}}}\n\n",
            one.place
        );
    }
    workspace.write(&root);
}

#[test]
fn every_example_and_every_block_is_formatted() {
    let cli = newest();
    let workspace = Workspace::new(&cli);
    let shown = blocks().into_iter().filter(|it| matches!(&*it.language, "terraform" | "hcl"));
    let mut places = Vec::new();
    for (index, one) in shown.enumerate() {
        let file = format!("{index}.tf");
        fs::write(workspace.directory().join(&file), &one.code).expect("a file for the block");
        places.push(format!("{file}: {}", one.place));
    }
    let outcome = workspace.run(&["fmt", "-check", "-diff"]);
    assert_eq!(outcome.code, Some(0), "{outcome}\n{}", places.join("\n"));
    let examples = fs::canonicalize("examples").expect("the examples are there");
    workspace
        .run(&["fmt", "-check", "-diff", "-recursive", &examples.to_string_lossy()])
        .succeeded();
}

#[test]
fn what_is_not_formatted_is_found() {
    let workspace = Workspace::new(&newest());
    workspace.write("locals {\n  a=1\n}\n");
    assert_eq!(workspace.run(&["fmt", "-check"]).code, Some(3));
}

#[test]
fn every_example_and_every_block_is_valid() {
    let cli = newest();
    let mut shown: Vec<_> = blocks().into_iter().filter(|it| it.language == "terraform").collect();
    for (folder, file) in [
        ("provider", "provider.tf"),
        ("resources", "resource.tf"),
        ("data-sources", "data-source.tf"),
        ("ephemeral-resources", "ephemeral-resource.tf"),
        ("functions", "function.tf"),
        ("actions", "action.tf"),
    ] {
        shown.extend(examples(folder, file));
    }
    // Only a root may import, and the module of the README has a relative source.
    let alone = |it: &Shown| it.code.contains("import {") || it.code.contains("source = \"./");
    let (alone, modules): (Vec<_>, Vec<_>) = shown.into_iter().partition(alone);
    assert!(modules.len() > 30 && !alone.is_empty(), "{} and {}", modules.len(), alone.len());
    let workspace = Workspace::new(&cli);
    as_modules(&workspace, &modules);
    workspace.run(&["get"]).succeeded();
    let outcome = workspace.run(&["validate"]);
    let root = fs::read_to_string(workspace.directory().join("main.tf")).expect("main.tf");
    assert_eq!(outcome.code, Some(0), "{outcome}\n{root}");

    for one in alone.iter().filter(|it| !it.code.contains("source = \"./")) {
        let workspace = Workspace::new(&cli);
        workspace.write(&one.configuration());
        let outcome = workspace.run(&["validate"]);
        assert_eq!(outcome.code, Some(0), "{}\n{outcome}", one.place);
    }
}

#[test]
fn the_examples_of_importing_fit_those_of_the_resources() {
    for file in ["import-by-string-id.tf", "import-by-identity.tf"] {
        let parts = [examples("resources", "resource.tf"), examples("resources", file)];
        let code: String = parts.iter().flatten().map(|it| it.code.as_str()).collect();
        let workspace = Workspace::new(&newest());
        workspace.write(&format!("{REQUIRED_PROVIDERS}{code}"));
        workspace.run(&["validate"]).succeeded();
    }
}

#[test]
fn every_whole_configuration_is_applied() {
    let whole: Vec<_> =
        blocks().into_iter().filter(|it| it.language == "terraform" && it.is_whole()).collect();
    assert!(whole.len() >= 3, "only {} blocks are whole", whole.len());
    let cli = newest();
    for one in whole {
        let world = World::new(&cli);
        let Some(_) = world.simulator("what the pages show") else { return };
        world.api.post("/access/users", &[("userid", "backup@pbs")]);
        let workspace = world.workspace();
        // What the pages name as a server is ours here.
        let provider = one.code.lines().filter(|line| {
            let line = line.trim_start();
            !line.starts_with("endpoint ") && !line.starts_with("fingerprint ")
        });
        workspace.write(&provider.collect::<Vec<_>>().join("\n"));
        let outcome = workspace.run(&["apply", "-auto-approve"]);
        assert_eq!(outcome.code, Some(0), "{}\n{outcome}", one.place);
        let plan = workspace.run(&["plan", "-detailed-exitcode"]);
        assert_eq!(plan.code, Some(0), "{}\n{plan}", one.place);
        workspace.destroy();
    }
}
