//! Everything that is parsed from a text: ids, paths, endpoint, repository, token, date, PEM.

use std::{fmt::Display, str::FromStr, time::Instant};

use proptest::prelude::*;
use terraform_provider_pbs::pbs::{
    AclPath, ApiToken, AuthId, CaCertificates, Comment, DatastoreName, Endpoint, Fingerprint,
    Moment, Namespace, PersonText, Repository, RoleId, TokenId, TokenName, UserId,
};

/// Not among the words of any error.
const MARKER: &str = "Zq7";

/// Pieces of what is meant, so that a part of the texts nearly is it.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("a".to_owned()),
        Just("root@pam".to_owned()),
        Just("backup@pbs!ci".to_owned()),
        Just("https://".to_owned()),
        Just("host:8007".to_owned()),
        Just("[2001:db8::1]".to_owned()),
        Just("/datastore/store1".to_owned()),
        Just("DatastoreBackup".to_owned()),
        Just("2030-01-31T12:00:00+01:00".to_owned()),
        Just("99999999999999999999".to_owned()),
        Just("-----BEGIN CERTIFICATE-----\n".to_owned()),
        Just("\n-----END CERTIFICATE-----\n".to_owned()),
        Just("MIIBAgAwDQYJKoZIhvcNAQELBQA=".to_owned()),
        "[!@:/?#%.,;=\\[\\]\\\\\"'\\-_ \t\r\n\u{0}\u{7f}\u{80}\u{202e}\u{feff}ß漢]{1,3}",
        "\\PC{0,12}",
        "[0-9a-f]{2}(:[0-9a-f]{2}){0,40}",
        Just("x".repeat(300)),
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => proptest::collection::vec(piece(), 0..5).prop_map(|pieces| pieces.concat()),
        1 => any::<String>(),
    ]
}

type Check = fn(&str) -> Result<(), TestCaseError>;

const PARSERS: [(&str, Check); 16] = [
    ("UserId", parsed::<UserId>),
    ("TokenName", parsed::<TokenName>),
    ("TokenId", parsed::<TokenId>),
    ("AuthId", parsed::<AuthId>),
    ("RoleId", parsed::<RoleId>),
    ("AclPath", parsed::<AclPath>),
    ("DatastoreName", parsed::<DatastoreName>),
    ("Namespace", parsed::<Namespace>),
    ("Moment", parsed::<Moment>),
    ("Fingerprint", parsed::<Fingerprint>),
    ("Repository", parsed::<Repository>),
    ("Comment", |text| unrepeated(text.parse::<Comment>())),
    ("PersonText", |text| unrepeated(text.parse::<PersonText>())),
    ("Endpoint", |text| unrepeated(text.parse::<Endpoint>())),
    ("ApiToken", |text| unrepeated(text.parse::<ApiToken>())),
    ("CaCertificates", |text| unrepeated(CaCertificates::from_pem(text.as_bytes()))),
];

/// What is taken is written in a form that is taken as the same.
fn parsed<T: FromStr<Err: Display> + Display>(text: &str) -> Result<(), TestCaseError> {
    let value = text.parse::<T>();
    if let Ok(value) = &value {
        let shown = value.to_string();
        let again = shown.parse::<T>().map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(again.to_string(), shown);
    }
    unrepeated(value)
}

/// What is refused is not repeated.
fn unrepeated<T>(value: Result<T, impl Display>) -> Result<(), TestCaseError> {
    let Err(error) = value else { return Ok(()) };
    let said = error.to_string();
    prop_assert!(!said.is_empty() && said.len() < 500 && !said.contains(MARKER), "{}", said);
    prop_assert!(!said.contains(char::is_control), "{:?}", said);
    Ok(())
}

fn every_parser(text: &str) -> Result<(), TestCaseError> {
    PARSERS.iter().try_for_each(|(_, parse)| parse(text))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_text_breaks_a_parser(text in text()) {
        every_parser(&text)?;
    }

    #[test]
    fn what_is_malformed_is_not_repeated(head in text(), tail in text()) {
        every_parser(&format!("{head}{MARKER}{tail}"))?;
    }

    #[test]
    fn no_bytes_break_the_reading_of_certificates(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = CaCertificates::from_pem(&bytes);
        let pem = [b"-----BEGIN CERTIFICATE-----\n".as_slice(), &bytes, b"\n-----END CERTIFICATE-----\n"].concat();
        let _ = CaCertificates::from_pem(&pem);
    }
}

/// Time in proportion to the text, not to its square: each of these is over at once.
#[test]
fn long_texts_are_over_soon() {
    for unit in
        ["a", "@", "!", "/", "a/", ":", "%", "[", "-----BEGIN CERTIFICATE-----\n", "\u{202e}"]
    {
        let long = unit.repeat((1 << 18) / unit.len());
        for text in [long.clone(), format!("https://{long}"), format!("/{long}")] {
            for (name, parse) in PARSERS {
                let begun = Instant::now();
                parse(&text).expect("no parser breaks");
                let took = begun.elapsed();
                assert!(took.as_secs() < 5, "{name}: {took:?} for {:?}…", &text[..40]);
            }
        }
    }
}
