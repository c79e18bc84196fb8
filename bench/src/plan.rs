//! Measures a plan without changes for many objects, in comparison with Terraform's built-in
//! resource `terraform_data`, which sends no requests and needs no provider process.

use std::path::Path;

use pbs_sim::{Account, Settings, Simulator, Token, World};
use xtask::cli::{Cli, Result};

use crate::{
    figures::{Report, Rounds},
    terraform::Work,
};

/// Tokens, a grant (ACL entry) for each token, and a grant for the user of the tokens. The grants
/// do not refer to attributes of the tokens. For each such reference, Terraform would evaluate all
/// instances, which would take longer than the rest of the plan.
const PROVIDER: &str = r#"
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

/// Two resources with the same dependency as the tokens and their grants in [`PROVIDER`], but
/// without objects on a server.
const TERRAFORM_DATA: &str = r#"
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

/// Copies the first token and its grant on the server, as [`Work::multiply`] does in the state.
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

/// Adds the figures of a plan for each of `counts` to the report, and the growth from the first
/// count to each later count.
pub(crate) fn measure(
    report: &mut Report,
    cli: &Cli,
    provider: &Path,
    counts: &[usize],
    rounds: usize,
    directory: &Path,
) -> Result<()> {
    let simulator = Simulator::start(Settings {
        users: vec![Account::from("bench@pbs")],
        delays: 0.0,
        ..Settings::default()
    });
    let with_provider = Work::new(cli, &directory.join("plan-ours"), provider, PROVIDER)?;
    let with_terraform_data =
        Work::new(cli, &directory.join("plan-terraform_data"), provider, TERRAFORM_DATA)?;
    // An apply of thousands of objects takes minutes. Therefore the apply creates one object of
    // each type, which is then copied on the server and in the state.
    with_provider.run(Some(&simulator), &APPLY, 1)?;
    with_terraform_data.run(None, &APPLY, 1)?;
    let mut first: Option<[f64; 5]> = None;
    for &count in counts {
        with_provider.multiply("number-0", count)?;
        with_terraform_data.multiply("number-0", count)?;
        simulator.world(|world| multiply(world, count));
        let [mut own, mut other, mut own_cpu, mut other_cpu] =
            std::array::from_fn(|_| Rounds::new());
        let [mut requests, mut connections, mut provider] = std::array::from_fn(|_| Rounds::new());
        for _ in 0..rounds {
            simulator.clear_requests();
            let before = simulator.connections();
            let usage = with_provider.run(Some(&simulator), &PLAN, count)?;
            own.push(usage.time.as_secs_f64());
            own_cpu.push(usage.all.as_secs_f64());
            provider.push(usage.provider.as_secs_f64());
            requests.push(simulator.requests().len() as f64);
            connections.push((simulator.connections() - before) as f64);
            let usage = with_terraform_data.run(None, &PLAN, count)?;
            other.push(usage.time.as_secs_f64());
            other_cpu.push(usage.all.as_secs_f64());
        }
        let (own, other) = (own.median(), other.median());
        let (own_cpu, other_cpu) = (own_cpu.median(), other_cpu.median());
        let provider = provider.median();
        report.row(
            format!("plan without changes of {count} tokens + {count} grants, s"),
            "≤ 1.6 × terraform_data",
            format!("**{own:.2}**; terraform_data {other:.2}, ratio {:.2}", own / other),
        );
        report.row(
            "CPU time of this plan, s (other load affects it less)",
            "",
            format!(
                "**{own_cpu:.2}**; terraform_data {other_cpu:.2}, ratio {:.2}; the provider uses \
                 {provider:.2} of it",
                own_cpu / other_cpu
            ),
        );
        report.row(
            "requests of this plan to PBS",
            "≤ 5",
            format!("**{}** over {} TLS connections", requests.median(), connections.median()),
        );
        let now = [own, other, own_cpu, other_cpu, provider];
        match first {
            None => first = Some(now),
            Some(before) => {
                let [own, other, own_cpu, other_cpu, provider] =
                    std::array::from_fn(|n| now[n] / before[n]);
                report.row(
                    format!("growth from {} to {count}", counts[0]),
                    "CPU time of the provider ≤ 4.5 ×",
                    format!(
                        "**{own:.2} ×**; terraform_data {other:.2} ×; CPU time {own_cpu:.2} × and \
                         {other_cpu:.2} ×, the provider alone {provider:.2} ×"
                    ),
                );
            }
        }
    }
    Ok(())
}
