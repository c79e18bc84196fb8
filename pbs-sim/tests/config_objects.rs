//! Configuration objects: what all kinds have in common, and the built-in objects. The provider's
//! test `tests/simulator/configuration.rs` compares the kinds with a recorded server.

mod common;

use std::collections::BTreeMap;

use common::{Caller, simulator};
use pbs_sim::{Settings, Simulator, Version};
use proptest::{collection::vec, prelude::*, sample::subsequence};
use serde_json::{Map, Value, json};

/// A kind of object.
struct Row {
    /// Path of the collection below `/config`.
    kind: &'static str,
    /// Name of the parameter with the id.
    key: &'static str,
    /// Parameters of the creation of a minimal object, without the id.
    minimal_form: &'static [(&'static str, &'static str)],
    /// A property that can be changed and deleted, with a new value.
    changed_property: (&'static str, &'static str),
    /// The name of a property that PBS never shows.
    secret_property: Option<&'static str>,
}

const ROWS: [Row; 12] = [
    Row {
        kind: "prune",
        key: "id",
        minimal_form: &[("store", "store1"), ("schedule", "daily")],
        changed_property: ("comment", "new"),
        secret_property: None,
    },
    Row {
        kind: "verify",
        key: "id",
        minimal_form: &[("store", "store1")],
        changed_property: ("schedule", "mon..fri 2:30"),
        secret_property: None,
    },
    Row {
        kind: "sync",
        key: "id",
        minimal_form: &[("store", "store1"), ("remote-store", "x-store"), ("remote", "office")],
        changed_property: ("owner", "u@pbs"),
        secret_property: None,
    },
    Row {
        kind: "remote",
        key: "name",
        minimal_form: &[
            ("host", "pbs.example.com"),
            ("auth-id", "u@pbs"),
            ("password", "top-secret"),
        ],
        changed_property: ("comment", "new"),
        secret_property: Some("password"),
    },
    Row {
        kind: "notifications/endpoints/gotify",
        key: "name",
        minimal_form: &[("server", "https://gotify.example.com"), ("token", "top-secret")],
        changed_property: ("comment", "new"),
        secret_property: Some("token"),
    },
    Row {
        kind: "notifications/endpoints/smtp",
        key: "name",
        minimal_form: &[
            ("server", "mail.example.com"),
            ("from-address", "pbs@example.com"),
            ("mailto", "root@example.com"),
            ("password", "top-secret"),
        ],
        changed_property: ("author", "PBS"),
        secret_property: Some("password"),
    },
    Row {
        kind: "notifications/matchers",
        key: "name",
        minimal_form: &[("target", "mail-to-root")],
        changed_property: ("mode", "any"),
        secret_property: None,
    },
    Row {
        kind: "metrics/influxdb-udp",
        key: "name",
        minimal_form: &[("host", "10.0.0.1:8089")],
        changed_property: ("comment", "new"),
        secret_property: None,
    },
    Row {
        kind: "traffic-control",
        key: "name",
        minimal_form: &[("network", "10.0.0.0/8")],
        changed_property: ("rate-in", "10 MiB"),
        secret_property: None,
    },
    Row {
        kind: "s3",
        key: "id",
        minimal_form: &[
            ("endpoint", "s3.example.com"),
            ("access-key", "a"),
            ("secret-key", "top-secret"),
        ],
        changed_property: ("region", "eu-west-1"),
        secret_property: Some("secret-key"),
    },
    Row {
        kind: "access/ldap",
        key: "realm",
        minimal_form: &[
            ("server1", "ldap.example.com"),
            ("base-dn", "dc=example"),
            ("user-attr", "uid"),
            ("password", "top-secret"),
        ],
        changed_property: ("comment", "new"),
        secret_property: Some("password"),
    },
    Row {
        kind: "access/openid",
        key: "realm",
        minimal_form: &[("issuer-url", "https://id.example.com"), ("client-id", "pbs")],
        changed_property: ("prompt", "login"),
        secret_property: None,
    },
];

