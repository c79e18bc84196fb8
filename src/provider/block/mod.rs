//! Converts the provider block to the configuration of the client. If the block does not set an
//! argument, the argument's environment variable is used. This module creates no client and sends
//! no request.

mod environment;

use super::Environment;
use crate::pbs::{
    CaCertificates, Config, Credentials, HttpHeaders, Malformed, Origins, Proxies, Secret, Trust,
};
use crate::shared::errors::{not_configured, not_configured_yet};
use environment::{HTTP_HEADERS, INSECURE};
use std::{collections::BTreeMap, fmt::Display, ops::RangeInclusive, str::FromStr, time::Duration};
use tf_plugin::{Diagnostic, Field, Result, View, sentence};

/// Why the provider block cannot be converted to a configuration of the client.
pub(super) enum Unusable {
    /// A required argument is missing. The diagnostic is reported when core plans a resource, or
    /// when an operation needs the client.
    Missing(Diagnostic),
    /// The value of an argument is not known before apply. This is not an error yet. The diagnostic
    /// is reported only if an operation needs the client.
    Unknown(Diagnostic),
    /// An argument or an environment variable is invalid.
    Invalid(Diagnostic),
}

impl From<Diagnostic> for Unusable {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::Invalid(diagnostic)
    }
}

/// The provider block and the environment.
pub(super) struct Block<'a> {
    pub(super) config: View<'a>,
    pub(super) environment: &'a Environment,
}

/// A value and its origin: an argument or an environment variable. An error about the value names
/// the origin.
struct Setting {
    text: String,
    argument: &'static str,
    /// The environment variable that the value comes from; `None` if it comes from the block.
    variable: Option<String>,
}

impl Setting {
    /// The argument, or the variable that the value comes from.
    fn name(&self) -> &str {
        self.variable.as_deref().unwrap_or(self.argument)
    }

    /// If the value comes from an environment variable, adds this variable to `origins`. Errors of
    /// the client then name the variable.
    fn note_in(&self, origins: &mut Origins) {
        if let Some(variable) = &self.variable {
            origins.variables.push((self.argument, variable.clone()));
        }
    }

    fn parse<T: FromStr<Err = Malformed>>(&self) -> Result<T> {
        let text = self.text.trim_start();
        // The position of a fault counts from the beginning of the whole text.
        let removed = self.text.chars().count() - text.chars().count();
        text.trim_end().parse().map_err(|error: Malformed| self.invalid(error.after(removed)))
    }

    fn invalid(&self, error: impl Display) -> Diagnostic {
        let invalid =
            Diagnostic::error(format!("Invalid {}", self.name()), sentence(error.to_string()));
        match &self.variable {
            Some(_) => invalid,
            None => invalid.at(self.argument),
        }
    }
}

/// The kinds of credentials in order of precedence. The first argument of each kind is required.
const KINDS: [&[&str]; 3] =
    [&["api_token"], &["auth_ticket", "csrf_prevention_token"], &["username", "password"]];

/// The arguments that verify the server's certificate, in order of precedence.
pub(super) const ANCHORS: [&str; 2] = ["fingerprint", "ca_certificate"];

