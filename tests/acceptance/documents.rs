//! The configurations in guides and READMEs. Every block must be formatted and valid. Every
//! complete configuration is applied.
//!
//! A block with the language `terraform` needs only this provider. If such a block contains
//! `required_providers`, the block is a complete configuration. A block with the language `hcl`
//! needs something else, such as another provider. Only the format of an `hcl` block is checked.

use std::{
    fs,
    path::{Path, PathBuf},
};

use test_support::cli::{REQUIRED_PROVIDERS, Workspace, World};
use xtask::{cli::Cli, release::NEWEST};

/// The newest Terraform, which knows every kind of block.
fn newest() -> Cli {
    Cli::terraform(NEWEST).unwrap_or_else(|error| panic!("these tests need Terraform: {error}"))
}

/// A block of configuration, and its place in the documents.
struct Block {
    place: String,
    code: String,
    language: String,
}

impl Block {
    fn is_complete(&self) -> bool {
        self.code.contains("required_providers")
    }

    /// The block as a complete configuration.
    fn configuration(&self) -> String {
        match self.is_complete() {
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

/// The blocks of the guides, of the README, and of the README of the example module.
fn blocks() -> Vec<Block> {
    let others = ["README.md", "examples/least-privilege-backup/README.md"].map(PathBuf::from);
    let pages = files(Path::new("docs/guides")).into_iter().chain(others);
    pages.flat_map(|page| blocks_of(&page)).collect()
}

fn blocks_of(page: &Path) -> Vec<Block> {
    let text =
        fs::read_to_string(page).unwrap_or_else(|error| panic!("{}: {error}", page.display()));
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (number, line) in text.lines().enumerate() {
        match (&mut open, line.trim_start().strip_prefix("```")) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(block), None) => block.code += &format!("{line}\n"),
            (None, Some(language)) => {
                let place = format!("{}, line {}", page.display(), number + 1);
                open = Some(Block { place, code: String::new(), language: language.to_owned() });
            }
            (None, None) => {}
        }
    }
    blocks
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let below = |path: PathBuf| if path.is_dir() { files(&path) } else { vec![path] };
    paths.into_iter().flat_map(below).collect()
}

/// The example files with this name in this folder of `examples`, each as one block.
fn examples(folder: &str, file: &str) -> Vec<Block> {
    let in_folder = files(&Path::new("examples").join(folder)).into_iter();
    let named = in_folder.filter(|path| path.file_name().is_some_and(|name| name == file));
    named
        .map(|path| Block {
            place: path.display().to_string(),
            code: fs::read_to_string(&path).expect("an example is text"),
            language: "terraform".into(),
        })
        .collect()
}

/// Writes each block as a module of its own, and a configuration that uses all of them.
fn write_modules(workspace: &Workspace, blocks: &[Block]) {
    let mut root = String::new();
    for (index, block) in blocks.iter().enumerate() {
        let directory = workspace.directory().join(index.to_string());
        fs::create_dir(&directory).expect("a directory for the module");
        fs::write(directory.join("main.tf"), block.configuration()).expect("the module");
        let arguments: String =
            block.required_variables().iter().map(|name| format!("  {name} = null\n")).collect();
        root += &format!(
            "# {}\nmodule \"m{index}\" {{\n  source = \"./{index}\"\n{arguments}}}\n\n",
            block.place
        );
    }
    workspace.write(&root);
}

#[test]
fn every_example_and_every_block_is_formatted() {
    let cli = newest();
    let workspace = Workspace::new(&cli);
    let blocks = blocks().into_iter().filter(|it| matches!(&*it.language, "terraform" | "hcl"));
    let mut places = Vec::new();
    for (index, block) in blocks.enumerate() {
        let file = format!("{index}.tf");
        fs::write(workspace.directory().join(&file), &block.code).expect("a file for the block");
        places.push(format!("{file}: {}", block.place));
    }
    let outcome = workspace.run(&["fmt", "-check", "-diff"]);
    assert_eq!(outcome.code, Some(0), "{outcome}\n{}", places.join("\n"));
    let examples = fs::canonicalize("examples").expect("the folder examples exists");
    workspace
        .run(&["fmt", "-check", "-diff", "-recursive", &examples.to_string_lossy()])
        .succeeded();
}

#[test]
fn terraform_fmt_reports_an_unformatted_configuration() {
    let workspace = Workspace::new(&newest());
    workspace.write("locals {\n  a=1\n}\n");
    assert_eq!(workspace.run(&["fmt", "-check"]).code, Some(3));
}

#[test]
fn every_example_and_every_block_is_valid() {
    let cli = newest();
    let mut blocks: Vec<_> = blocks().into_iter().filter(|it| it.language == "terraform").collect();
    for (folder, file) in [
        ("provider", "provider.tf"),
        ("resources", "resource.tf"),
        ("data-sources", "data-source.tf"),
        ("ephemeral-resources", "ephemeral-resource.tf"),
        ("functions", "function.tf"),
        ("actions", "action.tf"),
    ] {
        blocks.extend(examples(folder, file));
    }
    // Blocks with an import must be root modules. The block in the README of the example module
    // must be a root module, too, because it refers to the module by a relative path.
    let must_be_root =
        |it: &Block| it.code.contains("import {") || it.code.contains("source = \"./");
    let (alone, modules): (Vec<_>, Vec<_>) = blocks.into_iter().partition(must_be_root);
    assert!(modules.len() > 30 && !alone.is_empty(), "{} and {}", modules.len(), alone.len());
    let workspace = Workspace::new(&cli);
    write_modules(&workspace, &modules);
    workspace.run(&["get"]).succeeded();
    let outcome = workspace.run(&["validate"]);
    let root = fs::read_to_string(workspace.directory().join("main.tf")).expect("main.tf");
    assert_eq!(outcome.code, Some(0), "{outcome}\n{root}");

    for block in alone.iter().filter(|it| !it.code.contains("source = \"./")) {
        let workspace = Workspace::new(&cli);
        workspace.write(&block.configuration());
        let outcome = workspace.run(&["validate"]);
        assert_eq!(outcome.code, Some(0), "{}\n{outcome}", block.place);
    }
}

#[test]
fn the_import_examples_are_valid_with_the_resource_examples() {
    for file in ["import-by-string-id.tf", "import-by-identity.tf"] {
        let parts = [examples("resources", "resource.tf"), examples("resources", file)];
        let code: String = parts.iter().flatten().map(|it| it.code.as_str()).collect();
        let workspace = Workspace::new(&newest());
        workspace.write(&format!("{REQUIRED_PROVIDERS}{code}"));
        workspace.run(&["validate"]).succeeded();
    }
}

#[test]
fn every_complete_configuration_can_be_applied() {
    let complete: Vec<_> =
        blocks().into_iter().filter(|it| it.language == "terraform" && it.is_complete()).collect();
    assert!(complete.len() >= 3, "only {} blocks are complete", complete.len());
    let cli = newest();
    for block in complete {
        let world = World::new(&cli);
        let Some(_) = world.simulator("the configurations of the documents") else { return };
        world.api.post("/access/users", &[("userid", "backup@pbs")]);
        let workspace = world.workspace();
        // The environment contains the address of the test's server, so the address in the document
        // is removed.
        let lines = block.code.lines().filter(|line| {
            let line = line.trim_start();
            !line.starts_with("endpoint ") && !line.starts_with("fingerprint ")
        });
        workspace.write(&lines.collect::<Vec<_>>().join("\n"));
        let outcome = workspace.run(&["apply", "-auto-approve"]);
        assert_eq!(outcome.code, Some(0), "{}\n{outcome}", block.place);
        let plan = workspace.run(&["plan", "-detailed-exitcode"]);
        assert_eq!(plan.code, Some(0), "{}\n{plan}", block.place);
        workspace.destroy();
    }
}

#[test]
fn the_blocks_of_the_guide_to_leaks_lock_the_token_and_then_replace_its_secret() {
    let blocks: Vec<_> = blocks_of(Path::new("docs/guides/leaked-secret.md"))
        .into_iter()
        .filter(|block| block.language == "terraform")
        .collect();
    let [at_first, locked, renewed, checked, grants] = &blocks[..] else {
        panic!("the guide has {} blocks", blocks.len())
    };
    let world = World::new(&newest());
    let Some(_) = world.simulator("the guide to leaks") else { return };
    world.api.post("/access/users", &[("userid", "backup@pbs")]);
    let workspace = world.workspace();
    let apply = |configuration: String| {
        workspace.write(&configuration);
        workspace.apply();
        let state = workspace.state("pbs_api_token.laptop");
        state["api_token"].as_str().expect("the state contains the secret").to_owned()
    };
    let is_accepted = |credential: &str| world.api_as(credential).accepts_credential();

    let leaked = apply(at_first.configuration());
    assert!(is_accepted(&leaked), "the token does not work at first");
    apply(locked.configuration());
    assert!(!is_accepted(&leaked), "the lock has no effect");
    let new = apply(renewed.configuration());
    assert!(!is_accepted(&leaked) && is_accepted(&new), "the secret was not replaced");
    apply(checked.configuration() + &grants.code);
    let output = workspace.run(&["output", "-raw", "new_secret_works"]).succeeded();
    assert_eq!(output.stdout, "true");
}

#[test]
fn the_block_of_the_guide_to_ci_finds_expired_ephemeral_tokens_and_no_others() {
    let blocks = blocks_of(Path::new("docs/guides/ci-ephemeral-tokens.md"));
    let block = blocks.iter().find(|block| block.code.contains("output \"left_over\""));
    let world = World::new(&newest());
    let Some(_) = world.simulator("the guide to ephemeral tokens") else { return };
    world.api.post("/access/users", &[("userid", "ci@pbs")]);
    for (name, expire) in [("tf-old", "1"), ("tf-present", "4000000000"), ("old", "1")] {
        let path = format!("/access/users/ci@pbs/token/{name}");
        world.api.post(&path, &[("expire", expire)]);
    }
    world.api.post("/access/users/ci@pbs/token/tf-for-ever", &[]);
    let workspace = world.workspace();
    workspace.write(&block.expect("the block with the output").configuration());
    workspace.apply();
    let outputs = workspace.run(&["output", "-json"]).succeeded().json();
    assert_eq!(outputs["left_over"]["value"], serde_json::json!(["ci@pbs!tf-old"]));
}
