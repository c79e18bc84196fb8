//! The provider's binary as a process. The tests check how the provider is started, which clients
//! it accepts, and when it ends. They also check that the provider leaves no files behind.

use std::time::{Duration, Instant};

use rustix::process::Signal;
use test_support::{
    protocol::{
        health::{HealthCheckRequest, health_client::HealthClient},
        plugin::{
            ConnInfo, Empty, grpc_broker_client::GrpcBrokerClient,
            grpc_controller_client::GrpcControllerClient, grpc_stdio_client::GrpcStdioClient,
        },
        tfplugin6::{
            DynamicValue, get_metadata, provider_client::ProviderClient, validate_provider_config,
        },
    },
    provider_process::{COOKIE, Client, Start},
};
use tonic::{Code, Status, codegen::tokio_stream, transport::Channel};

use crate::machine;

/// The signals of a terminal: SIGINT for Ctrl-C, SIGQUIT for Ctrl-\, and SIGHUP when the terminal
/// is closed.
const TERMINAL_SIGNALS: [Signal; 3] = [Signal::INT, Signal::QUIT, Signal::HUP];

async fn metadata(channel: &Channel) -> Result<get_metadata::Response, Status> {
    let response =
        ProviderClient::new(channel.clone()).get_metadata(get_metadata::Request {}).await;
    response.map(tonic::Response::into_inner)
}

#[tokio::test]
async fn without_the_magic_cookie_the_provider_says_that_terraform_starts_it() {
    let _machine = machine::shared().await;
    for wrong_cookie in [None, Some("not the cookie")] {
        let mut start = Start::by_hand(&[]);
        if let Some(cookie) = wrong_cookie {
            start = start.env(COOKIE.0, cookie);
        }
        let (status, stdout, stderr) = start.spawn().end().await;
        assert_eq!((status.code(), stdout.as_str()), (Some(1), ""));
        assert!(stderr.contains("is started by Terraform or OpenTofu"), "{stderr}");
        assert_eq!(stderr.lines().count(), 1);
    }
}

#[tokio::test]
async fn the_options_print_version_help_or_an_error() {
    let _machine = machine::shared().await;
    let version = format!("terraform-provider-pbs {}\n", env!("CARGO_PKG_VERSION"));
    let (status, stdout, stderr) = Start::by_hand(&["--version"]).spawn().end().await;
    assert_eq!((status.code(), stdout, stderr.as_str()), (Some(0), version, ""));

    let (status, stdout, _) = Start::by_hand(&["--help"]).spawn().end().await;
    assert_eq!(status.code(), Some(0));
    for option in ["--debug", "--version", "--help"] {
        assert!(stdout.contains(option), "{stdout}");
    }

    let (status, stdout, stderr) = Start::by_hand(&["--port=1"]).spawn().end().await;
    assert_eq!((status.code(), stdout.as_str()), (Some(1), ""));
    assert!(stderr.contains("see `terraform-provider-pbs --help`"), "{stderr}");
}

#[tokio::test]
async fn the_handshake_line_has_every_field() {
    let _machine = machine::shared().await;
    for versions in ["6", "6,5", "5,6", "5"] {
        for multiplex in [false, true] {
            let mut start = Start::terraform().env("PLUGIN_PROTOCOL_VERSIONS", versions);
            if multiplex {
                start = start.env("PLUGIN_MULTIPLEX_GRPC", "true");
            }
            let mut plugin = start.spawn();
            let line = plugin.line().await;
            let fields: Vec<_> = line.split('|').collect();
            let (socket, certificate) = (fields[3], fields[5]);
            let mut expected = vec!["1", "6", "unix", socket, "grpc", certificate];
            expected.extend(multiplex.then_some("false"));
            assert_eq!(fields, expected);
            assert!(socket.starts_with(plugin.directory.path().to_str().unwrap()), "{socket}");
            assert!(certificate.starts_with("MII") && !certificate.contains('='), "{certificate}");

            plugin.signal(Signal::TERM);
            let (status, stdout, stderr) = plugin.end().await;
            assert_eq!((status.code(), &*stdout, &*stderr), (Some(0), "", ""));
        }
    }
}

