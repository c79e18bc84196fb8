//! The client writes and reads users, tokens, grants (ACL entries), roles and datastores.

use pbs_sim::{Settings, Simulator, Version};
use terraform_provider_pbs::pbs::{Client, Secret, Token, TokenChange, User, UserChange};

use crate::{
    all, client, client_as, config, count, entry, new_token, new_user, simulator, token_id, user_id,
};

#[tokio::test]
async fn a_token_is_created_updated_rotated_and_deleted() {
    let sim = simulator();
    let client = client(&sim);
    let mut token = Token {
        comment: Some("created here".to_owned()),
        enabled: false,
        expire: Some(2_000_000_000),
        ..new_token("one@pbs!ci")
    };
    let secret = client.create_token(&token).await.unwrap();
    assert!(sim.world(|world| world.check_secret("one@pbs!ci", secret.expose())));
    assert_eq!(client.token(&token.id).await.unwrap(), Some(token.clone()));
    assert_eq!(client.token_uncached(&token.id).await.unwrap(), Some(token.clone()));

    let change = TokenChange { comment: Some(None), enabled: Some(true), expire: Some(None) };
    client.update_token(&token.id, &change).await.unwrap();
    token = new_token("one@pbs!ci");
    assert_eq!(client.token(&token.id).await.unwrap(), Some(token.clone()));
    assert!(
        sim.world(|world| world.check_secret("one@pbs!ci", secret.expose())),
        "an update must not change the secret"
    );

    client.put_grant(&entry("/datastore/store1", "one@pbs!ci", "DatastoreAudit")).await.unwrap();
    let change = TokenChange { expire: Some(Some(2_100_000_000)), ..TokenChange::default() };
    let new_secret = client.regenerate_token(&token.id, &change).await.unwrap();
    assert!(sim.world(|world| world.check_secret("one@pbs!ci", new_secret.expose())));
    assert_ne!(new_secret.expose(), secret.expose());
    let updated = client.token(&token.id).await.unwrap().unwrap();
    assert_eq!(updated.expire, Some(2_100_000_000));
    assert!(
        client.grants().await.unwrap().iter().any(|entry| entry.auth_id.token() == Some(&token.id))
    );

    client.delete_token(&token.id).await.unwrap();
    assert_eq!(client.token(&token.id).await.unwrap(), None);
    assert!(
        client.grants().await.unwrap().iter().all(|entry| entry.auth_id.token() != Some(&token.id))
    );
    // Deleting a token that does not exist is no error.
    client.delete_token(&token.id).await.unwrap();
}

#[tokio::test]
async fn a_token_with_empty_or_default_fields_is_read_as_enabled_and_never_expiring() {
    let sim = simulator();
    sim.world(|world| {
        let token = pbs_sim::Token {
            comment: Some(String::new()),
            enable: Some(true),
            expire: Some(0),
            secret: "x".into(),
        };
        world.put_token("one@pbs!stored", token);
    });
    let client = client(&sim);
    assert_eq!(
        client.token(&token_id("one@pbs!stored")).await.unwrap(),
        Some(new_token("one@pbs!stored"))
    );
    client.create_token(&new_token("one@pbs!plain")).await.unwrap();
    let created = sim.world(|world| world.tokens()["one@pbs!plain"].clone());
    assert_eq!((created.comment, created.enable, created.expire), (None, None, None));
}

#[tokio::test]
async fn reading_a_missing_object_returns_none() {
    let sim = simulator();
    let client = client(&sim);
    for id in ["one@pbs!nosuch", "ghost@pbs!nosuch", "svc404@pbs!not-found"] {
        assert_eq!(client.token(&token_id(id)).await.unwrap(), None, "{id}");
        client.delete_token(&token_id(id)).await.unwrap();
        let error = client.update_token(&token_id(id), &TokenChange::default()).await.unwrap_err();
        assert_eq!(error.status(), Some(400), "{error}");
    }
    assert_eq!(client.user(&user_id("ghost@pbs")).await.unwrap(), None);
    client.delete_user(&user_id("ghost@pbs")).await.unwrap();
    assert!(client.datastore(&"nostore".parse().unwrap()).await.unwrap().is_none());
}

#[tokio::test]
async fn creating_an_existing_token_or_user_is_an_error() {
    let sim = simulator();
    let client = client(&sim);
    client.create_token(&new_token("one@pbs!ci")).await.unwrap();
    let error = client.create_token(&new_token("one@pbs!ci")).await.unwrap_err();
    assert!(error.already_exists(), "{error}");
    let error = client.create_user(&new_user("one@pbs"), None).await.unwrap_err();
    assert!(error.already_exists(), "{error}");
}

