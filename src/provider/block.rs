//! The arguments of the provider block with their fallbacks in the environment, and the
//! client's configuration that comes of them. Makes no client and asks nobody.

use super::Environment;
use crate::pbs::{CaCertificates, Config, Credentials, Proxies, Secret, Trust};
use std::{env::VarError, fmt::Display, ops::RangeInclusive, str::FromStr, time::Duration};
use tf_plugin::{Diagnostic, Field, Result, View, sentence};

/// Why there is no client.
pub(super) enum Unmade {
    /// Something is missing or not known yet: no error before a client is needed.
    NotReady(Diagnostic),
    /// Something is wrong.
    Wrong(Diagnostic),
}

impl From<Diagnostic> for Unmade {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::Wrong(diagnostic)
    }
}

/// The block with its fallbacks.
pub(super) struct Block<'a> {
    pub(super) config: View<'a>,
    pub(super) environment: &'a Environment,
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
        let wrong =
            |name: &str| Diagnostic::error(format!("Invalid {name}"), sentence(error.to_string()));
        match &self.variable {
            Some(variable) => wrong(variable),
            None => wrong(self.argument).at(self.argument),
        }
    }
}

impl Block<'_> {
    /// What a client needs to know, with the clock, jitter and stop signal still to be set.
    pub(super) fn config(&self, warnings: &mut Vec<Diagnostic>) -> Result<Config, Unmade> {
        let endpoint = self.required("endpoint")?.parse()?;
        let credentials = self.credentials_or_reason()?;
        Ok(Config {
            timeout: Duration::from_secs(self.whole("timeout", 30, 1..=3600)?),
            max_retries: u32::try_from(self.whole("max_retries", 4, 0..=20)?).unwrap_or(4),
            proxy: self.proxies(),
            ..Config::new(endpoint, credentials, self.trust(warnings)?)
        })
    }

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
            Err(Unmade::NotReady(reason)) => Ok(Credentials::Missing(reason.detail)),
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
        range: RangeInclusive<u64>,
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
    Unmade::NotReady(Diagnostic::error(
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
    Unmade::NotReady(Diagnostic::error("The provider is not configured", detail))
}

#[cfg(test)]
mod tests;