#[tokio::test]
async fn only_a_client_with_the_right_certificate_and_key_is_served() {
    let _machine = machine::shared().await;
    let plugin = Start::terraform().handshake().await;
    for client in [Client::None, Client::OtherCertificate, Client::OtherKey] {
        let refused = match plugin.connect_with(Some(plugin.tls(client))).await {
            Ok(channel) => metadata(&channel).await.is_err(),
            Err(_) => true,
        };
        assert!(refused, "{client:?}");
    }
    let refused = match plugin.connect_with(None).await {
        Ok(channel) => metadata(&channel).await.is_err(),
        Err(_) => true,
    };
    assert!(refused, "without TLS");

    for client in [Client::Right, Client::Tls12] {
        let channel = plugin.connect_with(Some(plugin.tls(client))).await.unwrap();
        metadata(&channel).await.unwrap();
    }
}

#[tokio::test]
async fn an_invalid_client_certificate_in_the_environment_ends_the_provider() {
    let _machine = machine::shared().await;
    let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for certificate in ["garbage", garbage] {
        let start = Start::plain().env("PLUGIN_CLIENT_CERT", certificate);
        let (status, stdout, stderr) = start.spawn().end().await;
        assert_eq!((status.code(), &*stdout), (Some(1), ""));
        assert!(stderr.contains("PLUGIN_CLIENT_CERT holds"), "{stderr}");
    }
}

#[tokio::test]
async fn without_a_client_certificate_the_provider_serves_without_tls() {
    let _machine = machine::shared().await;
    let plugin = Start::plain().handshake().await;
    metadata(&plugin.connect().await).await.unwrap();
}

#[tokio::test]
async fn the_socket_is_private_and_is_deleted_at_the_end() {
    let _machine = machine::shared().await;
    let mut plugin = Start::terraform().handshake().await;
    assert_eq!(plugin.socket_mode(), 0o700);
    assert_eq!(plugin.leftovers(), 1);
    plugin.signal(Signal::TERM);
    plugin.end().await;
    assert_eq!(plugin.leftovers(), 0);
}

#[tokio::test]
async fn shutdown_ends_the_provider_within_two_seconds_and_closes_all_streams() {
    let _machine = machine::alone().await;
    let mut plugin = Start::terraform().handshake().await;
    let channel = plugin.connect().await;
    let mut stdio =
        GrpcStdioClient::new(channel.clone()).stream_stdio(()).await.unwrap().into_inner();
    let connections = tokio_stream::pending::<ConnInfo>();
    let mut broker = GrpcBrokerClient::new(channel.clone())
        .start_stream(connections)
        .await
        .unwrap()
        .into_inner();
    for _ in 0..10 {
        tokio::select! {
            biased;
            event = stdio.message() => panic!("the stdio stream has ended: {event:?}"),
            event = broker.message() => panic!("the broker stream has ended: {event:?}"),
            response = metadata(&channel) => drop(response.unwrap()),
        }
    }

    let begin = Instant::now();
    GrpcControllerClient::new(channel.clone()).shutdown(Empty {}).await.unwrap();
    let (status, stdout, stderr) = plugin.end().await;
    assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
    assert_eq!((status.code(), &*stdout, &*stderr), (Some(0), "", ""));
    assert_eq!(plugin.leftovers(), 0);
    assert_eq!(stdio.message().await.unwrap(), None, "the stream ends without an error");
    assert_eq!(broker.message().await.unwrap(), None, "the stream ends without an error");
}

#[tokio::test]
async fn a_provider_that_terraform_has_started_ignores_the_signals_of_a_terminal() {
    let _machine = machine::shared().await;
    let plugin = Start::terraform().handshake().await;
    let channel = plugin.connect().await;
    for signal in TERMINAL_SIGNALS.into_iter().chain(TERMINAL_SIGNALS) {
        plugin.signal(signal);
        metadata(&channel).await.unwrap_or_else(|error| panic!("{signal:?}: {error}"));
    }
}

