//! Measures applies that create or delete many tokens and grants (ACL entries), in comparison with
//! a bare HTTP client that sends only the necessary writes, and with Terraform's built-in resource
//! `terraform_data`, which sends no requests. The server needs as much time for each call as a real
//! server.

use std::{path::Path, time::Duration};

use pbs_sim::{Account, Costs, Settings, Simulator};
use reqwest::Method;
use serde_json::json;
use xtask::cli::{Cli, Result};

use crate::{
    bare::{self, Write},
    figures::{Report, Rounds},
    terraform::Workspace,
};

const OBJECTS: usize = 200;
const CONNECTIONS: usize = 10;

/// Tokens, and a grant for each of them.
const TOKENS_AND_GRANTS: Configuration = Configuration {
    provider: r#"
resource "pbs_api_token" "one" {
  count      = var.objects
  user_id    = "bench@pbs"
  token_name = "t${count.index}"
}
resource "pbs_acl" "one" {
  count   = var.objects
  path    = "/datastore/store1"
  auth_id = "bench@pbs!t${count.index}"
  role_id = "DatastoreBackup"

  depends_on = [pbs_api_token.one]
}
"#,
    terraform_data: r#"
resource "terraform_data" "one" {
  count = var.objects
  input = {
    user_id    = "bench@pbs"
    token_name = "t${count.index}"
  }
}
resource "terraform_data" "two" {
  count = var.objects
  input = {
    path    = "/datastore/store1"
    auth_id = "bench@pbs!t${count.index}"
    role_id = "DatastoreBackup"
  }

  depends_on = [terraform_data.one]
}
"#,
};

/// Grants of one user.
const GRANTS: Configuration = Configuration {
    provider: r#"
resource "pbs_acl" "one" {
  count   = var.objects
  path    = "/datastore/store1/n${count.index}"
  auth_id = "bench@pbs"
  role_id = "DatastoreBackup"
}
"#,
    terraform_data: r#"
resource "terraform_data" "one" {
  count = var.objects
  input = {
    path    = "/datastore/store1/n${count.index}"
    auth_id = "bench@pbs"
    role_id = "DatastoreBackup"
  }
}
"#,
};

struct Configuration {
    /// Resources of this provider.
    provider: &'static str,
    /// Instances of `terraform_data` with the same dependencies, but without objects on a server.
    terraform_data: &'static str,
}

/// A measured command.
struct Case {
    name: &'static str,
    configuration: Configuration,
    deletes: bool,
    /// The writes that the bare client sends, in the phases of [`bare::send`].
    writes: fn() -> Vec<Vec<Write>>,
}

const CASES: [Case; 3] = [
    Case {
        name: "creating 200 tokens with a grant each",
        configuration: TOKENS_AND_GRANTS,
        deletes: false,
        writes: || {
            vec![
                for_each_object(create_token),
                for_each_object(|number| write_grant(number, false)),
            ]
        },
    },
    Case {
        name: "deleting 200 tokens with a grant each",
        configuration: TOKENS_AND_GRANTS,
        deletes: true,
        writes: || {
            vec![for_each_object(|number| write_grant(number, true)), for_each_object(delete_token)]
        },
    },
    Case {
        name: "creating 200 grants",
        configuration: GRANTS,
        deletes: false,
        writes: || vec![for_each_object(write_user_grant)],
    },
];

