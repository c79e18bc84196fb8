//! The example `encrypted-state`: OpenTofu encrypts the state and the plan files.

use std::fs;

use test_support::cli::World;
use xtask::release::{Product, Version};

use super::{every_simulator, example, outputs, text};

/// The first OpenTofu whose encryption can use a variable.
const FIRST: Version = Version(1, 8, 0);

/// Whether this program can encrypt the state. Otherwise, prints that the test is left out.
fn can_encrypt(world: &World) -> bool {
    let can_encrypt = world.cli.product == Product::OpenTofu && world.cli.version >= FIRST;
    if !can_encrypt {
        eprintln!(
            "left out with {}: this test is not run, because it needs OpenTofu {FIRST}",
            world.cli
        );
    }
    can_encrypt
}

#[test]
fn an_encrypted_state_and_plan_contain_no_secret_and_need_the_passphrase() {
    every_simulator(None, &[], |world, _| {
        if !can_encrypt(world) {
            return;
        }
        let mut workspace = example(world, "encrypted-state", &[]);
        workspace.set_env("TF_VAR_state_passphrase", "a passphrase for this test");
        workspace.run(&["plan", "-out=first.plan"]).succeeded();
        workspace.run(&["apply", "first.plan"]).succeeded();
        let first = text(&outputs(&workspace), "secret");
        // The plan of the rotation contains the first secret, and so does the backup of the state.
        workspace.set_env("TF_VAR_rotation", "2");
        workspace.run(&["plan", "-out=second.plan"]).succeeded();
        workspace.run(&["apply", "second.plan"]).succeeded();
        let second = text(&outputs(&workspace), "secret");
        assert!(first != second, "the secret was not rotated");
        workspace.assert_plan_is_empty();

        let mut names = Vec::new();
        for entry in fs::read_dir(workspace.directory()).expect("the working directory") {
            let path = entry.expect("an entry").path();
            let Ok(content) = fs::read(&path) else { continue };
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            for secret in [&first, &second] {
                let found = content.windows(secret.len()).any(|part| part == secret.as_bytes());
                assert!(!found, "{name} contains a secret");
            }
            names.push(name);
        }
        for name in ["terraform.tfstate", "terraform.tfstate.backup", "first.plan", "second.plan"] {
            assert!(names.iter().any(|found| found == name), "{name} is not in {names:?}");
        }
        let state = fs::read_to_string(workspace.directory().join("terraform.tfstate"));
        let state = state.expect("a state");
        assert!(
            state.contains("encrypted_data") && !state.contains("pbs_api_token"),
            "the state is not encrypted"
        );

        workspace.set_env("TF_VAR_state_passphrase", "another passphrase entirely");
        let outcome = workspace.run(&["plan"]).failed();
        assert!(outcome.stderr.contains("decrypt"), "{outcome}");
        let outcome = workspace.run(&["apply", "second.plan"]).failed();
        assert!(outcome.stderr.contains("decrypt"), "{outcome}");
    });
}

/// The file `encryption.tofu` of the example. Its block `state` is replaced with the code block of
/// the guide that contains the text `method`.
fn with_fallback(guide: &str, method: &str) -> String {
    let encryption =
        fs::read_to_string("examples/encrypted-state/encryption.tofu").expect("encryption.tofu");
    let guide = fs::read_to_string(guide).expect("the guide");
    let blocks = guide.split("```hcl\n").skip(1).filter_map(|rest| rest.split_once("```"));
    let mut blocks = blocks.map(|(block, _)| block);
    let block = blocks.find(|block| block.starts_with("method") && block.contains(method));
    let (before, rest) = encryption.split_once("    state {").expect("a block `state`");
    let (_, after) = rest.split_once("    }\n").expect("the end of the block");
    format!("{before}{}{after}", block.expect("the guide shows the blocks"))
}

#[test]
fn the_blocks_in_the_guides_encrypt_and_decrypt_an_existing_state() {
    every_simulator(None, &[], |world, _| {
        if !can_encrypt(world) {
            return;
        }
        let mut workspace = example(world, "encrypted-state", &["encryption.tofu"]);
        workspace.set_env("TF_VAR_state_passphrase", "a passphrase for this test");
        let directory = workspace.directory();
        let is_encrypted = || {
            let state = fs::read_to_string(directory.join("terraform.tfstate")).expect("a state");
            !state.contains("pbs_api_token")
        };
        let write = |text: &str| {
            fs::write(directory.join("encryption.tofu"), text).expect("encryption.tofu");
        };
        workspace.apply();
        assert!(!is_encrypted());

        let example =
            fs::read_to_string("examples/encrypted-state/encryption.tofu").expect("a file");
        write(&example);
        workspace.run(&["plan"]).failed();
        let guide = "docs/guides/keeping-the-state-secret.md";
        write(&with_fallback(guide, "method = method.aes_gcm.passphrase\n\n  fallback"));
        workspace.apply();
        assert!(is_encrypted());
        write(&example);
        workspace.assert_plan_is_empty();

        let guide = "docs/guides/opentofu.md";
        write(&with_fallback(guide, "method = method.unencrypted.migration\n\n  fallback"));
        workspace.apply();
        assert!(!is_encrypted());
        fs::remove_file(directory.join("encryption.tofu")).expect("the file exists");
        workspace.assert_plan_is_empty();
    });
}
