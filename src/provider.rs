//! The provider block: its arguments and their fallbacks in the environment, how a
//! client comes of it, and the lists of what is offered.

use crate::{
    actions, data_sources, ephemeral, functions,
    pbs::{
        self, ApiToken, CaCertificates, Client, Clock, Config, Credentials, Endpoint, Fingerprint,
        Malformed, Proxies, Secret, Trust, UserId,
    },
    plugin::{
        self, Attribute, Configured, Diagnostic, Field, Offers, Result, Runtime, Schema, View,
    },
    resources,
};
use std::{
    env::VarError,
    fmt::Display,
    str::FromStr,
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
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
             credential has to stand in a configuration.",
            [
                Attribute::string(
                    "endpoint",
                    "Address of the server, such as `https://pbs.example.com:8007`. Without a port it is \
                     8007, or 443 where the address has a path (a reverse proxy). Else `PBS_ENDPOINT`.",
                )
                .parses::<Endpoint>(),
                Attribute::string(
                    "api_token",
                    "API token as `user@realm!name:secret`. Else `PBS_API_TOKEN`.",
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
                     Else `PBS_USERNAME`.",
                )
                .parses::<UserId>(),
                Attribute::string("password", "Password of `username`. Else `PBS_PASSWORD`.")
                    .sensitive()
                    .verbatim(),
                Attribute::string(
                    "auth_ticket",
                    "Ticket of a login that was made elsewhere, for users with a second factor. Else \
                     `PBS_AUTH_TICKET`.",
                )
                .sensitive()
                .verbatim(),
                Attribute::string(
                    "csrf_prevention_token",
                    "What came with `auth_ticket`; needed for every change. Else \
                     `PBS_CSRF_PREVENTION_TOKEN`.",
                )
                .sensitive()
                .verbatim(),
                Attribute::string(
                    "fingerprint",
                    "SHA-256 fingerprint of the server's certificate, with or without colons. Exactly this \
                     certificate is trusted then, whatever its name or issuer. Else `PBS_FINGERPRINT`.",
                )
                .parses::<Fingerprint>(),
                Attribute::string(
                    "ca_certificate",
                    "Certificate of the authority that signed the server's, as PEM text or the path of a \
                     PEM file. Else `PBS_CA_CERTIFICATE`.",
                )
                .verbatim(),
                Attribute::boolean(
                    "insecure",
                    "Do not verify the server's certificate at all. Anybody on the way can then read the \
                     credentials: prefer `fingerprint`. Else `PBS_INSECURE`. Default: `false`.",
                ),
                Attribute::number(
                    "timeout",
                    "How long one request may take, in seconds. Else `PBS_TIMEOUT`. Default: `30`.",
                )
                .integer(1..=3600),
                Attribute::number(
                    "max_retries",
                    "How often a request that may be repeated is repeated when the server cannot be reached \
                     or is busy. Else `PBS_MAX_RETRIES`. Default: `4`.",
                )
                .integer(0..=20),
            ],
        )
    }

    fn offers(&self) -> Offers<Client> {
        Offers {
            resources: resources::all(),
            migrations: resources::migrations(),
            lists: resources::lists(),
            data_sources: data_sources::all(),
            ephemerals: ephemeral::all(),
            functions: functions::all(),
            actions: actions::all(),
        }
    }

    fn validate(&self, config: View<'_>) -> Result<()> {
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
        let made = (|| {
            let endpoint = block.required("endpoint")?.parse()?;
            Ok(Config {
                timeout: Duration::from_secs(block.whole("timeout", 30, 1..=3600)?),
                max_retries: u32::try_from(block.whole("max_retries", 4, 0..=20)?).unwrap_or(4),
                stop: runtime.stop.clone(),
                now: clock(runtime),
                seed: seed(runtime),
                proxy: block.proxies(),
                ..Config::new(endpoint, block.credentials_or_reason()?, block.trust(warnings)?)
            })
        })();
        match made {
            Ok(config) => Ok(Configured::Ready(Arc::new(Client::new(config)?))),
            Err(Unmade::Lacking(reason)) => Ok(Configured::Lacking(reason)),
            Err(Unmade::Wrong(reason)) => Err(reason),
        }
    }
}