impl Block<'_> {
    /// The configuration of the client. The caller still has to set the clock, the seed and the
    /// stop signal.
    pub(super) fn config(&self, warnings: &mut Vec<Diagnostic>) -> Result<Config, Unusable> {
        let mut origins = Origins::default();
        let endpoint = self.required("endpoint")?;
        endpoint.note_in(&mut origins);
        let credentials = self.credentials_or_missing(&mut origins)?;
        let trust = self.trust(&mut origins, warnings)?;
        let http_headers = self.http_headers(&mut origins)?;
        Ok(Config {
            timeout: Duration::from_secs(self.whole_number("timeout", 30, 1..=3600)?),
            max_retries: u32::try_from(self.whole_number("max_retries", 4, 0..=20)?).unwrap_or(4),
            proxy: self.proxies(),
            verify_secrets: self.boolean("verify_secrets")?,
            http_headers,
            origins,
            ..Config::new(endpoint.parse()?, credentials, trust)
        })
    }

    /// The argument in the block. A blank text counts as null.
    fn argument(&self, name: &'static str) -> Result<Field<String>> {
        Ok(match self.config.get::<String>(name)? {
            Field::Known(text) if text.trim().is_empty() => Field::Null,
            field => field,
        })
    }

    /// The value of the argument in the block.
    fn in_block(&self, argument: &'static str) -> Result<Option<Setting>, Unusable> {
        match self.argument(argument)? {
            Field::Known(text) => Ok(Some(Setting { text, argument, variable: None })),
            Field::Unknown => Err(unknown_argument(argument)),
            Field::Null => Ok(None),
        }
    }

    /// The value of the argument. If the block does not set the argument, the value of its
    /// environment variable.
    fn setting(&self, argument: &'static str) -> Result<Option<Setting>, Unusable> {
        match self.in_block(argument)? {
            Some(setting) => Ok(Some(setting)),
            None => self.variable(argument),
        }
    }

    /// Whether the block sets one of these arguments, even if the value is not known yet.
    fn block_sets_one_of(&self, arguments: &[&'static str]) -> Result<bool> {
        for argument in arguments {
            if self.argument(argument)? != Field::Null {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn required(&self, argument: &'static str) -> Result<Setting, Unusable> {
        match self.setting(argument)? {
            Some(setting) => Ok(setting),
            None => Err(self.missing_argument(argument)?),
        }
    }

    /// The credentials. Missing credentials are not an error yet, because some requests need none.
    /// A request that needs credentials fails with the reason in [`Credentials::Missing`].
    fn credentials_or_missing(&self, origins: &mut Origins) -> Result<Credentials, Unusable> {
        match self.credentials(origins) {
            Err(Unusable::Missing(reason)) => Ok(Credentials::Missing(reason.detail)),
            Err(Unusable::Unknown(reason)) => Ok(Credentials::Unknown(reason.detail)),
            other => other,
        }
    }

    /// The credentials. Their kind is the first one in [`KINDS`] with an argument that the block
    /// sets. If the block sets no argument of any kind, it is the first one whose first argument is
    /// set in the environment. In both cases, the environment can complete the credentials, for
    /// example with the password of a `username` in the block.
    fn credentials(&self, origins: &mut Origins) -> Result<Credentials, Unusable> {
        let mut kind = None;
        for arguments in KINDS {
            if kind.is_none() && self.block_sets_one_of(arguments)? {
                kind = Some(arguments[0]);
            }
        }
        for arguments in KINDS {
            let first = arguments[0];
            // `PBS_PASSWORD` alone has no effect, because `proxmox-backup-client` reads it, too.
            if kind.is_none() && self.variable(first)?.is_some() {
                kind = Some(first);
            }
        }
        let mut optional = |argument| {
            let setting = self.setting(argument)?;
            if let Some(setting) = &setting {
                setting.note_in(origins);
                origins.credentials.push(setting.name().to_owned());
            }
            Ok::<_, Unusable>(setting)
        };
        let mut required = |argument| match optional(argument)? {
            Some(setting) => Ok(setting),
            None => Err(self.missing_argument(argument)?),
        };
        match kind {
            Some("api_token") => Ok(Credentials::ApiToken(required("api_token")?.parse()?)),
            Some("auth_ticket") => Ok(Credentials::Ticket {
                ticket: Secret::ticket(&required("auth_ticket")?.text),
                csrf: optional("csrf_prevention_token")?.map(|csrf| Secret::new(csrf.text.trim())),
            }),
            Some(_) => Ok(Credentials::Password {
                user: required("username")?.parse()?,
                password: {
                    let setting = required("password")?;
                    Secret::password(&setting.text).map_err(|error| setting.invalid(error))?
                },
            }),
            None => Err(self.missing_credentials()?),
        }
    }

    /// How the server's certificate is verified. If the block sets `fingerprint` or
    /// `ca_certificate`, the variables of both have no effect.
    fn trust(
        &self,
        origins: &mut Origins,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<Trust, Unusable> {
        let in_block = self.block_sets_one_of(&ANCHORS)?;
        for argument in ANCHORS {
            let setting = match in_block {
                true => self.in_block(argument)?,
                false => self.variable(argument)?,
            };
            let Some(setting) = setting else { continue };
            if self.config.get(INSECURE)? == Field::Known(true) {
                return Err(conflicts_with_insecure(setting.name()).into());
            }
            setting.note_in(origins);
            return Ok(match argument {
                "fingerprint" => Trust::Fingerprint(setting.parse()?),
                _ => {
                    let certificates = CaCertificates::from_argument(&setting.text);
                    Trust::Ca(certificates.map_err(|error| setting.invalid(error))?)
                }
            });
        }
        if !self.boolean(INSECURE)? {
            let variables = [ANCHORS[0], ANCHORS[1], INSECURE];
            self.note_unused(&variables, &ANCHORS, origins)?;
            return Ok(Trust::System);
        }
        warnings.push(Diagnostic::warning(
            "The server's certificate is not verified",
            "`insecure` is in effect, so any machine between Terraform and the server can read the \
             credentials and all secrets. Set `fingerprint` instead, and remove `insecure`. To see \
             the fingerprint, run `proxmox-backup-manager cert info` on the server.",
        ));
        Ok(Trust::Insecure)
    }

    /// A Boolean argument whose default is false.
    fn boolean(&self, argument: &'static str) -> Result<bool, Unusable> {
        match self.config.get::<bool>(argument)? {
            Field::Known(value) => return Ok(value),
            Field::Unknown => return Err(unknown_argument(argument)),
            Field::Null => {}
        }
        let Some(setting) = self.variable(argument)? else { return Ok(false) };
        match setting.text.trim().to_ascii_lowercase().as_str() {
            "1" | "true" => Ok(true),
            "0" | "false" => Ok(false),
            _ => Err(setting.invalid("The value must be `true` or `false`.").into()),
        }
    }

    fn whole_number(
        &self,
        argument: &'static str,
        default: u64,
        range: RangeInclusive<u64>,
    ) -> Result<u64, Unusable> {
        match self.config.get::<u64>(argument)? {
            Field::Known(number) => return Ok(number),
            Field::Unknown => return Err(unknown_argument(argument)),
            Field::Null => {}
        }
        let Some(setting) = self.variable(argument)? else { return Ok(default) };
        match setting.text.trim().parse() {
            Ok(number) if range.contains(&number) => Ok(number),
            _ => Err(setting
                .invalid(format!(
                    "The value must be a whole number from {} to {}.",
                    range.start(),
                    range.end()
                ))
                .into()),
        }
    }

    fn http_headers(&self, origins: &mut Origins) -> Result<HttpHeaders, Unusable> {
        match headers_in_block(self.config)? {
            Field::Known(headers) => return Ok(headers),
            Field::Unknown => return Err(unknown_argument(HTTP_HEADERS)),
            Field::Null => {}
        }
        let Some(setting) = self.variable(HTTP_HEADERS)? else {
            self.note_unused(&[HTTP_HEADERS], &[HTTP_HEADERS], origins)?;
            return Ok(HttpHeaders::default());
        };
        // The message of the parser is not shown, because it can contain a part of the value.
        let headers = serde_json::from_str(&setting.text).map_err(|_| {
            setting.invalid(
                "The value must be a JSON object of strings, for example \
                 `{\"CF-Access-Client-Id\": \"…\"}`.",
            )
        })?;
        Ok(HttpHeaders::new(headers).map_err(|error| setting.invalid(error))?)
    }

    fn proxies(&self) -> Proxies {
        let variable = |upper: &str, lower: &str| {
            let value = |name: &str| (self.environment)(name).ok().filter(|text| !text.is_empty());
            value(upper).or_else(|| value(lower))
        };
        Proxies {
            https: variable("HTTPS_PROXY", "https_proxy"),
            no_proxy: variable("NO_PROXY", "no_proxy"),
        }
    }

    fn missing_argument(&self, argument: &str) -> Result<Unusable, Unusable> {
        let variable = format!("`PBS_{}`", argument.to_ascii_uppercase());
        let missing = format!(
            "The provider's argument `{argument}` is not set. Set it in the provider block"
        );
        let reason = match self.why_unused(&variable)? {
            Some(why) => format!("{missing}. {why}."),
            None => format!("{missing}, or set {variable} in the environment."),
        };
        Ok(Unusable::Missing(not_configured(reason)))
    }

    fn missing_credentials(&self) -> Result<Unusable, Unusable> {
        const USUAL: &str = "The provider has no credential. Usually, an API token is the only \
                             credential that you need: set `api_token` in the provider block";
        const OTHERS: &str = "If you have no token, set one of these instead: `username` together \
                              with `password`";
        let reason = match self.why_unused("the credentials in the environment")? {
            Some(why) => format!("{USUAL}. {OTHERS}, or `auth_ticket`. {why}."),
            None => format!(
                "{USUAL}, or `PBS_API_TOKEN` in the environment. {OTHERS} (`PBS_USERNAME` and \
                 `PBS_PASSWORD`), or `auth_ticket` (`PBS_AUTH_TICKET`)."
            ),
        };
        Ok(Unusable::Missing(not_configured(reason)))
    }
}

/// The error if `insecure = true` is in the block, and `anchor`, an argument or a variable, is set.
pub(super) fn conflicts_with_insecure(anchor: &str) -> Diagnostic {
    Diagnostic::error(
        "Conflicting arguments",
        format!(
            "`{anchor}` verifies the server's certificate, and `insecure = true` in the provider \
             block disables the verification. Remove one of these settings; keeping `{anchor}` is \
             the safe choice."
        ),
    )
    .at("insecure")
}

/// The argument `http_headers` of the provider block. Headers without a value are omitted. A map
/// without headers counts as null.
pub(super) fn headers_in_block(config: View<'_>) -> Result<Field<HttpHeaders>> {
    let headers: BTreeMap<String, Option<Secret>> = match config.get("http_headers")? {
        Field::Known(headers) => headers,
        Field::Unknown => return Ok(Field::Unknown),
        Field::Null => return Ok(Field::Null),
    };
    let headers: BTreeMap<_, _> =
        headers.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    if headers.is_empty() {
        return Ok(Field::Null);
    }
    HttpHeaders::new(headers).map(Field::Known).map_err(|error| {
        Diagnostic::error("Invalid http_headers", sentence(error.to_string())).at("http_headers")
    })
}

fn unknown_argument(argument: &str) -> Unusable {
    Unusable::Unknown(not_configured_yet(format!(
        "This operation sends a request to the server, but the provider's argument `{argument}` is \
         not known before apply. Use a value that is known during the plan, or first apply the \
         resource to which the argument refers: `terraform apply -target=ADDRESS`."
    )))
}

#[cfg(test)]
mod tests;
