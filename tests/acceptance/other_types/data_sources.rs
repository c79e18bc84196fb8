//! What the data sources tell, compared with what the server has; that it is sorted; and what they say where there is nothing to
//! tell, or nobody may know.

use serde_json::{Value, json};
use test_support::cli::{REQUIRED_PROVIDERS, Workspace, World, every_cli};

/// Users, tokens, grants and groups, made in an order that is not the sorted one.
fn furnish(world: &World) {
    let name = |text: &str| world.names.fill(text);
    let user = name("<user>");
    world.api.put(
        &format!("/access/users/{user}"),
        &[
            ("comment", "Owns tokens"),
            ("firstname", "Ada"),
            ("lastname", "Lovelace"),
            ("email", "ada@example.com"),
            ("expire", "4102441199"),
            ("enable", "0"),
        ],
    );
    for (token, form) in [
        ("zeta", &[][..]),
        ("alpha", &[("comment", "The first"), ("expire", "4039372800"), ("enable", "0")]),
        ("Beta", &[]),
    ] {
        world.api.post(&format!("/access/users/{user}/token/{token}"), form);
    }
    let path = name("<path>");
    for (path, role, propagate) in [
        (path.clone(), "DatastoreReader", "1"),
        (format!("{path}/ns"), "DatastoreBackup", "1"),
        (path, "DatastoreAudit", "0"),
    ] {
        let entry =
            [("path", path.as_str()), ("auth-id", &user), ("role", role), ("propagate", propagate)];
        world.api.put("/access/acl", &entry);
    }
}

/// Reads one data source, and what the state then holds of it.
#[track_caller]
fn read(workspace: &Workspace, kind: &str, arguments: &str) -> Value {
    workspace.write(&configuration(kind, arguments));
    workspace.apply();
    workspace.state(&format!("data.{kind}.it"))
}

fn configuration(kind: &str, arguments: &str) -> String {
    format!("{REQUIRED_PROVIDERS}data \"{kind}\" \"it\" {{\n{arguments}\n}}\n")
}

#[test]
fn one_user_and_one_token_are_told_in_full() {
    every_cli(|world| {
        furnish(world);
        let (workspace, user) = (world.workspace(), world.names.fill("<user>"));
        let found = read(&workspace, "pbs_user", &format!("user_id = \"{user}\""));
        assert_eq!(
            found,
            json!({
                "user_id": user, "comment": "Owns tokens", "enabled": false, "first_name": "Ada", "last_name": "Lovelace",
                "email": "ada@example.com", "expiration_date": "2099-12-31T22:59:59Z",
            })
        );
        let arguments = format!("user_id = \"{user}\"\n token_name = \"alpha\"");
        let found = read(&workspace, "pbs_api_token", &arguments);
        assert_eq!(
            found,
            json!({
                "user_id": user, "token_name": "alpha", "id": format!("{user}!alpha"), "comment": "The first", "enabled": false,
                "expiration_date": "2098-01-01T00:00:00Z",
            })
        );
        // What is not set is null, and what PBS leaves out is its default.
        let arguments = format!("user_id = \"{user}\"\n token_name = \"zeta\"");
        let found = read(&workspace, "pbs_api_token", &arguments);
        assert_eq!(found["comment"], Value::Null);
        assert_eq!(found["expiration_date"], Value::Null);
        assert_eq!(found["enabled"], json!(true));
    });
}

