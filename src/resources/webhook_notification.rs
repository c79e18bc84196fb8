//! `pbs_webhook_notification`: an HTTP request for each notification.

use crate::{
    object::{Change, Field, Object},
    pbs::{
        kinds,
        notation::{ElementName, EntityName, WebhookUrl},
    },
};
use std::collections::BTreeMap;
use tf_plugin::{Diagnostic, Field as Planned, Result, View};

pub(crate) fn webhook_notification() -> Object {
    Object::new(
        "webhook_notification",
        &kinds::WEBHOOK_ENDPOINT,
        "Manages a webhook endpoint: a notification target that sends an HTTP request. PBS sends \
         only the notifications for which a `pbs_notification_matcher` names the endpoint in its \
         `targets`.\n\n\
         The URL, the headers and the body can contain templates. `{{ title }}` and `{{ message }}` \
         stand for the texts of the notification, `{{ severity }}` for its severity, and \
         `{{ secrets.NAME }}` for an element of `secrets`.",
        [
            Field::text(
                "name",
                "name",
                "Name of the endpoint, 2 to 32 letters, digits, `_`, `.` and `-`. No other target \
                 or matcher can have the same name.",
            )
            .parses::<EntityName>()
            .key(),
            Field::text(
                "url",
                "url",
                "URL of the request. Behind the host name and the port, it can contain templates.",
            )
            .parses::<WebhookUrl>()
            .required(),
            Field::text("method", "method", "HTTP method: `post`, `put` or `get`.")
                .one_of(&["post", "put", "get"])
                .required(),
            Field::map(
                "headers",
                "header",
                "Headers of the request. The values can contain templates. Everyone who can read \
                 the endpoint on PBS sees them, so use `secrets` for credentials. Default: none.",
            ),
            Field::base64(
                "body",
                "body",
                "Body of the request, which can contain templates. Default: none.",
            ),
            Field::secret_map(
                "secrets",
                "secret",
                "Map of secrets for templates. Each name consists of letters, digits, `_` and `-`.",
            ),
            Field::enabled("Whether PBS sends notifications to the endpoint. Default: `true`."),
            Field::comment(),
        ],
    )
    .check(check)
    .warn(warn)
}

/// The names and values of a map. `None` if the map is null or not completely known.
fn elements(map: Planned<BTreeMap<String, Option<String>>>) -> Option<BTreeMap<String, String>> {
    let elements = map.known()?.into_iter();
    Some(elements.map(|(name, value)| (name, value.unwrap_or_default())).collect())
}

/// Checks the elements of headers and secrets, and that each secret of a template exists.
fn check(config: View<'_>, diagnostics: &mut Vec<Diagnostic>) -> Result<()> {
    let headers = elements(config.get("headers")?).unwrap_or_default();
    let stored = elements(config.get("secrets")?);
    let write_only = elements(config.get("secrets_wo")?);
    for (attribute, map) in [
        ("headers", Some(&headers)),
        ("secrets", stored.as_ref()),
        ("secrets_wo", write_only.as_ref()),
    ] {
        for (name, value) in map.into_iter().flatten() {
            // PBS takes an empty value for a missing one, and then keeps the old secret or refuses
            // later updates (recorded).
            let problem = match name.parse::<ElementName>() {
                Err(error) => format!("{error}."),
                Ok(_) if value.is_empty() => format!("The value of {name} is empty or null."),
                Ok(_) => continue,
            };
            diagnostics.push(
                Diagnostic::error(format!("Invalid element of {attribute}"), problem).at(attribute),
            );
        }
    }
    let Some(secrets) = stored.or(write_only) else { return Ok(()) };
    let texts = [("url", config.get::<String>("url")?), ("body", config.get::<String>("body")?)];
    let texts = texts.into_iter().filter_map(|(name, text)| Some((name, text.known()?)));
    for (attribute, text) in texts.chain(headers.into_values().map(|value| ("headers", value))) {
        for name in secrets_in(&text).filter(|name| !secrets.contains_key(*name)) {
            diagnostics.push(
                Diagnostic::error(
                    format!("There is no secret {name}"),
                    format!(
                        "A template in `{attribute}` uses this secret. Add it to `secrets` or \
                         `secrets_wo`, or correct the template."
                    ),
                )
                .at(attribute),
            );
        }
    }
    Ok(())
}

/// The names of the secrets that the templates of a text use. A template that begins with `!` is a
/// comment.
fn secrets_in(text: &str) -> impl Iterator<Item = &str> {
    let templates = text.split("{{").skip(1).filter_map(|rest| Some(rest.split_once("}}")?.0));
    let templates = templates.filter(|template| !template.starts_with('!'));
    let names = templates.flat_map(|template| template.split("secrets.").skip(1)).map(|rest| {
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        rest.split(|c| !is_part(c)).next().unwrap_or_default()
    });
    names.filter(|name| !name.is_empty())
}

/// Warns of a header that seems to contain a credential in plain text.
fn warn(change: &Change<'_>, diagnostics: &mut Vec<Diagnostic>) -> Result<()> {
    const CREDENTIALS: [&str; 6] =
        ["authorization", "token", "key", "secret", "password", "cookie"];
    if !change.changes("headers") {
        return Ok(());
    }
    for (name, value) in elements(change.after("headers")?).unwrap_or_default() {
        let lower = name.to_ascii_lowercase();
        let is_credential = CREDENTIALS.iter().any(|word| lower.contains(word));
        if is_credential && !value.is_empty() && secrets_in(&value).next().is_none() {
            diagnostics.push(
                Diagnostic::warning(
                    format!("The header {name} is not secret"),
                    "The state and the plan contain the value, and everyone who can read the \
                     endpoint on PBS sees it. If it is a credential, move it to `secrets_wo`, and \
                     use `{{ secrets.NAME }}` in the header.",
                )
                .at("headers"),
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::secrets_in;

    #[test]
    fn the_secrets_in_templates_are_found() {
        let text = "a secrets.no {{! secrets.old }}{{secrets.[x]}}{{secrets.one}} {{ url-encode secrets.two-2 }}{{ title }} {{ x";
        assert_eq!(secrets_in(text).collect::<Vec<_>>(), ["one", "two-2"]);
    }
}
