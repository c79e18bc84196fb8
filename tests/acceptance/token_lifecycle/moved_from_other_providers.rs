//! States that other providers have written. This provider uses such a state and keeps the secret
//! in it. The first plan of this provider shows only real differences.

use std::fs;

use serde_json::{Value, json};
use test_support::cli::{Workspace, World, every_cli};
use xtask::release::Feature;

use super::{TOKEN, api_token, assert_actions, configuration, grant, names, token};

/// The address of this provider.
const THIS_PROVIDER: &str = "registry.terraform.io/pbs-rs/pbs";

/// Writes a state file with one resource.
fn write_state(workspace: &Workspace, provider: &str, type_name: &str, attributes: &Value) {
    // Terraform stores which attributes the other provider's schema marks as sensitive.
    let sensitive = match attributes.get("value") {
        Some(_) => json!([[{ "type": "get_attr", "value": "value" }]]),
        None => json!([]),
    };
    let state = json!({
        "version": 4,
        "terraform_version": "1.6.6",
        "serial": 7,
        "lineage": "5d3f0a52-4a07-4e0a-9f43-7d2a6b8f9d11",
        "outputs": {},
        "resources": [{
            "mode": "managed",
            "type": type_name,
            "name": "it",
            "provider": format!("provider[\"{provider}\"]"),
            "instances": [{
                "schema_version": 0,
                "attributes": attributes,
                "sensitive_attributes": sensitive,
            }],
        }],
        "check_results": null,
    });
    let file = workspace.directory().join("terraform.tfstate");
    fs::write(file, state.to_string()).expect("the state file");
}

/// Creates the token `<token>` of `<user>` outside of Terraform. Returns the secret of the token.
fn create_outside(world: &World, form: &[(&str, &str)]) -> String {
    let url = world.names.insert_into("/access/users/<user>/token/<token>");
    world.api.post(&url, form)["value"].as_str().expect("a secret").to_owned()
}

/// The state of a `pbs_api_token` as another PBS provider stores it.
fn other_token_state(world: &World, secret: &str, expire: i64) -> Value {
    json!({
        "userid": world.names.insert_into("<user>"),
        "token_name": world.names.insert_into("<token>"),
        "comment": "nightly",
        "enable": true,
        "expire": expire,
        "tokenid": world.names.insert_into("<user>!<token>"),
        "value": secret,
        "digest": "4e1f8a3d0c2b5a69788f6e5d4c3b2a1900112233445566778899aabbccddeeff",
    })
}

/// The state of a `proxmox_backup_server_user_token` as another provider stores it.
fn other_user_token_state(world: &World, secret: &str) -> Value {
    json!({
        "id": world.names.insert_into("<user>!<token>"),
        "userid": world.names.insert_into("<user>"),
        "token_name": world.names.insert_into("<token>"),
        "enable": true,
        "comment": "nightly",
        "value": secret,
    })
}

/// Checks that a plan with a refresh is empty. A plan without a refresh would not be empty, because
/// another attribute is sensitive now.
#[track_caller]
fn assert_unchanged(workspace: &Workspace) {
    let outcome = workspace.run(&["plan", "-detailed-exitcode"]);
    assert!(outcome.code == Some(0), "the plan should be empty:\n{outcome}");
}

/// Checks that the state has this secret, and that PBS accepts it.
#[track_caller]
fn assert_secret_is_kept(world: &World, workspace: &Workspace, secret: &str) {
    let stored = api_token(workspace);
    assert!(
        stored == format!("{}:{secret}", world.names.insert_into("<user>!<token>")),
        "the secret has changed"
    );
    assert!(world.api_as(&stored).accepts_credential());
}