impl Row {
    /// The parameters of the creation of an object with this id.
    fn form<'a>(&self, id: &'a str) -> Vec<(&'a str, &'a str)>
    where
        'static: 'a,
    {
        [&[(self.key, id)], self.minimal_form].concat()
    }

    fn path(&self, id: &str) -> String {
        format!("/config/{}/{id}", self.kind)
    }
}

/// The object at this path, and the digest in the response.
async fn object(caller: &Caller, path: &str) -> (Map<String, Value>, String) {
    let (status, body) = caller.get(path).await;
    assert_eq!(status, 200, "{path}: {body}");
    let body: Value = serde_json::from_str(&body).expect("the body is JSON");
    let digest = body["digest"].as_str().expect("the response has a digest").to_owned();
    (body["data"].as_object().expect("the data is an object").clone(), digest)
}

#[tokio::test]
async fn objects_of_every_kind_are_created_changed_and_deleted() {
    for row in &ROWS {
        let (sim, kind) = (simulator(), row.kind);
        let admin = Caller::admin(&sim);
        let collection = format!("/config/{kind}");
        let (status, text) = admin.post(&collection, &row.form("abc")).await;
        assert_eq!(status, 200, "{kind}: {text}");
        let (status, text) = admin.post(&collection, &row.form("abc")).await;
        assert!(
            status == 400 && (text.contains("already exists") || text.contains("same name")),
            "{text}"
        );

        let path = row.path("abc");
        let (created, digest) = object(&admin, &path).await;
        for (name, value) in row.form("abc") {
            let is_secret = row.secret_property == Some(name);
            let text = |value: &Value| value.as_str().or(value[0].as_str()).map(str::to_owned);
            let shown = created.get(name).and_then(text);
            assert!(shown == Some(value.to_owned()).filter(|_| !is_secret), "{kind} {name}");
            let stored = sim.world(|world| world.object(kind, "abc").unwrap()[name].clone());
            assert!(text(&stored) == Some(value.to_owned()), "{kind} {name}");
        }
        let list = admin.get(&collection).await.1;
        assert!(list.contains(r#""abc""#) && !list.contains("top-secret"), "{kind}: {list}");

        assert!(!format!("{:?}", sim.requests()).contains("top-secret"), "{kind}");

        let (name, value) = row.changed_property;
        assert_eq!(admin.put(&path, &[(name, value), ("digest", &digest)]).await.0, 200, "{kind}");
        let (changed, new_digest) = object(&admin, &path).await;
        assert_eq!(changed[name], value, "{kind}");
        assert_ne!(new_digest, digest, "{kind}");
        let (status, text) = admin.put(&path, &[(name, value), ("digest", &digest)]).await;
        assert!(status == 400 && text.contains("detected modified configuration"), "{kind}");

        assert_eq!(admin.put(&path, &[("delete", name)]).await.0, 200, "{kind}");
        assert_eq!(object(&admin, &path).await.0, created, "{kind}");
        assert_eq!(admin.delete(&path).await.0, 200, "{kind}");
        assert!(sim.world(|world| world.object(kind, "abc").is_none()), "{kind}");
        for (status, text) in [
            admin.get(&path).await,
            admin.put(&path, &[(name, value)]).await,
            admin.delete(&path).await,
        ] {
            assert!([400, 404].contains(&status) && text.contains("'abc'"), "{kind}: {text}");
        }
    }
}

#[tokio::test]
async fn parallel_creations_of_every_kind_all_succeed() {
    for row in &ROWS {
        let sim = simulator();
        let admin = Caller::admin(&sim);
        let creations = (0..16).map(|number| {
            let (admin, id) = (admin.clone(), format!("abc{number}"));
            tokio::spawn(async move {
                let path = format!("/config/{}", row.kind);
                admin.post(&path, &row.form(&id)).await
            })
        });
        for creation in creations.collect::<Vec<_>>() {
            let (status, text) = creation.await.expect("the request is sent");
            assert_eq!(status, 200, "{}: {text}", row.kind);
        }
        let created = sim.world(|world| world.objects(row.kind).len());
        assert!(created >= 16, "{}: {created}", row.kind);
    }
}

#[tokio::test]
async fn a_property_that_a_request_both_deletes_and_sets_is_set() {
    let sim = simulator();
    let admin = Caller::admin(&sim);
    admin.post("/config/prune", &ROWS[0].form("abc")).await;
    let form = [("delete", "keep-last"), ("keep-last", "3"), ("delete", "comment")];
    assert_eq!(admin.put("/config/prune/abc", &form).await.0, 200);
    assert_eq!(sim.world(|world| world.object("prune", "abc").unwrap()["keep-last"].clone()), 3);
}

/// Properties of prune jobs whose values are whole numbers.
const KEEP_OPTIONS: [&str; 4] = ["keep-last", "keep-daily", "keep-weekly", "keep-yearly"];

/// One change of a prune job: properties to set with their new values, and names of properties to
/// delete.
type Update = (Vec<(&'static str, u16)>, Vec<&'static str>);

fn update() -> impl Strategy<Value = Update> {
    let set = subsequence(KEEP_OPTIONS.to_vec(), 0..=KEEP_OPTIONS.len())
        .prop_flat_map(|names| {
            let count = names.len();
            (Just(names), vec(1..=u16::MAX, count))
        })
        .prop_map(|(names, values)| names.into_iter().zip(values).collect());
    (set, subsequence(KEEP_OPTIONS.to_vec(), 0..=KEEP_OPTIONS.len()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn changes_are_merged_into_an_object(updates in vec(update(), 1..6)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let sim = simulator();
        let mut expected: BTreeMap<&str, u16> = BTreeMap::new();
        runtime.block_on(async {
            let admin = Caller::admin(&sim);
            admin.post("/config/prune", &ROWS[0].form("abc")).await;
            for (set, deleted) in &updates {
                let numbers: Vec<(&str, String)> =
                    set.iter().map(|(name, value)| (*name, value.to_string())).collect();
                let mut form: Vec<(&str, &str)> =
                    numbers.iter().map(|(name, value)| (*name, value.as_str())).collect();
                form.extend(deleted.iter().map(|name| ("delete", *name)));
                assert_eq!(admin.put("/config/prune/abc", &form).await.0, 200);
                expected.retain(|name, _| !deleted.contains(name));
                expected.extend(set.iter().copied());
            }
        });
        let job = sim.world(|world| world.object("prune", "abc").unwrap());
        let stored: BTreeMap<&str, u16> = KEEP_OPTIONS
            .into_iter()
            .filter_map(|name| Some((name, job.get(name)?.as_u64()?.try_into().unwrap())))
            .collect();
        prop_assert_eq!(stored, expected);
    }
}

#[tokio::test]
async fn the_built_in_target_and_matcher_can_be_changed_and_a_deletion_resets_them() {
    for (kind, name) in [("endpoints/sendmail", "mail-to-root"), ("matchers", "default-matcher")] {
        let sim = simulator();
        let admin = Caller::admin(&sim);
        let path = format!("/config/notifications/{kind}/{name}");
        let (original, _) = object(&admin, &path).await;
        assert_eq!(original["origin"], "builtin");
        assert_eq!(admin.put(&path, &[("comment", "mine")]).await.0, 200);
        let (changed, _) = object(&admin, &path).await;
        assert_eq!([&changed["origin"], &changed["comment"]], ["modified-builtin", "mine"]);
        for _ in 0..2 {
            assert_eq!(admin.delete(&path).await.0, 200);
            assert_eq!(object(&admin, &path).await.0, original);
        }
    }
}

#[tokio::test]
async fn the_data_of_an_acme_plugin_is_shown_decoded_and_the_built_in_plugin_stays() {
    let sim = simulator();
    let admin = Caller::admin(&sim);
    let built_in = "/config/acme/plugins/standalone";
    let (_, digest) = object(&admin, built_in).await;
    assert!(digest.starts_with("e3b0c442"), "the file of the plugins is empty: {digest}");
    let form = |data| [("id", "abc"), ("type", "dns"), ("api", "x"), ("data", data)];
    let (status, text) = admin.post("/config/acme/plugins", &form("!")).await;
    assert_eq!((status, text.as_str()), (400, "error decoding base64 data"));
    assert_eq!(admin.post("/config/acme/plugins", &form("S0VZPXZhbHVlCg==")).await.0, 200);
    let (shown, digest) = object(&admin, "/config/acme/plugins/abc").await;
    assert!(shown["data"] == "KEY=value\n" && shown["plugin"] == "abc");

    let (status, text) = admin.put(built_in, &[("api", "x")]).await;
    assert_eq!((status, text.as_str()), (400, "cannot update plugin of type \"standalone\""));
    assert_eq!(admin.delete(built_in).await.0, 200);
    let (shown, same_digest) = object(&admin, built_in).await;
    assert_eq!(Value::from(shown), json!({ "plugin": "standalone", "type": "standalone" }));
    assert_eq!(same_digest, digest);
}

#[tokio::test]
async fn a_traffic_control_rule_without_networks_makes_the_file_unreadable() {
    let sim = simulator();
    let admin = Caller::admin(&sim);
    sim.world(|world| world.put_object("traffic-control", "bad", json!({ "network": [] })));
    for (status, text) in [
        admin.get("/config/traffic-control").await,
        admin.get("/admin/traffic-control").await,
        admin.delete("/config/traffic-control/bad").await,
        admin.post("/config/traffic-control", &ROWS[8].form("abc")).await,
    ] {
        assert!(status == 400 && text.contains("property 'network' is missing"), "{text}");
    }
    assert!(sim.world(|world| world.delete_object("traffic-control", "bad")));
    assert_eq!(admin.get("/config/traffic-control").await.0, 200);
}

#[tokio::test]
async fn a_realm_that_becomes_the_default_replaces_the_previous_default() {
    let sim = simulator();
    let admin = Caller::admin(&sim);
    for realm in ["first", "second"] {
        let form = [ROWS[10].form(realm), vec![("default", "1")]].concat();
        assert_eq!(admin.post("/config/access/ldap", &form).await.0, 200);
    }
    let is_default =
        |realm| sim.world(|world| world.object("access/ldap", realm).unwrap()["default"].clone());
    assert!(
        sim.world(|world| !world.object("access/ldap", "first").unwrap().contains_key("default"))
    );
    assert_eq!(is_default("second"), true);
    let domains = admin.get("/access/domains").await.1;
    assert!(domains.contains(r#""realm":"second","type":"ldap""#), "{domains}");
    assert_eq!(admin.put("/config/access/ldap/second", &[("comment", "x")]).await.0, 200);
    let second = sim.world(|world| world.object("access/ldap", "second").unwrap());
    assert!(!second.contains_key("default"), "a change that does not send `default` removes it");
}

#[tokio::test]
async fn a_version_has_only_the_calls_and_parameters_of_its_description() {
    let remote = [ROWS[3].form("abc"), vec![("use-node-proxy", "1")]].concat();
    for (version, has_proxy, has_s3) in [
        (Version(3, 4, 8), false, false),
        (Version(4, 1, 5), false, true),
        (Version(4, 1, 6), true, true),
        (Version(4, 2, 3), true, true),
    ] {
        let sim = Simulator::start(Settings { version, delays: 0.0, ..Settings::default() });
        let admin = Caller::admin(&sim);
        let (status, text) = admin.post("/config/remote", &remote).await;
        assert_eq!(status == 200, has_proxy, "{version}: {text}");
        let is_unknown = text.ends_with("schema does not allow additional properties.");
        assert_eq!(is_unknown, !has_proxy, "{version}: {text}");
        let (status, text) = admin.get("/config/s3").await;
        assert_eq!(status == 200, has_s3, "{version}: {text}");
        assert_eq!(text == "Path '/api2/json/config/s3' not found.", !has_s3, "{version}: {text}");
    }
}
