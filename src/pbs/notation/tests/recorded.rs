//! Compares the notations with recordings of a real PBS (tests/fixtures/README.md): with all values
//! that PBS accepted or refused, and with the patterns in its API description.

use super::config;
use crate::pbs::{Comment, Malformed, notation::*};
use proptest::prelude::*;
use regex::Regex;
use serde::Deserialize;
use std::{str::FromStr, sync::LazyLock};

/// The file with the recorded values.
const RECORDED: &str = include_str!("../../../../tests/fixtures/pbs-4.2.3/values.json");

/// A row of the file: the values of one property that PBS accepted, and the values that it refused.
/// The pattern and the lengths of the property come from the API description.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    path: String,
    property: String,
    pattern: Option<String>,
    #[serde(default)]
    min_length: usize,
    max_length: Option<usize>,
    accepted: Vec<Text>,
    refused: Vec<Text>,
    /// The values that PBS returned after it had accepted a value. Empty if PBS returns every value
    /// of the property unchanged.
    #[serde(default)]
    stored: Vec<String>,
}

/// A recorded value.
#[derive(Deserialize)]
#[serde(untagged)]
enum Text {
    Whole(String),
    /// A long value: `text`, and then `times` repetitions of `repeated`.
    Repeated {
        text: String,
        repeated: String,
        times: usize,
    },
}

impl Text {
    /// The value as a single text.
    fn whole(&self) -> String {
        match self {
            Self::Whole(text) => text.clone(),
            Self::Repeated { text, repeated, times } => text.clone() + &repeated.repeat(*times),
        }
    }
}

/// All rows of the file.
fn rows() -> Vec<Row> {
    serde_json::from_str(RECORDED).expect("the fixture has rows")
}

/// The notation of some properties, which is the type with which the provider parses their values.
struct Notation {
    /// The beginning of the API paths of the properties.
    path: &'static str,
    /// The names of the properties.
    properties: &'static [&'static str],
    /// Parses a value, and returns the text that the provider would send.
    parse: fn(&str) -> Result<String, Malformed>,
    /// Values that PBS accepts and the type rejects.
    accepted_only_by_pbs: &'static [&'static str],
    /// Values that the type accepts and PBS refuses, for a reason that the type does not check.
    accepted_only_by_type: &'static [&'static str],
    /// Whether the type accepts exactly the texts that match the pattern in the API description, if
    /// the texts are short.
    is_exactly_the_pattern: bool,
}

/// Parses a value as a `T`, and returns the text that the provider would send.
fn parse<T: FromStr<Err = Malformed> + ToString>(text: &str) -> Result<String, Malformed> {
    text.parse::<T>().map(|value| value.to_string())
}

const fn notation(
    path: &'static str,
    properties: &'static [&'static str],
    parse: fn(&str) -> Result<String, Malformed>,
) -> Notation {
    Notation {
        path,
        properties,
        parse,
        accepted_only_by_pbs: &[],
        accepted_only_by_type: &[],
        is_exactly_the_pattern: false,
    }
}

impl Notation {
    /// Adds the values that PBS accepts and the type rejects.
    const fn only_pbs_accepts(self, accepted_only_by_pbs: &'static [&'static str]) -> Self {
        Self { accepted_only_by_pbs, ..self }
    }

    /// Adds the values that the type accepts and PBS refuses.
    const fn only_type_accepts(self, accepted_only_by_type: &'static [&'static str]) -> Self {
        Self { accepted_only_by_type, ..self }
    }

    /// Sets [`is_exactly_the_pattern`](Self::is_exactly_the_pattern).
    const fn exactly_the_pattern(self) -> Self {
        Self { is_exactly_the_pattern: true, ..self }
    }

    /// Whether the row is about one of the properties.
    fn applies_to(&self, row: &Row) -> bool {
        row.path.starts_with(self.path) && self.properties.contains(&row.property.as_str())
    }
}

/// The notation of the property of a row.
fn notation_of(row: &Row) -> &'static Notation {
    NOTATIONS.iter().find(|notation| notation.applies_to(row)).expect("the row has a notation")
}

