//! Measures an apply that creates many tokens, in comparison with a bare HTTP client. One
//! measurement uses a server that needs as much time to hash a secret as PBS, and one uses a server
//! without this delay.

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

/// Time to create one token, as on a real server: PBS 4.2.3 creates 18 to 35 tokens per second, one
/// after the other (measured).
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
    directory: &Path,
) -> Result<()> {
    let servers = [
        ("a server as slow as PBS", HASHING, "≥ 0.95 × the bare client"),
        ("a server that answers at once", Duration::ZERO, "(measures Terraform itself)"),
    ];
    for (kind, hashing, goal) in servers {
        let [mut own, mut other, mut whole, mut share] = std::array::from_fn(|_| Rounds::new());
        for round in 0..rounds {
            let server = Server::start(hashing);
            bare::create_tokens(&server.simulator, "bench@pbs", TOKENS, CONNECTIONS)?;
            other.push(server.rate()?);

            let server = Server::start(hashing);
            let directory = directory.join(format!("apply-{}-{round}", hashing.as_millis()));
            let work = Work::new(cli, &directory, provider, CONFIGURATION)?;
            let parallelism = format!("-parallelism={CONNECTIONS}");
            let apply = ["apply", "-auto-approve", &parallelism];
            let usage = work.run(Some(&server.simulator), &apply, TOKENS)?;
            own.push(server.rate()?);
            whole.push(TOKENS as f64 / usage.time.as_secs_f64());
            share.push(usage.provider.as_secs_f64() / usage.all.as_secs_f64());
        }
        report.row(
            format!("apply of {TOKENS} new tokens at -parallelism={CONNECTIONS}, {kind}, tokens/s"),
            goal,
            format!(
                "**{:.1}**; bare client {:.1}, ratio {:.2}; {:.1} if the whole command is counted; \
                 the provider uses {:.0} % of the CPU time",
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

/// A simulator that records when each token was created.
struct Server {
    simulator: Simulator,
    creations: Arc<Mutex<Vec<Instant>>>,
}

impl Server {
    fn start(hashing: Duration) -> Self {
        let creations = Arc::new(Mutex::new(Vec::new()));
        let recorded = Arc::clone(&creations);
        let log: Log = Arc::new(move |request: &Request| {
            if request.method == "POST" && request.status == Some(200) {
                // The simulator has only one thread, so it creates tokens one after the other. A
                // real server does the same, because it holds a lock.
                thread::sleep(hashing);
                recorded.lock().unwrap_or_else(PoisonError::into_inner).push(Instant::now());
            }
        });
        let simulator = Simulator::start(Settings {
            users: vec![Account::from("bench@pbs")],
            delays: 0.0,
            log: Some(log),
            ..Settings::default()
        });
        Self { simulator, creations }
    }

    /// Tokens per second, from the first token to the last.
    fn rate(&self) -> Result<f64> {
        let creations = self.creations.lock().unwrap_or_else(PoisonError::into_inner);
        match (creations.first(), creations.last()) {
            (Some(first), Some(last)) if creations.len() == TOKENS => {
                Ok((TOKENS - 1) as f64 / (*last - *first).as_secs_f64())
            }
            _ => Err(format!("{} tokens were created instead of {TOKENS}", creations.len()).into()),
        }
    }
}
