//! Property tests of rules that hold for all texts.

use super::config;
use crate::pbs::{
    Malformed,
    notation::{regex_syntax, *},
};
use proptest::{
    collection::{hash_map, vec},
    prelude::*,
};
use std::{collections::HashMap, fmt::Display, str::FromStr};

/// Texts for the tests. They are built from parts of valid texts, so that many of them are valid or
/// almost valid.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "mon|fri|..|daily|UTC|[*]|[*]/[0-9]{1,2}",
        "[0-9]{1,2}[:,/ -]?",
        "20[0-9]{2}-",
        "[0-9.]{1,6} ?[kMGTP]?i?[bB]?",
        "[a-z]{1,3}=|\"|\\\\",
        "exact:|regex:|[a-z]=|error|warning",
        r"[\]\[(){}|?*+^$.\\-]",
        "http://|@|:80|[.]|::|/",
        "[ -~]{1,3}",
        "\\PC{0,3}",
        "[ \t\n\u{0}\u{7f}\u{85}\u{a0}ßＡ]",
    ];
    prop_oneof![
        6 => vec(piece, 0..7).prop_map(|pieces| pieces.concat()),
        1 => any::<String>(),
    ]
}

type Check = fn(&str) -> Result<(), TestCaseError>;

/// Checks that a value does not change when it is written and parsed again, if the type accepts the
/// text.
fn check_round_trip<T>(text: &str) -> Result<(), TestCaseError>
where
    T: FromStr<Err = Malformed> + Display + PartialEq,
{
    if let Ok(value) = text.parse::<T>() {
        let shown = value.to_string();
        let again: T = shown.parse().map_err(|error| TestCaseError::fail(format!("{error}")))?;
        prop_assert!(again == value && again.to_string() == shown, "{text:?} {shown:?}");
    }
    Ok(())
}

/// A part that the tests add to texts. No error may contain this part.
const MARKER: &str = "Zq7";

/// Checks that the errors about a text do not contain parts of the text.
fn check_errors_hide_the_text<T: FromStr<Err = Malformed>>(
    text: &str,
) -> Result<(), TestCaseError> {
    for text in [format!("{MARKER}{text}"), format!("{text}{MARKER}"), text.replace('a', MARKER)] {
        if let Err(error) = text.parse::<T>() {
            let shown = error.to_string();
            prop_assert!(!shown.contains(MARKER) && shown.len() < 400, "{shown}");
        }
    }
    Ok(())
}

/// Checks both rules for a type and a text.
fn check_rules<T: FromStr<Err = Malformed> + Display + PartialEq>(
    text: &str,
) -> Result<(), TestCaseError> {
    check_round_trip::<T>(text)?;
    check_errors_hide_the_text::<T>(text)
}

const CHECKS: [Check; 21] = [
    check_rules::<AcmeAccountName>,
    check_rules::<BackingDevice>,
    check_rules::<CalendarEvent>,
    check_rules::<Cidr>,
    check_rules::<ConsentText>,
    check_rules::<DailyDuration>,
    check_rules::<DirectoryPath>,
    check_rules::<DnsAlias>,
    check_rules::<DnsName>,
    check_rules::<EntityName>,
    check_rules::<GroupFilter>,
    check_rules::<Host>,
    check_rules::<HostPort>,
    check_rules::<HttpProxy>,
    check_rules::<HumanBytes>,
    check_rules::<JobId>,
    check_rules::<Line>,
    check_rules::<MaintenanceMessage>,
    check_rules::<MatchField>,
    check_rules::<PropertyString>,
    check_rules::<Severities>,
];

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_value_is_written_and_parsed_again_and_an_error_hides_the_text(text in text()) {
        for check in CHECKS {
            check(&text)?;
        }
        if let Err(error) = decode_base64(&format!("{MARKER}{text}")) {
            prop_assert!(!error.to_string().contains(MARKER));
        }
    }

    #[test]
    fn a_property_string_keeps_all_pairs(
        pairs in hash_map("[a-z][a-z0-9-]{0,5}", "[a=,\"\\\\\n ü]{0,6}", 0..5),
        has_default_key: bool,
    ) {
        let default_key = has_default_key.then_some("a");
        let mut written = PropertyString::new(default_key);
        for (key, value) in &pairs {
            written.set(key, value);
        }
        if has_default_key {
            written.set("a", "=x");
        }
        let read = PropertyString::parse(&written.to_string(), default_key);
        let read = read.map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert!(read == written, "{written}");
        let mut expected = pairs;
        if has_default_key {
            expected.insert("a".to_owned(), "=x".to_owned());
        }
        let to_owned = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
        prop_assert_eq!(read.iter().map(to_owned).collect::<HashMap<_, _>>(), expected);
    }

    #[test]
    fn a_text_is_encoded_and_decoded_without_a_change(text: String) {
        prop_assert_eq!(decode_base64(&encode_base64(&text)), Ok(text));
    }

    /// The test uses the crate `regex`, which PBS uses, too (read in the source).
    #[test]
    fn a_regular_expression_that_pbs_accepts_is_accepted(
        regex in vec(
            r"[\]\[(){}|?*+^$.\\,:=!<&~-]|[a-z0-9]|\(\?|\[\^|\[:alpha:\]|\\[dpwQ\[]",
            0..9,
        ).prop_map(|pieces| pieces.concat()),
    ) {
        if regex::Regex::new(&regex).is_ok() {
            prop_assert_eq!(regex_syntax::check(&regex), Ok(()));
        }
    }
}

#[test]
fn unusual_regular_expressions_are_accepted() {
    for regex in [
        "",
        "(?:a)",
        "(?i)a",
        "(?x) a # (\n",
        "[]a]",
        "[^]]",
        "[-]a]",
        "[-]",
        "[^<-[]",
        "[a[^]]]",
        "a||",
        r"\(\[",
    ] {
        assert!(regex::Regex::new(regex).is_ok(), "{regex}");
        assert_eq!(regex_syntax::check(regex), Ok(()), "{regex}");
    }
}

#[test]
fn frequent_faults_of_regular_expressions_are_found() {
    for (regex, expected) in [
        ("(", "`(` without a `)`"),
        ("a)", "`)` without a `(`"),
        ("[a", "`[` without a `]`"),
        ("[]", "`[` without a `]`"),
        ("*a", "repeats nothing"),
        ("a|+", "repeats nothing"),
        ("(?=a)", "look-around"),
        ("(?<!a)b", "look-around"),
        (r"(a)\1", "back-reference"),
        (r"a\", "ends with `\\`"),
    ] {
        assert!(regex::Regex::new(regex).is_err(), "{regex}");
        let fault = regex_syntax::check(regex).expect_err(regex);
        assert!(fault.contains(expected), "{regex}: {fault}");
    }
}
