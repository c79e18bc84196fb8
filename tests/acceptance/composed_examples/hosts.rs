//! Examples that pass a token to another system: a Proxmox VE storage, and the files of a backup
//! client.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use pbs_sim::{Fault, FaultKind};
use serde_json::json;
use test_support::cli::REQUIRED_PROVIDERS;
use xtask::release::Feature;

use super::{age_secret, every_simulator, example, outputs, privileges};

#[test]
fn a_proxmox_ve_storage_gets_its_arguments_in_the_right_form() {
    let storage = fs::read_to_string("examples/proxmox-ve-storage/storage.tf").expect("storage.tf");
    let code: Vec<_> =
        storage.lines().map(str::trim).filter(|line| !line.starts_with('#')).collect();
    for argument in ["server", "datastore", "username", "password", "fingerprint"] {
        let line = [argument, "=", &format!("local.storage.{argument}")].join(" ");
        let is_assignment =
            |code: &&str| code.split_whitespace().collect::<Vec<_>>().join(" ") == line;
        assert!(
            code.iter().any(is_assignment),
            "the storage does not set {argument} from local.storage"
        );
    }
    assert!(
        !code.iter().any(|line| line.contains("generate_encryption_key")),
        "a rotation would lose the key that Proxmox VE has generated"
    );

    every_simulator(None, &[], |world, simulator| {
        let workspace = example(world, "proxmox-ve-storage", &["storage.tf", "versions.tf"]);
        fs::write(workspace.directory().join("versions.tf"), REQUIRED_PROVIDERS)
            .expect("versions.tf");
        workspace.apply();
        workspace.assert_plan_is_empty();
        let storage = &outputs(&workspace)["storage"]["value"];
        let argument =
            |name: &str| storage[name].as_str().expect("every argument is a string").to_owned();

        // `server` has no scheme and no port, and `password` is the secret without the id.
        assert_eq!(argument("server"), "pbs.example.com");
        assert_eq!(argument("datastore"), "store1");
        assert_eq!(argument("username"), "pve@pbs!cluster");
        let password = argument("password");
        assert!(!password.contains([':', '=', '!']), "the password is not the bare secret");
        let fingerprint = argument("fingerprint");
        assert_eq!(fingerprint, simulator.fingerprint());
        let pairs: Vec<_> = fingerprint.split(':').collect();
        let is_lower_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        assert!(
            pairs.len() == 32
                && pairs.iter().all(|pair| pair.len() == 2 && pair.bytes().all(is_lower_hex))
        );
        let privileges =
            privileges(world, &format!("pve@pbs!cluster:{password}"), "/datastore/store1");
        assert_eq!(privileges, json!({ "Datastore.Backup": true }));

        // The output `username` depends on both grants.
        let grants = simulator.requests_to("PUT", "/access/acl");
        let subjects: Vec<_> =
            grants.iter().filter_map(|request| request.param("auth-id")).collect();
        assert_eq!(subjects, ["pve@pbs", "pve@pbs!cluster"]);
        workspace.destroy();
        let plan = workspace.plan(&[]);
        let unknown = &plan.json["planned_values"]["outputs"]["storage"];
        assert!(unknown["value"].is_null(), "the storage must wait for the token: {unknown}");
    });
}

/// A resource in place of the storage entry. Like Proxmox VE, this resource logs in and looks for
/// the datastore before it stores anything. Like the storage resource of the provider
/// `bpg/proxmox`, it is replaced if the password changes.
const STORAGE: &str = r#"
resource "terraform_data" "storage" {
  input            = local.storage
  triggers_replace = local.storage.password

  provisioner "local-exec" {
    command     = "python3 log_in.py created"
    environment = self.output
  }

  provisioner "local-exec" {
    when        = destroy
    command     = "python3 log_in.py deleted"
    environment = self.output
  }
}
"#;

/// Logs in with the arguments of the storage entry, looks for the datastore, and adds its command
/// line argument to the file `events`.
const LOG_IN: &str = r#"
import hashlib, http.client, json, os, ssl, sys

context = ssl._create_unverified_context()
host, port = os.environ["PBS_ENDPOINT"].removeprefix("https://").split(":")
connection = http.client.HTTPSConnection(host, int(port), context=context)
connection.connect()
certificate = connection.sock.getpeercert(binary_form=True)
assert hashlib.sha256(certificate).hexdigest() == os.environ["fingerprint"].replace(":", "")
token = "PBSAPIToken=" + os.environ["username"] + ":" + os.environ["password"]
connection.request("GET", "/api2/json/admin/datastore", headers={"Authorization": token})
response = connection.getresponse()
assert response.status == 200, response.status
stores = [store["store"] for store in json.load(response)["data"]]
assert os.environ["datastore"] in stores, "Cannot find datastore"
open("events", "a").write(sys.argv[1] + "\n")
"#;

