//! Hostile responses to every request of the client: bytes that are neither HTTP nor JSON, JSON
//! with unexpected or too deeply nested values, and responses that are too large or never end.

use std::time::{Duration, Instant};

use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::{Value as Json, json};
use terraform_provider_pbs::pbs::{AuthId, Client, Config, Credentials, Trust, UserId};
use test_support::{
    listener::{Identity, Listener, Response, http},
    own_process::is_own_process,
};

/// Text in hostile responses that must not occur in an error message.
const MARKER: &str = "Zq7marker";

/// Limit on the time for all requests of the client. Each request has one try and a time limit of
/// two seconds.
const LIMIT: Duration = Duration::from_secs(60);

fn client(port: u16, identity: &Identity) -> Client {
    let endpoint = format!("https://127.0.0.1:{port}").parse().expect("an endpoint");
    let token = "one@pbs!ci:00000000-0000-0000-0000-000000000000".parse().expect("a token");
    let trust = Trust::Fingerprint(identity.fingerprint.parse().expect("a fingerprint"));
    let config = Config::new(endpoint, Credentials::ApiToken(token), trust);
    Client::new(Config { max_retries: 0, timeout: Duration::from_secs(2), ..config })
        .expect("a client")
}

/// Sends each kind of request once. Returns the error messages.
async fn send_all(client: &Client) -> Vec<String> {
    let user: UserId = "one@pbs".parse().expect("a user");
    let token = "one@pbs!ci".parse().expect("a token");
    let store = "store1".parse().expect("a name");
    let me = AuthId::User(user.clone());
    let mut errors = Vec::new();
    macro_rules! errors_of {
        ($($call:expr),* $(,)?) => { $( errors.extend($call.await.err().map(|error| error.to_string())); )* };
    }
    errors_of![
        client.version(),
        client.users(),
        client.user(&user),
        client.tokens(None),
        client.token(&token),
        client.token_uncached(&token),
        client.grants(),
        client.can_see_all_grants(),
        client.roles(),
        client.permissions(Some(&me), None),
        client.datastores(),
        client.datastore(&store),
        client.datastore_status(&store),
        client.backup_groups(&store, None),
        client.regenerate_token(&token, &Default::default()),
    ];
    errors
}

/// Sends all requests to a server that gives this response. Checks that the error messages are
/// short and do not quote the response, and returns them.
async fn errors_with(identity: &Identity, response: Response) -> Vec<String> {
    let listener = Listener::start(Some(identity), response).await;
    let errors = tokio::time::timeout(LIMIT, send_all(&client(listener.port, identity))).await;
    let errors = errors.expect("the client should not wait longer than its time limits");
    for error in &errors {
        assert!(
            !error.contains(MARKER) && error.len() < 1000,
            "{}",
            &error[..error.len().min(1000)]
        );
    }
    errors
}

#[tokio::test]
async fn a_malformed_response_causes_an_error_of_every_request() {
    let identity = Identity::valid();
    let body = |body: &[u8]| http("200 OK", "", body);
    let deep = |opening: &str| body(format!("{{\"data\":{}", opening.repeat(100_000)).as_bytes());
    for bytes in [
        b"".to_vec(),
        b"\0\0\0\0".to_vec(),
        b"HTTP/1.1 999999 \xff\xfe\r\n\r\n".to_vec(),
        b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\n".to_vec(),
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffff\r\n".to_vec(),
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\n\x1f\x8b".to_vec(),
        [b"HTTP/1.1 200 OK\r\n".to_vec(), b"x: Zq7marker\r\n".repeat(20_000)].concat(),
        body(b"{\"data\":\"\xff\xfeZq7marker\"}"),
        body(b"{\"data\":1e99999}"),
        body(b"{\"data\":7,\"data\":\"Zq7marker\"}"),
        body(b"{\"data\":[{\"Zq7marker\":1}]} Zq7marker"),
        deep("["),
        deep("{\"a\":"),
    ] {
        let start = String::from_utf8_lossy(&bytes[..bytes.len().min(60)]).into_owned();
        let errors = errors_with(&identity, Response::Once(bytes)).await;
        assert_eq!(errors.len(), 15, "{start:?} was accepted; errors: {errors:#?}");
    }
}

/// Checks that the client reads at most 32 MiB of a response. The memory use of the client shows
/// how much the client has read. Memory can only be measured for a whole process, so this test runs
/// in a separate process.
#[test]
fn an_endless_response_is_cut_off() {
    if !is_own_process("hostile_responses::an_endless_response_is_cut_off") {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let identity = Identity::valid();
        let begin = Instant::now();
        let head = |text: &str| format!("HTTP/1.1 200 OK\r\n{text}").into_bytes();
        let block = vec![b' '; 64 << 10];
        let chunk = [format!("{:x}\r\n", block.len()).as_bytes(), &block, b"\r\n"].concat();
        for (beginning, repeated_part) in [
            (head("\r\n"), block.clone()),
            (head("transfer-encoding: chunked\r\n\r\n"), chunk),
            (head(""), b"x: y\r\n".repeat(1000)),
        ] {
            let listener =
                Listener::start(Some(&identity), Response::Endless(beginning, repeated_part)).await;
            let client = client(listener.port, &identity);
            let before = peak_memory();
            let response = tokio::time::timeout(LIMIT, client.users()).await;
            response
                .expect("the client should stop reading")
                .expect_err("this is no list of users");
            // The client reads at most 32 MiB into a buffer. The size of the buffer doubles when
            // the buffer is full.
            let growth = peak_memory() - before;
            assert!(growth < 200 << 10, "the memory has grown by {growth} KiB");
        }
        assert!(begin.elapsed() < LIMIT);
    });
}

/// The peak memory of this process in KiB; 0 on a system without `/proc`.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0 kB");
    line.trim().trim_end_matches(" kB").parse().unwrap_or_default()
}

/// Any JSON, with the field names that PBS uses.
fn any_json() -> impl Strategy<Value = Json> {
    const NAMES: [&str; 16] = [
        "data",
        "userid",
        "tokenid",
        "value",
        "secret",
        "comment",
        "enable",
        "expire",
        "tokens",
        "path",
        "ugid",
        "roleid",
        "privs",
        "propagate",
        "version",
        "store",
    ];
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        Just(json!(MARKER)),
        Just(json!("one@pbs")),
        Just(json!("one@pbs!ci")),
        any::<String>().prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Json::from),
            proptest::collection::btree_map(proptest::sample::select(&NAMES[..]), inner, 0..6)
                .prop_map(|fields| json!(fields)),
        ]
    })
}

#[test]
fn any_json_is_accepted_or_causes_an_error() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let identity = Identity::valid();
    let settings =
        ProptestConfig { failure_persistence: None, cases: 60, ..ProptestConfig::default() };
    let outcome = TestRunner::new(settings).run(&(any_json(), 0..3_u8), |(json, variant)| {
        // In variant 0, the JSON is the whole body. In the variants 1 and 2, it is the field `data`
        // of the body. In variant 2, the status is 400.
        let text = match variant {
            0 => json.to_string(),
            _ => json!({ "data": json }).to_string(),
        };
        let status = if variant == 2 { "400 Bad" } else { "200 OK" };
        // If the status is 400, the client quotes the body in its error. For this status the body
        // must therefore not contain the marker.
        let text = if variant == 2 { text.replace(MARKER, "") } else { text };
        runtime.block_on(errors_with(&identity, Response::Once(http(status, "", text.as_bytes()))));
        Ok(())
    });
    outcome.expect("every response should be accepted or result in a short error");
}
