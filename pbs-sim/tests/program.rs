//! The program: what it prints, what it logs, and how it ends.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Command, Stdio},
};

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_pbs-sim"))
}

#[test]
fn the_program_prints_the_environment_logs_requests_and_exits_on_sigterm() {
    let mut child = program()
        .args(["--listen", "127.0.0.1:0", "--admin-token", "root@pam!admin:hidden-secret"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let lines: Vec<String> = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .take(3)
        .map(|line| line.unwrap())
        .collect();
    assert!(lines[0].starts_with("export PBS_ENDPOINT='https://127.0.0.1:"), "{lines:?}");
    assert!(lines[1].starts_with("export PBS_FINGERPRINT='"), "{lines:?}");
    assert_eq!(lines[1].matches(':').count(), 31, "a SHA-256 fingerprint has 32 bytes");
    assert_eq!(lines[2], "export PBS_API_TOKEN='root@pam!admin:hidden-secret'");

    let port: u16 = lines[0].trim_end_matches('\'').rsplit(':').next().unwrap().parse().unwrap();
    let log = BufReader::new(child.stderr.take().unwrap());
    assert_eq!(status_of_version(port, "PBSAPIToken=root@pam!admin:hidden-secret"), 200);

    let kill_status =
        Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(kill_status.success());
    assert!(child.wait().unwrap().success());
    let mut text = String::new();
    log.take(64 * 1024).read_to_string(&mut text).unwrap();
    assert!(text.starts_with("GET /version 200 "), "{text}");
    assert!(text.trim_end().ends_with("ms root@pam!admin"), "{text}");
    assert!(!text.contains("hidden-secret"));
}

/// Sends `GET /version` without verifying the server's certificate, and returns the status.
fn status_of_version(port: u16, authorization: &str) -> u16 {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = reqwest::Client::builder()
            .tls_danger_accept_invalid_certs(true)
            .no_proxy()
            .build()
            .expect("the client can be built");
        let url = format!("https://127.0.0.1:{port}/api2/json/version");
        let request = client.get(url).header("authorization", authorization);
        request.send().await.expect("the server responds").status().as_u16()
    })
}

#[test]
fn help_describes_the_options_and_exits_successfully() {
    let help = program().arg("--help").output().unwrap();
    assert!(help.status.success());
    assert!(String::from_utf8(help.stdout).unwrap().contains("--admin-token"));
}

#[test]
fn an_invalid_option_value_fails_with_a_message_on_stderr() {
    let output = program().args(["--listen", "nowhere"]).output().unwrap();
    assert!(!output.status.success());
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "pbs-sim: invalid value for --listen: expected an IP address and a port, \
         for example 127.0.0.1:8007\n"
    );
}
