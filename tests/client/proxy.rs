//! The client uses the proxy of its configuration.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use terraform_provider_pbs::pbs::{Client, Config, Proxies};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
};

use crate::{config, simulator};

/// Starts a proxy that opens tunnels. Returns its URL and the counter of its tunnels.
async fn proxy() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://name:MARKER@{}", listener.local_addr().unwrap());
    let tunnels = Arc::new(AtomicUsize::new(0));
    let counted = tunnels.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(tunnel(stream));
        }
    });
    (address, tunnels)
}

async fn tunnel(mut stream: TcpStream) {
    let mut request = vec![0; 4096];
    let length = stream.read(&mut request).await.unwrap();
    let request = String::from_utf8_lossy(&request[..length]).into_owned();
    let target = request.strip_prefix("CONNECT ").unwrap().split(' ').next().unwrap();
    assert!(!request.contains("PBSAPIToken"), "the proxy must not get the credential");
    let mut target = TcpStream::connect(target).await.unwrap();
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
    let _ = copy_bidirectional(&mut stream, &mut target).await;
}

#[tokio::test]
async fn the_configured_proxy_is_used_unless_no_proxy_names_the_host() {
    let sim = simulator();
    let (address, tunnels) = proxy().await;
    for (no_proxy, expected) in [(None, 1), (Some("example.com"), 2), (Some("127.0.0.1"), 2)] {
        let proxy = Proxies { https: Some(address.clone()), no_proxy: no_proxy.map(str::to_owned) };
        let config = Config { proxy, ..config(&sim) };
        assert!(!format!("{config:?}").contains("MARKER"));
        Client::new(config).unwrap().version().await.unwrap();
        assert_eq!(tunnels.load(Ordering::SeqCst), expected, "{no_proxy:?}");
    }
    assert_eq!(sim.requests().len(), 3);
}

#[tokio::test]
async fn an_invalid_proxy_url_is_an_error_that_does_not_quote_the_url() {
    let sim = simulator();
    let proxy = Proxies { https: Some("http://name:MARKER@[".to_owned()), no_proxy: None };
    let error = Client::new(Config { proxy, ..config(&sim) }).unwrap().version().await.unwrap_err();
    assert!(error.to_string().contains("the HTTPS proxy is not a URL"), "{error}");
    assert!(!format!("{error} {error:?}").contains("MARKER"), "{error:?}");
}
