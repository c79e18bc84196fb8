//! Coming from elsewhere: states as other providers write them. The secret survives, and the first plan shows only true differences.

use std::fs;

use serde_json::{Value, json};
use test_support::cli::{Workspace, World, every_cli};
use xtask::release::Feature;

use super::{TOKEN, actions, api_token, grant, names, token, written};

const OURS: &str = "registry.terraform.io/pbs-rs/pbs";

/// A state file with one resource in it.
fn place(workspace: &Workspace, provider: &str, ty: &str, attributes: &Value) {
    // Terraform notes what the other schema calls sensitive.
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
            "type": ty,
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

/// A token that was made beside Terraform, and its secret.
fn made_by_hand(world: &World, form: &[(&str, &str)]) -> String {
    let url = world.names.fill("/access/users/<user>/token/<token>");
    world.api.post(&url, form)["value"].as_str().expect("a secret").to_owned()
}

/// Another provider's `pbs_api_token`.
fn their_token(world: &World, secret: &str, expire: i64) -> Value {
    json!({
        "userid": world.names.fill("<user>"),
        "token_name": world.names.fill("<token>"),
        "comment": "nightly",
        "enable": true,
        "expire": expire,
        "tokenid": world.names.fill("<user>!<token>"),
        "value": secret,
        "digest": "4e1f8a3d0c2b5a69788f6e5d4c3b2a1900112233445566778899aabbccddeeff",
    })
}

/// `proxmox_backup_server_user_token`.
fn their_user_token(world: &World, secret: &str) -> Value {
    json!({
        "id": world.names.fill("<user>!<token>"),
        "userid": world.names.fill("<user>"),
        "token_name": world.names.fill("<token>"),
        "enable": true,
        "comment": "nightly",
        "value": secret,
    })
}

/// The first plan. Without a refresh, Terraform itself notes that another attribute is sensitive now.
#[track_caller]
fn unchanged(workspace: &Workspace) {
    let outcome = workspace.run(&["plan", "-detailed-exitcode"]);
    assert!(outcome.code == Some(0), "there should be nothing to do:\n{outcome}");
}

/// The secret is where it was, and works.
#[track_caller]
fn survived(world: &World, workspace: &Workspace, secret: &str) {
    let kept = api_token(workspace);
    assert!(kept == format!("{}:{secret}", world.names.fill("<user>!<token>")), "another secret");
    assert!(world.api_as(&kept).accepts_credential());
}

#[test]
fn a_token_of_another_provider_of_the_same_name_keeps_its_secret() {
    every_cli(|world| {
        let secret = made_by_hand(world, &[("comment", "nightly"), ("expire", "4070908800")]);
        let workspace = world.workspace();
        place(&workspace, OURS, "pbs_api_token", &their_token(world, &secret, 4_070_908_800));
        let arguments = "comment = \"nightly\"\n expiration_date = \"2099-01-01T01:00:00+01:00\"";
        workspace.write(&written(world, &token(arguments)));
        unchanged(&workspace);
        workspace.apply();
        survived(world, &workspace, &secret);
        assert!(workspace.state(TOKEN)["issued_at"].is_null());

        // What really differs, and nothing else.
        workspace.write(&written(world, &token("comment = \"nightly\"")));
        let plan = workspace.plan(&[]);
        assert_eq!(plan.change(TOKEN).changed(), names(&["expiration_date"]), "{plan}");
        // Its secret is known, so triggers are only recorded.
        workspace.write(&written(
            world,
            &token("comment = \"nightly\"\n rotation_triggers = { n = \"1\" }"),
        ));
        workspace.apply();
        survived(world, &workspace, &secret);
    });
}

#[test]
fn its_defaults_and_its_zeros_are_no_differences() {
    every_cli(|world| {
        let secret = made_by_hand(world, &[("enable", "1"), ("expire", "0")]);
        for (enable, expire, comment) in
            [(Value::Null, Value::Null, Value::Null), (json!(true), json!(0), json!(""))]
        {
            let mut attributes = their_token(world, &secret, 0);
            attributes["enable"] = enable;
            attributes["expire"] = expire;
            attributes["comment"] = comment;
            let workspace = world.workspace();
            place(&workspace, OURS, "pbs_api_token", &attributes);
            workspace.write(&written(world, &token("")));
            unchanged(&workspace);
            workspace.apply();
            survived(world, &workspace, &secret);
        }
        // Whoever imported there has no secret either.
        let mut attributes = their_token(world, "", 0);
        attributes["value"] = Value::Null;
        let workspace = world.workspace();
        place(&workspace, OURS, "pbs_api_token", &attributes);
        workspace.write(&written(world, &token("comment = \"nightly\"")));
        workspace.apply();
        assert!(workspace.state(TOKEN)["secret"].is_null());
    });
}

#[test]
fn its_states_come_over_with_replace_provider() {
    every_cli(|world| {
        let theirs = "registry.terraform.io/somebody/pbs";
        let secret = made_by_hand(world, &[("comment", "nightly")]);
        let workspace = world.workspace();
        place(&workspace, theirs, "pbs_api_token", &their_token(world, &secret, 0));
        workspace.write(&written(world, &token("comment = \"nightly\"")));
        workspace.run(&["state", "replace-provider", "-auto-approve", theirs, OURS]).succeeded();
        unchanged(&workspace);
        workspace.apply();
        survived(world, &workspace, &secret);
    });
}

#[test]
fn grants_and_users_of_another_provider_of_the_same_name_are_read() {
    every_cli(|world| {
        let (user, path) = (world.names.fill("<user>"), world.names.fill("<path>"));
        world.api.put(
            "/access/acl",
            &[("path", &path), ("auth-id", &user), ("role", "Audit"), ("propagate", "0")],
        );
        let grants = super::grants(world);
        let workspace = world.workspace();
        let theirs = json!({ "path": path, "ugid": user, "role_id": "Audit", "propagate": false });
        place(&workspace, OURS, "pbs_acl", &theirs);
        let ours =
            grant("it", "\"<user>\"", "Audit").replace("role_id", "propagate = false\n role_id");
        workspace.write(&written(world, &ours));
        unchanged(&workspace);
        workspace.apply();
        assert_eq!(super::grants(world), grants);

        let other = world.names.fill("<other>");
        let profile = [
            ("comment", "Backups"),
            ("firstname", "Ba"),
            ("lastname", "Ckup"),
            ("email", "b@example.com"),
        ];
        world.api.put(&format!("/access/users/{other}"), &profile);
        let workspace = world.workspace();
        let theirs = json!({
            "userid": other, "enable": true, "expire": 0, "firstname": "Ba", "lastname": "Ckup",
            "email": "b@example.com", "comment": "Backups",
        });
        place(&workspace, OURS, "pbs_user", &theirs);
        let ours = "resource \"pbs_user\" \"it\" {\n user_id = \"<other>\"\n comment = \"Backups\"\n first_name = \"Ba\"\n last_name = \"Ckup\"\n email = \"b@example.com\"\n}\n";
        workspace.write(&written(world, ours));
        unchanged(&workspace);
    });
}

/// With a `moved` block, from another type of a provider that is no longer installed.
#[test]
fn objects_of_other_types_are_moved_with_their_secret() {
    every_cli(|world| {
        if !world.cli.has(Feature::MovedAcrossTypes) {
            return;
        }
        let theirs = "registry.terraform.io/somebody/proxmox";
        let secret = made_by_hand(world, &[("comment", "nightly")]);
        let (user, other, path) =
            (world.names.fill("<user>"), world.names.fill("<other>"), world.names.fill("<path>"));
        world.api.put("/access/acl", &[("path", &path), ("auth-id", &user), ("role", "Audit")]);
        let ours = [
            (
                "proxmox_backup_server_user_token",
                their_user_token(world, &secret),
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
        for (ty, attributes, address, resource) in ours {
            let workspace = world.workspace();
            install_stand_in(&workspace);
            place(&workspace, theirs, ty, &attributes);
            let moved = format!("moved {{\n from = {ty}.it\n to = {address}\n}}\n");
            workspace.write(&written(world, &(resource + &moved)));
            let plan = workspace.plan(&[]);
            actions(&plan, address, &["no-op"]);
            workspace.apply();
            unchanged(&workspace);
            if address == TOKEN {
                survived(world, &workspace, &secret);
            }
        }
    });
}

/// Terraform insists on the other provider being installed, and asks it nothing: any provider will do.
fn install_stand_in(workspace: &Workspace) {
    let room = workspace.directory().parent().expect("it is in a room").to_owned();
    let other = room.join("other");
    fs::create_dir(&other).expect("a directory");
    let provider = fs::read_link(room.join("plugins/terraform-provider-pbs")).expect("ours");
    std::os::unix::fs::symlink(provider, other.join("terraform-provider-proxmox")).expect("a link");
    let file = room.join("terraform.rc");
    let config = fs::read_to_string(&file).expect("the CLI configuration");
    let line = format!("dev_overrides {{\n    \"somebody/proxmox\" = \"{}\"", other.display());
    fs::write(&file, config.replace("dev_overrides {", &line)).expect("the CLI configuration");
}

#[test]
fn a_state_of_a_future_version_is_left_alone() {
    every_cli(|world| {
        let secret = made_by_hand(world, &[("comment", "nightly")]);
        let workspace = world.workspace();
        place(&workspace, OURS, "pbs_api_token", &their_token(world, &secret, 0));
        let file = workspace.directory().join("terraform.tfstate");
        let text = fs::read_to_string(&file).expect("it was written");
        fs::write(&file, text.replace("\"schema_version\":0", "\"schema_version\":9"))
            .expect("the state file");
        workspace.write(&written(world, &token("comment = \"nightly\"")));
        let outcome = workspace.run(&["plan"]).failed();
        assert!(!outcome.to_string().contains("<redacted>"), "the error shows the secret");
    });
}
