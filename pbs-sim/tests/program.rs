//! The program: what it prints, what it logs, how it ends.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Command, Stdio},
};

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_pbs-sim"))
}

#[test]
fn it_introduces_itself_logs_requests_and_ends_on_sigterm() {
    let mut child = program()
        .args(["--listen", "127.0.0.1:0", "--admin-token", "root@pam!admin:hidden-secret"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let lines: Vec<String> = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .take(3)
        .map(|line| line.unwrap())
        .collect();
    assert!(lines[0].starts_with("export PBS_ENDPOINT='https://127.0.0.1:"), "{lines:?}");
    assert!(lines[1].starts_with("export PBS_FINGERPRINT='"), "{lines:?}");
    assert_eq!(lines[1].matches(':').count(), 31);
    assert_eq!(lines[2], "export PBS_API_TOKEN='root@pam!admin:hidden-secret'");

    let port: u16 = lines[0].trim_end_matches('\'').rsplit(':').next().unwrap().parse().unwrap();
    let log = BufReader::new(child.stderr.take().unwrap());
    assert_eq!(version(port, "PBSAPIToken=root@pam!admin:hidden-secret"), 200);

    let ended = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(ended.success());
    assert!(child.wait().unwrap().success());
    let mut text = String::new();
    log.take(64 * 1024).read_to_string(&mut text).unwrap();
    assert!(text.starts_with("GET /version 200 "), "{text}");
    assert!(text.trim_end().ends_with("ms root@pam!admin"), "{text}");
    assert!(!text.contains("hidden-secret"));
}

/// The status of `GET /version`, whatever the certificate says.
fn version(port: u16, authorization: &str) -> u16 {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = reqwest::Client::builder()
            .tls_danger_accept_invalid_certs(true)
            .no_proxy()
            .build()
            .expect("a client");
        let url = format!("https://127.0.0.1:{port}/api2/json/version");
        let request = client.get(url).header("authorization", authorization);
        request.send().await.expect("an answer").status().as_u16()
    })
}

#[test]
fn help_and_mistakes() {
    let help = program().arg("--help").output().unwrap();
    assert!(help.status.success());
    assert!(String::from_utf8(help.stdout).unwrap().contains("--admin-token"));

    let mistake = program().args(["--listen", "nowhere"]).output().unwrap();
    assert!(!mistake.status.success());
    let text = String::from_utf8(mistake.stderr).unwrap();
    assert_eq!(text, "pbs-sim: --listen takes ADDRESS:PORT\n");
}
