//! Who is calling: API tokens, tickets with their CSRF tokens. Knows nothing of what callers may do.

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use hyper::HeaderMap;
use percent_encoding::percent_decode_str;
use ring::hmac;

use crate::{answer::COOKIE, world::World};

/// Signs and checks tickets. `PBS:user@realm:HEXTIME::signature` is valid from a little before its
/// time (clocks differ) until its lifetime is over.
pub(crate) struct Tickets {
    key: hmac::Key,
    lifetime: u64,
}

const CLOCKS_DIFFER: u64 = 300;

impl Tickets {
    pub(crate) fn new(key: [u8; 32], lifetime: u64) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, &key), lifetime }
    }

    /// A ticket for `subject` made at `now` (seconds since 1970).
    pub(crate) fn issue(&self, subject: &str, now: u64) -> String {
        let plain = format!("PBS:{subject}:{now:08X}");
        let signature = self.signature(&plain);
        format!("{plain}::{signature}")
    }

    /// Whom a ticket belongs to.
    pub(crate) fn verify<'a>(&self, ticket: &'a str, now: u64) -> Option<&'a str> {
        let (plain, signature) = ticket.split_once("::")?;
        let (subject, made) = plain.strip_prefix("PBS:")?.rsplit_once(':')?;
        (self.signed(plain, signature) && self.in_time(made, now)).then_some(subject)
    }

    pub(crate) fn csrf(&self, userid: &str, now: u64) -> String {
        let signature = self.signature(&format!("{now:08X}:{userid}"));
        format!("{now:08X}:{signature}")
    }

    fn verify_csrf(&self, token: &str, userid: &str, now: u64) -> bool {
        let Some((made, signature)) = token.split_once(':') else { return false };
        self.signed(&format!("{made}:{userid}"), signature) && self.in_time(made, now)
    }

    fn signature(&self, plain: &str) -> String {
        STANDARD_NO_PAD.encode(hmac::sign(&self.key, plain.as_bytes()))
    }

    fn signed(&self, plain: &str, signature: &str) -> bool {
        let signature = STANDARD_NO_PAD.decode(signature).unwrap_or_default();
        hmac::verify(&self.key, plain.as_bytes(), &signature).is_ok()
    }

    fn in_time(&self, made: &str, now: u64) -> bool {
        let made = u64::from_str_radix(made, 16).unwrap_or_default();
        made <= now + CLOCKS_DIFFER && now <= made.saturating_add(self.lifetime)
    }
}

/// Whoever the headers prove the caller to be. A cookie beats a token, even a bad cookie a good
/// token; with a ticket, everything but GET needs the CSRF token (PBS 4.2.3, measured).
pub(crate) fn authenticate(
    world: &World,
    tickets: &Tickets,
    headers: &HeaderMap,
    writes: bool,
    now: u64,
) -> Option<String> {
    let caller = match cookie(headers) {
        Some(ticket) => {
            let userid = tickets.verify(&ticket, now).filter(|user| !user.starts_with('!'))?;
            let csrf = headers.get("csrfpreventiontoken").and_then(|value| value.to_str().ok());
            if writes && !csrf.is_some_and(|token| tickets.verify_csrf(token, userid, now)) {
                return None;
            }
            userid.to_string()
        }
        None => {
            let header = headers.get("authorization")?.to_str().ok()?;
            // Whatever stands between the scheme and the token is skipped, `=` or a space.
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

/// The ticket in the cookies, with or without percent-encoding.
pub(crate) fn cookie(headers: &HeaderMap) -> Option<String> {
    let cookies: Vec<(&str, &str)> = headers
        .get_all("cookie")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .collect();
    let named = |wanted: &str| cookies.iter().find(|(name, _)| *name == wanted);
    let (_, value) = named(COOKIE).or_else(|| named("PBSAuthCookie"))?;
    percent_decode_str(value).decode_utf8().ok().map(String::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_valid_for_its_lifetime_and_its_subject() {
        let tickets = Tickets::new([1; 32], 7200);
        let ticket = tickets.issue("u@pbs", 1_000_000);
        assert!(ticket.starts_with("PBS:u@pbs:000F4240::"));
        assert_eq!(tickets.verify(&ticket, 1_000_000), Some("u@pbs"));
        assert_eq!(tickets.verify(&ticket, 1_007_200), Some("u@pbs"));
        assert_eq!(tickets.verify(&ticket, 1_007_201), None);
        assert_eq!(tickets.verify(&ticket, 1_000_000 - 301), None);
        assert_eq!(tickets.verify(&ticket.replace("u@", "v@"), 1_000_000), None);
        assert_eq!(Tickets::new([2; 32], 7200).verify(&ticket, 1_000_000), None);
        assert_eq!(tickets.verify("PBS:u@pbs:000F4240::", 1_000_000), None);
    }

    #[test]
    fn a_csrf_token_belongs_to_one_user() {
        let tickets = Tickets::new([1; 32], 7200);
        let token = tickets.csrf("u@pbs", 1_000_000);
        assert!(tickets.verify_csrf(&token, "u@pbs", 1_000_001));
        assert!(!tickets.verify_csrf(&token, "v@pbs", 1_000_001));
        assert!(!tickets.verify_csrf(&token, "u@pbs", 1_010_000));
    }
}
