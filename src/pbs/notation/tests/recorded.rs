//! Compares the notations with all values that were sent to a real PBS when its responses were
//! recorded (tests/fixtures/README.md).

use super::config;
use crate::pbs::{Comment, Malformed, notation::*};
use proptest::prelude::*;
use regex::Regex;
use serde::Deserialize;
use std::{str::FromStr, sync::LazyLock};

const RECORDED: &str = include_str!("../../../../tests/fixtures/pbs-4.2.3/values.json");

/// The values of a property that PBS accepted and refused. `pattern` and the lengths come from the
/// API description.
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
    /// What PBS returned afterwards. Only recorded for properties that PBS changes.
    #[serde(default)]
    stored: Vec<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Text {
    Whole(String),
    /// A text that ends with a character that is repeated many times.
    Repeated {
        text: String,
        repeated: String,
        times: usize,
    },
}

impl Text {
    fn whole(&self) -> String {
        match self {
            Self::Whole(text) => text.clone(),
            Self::Repeated { text, repeated, times } => text.clone() + &repeated.repeat(*times),
        }
    }
}

fn rows() -> Vec<Row> {
    serde_json::from_str(RECORDED).expect("the fixture has rows")
}

/// The type of a property, as a parser that returns the text form.
struct Kind {
    /// The beginning of the path, and the names of the properties.
    path: &'static str,
    properties: &'static [&'static str],
    parse: fn(&str) -> Result<String, Malformed>,
    /// Values that PBS accepts and the type rejects.
    stricter: &'static [&'static str],
    /// Values that PBS refuses for a reason that the type does not check.
    looser: &'static [&'static str],
    /// Whether the type and the API description accept the same short texts.
    is_exactly_the_pattern: bool,
}

fn parse<T: FromStr<Err = Malformed> + ToString>(text: &str) -> Result<String, Malformed> {
    text.parse::<T>().map(|value| value.to_string())
}

const fn kind(
    path: &'static str,
    properties: &'static [&'static str],
    parse: fn(&str) -> Result<String, Malformed>,
) -> Kind {
    Kind { path, properties, parse, stricter: &[], looser: &[], is_exactly_the_pattern: false }
}

impl Kind {
    const fn stricter(self, stricter: &'static [&'static str]) -> Self {
        Self { stricter, ..self }
    }

    const fn looser(self, looser: &'static [&'static str]) -> Self {
        Self { looser, ..self }
    }

    const fn exactly_the_pattern(self) -> Self {
        Self { is_exactly_the_pattern: true, ..self }
    }

    fn applies_to(&self, row: &Row) -> bool {
        row.path.starts_with(self.path) && self.properties.contains(&row.property.as_str())
    }
}

fn property_string(text: &str) -> Result<String, Malformed> {
    parse::<PropertyString>(text)
}

/// Parses a property string with the default key `type`, and the message in it.
fn maintenance_mode(text: &str) -> Result<String, Malformed> {
    let pairs = PropertyString::parse(text, Some("type"))?;
    pairs
        .get("message")
        .map_or(Ok(()), |message| message.parse().map(|_: MaintenanceMessage| ()))?;
    Ok(pairs.to_string())
}

/// Parses a property string with the default key `domain`, and the domain in it.
fn acme_domain(text: &str) -> Result<String, Malformed> {
    let pairs = PropertyString::parse(text, Some("domain"))?;
    let part = |key| pairs.get(key).unwrap_or_default();
    part("domain").parse::<DnsName>()?;
    Ok(pairs.to_string())
}

/// Parses a consent text, which is in Base64.
fn consent_text(text: &str) -> Result<String, Malformed> {
    decode_base64(text)?.parse().map(|text: ConsentText| encode_base64(text.as_str()))
}

