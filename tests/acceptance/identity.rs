//! Resource identity. Some tests use states that a Terraform without resource identity has written.
//! Some tests change the role or the path of a grant, which are part of the identity of the grant.

use std::{collections::BTreeSet, fs};

use pbs_sim::{Fault, FaultKind};
use serde_json::{Value, json};
use test_support::{
    cli::{REQUIRED_PROVIDERS, Workspace, World, every_cli},
    objects,
};
use xtask::{
    cli::Cli,
    release::{Feature, Version},
};

use crate::features::{every_cli_with, first_with, last_without, terraform};

/// A user, its token, a grant, a namespace and one configuration object. One configuration object
/// is enough, because all types of configuration objects share their code. A name that begins with
/// `<token>` has the prefix of the test.
fn configuration(world: &World, role: &str) -> String {
    let text = r#"
        resource "pbs_user" "it" {
          user_id = "<token>-new@pbs"
        }
        resource "pbs_api_token" "it" {
          user_id    = pbs_user.it.id
          token_name = "t"
        }
        resource "pbs_acl" "it" {
          path    = "<path>"
          auth_id = pbs_api_token.it.id
          role_id = ROLE
        }
        resource "pbs_namespace" "it" {
          datastore = "store1"
          path      = "<token>-prod"
        }
        resource "pbs_remote" "it" {
          name     = "<token>-remote"
          host     = "pbs2.example.com"
          auth_id  = "sync@pbs"
          password = "not-used"
        }
    "#;
    format!("{REQUIRED_PROVIDERS}{}", world.names.insert_into(&text.replace("ROLE", role)))
}

/// The identities in the state file by resource type.
fn identities(workspace: &Workspace) -> Value {
    let state = fs::read(workspace.directory().join("terraform.tfstate")).expect("a state");
    let state: Value = serde_json::from_slice(&state).expect("a state is JSON");
    let resources = state["resources"].as_array().into_iter().flatten();
    let with_type = |resource: &Value| {
        Some((resource["type"].as_str()?.to_owned(), resource["instances"][0]["identity"].clone()))
    };
    let identities = resources.filter_map(with_type).filter(|(name, _)| name.starts_with("pbs_"));
    identities.collect::<serde_json::Map<_, _>>().into()
}

/// The identities of the resources of [`configuration`], by resource type.
fn expected(world: &World, role: &str) -> Value {
    let [user, path] = ["<token>-new@pbs", "<path>"].map(|name| world.names.insert_into(name));
    json!({
        "pbs_user": { "user_id": user },
        "pbs_api_token": { "user_id": user, "token_name": "t" },
        "pbs_acl": { "path": path, "auth_id": format!("{user}!t"), "role_id": role },
        "pbs_namespace": {
            "datastore": "store1", "path": world.names.insert_into("<token>-prod"),
        },
        "pbs_remote": { "name": world.names.insert_into("<token>-remote") },
    })
}

/// A workspace with [`configuration`], in which the provider is installed from a mirror. The states
/// of Terraform and OpenTofu contain different addresses of the provider.
fn initialized(world: &World, cli: &Cli) -> Workspace {
    let workspace = world.workspace_with_mirror(cli);
    workspace.write(&configuration(world, "\"DatastoreAudit\""));
    workspace.run(&["init"]).succeeded();
    workspace
}

/// Copies the state of another workspace, and installs the provider under the address in this
/// state.
fn use_state(workspace: &Workspace, other: &Workspace) {
    let [from, to] =
        [other, workspace].map(|workspace| workspace.directory().join("terraform.tfstate"));
    fs::copy(from, to).expect("the state is copied");
    workspace.run(&["init"]).succeeded();
}

