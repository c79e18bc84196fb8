//! The life of a managed resource: validate, plan, apply, read.

use crate::harness::{Host, Kept, agrees};
use serde_json::{Value as Json, json};

const CRASHED: &str = "The provider crashed: This is a fault of the provider";

#[tokio::test]
async fn from_creation_to_the_end() {
    let host = Host::start().await;
    let config = json!({
        "name": "a", "note": "07", "password": "p", "password_version": 1, "limits": {},
        "steps": [{"run": "x", "token": "t"}, {"run": "y"}],
        "grants": [{"path": "/a"}, {"path": "/b", "role": "writer"}], "links": {"k": {"url": "u"}},
    });
    let planned = host.plan(&Kept::default(), config.clone()).await;
    assert_eq!((planned.said(), planned.replaces()), (vec![], vec![]));
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
    assert_eq!(created.said, [""; 0]);
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
    assert!(host.world.has_done(r#"create a, password Some("p")"#), "{:?}", host.world.record());

    // The API has lost the form of the note; what it holds of passwords goes nowhere.
    let read = host.read(&created).await;
    assert_eq!(agrees(&created.state, &read.state), Ok(()));
    assert_eq!(
        (&read.private, &read.identity, &read.said),
        (&created.private, &created.identity, &vec![])
    );
    assert!(host.world.has_done(r#"read a, private "made""#), "{:?}", host.world.record());
    let again = host.plan(&created, config.clone()).await;
    assert_eq!((agrees(&created.state, &again.state()), again.replaces()), (Ok(()), vec![]));
    assert_eq!(again.response.planned_private, b"made");

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
    assert!(host.world.has_done(r#"update a, password Some("q")"#), "{:?}", host.world.record());

    let gone = host.change(&updated, Json::Null).await;
    assert_eq!((gone.state, gone.identity, gone.said.len()), (Json::Null, Json::Null, 0));
    assert!(host.world.has_done("delete a"));
    assert_eq!(host.read(&updated).await.state, Json::Null);
}

#[tokio::test]
async fn a_planned_end_is_null_and_keeps_the_identity() {
    let host = Host::start().await;
    let kept = host.create(json!({"name": "a"})).await;
    let planned = host.plan(&kept, Json::Null).await;
    assert_eq!((planned.state(), planned.said(), planned.replaces()), (Json::Null, vec![], vec![]));
    assert_eq!(planned.identity(), json!({"name": "a"}));
    let kept = host.create(json!({"name": "b", "behave": "destroy:warn"})).await;
    let planned = host.plan(&kept, Json::Null).await;
    assert_eq!(planned.said(), ["warning: Warned: While in destroy."]);
    assert_eq!(planned.state(), Json::Null);
}

#[tokio::test]
async fn what_replaces_is_said_by_path() {
    let host = Host::start().await;
    let kept = host.create(json!({"name": "a", "links": {"k": {"url": "u"}}})).await;
    for (config, expected) in [
        (json!({"name": "a", "note": "n", "links": {"k": {"url": "u"}}}), &[][..]),
        (json!({"name": "b", "links": {"k": {"url": "u"}}}), &["name"]),
        (json!({"name": "a", "links": {"k": {"url": "v"}}}), &[r#"links["k"].url"#]),
        (json!({"name": "a", "links": {"k": {"url": "?refined"}}}), &[r#"links["k"].url"#]),
        // The hook's word.
        (json!({"name": "a", "big": 13, "links": {"k": {"url": "u"}}}), &["big"]),
    ] {
        assert_eq!(host.plan(&kept, config.clone()).await.replaces(), expected, "{config}");
        // There is nothing yet that could be replaced.
        assert!(host.plan(&Kept::default(), config).await.replaces().is_empty());
    }
}

#[tokio::test]
async fn whatever_is_unknown_comes_back_as_plainly_unknown() {
    let host = Host::start().await;
    for unknown in ["?", "?refined"] {
        let config = json!({
            "name": unknown, "size": unknown, "tags": {"a": unknown}, "grants": unknown,
            "steps": [{"run": unknown}],
        });
        let planned = host.plan(&Kept::default(), config).await;
        let (state, said) = (planned.state(), planned.said());
        assert_eq!((said, planned.identity()), (vec![], Json::Null));
        assert_eq!(
            (&state["name"], &state["size"], &state["grants"]),
            (&json!("?"), &json!("?"), &json!("?"))
        );
        assert_eq!((&state["tags"]["a"], &state["steps"][0]["run"]), (&json!("?"), &json!("?")));
    }
}

#[tokio::test]
async fn numbers_keep_every_digit() {
    let host = Host::start().await;
    for (sent, kept) in [
        (json!(0.25), json!(0.25)),
        (json!("0.25"), json!(0.25)),
        (json!("0.1"), json!("0.1")),
        (json!(1.5e300), json!(1.5e300)),
        (json!(-7), json!(-7)),
        (json!(7.0), json!(7)),
        (json!("123456789012345678901234567890.5"), json!("123456789012345678901234567890.5")),
        (json!(18_446_744_073_709_551_615_u64), json!(18_446_744_073_709_551_615_u64)),
    ] {
        let planned = host.plan(&Kept::default(), json!({"name": "a", "ratio": sent})).await;
        assert_eq!((&planned.state()["ratio"], planned.said()), (&kept, vec![]));
    }
    let kept = host.create(json!({"name": "a", "big": u64::MAX, "ratio": 0.25})).await;
    assert_eq!((&kept.state["big"], &kept.state["ratio"]), (&json!(u64::MAX), &json!(0.25)));
    // What the resource's type cannot hold is refused, not rounded, before anything happens.
    let planned = host.plan(&Kept::default(), json!({"name": "b", "ratio": "0.1"})).await;
    let refused = host.apply(&planned).await;
    assert_eq!(
        refused.said,
        [
            "error: ratio: Could not create test_thing: expected a number that 64-bit floating point holds exactly"
        ]
    );
    assert_eq!(refused.state, Json::Null);
    assert!(!host.world.record().iter().any(|done| done.starts_with("create b")));
}

#[tokio::test]
async fn complaints_about_a_configuration() {
    let host = Host::start().await;
    for (config, expected) in [
        (json!({"name": "a", "password": "p", "steps": [{"run": "x", "token": "t"}]}), &[][..]),
        (json!({"name": "?"}), &[]),
        (json!({"name": "bad"}), &["error: name: Bad name: Choose another."]),
        (
            json!({"name": " bad"}),
            &[
                "error: name: Invalid name: White space at its beginning or end is not allowed: remove it.",
            ],
        ),
        (
            json!({"name": "a", "size": 1001}),
            &["error: size: Invalid size: It must be a whole number from 0 to 1000."],
        ),
        (
            json!({"name": "a", "id": "x"}),
            &["error: id: Read-only attribute: Only the provider sets it: remove it here."],
        ),
        (
            json!({"name": "a", "steps": [{"run": "x"}, {"run": "x "}]}),
            &[
                "error: steps[1].run: Invalid steps[1].run: White space at its beginning or end is not allowed: remove it.",
            ],
        ),
        (
            json!({"name": "a", "behave": "validate:fail"}),
            &["error: Invalid test_thing: On purpose, in validate."],
        ),
    ] {
        assert_eq!(host.validate(config, true).await, expected);
    }
    let said = host
        .validate(
            json!({"name": "a", "password": "p", "steps": [{"run": "x", "token": "t"}]}),
            false,
        )
        .await;
    assert_eq!(said.len(), 2);
    assert!(
        said[0].starts_with("error: password: Write-only attribute needs a newer client: "),
        "{said:?}"
    );
    assert!(said[1].starts_with("error: steps[0].token: Write-only attribute needs"), "{said:?}");
    assert!(host.validate(json!({"name": "a"}), false).await.is_empty());
}

#[tokio::test]
async fn after_the_point_of_no_return_a_creation_has_no_errors() {
    let host = Host::start().await;
    for (how, said) in [
        ("created:fail", "warning: Could not create test_thing: On purpose, in created."),
        ("created:panic", CRASHED),
    ] {
        let config = json!({"name": "a", "behave": how, "note": "07", "password": "p", "steps": [{"run": "x", "token": "t"}]});
        let kept = host.create(config).await;
        assert_eq!((&kept.state["secret"], &kept.state["note"]), (&json!("first"), &json!("07")));
        assert_eq!(
            (&kept.state["password"], &kept.state["steps"][0]["token"]),
            (&Json::Null, &Json::Null)
        );
        assert_eq!((kept.said.len(), &kept.identity), (1, &json!({"name": "a"})));
        assert!(
            kept.said[0].starts_with("warning") && kept.said[0].contains(said),
            "{:?}",
            kept.said
        );
        assert_eq!(kept.private, b"made");
    }
}

#[tokio::test]
async fn what_was_made_and_is_of_no_use_is_kept_with_an_error() {
    let host = Host::start().await;
    let config = json!({"name": "a", "behave": "created:fail left:", "note": "07", "password": "p", "steps": [{"run": "x", "token": "t"}]});
    let kept = host.create(config.clone()).await;
    assert_eq!(kept.said, ["error: Could not create test_thing: On purpose, in created."]);
    assert_eq!((&kept.state["id"], &kept.identity), (&json!("id-a"), &json!({"name": "a"})));
    assert_eq!(
        (&kept.state["password"], &kept.state["steps"][0]["token"]),
        (&Json::Null, &Json::Null)
    );
    let before = host.create(json!({"name": "a"})).await;
    let mut config = config;
    config["behave"] = json!("updated:fail left:");
    let kept = host.change(&before, config).await;
    assert_eq!(kept.said, ["error: Could not update test_thing: On purpose, in updated."]);
    assert_eq!(
        (&kept.state["password"], &kept.state["steps"][0]["token"]),
        (&Json::Null, &Json::Null)
    );
}

#[tokio::test]
async fn before_it_a_creation_leaves_nothing() {
    let host = Host::start().await;
    for how in ["create:fail", "create:panic"] {
        let kept = host.create(json!({"name": "a", "behave": how})).await;
        assert_eq!((&kept.state, &kept.identity, kept.said.len()), (&Json::Null, &Json::Null, 1));
        assert!(kept.said[0].starts_with("error"), "{:?}", kept.said);
    }
}

#[tokio::test]
async fn an_update_that_fails_answers_with_what_exists() {
    let host = Host::start().await;
    let before = host.create(json!({"name": "a", "note": "07", "password_version": 1})).await;
    for (how, saved) in [
        ("update:fail", false),
        ("update:panic", false),
        ("updated:fail", true),
        ("updated:panic", true),
    ] {
        let config = json!({"name": "a", "note": "7", "behave": how, "password": "p", "password_version": 2, "steps": [{"run": "x", "token": "t"}]});
        let kept = host.change(&before, config).await;
        assert_eq!(kept.said.len(), 1);
        assert!(kept.said[0].starts_with("error"), "{:?}", kept.said);
        assert_eq!(kept.identity, json!({"name": "a"}));
        match saved {
            false => assert_eq!(kept.state, before.state, "{how}"),
            true => {
                assert_eq!(
                    (&kept.state["secret"], &kept.state["password_version"]),
                    (&json!("renewed"), &json!(2))
                );
                assert_eq!(
                    (&kept.state["password"], &kept.state["steps"][0]["token"]),
                    (&Json::Null, &Json::Null),
                    "{how}"
                );
                assert_eq!(kept.state["note"], "07");
            }
        }
    }
    let kept = host.create(json!({"name": "b", "behave": "delete:fail"})).await;
    let failed = host.change(&kept, Json::Null).await;
    assert_eq!(
        (&failed.state, &failed.said[..]),
        (
            &kept.state,
            &["error: Could not delete test_thing: On purpose, in delete.".to_owned()][..]
        )
    );
}

#[tokio::test]
async fn a_read_or_plan_that_fails_says_so() {
    let host = Host::start().await;
    for (how, said) in
        [("fail", "error: Could not read test_thing: On purpose, in read."), ("panic", CRASHED)]
    {
        let kept = host.create(json!({"name": "a", "behave": format!("read:{how}")})).await;
        let read = host.read(&kept).await;
        assert_eq!((read.state, read.said.len()), (Json::Null, 1));
        assert!(read.said[0].contains(said), "{:?}", read.said);
        let planned = host.plan(&kept, json!({"name": "a", "behave": format!("plan:{how}")})).await;
        assert!(planned.response.planned_state.is_none() && planned.said()[0].starts_with("error"));
    }
    let kept = host.create(json!({"name": "a", "behave": "read:warn"})).await;
    let read = host.read(&kept).await;
    assert_eq!(
        (read.state, read.said),
        (kept.state, vec!["warning: Warned: While in read.".to_owned()])
    );
}
