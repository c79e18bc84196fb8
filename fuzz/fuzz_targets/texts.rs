//! Everything that is parsed from a text. What is taken is written in a form that is taken as the same.
#![no_main]

use std::{fmt::Display, str::FromStr};
use terraform_provider_pbs::pbs::{
    AclPath, ApiToken, AuthId, CaCertificates, Comment, DatastoreName, Endpoint, Fingerprint,
    Moment, Namespace, PersonText, Repository, RoleId, TokenId, TokenName, UserId,
};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = CaCertificates::from_pem(bytes);
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let _ = (text.parse::<Comment>(), text.parse::<PersonText>());
    let _ = (text.parse::<Endpoint>(), text.parse::<ApiToken>());
    written::<UserId>(text);
    written::<TokenName>(text);
    written::<TokenId>(text);
    written::<AuthId>(text);
    written::<RoleId>(text);
    written::<AclPath>(text);
    written::<DatastoreName>(text);
    written::<Namespace>(text);
    written::<Moment>(text);
    written::<Fingerprint>(text);
    written::<Repository>(text);
});

fn written<T: FromStr<Err: Display> + Display>(text: &str) {
    let Ok(value) = text.parse::<T>() else { return };
    let shown = value.to_string();
    let again = shown.parse::<T>().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(again.to_string(), shown);
}
