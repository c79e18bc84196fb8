//! `pbs_webhook_notification`: an HTTP request for each notification.

use crate::{
    object::{Change, Field, Object},
    pbs::{
        kinds,
        notation::{ElementName, EntityName, WebhookUrl},
    },
};
use serde::de::IgnoredAny;
use std::collections::BTreeMap;
use tf_plugin::{Diagnostic, Field as Planned, Result, View};

pub(crate) fn webhook_notification() -> Object {
    Object::new(
        "webhook_notification",
        &kinds::WEBHOOK_ENDPOINT,
        "Manages a webhook endpoint: a notification target that receives an HTTP request for each \
         notification. PBS sends a notification to the endpoint only if a \
         `pbs_notification_matcher` matches the notification and names the endpoint in its \
         `targets`.\n\n\
         The URL, the headers and the body can contain these templates:\n\n\
         - `{{ title }}` and `{{ message }}`: the texts of the notification.\n\
         - `{{ severity }}`: the severity of the notification.\n\
         - `{{ timestamp }}`: the time of the notification, in seconds since 1970.\n\
         - `{{ fields.NAME }}`: a property of the notification, for example `type` or \
         `datastore`.\n\
         - `{{ secrets.NAME }}`: an element of `secrets`.\n\n\
         In a string of a JSON document, write `{{ escape message }}` instead of `{{ message }}`. \
         Otherwise, a quotation mark or a line break in the message makes the document invalid. \
         `{{ json fields }}` inserts all properties as a JSON object, and `{{ url-encode title }}` \
         encodes the title for a URL.",
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
                "URL of the request, for example \
                 `https://chat.example.com/hooks/{{ secrets.id }}`. The path and the query can \
                 contain templates, but the host name and the port cannot.",
            )
            .parses::<WebhookUrl>()
            .required(),
            Field::text("method", "method", "HTTP method: `post`, `put` or `get`.")
                .one_of(&["post", "put", "get"])
                .required(),
            Field::map(
                "headers",
                "header",
                "Headers of the request. Each name consists of letters, digits, `_` and `-`. The \
                 values can contain templates. Everyone who can read the endpoint on PBS sees the \
                 headers. Credentials therefore belong in `secrets`. Default: none.",
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

/// Checks the elements of headers and secrets. Also checks that each secret in a template exists.
fn check(config: View<'_>, diagnostics: &mut Vec<Diagnostic>) -> Result<()> {
    let headers = elements(config.get("headers")?);
    let stored_secrets = elements(config.get("secrets")?);
    let write_only_secrets = elements(config.get("secrets_wo")?);
    for (attribute, map) in
        [("headers", &headers), ("secrets", &stored_secrets), ("secrets_wo", &write_only_secrets)]
    {
        for (name, value) in map.iter().flatten() {
            // PBS handles an empty value like a missing value: PBS keeps the old secret, or refuses
            // later updates (PBS 4.2.3, recorded).
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
    if let Some(secrets) = stored_secrets.or(write_only_secrets) {
        let texts = [config.get("url")?, config.get("body")?];
        check_templates(texts, headers, &secrets, diagnostics);
    }
    Ok(())
}

/// Checks that each secret in the templates of the URL, the body and the headers exists.
fn check_templates(
    [url, body]: [Planned<String>; 2],
    headers: Option<BTreeMap<String, String>>,
    secrets: &BTreeMap<String, String>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let headers = headers.into_iter().flatten().map(|(_, value)| ("headers", Some(value)));
    let texts = [("url", url.known()), ("body", body.known())].into_iter().chain(headers);
    for (attribute, text) in texts {
        let text = text.unwrap_or_default();
        for name in secrets_in(&text).filter(|name| !secrets.contains_key(*name)) {
            diagnostics.push(
                Diagnostic::error(
                    format!("There is no secret {name}"),
                    format!(
                        "A template in `{attribute}` uses this secret. Add the secret to `secrets` \
                         or `secrets_wo`, or correct the template."
                    ),
                )
                .at(attribute),
            );
        }
    }
}

/// The names of the secrets that the templates of a text use. A template that begins with `!` is a
/// comment, so it uses no secret.
fn secrets_in(text: &str) -> impl Iterator<Item = &str> {
    let templates = text.split("{{").skip(1).filter_map(|rest| Some(rest.split_once("}}")?.0));
    let templates = templates.filter(|template| !template.starts_with('!'));
    let names = templates.flat_map(|template| template.split("secrets.").skip(1)).map(|rest| {
        let is_name_character = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        rest.split(|c| !is_name_character(c)).next().unwrap_or_default()
    });
    names.filter(|name| !name.is_empty())
}

/// Refuses a new endpoint whose templates use secrets, but which has no secrets. Warns of a header
/// that seems to contain a credential in plain text.
fn warn(change: &Change<'_>, diagnostics: &mut Vec<Diagnostic>) -> Result<()> {
    const CREDENTIALS: [&str; 6] =
        ["authorization", "token", "key", "secret", "password", "cookie"];
    // An existing endpoint can have secrets that the configuration does not contain.
    if change.is_creation()
        && change.after::<IgnoredAny>("secrets")?.is_null()
        && change.after::<i64>("secrets_wo_version")?.is_null()
    {
        let texts = [change.after("url")?, change.after("body")?];
        let headers = elements(change.after("headers")?);
        check_templates(texts, headers, &BTreeMap::new(), diagnostics);
    }
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
                    "The state and the plan contain the value of the header, and everyone who can \
                     read the endpoint on PBS sees the value. If the value is a credential, move \
                     the value to `secrets_wo`, and use `{{ secrets.NAME }}` in the header.",
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