#[test]
fn a_token_of_another_pbs_provider_keeps_its_secret() {
    every_cli(|world| {
        let secret = create_outside(world, &[("comment", "nightly"), ("expire", "4070908800")]);
        let workspace = world.workspace();
        write_state(
            &workspace,
            THIS_PROVIDER,
            "pbs_api_token",
            &other_token_state(world, &secret, 4_070_908_800),
        );
        let arguments = "comment = \"nightly\"\n expiration_date = \"2099-01-01T01:00:00+01:00\"";
        workspace.write(&configuration(world, &token(arguments)));
        assert_unchanged(&workspace);
        workspace.apply();
        assert_secret_is_kept(world, &workspace, &secret);
        assert!(workspace.state(TOKEN)["issued_at"].is_null());

        // The plan contains only the attribute that really differs.
        workspace.write(&configuration(world, &token("comment = \"nightly\"")));
        let plan = workspace.plan(&[]);
        assert_eq!(plan.change(TOKEN).changed(), names(&["expiration_date"]), "{plan}");
    });
}

#[test]
fn nulls_and_default_values_in_the_state_of_another_provider_plan_no_change() {
    every_cli(|world| {
        let secret = create_outside(world, &[("enable", "1"), ("expire", "0")]);
        for (enable, expire, comment) in
            [(Value::Null, Value::Null, Value::Null), (json!(true), json!(0), json!(""))]
        {
            let mut attributes = other_token_state(world, &secret, 0);
            attributes["enable"] = enable;
            attributes["expire"] = expire;
            attributes["comment"] = comment;
            let workspace = world.workspace();
            write_state(&workspace, THIS_PROVIDER, "pbs_api_token", &attributes);
            workspace.write(&configuration(world, &token("")));
            assert_unchanged(&workspace);
            workspace.apply();
            assert_secret_is_kept(world, &workspace, &secret);
        }
        // If the token was imported with the other provider, the state does not contain its secret.
        let mut attributes = other_token_state(world, "", 0);
        attributes["value"] = Value::Null;
        let workspace = world.workspace();
        write_state(&workspace, THIS_PROVIDER, "pbs_api_token", &attributes);
        workspace.write(&configuration(world, &token("comment = \"nightly\"")));
        workspace.apply();
        assert!(workspace.state(TOKEN)["secret"].is_null());
    });
}

#[test]
fn a_state_of_another_provider_is_taken_over_with_replace_provider() {
    every_cli(|world| {
        let other_provider = "registry.terraform.io/somebody/pbs";
        let secret = create_outside(world, &[("comment", "nightly")]);
        let workspace = world.workspace();
        write_state(
            &workspace,
            other_provider,
            "pbs_api_token",
            &other_token_state(world, &secret, 0),
        );
        workspace.write(&configuration(world, &token("comment = \"nightly\"")));
        workspace
            .run(&["state", "replace-provider", "-auto-approve", other_provider, THIS_PROVIDER])
            .succeeded();
        assert_unchanged(&workspace);
        workspace.apply();
        assert_secret_is_kept(world, &workspace, &secret);
    });
}

#[test]
fn grants_and_users_of_another_pbs_provider_plan_no_change() {
    every_cli(|world| {
        let (user, path) = (world.names.insert_into("<user>"), world.names.insert_into("<path>"));
        world.api.put(
            "/access/acl",
            &[("path", &path), ("auth-id", &user), ("role", "Audit"), ("propagate", "0")],
        );
        let grants = super::grants(world);
        let workspace = world.workspace();
        let attributes =
            json!({ "path": path, "ugid": user, "role_id": "Audit", "propagate": false });
        write_state(&workspace, THIS_PROVIDER, "pbs_acl", &attributes);
        let resource =
            grant("it", "\"<user>\"", "Audit").replace("role_id", "propagate = false\n role_id");
        workspace.write(&configuration(world, &resource));
        assert_unchanged(&workspace);
        workspace.apply();
        assert_eq!(super::grants(world), grants);

        // `<other>` is the user whose state the other provider has written.
        let other = world.names.insert_into("<other>");
        let profile = [
            ("comment", "Backups"),
            ("firstname", "Ba"),
            ("lastname", "Ckup"),
            ("email", "b@example.com"),
        ];
        world.api.put(&format!("/access/users/{other}"), &profile);
        let workspace = world.workspace();
        let attributes = json!({
            "userid": other, "enable": true, "expire": 0, "firstname": "Ba", "lastname": "Ckup",
            "email": "b@example.com", "comment": "Backups",
        });
        write_state(&workspace, THIS_PROVIDER, "pbs_user", &attributes);
        let resource = "resource \"pbs_user\" \"it\" {\n user_id = \"<other>\"\n comment = \"Backups\"\n first_name = \"Ba\"\n last_name = \"Ckup\"\n email = \"b@example.com\"\n}\n";
        workspace.write(&configuration(world, resource));
        assert_unchanged(&workspace);
    });
}