/// Parses a property string without a default key.
fn property_string(text: &str) -> Result<String, Malformed> {
    parse::<PropertyString>(text)
}

/// Parses a property string with the default key `type`, and the value of its key `message`.
fn maintenance_mode(text: &str) -> Result<String, Malformed> {
    let pairs = PropertyString::parse(text, Some("type"))?;
    pairs
        .get("message")
        .map_or(Ok(()), |message| message.parse().map(|_: MaintenanceMessage| ()))?;
    Ok(pairs.to_string())
}

/// Parses a property string with the default key `domain`, and the value of this key.
fn acme_domain(text: &str) -> Result<String, Malformed> {
    let pairs = PropertyString::parse(text, Some("domain"))?;
    pairs.get("domain").unwrap_or_default().parse::<DnsName>()?;
    Ok(pairs.to_string())
}

/// Decodes a consent text from Base64, and parses the decoded text.
fn consent_text(text: &str) -> Result<String, Malformed> {
    decode_base64(text)?.parse().map(|text: ConsentText| encode_base64(text.as_str()))
}

/// The notations of all properties with recorded values.
static NOTATIONS: [Notation; 42] = [
    notation("/config/prune", &["id"], parse::<JobId>).exactly_the_pattern(),
    notation("/config/sync", &["id"], parse::<JobId>).exactly_the_pattern(),
    notation("/config/verify", &["id"], parse::<JobId>).exactly_the_pattern(),
    notation("/config/tape-backup-job", &["id"], parse::<JobId>).exactly_the_pattern(),
    notation("/config/remote", &["name"], parse::<RemoteName>).exactly_the_pattern(),
    notation("/config/s3", &["id"], parse::<S3EndpointId>).exactly_the_pattern(),
    notation("/config/notifications/", &["name"], parse::<EntityName>).exactly_the_pattern(),
    notation("/config/metrics/", &["name"], parse::<MetricServerName>).exactly_the_pattern(),
    notation("/config/traffic-control", &["name"], parse::<TrafficRuleName>).exactly_the_pattern(),
    notation("/config/access/", &["realm"], parse::<RealmName>).exactly_the_pattern(),
    notation("/config/acme/plugins", &["id"], parse::<AcmePluginId>).exactly_the_pattern(),
    notation("/config/encryption-keys", &["id"], parse::<EncryptionKeyId>).exactly_the_pattern(),
    notation("/config/media-pool", &["name"], parse::<MediaPoolName>).exactly_the_pattern(),
    notation("/config/drive", &["name"], parse::<TapeDriveName>).exactly_the_pattern(),
    notation("/config/changer", &["name"], parse::<ChangerName>).exactly_the_pattern(),
    notation("/config/", &["schedule"], parse::<CalendarEvent>).only_pbs_accepts(&["25:00"]),
    notation(
        "/config/datastore",
        &["gc-schedule", "counter-reset-schedule", "prune-schedule"],
        parse::<CalendarEvent>,
    )
    .only_pbs_accepts(&["25:00"]),
    notation("/config/", &["timeframe", "match-calendar"], parse::<DailyDuration>),
    notation("/config/", &["rate-in", "rate-out", "burst-in", "burst-out"], parse::<HumanBytes>)
        .only_pbs_accepts(&["1.23456 MB"]),
    notation("/config/datastore", &["notify"], property_string).only_type_accepts(&["x=always"]),
    notation("/config/datastore", &["tuning"], property_string).only_type_accepts(&[
        "gc-atime-cutoff=0",
        "gc-atime-cutoff=2881",
        "x=y",
    ]),
    notation("/config/datastore", &["maintenance-mode"], maintenance_mode).only_type_accepts(&[
        "",
        "message=x",
        "type=offline,x=y",
    ]),
    notation("/config/datastore", &["notification-thresholds"], property_string)
        .only_type_accepts(&["s3-upload=abc", "x=1"]),
    notation("/config/datastore", &["backend"], property_string).only_type_accepts(&[
        "type=filesystem,client=rec-x",
        "type=s3",
        "type=s3,client=rec-x",
    ]),
    notation("/nodes/localhost/config", &["location"], property_string)
        .only_type_accepts(&["", "latitude=x"]),
    notation(
        "/nodes/localhost/config",
        &["acmedomain0", "acmedomain1", "acmedomain2", "acmedomain3"],
        acme_domain,
    ),
    notation("/config/access/", &["sync-attributes", "sync-defaults-options"], property_string)
        .only_type_accepts(&["phone=x", "x=y"]),
    notation("/config/notifications/", &["header", "secret"], property_string)
        .only_type_accepts(&["value=eA=="]),
    notation("/config/remote", &["host"], parse::<Host>).exactly_the_pattern(),
    notation("/config/metrics/", &["host"], parse::<HostPort>),
    notation("/nodes/localhost/config", &["http-proxy"], parse::<HttpProxy>),
    notation("/config/traffic-control", &["network"], parse::<Cidr>)
        .only_pbs_accepts(&["10.0.0.0/33", "fd00::/129"]),
    notation("/config/notifications/", &["match-field"], parse::<MatchField>),
    notation("/config/sync", &["group-filter"], parse::<GroupFilter>)
        .only_pbs_accepts(&["include:regex:^host/"]),
    notation("/config/notifications/", &["match-severity"], parse::<Severities>),
    notation("/config/datastore", &["path"], parse::<DirectoryPath>)
        .only_pbs_accepts(&["/", "/tmp/a\nb", "/srv/rec-fast/rec-data/with space "])
        .only_type_accepts(&["tmp/x"]),
    notation("/config/datastore", &["backing-device"], parse::<BackingDevice>)
        .exactly_the_pattern(),
    notation("/nodes/localhost/config", &["consent-text"], consent_text).only_pbs_accepts(&["c"]),
    notation("/", &["email-from", "mailto", "mailto-user"], parse::<MailRecipient>),
    notation("/config/metrics/", &["bucket", "organization"], parse::<InfluxName>),
    notation("/config/media-pool", &["template"], parse::<MediaTemplate>),
    notation("/config/tape-encryption-keys", &["hint"], parse::<KeyHint>),
];

