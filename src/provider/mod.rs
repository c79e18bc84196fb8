//! The provider: the schema of its block, the client that it creates from the configuration, and
//! the types that it offers.

mod block;

use crate::{
    actions, data_sources, ephemeral, functions,
    pbs::{ApiToken, Client, Clock, Config, Endpoint, Fingerprint, UserId},
    resources,
};
use block::{Block, Unusable};
use std::{env::VarError, process, sync::Arc, time::UNIX_EPOCH};
use tf_plugin::{
    self as plugin, Attribute, Configured, Diagnostic, Field, Offers, Result, Runtime, Schema, View,
};

/// The provider for Proxmox Backup Server.
pub struct Provider {
    environment: Environment,
}

/// Reads one environment variable.
pub type Environment = Box<dyn Fn(&str) -> Result<String, VarError> + Send + Sync>;

impl Provider {
    /// A provider that reads the arguments that its block does not set from `environment`.
    pub fn new(environment: Environment) -> Self {
        Self { environment }
    }
}

impl plugin::Provider for Provider {
    type Client = Client;
    const PREFIX: &'static str = "pbs";

    fn schema(&self) -> Schema {
        Schema::new(
            "Manages access to a [Proxmox Backup \
             Server](https://www.proxmox.com/en/proxmox-backup-server): users, API tokens and \
             their grants (ACL entries).\n\n\
             Each argument can be set in the provider block or by an environment variable, so \
             that no credential has to be in a configuration. An argument takes precedence over \
             its environment variable.\n\n\
             `endpoint` and one credential are required. The credential is one of these, in this \
             order: `api_token`, or `auth_ticket`, or `username` with `password`. If the provider \
             block sets several credentials, the provider uses the first of them. If the block \
             sets none, the provider uses the first one that the environment sets.",
            [
                Attribute::string(
                    "endpoint",
                    "Address of the server, for example `https://pbs.example.com:8007`. The \
                     default port is 8007, or 443 if the address has a path, as behind a reverse \
                     proxy. Environment variable: `PBS_ENDPOINT`.",
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
                    "User who logs in with `password`, for example `root@pam`. A login is \
                     necessary to create the first API token with Terraform, and to change \
                     passwords. Environment variable: `PBS_USERNAME`.",
                )
                .parses::<UserId>(),
                Attribute::string(
                    "password",
                    "Password of `username`. Environment variable: `PBS_PASSWORD`.",
                )
                .sensitive()
                .verbatim(),
                Attribute::string(
                    "auth_ticket",
                    "Ticket that PBS returned for a login outside of Terraform. Use it for a user \
                     with a second factor, because such a user cannot log in with `username` and \
                     `password` only. Environment variable: `PBS_AUTH_TICKET`.",
                )
                .sensitive()
                .verbatim(),
                Attribute::string(
                    "csrf_prevention_token",
                    "CSRF prevention token that PBS returned together with `auth_ticket`. Without \
                     this token, the provider can only read with the ticket. Environment \
                     variable: `PBS_CSRF_PREVENTION_TOKEN`.",
                )
                .sensitive()
                .verbatim(),
                Attribute::string(
                    "fingerprint",
                    "SHA-256 fingerprint of the server's certificate, with or without colons. The \
                     provider then trusts only this certificate, whatever its name, issuer and \
                     dates are. Environment variable: `PBS_FINGERPRINT`.",
                )
                .parses::<Fingerprint>(),
                Attribute::string(
                    "ca_certificate",
                    "Certificate of the authority that signed the server's certificate, as PEM \
                     text or as the path of a PEM file. The argument is ignored if `fingerprint` \
                     is set. Environment variable: `PBS_CA_CERTIFICATE`.",
                )
                .verbatim(),
                Attribute::boolean(
                    "insecure",
                    "Whether the provider accepts the server's certificate without verification. \
                     Any machine between Terraform and the server can then read the credentials; \
                     use `fingerprint` instead. `insecure` has no effect if `fingerprint` or \
                     `ca_certificate` is set. Setting it to `true` together with one of them in \
                     the provider block is an error. Environment variable: `PBS_INSECURE`. \
                     Default: `false`.",
                ),
                Attribute::number(
                    "timeout",
                    "Number of seconds after which a request fails, from 1 to 3600. Environment \
                     variable: `PBS_TIMEOUT`. Default: `30`.",
                )
                .integer(1..=3600),
                Attribute::number(
                    "max_retries",
                    "Number of times, from 0 to 20, that the provider repeats a failed request if \
                     the server cannot be reached or is busy. The provider does not repeat \
                     requests that are not safe to repeat. Environment variable: \
                     `PBS_MAX_RETRIES`. Default: `4`.",
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
                        "`{trust}` verifies the server's certificate, and `insecure` disables the \
                         verification. Remove one of these arguments; keeping `{trust}` is the \
                         safe choice."
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
            Err(Unusable::NotReady(reason)) => Ok(Configured::NotReady(reason)),
            Err(Unusable::Invalid(error)) => Err(error),
        }
    }
}

fn clock(runtime: &Runtime) -> Clock {
    let clock = runtime.clock.clone();
    Clock::new(move || jiff::Timestamp::try_from(clock()).unwrap_or_default())
}

/// The seed for the random delays of retries. The seed only has to differ between processes that
/// start together, so it needs no secure random source.
fn seed(runtime: &Runtime) -> u64 {
    let now = (runtime.clock)().duration_since(UNIX_EPOCH).unwrap_or_default();
    now.as_secs().rotate_left(32) ^ u64::from(now.subsec_nanos()) ^ u64::from(process::id())
}
