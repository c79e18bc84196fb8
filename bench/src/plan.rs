//! A plan of many objects that are all there and as they should be, beside Terraform's own `terraform_data`, which asks
//! nobody and starts no process.

use std::path::Path;

use pbs_sim::{Account, Settings, Simulator};
use xtask::cli::{Cli, Result};

use crate::{
    figures::{Report, Rounds},
    terraform::Work,
};

/// So many tokens, and as many grants that refer to them.
const OURS: &str = r#"
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
  comment    = "Token number ${count.index}"
}
resource "pbs_acl" "one" {
  count   = var.objects
  path    = "/datastore/store1/n${count.index}"
  auth_id = pbs_api_token.one[count.index].id
  role_id = "DatastoreBackup"
}
resource "pbs_acl" "user" {
  path    = "/datastore/store1"
  auth_id = "bench@pbs"
  role_id = "DatastoreBackup"
}
"#;

/// The same graph of things that are nowhere.
const TERRAFORMS: &str = r#"
variable "objects" { type = number }
resource "terraform_data" "one" {
  count = var.objects
  input = {
    user_id    = "bench@pbs"
    token_name = "t${count.index}"
    comment    = "Token number ${count.index}"
  }
}
resource "terraform_data" "two" {
  count = var.objects
  input = {
    path    = "/datastore/store1/n${count.index}"
    auth_id = terraform_data.one[count.index].id
    role_id = "DatastoreBackup"
  }
}
"#;

/// As many tasks as have no effect but a shorter wait for what is laid out before the measurement.
const LAY_OUT: [&str; 3] = ["apply", "-auto-approve", "-parallelism=50"];
const PLAN: [&str; 2] = ["plan", "-detailed-exitcode"];

pub(crate) fn measure(
    report: &mut Report,
    cli: &Cli,
    provider: &Path,
    counts: &[usize],
    rounds: usize,
    room: &Path,
) -> Result<()> {
    let simulator = Simulator::start(Settings {
        users: vec![Account::from("bench@pbs")],
        delays: 0.0,
        ..Settings::default()
    });
    let ours = Work::new(cli, &room.join("plan-ours"), provider, OURS)?;
    let theirs = Work::new(cli, &room.join("plan-terraform_data"), provider, TERRAFORMS)?;
    let mut first: Option<(f64, f64)> = None;
    for &count in counts {
        let laid_out = ours.run(Some(&simulator), &LAY_OUT, count)?;
        eprintln!(
            "laid out {count} tokens and as many grants in {:.1} s",
            laid_out.time.as_secs_f64()
        );
        theirs.run(None, &LAY_OUT, count)?;
        let [mut own, mut other, mut requests, mut connections, mut provider_share, mut processor] =
            std::array::from_fn(|_| Rounds::new());
        for _ in 0..rounds {
            simulator.clear_requests();
            let before = simulator.connections();
            let took = ours.run(Some(&simulator), &PLAN, count)?;
            own.push(took.time.as_secs_f64());
            requests.push(simulator.requests().len() as f64);
            connections.push((simulator.connections() - before) as f64);
            provider_share.push(took.provider.as_secs_f64() / took.all.as_secs_f64());
            processor.push(took.all.as_secs_f64());
            let took = theirs.run(None, &PLAN, count)?;
            other.push(took.time.as_secs_f64());
        }
        let (own, other) = (own.median(), other.median());
        report.row(
            format!("plan of {count} tokens + {count} grants in place, s"),
            "≤ 1.6 × terraform_data",
            format!(
                "**{own:.2}**; terraform_data {other:.2}, ratio {:.2}; of {:.2} s of processor's time the \
                 provider's share is {:.0} %",
                own / other,
                processor.median(),
                100.0 * provider_share.median()
            ),
        );
        report.row(
            "its requests to PBS",
            "≤ 5",
            format!("**{}** over {} TLS connections", requests.median(), connections.median()),
        );
        match first {
            None => first = Some((own, other)),
            Some((own_before, other_before)) => report.row(
                format!("growth {} → {count}", counts[0]),
                "time ≤ 4.5 ×",
                format!(
                    "**{:.2} ×**; terraform_data {:.2} ×",
                    own / own_before,
                    other / other_before
                ),
            ),
        }
    }
    Ok(())
}