#[tokio::test]
async fn reading_an_object_without_the_needed_privilege_is_an_error() {
    let sim = simulator();
    sim.world(|world| world.add_token("two@pbs!hidden"));
    let weak = client_as(&sim, "one@pbs!weak");
    for id in ["two@pbs!hidden", "two@pbs!nosuch"] {
        let error = weak.token(&token_id(id)).await.unwrap_err();
        assert!(error.is_permission_denied(), "{error}");
        assert!(error.to_string().contains("`Sys.Audit` on `/access/users`"), "{error}");
    }
    assert!(weak.user(&user_id("two@pbs")).await.unwrap_err().is_permission_denied());
}

#[tokio::test]
async fn a_token_of_a_deleted_user_is_listed_only_for_that_user() {
    let sim = simulator();
    sim.world(|world| {
        world.add_token("one@pbs!a");
        world.add_token("one@pbs!b");
        world.add_token("gone@pbs!orphan");
    });
    let client = client(&sim);
    let ids = |tokens: Vec<Token>| {
        let mut ids: Vec<_> = tokens.into_iter().map(|token| token.id.to_string()).collect();
        ids.sort();
        ids
    };
    assert_eq!(
        ids(client.tokens(None).await.unwrap()),
        ["one@pbs!a", "one@pbs!b", "root@pam!admin"]
    );
    assert_eq!(
        ids(client.tokens(Some(&user_id("one@pbs"))).await.unwrap()),
        ["one@pbs!a", "one@pbs!b"]
    );
    assert_eq!(ids(client.tokens(Some(&user_id("two@pbs"))).await.unwrap()), [""; 0]);
    assert_eq!(ids(client.tokens(Some(&user_id("gone@pbs"))).await.unwrap()), ["gone@pbs!orphan"]);
    assert!(client.token(&token_id("gone@pbs!orphan")).await.unwrap().is_some());
}

#[tokio::test]
async fn pbs_3_3_refuses_to_replace_a_secret_but_accepts_other_updates_of_a_token() {
    let sim = Simulator::start(Settings {
        version: Version(3, 3, 2),
        users: vec!["one@pbs".into()],
        ..Settings::default()
    });
    let client = client(&sim);
    assert!(!client.version().await.unwrap().can_regenerate());
    client
        .create_token(&Token { comment: Some("x".into()), ..new_token("one@pbs!ci") })
        .await
        .unwrap();
    let id = token_id("one@pbs!ci");
    let error = client.regenerate_token(&id, &TokenChange::default()).await.unwrap_err();
    assert!(error.is_too_old() && error.to_string().contains("3.4"), "{error}");

    // Another update of the token, here the removal of its comment, does not need PBS 3.4.
    let change = TokenChange { comment: Some(None), ..TokenChange::default() };
    client.update_token(&id, &change).await.unwrap();
    assert_eq!(client.token(&id).await.unwrap().unwrap().comment, None);
}

#[tokio::test]
async fn the_version_is_requested_once() {
    let sim = simulator();
    let client = client(&sim);
    for _ in 0..3 {
        assert_eq!(client.version().await.unwrap().to_string(), "4.2.3");
    }
    assert_eq!(sim.requests().len(), 1);
}

#[tokio::test]
async fn a_user_is_created_updated_and_deleted() {
    let sim = simulator();
    let client = client(&sim);
    let text = |text: &str| Some(text.to_owned());
    let user = User {
        comment: text("created here"),
        enabled: false,
        expire: Some(2_000_000_000),
        firstname: text("Ada"),
        lastname: text("Lovelace"),
        email: text("ada@example.com"),
        ..new_user("ada@pbs")
    };
    client.create_user(&user, Some(&Secret::new("Passw0rd!"))).await.unwrap();
    assert_eq!(client.user(&user.id).await.unwrap(), Some(user.clone()));
    let stored = sim.world(|world| world.users()["ada@pbs"].password.clone());
    assert_eq!(stored.as_deref(), Some("Passw0rd!"));

    let change = UserChange { lastname: Some(text("Byron")), ..UserChange::default() };
    client.update_user(&user.id, &change).await.unwrap();
    let updated = client.user(&user.id).await.unwrap();
    assert_eq!(updated, Some(User { lastname: text("Byron"), ..user.clone() }));

    let cleared = UserChange {
        comment: Some(None),
        enabled: Some(true),
        expire: Some(None),
        firstname: Some(None),
        lastname: Some(None),
        email: Some(None),
    };
    client.update_user(&user.id, &cleared).await.unwrap();
    assert_eq!(client.user(&user.id).await.unwrap(), Some(new_user("ada@pbs")));
    client.delete_user(&user.id).await.unwrap();
    assert_eq!(client.user(&user.id).await.unwrap(), None);
}

