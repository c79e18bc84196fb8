//! The environment variables of the provider's arguments. The variables for credentials, headers
//! and the server's certificate belong to the server in `PBS_ENDPOINT`. If the provider block sets
//! the endpoint of another server, these variables are not used, because the provider would
//! otherwise send the secrets of one server to another server.

use super::{Block, CREDENTIAL_KINDS, Setting, Unusable, VERIFYING_ARGUMENTS};
use crate::pbs::{Endpoint, Origins, UnusedSettings};
use std::env::VarError;
use tf_plugin::{Diagnostic, Result};

pub(super) const INSECURE: &str = "insecure";
pub(super) const HTTP_HEADERS: &str = "http_headers";

/// The server in `PBS_ENDPOINT`, and a different server in the `endpoint` of the provider block.
struct TwoServers {
    in_environment: Endpoint,
    in_block: Endpoint,
}

impl TwoServers {
    /// A sentence that says why the provider does not use `settings`, without the full stop.
    /// `settings` are settings in the environment, in the words of the sentence.
    fn why_unused(&self, settings: &str) -> String {
        format!(
            "The provider does not use {settings}, because `PBS_ENDPOINT` and `endpoint` in this \
             provider block are different servers: {} and {}",
            self.in_environment, self.in_block
        )
    }
}

impl Block<'_> {
    /// The environment variable of an argument, if the variable is used for this provider block.
    pub(super) fn variable(&self, argument: &'static str) -> Result<Option<Setting>, Unusable> {
        let setting = self.any_variable(argument)?;
        if setting.is_some() && belongs_to_one_server(argument) && self.two_servers()?.is_some() {
            return Ok(None);
        }
        Ok(setting)
    }

    /// The environment variable of an argument, even if the variable is not used for this provider
    /// block. A blank text counts as not set.
    fn any_variable(&self, argument: &'static str) -> Result<Option<Setting>> {
        let name = variable_name(argument);
        match (self.environment)(&name) {
            Ok(text) if text.trim().is_empty() => Ok(None),
            Ok(text) => Ok(Some(Setting { text, argument, variable: Some(name) })),
            Err(VarError::NotPresent) => Ok(None),
            Err(VarError::NotUnicode(_)) => Err(Diagnostic::error(
                format!("Invalid {name}"),
                "The value of this environment variable is not valid UTF-8.",
            )),
        }
    }

    /// The two servers, if the environment and the block both set an endpoint, and the endpoints
    /// differ.
    fn two_servers(&self) -> Result<Option<TwoServers>, Unusable> {
        let Some(in_block) = self.in_block("endpoint")? else { return Ok(None) };
        let Some(in_environment) = self.any_variable("endpoint")? else { return Ok(None) };
        let servers =
            TwoServers { in_environment: in_environment.parse()?, in_block: in_block.parse()? };
        Ok((servers.in_block != servers.in_environment).then_some(servers))
    }

    /// A sentence that says why the provider does not use `settings`, without the full stop.
    /// `settings` are settings in the environment, in the words of the sentence. `None` if the
    /// provider uses these settings.
    pub(super) fn why_unused(&self, settings: &str) -> Result<Option<String>, Unusable> {
        Ok(self.two_servers()?.map(|servers| servers.why_unused(settings)))
    }

    /// Adds a note to `origins` if environment variables of `arguments` are set, but not used. If
    /// an error of the client advises the user to set one of the arguments `remedies`, the client
    /// adds the note to the error.
    pub(super) fn note_unused(
        &self,
        arguments: &[&'static str],
        remedies: &'static [&'static str],
        origins: &mut Origins,
    ) -> Result<(), Unusable> {
        let mut names = Vec::new();
        for argument in arguments {
            if self.any_variable(argument)?.is_some() {
                names.push(format!("`{}`", variable_name(argument)));
            }
        }
        if !names.is_empty()
            && let Some(note) = self.why_unused(&names.join(" and "))?
        {
            origins.unused.push(UnusedSettings { remedies, note });
        }
        Ok(())
    }
}

/// Whether the environment variable of the argument belongs to the server in `PBS_ENDPOINT`.
fn belongs_to_one_server(argument: &str) -> bool {
    let credentials = CREDENTIAL_KINDS.into_iter().flatten();
    let mut names = credentials.chain(&VERIFYING_ARGUMENTS).chain(&[INSECURE, HTTP_HEADERS]);
    names.any(|name| *name == argument)
}

/// The name of the environment variable of an argument.
fn variable_name(argument: &str) -> String {
    format!("PBS_{}", argument.to_ascii_uppercase())
}