#[test]
fn lists_are_sorted_filtered_and_complete() {
    every_cli(|world| {
        furnish(world);
        let workspace = world.workspace();
        let [user, other, path] = ["<user>", "<other>", "<path>"].map(|it| world.names.fill(it));
        let column = |list: &Value, name: &str| -> Vec<String> {
            let list = list.as_array().expect("a list");
            list.iter().map(|it| it[name].as_str().unwrap_or_default().to_owned()).collect()
        };

        let users = read(&workspace, "pbs_users", "")["users"].clone();
        let ids = column(&users, "user_id");
        assert!(ids.is_sorted() && ids.contains(&"root@pam".to_owned()), "{ids:?}");
        let own = users.as_array().unwrap().iter().find(|it| it["user_id"] == *user).unwrap();
        assert_eq!(
            *own,
            json!({
                "user_id": user, "comment": "Owns tokens", "enabled": false, "first_name": "Ada", "last_name": "Lovelace",
                "email": "ada@example.com", "expiration_date": "2099-12-31T22:59:59Z",
            })
        );
        assert!(ids.contains(&other), "{ids:?}");

        let all = read(&workspace, "pbs_api_tokens", "")["tokens"].clone();
        let ids = column(&all, "id");
        assert!(ids.is_sorted() && ids.iter().any(|id| id.starts_with("root@pam!")), "{ids:?}");
        let some = read(&workspace, "pbs_api_tokens", &format!("user_id = \"{user}\""));
        let wanted = ["Beta", "alpha", "zeta"].map(|name| format!("{user}!{name}"));
        assert_eq!(column(&some["tokens"], "id"), wanted);
        assert_eq!(
            some["tokens"][1],
            json!({
                "user_id": user, "token_name": "alpha", "id": wanted[1], "comment": "The first", "enabled": false,
                "expiration_date": "2098-01-01T00:00:00Z",
            })
        );
        let none = read(&workspace, "pbs_api_tokens", &format!("user_id = \"{other}\""));
        assert_eq!(none["tokens"], json!([]));

        let entry = |path: &str, role: &str, propagate: bool| json!({ "path": path, "auth_id": user, "role_id": role, "propagate": propagate });
        let (audit, reader) =
            (entry(&path, "DatastoreAudit", false), entry(&path, "DatastoreReader", true));
        let backup = entry(&format!("{path}/ns"), "DatastoreBackup", true);
        let of_user = format!("auth_id = \"{user}\"");
        for (filter, wanted) in [
            (of_user.clone(), json!([audit, reader, backup])),
            // An empty filter is none.
            (format!("{of_user}\n path = \"\"\n role_id = \"\""), json!([audit, reader, backup])),
            (format!("path = \"{path}\""), json!([audit, reader])),
            (format!("{of_user}\n role_id = \"DatastoreBackup\""), json!([backup])),
            (format!("{of_user}\n path = \"/nowhere\""), json!([])),
        ] {
            assert_eq!(read(&workspace, "pbs_acls", &filter)["acls"], wanted, "{filter}");
        }
        let all = read(&workspace, "pbs_acls", "")["acls"].clone();
        let keys: Vec<_> = column(&all, "path");
        assert!(keys.is_sorted() && keys.contains(&"/".to_owned()), "{keys:?}");
    });
}

#[test]
fn version_and_datastores_are_told() {
    every_cli(|world| {
        let Some(simulator) = world.simulator("datastores of known content") else { return };
        simulator.world(|world| {
            for name in ["zeta", "alpha"] {
                world.datastore_mut(name);
            }
            world.datastore_mut("alpha").comment = Some("The first".into());
        });
        let workspace = world.workspace();
        let version = read(&workspace, "pbs_version", "");
        assert_eq!(version, json!({ "version": "4.2", "release": "3" }));
        let stores = read(&workspace, "pbs_datastores", "");
        assert_eq!(
            stores["datastores"],
            json!([
                { "name": "alpha", "comment": "The first" }, { "name": "store1", "comment": null },
                { "name": "zeta", "comment": null },
            ])
        );
        let gib = 1_u64 << 30;
        assert_eq!(
            read(&workspace, "pbs_datastore", "name = \"alpha\""),
            json!({
                "name": "alpha", "comment": "The first", "path": "/mnt/datastore/alpha", "total_bytes": 200 * gib,
                "used_bytes": 20 * gib, "available_bytes": 180 * gib,
            })
        );
    });
}

#[test]
fn what_is_not_there_is_an_error_at_the_attribute_that_names_it() {
    every_cli(|world| {
        let workspace = world.workspace();
        let user = world.names.fill("<user>");
        for (kind, attribute, arguments, named) in [
            ("pbs_user", "user_id", "user_id = \"nobody@pbs\"".to_owned(), "nobody@pbs"),
            (
                "pbs_api_token",
                "token_name",
                format!("user_id = \"{user}\"\n token_name = \"none\""),
                "!none",
            ),
            (
                "pbs_api_token",
                "token_name",
                "user_id = \"nobody@pbs\"\n token_name = \"none\"".to_owned(),
                "nobody@pbs!none",
            ),
            ("pbs_datastore", "name", "name = \"nowhere\"".to_owned(), "nowhere"),
        ] {
            workspace.write(&configuration(kind, &arguments));
            let errors = workspace.run(&["plan", "-json"]).errors();
            assert!(errors[0].points_at(attribute), "{arguments}: {}", errors[0]);
            let text = errors[0].text();
            assert!(text.contains("There is no") && text.contains(named), "{}", errors[0]);
        }
    });
}

