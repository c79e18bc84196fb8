//! The simulator as a program. It prints the endpoint, fingerprint and API token to stdout, logs
//! each request to stderr, and runs until it receives SIGINT or SIGTERM.

use std::{
    fmt,
    io::{self, Write, stderr, stdout},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use pbs_sim::{Account, Costs, Request, Settings, Simulator};
use tokio::{
    runtime,
    signal::unix::{SignalKind, signal},
};

const HELP: &str = "\
Simulated Proxmox Backup Server for testing Terraform modules and API clients without a real server.

Usage: pbs-sim [OPTION…]

  --listen ADDRESS:PORT   IP address and port to listen on. Port 0 selects a free port.
                          Default: 127.0.0.1:8007
  --admin-token TOKEN     API token with the role Admin on /, in the form root@pam!name:secret.
                          Default: root@pam!admin with a random secret
  --user NAME@REALM[=PASSWORD]
                          User to create at the start. Can be repeated. A user without a password
                          cannot log in, but its tokens work.
  --realm NAME            LDAP realm, for example company.com, that exists in addition to pam and pbs.
                          Can be repeated. The simulator has no directory: a user of the realm logs
                          in with the password of the option --user.
  --datastore NAME        Datastore to create at the start. Can be repeated. Default: store1
  --delays FACTOR         Factor from 0 to 1000 for the delays of a real server: 3 s before a 401
                          response, 0.5 s before a 403 response, and a timeout of 10 s for locks.
                          The timeout for locks is never shorter than 1 s. Default: 1
  --costs FACTOR          Factor from 0 to 1000 for the time that a real server needs for each call,
                          for example 37 ms to create a token. Default: 0
  --pbs-version VERSION   Proxmox Backup Server version to imitate, for example 3.4, 4.1 or 4.1.6.
                          Parameters, limits and privileges are those of this version. A version
                          before 4.0 responds like 3.4.8. In a version before 3.4, a token cannot
                          get a new secret, and the ACL entries of a deleted token stay.
                          Default: 4.2.3
  --help                  Print this text.

At the start, the program prints three environment variables for clients to stdout, each as a line
`export NAME='value'`. It then logs each request to stderr. It keeps its state in memory and runs
until it receives SIGINT or SIGTERM.
";

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(stderr(), "pbs-sim: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: impl Iterator<Item = String>) -> io::Result<()> {
    let Some(mut settings) = parse_args(args)? else {
        return stdout().lock().write_all(HELP.as_bytes());
    };
    settings.log = Some(Arc::new(|request| {
        let _ = writeln!(stderr().lock(), "{}", LogLine(request));
    }));

    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let simulator = Simulator::try_start(settings)?;
        print_environment(&simulator)?;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        Ok(())
    })
}

/// Parses the command line. Returns `None` if it contains `--help`. Errors do not quote the
/// arguments, because the arguments can contain passwords and secrets.
fn parse_args(mut args: impl Iterator<Item = String>) -> io::Result<Option<Settings>> {
    let mut settings = Settings { delays: 1.0, ..Settings::default() };
    settings.listen.set_port(8007);
    let mut datastores = Vec::new();
    while let Some(arg) = args.next() {
        let (option, inline_value) = match arg.split_once('=') {
            Some((option, value)) => (option, Some(value.to_string())),
            None => (arg.as_str(), None),
        };
        if matches!(option, "--help" | "-h") {
            return Ok(None);
        }
        let option_names = [
            "listen",
            "admin-token",
            "user",
            "realm",
            "datastore",
            "delays",
            "costs",
            "pbs-version",
        ];
        if !option.strip_prefix("--").is_some_and(|name| option_names.contains(&name)) {
            return Err(usage_error("unknown option; run `pbs-sim --help` for a list of options"));
        }
        let value = inline_value
            .or_else(|| args.next())
            .ok_or_else(|| usage_error(format!("{option} needs a value; see `pbs-sim --help`")))?;
        let value_error =
            |expected: &str| usage_error(format!("invalid value for {option}: {expected}"));
        match option {
            "--listen" => {
                settings.listen = value.parse().map_err(|_| {
                    value_error("expected an IP address and a port, for example 127.0.0.1:8007")
                })?;
            }
            "--admin-token" => settings.admin_token = Some(value),
            "--realm" if Settings::is_valid_realm(&value) => settings.realms.push(value),
            "--realm" => {
                return Err(value_error(
                    "expected 2 to 32 letters, digits, `_`, `.` and `-`, for example company.com",
                ));
            }
            "--datastore" => datastores.push(value),
            "--delays" | "--costs" => {
                let factor =
                    value.parse().ok().filter(|factor: &f64| (0.0..=1000.0).contains(factor));
                let factor =
                    factor.ok_or_else(|| value_error("expected a number from 0 to 1000"))?;
                match option {
                    "--delays" => settings.delays = factor,
                    _ => settings.costs = Costs::MEASURED.scaled(factor),
                }
            }
            "--pbs-version" => {
                settings.version = value.parse().map_err(|error: String| value_error(&error))?;
            }
            _ => settings.users.push(match value.split_once('=') {
                Some(userid_and_password) => Account::from(userid_and_password),
                None => Account::from(value.as_str()),
            }),
        }
    }
    // The lock timeout is never shorter than the default of `Settings`. A shorter timeout could
    // make ordinary concurrent writes fail.
    settings.lock_wait = Duration::from_secs(10).mul_f64(settings.delays).max(settings.lock_wait);
    if !datastores.is_empty() {
        settings.datastores = datastores;
    }
    Ok(Some(settings))
}

