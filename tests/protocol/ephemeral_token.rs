//! The life cycle of `ephemeral "pbs_api_token"`. The tests use the real provider inside this
//! process, a simulated server, and a clock that the test moves.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use pbs_sim::{Fault, FaultKind, Settings, Simulator};
use serde_json::{Value as Json, json};
use test_support::{
    core::{Diagnostics, Open},
    in_process::{InProcess, variables},
};

const TYPE: &str = "pbs_api_token";

/// The time at which the clock of a test begins, in seconds since 1970.
const BEGIN: u64 = 1_795_168_800;

/// A provider and a simulated server that share a clock.
struct Bench {
    simulator: Simulator,
    clock: Arc<AtomicU64>,
    provider: InProcess,
}

impl Bench {
    async fn start() -> Self {
        let simulator =
            Simulator::start(Settings { users: vec!["ci@pbs".into()], ..Settings::default() });
        let clock = Arc::new(AtomicU64::new(BEGIN));
        simulator.set_time(UNIX_EPOCH + Duration::from_secs(BEGIN));
        simulator.world(|world| world.put_acl("/datastore/store1", "ci@pbs", "Admin", true));
        let mut variables = variables(&simulator, simulator.admin_token());
        variables.insert("PBS_MAX_RETRIES", "0".to_owned());
        let provider_clock = clock.clone();
        let now = move || UNIX_EPOCH + Duration::from_secs(provider_clock.load(Ordering::SeqCst));
        let provider = InProcess::start_at(variables, tf_plugin::Clock::new(now)).await;
        Self { simulator, clock, provider }
    }

    async fn open(&self, mut config: Json) -> Result<Open, Vec<String>> {
        config["user_id"] = json!("ci@pbs");
        let mut diagnostics = Diagnostics::default();
        let open = self.provider.open(TYPE, &config, &mut diagnostics).await;
        checked(diagnostics)?;
        Ok(open.expect("an open ephemeral resource"))
    }

    async fn renew(&self, open: &mut Open) -> Result<(), Vec<String>> {
        let mut diagnostics = Diagnostics::default();
        self.provider.renew(TYPE, open, &mut diagnostics).await;
        checked(diagnostics)
    }

    async fn close(&self, private: &[u8]) -> Result<(), Vec<String>> {
        let mut diagnostics = Diagnostics::default();
        self.provider.close(TYPE, private, &mut diagnostics).await;
        checked(diagnostics)
    }

    /// Moves the clock of the provider and of the server forward.
    fn advance(&self, seconds: u64) {
        self.clock.fetch_add(seconds, Ordering::SeqCst);
        self.simulator.advance(Duration::from_secs(seconds));
    }

    fn now(&self) -> i64 {
        self.clock.load(Ordering::SeqCst).cast_signed()
    }

    /// The ids of the user's tokens on the server, each with its expiration time.
    fn tokens(&self) -> Vec<(String, i64)> {
        tokens(&self.simulator)
    }
}

/// If there is at least one diagnostic, returns `Err` with all diagnostics. A warning counts as an
/// error, so that an unexpected warning fails the test.
fn checked(diagnostics: Diagnostics) -> Result<(), Vec<String>> {
    let messages = [diagnostics.errors, diagnostics.warnings].concat();
    if messages.is_empty() { Ok(()) } else { Err(messages) }
}

fn tokens(simulator: &Simulator) -> Vec<(String, i64)> {
    simulator.world(|world| {
        let tokens = world.tokens().iter().filter(|(id, _)| id.starts_with("ci@pbs!"));
        tokens.map(|(id, token)| (id.clone(), token.expire.unwrap_or_default())).collect()
    })
}