#[test]
fn who_may_not_see_it_is_told_which_privilege_that_takes() {
    every_cli(|world| {
        furnish(world);
        let mut workspace = world.workspace();
        workspace.set("PBS_API_TOKEN", &world.powerless_token());
        let user = world.names.fill("<user>");
        for (kind, arguments, privilege, on) in [
            ("pbs_user", format!("user_id = \"{user}\""), "Sys.Audit", "/access/users"),
            (
                "pbs_api_token",
                format!("user_id = \"{user}\"\n token_name = \"alpha\""),
                "Sys.Audit",
                "/access/users",
            ),
            ("pbs_api_tokens", format!("user_id = \"{user}\""), "Sys.Audit", "/access/users"),
            ("pbs_datastore", "name = \"store1\"".into(), "Datastore.Audit", "/datastore/store1"),
        ] {
            workspace.write(&configuration(kind, &arguments));
            let errors = workspace.run(&["plan", "-json"]).errors();
            let text = errors[0].text();
            assert!(
                text.contains(&format!("`{privilege}`")) && text.contains(&format!("`{on}`")),
                "{kind}: {}",
                errors[0]
            );
        }
        // A part is no error, but nobody may take it for the whole.
        workspace.write(&configuration("pbs_acls", ""));
        let outcome = workspace.run(&["plan", "-json"]).succeeded();
        let said: Vec<_> = outcome.diagnostics().iter().map(|it| it.text()).collect();
        let warned = said.iter().any(|text| text.contains("`Sys.Audit` on `/access/acl`"));
        assert!(warned, "nobody says that the grants may be a part: {said:?}");
        let own = read(&workspace, "pbs_users", "")["users"].clone();
        assert_eq!(own[0]["user_id"], json!(world.names.fill("<other>")));
        assert_eq!(own.as_array().map(Vec::len), Some(1));
        assert_eq!(read(&workspace, "pbs_datastores", "")["datastores"], json!([]));
    });
}

/// What can be told without any credential, and before anything is trusted.
#[test]
fn the_certificate_is_told_as_proxmox_ve_wants_it_and_with_who_vouched_for_it() {
    every_cli(|world| {
        let mut workspace = world.workspace();
        workspace.write(&configuration("pbs_certificate", ""));
        let look = |workspace: &Workspace| {
            let outcome = workspace.run(&["apply", "-auto-approve", "-json"]).succeeded();
            let said: Vec<_> = outcome.diagnostics().iter().map(|it| it.text()).collect();
            let unverified = said.iter().any(|text| text.contains("Nothing vouches"));
            (workspace.state("data.pbs_certificate.it"), unverified)
        };

        workspace.set("PBS_API_TOKEN", "");
        let (found, unverified) = look(&workspace);
        assert_eq!((&found["verified"], unverified), (&json!(true), false));

        workspace.set("PBS_FINGERPRINT", "");
        let (found, unverified) = look(&workspace);
        assert_eq!((&found["verified"], unverified), (&json!(false), true));
        let told = found["fingerprint"].as_str().expect("it is a text");
        assert_eq!(told, world.fingerprint().to_lowercase());
        let pairs: Vec<_> = told.split(':').collect();
        let pair = |pair: &&str| pair.len() == 2 && pair.chars().all(|c| c.is_ascii_hexdigit());
        assert!(pairs.len() == 32 && pairs.iter().all(pair), "{told}");
        let pem = found["pem"].as_str().expect("it is a text").to_owned();
        assert!(pem.starts_with("-----BEGIN CERTIFICATE-----\n"), "{pem}");
        for name in ["subject", "issuer", "valid_from", "valid_until"] {
            assert!(found[name].as_str().is_some_and(|text| !text.is_empty()), "{name}: {found}");
        }

        workspace.set("PBS_CA_CERTIFICATE", &pem);
        let (found, unverified) = look(&workspace);
        assert_eq!((&found["verified"], unverified), (&json!(true), false));
        workspace.set("PBS_CA_CERTIFICATE", "");

        workspace.set("PBS_INSECURE", "true");
        let (found, unverified) = look(&workspace);
        assert_eq!((&found["verified"], unverified), (&json!(false), true));
        workspace.set("PBS_INSECURE", "");

        workspace.set("PBS_FINGERPRINT", &["00"; 32].join(":"));
        let errors = workspace.run(&["plan", "-json"]).errors();
        let text = errors[0].text();
        assert!(text.contains("fingerprint"), "{}", errors[0]);

        // Nothing else works where nothing vouches for the server.
        workspace.set("PBS_FINGERPRINT", "");
        workspace.write(&configuration("pbs_version", ""));
        let errors = workspace.run(&["plan", "-json"]).errors();
        assert!(!errors[0].text().is_empty());
    });
}
