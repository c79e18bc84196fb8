//! Tests of all notations. [`recorded`] compares them with a real PBS, [`forms`] and [`schedules`]
//! test their meaning and their errors, and [`properties`] tests rules for arbitrary texts.

mod forms;
mod properties;
mod recorded;
mod schedules;

use crate::pbs::Malformed;
use proptest::prelude::ProptestConfig;
use std::{fmt::Debug, str::FromStr};

/// The error with which the text is rejected.
fn fault<T: FromStr<Err = Malformed>>(text: &str) -> Option<String> {
    text.parse::<T>().err().map(|error| error.to_string())
}

fn value<T: FromStr<Err = Malformed>>(text: &str) -> T {
    text.parse().unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

/// All texts of a group must be equal, and different from the texts of the other groups.
fn assert_groups<T: FromStr<Err = Malformed> + PartialEq + Debug>(groups: &[&[&str]]) {
    for (first, group) in groups.iter().enumerate() {
        for (second, other) in groups.iter().enumerate() {
            for (left, right) in group.iter().flat_map(|left| other.iter().map(move |r| (left, r)))
            {
                let equal = value::<T>(left) == value::<T>(right);
                assert_eq!(equal, first == second, "{left:?} {right:?}");
            }
        }
    }
}

/// Each error must contain the expected part.
fn assert_faults<T: FromStr<Err = Malformed>>(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        let shown = fault::<T>(text).unwrap_or_else(|| panic!("{text:?} is accepted"));
        assert!(shown.contains(expected), "{text:?}: {shown}");
    }
}

/// The configuration of the property tests. The parsers are fast, so there are many cases.
fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) }
}
