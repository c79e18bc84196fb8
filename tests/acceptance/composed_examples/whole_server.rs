//! The examples that declare whole servers. When Terraform destroys the resources of an example,
//! the backups must remain.

use std::{collections::BTreeSet, fs};

use pbs_sim::{Settings, Simulator};
use serde_json::Value;
use test_support::cli::Workspace;

use super::{every_simulator, example};

/// Sets `prevent_destroy` to false in the configuration. Without this change, Terraform refuses to
/// destroy the datastores.
fn allow_destruction(workspace: &Workspace) {
    let file = workspace.directory().join("main.tf");
    let text = fs::read_to_string(&file).expect("the example has a main.tf");
    let allowed = text.replace("prevent_destroy = true", "prevent_destroy = false");
    assert!(allowed != text, "the datastores of the example have no prevent_destroy");
    fs::write(&file, allowed).expect("the example is written");
}

/// Backs up a host into the root namespace.
fn back_up(simulator: &Simulator, datastore: &str) {
    simulator.world(|world| {
        world.datastore_mut(datastore).add_group("", "host", "web", "root@pam");
    });
}

/// Whether the directory of the datastore contains the backup.
fn has_backup(simulator: &Simulator, path: &str) -> bool {
    simulator.world(|world| {
        let kept = world.content_of_directory(path);
        kept.is_some_and(|content| content.group("", "host", "web").is_some())
    })
}

const SECRETS: [&str; 6] = [
    "TF_VAR_offsite_secret",
    "TF_VAR_gotify_token",
    "TF_VAR_smtp_password",
    "TF_VAR_chat_token",
    "TF_VAR_influxdb_token",
    "TF_VAR_s3_secret_key",
];

#[test]
fn the_example_of_a_whole_server_uses_every_resource_and_its_destruction_keeps_the_backups() {
    every_simulator(None, &[], |world, simulator| {
        let mut workspace = example(world, "whole-server", &[]);
        for name in SECRETS {
            workspace.set_env(name, &format!("value-of-{name}"));
        }
        // The grants name a datastore that the same run creates.
        let plan = workspace.run(&["plan"]).succeeded();
        assert!(!plan.to_string().contains("There is no datastore"), "{plan}");
        workspace.apply();
        workspace.assert_plan_is_empty();
        let state = fs::read(workspace.directory().join("terraform.tfstate")).expect("a state");
        let state: Value = serde_json::from_slice(&state).expect("a state is JSON");
        let resources = state["resources"].as_array().into_iter().flatten();
        let managed = resources.filter(|resource| resource["mode"] == "managed");
        let used: BTreeSet<_> =
            managed.filter_map(|it| Some(it["type"].as_str()?.to_owned())).collect();
        assert_eq!(used, world.types("resource_schemas"), "left: used by the example");

        back_up(simulator, "main");
        workspace.run(&["destroy", "-auto-approve"]).failed();
        allow_destruction(&workspace);
        workspace.destroy();
        assert!(simulator.world(|world| world.object("datastore", "main").is_none()));
        assert!(has_backup(simulator, "/srv/backup"), "the backup is lost");
    });
}

#[test]
fn the_example_of_offsite_copies_declares_both_servers() {
    every_simulator(None, &[], |world, main| {
        let offsite = Simulator::start(Settings { datastores: Vec::new(), ..Settings::default() });
        let mut workspace = example(world, "offsite-sync", &[]);
        for (server, prefix) in [(main, "TF_VAR_main"), (&offsite, "TF_VAR_offsite")] {
            for (name, value) in [
                ("endpoint", server.endpoint().as_str()),
                ("api_token", server.admin_token()),
                ("fingerprint", server.fingerprint()),
            ] {
                workspace.set_env(&format!("{prefix}_{name}"), value);
            }
        }
        workspace.apply();
        workspace.assert_plan_is_empty();
        let job = offsite.world(|world| world.objects("sync").into_values().next());
        let job = job.expect("the offsite server has a sync job");
        let [store, remote] =
            ["store", "remote"].map(|name| job[name].as_str().unwrap().to_owned());
        let remote = offsite.world(|world| world.object("remote", &remote)).expect("the remote");
        assert_eq!(remote["fingerprint"], main.fingerprint());
        back_up(&offsite, &store);
        let path = offsite.world(|world| {
            let stored = world.object("datastore", &store).expect("the datastore");
            stored["path"].as_str().unwrap().to_owned()
        });
        allow_destruction(&workspace);
        workspace.destroy();
        assert!(has_backup(&offsite, &path), "the copy is lost");
    });
}
