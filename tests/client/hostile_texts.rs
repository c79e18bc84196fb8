//! Hostile texts for every parser: ids, paths, endpoint, repository, token, date, PEM, notations.

use std::{fmt::Display, str::FromStr, time::Instant};

use proptest::prelude::*;
use terraform_provider_pbs::pbs::{
    AclPath, ApiToken, AuthId, CaCertificates, Comment, DatastoreName, Endpoint, Fingerprint,
    Moment, Namespace, PersonText, Repository, RoleId, TokenId, TokenName, UserId,
    notation::{
        AcmeAccountName, AcmePluginId, BackingDevice, CalendarEvent, Cidr, ConsentText,
        DailyDuration, DirectoryPath, DnsAlias, DnsName, EntityName, Host, HostPort, HttpProxy,
        HumanBytes, InfluxName, JobId, Line, MaintenanceMessage, MatchField, PropertyString,
        Severities, decode_base64,
    },
};

/// Part of the parsed texts that must not occur in an error message.
const MARKER: &str = "Zq7";

/// Parts of valid texts, so that some of the generated texts are almost valid.
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
        Just("mon..fri 8..17:0/15".to_owned()),
        Just("10.5 MiB".to_owned()),
        Just("key=\"value\\n\",".to_owned()),
        Just("regex:field=(a|b)".to_owned()),
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

/// Parses a text and checks the result of the parser. Returns `Err` only if a check fails. If the
/// parser refuses the text with a proper error message, returns `Ok`.
type Check = fn(&str) -> Result<(), TestCaseError>;

const PARSERS: [(&str, Check); 39] = [
    ("UserId", check_text_form::<UserId>),
    ("TokenName", check_text_form::<TokenName>),
    ("TokenId", check_text_form::<TokenId>),
    ("AuthId", check_text_form::<AuthId>),
    ("RoleId", check_text_form::<RoleId>),
    ("AclPath", check_text_form::<AclPath>),
    ("DatastoreName", check_text_form::<DatastoreName>),
    ("Namespace", check_text_form::<Namespace>),
    ("Moment", check_text_form::<Moment>),
    ("Fingerprint", check_text_form::<Fingerprint>),
    ("Repository", check_text_form::<Repository>),
    ("AcmeAccountName", check_text_form::<AcmeAccountName>),
    ("AcmePluginId", check_text_form::<AcmePluginId>),
    ("BackingDevice", check_text_form::<BackingDevice>),
    ("CalendarEvent", check_text_form::<CalendarEvent>),
    ("Cidr", check_text_form::<Cidr>),
    ("ConsentText", check_text_form::<ConsentText>),
    ("DailyDuration", check_text_form::<DailyDuration>),
    ("DirectoryPath", check_text_form::<DirectoryPath>),
    ("DnsAlias", check_text_form::<DnsAlias>),
    ("DnsName", check_text_form::<DnsName>),
    ("EntityName", check_text_form::<EntityName>),
    ("Host", check_text_form::<Host>),
    ("HostPort", check_text_form::<HostPort>),
    ("HttpProxy", check_text_form::<HttpProxy>),
    ("HumanBytes", check_text_form::<HumanBytes>),
    ("InfluxName", check_text_form::<InfluxName>),
    ("JobId", check_text_form::<JobId>),
    ("Line", check_text_form::<Line>),
    ("MaintenanceMessage", check_text_form::<MaintenanceMessage>),
    ("MatchField", check_text_form::<MatchField>),
    ("PropertyString", check_text_form::<PropertyString>),
    ("Severities", check_text_form::<Severities>),
    ("Base64", |text| check_error(decode_base64(text))),
    ("Comment", |text| check_error(text.parse::<Comment>())),
    ("PersonText", |text| check_error(text.parse::<PersonText>())),
    ("Endpoint", |text| check_error(text.parse::<Endpoint>())),
    ("ApiToken", |text| check_error(text.parse::<ApiToken>())),
    ("CaCertificates", |text| check_error(CaCertificates::from_pem(text.as_bytes()))),
];

/// If the parser accepts the text, checks that the text form of the value is parsed as the same
/// value. If the parser refuses the text, checks the error.
fn check_text_form<T: FromStr<Err: Display> + Display>(text: &str) -> Result<(), TestCaseError> {
    let value = text.parse::<T>();
    if let Ok(value) = &value {
        let text = value.to_string();
        let reparsed = text.parse::<T>().map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(reparsed.to_string(), text);
    }
    check_error(value)
}

/// If the parser refuses the text, checks that the error message is short and does not quote the
/// text.
fn check_error<T>(value: Result<T, impl Display>) -> Result<(), TestCaseError> {
    let Err(error) = value else { return Ok(()) };
    let message = error.to_string();
    prop_assert!(!message.is_empty() && message.len() < 500, "{}", message);
    prop_assert!(!message.contains(MARKER), "{}", message);
    prop_assert!(!message.contains(char::is_control), "{:?}", message);
    Ok(())
}

fn check_every_parser(text: &str) -> Result<(), TestCaseError> {
    PARSERS.iter().try_for_each(|(_, parse)| parse(text))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn the_text_form_of_a_parsed_value_is_parsed_as_the_same_value(text in text()) {
        check_every_parser(&text)?;
    }

    #[test]
    fn no_error_repeats_the_refused_text(head in text(), tail in text()) {
        check_every_parser(&format!("{head}{MARKER}{tail}"))?;
    }

    #[test]
    fn no_bytes_make_the_certificate_parser_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = CaCertificates::from_pem(&bytes);
        let pem = [b"-----BEGIN CERTIFICATE-----\n".as_slice(), &bytes, b"\n-----END CERTIFICATE-----\n"].concat();
        let _ = CaCertificates::from_pem(&pem);
    }
}

/// The limit of 5 s is exceeded if the time grows with the square of the length.
#[test]
fn a_long_text_is_parsed_in_seconds() {
    for unit in
        ["a", "@", "!", "/", "a/", ":", "%", "[", "-----BEGIN CERTIFICATE-----\n", "\u{202e}"]
    {
        let long = unit.repeat((1 << 18) / unit.len());
        for text in [long.clone(), format!("https://{long}"), format!("/{long}")] {
            for (name, parse) in PARSERS {
                let begin = Instant::now();
                parse(&text).expect("the value or error should pass the checks");
                let took = begin.elapsed();
                assert!(took.as_secs() < 5, "{name}: {took:?} for {:?}…", &text[..40]);
            }
        }
    }
}