/// Adds a row for each case to the report. In each round, a case runs four times: with the provider
/// and a server as slow as PBS, with the provider and a server that answers at once, with
/// `terraform_data`, and with the bare client.
pub(crate) fn measure(
    report: &mut Report,
    cli: &Cli,
    provider: &Path,
    rounds: usize,
    directory: &Path,
) -> Result<()> {
    let parallelism = format!("-parallelism={CONNECTIONS}");
    let apply = ["apply", "-auto-approve", parallelism.as_str()];
    let destroy = ["destroy", "-auto-approve", parallelism.as_str()];
    for (number, case) in CASES.iter().enumerate() {
        let [
            mut provider_times,
            mut terraform_data_times,
            mut instant_server_times,
            mut bare_client_times,
            mut ratios,
            mut provider_ratios,
            mut flush_counts,
        ] = std::array::from_fn(|_| Rounds::new());
        for round in 0..rounds {
            let run = |name: &str, main: &str, server: Option<&Simulator>| -> Result<Duration> {
                let directory = directory.join(format!("apply-{number}-{round}-{name}"));
                let workspace = Workspace::new(cli, &directory, provider, main)?;
                if case.deletes {
                    workspace.run(server, &apply, OBJECTS)?;
                }
                if let Some(server) = server {
                    server.clear_requests();
                }
                let command = if case.deletes { &destroy } else { &apply };
                Ok(workspace.run(server, command, OBJECTS)?.time)
            };
            let server = start(Costs::MEASURED);
            let provider_time = run("provider", case.configuration.provider, Some(&server))?;
            flush_counts.push(flushes(&server) as f64);
            let server = start(Costs::default());
            let instant_time = run("instant", case.configuration.provider, Some(&server))?;
            let terraform_data_time = run("terraform", case.configuration.terraform_data, None)?;
            let server = start(Costs::MEASURED);
            if case.deletes {
                create_all(&server);
            }
            let bare_time = bare::send(&server, (case.writes)(), CONNECTIONS)?;
            let ratio_without = |overhead: Duration| {
                (provider_time.as_secs_f64() - overhead.as_secs_f64()) / bare_time.as_secs_f64()
            };
            ratios.push(ratio_without(terraform_data_time));
            provider_ratios.push(ratio_without(instant_time));
            instant_server_times.push(instant_time.as_secs_f64());
            provider_times.push(provider_time.as_secs_f64());
            terraform_data_times.push(terraform_data_time.as_secs_f64());
            bare_client_times.push(bare_time.as_secs_f64());
        }
        report.row(
            format!("{} at -parallelism={CONNECTIONS}, on a server as slow as PBS", case.name),
            "≤ 25 additional writes; ≤ 1.03 × the bare client, without Terraform's own time",
            format!(
                "**{:.0}** additional writes; {:.2} s, bare client {:.2} s. Without the {:.2} s of \
                 `terraform_data`: **{:.2} ×**. Without the {:.2} s of the same command on a \
                 server that answers at once: **{:.2} ×**",
                flush_counts.median(),
                provider_times.median(),
                bare_client_times.median(),
                terraform_data_times.median(),
                ratios.median(),
                instant_server_times.median(),
                provider_ratios.median()
            ),
        );
    }
    Ok(())
}

/// A simulator that needs this time for each kind of call. The user `bench@pbs` has a grant with
/// the same role that its tokens get. Without the grant of the user, the grants of the tokens would
/// have no effect, and each plan would wait in case it also creates a grant of the user.
fn start(costs: Costs) -> Simulator {
    let server = Simulator::start(Settings {
        users: vec![Account::from("bench@pbs")],
        delays: 0.0,
        costs,
        ..Settings::default()
    });
    server.world(|world| {
        world.put_acl("/datastore/store1", "bench@pbs", "DatastoreBackup", true);
    });
    server
}

/// Creates the tokens and grants that the bare client deletes.
fn create_all(server: &Simulator) {
    server.world(|world| {
        for number in 0..OBJECTS {
            let id = format!("bench@pbs!t{number}");
            world.add_token(&id);
            world.put_acl("/datastore/store1", &id, "DatastoreBackup", true);
        }
    });
}

/// The number of flushes, which are updates of a user or token that change nothing. No case updates
/// a user or token, so every such update is a flush.
fn flushes(server: &Simulator) -> usize {
    let requests = server.requests();
    let is_flush = |method: &str, path: &str| method == "PUT" && path.starts_with("/access/users");
    requests.iter().filter(|request| is_flush(&request.method, &request.path)).count()
}

fn for_each_object(write: impl Fn(usize) -> Write) -> Vec<Write> {
    (0..OBJECTS).map(write).collect()
}

fn create_token(number: usize) -> Write {
    (Method::POST, format!("/access/users/bench@pbs/token/t{number}"), json!({}))
}

fn delete_token(number: usize) -> Write {
    (Method::DELETE, format!("/access/users/bench@pbs/token/t{number}"), json!({}))
}

fn write_grant(number: usize, deletes: bool) -> Write {
    let body = json!({
        "path": "/datastore/store1",
        "auth-id": format!("bench@pbs!t{number}"),
        "role": "DatastoreBackup",
        "delete": deletes,
    });
    (Method::PUT, "/access/acl".to_owned(), body)
}

fn write_user_grant(number: usize) -> Write {
    let body = json!({
        "path": format!("/datastore/store1/n{number}"),
        "auth-id": "bench@pbs",
        "role": "DatastoreBackup",
    });
    (Method::PUT, "/access/acl".to_owned(), body)
}
