//! A plan of many objects that are all there and as they should be, beside Terraform's own `terraform_data`, which asks
//! nobody and starts no process.

use std::path::Path;

use pbs_sim::{Account, Settings, Simulator, Token, World};
use xtask::cli::{Cli, Result};

use crate::{
    figures::{Report, Rounds},
    terraform::Work,
};

/// So many tokens, and as many grants. They do not refer to the tokens: for each such reference Terraform evaluates all
/// instances, which takes it longer than everything else.
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
  token_name = "number-${count.index}"
  comment    = "Of machine number-${count.index}"
}
resource "pbs_acl" "one" {
  count   = var.objects
  path    = "/datastore/store1/number-${count.index}"
  auth_id = "bench@pbs!number-${count.index}"
  role_id = "DatastoreBackup"

  depends_on = [pbs_api_token.one, pbs_acl.user]
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
    token_name = "number-${count.index}"
    comment    = "Of machine number-${count.index}"
  }
}
resource "terraform_data" "two" {
  count = var.objects
  input = {
    path    = "/datastore/store1/number-${count.index}"
    auth_id = "bench@pbs!number-${count.index}"
    role_id = "DatastoreBackup"
  }

  depends_on = [terraform_data.one]
}
"#;

const APPLY: [&str; 2] = ["apply", "-auto-approve"];
const PLAN: [&str; 2] = ["plan", "-detailed-exitcode"];

/// Copies the first token and its grant, as [`Work::multiply`] does in the state.
fn multiply(world: &mut World, count: usize) {
    let Some(token) = world.tokens().get("bench@pbs!number-0").cloned() else { return };
    for number in 1..count {
        let id = format!("bench@pbs!number-{number}");
        let comment = Some(format!("Of machine number-{number}"));
        world.put_token(&id, Token { comment, ..token.clone() });
        let path = format!("/datastore/store1/number-{number}");
        world.put_acl(&path, &id, "DatastoreBackup", true);
    }
}

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
    // One of each is made by an apply, the rest by copying it: an apply of thousands takes Terraform minutes.
    ours.run(Some(&simulator), &APPLY, 1)?;
    theirs.run(None, &APPLY, 1)?;
    let mut first: Option<[f64; 5]> = None;
    for &count in counts {
        ours.multiply("number-0", count)?;
        theirs.multiply("number-0", count)?;
        simulator.world(|world| multiply(world, count));
        let [mut own, mut other, mut own_work, mut other_work] =
            std::array::from_fn(|_| Rounds::new());
        let [mut requests, mut connections, mut provider] = std::array::from_fn(|_| Rounds::new());
        for _ in 0..rounds {
            simulator.clear_requests();
            let before = simulator.connections();
            let took = ours.run(Some(&simulator), &PLAN, count)?;
            own.push(took.time.as_secs_f64());
            own_work.push(took.all.as_secs_f64());
            provider.push(took.provider.as_secs_f64());
            requests.push(simulator.requests().len() as f64);
            connections.push((simulator.connections() - before) as f64);
            let took = theirs.run(None, &PLAN, count)?;
            other.push(took.time.as_secs_f64());
            other_work.push(took.all.as_secs_f64());
        }
        let (own, other) = (own.median(), other.median());
        let (own_work, other_work) = (own_work.median(), other_work.median());
        let provider = provider.median();
        report.row(
            format!("plan of {count} tokens + {count} grants in place, s"),
            "≤ 1.6 × terraform_data",
            format!("**{own:.2}**; terraform_data {other:.2}, ratio {:.2}", own / other),
        );
        report.row(
            "its processor's time, s (a loaded machine changes it less)",
            "",
            format!(
                "**{own_work:.2}**; terraform_data {other_work:.2}, ratio {:.2}; {provider:.2} of it are the provider's",
                own_work / other_work
            ),
        );
        report.row(
            "its requests to PBS",
            "≤ 5",
            format!("**{}** over {} TLS connections", requests.median(), connections.median()),
        );
        let now = [own, other, own_work, other_work, provider];
        match first {
            None => first = Some(now),
            Some(before) => {
                let [own, other, own_work, other_work, provider] =
                    std::array::from_fn(|n| now[n] / before[n]);
                report.row(
                    format!("growth {} → {count}", counts[0]),
                    "time ≤ 4.5 ×",
                    format!(
                        "**{own:.2} ×**; terraform_data {other:.2} ×; of processor's time {own_work:.2} × and \
                         {other_work:.2} ×, the provider's own {provider:.2} ×"
                    ),
                );
            }
        }
    }
    Ok(())
}
