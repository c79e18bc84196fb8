//! Converts the provider block to the configuration of the client. If the block does not set an
//! argument, the value comes from the environment variable of the argument. This module creates no
//! client and sends no request.

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

/// The value of an argument, and its origin: the provider block or an environment variable. An
/// error about the value names the origin.
struct Setting {
    text: String,
    argument: &'static str,
    /// The environment variable that contains the value. `None` if the block contains the value.
    variable: Option<String>,
}

impl Setting {
    /// The name of the environment variable that contains the value. If the block contains the
    /// value, the name of the argument.
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

    /// Parses the value without the whitespace at its beginning and end.
    fn parse<T: FromStr<Err = Malformed>>(&self) -> Result<T> {
        let text = self.text.trim_start();
        // In an error, the position of a fault counts from the beginning of the whole value.
        let removed = self.text.chars().count() - text.chars().count();
        text.trim_end().parse().map_err(|error: Malformed| self.invalid(error.moved_right(removed)))
    }

    /// The diagnostic for an invalid value.
    fn invalid(&self, error: impl Display) -> Diagnostic {
        let diagnostic =
            Diagnostic::error(format!("Invalid {}", self.name()), sentence(error.to_string()));
        match &self.variable {
            Some(_) => diagnostic,
            None => diagnostic.at(self.argument),
        }
    }
}

/// The arguments of each kind of credentials. The kinds are in order of precedence. The first
/// argument of a kind is always required.
const CREDENTIAL_KINDS: [&[&str]; 3] =
    [&["api_token"], &["auth_ticket", "csrf_prevention_token"], &["username", "password"]];