/// Terraform refuses a result in which an omitted argument is not null.
#[tokio::test]
async fn the_result_has_the_token_and_leaves_unset_arguments_null() {
    let bench = Bench::start().await;
    let opened = bench.open(json!({})).await.unwrap();
    let result = &opened.result;
    for unset in ["name_prefix", "comment", "ttl", "grants"] {
        assert_eq!(result[unset], Json::Null, "{unset} must stay null");
    }
    let text = |name: &str| result[name].as_str().unwrap_or_else(|| panic!("no {name}"));
    let (id, secret) = (text("id"), text("secret"));
    assert!(id.starts_with("ci@pbs!tf-"), "{id}");
    assert!(text("api_token") == format!("{id}:{secret}"));
    assert_eq!(bench.tokens(), [(id.to_owned(), bench.now() + 3600)]);
    assert_eq!(text("expiration_date"), "2026-11-20T11:00:00Z");
    assert!(bench.simulator.world(|world| world.check_secret(id, secret)));
    let private = String::from_utf8_lossy(&opened.private);
    assert!(!private.contains(secret), "the private data contain the secret");

    let given = json!({
        "name_prefix": "pipeline", "comment": "Run 7", "ttl": 60,
        "grants": [{ "path": "/datastore/store1", "role_id": "DatastoreAudit", "propagate": null }],
    });
    let other = bench.open(given.clone()).await.unwrap();
    for (name, value) in given.as_object().unwrap() {
        assert_eq!(other.result[name], *value, "{name}");
    }
    let id = other.result["id"].as_str().unwrap();
    assert!(id.starts_with("ci@pbs!pipeline-") && id.len() <= 64, "{id}");
    let (comment, grants) = bench.simulator.world(|world| {
        let grants: Vec<_> = world.acl().into_iter().filter(|entry| entry.auth_id == id).collect();
        (world.tokens()[id].comment.clone(), grants)
    });
    assert_eq!(comment.as_deref(), Some("Run 7"));
    assert_eq!(grants.len(), 1);
    assert!(grants[0].propagate && grants[0].role == "DatastoreAudit");
}

#[tokio::test]
async fn a_renewal_extends_the_token_and_keeps_its_secret() {
    let bench = Bench::start().await;
    let mut opened = bench.open(json!({ "ttl": 60 })).await.unwrap();
    let [id, secret] =
        ["id", "secret"].map(|name| opened.result[name].as_str().unwrap().to_owned());
    for _ in 0..5 {
        let (_, end) = bench.tokens()[0];
        assert_eq!(end, bench.now() + 60);
        let renew_at = opened.renew_at.unwrap();
        assert!(
            bench.now() < renew_at && renew_at < end,
            "renewal must be between now and the expiration"
        );
        bench.advance((renew_at - bench.now()).cast_unsigned());
        bench.renew(&mut opened).await.unwrap();
    }
    assert!(
        bench.simulator.world(|world| world.check_secret(&id, &secret)),
        "the renewal must keep the secret"
    );

    // If the token was deleted outside of Terraform, the renewal fails and does not create
    // the token again.
    bench.simulator.world(|world| world.delete_token(&id));
    let errors = bench.renew(&mut opened).await.unwrap_err();
    assert!(errors[0].contains(&id), "{errors:?}");
    assert_eq!(bench.tokens(), []);
    assert_eq!(bench.close(&opened.private).await, Ok(()));
}

/// A short failure of the server must not end the life of the token.
#[tokio::test]
async fn a_failed_renewal_is_tried_again_before_the_token_expires() {
    let bench = Bench::start().await;
    let mut opened = bench.open(json!({ "ttl": 600 })).await.unwrap();
    let private = opened.private.clone();
    bench.advance(300);
    bench.simulator.fault(Fault::new("PUT", "**", FaultKind::DroppedBefore));
    let warnings = bench.renew(&mut opened).await.unwrap_err();
    assert!(warnings[0].contains("was not extended"), "{warnings:?}");
    assert_eq!(opened.private, private);
    let retry_at = opened.renew_at.unwrap();
    let (id, end) = bench.tokens().remove(0);
    assert!(bench.now() < retry_at && retry_at < bench.now() + 60, "{retry_at}");

    bench.simulator.clear_faults();
    bench.advance((retry_at - bench.now()).cast_unsigned());
    bench.renew(&mut opened).await.unwrap();
    assert_eq!(bench.tokens(), [(id, bench.now() + 600)]);
    assert!(bench.now() + 600 > end);

    // A renewal that fails after the expiration is an error. The token can still be closed.
    bench.simulator.fault(Fault::new("PUT", "**", FaultKind::Status(500, "broken".into())));
    bench.advance(601);
    let errors = bench.renew(&mut opened).await.unwrap_err();
    assert!(errors[0].starts_with("Could not renew"), "{errors:?}");
    bench.simulator.clear_faults();
    assert_eq!(bench.close(&opened.private).await, Ok(()));
    assert_eq!(bench.tokens(), []);
}