const KINDS: [Kind; 42] = [
    kind("/config/prune", &["id"], parse::<JobId>).exactly_the_pattern(),
    kind("/config/sync", &["id"], parse::<JobId>).exactly_the_pattern(),
    kind("/config/verify", &["id"], parse::<JobId>).exactly_the_pattern(),
    kind("/config/tape-backup-job", &["id"], parse::<JobId>).exactly_the_pattern(),
    kind("/config/remote", &["name"], parse::<RemoteName>).exactly_the_pattern(),
    kind("/config/s3", &["id"], parse::<S3EndpointId>).exactly_the_pattern(),
    kind("/config/notifications/", &["name"], parse::<EntityName>).exactly_the_pattern(),
    kind("/config/metrics/", &["name"], parse::<MetricServerName>).exactly_the_pattern(),
    kind("/config/traffic-control", &["name"], parse::<TrafficRuleName>).exactly_the_pattern(),
    kind("/config/access/", &["realm"], parse::<RealmName>).exactly_the_pattern(),
    kind("/config/acme/plugins", &["id"], parse::<AcmePluginId>).exactly_the_pattern(),
    kind("/config/encryption-keys", &["id"], parse::<EncryptionKeyId>).exactly_the_pattern(),
    kind("/config/media-pool", &["name"], parse::<MediaPoolName>).exactly_the_pattern(),
    kind("/config/drive", &["name"], parse::<TapeDriveName>).exactly_the_pattern(),
    kind("/config/changer", &["name"], parse::<ChangerName>).exactly_the_pattern(),
    kind("/config/", &["schedule"], parse::<CalendarEvent>).stricter(&["25:00"]),
    kind(
        "/config/datastore",
        &["gc-schedule", "counter-reset-schedule", "prune-schedule"],
        parse::<CalendarEvent>,
    )
    .stricter(&["25:00"]),
    kind("/config/", &["timeframe", "match-calendar"], parse::<DailyDuration>),
    kind("/config/", &["rate-in", "rate-out", "burst-in", "burst-out"], parse::<HumanBytes>)
        .stricter(&["1.23456 MB"]),
    kind("/config/datastore", &["notify"], property_string).looser(&["x=always"]),
    kind("/config/datastore", &["tuning"], property_string).looser(&[
        "gc-atime-cutoff=0",
        "gc-atime-cutoff=2881",
        "x=y",
    ]),
    kind("/config/datastore", &["maintenance-mode"], maintenance_mode).looser(&[
        "",
        "message=x",
        "type=offline,x=y",
    ]),
    kind("/config/datastore", &["notification-thresholds"], property_string)
        .looser(&["s3-upload=abc", "x=1"]),
    kind("/config/datastore", &["backend"], property_string).looser(&[
        "type=filesystem,client=rec-x",
        "type=s3",
        "type=s3,client=rec-x",
    ]),
    kind("/nodes/localhost/config", &["location"], property_string).looser(&["", "latitude=x"]),
    kind(
        "/nodes/localhost/config",
        &["acmedomain0", "acmedomain1", "acmedomain2", "acmedomain3"],
        acme_domain,
    ),
    kind("/config/access/", &["sync-attributes", "sync-defaults-options"], property_string)
        .looser(&["phone=x", "x=y"]),
    kind("/config/notifications/", &["header", "secret"], property_string).looser(&["value=eA=="]),
    kind("/config/remote", &["host"], parse::<Host>).exactly_the_pattern(),
    kind("/config/metrics/", &["host"], parse::<HostPort>),
    kind("/nodes/localhost/config", &["http-proxy"], parse::<HttpProxy>),
    kind("/config/traffic-control", &["network"], parse::<Cidr>)
        .stricter(&["10.0.0.0/33", "fd00::/129"]),
    kind("/config/notifications/", &["match-field"], parse::<MatchField>),
    kind("/config/sync", &["group-filter"], parse::<GroupFilter>)
        .stricter(&["include:regex:^host/"]),
    kind("/config/notifications/", &["match-severity"], parse::<Severities>),
    kind("/config/datastore", &["path"], parse::<DirectoryPath>)
        .stricter(&["/", "/tmp/a\nb", "/srv/rec-fast/rec-data/with space "])
        .looser(&["tmp/x"]),
    kind("/config/datastore", &["backing-device"], parse::<BackingDevice>).exactly_the_pattern(),
    kind("/nodes/localhost/config", &["consent-text"], consent_text).stricter(&["c"]),
    kind("/", &["email-from", "mailto", "mailto-user"], parse::<MailRecipient>),
    kind("/config/metrics/", &["bucket", "organization"], parse::<InfluxName>),
    kind("/config/media-pool", &["template"], parse::<MediaTemplate>),
    kind("/config/tape-encryption-keys", &["hint"], parse::<KeyHint>),
];

