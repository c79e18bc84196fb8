//! The client logs each request. No log level shows a secret.

use std::{
    fmt::{Debug, Write},
    sync::{Arc, Mutex},
};

use pbs_sim::{Fault, FaultKind, Simulator};
use terraform_provider_pbs::pbs::{Client, Config, Credentials, Secret, TokenChange, Trust, kinds};
use test_support::own_process::is_own_process;
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

use crate::{config, new_token, new_user, simulator, token_id};

/// Records everything that any library logs, at every level.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<String>>);

impl Visit for Recorder {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0.lock().unwrap(), " {field}={value:?}").unwrap();
    }
}

impl Subscriber for Recorder {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, attributes: &span::Attributes<'_>) -> span::Id {
        attributes.record(&mut self.clone());
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        values.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
        self.0.lock().unwrap().push('\n');
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// Sends requests of several kinds. Some of the requests fail. Returns the secrets that the log
/// must not contain.
async fn send_requests(sim: &Simulator) -> Vec<Secret> {
    let mut secrets = vec![
        Secret::new(sim.admin_token().split_once(':').unwrap().1),
        Secret::new("Passw0rd!"),
        Secret::new("MARKER-password"),
    ];
    let client = Client::new(Config { max_retries: 1, ..config(sim) }).unwrap();
    let id = token_id("one@pbs!ci");
    secrets.push(client.create_token(&new_token("one@pbs!ci")).await.unwrap());
    secrets.push(client.regenerate_token(&id, &TokenChange::default()).await.unwrap());
    client.create_user(&new_user("three@pbs"), Some(&secrets[2].clone())).await.unwrap();
    client.token(&id).await.unwrap();
    client.wait_until_effective(&id.clone().into()).await.unwrap();

    let credentials =
        Credentials::Password { user: "one@pbs".parse().unwrap(), password: secrets[1].clone() };
    let login = Client::new(Config { credentials, ..config(sim) }).unwrap();
    login.permissions(None, None).await.unwrap();
    let wrong_trust = Trust::Fingerprint("00".repeat(32).parse().unwrap());
    let distrusted = Client::new(Config { trust: wrong_trust, ..config(sim) }).unwrap();
    distrusted.version().await.unwrap_err();

    const LOCK: &str = "Unable to acquire lock \"/x.lck\" - Interrupted system call (os error 4)";
    sim.fault(Fault::new("GET", "/config/remote", FaultKind::Status(400, LOCK.into())).times(1));
    client.objects(&kinds::REMOTE).await.unwrap();

    sim.fault(Fault::new("*", "**", FaultKind::Truncated));
    client.regenerate_token(&id, &TokenChange::default()).await.unwrap_err();
    client.token_uncached(&id).await.unwrap_err();
    secrets.push(Secret::new(sim.world(|world| world.tokens()["one@pbs!ci"].secret.clone())));
    secrets
}

/// `tracing` caches for the whole process whether a subscriber wants an event. Another test has no
/// subscriber and could therefore disable events of this test. This test therefore runs in a
/// separate process.
#[test]
fn the_log_has_every_request_and_no_secret() {
    if !is_own_process("logging::the_log_has_every_request_and_no_secret") {
        return;
    }
    let recorder = Recorder::default();
    let secrets = tracing::subscriber::with_default(recorder.clone(), || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(send_requests(&simulator()))
    });
    let logged = recorder.0.lock().unwrap();
    assert!(
        logged.contains("PUT /access/users/one@pbs/token/ci"),
        "the log must not be empty: {logged}"
    );
    assert!(logged.contains("attempt=2"), "{logged}");
    assert!(logged.contains("another write holds the lock of the file"), "{logged}");
    for secret in secrets {
        assert!(!logged.contains(secret.expose()), "{logged}");
    }
    assert!(!logged.contains("PBS:one@pbs:") && !logged.contains("PBSAPIToken="), "{logged}");
    assert!(!logged.contains("PBSAuthCookie="), "{logged}");
}
