//! The provider: the schema of its block, the client that it creates from the configuration, and
//! the types that it offers.

mod block;
mod check;

use crate::{
    actions, data_sources, ephemeral, functions,
    pbs::{ApiToken, Client, Clock, Config, Endpoint, Fingerprint, Secret, UserId},
    resources,
};
use block::{Block, Unusable, VERIFYING_ARGUMENTS, conflicts_with_insecure};
use std::{env::VarError, process, sync::Arc, time::UNIX_EPOCH};
use tf_plugin::{
    self as plugin, Attribute, Configured, Cx, Diagnostic, Field, Offers, Result, Runtime, Schema,
    Type, View,
};

/// The provider `pbs`, which manages a Proxmox Backup Server.
pub struct Provider {
    environment: Environment,
}

/// A function that reads one environment variable.
pub type Environment = Box<dyn Fn(&str) -> Result<String, VarError> + Send + Sync>;

impl Provider {
    /// Creates the provider. If the provider block does not set an argument, the provider reads the
    /// argument from `environment`.
    pub fn new(environment: Environment) -> Self {
        Self { environment }
    }
}

impl plugin::Provider for Provider {
    type Client = Client;
    const PREFIX: &'static str = "pbs";

    fn schema(&self) -> Schema {
        Schema::new(
            "Manages a [Proxmox Backup Server](https://www.proxmox.com/en/proxmox-backup-server): \
             users, API tokens and their grants (ACL entries), datastores, namespaces, jobs, \
             remotes, S3 endpoints, notifications, metrics, traffic control rules and the settings \
             of the server.\n\n\
             Each argument can be set in the provider block or by its environment variable. If an \
             argument is set in both places, the provider block takes precedence. To keep \
             credentials out of the configuration, set the credentials by environment \
             variables.\n\n\
             `endpoint` and one credential are required. These are the credentials, in order of \
             precedence:\n\n\
             - `api_token`\n\
             - `auth_ticket`, and `csrf_prevention_token` if Terraform changes objects\n\
             - `username` and `password`\n\n\
             If the provider block sets an argument of one credential, the provider ignores the \
             environment variables of the other credentials. If the block sets only one argument \
             of a credential, the other argument can come from the environment. For example, the \
             block can set `username`, and the environment variable `PBS_PASSWORD` can contain the \
             password. If the block sets no argument of any credential, the provider uses the \
             first credential in the list that the environment contains.\n\n\
             If the provider block sets `fingerprint` or `ca_certificate`, the provider ignores \
             the environment variables `PBS_FINGERPRINT`, `PBS_CA_CERTIFICATE` and \
             `PBS_INSECURE`.\n\n\
             The environment variables describe one server. `PBS_ENDPOINT` decides which \
             environment variables a provider block uses:\n\n\
             - If the block does not set `endpoint`, or sets `endpoint` to the same address as \
             `PBS_ENDPOINT`, the provider uses all variables.\n\
             - If the block sets `endpoint` to another address than `PBS_ENDPOINT`, the provider \
             ignores the variables for the credentials, the certificate and the HTTP headers. Set \
             the credentials, the certificate and the headers of the server in the block. The \
             provider uses all other variables, for example `PBS_TIMEOUT`.\n\
             - If the block sets `endpoint`, and `PBS_ENDPOINT` is not set, the provider uses all \
             variables. If several blocks set `endpoint`, each block sends the same credentials to \
             its server. Therefore, set `PBS_ENDPOINT` if you have several servers.\n\n\
             The guide [Several servers](guides/several-servers.md) contains an example.\n\n\
             If the environment contains `HTTPS_PROXY`, the provider connects to the server \
             through this proxy, unless `NO_PROXY` contains the host name of the server.\n\n\
             The provider works with Terraform and with OpenTofu. The documentation shows commands \
             as `terraform …`. With OpenTofu, replace `terraform` by `tofu`. See [Using \
             OpenTofu](guides/opentofu.md).",
            [
                Attribute::string(
                    "endpoint",
                    "Address of the server, for example `https://pbs.example.com:8007`. If the \
                     address has no path, the default port is 8007. If the address has a path, for \
                     example because the server is behind a reverse proxy, the default port is \
                     443. Environment variable: `PBS_ENDPOINT`.",
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
                    _ => text.parse::<ApiToken>().map(drop).map_err(|error| error.to_string()),
                }),
                Attribute::string(
                    "username",
                    "User who logs in with `password`, for example `root@pam`. Use `username` and \
                     `password` for the two tasks that are not possible with an API token: to \
                     create the first API token, and to change passwords. Environment variable: \
                     `PBS_USERNAME`.",
                )
                .parses::<UserId>(),
                Attribute::string(
                    "password",
                    "Password of `username`. A line break at the end is ignored. Environment \
                     variable: `PBS_PASSWORD`.",
                )
                .sensitive()
                .verbatim()
                .check(|text| match text.trim() {
                    "" => Ok(()),
                    _ => Secret::password(text).map(drop).map_err(|error| error.to_string()),
                }),
                Attribute::string(
                    "auth_ticket",
                    "Ticket that PBS returned for a login outside of Terraform. If the user has a \
                     second factor, a ticket is necessary, because `username` and `password` are \
                     not sufficient. Environment variable: `PBS_AUTH_TICKET`.",
                )
                .sensitive()
                .verbatim(),
                Attribute::string(
                    "csrf_prevention_token",
                    "CSRF prevention token that PBS returned together with `auth_ticket`. Without \
                     this token, the provider can read objects on the server, but cannot change \
                     them. Environment variable: `PBS_CSRF_PREVENTION_TOKEN`.",
                )
                .sensitive()
                .verbatim(),
                Attribute::string(
                    "fingerprint",
                    "SHA-256 fingerprint of the server's certificate, with or without colons. The \
                     value can also be the line with the fingerprint in the output of \
                     `proxmox-backup-manager cert info`. If the argument is set, the provider \
                     trusts only the certificate with this fingerprint, and does not check the \
                     name, the issuer or the dates in the certificate. Environment variable: \
                     `PBS_FINGERPRINT`.",
                )
                .verbatim()
                .parses::<Fingerprint>(),
                Attribute::string(
                    "ca_certificate",
                    "CA certificate with which the provider verifies the server's certificate. The \
                     value is PEM text or the path of a PEM file. If `fingerprint` is set, \
                     `ca_certificate` is ignored. Environment variable: `PBS_CA_CERTIFICATE`.",
                )
                .verbatim(),
                Attribute::boolean(
                    "insecure",
                    "Whether the provider accepts the server's certificate without verification. \
                     If the value is `true`, any machine between Terraform and the server can read \
                     the credentials. Setting `fingerprint` is safer. If the block or the \
                     environment contains a fingerprint or a CA certificate, `insecure = true` in \
                     the block is an error, and `PBS_INSECURE` has no effect. Environment \
                     variable: `PBS_INSECURE`. Default: `false`.",
                ),
                Attribute::plain(
                    Type::map(Type::String),
                    "http_headers",
                    "HTTP headers that the provider adds to every request, for example for a \
                     gateway in front of the server: `{ \"CF-Access-Client-Id\" = \"…\" }`. The \
                     headers that the provider sets itself, such as `Authorization`, `Cookie` and \
                     `Host`, cannot be set. Environment variable: `PBS_HTTP_HEADERS`, a JSON \
                     object of strings. If the provider block sets the argument, the environment \
                     variable is ignored.",
                )
                .sensitive(),
                Attribute::boolean(
                    "verify_secrets",
                    "Whether each refresh checks that the secrets of all `pbs_api_token` resources \
                     in the state work. For this check, the provider logs in once with each \
                     secret. If PBS rejects a secret, the plan replaces the secret and contains a \
                     warning. Environment variable: `PBS_VERIFY_SECRETS`. Default: `false`.",
                ),
                Attribute::number(
                    "timeout",
                    "Maximum duration of a request in seconds, from 1 to 3600. Environment \
                     variable: `PBS_TIMEOUT`. Default: `30`.",
                )
                .integer(1..=3600),
                Attribute::number(
                    "max_retries",
                    "Maximum number of retries of a request, from 0 to 20. If the server cannot be \
                     reached or is busy, the provider repeats the request, provided that a \
                     repetition is safe. If the server cannot be reached and has not responded to \
                     any request of the run yet, the provider repeats the request only once. \
                     Environment variable: `PBS_MAX_RETRIES`. Default: `4`.",
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
        for argument in VERIFYING_ARGUMENTS {
            let is_set =
                config.get::<String>(argument)?.known().is_some_and(|text| !text.trim().is_empty());
            if insecure && is_set {
                return Err(conflicts_with_insecure(argument));
            }
        }
        block::headers_in_block(config).map(drop)
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
                calls: runtime.calls.clone(),
                clock: clock(runtime),
                seed: seed(runtime),
                ..config
            })?))),
            // The provider reports a missing or unknown argument only when it needs the client,
            // because a plan may not need it.
            Err(Unusable::Missing(reason)) => Ok(Configured::Missing(reason)),
            Err(Unusable::Unknown(reason)) => Ok(Configured::Unknown(reason)),
            Err(Unusable::Invalid(error)) => Err(error),
        }
    }

    async fn check(client: &Client, cx: &Cx<Client>) -> Result<()> {
        check::check(client, cx).await
    }
}

/// The clock of the client. It reads the time and sleeps with the clock of `runtime`.
fn clock(runtime: &Runtime) -> Clock {
    let (clock, sleeper) = (runtime.clock.clone(), runtime.clock.clone());
    Clock::new(move || jiff::Timestamp::try_from(clock.now()).unwrap_or_default()).with_sleep(
        move |duration| {
            let clock = sleeper.clone();
            async move { clock.sleep(duration).await }
        },
    )
}

/// The seed for the random delays of retries. The seed only has to differ between processes that
/// start at the same time, so a secure random source is not necessary.
fn seed(runtime: &Runtime) -> u64 {
    let now = runtime.clock.now().duration_since(UNIX_EPOCH).unwrap_or_default();
    now.as_secs().rotate_left(32) ^ u64::from(now.subsec_nanos()) ^ u64::from(process::id())
}
