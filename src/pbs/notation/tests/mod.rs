//! Tests of all notations. [`recorded`] compares the notations with the recorded behaviour of a
//! real PBS. [`forms`] and [`schedules`] test the meanings of texts, and the errors. [`properties`]
//! tests rules that hold for all texts.

mod forms;
mod properties;
mod recorded;
mod schedules;

use crate::pbs::Malformed;
use proptest::prelude::ProptestConfig;
use std::{fmt::Debug, str::FromStr};

/// The error with which the type rejects the text. `None` if the type accepts the text.
fn fault<T: FromStr<Err = Malformed>>(text: &str) -> Option<String> {
    text.parse::<T>().err().map(|error| error.to_string())
}

/// The parsed text. Panics if the type rejects the text.
fn value<T: FromStr<Err = Malformed>>(text: &str) -> T {
    text.parse().unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

/// Checks that two texts have equal values exactly if they are in the same group.
fn assert_groups<T: FromStr<Err = Malformed> + PartialEq + Debug>(groups: &[&[&str]]) {
    for (first, group) in groups.iter().enumerate() {
        for (second, other_group) in groups.iter().enumerate() {
            let pairs = group.iter().flat_map(|left| other_group.iter().map(move |r| (left, r)));
            for (left, right) in pairs {
                let equal = value::<T>(left) == value::<T>(right);
                assert_eq!(equal, first == second, "{left:?} {right:?}");
            }
        }
    }
}

/// Checks the texts and their errors. The error about each text must contain the expected part.
fn assert_faults<T: FromStr<Err = Malformed>>(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        let shown = fault::<T>(text).unwrap_or_else(|| panic!("{text:?} is accepted"));
        assert!(shown.contains(expected), "{text:?}: {shown}");
    }
}

/// The configuration of the property tests. They have more cases than by default, because the
/// parsers are fast.
fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) }
}
