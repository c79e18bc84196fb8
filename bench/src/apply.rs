//! An apply of many new tokens, beside a bare HTTP client on the same server: once as fast as the simulator answers, and
//! once with a server that takes as long to hash a secret as a real one.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use pbs_sim::{Account, Log, Request, Settings, Simulator};
use xtask::cli::{Cli, Result};

use crate::{
    bare,
    figures::{Report, Rounds},
    terraform::Work,
};

const TOKENS: usize = 300;
const CONNECTIONS: usize = 10;

/// PBS 4.2.3 makes 18 to 35 tokens a second, one after the other (measured).
const HASHING: Duration = Duration::from_millis(30);

const CONFIGURATION: &str = r#"
terraform {
  required_providers {
    pbs = { source = "pbs-rs/pbs" }
  }
}
variable "objects" { type = number }
resource "pbs_api_token" "one" {
  count      = var.objects
  user_id    = "bench@pbs"
  token_name = "t${count.index}"
}
"#;

pub(crate) fn measure(
    report: &mut Report,
    cli: &Cli,
    provider: &Path,
    rounds: usize,
    room: &Path,
) -> Result<()> {
    let servers = [
        ("a server as fast as PBS", HASHING, "≥ 0.95 × the bare client"),
        ("a server that answers at once", Duration::ZERO, "(shows Terraform's own time)"),
    ];
    for (kind, hashing, goal) in servers {
        let [mut own, mut other, mut whole, mut share] = std::array::from_fn(|_| Rounds::new());
        for round in 0..rounds {
            let server = Server::start(hashing);
            bare::create_tokens(&server.simulator, "bench@pbs", TOKENS, CONNECTIONS)?;
            other.push(server.rate()?);

            let server = Server::start(hashing);
            let room = room.join(format!("apply-{}-{round}", hashing.as_millis()));
            let work = Work::new(cli, &room, provider, CONFIGURATION)?;
            let parallelism = format!("-parallelism={CONNECTIONS}");
            let apply = ["apply", "-auto-approve", &parallelism];
            let took = work.run(Some(&server.simulator), &apply, TOKENS)?;
            own.push(server.rate()?);
            whole.push(TOKENS as f64 / took.time.as_secs_f64());
            share.push(took.provider.as_secs_f64() / took.all.as_secs_f64());
        }
        report.row(
            format!("apply of {TOKENS} new tokens at -parallelism={CONNECTIONS}, {kind}, tokens/s"),
            goal,
            format!(
                "**{:.1}**; bare client {:.1}, ratio {:.2}; {:.1} counting all of the command; the provider's share \
                 of the processor's time is {:.0} %",
                own.median(),
                other.median(),
                own.median() / other.median(),
                whole.median(),
                100.0 * share.median()
            ),
        );
    }
    Ok(())
}

/// A simulator that notes when a token was made.
struct Server {
    simulator: Simulator,
    made: Arc<Mutex<Vec<Instant>>>,
}

impl Server {
    fn start(hashing: Duration) -> Self {
        let made = Arc::new(Mutex::new(Vec::new()));
        let notes = Arc::clone(&made);
        let log: Log = Arc::new(move |request: &Request| {
            if request.method == "POST" && request.status == Some(200) {
                // In the simulator's only thread: one after the other, as the lock makes it on a real server.
                thread::sleep(hashing);
                notes.lock().unwrap_or_else(PoisonError::into_inner).push(Instant::now());
            }
        });
        let simulator = Simulator::start(Settings {
            users: vec![Account::from("bench@pbs")],
            delays: 0.0,
            log: Some(log),
            ..Settings::default()
        });
        Self { simulator, made }
    }

    /// Tokens a second, from the first to the last.
    fn rate(&self) -> Result<f64> {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        match (made.first(), made.last()) {
            (Some(first), Some(last)) if made.len() == TOKENS => {
                Ok((TOKENS - 1) as f64 / (*last - *first).as_secs_f64())
            }
            _ => Err(format!("{} tokens were made instead of {TOKENS}", made.len()).into()),
        }
    }
}