#[test]
fn exactly_the_recorded_values_that_pbs_accepted_are_parsed() {
    for row in rows() {
        let kinds: Vec<_> = KINDS.iter().filter(|kind| kind.applies_to(&row)).collect();
        let [kind] = kinds[..] else {
            panic!("{} {} needs exactly one line in KINDS", row.path, row.property);
        };
        let check = |text: &Text, expected: bool, exceptions: &[&str]| {
            let text = text.whole();
            let expected = expected != exceptions.contains(&text.as_str());
            let shown = text.chars().take(80).collect::<String>();
            let parsed = (kind.parse)(&text);
            assert_eq!(
                parsed.is_ok(),
                expected,
                "{} {} {shown:?}: {parsed:?}",
                row.path,
                row.property
            );
        };
        row.accepted.iter().for_each(|text| check(text, true, kind.stricter));
        row.refused.iter().for_each(|text| check(text, false, kind.looser));
    }
}

#[test]
fn every_exception_was_recorded() {
    let rows = rows();
    for kind in &KINDS {
        let rows = || rows.iter().filter(|row| kind.applies_to(row));
        let accepted: Vec<_> = rows().flat_map(|row| &row.accepted).map(Text::whole).collect();
        let refused: Vec<_> = rows().flat_map(|row| &row.refused).map(Text::whole).collect();
        assert!(rows().count() > 0, "{} {:?}", kind.path, kind.properties);
        for (exceptions, recorded) in [(kind.stricter, accepted), (kind.looser, refused)] {
            for text in exceptions {
                assert!(recorded.iter().any(|it| it == text), "{:?} {text:?}", kind.properties);
            }
        }
    }
}

#[test]
fn a_value_is_written_as_pbs_stores_it() {
    let mut changed = 0;
    for row in rows().iter().filter(|row| !row.stored.is_empty()) {
        let kind = KINDS.iter().find(|kind| kind.applies_to(row)).expect("the row has a kind");
        for text in row.accepted.iter().map(Text::whole) {
            let Ok(shown) = (kind.parse)(&text) else { continue };
            let is_stored = shown == text || row.stored.contains(&shown);
            assert!(is_stored, "{} {}: {text} {shown}", row.path, row.property);
            changed += usize::from(shown != text);
        }
        for text in &row.stored {
            assert_eq!((kind.parse)(text).as_ref(), Ok(text), "{} {}", row.path, row.property);
        }
    }
    assert!(changed > 10, "only {changed} values were written differently than they were sent");
}

/// Parts of valid texts, so that many of the generated texts are valid or almost valid. The texts
/// are too short for the limits that DNS has and the API description does not have.
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

    /// A text that the type accepts must match the API description. If the type has exactly the
    /// pattern of the description, a text that the type rejects must not match.
    #[test]
    fn a_text_is_accepted_only_if_it_matches_the_api_description(text in text()) {
        static CHECKS: LazyLock<Vec<(Row, Regex)>> = LazyLock::new(checks);
        for (row, pattern) in CHECKS.iter() {
            let kind = KINDS.iter().find(|kind| kind.applies_to(row)).expect("the row has a kind");
            let length = text.chars().count();
            let most = row.max_length.unwrap_or(usize::MAX);
            let matches = pattern.is_match(&text) && (row.min_length..=most).contains(&length);
            let parsed = (kind.parse)(&text);
            match kind.is_exactly_the_pattern {
                true => prop_assert_eq!(parsed.is_ok(), matches, "{} {:?}", row.property, parsed),
                false => prop_assert!(parsed.is_err() || matches, "{}", row.property),
            }
        }
    }
}

/// One row for each pattern and length.
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
    for (most, parse) in [
        (128, parse_length::<Comment> as fn(usize) -> bool),
        (64, parse_length::<MaintenanceMessage>),
        (64, parse_length::<KeyHint>),
        (64, parse_length::<MediaTemplate>),
        (64, parse_length::<MailRecipient>),
        (32, parse_length::<InfluxName>),
        (49_152, parse_length::<ConsentText>),
        (4096, |length| format!("/{}", "x".repeat(length - 1)).parse::<DirectoryPath>().is_ok()),
    ] {
        assert!(parse(most) && !parse(most + 1), "{most}");
    }
}

fn parse_length<T: FromStr>(length: usize) -> bool {
    "x".repeat(length).parse::<T>().is_ok()
}
