//! The simulator as a program: prints what a client needs on stdout, then one line a request on
//! stderr, until it is told to stop.

use std::{
    fmt,
    io::{self, Write, stderr, stdout},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use pbs_sim::{Account, Request, Settings, Simulator};
use tokio::{
    runtime,
    signal::unix::{SignalKind, signal},
};

const HELP: &str = "\
A simulated Proxmox Backup Server, to try Terraform modules and API clients without one.

Usage: pbs-sim [OPTION…]

  --listen ADDRESS:PORT   where to listen (default 127.0.0.1:8007; port 0 takes a free one)
  --admin-token TOKEN     the API token with role Admin on /, as root@pam!name:secret
                          (default: root@pam!admin with a new secret)
  --user NAME@REALM[=PASSWORD]
                          a user that exists from the start; may be repeated
  --datastore NAME        a datastore that exists from the start; may be repeated
                          (default: store1)
  --delays FACTOR         factor on the delays of a real server: 3 s for a 401, 0.5 s for a 403,
                          10 s for a lock, of which 1 s stays (default 1)
  --version X.Y.Z         the Proxmox Backup Server to be (default 4.2.3)
  --help                  this text

Everything is kept in memory and gone when it ends. Ends on SIGINT and SIGTERM.
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
    let Some(mut settings) = parse(args)? else {
        return stdout().lock().write_all(HELP.as_bytes());
    };
    settings.log = Some(Arc::new(|request| {
        let _ = writeln!(stderr().lock(), "{}", Line(request));
    }));

    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let simulator = Simulator::try_start(settings)?;
        introduce(&simulator)?;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        Ok(())
    })
}

/// The settings, or `None` if help is wanted.
fn parse(mut args: impl Iterator<Item = String>) -> io::Result<Option<Settings>> {
    let mut settings = Settings { delays: 1.0, ..Settings::default() };
    settings.listen.set_port(8007);
    let mut datastores = Vec::new();
    while let Some(arg) = args.next() {
        let (option, inline) = match arg.split_once('=') {
            Some((option, value)) => (option, Some(value.to_string())),
            None => (arg.as_str(), None),
        };
        if matches!(option, "--help" | "-h") {
            return Ok(None);
        }
        let known = ["listen", "admin-token", "user", "datastore", "delays", "version"];
        if !option.strip_prefix("--").is_some_and(|name| known.contains(&name)) {
            return Err(wrong("there is an unknown option; see --help"));
        }
        let missing = || wrong(format!("{option} needs a value; see --help"));
        let value = inline.or_else(|| args.next()).ok_or_else(missing)?;
        let unfit = |form: &str| wrong(format!("{option} takes {form}"));
        match option {
            "--listen" => settings.listen = value.parse().map_err(|_| unfit("ADDRESS:PORT"))?,
            "--admin-token" => settings.admin_token = Some(value),
            "--datastore" => datastores.push(value),
            "--delays" => {
                let factor =
                    value.parse().ok().filter(|factor: &f64| (0.0..=1000.0).contains(factor));
                settings.delays = factor.ok_or_else(|| unfit("a number from 0 to 1000"))?;
            }
            "--version" => settings.version = value.parse().map_err(|form: String| unfit(&form))?,
            _ => settings.users.push(match value.split_once('=') {
                Some(account) => Account::from(account),
                None => Account::from(value.as_str()),
            }),
        }
    }
    // Less would fail writes that merely wait for each other.
    settings.lock_wait = Duration::from_secs(10).mul_f64(settings.delays).max(settings.lock_wait);
    if !datastores.is_empty() {
        settings.datastores = datastores;
    }
    Ok(Some(settings))
}

fn wrong(text: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, text.into())
}

fn introduce(simulator: &Simulator) -> io::Result<()> {
    let mut out = stdout().lock();
    writeln!(out, "export PBS_ENDPOINT='{}'", simulator.endpoint())?;
    writeln!(out, "export PBS_FINGERPRINT='{}'", simulator.fingerprint())?;
    writeln!(out, "export PBS_API_TOKEN='{}'", simulator.admin_token())?;
    out.flush()
}

/// A request as one line of the log.
struct Line<'a>(&'a Request);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Request { method, path, query, caller, status, took, .. } = self.0;
        let mark = if query.is_empty() { "" } else { "?" };
        let status = status.map_or("dropped".into(), |status| status.to_string());
        let caller = caller.as_deref().unwrap_or("-");
        // Escaped, so that a decoded path can neither end the line nor speak to the terminal.
        let path = format!("{path}{mark}{query}").escape_debug().to_string();
        write!(f, "{method} {path} {status} {} ms {caller}", took.as_millis())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(args: &[&str]) -> Settings {
        parse(args.iter().map(|arg| arg.to_string())).unwrap().unwrap()
    }

    #[test]
    fn options_in_both_forms() {
        let settings = parsed(&[
            "--listen=127.0.0.1:1234",
            "--user",
            "a@pbs=geheim!1",
            "--user=b@pbs",
            "--datastore",
            "tank",
            "--delays",
            "0.5",
            "--version",
            "3.3",
        ]);
        assert_eq!(settings.listen.port(), 1234);
        assert_eq!(settings.users[0].password.as_deref(), Some("geheim!1"));
        assert_eq!(settings.users[1].userid, "b@pbs");
        assert_eq!(settings.datastores, ["tank"]);
        assert_eq!(settings.delays, 0.5);
        assert_eq!(settings.version.to_string(), "3.3.0");
    }

    #[test]
    fn the_default_is_the_usual_port_and_real_delays() {
        let settings = parsed(&[]);
        assert_eq!((settings.listen.port(), settings.delays), (8007, 1.0));
        assert_eq!(settings.lock_wait, Duration::from_secs(10));
    }

    #[test]
    fn help_and_mistakes() {
        assert!(parse(["--help".to_string()].into_iter()).unwrap().is_none());
        for args in [vec!["--nonsense"], vec!["--listen"], vec!["--listen=x"], vec!["--delays=x"]] {
            assert!(parse(args.iter().map(|arg| arg.to_string())).is_err(), "{args:?}");
        }
    }

    #[test]
    fn a_line_has_no_line_break() {
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
        assert_eq!(Line(&request).to_string(), "GET /a\\nb?x=1 dropped 3 ms -");
    }
}
