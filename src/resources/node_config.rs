//! `pbs_node_config`: the settings of the server itself.

use crate::{
    object::{Field, Object},
    pbs::{
        PersonText, kinds,
        notation::{
            AcmeAccountName, AcmePluginId, Ciphers, ConsentText, DnsAlias, DnsName, HttpProxy,
            Location, Notes,
        },
    },
};
use std::collections::BTreeSet;
use tf_plugin::{Diagnostic, Field as Planned, Result, View};

/// The languages of the web interface (from the API description of PBS 3.4 to 4.2).
const LANGUAGES: [&str; 26] = [
    "ar", "ca", "da", "de", "en", "es", "eu", "fa", "fr", "gl", "he", "hu", "it", "ja", "kr", "nb",
    "nl", "nn", "pl", "pt_BR", "ru", "sl", "sv", "tr", "zh_CN", "zh_TW",
];

pub(crate) fn node_config() -> Object {
    Object::new(
        "node_config",
        &kinds::NODE_CONFIG,
        "Manages the node configuration: the settings of the server itself. A server has exactly \
         one node configuration, which always exists. The resource takes the node configuration \
         over without an import, and changes only the values of the arguments that are set. When \
         the resource is destroyed, the provider removes from the server the values that the \
         resource has set. All other values stay as they are.",
        [
            Field::text(
                "http_proxy",
                "http-proxy",
                "HTTP proxy through which the server connects to the internet, as \
                 `http://HOST:PORT`. The value can contain a password, so it is sensitive. PBS \
                 shows the value, including the password, to everyone who can read the node \
                 configuration. The state contains the value in plain text.",
            )
            .sensitive()
            .parses::<HttpProxy>()
            .left_alone(),
            Field::text(
                "email_from",
                "email-from",
                "E-mail address from which the server sends its e-mails, 2 to 64 characters.",
            )
            .parses::<PersonText>()
            .left_alone(),
            Field::text(
                "ciphers_tls_1_2",
                "ciphers-tls-1.2",
                "Cipher suites for TLS 1.2, in the notation of OpenSSL.",
            )
            .parses::<Ciphers>()
            .left_alone(),
            Field::text(
                "ciphers_tls_1_3",
                "ciphers-tls-1.3",
                "Cipher suites for TLS 1.3, in the notation of OpenSSL.",
            )
            .parses::<Ciphers>()
            .left_alone(),
            Field::text(
                "default_lang",
                "default-lang",
                "Language of the web interface, for example `en` or `pt_BR`.",
            )
            .one_of(&LANGUAGES)
            .left_alone(),
            Field::text(
                "description",
                "description",
                "Notes about the server, in Markdown. PBS adds a line break at the end, which the \
                 provider ignores.",
            )
            .verbatim()
            .parses::<Notes>()
            .same::<Notes>()
            .left_alone(),
            Field::integer(
                "task_log_max_days",
                "task-log-max-days",
                "Number of days for which the server keeps the logs of its tasks.",
                0..=i64::MAX,
            )
            .left_alone(),
            Field::base64(
                "consent_text",
                "consent-text",
                "Text that users must accept before they log in, in Markdown, at most 49152 bytes.",
            )
            .parses::<ConsentText>()
            .left_alone(),
            Field::keyed(
                "acme_account",
                "acme",
                "account",
                "Name of the ACME account with which the server orders its certificate.",
            )
            .parses::<AcmeAccountName>()
            .left_alone(),
            Field::slots(
                "acme_domains",
                "acmedomain",
                "Domains for which the server orders its certificate, at most 5.",
                5,
                [
                    Field::text("domain", "domain", "DNS name of the server.")
                        .parses::<DnsName>()
                        .required(),
                    Field::text(
                        "alias",
                        "alias",
                        "DNS name that is used in place of `domain` to answer the ACME challenge. \
                         Default: none.",
                    )
                    .parses::<DnsAlias>(),
                    Field::text(
                        "plugin",
                        "plugin",
                        "Id of the ACME plugin that answers the ACME challenge. If the argument is \
                         omitted, the server itself answers the challenge by HTTP.",
                    )
                    .parses::<AcmePluginId>(),
                ],
            )
            .default_key("domain")
            .left_alone(),
            Field::text(
                "location",
                "location",
                "Location of the server, as `latitude=NUMBER,longitude=NUMBER`, with an optional \
                 `name=TEXT`, for example `latitude=48.2,longitude=16.4,name=Vienna`.",
            )
            .parses::<Location>()
            .same::<Location>()
            .since("4.2.3")
            .left_alone(),
        ],
    )
    .check(check)
}

/// Checks that there are at most five ACME domains, because PBS cannot store more. Also checks that
/// no domain occurs twice, because PBS refuses a list with a repeated domain.
fn check(config: View<'_>, diagnostics: &mut Vec<Diagnostic>) -> Result<()> {
    #[derive(serde::Deserialize)]
    struct Domain {
        domain: String,
    }
    let Planned::Known(domains) = config.get::<Vec<Domain>>("acme_domains")? else { return Ok(()) };
    if domains.len() > 5 {
        diagnostics.push(
            Diagnostic::error(
                "Too many ACME domains",
                format!(
                    "The server can have at most 5 domains, but `acme_domains` has {}.",
                    domains.len()
                ),
            )
            .at("acme_domains"),
        );
    }
    let mut seen = BTreeSet::new();
    if let Some(Domain { domain }) = domains.iter().find(|element| !seen.insert(&element.domain)) {
        diagnostics.push(
            Diagnostic::error(
                "Repeated ACME domain",
                format!(
                    "`acme_domains` contains `{domain}` twice. Remove one of the two elements."
                ),
            )
            .at("acme_domains"),
        );
    }
    Ok(())
}
