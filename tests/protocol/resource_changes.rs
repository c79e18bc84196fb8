//! Validate, plan, apply and read a managed resource.

use serde_json::{Value as Json, json};

use crate::harness::{Host, Stored, agrees};

const CRASHED: &str = "The provider crashed: This is a bug in the provider";

#[tokio::test]
async fn a_resource_is_created_read_updated_and_destroyed() {
    let host = Host::start().await;
    let config = json!({
        "name": "a", "note": "07", "password": "p", "password_version": 1, "limits": {},
        "steps": [{"run": "x", "token": "t"}, {"run": "y"}],
        "grants": [{"path": "/a"}, {"path": "/b", "role": "writer"}], "links": {"k": {"url": "u"}},
    });
    let planned = host.plan(&Stored::default(), config.clone()).await;
    assert_eq!((planned.diagnostics(), planned.requires_replace()), (vec![], vec![]));
    assert_eq!(planned.identity(), json!({"name": "a"}));
    let state = planned.state();
    assert_eq!(state["note"], "07");
    assert_eq!(
        (&state["size"], &state["id"], &state["secret"]),
        (&json!("?"), &json!("?"), &json!("?"))
    );
    assert_eq!((&state["password"], &state["steps"][0]["token"]), (&Json::Null, &Json::Null));
    assert_eq!(state["limits"], json!({"soft": 1, "hard": null}));
    assert_eq!(state["grants"][0], json!({"path": "/a", "role": "reader", "id": "?"}));

    let created = host.apply(&planned).await;
    assert_eq!(created.diagnostics, [""; 0]);
    assert_eq!(agrees(&state, &created.state), Ok(()));
    assert_eq!(
        (created.private.as_slice(), &created.identity),
        (&b"made"[..], &json!({"name": "a"}))
    );
    assert_eq!((&created.state["size"], &created.state["secret"]), (&json!(10), &json!("first")));
    assert_eq!(
        (&created.state["password"], &created.state["steps"][0]["token"]),
        (&Json::Null, &Json::Null)
    );
    assert!(
        host.backend.has_recorded(r#"create a, password Some("p")"#),
        "{:?}",
        host.backend.events()
    );

    // The server returns the note in another form. The server also returns the passwords. The
    // provider stores neither the other form nor the passwords in the state.
    let read = host.read(&created).await;
    assert_eq!(agrees(&created.state, &read.state), Ok(()));
    assert_eq!(
        (&read.private, &read.identity, &read.diagnostics),
        (&created.private, &created.identity, &vec![])
    );
    assert!(host.backend.has_recorded(r#"read a, private "made""#), "{:?}", host.backend.events());
    let second_plan = host.plan(&created, config.clone()).await;
    assert_eq!(
        (agrees(&created.state, &second_plan.state()), second_plan.requires_replace()),
        (Ok(()), vec![])
    );
    assert_eq!(second_plan.response.planned_private, b"made");

    let mut other = config.clone();
    other["note"] = json!("8");
    let updated = host.change(&created, other.clone()).await;
    assert_eq!((&updated.state["note"], &updated.state["secret"]), (&json!("8"), &json!("first")));
    other["password"] = json!("q");
    other["password_version"] = json!(2);
    let updated = host.change(&updated, other).await;
    assert_eq!(
        (&updated.state["secret"], &updated.state["password"]),
        (&json!("renewed"), &Json::Null)
    );
    assert!(
        host.backend.has_recorded(r#"update a, password Some("q")"#),
        "{:?}",
        host.backend.events()
    );

    let destroyed = host.change(&updated, Json::Null).await;
    assert_eq!(
        (destroyed.state, destroyed.identity, destroyed.diagnostics.len()),
        (Json::Null, Json::Null, 0)
    );
    assert!(host.backend.has_recorded("delete a"));
    assert_eq!(host.read(&updated).await.state, Json::Null);
}

#[tokio::test]
async fn a_plan_to_destroy_is_null_and_keeps_the_identity() {
    let host = Host::start().await;
    let stored = host.create(json!({"name": "a"})).await;
    let planned = host.plan(&stored, Json::Null).await;
    assert_eq!(
        (planned.state(), planned.diagnostics(), planned.requires_replace()),
        (Json::Null, vec![], vec![])
    );
    assert_eq!(planned.identity(), json!({"name": "a"}));
    let stored = host.create(json!({"name": "b", "behave": "destroy:warn"})).await;
    let planned = host.plan(&stored, Json::Null).await;
    assert_eq!(planned.diagnostics(), ["warning: Warned: While in destroy."]);
    assert_eq!(planned.state(), Json::Null);
}

#[tokio::test]
async fn a_plan_names_the_paths_that_require_a_replacement() {
    let host = Host::start().await;
    let stored = host.create(json!({"name": "a", "links": {"k": {"url": "u"}}})).await;
    for (config, expected) in [
        (json!({"name": "a", "note": "n", "links": {"k": {"url": "u"}}}), &[][..]),
        (json!({"name": "b", "links": {"k": {"url": "u"}}}), &["name"]),
        (json!({"name": "a", "links": {"k": {"url": "v"}}}), &[r#"links["k"].url"#]),
        (json!({"name": "a", "links": {"k": {"url": "?refined"}}}), &[r#"links["k"].url"#]),
    ] {
        assert_eq!(
            host.plan(&stored, config.clone()).await.requires_replace(),
            expected,
            "{config}"
        );
        // The same configuration for a new object requires no replacement.
        assert!(host.plan(&Stored::default(), config).await.requires_replace().is_empty());
    }
}

#[tokio::test]
async fn the_plan_drops_the_refinements_of_unknown_values() {
    let host = Host::start().await;
    for unknown in ["?", "?refined"] {
        let config = json!({
            "name": unknown, "size": unknown, "tags": {"a": unknown}, "grants": unknown,
            "steps": [{"run": unknown}],
        });
        let planned = host.plan(&Stored::default(), config).await;
        let (state, diagnostics) = (planned.state(), planned.diagnostics());
        assert_eq!((diagnostics, planned.identity()), (vec![], Json::Null));
        assert_eq!(
            (&state["name"], &state["size"], &state["grants"]),
            (&json!("?"), &json!("?"), &json!("?"))
        );
        assert_eq!((&state["tags"]["a"], &state["steps"][0]["run"]), (&json!("?"), &json!("?")));
    }
}

#[tokio::test]
async fn numbers_keep_all_digits_or_are_refused() {
    let host = Host::start().await;
    for (sent, stored) in [
        (json!(0.25), json!(0.25)),
        (json!("0.25"), json!(0.25)),
        (json!("0.1"), json!("0.1")),
        (json!(1.5e300), json!(1.5e300)),
        (json!(-7), json!(-7)),
        (json!(7.0), json!(7)),
        (json!("123456789012345678901234567890.5"), json!("123456789012345678901234567890.5")),
        (json!(18_446_744_073_709_551_615_u64), json!(18_446_744_073_709_551_615_u64)),
    ] {
        let planned = host.plan(&Stored::default(), json!({"name": "a", "ratio": sent})).await;
        assert_eq!((&planned.state()["ratio"], planned.diagnostics()), (&stored, vec![]));
    }
    let stored = host.create(json!({"name": "a", "big": u64::MAX, "ratio": 0.25})).await;
    assert_eq!((&stored.state["big"], &stored.state["ratio"]), (&json!(u64::MAX), &json!(0.25)));
    // The Rust type of the attribute `ratio` (f64) cannot represent 0.1 exactly. The provider
    // refuses such a number before it changes the server.
    let planned = host.plan(&Stored::default(), json!({"name": "b", "ratio": "0.1"})).await;
    let refused = host.apply(&planned).await;
    assert_eq!(
        refused.diagnostics,
        [
            "error: ratio: Could not create test_thing: expected a number that 64-bit floating point holds exactly"
        ]
    );
    assert_eq!(refused.state, Json::Null);
    assert!(!host.backend.events().iter().any(|event| event.starts_with("create b")));
}

#[tokio::test]
async fn an_invalid_configuration_is_an_error_at_its_attribute() {
    let host = Host::start().await;
    for (config, expected) in [
        (json!({"name": "a", "password": "p", "steps": [{"run": "x", "token": "t"}]}), &[][..]),
        (json!({"name": "?"}), &[]),
        (json!({"name": "bad"}), &["error: name: Bad name: Choose another."]),
        (
            json!({"name": " bad"}),
            &[
                "error: name: Invalid name: The value begins or ends with white space, which is not allowed. Remove the white space.",
            ],
        ),
        (
            json!({"name": "a", "size": 1001}),
            &["error: size: Invalid size: The value must be a whole number from 0 to 1000."],
        ),
        (
            json!({"name": "a", "id": "x"}),
            &[
                "error: id: Read-only attribute: Only the provider can set this attribute. Remove the attribute from the configuration.",
            ],
        ),
        (
            json!({"name": "a", "steps": [{"run": "x"}, {"run": "x "}]}),
            &[
                "error: steps[1].run: Invalid steps[1].run: The value begins or ends with white space, which is not allowed. Remove the white space.",
            ],
        ),
        (
            json!({"name": "a", "behave": "validate:fail"}),
            &["error: Invalid test_thing: On purpose, in validate."],
        ),
    ] {
        assert_eq!(host.validate(config, true).await, expected);
    }
    let diagnostics = host
        .validate(
            json!({"name": "a", "password": "p", "steps": [{"run": "x", "token": "t"}]}),
            false,
        )
        .await;
    assert_eq!(diagnostics.len(), 2);
    assert!(
        diagnostics[0].starts_with("error: password: Write-only attribute needs a newer client: "),
        "{diagnostics:?}"
    );
    assert!(
        diagnostics[1].starts_with("error: steps[0].token: Write-only attribute needs"),
        "{diagnostics:?}"
    );
    assert!(host.validate(json!({"name": "a"}), false).await.is_empty());
}

#[tokio::test]
async fn an_error_after_the_checkpoint_of_a_creation_becomes_a_warning() {
    let host = Host::start().await;
    for (mode, diagnostics) in [
        ("created:fail", "warning: Could not create test_thing: On purpose, in created."),
        ("created:panic", CRASHED),
    ] {
        let config = json!({"name": "a", "behave": mode, "note": "07", "password": "p", "steps": [{"run": "x", "token": "t"}]});
        let stored = host.create(config).await;
        assert_eq!(
            (&stored.state["secret"], &stored.state["note"]),
            (&json!("first"), &json!("07"))
        );
        assert_eq!(
            (&stored.state["password"], &stored.state["steps"][0]["token"]),
            (&Json::Null, &Json::Null)
        );
        assert_eq!((stored.diagnostics.len(), &stored.identity), (1, &json!({"name": "a"})));
        assert!(
            stored.diagnostics[0].starts_with("warning")
                && stored.diagnostics[0].contains(diagnostics),
            "{:?}",
            stored.diagnostics
        );
        assert_eq!(stored.private, b"made");
    }
}

#[tokio::test]
async fn an_error_after_a_tainted_checkpoint_stays_an_error_and_keeps_the_state() {
    let host = Host::start().await;
    let config = json!({"name": "a", "behave": "created:fail left:", "note": "07", "password": "p", "steps": [{"run": "x", "token": "t"}]});
    let stored = host.create(config.clone()).await;
    assert_eq!(stored.diagnostics, ["error: Could not create test_thing: On purpose, in created."]);
    assert_eq!((&stored.state["id"], &stored.identity), (&json!("id-a"), &json!({"name": "a"})));
    assert_eq!(
        (&stored.state["password"], &stored.state["steps"][0]["token"]),
        (&Json::Null, &Json::Null)
    );
    let before = host.create(json!({"name": "a"})).await;
    let mut config = config;
    config["behave"] = json!("updated:fail left:");
    let stored = host.change(&before, config).await;
    assert_eq!(stored.diagnostics, ["error: Could not update test_thing: On purpose, in updated."]);
    assert_eq!(
        (&stored.state["password"], &stored.state["steps"][0]["token"]),
        (&Json::Null, &Json::Null)
    );
}

#[tokio::test]
async fn an_error_before_the_checkpoint_of_a_creation_leaves_no_state() {
    let host = Host::start().await;
    for mode in ["create:fail", "create:panic"] {
        let stored = host.create(json!({"name": "a", "behave": mode})).await;
        assert_eq!(
            (&stored.state, &stored.identity, stored.diagnostics.len()),
            (&Json::Null, &Json::Null, 1)
        );
        assert!(stored.diagnostics[0].starts_with("error"), "{:?}", stored.diagnostics);
    }
}

#[tokio::test]
async fn a_failed_update_or_delete_returns_the_state_of_the_server() {
    let host = Host::start().await;
    let before = host.create(json!({"name": "a", "note": "07", "password_version": 1})).await;
    for (mode, saved) in [
        ("update:fail", false),
        ("update:panic", false),
        ("updated:fail", true),
        ("updated:panic", true),
    ] {
        let config = json!({"name": "a", "note": "7", "behave": mode, "password": "p", "password_version": 2, "steps": [{"run": "x", "token": "t"}]});
        let stored = host.change(&before, config).await;
        assert_eq!(stored.diagnostics.len(), 1);
        assert!(stored.diagnostics[0].starts_with("error"), "{:?}", stored.diagnostics);
        assert_eq!(stored.identity, json!({"name": "a"}));
        match saved {
            false => assert_eq!(stored.state, before.state, "{mode}"),
            true => {
                assert_eq!(
                    (&stored.state["secret"], &stored.state["password_version"]),
                    (&json!("renewed"), &json!(2))
                );
                assert_eq!(
                    (&stored.state["password"], &stored.state["steps"][0]["token"]),
                    (&Json::Null, &Json::Null),
                    "{mode}"
                );
                assert_eq!(stored.state["note"], "07");
            }
        }
    }
    let stored = host.create(json!({"name": "b", "behave": "delete:fail"})).await;
    let failed = host.change(&stored, Json::Null).await;
    assert_eq!(
        (&failed.state, &failed.diagnostics[..]),
        (
            &stored.state,
            &["error: Could not delete test_thing: On purpose, in delete.".to_owned()][..]
        )
    );
}

#[tokio::test]
async fn a_failed_read_or_plan_is_an_error() {
    let host = Host::start().await;
    for (mode, diagnostics) in
        [("fail", "error: Could not read test_thing: On purpose, in read."), ("panic", CRASHED)]
    {
        let stored = host.create(json!({"name": mode, "behave": format!("read:{mode}")})).await;
        let read = host.read(&stored).await;
        assert_eq!((read.state, read.diagnostics.len()), (Json::Null, 1));
        assert!(read.diagnostics[0].contains(diagnostics), "{:?}", read.diagnostics);
        let planned =
            host.plan(&stored, json!({"name": mode, "behave": format!("plan:{mode}")})).await;
        assert!(
            planned.response.planned_state.is_none()
                && planned.diagnostics()[0].starts_with("error")
        );
    }
    let stored = host.create(json!({"name": "a", "behave": "read:warn"})).await;
    let read = host.read(&stored).await;
    assert_eq!(
        (read.state, read.diagnostics),
        (stored.state, vec!["warning: Warned: While in read.".to_owned()])
    );
}