#[test]
fn exactly_the_recorded_values_that_pbs_accepted_are_parsed() {
    for row in rows() {
        let notations: Vec<_> =
            NOTATIONS.iter().filter(|notation| notation.applies_to(&row)).collect();
        let [notation] = notations[..] else {
            panic!("{} {} needs exactly one line in NOTATIONS", row.path, row.property);
        };
        let check = |text: &Text, accepted_by_pbs: bool, exceptions: &[&str]| {
            let text = text.whole();
            let accepted_by_type = accepted_by_pbs != exceptions.contains(&text.as_str());
            let shown = text.chars().take(80).collect::<String>();
            let parsed = (notation.parse)(&text);
            assert_eq!(
                parsed.is_ok(),
                accepted_by_type,
                "{} {} {shown:?}: {parsed:?}",
                row.path,
                row.property
            );
        };
        row.accepted.iter().for_each(|text| check(text, true, notation.accepted_only_by_pbs));
        row.refused.iter().for_each(|text| check(text, false, notation.accepted_only_by_type));
    }
}

#[test]
fn every_exception_was_recorded() {
    let rows = rows();
    for notation in &NOTATIONS {
        let rows = || rows.iter().filter(|row| notation.applies_to(row));
        let accepted: Vec<_> = rows().flat_map(|row| &row.accepted).map(Text::whole).collect();
        let refused: Vec<_> = rows().flat_map(|row| &row.refused).map(Text::whole).collect();
        assert!(rows().count() > 0, "{} {:?}", notation.path, notation.properties);
        for (exceptions, recorded) in
            [(notation.accepted_only_by_pbs, accepted), (notation.accepted_only_by_type, refused)]
        {
            for exception in exceptions {
                assert!(
                    recorded.iter().any(|text| text == exception),
                    "{:?} {exception:?}",
                    notation.properties
                );
            }
        }
    }
}

