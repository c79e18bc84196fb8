//! Checks of the settings of the node.

use super::{Change, refuse_if};
use crate::{description::unquoted_parts, response::ApiError};

/// Checks the changed settings of the node.
pub(crate) fn node(change: &Change) -> Result<(), ApiError> {
    let consent = change.text("consent-text").unwrap_or_default();
    refuse_if(consent.contains('\n'), || "value for consent-text contains newlines".into())?;
    if let Some(location) = change.text("location") {
        check_location(location).map_err(ApiError::bad_request)?;
    }
    check_ciphers(change)?;
    let mut domains = Vec::new();
    for slot in 0..5 {
        let Some(text) = change.text(&format!("acmedomain{slot}")) else { continue };
        let parts = unquoted_parts(text);
        let is_domain =
            |(key, _): &&(Option<String>, _)| key.as_deref().is_none_or(|key| key == "domain");
        let domain = parts.iter().find(is_domain).map(|(_, domain)| domain.clone());
        refuse_if(domains.contains(&domain), || {
            format!("duplicate domain '{}' in ACME config", domain.clone().unwrap_or_default())
        })?;
        domains.push(domain);
    }
    Ok(())
}

/// Checks a text such as `latitude=48.2,longitude=16.4,name=Vienna`.
fn check_location(text: &str) -> Result<(), String> {
    let parts = unquoted_parts(text);
    if parts.iter().any(|(key, _)| key.is_none()) {
        return Err("value without key, but schema does not define a default key".into());
    }
    for name in ["latitude", "longitude"] {
        let value = parts.iter().find(|(key, _)| key.as_deref() == Some(name));
        let (_, value) = value.ok_or_else(|| format!("missing field `{name}`"))?;
        value.parse::<f64>().map_err(|_| format!("not a valid number: {value:?}"))?;
    }
    Ok(())
}

/// Checks the lists of TLS ciphers. PBS checks the lists with OpenSSL. The simulator checks only
/// that the first name in each list could be the name of an OpenSSL cipher.
fn check_ciphers(change: &Change) -> Result<(), ApiError> {
    let first_cipher = |name| change.text(name).and_then(|list| list.split([':', ',', ' ']).next());
    let is_cipher_name =
        |name: &str| name.starts_with(|c: char| c.is_ascii_uppercase() || "-+!@".contains(c));
    refuse_if(first_cipher("ciphers-tls-1.2").is_some_and(|name| !is_cipher_name(name)), || {
        "error:0A0000B9:SSL routines:SSL_CTX_set_cipher_list:no cipher match:../ssl/ssl_lib.c:2741:"
            .into()
    })?;
    refuse_if(first_cipher("ciphers-tls-1.3").is_some_and(|name| !name.starts_with("TLS_")), || {
        "error:0A0000B9:SSL routines:set_ciphersuites:no cipher match:../ssl/ssl_ciph.c:1329:"
            .into()
    })
}
