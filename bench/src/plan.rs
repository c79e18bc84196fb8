//! Measures a plan without changes for many objects, in comparison with Terraform's built-in
//! resource `terraform_data`, which sends no requests and needs no provider process.

use std::path::Path;

use pbs_sim::{Account, Settings, Simulator, Token, World};
use xtask::cli::{Cli, Result};

use crate::{
    figures::{Report, Rounds},
    terraform::Workspace,
};

/// Tokens, a grant (ACL entry) for each token, and a grant for the user of the tokens. The grants
/// do not refer to attributes of the tokens. For each reference, Terraform would evaluate all
/// tokens, which would take longer than the rest of the plan.
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

/// Copies the first token and its grant on the server. [`Workspace::multiply`] does the same in the
/// state.
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

/// For each number of objects in `counts`, adds the figures of a plan to the report. Also adds the
/// growth from the first number to each later number.
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
    let with_provider = Workspace::new(cli, &directory.join("plan-ours"), provider, PROVIDER)?;
    let with_terraform_data =
        Workspace::new(cli, &directory.join("plan-terraform_data"), provider, TERRAFORM_DATA)?;
    // An apply of thousands of objects would take minutes. Therefore the apply creates one object
    // of each type. The benchmark then copies this object on the server and in the state.
    with_provider.run(Some(&simulator), &APPLY, 1)?;
    with_terraform_data.run(None, &APPLY, 1)?;
    let mut first_figures: Option<[f64; 5]> = None;
    for &count in counts {
        with_provider.multiply("number-0", count)?;
        with_terraform_data.multiply("number-0", count)?;
        simulator.world(|world| multiply(world, count));
        let [mut times, mut baseline_times, mut cpu_times, mut baseline_cpu_times] =
            std::array::from_fn(|_| Rounds::new());
        let [mut requests, mut connections, mut provider_cpu_times] =
            std::array::from_fn(|_| Rounds::new());
        for _ in 0..rounds {
            simulator.clear_requests();
            let before = simulator.connections();
            let usage = with_provider.run(Some(&simulator), &PLAN, count)?;
            times.push(usage.time.as_secs_f64());
            cpu_times.push(usage.total_cpu.as_secs_f64());
            provider_cpu_times.push(usage.provider_cpu.as_secs_f64());
            requests.push(simulator.requests().len() as f64);
            connections.push((simulator.connections() - before) as f64);
            let usage = with_terraform_data.run(None, &PLAN, count)?;
            baseline_times.push(usage.time.as_secs_f64());
            baseline_cpu_times.push(usage.total_cpu.as_secs_f64());
        }
        let (time, baseline_time) = (times.median(), baseline_times.median());
        let (cpu, baseline_cpu) = (cpu_times.median(), baseline_cpu_times.median());
        let provider_cpu = provider_cpu_times.median();
        report.row(
            format!("plan without changes of {count} tokens + {count} grants, s"),
            "≤ 1.6 × terraform_data",
            format!(
                "**{time:.2}**; terraform_data {baseline_time:.2}, ratio {:.2}",
                time / baseline_time
            ),
        );
        report.row(
            "CPU time of this plan, s (depends less on other load)",
            "",
            format!(
                "**{cpu:.2}**, of which the provider uses {provider_cpu:.2}; terraform_data \
                 {baseline_cpu:.2}, ratio {:.2}",
                cpu / baseline_cpu
            ),
        );
        report.row(
            "requests of this plan to PBS",
            "≤ 5",
            format!("**{}** over {} TLS connections", requests.median(), connections.median()),
        );
        let figures = [time, baseline_time, cpu, baseline_cpu, provider_cpu];
        match first_figures {
            None => first_figures = Some(figures),
            Some(first_figures) => {
                let [time, baseline_time, cpu, baseline_cpu, provider_cpu] =
                    std::array::from_fn(|index| figures[index] / first_figures[index]);
                report.row(
                    format!("growth from {} to {count}", counts[0]),
                    "CPU time of the provider ≤ 4.5 ×",
                    format!(
                        "**{time:.2} ×**; terraform_data {baseline_time:.2} ×. CPU time: \
                         {cpu:.2} ×; terraform_data {baseline_cpu:.2} ×; the provider alone \
                         {provider_cpu:.2} ×"
                    ),
                );
            }
        }
    }
    Ok(())
}
