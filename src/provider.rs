//! The provider block: its arguments and their fallbacks in the environment, how a
//! client comes of it, and the lists of what is offered.

mod block;

use crate::{
    actions, data_sources, ephemeral, functions,
    pbs::{self, ApiToken, Client, Clock, Config, Endpoint, Fingerprint, Malformed, UserId},
    resources,
};
use block::{Block, Unmade};
use std::{env::VarError, sync::Arc, time::UNIX_EPOCH};
use tf_plugin::{
    self as plugin, Attribute, Configured, Diagnostic, Field, Offers, Result, Runtime, Schema, View,
};

/// The provider for Proxmox Backup Server.
pub struct Provider {
    environment: Environment,
}

/// Reads one variable of the environment.
pub type Environment = Box<dyn Fn(&str) -> std::result::Result<String, VarError> + Send + Sync>;

impl Provider {
    /// A provider that takes from `environment` what its block leaves out.
    pub fn new(environment: Environment) -> Self {
        Self { environment }
    }
}

impl plugin::Provider for Provider {
    type Client = Client;
    const PREFIX: &'static str = "pbs";

    fn schema(&self) -> Schema {
        Schema::new(
            "Manages the access to a [Proxmox Backup Server](https://www.proxmox.com/en/proxmox-backup-server): \
             API tokens, users and what they may do.\n\n\
             Every argument can be left out here and set in the environment instead, so that no \
             credential has to stand in a configuration. `endpoint` and one kind of credential have to be set in \
             one of the two places. An argument counts before a variable; of several credentials in the same \
             place, `api_token` counts before `auth_ticket`, and that before `username` with `password`.",
            [
                Attribute::string(
                    "endpoint",
                    "Address of the server, such as `https://pbs.example.com:8007`. Without a port it is \
                     8007, or 443 where the address has a path (a reverse proxy). Environment variable: `PBS_ENDPOINT`.",
                )
                .parses::<Endpoint>(),
                Attribute::string(
                    "api_token",
                    "API token as `user@realm!name:secret`. Environment variable: `PBS_API_TOKEN`.",
                )
                .sensitive()
                .verbatim()
                .check(|text| match text.trim() {
                    "" => Ok(()),
                    text => text.parse::<ApiToken>().map(drop).map_err(|error| error.to_string()),
                }),
                Attribute::string(
                    "username",
                    "User who logs in with `password`, such as `root@pam`: for the first token of all. \
                     Environment variable: `PBS_USERNAME`.",
                )
                .parses::<UserId>(),
                Attribute::string("password", "Password of `username`. Environment variable: `PBS_PASSWORD`.")
                    .sensitive()
                    .verbatim(),
                Attribute::string(
                    "auth_ticket",
                    "Ticket of a login that was made elsewhere, for users with a second factor. Environment variable: \
                     `PBS_AUTH_TICKET`.",
                )
                .sensitive()
                .verbatim(),
                Attribute::string(
                    "csrf_prevention_token",
                    "What came with `auth_ticket`; needed for every change. Environment variable: \
                     `PBS_CSRF_PREVENTION_TOKEN`.",
                )
                .sensitive()
                .verbatim(),
                Attribute::string(
                    "fingerprint",
                    "SHA-256 fingerprint of the server's certificate, with or without colons. Exactly this \
                     certificate is trusted then, whatever its name or issuer. Environment variable: `PBS_FINGERPRINT`.",
                )
                .parses::<Fingerprint>(),
                Attribute::string(
                    "ca_certificate",
                    "Certificate of the authority that signed the server's, as PEM text or the path of a \
                     PEM file. Environment variable: `PBS_CA_CERTIFICATE`.",
                )
                .verbatim(),
                Attribute::boolean(
                    "insecure",
                    "Do not verify the server's certificate at all. Anybody on the way can then read the \
                     credentials: prefer `fingerprint`. Environment variable: `PBS_INSECURE`. Default: `false`.",
                ),
                Attribute::number(
                    "timeout",
                    "How long one request may take, in seconds, from 1 to 3600. Environment variable: `PBS_TIMEOUT`. Default: `30`.",
                )
                .integer(1..=3600),
                Attribute::number(
                    "max_retries",
                    "How often a request that may be repeated is repeated when the server cannot be reached \
                     or is busy, from 0 to 20. Environment variable: `PBS_MAX_RETRIES`. Default: `4`.",
                )
                .integer(0..=20),
            ],
        )
    }

    fn offers(&self) -> Offers<Client> {
        let offers = resources::register(Offers::new());
        let offers = data_sources::register(offers);
        let offers = ephemeral::register(offers);
        let offers = functions::register(offers);
        actions::register(offers)
    }

    fn validate(&self, config: View<'_>, _: &mut Vec<Diagnostic>) -> Result<()> {
        let insecure = config.get::<bool>("insecure")? == Field::Known(true);
        for trust in ["fingerprint", "ca_certificate"] {
            if insecure && config.get::<String>(trust)?.known().is_some_and(|text| !text.is_empty())
            {
                return Err(Diagnostic::error(
                    "Conflicting arguments",
                    format!(
                        "`insecure` switches off the check that `{trust}` asks for. Remove one of them; \
                         `{trust}` is the safe one."
                    ),
                )
                .at("insecure"));
            }
        }
        Ok(())
    }

    fn configure(
        &self,
        config: View<'_>,
        runtime: &Runtime,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<Configured<Client>> {
        let block = Block { config, environment: &self.environment };
        match block.config(warnings) {
            Ok(config) => Ok(Configured::Ready(Arc::new(Client::new(Config {
                stop: runtime.stop.clone(),
                now: clock(runtime),
                seed: seed(runtime),
                ..config
            })?))),
            Err(Unmade::NotReady(reason)) => Ok(Configured::NotReady(reason)),
            Err(Unmade::Wrong(reason)) => Err(reason),
        }
    }
}

fn clock(runtime: &Runtime) -> Clock {
    let clock = runtime.clock.clone();
    Clock::new(move || jiff::Timestamp::try_from(clock()).unwrap_or_default())
}

/// Differs from process to process, which is all that jitter needs.
fn seed(runtime: &Runtime) -> u64 {
    let now = (runtime.clock)().duration_since(UNIX_EPOCH).unwrap_or_default();
    now.as_secs().rotate_left(32) ^ u64::from(now.subsec_nanos()) ^ u64::from(std::process::id())
}

impl From<pbs::Error> for Diagnostic {
    fn from(error: pbs::Error) -> Self {
        Self::failure(plugin::sentence(error.to_string()))
    }
}

impl From<Malformed> for Diagnostic {
    fn from(error: Malformed) -> Self {
        Self::failure(plugin::sentence(error.to_string()))
    }
}
