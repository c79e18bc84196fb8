//! The first request to a server that cannot be reached fails within a second, because the cause is
//! usually a mistake in the configuration. A server that has answered before gets more time.

use std::{
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use pbs_sim::{Fault, FaultKind};
use terraform_provider_pbs::pbs::{Client, Config, Origins};

use crate::{config, simulator};

/// A server that closes every connection before the TLS handshake. Returns its port and the number
/// of connections.
fn closing_server() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let connections = Arc::new(AtomicUsize::new(0));
    let count = connections.clone();
    thread::spawn(move || {
        for connection in listener.incoming() {
            count.fetch_add(1, Ordering::SeqCst);
            drop(connection);
        }
    });
    (port, connections)
}

#[tokio::test]
async fn a_server_that_has_never_answered_gets_two_tries_within_a_second() {
    let sim = simulator();
    for (max_retries, tries) in [(4, 2), (0, 1)] {
        let (port, connections) = closing_server();
        let endpoint = format!("https://127.0.0.1:{port}").parse().unwrap();
        let client = Client::new(Config { endpoint, max_retries, ..config(&sim) }).unwrap();
        let started = Instant::now();
        let error = client.version().await.unwrap_err().to_string();
        assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
        assert!(error.contains("check `endpoint`"), "{error}");
        assert_eq!(connections.load(Ordering::SeqCst), tries);
    }
}

#[tokio::test]
async fn a_server_that_accepts_connections_and_never_answers_gets_two_tries() {
    let sim = simulator();
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let endpoint = format!("https://127.0.0.1:{port}").parse().unwrap();
    let timeout = Duration::from_millis(300);
    let variables = vec![("endpoint", "PBS_ENDPOINT".to_owned())];
    let origins = Origins { variables, ..Origins::default() };
    let client = Client::new(Config { endpoint, timeout, origins, ..config(&sim) }).unwrap();
    let started = Instant::now();
    let error = client.version().await.unwrap_err().to_string();
    assert!((2 * timeout..5 * timeout).contains(&started.elapsed()), "{:?}", started.elapsed());
    assert!(error.contains("check `PBS_ENDPOINT`"), "{error}");
}

#[tokio::test]
async fn a_server_that_has_answered_before_gets_all_retries() {
    let sim = simulator();
    let client = Client::new(config(&sim)).unwrap();
    client.version().await.unwrap();
    sim.fault(Fault::new("*", "/access/roles", FaultKind::Refused).times(3));
    client.roles().await.unwrap();
}