#[tokio::test]
async fn after_sigterm_the_provider_serves_until_the_connection_is_closed() {
    let _machine = machine::alone().await;
    let mut plugin = Start::terraform().handshake().await;
    let channel = plugin.connect().await;
    metadata(&channel).await.unwrap();
    plugin.signal(Signal::TERM);
    metadata(&channel).await.unwrap();
    let begin = Instant::now();
    drop(channel);
    let (status, ..) = plugin.end().await;
    assert_eq!(status.code(), Some(0));
    // Without SIGTERM the provider waits 5 seconds for another connection. After SIGTERM it must
    // not wait.
    assert!(begin.elapsed() < Duration::from_secs(4), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn the_provider_ends_after_the_last_connection_is_closed() {
    let _machine = machine::shared().await;
    let mut plugin = Start::terraform().handshake().await;
    let channel = plugin.connect().await;
    metadata(&channel).await.unwrap();
    drop(channel);
    let (status, _, stderr) = plugin.end().await;
    assert_eq!((status.code(), &*stderr), (Some(0), ""));
    assert_eq!(plugin.leftovers(), 0);
}

#[tokio::test]
async fn the_provider_reports_the_health_of_each_service() {
    let _machine = machine::shared().await;
    let plugin = Start::terraform().handshake().await;
    let mut health = HealthClient::new(plugin.connect().await);
    let request = |service: &str| HealthCheckRequest { service: service.into() };
    for service in ["plugin", ""] {
        let response = health.check(request(service)).await.unwrap().into_inner();
        assert_eq!(response.status().as_str_name(), "SERVING");
        let mut watch = health.watch(request(service)).await.unwrap().into_inner();
        let response = watch.message().await.unwrap().unwrap();
        assert_eq!(response.status().as_str_name(), "SERVING");
    }
    assert_eq!(health.check(request("other")).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn a_message_of_16_mib_is_accepted() {
    let _machine = machine::shared().await;
    let plugin = Start::terraform().handshake().await;
    // A msgpack string, larger than the 4 MiB that gRPC libraries allow by default.
    let mut msgpack = vec![0xdb, 0x01, 0, 0, 0];
    msgpack.resize(5 + (16 << 20), b'x');
    let config = Some(DynamicValue { msgpack, json: vec![] });
    let request = validate_provider_config::Request { config };
    let response =
        ProviderClient::new(plugin.connect().await).validate_provider_config(request).await;
    let code = response.err().map(|status| status.code());
    assert!(matches!(code, None | Some(Code::Unimplemented)), "{code:?}");
}

#[tokio::test]
async fn in_debug_mode_the_provider_prints_how_to_attach_and_serves_several_connections() {
    let _machine = machine::shared().await;
    let mut plugin = Start::by_hand(&["--debug"]).spawn();
    let line = plugin.line().await;
    let json = line.strip_prefix("TF_REATTACH_PROVIDERS='").unwrap().strip_suffix('\'').unwrap();
    let json: serde_json::Value = serde_json::from_str(json).unwrap();
    let (_, reattach) = json.as_object().unwrap().iter().next().unwrap();
    let socket = reattach["Addr"]["String"].as_str().unwrap().to_owned();
    let process = serde_json::json!({
        "Protocol": "grpc", "ProtocolVersion": 6, "Pid": plugin.pid(), "Test": true,
        "Addr": { "Network": "unix", "String": socket },
    });
    assert_eq!(
        json,
        serde_json::json!({
            "registry.terraform.io/pbs-rs/pbs": process,
            "registry.opentofu.org/pbs-rs/pbs": process,
        })
    );
    plugin.address = socket.into();
    assert_eq!(plugin.socket_mode(), 0o700);
    metadata(&plugin.connect().await).await.unwrap();
    // After the first connection is closed, the provider serves a second connection.
    metadata(&plugin.connect().await).await.unwrap();
}

#[tokio::test]
async fn in_debug_mode_each_signal_of_a_terminal_ends_the_provider() {
    let _machine = machine::shared().await;
    for signal in TERMINAL_SIGNALS {
        let mut plugin = Start::by_hand(&["--debug"]).spawn();
        plugin.line().await;
        plugin.signal(signal);
        let (status, ..) = plugin.end().await;
        assert_eq!(status.code(), Some(0), "{signal:?}");
        assert_eq!(plugin.leftovers(), 0, "{signal:?}");
    }
}

#[tokio::test]
async fn the_provider_logs_json_lines_at_the_configured_level() {
    let _machine = machine::shared().await;
    let plugin = &mut Start::plain().env("TF_LOG_PROVIDER_PBS", "debug").handshake().await;
    metadata(&plugin.connect().await).await.unwrap();
    plugin.signal(Signal::TERM);
    let (_, _, stderr) = plugin.end().await;
    assert!(!stderr.is_empty());
    for line in stderr.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        for key in ["@level", "@message", "@module", "@timestamp"] {
            assert!(line[key].is_string(), "{key} in {line}");
        }
        let time = line["@timestamp"].as_str().unwrap();
        assert_eq!((time.len(), &time[19..20], &time[26..]), (27, ".", "Z"), "{time}");
    }
}