#[tokio::test]
async fn a_grant_is_created_changed_and_deleted() {
    let sim = simulator();
    let client = client(&sim);
    let mut grant = entry("/datastore/store1", "one@pbs", "DatastoreReader");
    client.put_grant(&grant).await.unwrap();
    assert!(client.grants().await.unwrap().contains(&grant));
    grant.propagate = false;
    client.put_grant(&grant).await.unwrap();
    assert!(client.grants().await.unwrap().contains(&grant));
    client.delete_grant(&grant).await.unwrap();
    assert!(!client.grants().await.unwrap().contains(&grant));
    client.delete_grant(&grant).await.unwrap();
    let error = client.put_grant(&entry("/", "ghost@pbs", "Audit")).await.unwrap_err();
    assert!(error.to_string().starts_with("PUT /access/acl: 400 no such user"), "{error}");
}

#[tokio::test]
async fn the_list_of_grants_omits_grants_of_groups() {
    let sim = simulator();
    let count_before = client(&sim).grants().await.unwrap().iter().count();
    sim.world(|world| world.put_acl("/", "@admins", "Audit", true));
    let grants = client(&sim).grants().await.unwrap();
    assert_eq!(grants.iter().count(), count_before, "{grants:?}");
}

#[tokio::test]
async fn the_list_of_grants_contains_grants_of_unknown_roles() {
    let sim = simulator();
    let count_before = client(&sim).grants().await.unwrap().iter().count();
    sim.world(|world| world.put_acl("/datastore/store1", "one@pbs", "FutureRole2", true));
    let grants = client(&sim).grants().await.unwrap();
    assert_eq!(grants.iter().count(), count_before + 1, "{grants:?}");
    assert!(grants.contains(&entry("/datastore/store1", "one@pbs", "FutureRole2")));
}

#[tokio::test]
async fn can_see_all_grants_is_false_without_the_needed_privilege() {
    let sim = simulator();
    let weak = client_as(&sim, "one@pbs!weak");
    assert_eq!(weak.grants().await.unwrap().iter().count(), 0);
    assert!(!weak.can_see_all_grants().await.unwrap());
    assert!(client(&sim).can_see_all_grants().await.unwrap());
    let error = weak.put_grant(&entry("/", "two@pbs", "Audit")).await.unwrap_err();
    assert_eq!(error.status(), Some(400), "{error}");
}

#[tokio::test]
async fn a_hundred_concurrent_reads_send_one_request_for_each_list() {
    let sim = simulator();
    sim.world(|world| (0..100).for_each(|n| drop(world.add_token(&format!("one@pbs!t{n}")))));
    let client = client(&sim);
    let reads = (0..100).map(|n| {
        let client = client.clone();
        async move {
            let token = client.token(&token_id(&format!("one@pbs!t{n}"))).await.unwrap();
            let user = client.user(&user_id("one@pbs")).await.unwrap();
            let (acl, roles) = (client.grants().await.unwrap(), client.roles().await.unwrap());
            token.is_some() && user.is_some() && acl.iter().count() > 0 && roles.len() == 18
        }
    });
    assert!(all(reads).await.into_iter().all(|complete| complete));
    for path in ["/access/acl", "/access/users", "/access/roles"] {
        assert_eq!(count(&sim, "GET", path), 1, "{path}");
    }
    assert_eq!(sim.requests().len(), 3);
}

#[tokio::test]
async fn a_new_token_invalidates_the_list_of_tokens_and_not_the_list_of_users() {
    let sim = simulator();
    let client = client(&sim);
    for n in 0..3 {
        assert!(client.user(&user_id("one@pbs")).await.unwrap().is_some());
        client.create_token(&new_token(&format!("one@pbs!t{n}"))).await.unwrap();
    }
    assert_eq!(count(&sim, "GET", "/access/users"), 1);
    assert!(client.token(&token_id("one@pbs!t2")).await.unwrap().is_some());
    assert_eq!(count(&sim, "GET", "/access/users"), 2);
    client.delete_user(&user_id("one@pbs")).await.unwrap();
    assert!(client.user(&user_id("one@pbs")).await.unwrap().is_none());
    assert_eq!(count(&sim, "GET", "/access/users"), 3);
}