/// The last Terraform without resource identity writes the state. A Terraform with resource
/// identity then uses this state.
#[test]
fn a_state_without_identity_gets_one_and_plans_no_change() {
    let older = last_without(Feature::Identity);
    every_cli_with(Feature::Identity, |world| {
        let old_workspace = initialized(world, &terraform(older));
        old_workspace.apply();
        assert_eq!(
            identities(&old_workspace),
            json!({
                "pbs_user": null, "pbs_api_token": null, "pbs_acl": null, "pbs_namespace": null,
                "pbs_remote": null,
            }),
            "Terraform {older} should not know identity"
        );

        let covered: BTreeSet<_> =
            identities(&old_workspace).as_object().expect("resources").keys().cloned().collect();
        let objects: BTreeSet<_> = objects::rows().iter().map(|row| row.type_name).collect();
        let mut needed = world.types("resource_schemas");
        needed.retain(|name| name == "pbs_remote" || !objects.contains(name.as_str()));
        assert_eq!(
            covered, needed,
            "Left: the resources of this test. Right: the provider's resources. Add each missing \
             one to `configuration` and `expected` in tests/acceptance/identity.rs"
        );

        let new_workspace = initialized(world, &world.cli);
        use_state(&new_workspace, &old_workspace);
        let secret = old_workspace.state("pbs_api_token.it")["secret"].clone();
        new_workspace.assert_plan_is_empty();
        new_workspace.run(&["apply", "-refresh-only", "-auto-approve"]).succeeded();
        assert_eq!(identities(&new_workspace), expected(world, "DatastoreAudit"));
        // assert_eq would print the secret.
        assert!(
            new_workspace.state("pbs_api_token.it")["secret"] == secret,
            "the secret has changed"
        );
        new_workspace.assert_plan_is_empty();
        // The resources can be changed and destroyed even if no refresh has added their identities.
        let unrefreshed = initialized(world, &world.cli);
        unrefreshed.write(&configuration(world, "\"DatastoreReader\""));
        use_state(&unrefreshed, &old_workspace);
        unrefreshed.run(&["apply", "-refresh=false", "-auto-approve"]).succeeded();
        assert_eq!(
            identities(&unrefreshed)["pbs_acl"],
            expected(world, "DatastoreReader")["pbs_acl"]
        );
        unrefreshed.run(&["destroy", "-refresh=false", "-auto-approve"]).succeeded();
    });
}

/// A Terraform without resource identity uses a state that contains identities.
#[test]
fn a_terraform_without_identity_reads_a_state_with_identity() {
    let older = last_without(Feature::Identity);
    every_cli_with(Feature::Identity, |world| {
        let new_workspace = initialized(world, &world.cli);
        new_workspace.apply();
        assert_eq!(identities(&new_workspace), expected(world, "DatastoreAudit"));
        let old_workspace = initialized(world, &terraform(older));
        use_state(&old_workspace, &new_workspace);
        old_workspace.assert_plan_is_empty();
        old_workspace.destroy();
    });
}

/// The role is part of the identity of a grant. Nevertheless a change of the role updates the grant
/// in place.
#[test]
fn the_identity_of_a_grant_changes_with_its_role() {
    every_cli_with(Feature::Identity, |world| {
        let workspace = world.workspace();
        workspace.write(&configuration(world, "\"DatastoreAudit\""));
        workspace.apply();
        workspace.write(&configuration(world, "\"DatastoreReader\""));
        let plan = workspace.plan(&[]);
        assert_eq!(plan.change("pbs_acl.it").actions(), ["update"], "{plan}");
        workspace.apply();
        workspace.assert_plan_is_empty();
        assert_eq!(identities(&workspace), expected(world, "DatastoreReader"));

        // The role is unknown during the plan.
        let unknown_role = format!(
            "{}resource \"terraform_data\" \"role\" {{\n  input = \"DatastoreBackup\"\n}}\n",
            configuration(world, "terraform_data.role.output")
        );
        workspace.write(&unknown_role);
        let plan = workspace.plan(&[]);
        assert_eq!(plan.change("pbs_acl.it").actions(), ["update"], "{plan}");
        workspace.apply();
        workspace.assert_plan_is_empty();
        assert_eq!(identities(&workspace), expected(world, "DatastoreBackup"));

        let Some(simulator) = world.simulator("a change whose second request fails") else {
            return;
        };
        workspace.write(&configuration(world, "\"DatastorePowerUser\""));
        simulator.fault(
            Fault::new("PUT", "/access/acl", FaultKind::Status(400, "out of order".into())).skip(1),
        );
        workspace.run(&["apply", "-auto-approve"]).failed();
        simulator.clear_faults();
        // After an error Terraform keeps the attributes and removes the identity. The next refresh
        // restores the identity.
        assert_eq!(workspace.state("pbs_acl.it")["role_id"], json!("DatastoreBackup"));
        workspace.apply();
        workspace.assert_plan_is_empty();
        assert_eq!(identities(&workspace), expected(world, "DatastorePowerUser"));
        let entries = world.api.get("/access/acl");
        let id = world.names.insert_into("<token>-new@pbs!t");
        let remaining: Vec<_> =
            entries.as_array().into_iter().flatten().filter(|it| it["ugid"] == *id).collect();
        assert_eq!(remaining.len(), 1, "{remaining:?}");
    });
}