/// The arguments with which the client can verify the server's certificate, in order of precedence.
pub(super) const VERIFYING_ARGUMENTS: [&str; 2] = ["fingerprint", "ca_certificate"];

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

    /// The value of a text argument in the block. A blank text counts as null.
    fn argument(&self, name: &'static str) -> Result<Field<String>> {
        Ok(match self.config.get::<String>(name)? {
            Field::Known(text) if text.trim().is_empty() => Field::Null,
            field => field,
        })
    }

    /// The setting in the block. `None` if the block does not set the argument. An error if the
    /// value is not known yet.
    fn in_block(&self, argument: &'static str) -> Result<Option<Setting>, Unusable> {
        match self.argument(argument)? {
            Field::Known(text) => Ok(Some(Setting { text, argument, variable: None })),
            Field::Unknown => Err(unknown_argument(argument)),
            Field::Null => Ok(None),
        }
    }

    /// The setting in the block. If the block does not set the argument, the setting in the
    /// environment.
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

    /// The credentials. Missing or unknown credentials are not an error yet, because some requests
    /// need none. A request that needs credentials fails with the reason in [`Credentials`].
    fn credentials_or_missing(&self, origins: &mut Origins) -> Result<Credentials, Unusable> {
        match self.credentials(origins) {
            Err(Unusable::Missing(reason)) => Ok(Credentials::Missing(reason.detail)),
            Err(Unusable::Unknown(reason)) => Ok(Credentials::Unknown(reason.detail)),
            other => other,
        }
    }

    /// The credentials of the first kind in [`CREDENTIAL_KINDS`] of which the block sets an
    /// argument. If the block sets no argument of any kind, the credentials of the first kind whose
    /// first argument is set in the environment. In both cases, the second argument can come from
    /// the environment, for example the password of a `username` in the block.
    fn credentials(&self, origins: &mut Origins) -> Result<Credentials, Unusable> {
        let mut first_argument = None;
        for arguments in CREDENTIAL_KINDS {
            if first_argument.is_none() && self.block_sets_one_of(arguments)? {
                first_argument = Some(arguments[0]);
            }
        }
        for arguments in CREDENTIAL_KINDS {
            // `PBS_PASSWORD` alone has no effect, because `proxmox-backup-client` also reads this
            // variable.
            if first_argument.is_none() && self.variable(arguments[0])?.is_some() {
                first_argument = Some(arguments[0]);
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
        match first_argument {
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

    /// How the client verifies the server's certificate. If the block sets `fingerprint` or
    /// `ca_certificate`, the environment variables of both arguments have no effect.
    fn trust(
        &self,
        origins: &mut Origins,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<Trust, Unusable> {
        let is_in_block = self.block_sets_one_of(&VERIFYING_ARGUMENTS)?;
        for argument in VERIFYING_ARGUMENTS {
            let setting = match is_in_block {
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
            let arguments = [VERIFYING_ARGUMENTS[0], VERIFYING_ARGUMENTS[1], INSECURE];
            self.note_unused(&arguments, &VERIFYING_ARGUMENTS, origins)?;
            return Ok(Trust::System);
        }
        warnings.push(Diagnostic::warning(
            "The server's certificate is not verified",
            "`insecure` is true, so any machine between Terraform and the server can read the \
             credentials and all secrets. Set `fingerprint` instead, and remove `insecure`. To see \
             the fingerprint, run `proxmox-backup-manager cert info` on the server.",
        ));
        Ok(Trust::Insecure)
    }

    /// The value of a Boolean argument whose default is false.
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

    /// The value of an argument that is a whole number in `range`.
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

    /// The proxy variables in the environment. A variable in upper case takes precedence.
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

    /// The error for a required argument that neither the block nor the environment sets.
    fn missing_argument(&self, argument: &str) -> Result<Unusable, Unusable> {
        let variable = format!("`PBS_{}`", argument.to_ascii_uppercase());
        let missing = format!(
            "The provider's argument `{argument}` is not set. Set the argument in the provider \
             block"
        );
        let reason = match self.why_unused(&variable)? {
            Some(why) => format!("{missing}. {why}."),
            None => format!("{missing}, or set {variable} in the environment."),
        };
        Ok(Unusable::Missing(not_configured(reason)))
    }

    /// The error if neither the block nor the environment contains a credential.
    fn missing_credentials(&self) -> Result<Unusable, Unusable> {
        const WITH_A_TOKEN: &str = "The provider has no credential. Usually, an API token is the \
                                    only credential that you need: set `api_token` in the provider \
                                    block";
        const WITHOUT_A_TOKEN: &str = "If you have no token, set one of these instead: `username` \
                                       together with `password`";
        let reason = match self.why_unused("the credentials in the environment")? {
            Some(why) => format!("{WITH_A_TOKEN}. {WITHOUT_A_TOKEN}, or `auth_ticket`. {why}."),
            None => format!(
                "{WITH_A_TOKEN}, or `PBS_API_TOKEN` in the environment. {WITHOUT_A_TOKEN} \
                 (`PBS_USERNAME` and `PBS_PASSWORD`), or `auth_ticket` (`PBS_AUTH_TICKET`)."
            ),
        };
        Ok(Unusable::Missing(not_configured(reason)))
    }
}

/// The error if the block sets `insecure = true`, but `setting` verifies the server's certificate.
/// `setting` is an argument or an environment variable.
pub(super) fn conflicts_with_insecure(setting: &str) -> Diagnostic {
    Diagnostic::error(
        "Conflicting arguments",
        format!(
            "`{setting}` verifies the server's certificate, and `insecure = true` in the provider \
             block disables the verification. Remove one of these two settings. It is safe to keep \
             `{setting}`."
        ),
    )
    .at("insecure")
}

/// The argument `http_headers` of the provider block. Headers whose value is null are omitted. A
/// map that contains no other headers counts as null.
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

/// The error if an operation needs the client, but an argument of the block is not known yet.
fn unknown_argument(argument: &str) -> Unusable {
    Unusable::Unknown(not_configured_yet(format!(
        "This operation sends a request to the server, but the provider's argument `{argument}` is \
         not known before apply. Use a value that is known during the plan, or first apply the \
         resource to which the argument refers: `terraform apply -target=ADDRESS`."
    )))
}

#[cfg(test)]
mod tests;