#[tokio::test]
async fn permissions_contain_the_privileges_of_a_granted_role() {
    let sim = simulator();
    sim.world(|world| world.put_acl("/datastore/store1", "one@pbs", "DatastoreReader", false));
    let client = client(&sim);
    let (auth, path) = ("one@pbs".parse().unwrap(), "/datastore/store1".parse().unwrap());
    let permissions = client.permissions(Some(&auth), Some(&path)).await.unwrap();
    let propagate = permissions["/datastore/store1"].get("Datastore.Read");
    assert_eq!(propagate, Some(&false), "{permissions:?}");
    assert!(client.permissions(None, None).await.unwrap().contains_key("/"));
}

#[tokio::test]
async fn datastores_and_their_status_are_read() {
    let sim = simulator();
    let client = client(&sim);
    let stores = client.datastores().await.unwrap();
    assert_eq!(stores.len(), 1);
    let name = &stores[0].name;
    assert_eq!(name.as_str(), "store1");
    assert!(client.datastore(name).await.unwrap().unwrap().path.is_some());
    assert!(client.datastore_status(name).await.unwrap().unwrap().total > 0);
    assert!(client.backup_groups(name, None).await.unwrap().is_empty());
}

#[tokio::test]
async fn changing_the_owner_of_a_missing_backup_group_is_an_error() {
    let sim = simulator();
    let client = client(&sim);
    let name = &client.datastores().await.unwrap()[0].name;
    let owner = "one@pbs".parse().unwrap();
    let error = client.change_owner(name, None, "vm", "999", &owner).await.unwrap_err();
    assert_eq!(error.status(), Some(400), "{error}");
}

#[tokio::test]
async fn debug_output_contains_no_secret() {
    let sim = simulator();
    let config = config(&sim);
    let secret = sim.admin_token().split_once(':').unwrap().1;
    let client = Client::new(config.clone()).unwrap();
    let created = client.create_token(&new_token("one@pbs!ci")).await.unwrap();
    let shown = format!("{config:?} {client:?} {created:?} {:?}", client.credentials());
    assert!(!shown.contains(secret) && !shown.contains(created.expose()), "{shown}");
    assert!(!shown.contains("MARKER"));
}

#[tokio::test]
async fn a_grant_that_pbs_cannot_store_is_refused_without_a_request() {
    let sim = simulator();
    let client = client(&sim);
    // If a name in the file of the grants contains a comma, PBS cannot read the file, and refuses
    // every login. PBS reads a name that begins with `@` as a group.
    for subject in ["doe,john@pbs", "a@pbs,b@pbs", "@doe@pbs", "doe,john@pbs!ci"] {
        let error = client.put_grant(&entry("/", subject, "Audit")).await.unwrap_err().to_string();
        assert!(error.contains("expected a user for which PBS can store grants"), "{error}");
    }
    assert!(sim.requests().is_empty());
}

#[tokio::test]
async fn the_error_for_a_path_of_a_newer_version_says_that_the_server_is_too_old() {
    let sim = Simulator::start(Settings {
        version: Version(3, 4, 8),
        users: vec!["one@pbs".into()],
        ..Settings::default()
    });
    let client = client(&sim);
    for (path, too_old) in [("/system/s3-endpoint/x", true), ("/bogus", false)] {
        let error = client.put_grant(&entry(path, "one@pbs", "Audit")).await.unwrap_err();
        let shown = error.to_string();
        assert!(shown.contains(&format!("invalid acl path '{path}'")), "{shown}");
        assert_eq!(shown.contains("too old for this path"), too_old, "{shown}");
    }
}

#[tokio::test]
async fn an_entry_for_a_group_is_no_grant_of_the_user_with_the_same_name() {
    let sim = simulator();
    // PBS reads the subject `@one@pbs` as the group `one@pbs`.
    sim.world(|world| world.put_acl("/", "@one@pbs", "Admin", true));
    let client = client(&sim);
    let grants = client.grants().await.unwrap();
    assert!(grants.of(&"one@pbs".parse().unwrap()).is_empty());
    assert_eq!(sim.world(|world| world.acl()).len(), 2, "the administrator and the group");
}