fn usage_error(text: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, text.into())
}

/// Prints the environment variables for clients, as lines that a shell can read with `.` (dot).
fn print_environment(simulator: &Simulator) -> io::Result<()> {
    let mut out = stdout().lock();
    writeln!(out, "export PBS_ENDPOINT='{}'", simulator.endpoint())?;
    writeln!(out, "export PBS_FINGERPRINT='{}'", simulator.fingerprint())?;
    writeln!(out, "export PBS_API_TOKEN='{}'", simulator.admin_token())?;
    out.flush()
}

/// Formats a request as one line: method, path with query, status, duration and caller.
struct LogLine<'a>(&'a Request);

impl fmt::Display for LogLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Request { method, path, query, caller, status, took, .. } = self.0;
        let question_mark = if query.is_empty() { "" } else { "?" };
        let status = status.map_or("dropped".into(), |status| status.to_string());
        let caller = caller.as_deref().unwrap_or("-");
        // The decoded path can contain line breaks and terminal control sequences, so it is
        // escaped.
        let path = format!("{path}{question_mark}{query}").escape_debug().to_string();
        write!(f, "{method} {path} {status} {} ms {caller}", took.as_millis())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> io::Result<Option<Settings>> {
        parse_args(args.iter().map(|arg| arg.to_string()))
    }

    #[test]
    fn options_accept_their_value_after_a_space_or_an_equals_sign() {
        let settings = parse(&[
            "--listen=127.0.0.1:1234",
            "--user",
            "a@pbs=pass=word",
            "--user=b@pbs",
            "--realm=company.com",
            "--realm",
            "ad",
            "--datastore",
            "tank",
            "--delays",
            "0.5",
            "--costs=2",
            "--pbs-version",
            "3.3",
        ]);
        let settings = settings.unwrap().unwrap();
        assert_eq!(settings.listen.port(), 1234);
        assert_eq!(settings.users[0].password.as_deref(), Some("pass=word"));
        assert_eq!(settings.users[1].userid, "b@pbs");
        assert_eq!(settings.realms, ["company.com", "ad"]);
        assert_eq!(settings.datastores, ["tank"]);
        assert_eq!(settings.delays, 0.5);
        assert_eq!(settings.costs, Costs::MEASURED.scaled(2.0));
        assert_eq!(settings.version.to_string(), "3.3.0");
    }

    #[test]
    fn without_options_the_port_and_the_delays_are_those_of_a_real_server() {
        let settings = parse(&[]).unwrap().unwrap();
        assert_eq!((settings.listen.port(), settings.delays), (8007, 1.0));
        assert_eq!(settings.lock_wait, Duration::from_secs(10));
    }

    #[test]
    fn the_help_option_returns_no_settings() {
        assert!(parse(&["--help"]).unwrap().is_none());
    }

    #[test]
    fn unknown_options_and_missing_or_invalid_values_are_errors() {
        for (args, error) in [
            (["--nonsense"], "unknown option; run `pbs-sim --help` for a list of options"),
            (["--listen"], "--listen needs a value; see `pbs-sim --help`"),
            (
                ["--listen=x"],
                "invalid value for --listen: expected an IP address and a port, \
                 for example 127.0.0.1:8007",
            ),
            (
                ["--realm=a b"],
                "invalid value for --realm: expected 2 to 32 letters, digits, `_`, `.` and `-`, \
                 for example company.com",
            ),
            (["--delays=x"], "invalid value for --delays: expected a number from 0 to 1000"),
            (["--costs=-1"], "invalid value for --costs: expected a number from 0 to 1000"),
            (
                ["--pbs-version=x"],
                "invalid value for --pbs-version: expected a version such as 4.2 or 4.2.3",
            ),
        ] {
            assert_eq!(parse(&args).err().unwrap().to_string(), error, "{args:?}");
        }
    }

    #[test]
    fn line_breaks_in_a_path_are_escaped_in_the_log() {
        let request = Request {
            method: "GET".into(),
            path: "/a\nb".into(),
            query: "x=1".into(),
            caller: None,
            status: None,
            params: vec![],
            fault: None,
            took: Duration::from_millis(3),
        };
        assert_eq!(LogLine(&request).to_string(), "GET /a\\nb?x=1 dropped 3 ms -");
    }
}
