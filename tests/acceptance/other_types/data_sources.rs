//! The results of the data sources, the order of these results, and the errors for missing objects
//! and missing privileges. The tests compare the results with the objects on the server.

use serde_json::{Value, json};
use test_support::cli::{REQUIRED_PROVIDERS, Workspace, World, every_cli};

/// Creates users, tokens and grants in unsorted order.
fn create_objects(world: &World) {
    let name = |text: &str| world.names.insert_into(text);
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

/// Reads a data source, and returns its attributes from the state.
#[track_caller]
fn read(workspace: &Workspace, type_name: &str, arguments: &str) -> Value {
    workspace.write(&configuration(type_name, arguments));
    workspace.apply();
    workspace.state(&format!("data.{type_name}.it"))
}

fn configuration(type_name: &str, arguments: &str) -> String {
    format!("{REQUIRED_PROVIDERS}data \"{type_name}\" \"it\" {{\n{arguments}\n}}\n")
}

#[test]
fn one_user_and_one_token_have_all_attributes() {
    every_cli(|world| {
        create_objects(world);
        let (workspace, user) = (world.workspace(), world.names.insert_into("<user>"));
        let state = read(&workspace, "pbs_user", &format!("user_id = \"{user}\""));
        assert_eq!(
            state,
            json!({
                "user_id": user, "comment": "Owns tokens", "enabled": false, "first_name": "Ada", "last_name": "Lovelace",
                "email": "ada@example.com", "expiration_date": "2099-12-31T22:59:59Z",
            })
        );
        let arguments = format!("user_id = \"{user}\"\n token_name = \"alpha\"");
        let state = read(&workspace, "pbs_api_token", &arguments);
        assert_eq!(
            state,
            json!({
                "user_id": user, "token_name": "alpha", "id": format!("{user}!alpha"), "comment": "The first", "enabled": false,
                "expiration_date": "2098-01-01T00:00:00Z",
            })
        );
        // An unset comment or date is null. `enabled` has its default, because PBS omits the value.
        let arguments = format!("user_id = \"{user}\"\n token_name = \"zeta\"");
        let state = read(&workspace, "pbs_api_token", &arguments);
        assert_eq!(state["comment"], Value::Null);
        assert_eq!(state["expiration_date"], Value::Null);
        assert_eq!(state["enabled"], json!(true));
    });
}

#[test]
fn lists_are_complete_sorted_and_filtered() {
    every_cli(|world| {
        create_objects(world);
        let workspace = world.workspace();
        // `<other>` is a second user, who has no tokens and no grants.
        let [user, other, path] =
            ["<user>", "<other>", "<path>"].map(|it| world.names.insert_into(it));
        let column = |list: &Value, name: &str| -> Vec<String> {
            let list = list.as_array().expect("a list");
            list.iter().map(|it| it[name].as_str().unwrap_or_default().to_owned()).collect()
        };

        let users = read(&workspace, "pbs_users", "")["users"].clone();
        let ids = column(&users, "user_id");
        assert!(ids.is_sorted() && ids.contains(&"root@pam".to_owned()), "{ids:?}");
        let user_in_list =
            users.as_array().unwrap().iter().find(|it| it["user_id"] == *user).unwrap();
        assert_eq!(
            *user_in_list,
            json!({
                "id": user, "user_id": user, "comment": "Owns tokens", "enabled": false, "first_name": "Ada", "last_name": "Lovelace",
                "email": "ada@example.com", "expiration_date": "2099-12-31T22:59:59Z",
            })
        );
        assert!(ids.contains(&other), "{ids:?}");

        let all = read(&workspace, "pbs_api_tokens", "")["tokens"].clone();
        let ids = column(&all, "id");
        assert!(ids.is_sorted() && ids.iter().any(|id| id.starts_with("root@pam!")), "{ids:?}");
        let tokens_of_user = read(&workspace, "pbs_api_tokens", &format!("user_id = \"{user}\""));
        let expected_ids = ["Beta", "alpha", "zeta"].map(|name| format!("{user}!{name}"));
        assert_eq!(column(&tokens_of_user["tokens"], "id"), expected_ids);
        assert_eq!(
            tokens_of_user["tokens"][1],
            json!({
                "user_id": user, "token_name": "alpha", "id": expected_ids[1], "comment": "The first", "enabled": false,
                "expiration_date": "2098-01-01T00:00:00Z",
            })
        );
        let tokens_of_other = read(&workspace, "pbs_api_tokens", &format!("user_id = \"{other}\""));
        assert_eq!(tokens_of_other["tokens"], json!([]));

        let entry = |path: &str, role: &str, propagate: bool| {
            let id = format!("{path}?{user}?{role}");
            json!({ "id": id, "path": path, "auth_id": user, "role_id": role, "propagate": propagate })
        };
        let (audit, reader) =
            (entry(&path, "DatastoreAudit", false), entry(&path, "DatastoreReader", true));
        let backup = entry(&format!("{path}/ns"), "DatastoreBackup", true);
        let by_user = format!("auth_id = \"{user}\"");
        for (filter, expected) in [
            (by_user.clone(), json!([audit, reader, backup])),
            // A blank filter is ignored.
            (format!("{by_user}\n path = \"\"\n role_id = \"\""), json!([audit, reader, backup])),
            (format!("path = \"{path}\""), json!([audit, reader])),
            (format!("{by_user}\n role_id = \"DatastoreBackup\""), json!([backup])),
            (format!("{by_user}\n path = \"/nowhere\""), json!([])),
        ] {
            assert_eq!(read(&workspace, "pbs_acls", &filter)["acls"], expected, "{filter}");
        }
        let all = read(&workspace, "pbs_acls", "")["acls"].clone();
        let keys: Vec<_> = column(&all, "path");
        assert!(keys.is_sorted() && keys.contains(&"/".to_owned()), "{keys:?}");
    });
}

#[test]
fn the_version_and_the_datastores_are_read() {
    every_cli(|world| {
        let Some(simulator) = world.simulator("datastores of known content") else { return };
        simulator.world(|world| {
            for name in ["zeta", "alpha"] {
                world.datastore_mut(name);
            }
            world.set_datastore_comment("alpha", Some("The first"));
        });
        let workspace = world.workspace();
        let version = read(&workspace, "pbs_version", "");
        assert_eq!(version, json!({ "version": "4.2", "release": "3" }));
        let stores = read(&workspace, "pbs_datastores", "");
        let store = |name: &str, comment: Option<&str>| json!({ "name": name, "comment": comment, "maintenance_mode": null, "mounted": null });
        assert_eq!(
            stores["datastores"],
            json!([
                store("acc", None),
                store("alpha", Some("The first")),
                store("store1", None),
                store("zeta", None)
            ])
        );
        let gib = 1_u64 << 30;
        let store = read(&workspace, "pbs_datastore", "name = \"alpha\"");
        for (attribute, expected) in [
            ("name", json!("alpha")),
            ("comment", json!("The first")),
            ("path", json!("/mnt/datastore/alpha")),
            ("total_bytes", json!(200 * gib)),
            ("used_bytes", json!(20 * gib)),
            ("available_bytes", json!(180 * gib)),
        ] {
            assert_eq!(store[attribute], expected, "{attribute}");
        }
    });
}

#[test]
fn a_missing_object_is_an_error_at_the_attribute_that_names_the_object() {
    every_cli(|world| {
        let workspace = world.workspace();
        let user = world.names.insert_into("<user>");
        for (type_name, attribute, arguments, name) in [
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
            workspace.write(&configuration(type_name, &arguments));
            let errors = workspace.run(&["plan", "-json"]).errors();
            assert!(errors[0].points_at(attribute), "{arguments}: {}", errors[0]);
            let text = errors[0].text();
            assert!(text.contains("There is no") && text.contains(name), "{}", errors[0]);
        }
    });
}

#[test]
fn a_missing_privilege_is_an_error_or_warning_that_names_the_privilege() {
    every_cli(|world| {
        create_objects(world);
        let mut workspace = world.workspace();
        workspace.set_env("PBS_API_TOKEN", &world.powerless_token());
        let user = world.names.insert_into("<user>");
        for (type_name, arguments, privilege, path) in [
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
            workspace.write(&configuration(type_name, &arguments));
            let errors = workspace.run(&["plan", "-json"]).errors();
            let text = errors[0].text();
            assert!(
                text.contains(&format!("`{privilege}`")) && text.contains(&format!("`{path}`")),
                "{type_name}: {}",
                errors[0]
            );
        }
        // An incomplete list is no error. A warning says that objects may be missing.
        for (type_name, missing) in [
            ("pbs_acls", "`Sys.Audit` on `/access/acl`"),
            ("pbs_users", "`Sys.Audit` on `/access/users`"),
            ("pbs_api_tokens", "`Sys.Audit` on `/access/users`"),
            ("pbs_datastores", "`Datastore.Audit` or `Datastore.Backup` on `/datastore`"),
        ] {
            for (workspace, expected) in [(&world.workspace(), 0), (&workspace, 1)] {
                workspace.write(&configuration(type_name, ""));
                let plan = workspace.run(&["plan", "-json"]).succeeded();
                let warnings: Vec<_> = plan.diagnostics().iter().map(|it| it.text()).collect();
                let count = warnings.iter().filter(|text| text.contains(missing)).count();
                assert_eq!(count, expected, "{type_name}: {warnings:?}");
            }
        }
        // The token without privileges belongs to `<other>`. PBS shows this user only itself.
        let visible_users = read(&workspace, "pbs_users", "")["users"].clone();
        assert_eq!(visible_users[0]["user_id"], json!(world.names.insert_into("<other>")));
        assert_eq!(visible_users.as_array().map(Vec::len), Some(1));
        assert_eq!(read(&workspace, "pbs_datastores", "")["datastores"], json!([]));
    });
}

/// The data source `pbs_certificate` needs no credential. It reads a certificate even if the
/// provider does not trust the certificate.
#[test]
fn the_certificate_data_source_returns_the_fingerprint_and_whether_it_was_verified() {
    every_cli(|world| {
        let mut workspace = world.workspace();
        workspace.write(&configuration("pbs_certificate", ""));
        let read = |workspace: &Workspace| {
            let outcome = workspace.run(&["apply", "-auto-approve", "-json"]).succeeded();
            let warnings: Vec<_> = outcome.diagnostics().iter().map(|it| it.text()).collect();
            let unverified = warnings.iter().any(|text| text.contains("unverified certificate"));
            (workspace.state("data.pbs_certificate.it"), unverified)
        };

        workspace.set_env("PBS_API_TOKEN", "");
        let (state, unverified) = read(&workspace);
        assert_eq!((&state["verified"], unverified), (&json!(true), false));

        workspace.set_env("PBS_FINGERPRINT", "");
        let (state, unverified) = read(&workspace);
        assert_eq!((&state["verified"], unverified), (&json!(false), true));
        let fingerprint = state["fingerprint"].as_str().expect("a string");
        assert_eq!(fingerprint, world.fingerprint().to_lowercase());
        let pairs: Vec<_> = fingerprint.split(':').collect();
        let pair = |pair: &&str| pair.len() == 2 && pair.chars().all(|c| c.is_ascii_hexdigit());
        assert!(pairs.len() == 32 && pairs.iter().all(pair), "{fingerprint}");
        let pem = state["pem"].as_str().expect("a string").to_owned();
        assert!(pem.starts_with("-----BEGIN CERTIFICATE-----\n"), "{pem}");
        for name in ["subject", "issuer", "valid_from", "valid_until"] {
            assert!(state[name].as_str().is_some_and(|text| !text.is_empty()), "{name}: {state}");
        }

        workspace.set_env("PBS_CA_CERTIFICATE", &pem);
        let (state, unverified) = read(&workspace);
        assert_eq!((&state["verified"], unverified), (&json!(true), false));
        workspace.set_env("PBS_CA_CERTIFICATE", "");

        workspace.set_env("PBS_INSECURE", "true");
        let (state, unverified) = read(&workspace);
        assert_eq!((&state["verified"], unverified), (&json!(false), true));
        workspace.set_env("PBS_INSECURE", "");

        workspace.set_env("PBS_FINGERPRINT", &["00"; 32].join(":"));
        let errors = workspace.run(&["plan", "-json"]).errors();
        let text = errors[0].text();
        assert!(text.contains("fingerprint"), "{}", errors[0]);

        // The data source `pbs_version` fails if the server is not trusted.
        workspace.set_env("PBS_FINGERPRINT", "");
        workspace.write(&configuration("pbs_version", ""));
        let errors = workspace.run(&["plan", "-json"]).errors();
        assert!(!errors[0].text().is_empty());
    });
}