#[test]
fn a_value_is_written_as_pbs_stores_it() {
    let mut changed = 0;
    for row in rows().iter().filter(|row| !row.stored.is_empty()) {
        let notation = notation_of(row);
        for text in row.accepted.iter().map(Text::whole) {
            let Ok(shown) = (notation.parse)(&text) else { continue };
            let is_stored = shown == text || row.stored.contains(&shown);
            assert!(is_stored, "{} {}: {text} {shown}", row.path, row.property);
            changed += usize::from(shown != text);
        }
        for text in &row.stored {
            assert_eq!((notation.parse)(text).as_ref(), Ok(text), "{} {}", row.path, row.property);
        }
    }
    assert!(changed > 10, "only {changed} values were written differently than they were sent");
}

/// Texts for the test of the patterns. They are built from parts of valid texts, so that many of
/// them are valid or almost valid. They are so short that the length limits of DNS, which the API
/// description lacks, do not matter.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-zA-Z0-9_.-]{1,4}",
        "[0-9]{1,4}\\.",
        "[0-9a-f]{1,4}:",
        "25[0-6]\\.",
        "[\\[\\]:./ _-]{1,2}",
        "[0-9a-f]{8}-[0-9a-f]{4}",
        "-[0-9a-f]{4}",
        Just("::".to_owned()),
        Just("1:2:3:4:5:6:".to_owned()),
        Just("10.20.30.40".to_owned()),
        "\\PC",
    ];
    let pieces = proptest::collection::vec(piece, 0..10).prop_map(|pieces| pieces.concat());
    pieces.prop_filter("the text is too long", |text| text.len() < 64)
}

proptest! {
    #![proptest_config(config())]

    /// A text that the type accepts must match the API description. If `is_exactly_the_pattern` is
    /// true, a text that the type rejects must not match the API description.
    #[test]
    fn a_text_is_accepted_only_if_it_matches_the_api_description(text in text()) {
        static CHECKS: LazyLock<Vec<(Row, Regex)>> = LazyLock::new(checks);
        for (row, pattern) in CHECKS.iter() {
            let notation = notation_of(row);
            let length = text.chars().count();
            let most = row.max_length.unwrap_or(usize::MAX);
            let matches = pattern.is_match(&text) && (row.min_length..=most).contains(&length);
            let parsed = (notation.parse)(&text);
            match notation.is_exactly_the_pattern {
                true => prop_assert_eq!(parsed.is_ok(), matches, "{} {:?}", row.property, parsed),
                false => prop_assert!(parsed.is_err() || matches, "{}", row.property),
            }
        }
    }
}

/// One row for each combination of a pattern, a minimum length and a maximum length, and the
/// pattern as a regular expression.
fn checks() -> Vec<(Row, Regex)> {
    let mut checks: Vec<(Row, Regex)> = Vec::new();
    for row in rows() {
        let key = |row: &Row| (row.pattern.clone(), row.min_length, row.max_length);
        if let Some(pattern) = row.pattern.clone()
            && !checks.iter().any(|(known, _)| key(known) == key(&row))
        {
            let regex = Regex::new(&pattern).expect("the pattern is valid");
            checks.push((row, regex));
        }
    }
    checks
}

#[test]
fn a_comment_and_a_message_have_the_lengths_of_the_api_description() {
    for (most, accepts) in [
        (128, accepts_length::<Comment> as fn(usize) -> bool),
        (64, accepts_length::<MaintenanceMessage>),
        (64, accepts_length::<KeyHint>),
        (64, accepts_length::<MediaTemplate>),
        (64, accepts_length::<MailRecipient>),
        (32, accepts_length::<InfluxName>),
        (49_152, accepts_length::<ConsentText>),
        (4096, |length| format!("/{}", "x".repeat(length - 1)).parse::<DirectoryPath>().is_ok()),
    ] {
        assert!(accepts(most) && !accepts(most + 1), "{most}");
    }
}

/// Whether the type accepts a text of this length.
fn accepts_length<T: FromStr>(length: usize) -> bool {
    "x".repeat(length).parse::<T>().is_ok()
}