/// Why there is no client.
enum Unmade {
    /// Something is missing or not known yet: no error before a client is needed.
    Lacking(Diagnostic),
    Wrong(Diagnostic),
}

impl From<Diagnostic> for Unmade {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::Wrong(diagnostic)
    }
}

/// The block with its fallbacks.
struct Block<'a> {
    config: View<'a>,
    environment: &'a Environment,
}

/// A setting and where it comes from, for the sake of errors.
struct Setting {
    text: String,
    argument: &'static str,
    variable: Option<String>,
}

impl Setting {
    fn parse<T: FromStr<Err: Display>>(&self) -> Result<T> {
        self.text.trim().parse().map_err(|error: T::Err| self.wrong(error))
    }

    fn wrong(&self, error: impl Display) -> Diagnostic {
        let wrong = |name: &str| {
            Diagnostic::error(format!("Invalid {name}"), plugin::sentence(error.to_string()))
        };
        match &self.variable {
            Some(variable) => wrong(variable),
            None => wrong(self.argument).at(self.argument),
        }
    }
}

impl Block<'_> {
    /// What the argument says. An empty text says nothing.
    fn argument(&self, name: &'static str) -> Result<Field<String>> {
        Ok(match self.config.get::<String>(name)? {
            Field::Known(text) if text.trim().is_empty() => Field::Null,
            field => field,
        })
    }

    fn variable(&self, argument: &'static str) -> Result<Option<Setting>> {
        let name = format!("PBS_{}", argument.to_ascii_uppercase());
        match (self.environment)(&name) {
            Ok(text) if text.trim().is_empty() => Ok(None),
            Ok(text) => Ok(Some(Setting { text, argument, variable: Some(name) })),
            Err(VarError::NotPresent) => Ok(None),
            Err(VarError::NotUnicode(_)) => Err(Diagnostic::error(
                format!("Invalid {name}"),
                "The variable of the environment is not UTF-8 text.",
            )),
        }
    }

    /// The argument, else the variable.
    fn setting(&self, argument: &'static str) -> Result<Option<Setting>, Unmade> {
        match self.argument(argument)? {
            Field::Known(text) => Ok(Some(Setting { text, argument, variable: None })),
            Field::Unknown => Err(unknown(argument)),
            Field::Null => Ok(self.variable(argument)?),
        }
    }

    fn required(&self, argument: &'static str) -> Result<Setting, Unmade> {
        self.setting(argument)?.ok_or_else(|| missing(&format!("`{argument}`"), &[argument]))
    }

    /// What needs no login must not ask for one.
    fn credentials_or_reason(&self) -> Result<Credentials, Unmade> {
        match self.credentials() {
            Err(Unmade::Lacking(reason)) => Ok(Credentials::Missing(reason.detail)),
            other => other,
        }
    }

    /// The first kind that has an argument; only if none has, the first in the environment.
    fn credentials(&self) -> Result<Credentials, Unmade> {
        const KINDS: [&str; 3] = ["api_token", "auth_ticket", "username"];
        let mut kind = None;
        for candidate in KINDS {
            if kind.is_none() && self.argument(candidate)? != Field::Null {
                kind = Some(candidate);
            }
        }
        for candidate in KINDS {
            if kind.is_none() && self.variable(candidate)?.is_some() {
                kind = Some(candidate);
            }
        }
        match kind {
            Some("api_token") => Ok(Credentials::ApiToken(self.required("api_token")?.parse()?)),
            Some("auth_ticket") => Ok(Credentials::Ticket {
                ticket: self.secret("auth_ticket")?,
                csrf: self
                    .setting("csrf_prevention_token")?
                    .map(|setting| Secret::new(setting.text.trim())),
            }),
            Some(_) => Ok(Credentials::Password {
                user: self.required("username")?.parse()?,
                // White space may belong to a password.
                password: Secret::new(self.required("password")?.text),
            }),
            None => Err(missing("credentials", &["api_token", "username", "password"])),
        }
    }

    fn secret(&self, argument: &'static str) -> Result<Secret, Unmade> {
        Ok(Secret::new(self.required(argument)?.text.trim()))
    }

    fn trust(&self, warnings: &mut Vec<Diagnostic>) -> Result<Trust, Unmade> {
        if let Some(setting) = self.setting("fingerprint")? {
            return Ok(Trust::Fingerprint(setting.parse()?));
        }
        if let Some(setting) = self.setting("ca_certificate")? {
            let certificates = CaCertificates::from_argument(&setting.text);
            return Ok(Trust::Ca(certificates.map_err(|error| setting.wrong(error))?));
        }
        if !self.insecure()? {
            return Ok(Trust::System);
        }
        warnings.push(Diagnostic::warning(
            "The server's certificate is not verified",
            "With `insecure`, anybody on the way can read the credentials and every secret. Set \
             `fingerprint` instead: on the server, `proxmox-backup-manager cert info` shows it.",
        ));
        Ok(Trust::Insecure)
    }

    fn insecure(&self) -> Result<bool, Unmade> {
        match self.config.get::<bool>("insecure")? {
            Field::Known(insecure) => return Ok(insecure),
            Field::Unknown => return Err(unknown("insecure")),
            Field::Null => {}
        }
        let Some(setting) = self.variable("insecure")? else { return Ok(false) };
        match setting.text.trim().to_ascii_lowercase().as_str() {
            "1" | "true" => Ok(true),
            "0" | "false" => Ok(false),
            _ => Err(setting.wrong("It must be `true` or `false`.").into()),
        }
    }

    fn whole(
        &self,
        argument: &'static str,
        default: u64,
        range: std::ops::RangeInclusive<u64>,
    ) -> Result<u64, Unmade> {
        match self.config.get::<u64>(argument)? {
            Field::Known(number) => return Ok(number),
            Field::Unknown => return Err(unknown(argument)),
            Field::Null => {}
        }
        let Some(setting) = self.variable(argument)? else { return Ok(default) };
        match setting.text.trim().parse() {
            Ok(number) if range.contains(&number) => Ok(number),
            _ => Err(setting
                .wrong(format!(
                    "It must be a whole number from {} to {}.",
                    range.start(),
                    range.end()
                ))
                .into()),
        }
    }

    fn proxies(&self) -> Proxies {
        let either = |upper: &str, lower: &str| {
            let set = |name: &str| (self.environment)(name).ok().filter(|text| !text.is_empty());
            set(upper).or_else(|| set(lower))
        };
        Proxies {
            https: either("HTTPS_PROXY", "https_proxy"),
            no_proxy: either("NO_PROXY", "no_proxy"),
        }
    }
}

fn unknown(argument: &str) -> Unmade {
    Unmade::Lacking(Diagnostic::error(
        "The provider is not configured yet",
        format!(
            "This needs the server, and the provider's argument `{argument}` is not known before apply. \
             Set it to a value that is known at plan, or apply what it depends on first (`-target`)."
        ),
    ))
}

fn missing(what: &str, arguments: &[&str]) -> Unmade {
    let list = |name: &dyn Fn(&str) -> String| {
        arguments
            .iter()
            .map(|argument| format!("`{}`", name(argument)))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let detail = format!(
        "The provider has no {what}. Set {} in the provider block, or {} in the environment.",
        list(&|argument| argument.to_owned()),
        list(&|argument| format!("PBS_{}", argument.to_ascii_uppercase())),
    );
    Unmade::Lacking(Diagnostic::error("The provider is not configured", detail))
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