/// The storage is created at the first try, since the token has its privileges by then. A rotation
/// deletes the storage while the old secret still works, renews the secret, and then creates the
/// storage.
#[test]
fn a_proxmox_ve_storage_is_created_at_the_first_try_and_replaced_by_a_rotation() {
    every_simulator(None, &[], |world, simulator| {
        simulator.world(|world| {
            world.datastore_mut("store1");
        });
        // A storage that does not wait for the grants would log in before they are effective.
        let slow = FaultKind::Slow(Duration::from_secs(1));
        simulator.fault(Fault::new("PUT", "/access/acl", slow));
        let mut workspace = example(world, "proxmox-ve-storage", &["storage.tf", "versions.tf"]);
        let write = |name: &str, text: &str| {
            fs::write(workspace.directory().join(name), text).expect("a file of the test");
        };
        write("versions.tf", REQUIRED_PROVIDERS);
        write("storage.tf", STORAGE);
        write("log_in.py", LOG_IN);
        write(
            "rotation.tf",
            "variable \"rotation\" {\n  type    = map(string)\n  default = null\n}\n",
        );
        let main = fs::read_to_string("examples/proxmox-ve-storage/main.tf").expect("main.tf");
        let name = "token_name = \"cluster\"\n";
        let rotated = format!("{name}  rotation_triggers = var.rotation\n");
        assert_eq!(main.matches(name).count(), 1, "the example has another token");
        write("main.tf", &main.replace(name, &rotated));
        let events = workspace.directory().join("events");
        let events = || fs::read_to_string(&events).expect("the storage has logged in");

        workspace.apply();
        assert_eq!(events(), "created\n");
        workspace.assert_plan_is_empty();
        let old = outputs(&workspace)["storage"]["value"]["password"].clone();
        workspace.set_env("TF_VAR_rotation", "{ reason = \"leak\" }");
        workspace.apply();
        assert_eq!(events(), "created\ndeleted\ncreated\n");
        assert!(outputs(&workspace)["storage"]["value"]["password"] != old, "no new secret");
        workspace.assert_plan_is_empty();
    });
}

#[test]
fn a_host_gets_private_files_that_contain_the_new_secret_after_a_rotation() {
    every_simulator(Some(Feature::Functions), &[], |world, _| {
        let workspace = example(world, "zfs-backup-host", &[]);
        let directory = workspace.directory().join("etc");
        let target = format!("-var=directory={}", directory.display());
        let apply = || workspace.run(&["apply", "-auto-approve", &target]).succeeded();
        let applied = apply();
        let files = Files::read(&directory);
        assert_eq!(
            files.repository(),
            "nas@pbs!zfs@pbs.example.com:store1",
            "{}",
            files.environment
        );
        let is_accepted = |files: &Files| {
            world.api_as(&format!("nas@pbs!zfs:{}", files.password)).accepts_credential()
        };
        assert!(is_accepted(&files), "the secret in the file does not log in");
        assert!(!applied.stdout.contains(&files.password), "the output shows the secret");
        assert_eq!(workspace.run(&["plan", "-detailed-exitcode", &target]).code, Some(0));

        age_secret(world, &workspace, "pbs_api_token.host", "nas@pbs", "zfs", 61);
        apply();
        let rotated = Files::read(&directory);
        assert!(rotated.password != files.password, "the file still has the old secret");
        assert!(is_accepted(&rotated), "the new secret in the file does not log in");
        assert!(!is_accepted(&files), "the old secret still logs in");
        assert_eq!(rotated.environment, files.environment);
    });
}

/// The files that examples/zfs-backup-host writes.
struct Files {
    environment: String,
    password: String,
    directory: PathBuf,
}

impl Files {
    #[track_caller]
    fn read(directory: &Path) -> Self {
        let read = |name: &str| {
            let path = directory.join(name);
            let mode = fs::metadata(&path).expect("the file exists").permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
            fs::read_to_string(path).expect("the file is text")
        };
        let (environment, password) = (read("environment"), read("password"));
        let mut names: Vec<_> = fs::read_dir(directory)
            .expect("the directory exists")
            .map(|entry| entry.expect("an entry").file_name())
            .collect();
        names.sort();
        assert_eq!(names, ["environment", "password"]);
        Self { environment, password, directory: directory.to_owned() }
    }

    /// The value of `PBS_REPOSITORY` that a shell reads from the environment file.
    fn repository(&self) -> String {
        let script =
            r#". "$1/environment" && printf %s "$PBS_REPOSITORY" && test -r "$PBS_PASSWORD_FILE""#;
        let mut shell = Command::new("sh");
        let output = shell.args(["-euc", script, "sh"]).arg(&self.directory).output();
        let output = output.expect("sh can be started");
        assert!(output.status.success(), "the environment file cannot be used");
        String::from_utf8(output.stdout).expect("PBS_REPOSITORY is text")
    }
}
