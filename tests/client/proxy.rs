//! The client uses the proxy of its configuration.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use pbs_sim::{Fault, FaultKind, Simulator};
use terraform_provider_pbs::pbs::{Client, Config, Proxies, Trust};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
};

use crate::{config, simulator};

/// A host name of the simulator that only the proxy can resolve.
const HOST: &str = "pbs_1.test";

/// The response of a proxy to a request for a tunnel.
const OPENED: &str = "HTTP/1.1 200 OK\r\n\r\n";

/// Starts a proxy that sends this response to every request for a tunnel. If the response is
/// [`OPENED`], the proxy then opens a tunnel to the simulator. Returns the URL of the proxy, and
/// the counter of connections to the proxy.
async fn proxy(sim: &Simulator, response: &'static str) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://name:MARKER@{}", listener.local_addr().unwrap());
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = connections.clone();
    let target = sim.endpoint().trim_start_matches("https://").to_owned();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(tunnel(stream, target.clone(), response));
        }
    });
    (address, connections)
}

async fn tunnel(mut stream: TcpStream, target: String, response: &str) {
    let mut request = vec![0; 4096];
    let length = stream.read(&mut request).await.unwrap();
    let request = String::from_utf8_lossy(&request[..length]).into_owned();
    assert!(request.starts_with("CONNECT "), "{request}");
    assert!(!request.contains("PBSAPIToken"), "the proxy must not get the credential");
    let mut target = TcpStream::connect(target).await.unwrap();
    stream.write_all(response.as_bytes()).await.unwrap();
    if response == OPENED {
        let _ = copy_bidirectional(&mut stream, &mut target).await;
    }
}

/// A configuration that reaches the simulator by the name [`HOST`].
fn config_behind(sim: &Simulator, https: &str, no_proxy: Option<&str>) -> Config {
    let proxy = Proxies { https: Some(https.to_owned()), no_proxy: no_proxy.map(str::to_owned) };
    let endpoint = sim.endpoint().replace("127.0.0.1", HOST).parse().unwrap();
    Config { proxy, endpoint, max_retries: 0, ..config(sim) }
}

#[tokio::test]
async fn the_configured_proxy_is_used_unless_no_proxy_names_the_host() {
    let sim = simulator();
    let (address, connections) = proxy(&sim, OPENED).await;
    for (no_proxy, expected) in [(None, 1), (Some("example.com"), 2)] {
        let config = config_behind(&sim, &address, no_proxy);
        assert!(!format!("{config:?}").contains("MARKER"));
        Client::new(config).unwrap().version().await.unwrap();
        assert_eq!(connections.load(Ordering::SeqCst), expected, "{no_proxy:?}");
    }
    assert_eq!(sim.requests().len(), 2);
    // The address of the simulator is a loopback address, which the client always reaches directly.
    let direct =
        Config { endpoint: sim.endpoint().parse().unwrap(), ..config_behind(&sim, &address, None) };
    Client::new(direct).unwrap().version().await.unwrap();
    let error = Client::new(config_behind(&sim, &address, Some("test"))).unwrap().version().await;
    assert!(error.unwrap_err().to_string().contains(HOST));
    assert_eq!(connections.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn an_error_behind_a_proxy_names_the_proxy() {
    let sim = simulator();
    let (open, _) = proxy(&sim, OPENED).await;
    let (refusing, _) = proxy(&sim, "HTTP/1.1 403 Forbidden\r\n\r\n").await;
    let (authenticating, _) =
        proxy(&sim, "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").await;
    let unknown = format!("http://name:MARKER@{}:3128", "a".repeat(64));
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let closed = format!("http://name:MARKER@{closed}");
    let wrong = Trust::Fingerprint("00".repeat(32).parse().unwrap());
    let trusted = || config(&sim).trust;
    for (address, trust, expected) in [
        (&closed, trusted(), "Connection refused"),
        (&unknown, trusted(), "does not exist; check `HTTPS_PROXY`"),
        (&refusing, trusted(), "the proxy does not open a connection to the server"),
        (&authenticating, trusted(), "the proxy requires a user name and a password"),
        (&open, wrong, "has another fingerprint"),
    ] {
        let config = Config { trust, ..config_behind(&sim, address, None) };
        let shown = Client::new(config).unwrap().version().await.unwrap_err().to_string();
        let named = address.replace("name:MARKER@", "");
        assert!(shown.contains(expected), "{shown}");
        assert!(shown.contains(&format!("uses the proxy `{named}`")), "{shown}");
        assert!(shown.contains("`HTTPS_PROXY`") && !shown.contains("MARKER"), "{shown}");
    }
    sim.fault(Fault::new("GET", "/version", FaultKind::DroppedAfter));
    let client = Client::new(config_behind(&sim, &open, None)).unwrap();
    let shown = client.version().await.unwrap_err().to_string();
    assert!(shown.contains("the connection broke") && shown.contains("the proxy"), "{shown}");
    sim.clear_faults();
    for (kind, expected) in [
        (FaultKind::Html502, "502 (an HTML page"),
        (FaultKind::Status(200, "<html>".into()), "it is an HTML page"),
    ] {
        sim.fault(Fault::new("GET", "/version", kind));
        let shown = client.version().await.unwrap_err().to_string();
        assert!(shown.contains(expected) && shown.contains("uses the proxy `http"), "{shown}");
        sim.clear_faults();
    }
    // An error of PBS itself does not depend on the proxy.
    sim.fault(Fault::new("GET", "/version", FaultKind::Forbidden));
    assert!(!client.version().await.unwrap_err().to_string().contains("proxy"));
}

#[tokio::test]
async fn an_invalid_proxy_url_is_an_error_that_does_not_quote_the_url() {
    let sim = simulator();
    let config = config_behind(&sim, "http://name:MARKER@[", None);
    let error = Client::new(config).unwrap().version().await.unwrap_err();
    assert!(error.to_string().contains("the HTTPS proxy is not a URL"), "{error}");
    assert!(!format!("{error} {error:?}").contains("MARKER"), "{error:?}");
}
