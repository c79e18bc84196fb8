//! Authentication: finds out which user or token a request comes from. API tokens are checked
//! against the stored secrets. Login tickets and CSRF tokens are checked by their signatures.

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use hyper::HeaderMap;
use percent_encoding::percent_decode_str;
use ring::hmac;

use crate::{response::COOKIE, world::World};

/// Issues and verifies login tickets and CSRF tokens.
///
/// A ticket has the form `PBS:SUBJECT:TIME::SIGNATURE`. A CSRF token has the form `TIME:SIGNATURE`.
/// `TIME` is the Unix time of issue in seconds, as 8 hexadecimal digits. Tickets and CSRF tokens
/// are valid until `lifetime` seconds after `TIME`. They are already valid [`MAX_CLOCK_SKEW`]
/// seconds before `TIME`, because the issuer's clock might be ahead.
pub(crate) struct TicketSigner {
    key: hmac::Key,
    lifetime: u64,
}

/// Maximum number of seconds by which an accepted time of issue can lie in the future.
const MAX_CLOCK_SKEW: u64 = 300;

impl TicketSigner {
    /// `lifetime` is in seconds.
    pub(crate) fn new(key: [u8; 32], lifetime: u64) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, &key), lifetime }
    }

    /// Issues a ticket for `subject`: a user id, or a challenge for a second factor. `now` is the
    /// Unix time in seconds.
    pub(crate) fn issue_ticket(&self, subject: &str, now: u64) -> String {
        let signed_text = format!("PBS:{subject}:{now:08X}");
        let signature = self.sign(&signed_text);
        format!("{signed_text}::{signature}")
    }

    /// The subject of the ticket, or `None` if the ticket is malformed, forged or expired.
    pub(crate) fn verify_ticket<'a>(&self, ticket: &'a str, now: u64) -> Option<&'a str> {
        let (signed_text, signature) = ticket.split_once("::")?;
        let (subject, issued_at) = signed_text.strip_prefix("PBS:")?.rsplit_once(':')?;
        let is_valid =
            self.is_signature_of(signed_text, signature) && self.is_current(issued_at, now);
        is_valid.then_some(subject)
    }

    /// Issues the CSRF token that a client sends together with a ticket of this user. `now` is the
    /// Unix time in seconds.
    pub(crate) fn issue_csrf_token(&self, userid: &str, now: u64) -> String {
        let signature = self.sign(&format!("{now:08X}:{userid}"));
        format!("{now:08X}:{signature}")
    }

    fn verify_csrf_token(&self, token: &str, userid: &str, now: u64) -> bool {
        let Some((issued_at, signature)) = token.split_once(':') else { return false };
        self.is_signature_of(&format!("{issued_at}:{userid}"), signature)
            && self.is_current(issued_at, now)
    }

    fn sign(&self, text: &str) -> String {
        STANDARD_NO_PAD.encode(hmac::sign(&self.key, text.as_bytes()))
    }

    fn is_signature_of(&self, text: &str, signature: &str) -> bool {
        let signature = STANDARD_NO_PAD.decode(signature).unwrap_or_default();
        hmac::verify(&self.key, text.as_bytes(), &signature).is_ok()
    }

    /// Whether a ticket or CSRF token that was issued at `issued_at` is valid at the time `now`.
    /// `issued_at` is a hexadecimal Unix time.
    fn is_current(&self, issued_at: &str, now: u64) -> bool {
        let issued_at = u64::from_str_radix(issued_at, 16).unwrap_or_default();
        issued_at <= now + MAX_CLOCK_SKEW && now <= issued_at.saturating_add(self.lifetime)
    }
}

/// The authentication id of the caller. `None` if the credentials are missing or invalid, or if the
/// user or token is disabled or expired.
///
/// If the request has a ticket cookie, an API token in its header is ignored, even if the ticket is
/// invalid. A write request with a ticket also needs the CSRF token (PBS 4.2.3, measured).
pub(crate) fn authenticate(
    world: &World,
    tickets: &TicketSigner,
    headers: &HeaderMap,
    is_write: bool,
    now: u64,
) -> Option<String> {
    let caller = match ticket_cookie(headers) {
        Some(ticket) => {
            // A subject that starts with `!` is a challenge for a second factor, not a login.
            let userid =
                tickets.verify_ticket(&ticket, now).filter(|subject| !subject.starts_with('!'))?;
            let csrf = headers.get("csrfpreventiontoken").and_then(|value| value.to_str().ok());
            if is_write && !csrf.is_some_and(|token| tickets.verify_csrf_token(token, userid, now))
            {
                return None;
            }
            userid.to_string()
        }
        None => {
            let header = headers.get("authorization")?.to_str().ok()?;
            // One character separates the scheme from the token: `=` or a space. PBS skips this
            // character without checking it.
            let rest = header.strip_prefix("PBSAPIToken")?;
            let (token_id, secret) = rest.get(1..)?.split_once(':')?;
            if !world.check_secret(token_id, secret) {
                return None;
            }
            token_id.to_string()
        }
    };
    world.is_active(&caller, now).then_some(caller)
}

/// The ticket in the request's cookies. The value of the cookie can be percent-encoded.
fn ticket_cookie(headers: &HeaderMap) -> Option<String> {
    let cookies: Vec<(&str, &str)> = headers
        .get_all("cookie")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .collect();
    let find = |wanted: &str| cookies.iter().find(|(name, _)| *name == wanted);
    let (_, value) = find(COOKIE).or_else(|| find("PBSAuthCookie"))?;
    percent_decode_str(value).decode_utf8().ok().map(String::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_valid_for_its_subject_during_its_lifetime() {
        let tickets = TicketSigner::new([1; 32], 7200);
        let ticket = tickets.issue_ticket("u@pbs", 1_000_000);
        assert!(ticket.starts_with("PBS:u@pbs:000F4240::"));
        assert_eq!(tickets.verify_ticket(&ticket, 1_000_000), Some("u@pbs"));
        assert_eq!(tickets.verify_ticket(&ticket, 1_007_200), Some("u@pbs"));
        assert_eq!(tickets.verify_ticket(&ticket, 1_007_201), None);
        assert_eq!(tickets.verify_ticket(&ticket, 1_000_000 - 301), None);
        assert_eq!(tickets.verify_ticket(&ticket.replace("u@", "v@"), 1_000_000), None);
        assert_eq!(TicketSigner::new([2; 32], 7200).verify_ticket(&ticket, 1_000_000), None);
        assert_eq!(tickets.verify_ticket("PBS:u@pbs:000F4240::", 1_000_000), None);
    }

    #[test]
    fn a_csrf_token_is_valid_for_its_user_during_its_lifetime() {
        let tickets = TicketSigner::new([1; 32], 7200);
        let token = tickets.issue_csrf_token("u@pbs", 1_000_000);
        assert!(tickets.verify_csrf_token(&token, "u@pbs", 1_000_001));
        assert!(!tickets.verify_csrf_token(&token, "v@pbs", 1_000_001));
        assert!(!tickets.verify_csrf_token(&token, "u@pbs", 1_010_000));
    }
}