/// The path is part of the identity of a grant. Nevertheless a change of the path updates the grant
/// in place.
#[test]
fn the_identity_of_a_grant_changes_with_its_path() {
    every_cli_with(Feature::Identity, |world| {
        let workspace = world.workspace();
        let configuration = configuration(world, "\"DatastoreAudit\"");
        workspace.write(&configuration);
        workspace.apply();
        let [old, new] = ["<path>", "<path>/ns"].map(|path| world.names.insert_into(path));
        workspace.write(&configuration.replace(&old, &new));
        let plan = workspace.plan(&[]);
        assert_eq!(plan.change("pbs_acl.it").actions(), ["update"], "{plan}");
        workspace.apply();
        workspace.assert_plan_is_empty();
        assert_eq!(identities(&workspace)["pbs_acl"]["path"], new);
        let id = world.names.insert_into("<path>/ns?<token>-new@pbs!t?DatastoreAudit");
        assert_eq!(workspace.state("pbs_acl.it")["id"], id);
    });
}

#[test]
fn an_invalid_identity_is_refused_before_any_request() {
    every_cli_with(Feature::Identity, |world| {
        let workspace = world.workspace();
        let resource = configuration(world, "\"DatastoreAudit\"");
        let before = world.requests();
        for (to, identity, reason) in [
            ("pbs_user.it", "user_id = \"nobody\"", "user@realm"),
            ("pbs_api_token.it", "user_id = \"a@pbs\"\n token_name = \"-\"", "token name"),
            ("pbs_acl.it", "path = \"x\"\n auth_id = \"a@pbs\"\n role_id = \"Audit\"", "ACL path"),
        ] {
            let import = format!("import {{\n  to = {to}\n  identity = {{\n{identity}\n  }}\n}}\n");
            workspace.write(&format!("{resource}{import}"));
            let errors = workspace.run(&["plan", "-json"]).errors();
            let messages: Vec<_> = errors.iter().map(|it| it.text()).collect();
            assert!(messages.iter().any(|text| text.contains(reason)), "{identity}: {messages:?}");
        }
        assert_eq!(world.requests(), before, "a request was sent");
    });
}

/// The comments and guides name these versions.
#[test]
fn identity_and_actions_begin_with_the_documented_versions() {
    assert_eq!(first_with(Feature::Identity), Version(1, 12, 2));
    assert_eq!(first_with(Feature::QueryAndActions), Version(1, 14, 9));
}

/// Two resources manage the same object, for example, after the object was imported twice. If one
/// of the two resources is destroyed, the object is deleted, although the other resource still
/// declares it.
#[test]
fn two_resources_that_manage_the_same_object_are_a_warning() {
    every_cli(|world| {
        let workspace = world.workspace();
        let block = |name: &str| {
            let text = "resource \"pbs_user\" \"NAME\" {\n user_id = \"<token>@pbs\"\n}\n";
            world.names.insert_into(&text.replace("NAME", name))
        };
        workspace.write(&format!("{REQUIRED_PROVIDERS}{}", block("one")));
        workspace.apply();
        let warnings = || {
            let outcome = workspace.run(&["plan", "-json"]).succeeded();
            let texts = outcome.diagnostics().into_iter().map(|warning| warning.text());
            texts.filter(|text| text.contains("manages the same object")).count()
        };
        assert_eq!(warnings(), 0);
        workspace.write(&format!("{REQUIRED_PROVIDERS}{}{}", block("one"), block("two")));
        let id = world.names.insert_into("<token>@pbs");
        workspace.run(&["import", "pbs_user.two", &id]).succeeded();
        assert_eq!(warnings(), 1);
        workspace.run(&["state", "rm", "pbs_user.two"]).succeeded();
        workspace.write(&format!("{REQUIRED_PROVIDERS}{}", block("one")));
        assert_eq!(warnings(), 0);
    });
}