#[tokio::test]
async fn closing_deletes_the_token_and_closing_again_is_no_error() {
    let bench = Bench::start().await;
    let [one, two] = [bench.open(json!({})).await.unwrap(), bench.open(json!({})).await.unwrap()];
    assert_eq!(bench.tokens().len(), 2);
    assert_eq!(bench.close(&one.private).await, Ok(()));
    assert_eq!(bench.tokens().len(), 1);
    assert_eq!(bench.close(&one.private).await, Ok(()));
    assert_eq!(bench.tokens()[0].0, two.result["id"].as_str().unwrap());
}

#[tokio::test]
async fn shutdown_deletes_the_tokens_that_were_not_closed() {
    let bench = Bench::start().await;
    for _ in 0..3 {
        bench.open(json!({})).await.unwrap();
    }
    let mut renewed = bench.open(json!({})).await.unwrap();
    bench.advance(1800);
    bench.renew(&mut renewed).await.unwrap();
    let closed = bench.open(json!({})).await.unwrap();
    bench.close(&closed.private).await.unwrap();
    assert_eq!(bench.tokens().len(), 4);
    bench.simulator.clear_requests();
    let Bench { simulator, provider, .. } = bench;
    let (connection, session) = provider.into_parts();
    let begin = SystemTime::now();
    session.shutdown().await.unwrap();
    assert!(begin.elapsed().unwrap() < Duration::from_millis(1500));
    drop(connection);
    assert_eq!(tokens(&simulator), []);
    assert_eq!(simulator.requests_to("DELETE", "**").len(), 4);
}

#[tokio::test]
async fn after_a_stop_the_provider_closes_tokens_but_opens_none() {
    let bench = Bench::start().await;
    let opened = bench.open(json!({})).await.unwrap();
    bench.provider.stop().await;
    let errors = bench.open(json!({})).await.map(|_| ()).unwrap_err();
    assert!(errors[0].contains("asked to stop"), "{errors:?}");
    assert_eq!(bench.tokens().len(), 1);
    assert_eq!(bench.close(&opened.private).await, Ok(()));
    assert_eq!(bench.tokens(), []);
}

#[tokio::test]
async fn a_failed_close_is_an_error_and_shutdown_deletes_the_token() {
    let bench = Bench::start().await;
    let opened = bench.open(json!({})).await.unwrap();
    let refusal = FaultKind::Status(500, "out of order".into());
    bench.simulator.fault(Fault::new("DELETE", "**", refusal).times(1));
    let errors = bench.close(&opened.private).await.unwrap_err();
    assert!(errors.len() == 1 && errors[0].contains("500"), "{errors:?}");
    assert_eq!(bench.tokens().len(), 1);
    let Bench { simulator, provider, .. } = bench;
    let (_connection, session) = provider.into_parts();
    session.shutdown().await.unwrap();
    assert_eq!(tokens(&simulator), []);
}

#[tokio::test]
async fn private_data_that_the_provider_did_not_write_are_an_error_and_delete_nothing() {
    let bench = Bench::start().await;
    bench.open(json!({})).await.unwrap();
    for foreign in [&b""[..], b"null", b"{}", br#"{"id":"ci@pbs","ttl":1}"#] {
        let errors = bench.close(foreign).await.unwrap_err();
        assert!(errors.len() == 1, "{errors:?}");
        let mut open = Open { result: Json::Null, private: foreign.to_vec(), renew_at: None };
        assert!(bench.renew(&mut open).await.is_err());
    }
    assert_eq!(bench.tokens().len(), 1);
}