/// A `moved` block moves a resource from a type of another provider.
#[test]
fn resources_of_other_types_are_moved_with_their_secret() {
    every_cli(|world| {
        if !world.cli.has(Feature::MovedAcrossTypes) {
            return;
        }
        let other_provider = "registry.terraform.io/somebody/proxmox";
        let secret = create_outside(world, &[("comment", "nightly")]);
        let (user, other, path) = (
            world.names.insert_into("<user>"),
            world.names.insert_into("<other>"),
            world.names.insert_into("<path>"),
        );
        world.api.put("/access/acl", &[("path", &path), ("auth-id", &user), ("role", "Audit")]);
        let cases = [
            (
                "proxmox_backup_server_user_token",
                other_user_token_state(world, &secret),
                TOKEN,
                token("comment = \"nightly\""),
            ),
            (
                "proxmox_backup_server_acl",
                json!({ "path": path, "auth_id": user, "role": "Audit", "propagate": true }),
                "pbs_acl.it",
                grant("it", "\"<user>\"", "Audit"),
            ),
            (
                "proxmox_backup_server_user",
                json!({ "userid": other, "enable": true, "comment": null }),
                "pbs_user.it",
                "resource \"pbs_user\" \"it\" {\n user_id = \"<other>\"\n}\n".to_owned(),
            ),
        ];
        for (type_name, attributes, address, resource) in cases {
            let workspace = world.workspace();
            install_stand_in(&workspace);
            write_state(&workspace, other_provider, type_name, &attributes);
            let moved = format!("moved {{\n from = {type_name}.it\n to = {address}\n}}\n");
            workspace.write(&configuration(world, &(resource + &moved)));
            let plan = workspace.plan(&[]);
            assert_actions(&plan, address, &["no-op"]);
            workspace.apply();
            assert_unchanged(&workspace);
            if address == TOKEN {
                assert_secret_is_kept(world, &workspace, &secret);
            }
        }
    });
}

/// Terraform requires that the other provider is installed, but never calls the other provider.
/// This provider's program can therefore stand in for the other provider.
fn install_stand_in(workspace: &Workspace) {
    let root =
        workspace.directory().parent().expect("the working directory has a parent").to_owned();
    let other = root.join("other");
    fs::create_dir(&other).expect("a directory");
    let provider = fs::read_link(root.join("plugins/terraform-provider-pbs"))
        .expect("the link to the provider");
    std::os::unix::fs::symlink(provider, other.join("terraform-provider-proxmox")).expect("a link");
    let file = root.join("terraform.rc");
    let config = fs::read_to_string(&file).expect("the CLI configuration");
    let line = format!("dev_overrides {{\n    \"somebody/proxmox\" = \"{}\"", other.display());
    fs::write(&file, config.replace("dev_overrides {", &line)).expect("the CLI configuration");
}

#[test]
fn a_state_with_an_unknown_schema_version_is_refused_without_showing_its_secret() {
    every_cli(|world| {
        let secret = create_outside(world, &[("comment", "nightly")]);
        let workspace = world.workspace();
        write_state(
            &workspace,
            THIS_PROVIDER,
            "pbs_api_token",
            &other_token_state(world, &secret, 0),
        );
        let file = workspace.directory().join("terraform.tfstate");
        let text = fs::read_to_string(&file).expect("the state file exists");
        fs::write(&file, text.replace("\"schema_version\":0", "\"schema_version\":9"))
            .expect("the state file");
        workspace.write(&configuration(world, &token("comment = \"nightly\"")));
        let outcome = workspace.run(&["plan"]).failed();
        assert!(!outcome.to_string().contains("<redacted>"), "the error shows the secret");
    });
}
