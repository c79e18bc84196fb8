//! Servers that are too old for an attribute.

use pbs_sim::{Fault, FaultKind, Version};
use serde_json::{Value as Json, json};
use test_support::{
    core::Diagnostics,
    objects::{Leaf, Row, Which},
};

use crate::case::{Case, rows_that};

/// Runs the check for every attribute that some supported versions of PBS do not have. The check
/// gets the first version that has the attribute.
fn every_new_attribute(check: impl AsyncFn(&Row, &Leaf<'_>, Version) + Sync) {
    rows_that(
        |row| row.leaves().any(|leaf| leaf.since().is_some()),
        async |case| {
            let row = case.row.clone();
            for leaf in row.leaves() {
                let Some(since) = leaf.since() else { continue };
                case.step = format!("{} since {since}", leaf.path());
                check(&row, &leaf, since.parse().expect("the row has a version")).await;
            }
        },
    );
}

/// The last version before this one.
fn before(Version(major, minor, patch): Version) -> Version {
    match patch.checked_sub(1) {
        Some(patch) => Version(major, minor, patch),
        None => Version(major, minor - 1, 99),
    }
}

#[test]
fn an_attribute_that_the_server_lacks_is_refused_by_the_plan_of_a_creation() {
    every_new_attribute(async |row, leaf, since| {
        let case = Case::new(row.clone(), before(since));
        let config = row.configuration(&row.with(&row.minimal(), leaf, Which::First));
        let (provider, mut diagnostics) = (case.provider().await, Diagnostics::default());
        provider.planned(row.type_name, &case.state, Some(&config), &mut diagnostics).await;
        assert_refused(leaf, since, &diagnostics);
        assert_eq!(case.writes(), [""; 0]);
    });
}

#[test]
fn an_attribute_that_the_server_lacks_is_refused_by_an_update() {
    every_new_attribute(async |row, leaf, since| {
        if row.leaves().any(|it| it.is_required() && it.since() == leaf.since()) {
            return;
        }
        let mut case = Case::new(row.clone(), before(since));
        case.step = format!("update of {}", leaf.path());
        case.apply_values(&row.minimal()).await;
        let config = row.configuration(&row.with(&row.minimal(), leaf, Which::First));
        for at_apply in [false, true] {
            case.step = format!("update of {}, at the apply: {at_apply}", leaf.path());
            let (provider, mut diagnostics) = (case.provider().await, Diagnostics::default());
            provider.refresh(row.type_name, &mut case.state, &mut diagnostics).await;
            if at_apply {
                // The plan cannot read the version, but the apply can.
                let fault = Fault::new("GET", "/version", FaultKind::Forbidden).times(1);
                case.simulator.fault(fault);
            }
            case.simulator.clear_requests();
            let mut state = case.state.clone();
            provider.change(row.type_name, &mut state, &config, &mut diagnostics).await;
            assert_refused(leaf, since, &diagnostics);
            assert_eq!(case.writes(), [""; 0]);
            let versions = case.simulator.requests_to("GET", "/version").len();
            assert_eq!(versions, if at_apply { 2 } else { 1 }, "the requests for the version");
        }
        case.assert_stored(&row.minimal());
    });
}

#[test]
fn the_default_of_an_attribute_is_accepted_by_a_server_that_lacks_the_attribute() {
    every_new_attribute(async |row, leaf, since| {
        if row.leaves().any(|it| it.is_required() && it.since() == leaf.since()) {
            return;
        }
        let mut blanks = vec![leaf.line.default.clone()];
        if leaf.line.values[0].configured.is_array() {
            blanks.push(json!([]));
        }
        for blank in blanks {
            let mut case = Case::new(row.clone(), before(since));
            case.step = format!("{} = {blank}", leaf.path());
            let mut config = case.minimal();
            match leaf.top_level.nesting {
                None => config[leaf.line.attribute] = blank,
                Some(_) => config[leaf.top_level.attribute] = json!({}),
            }
            case.apply(&config).await;
            case.assert_stored(&row.minimal());
        }
    });
}

#[test]
fn an_attribute_is_accepted_by_the_first_server_that_has_it() {
    every_new_attribute(async |row, leaf, since| {
        // The simulator has the API descriptions of four versions of PBS. For a version between two
        // of these versions, the simulator does not know new keys of property strings.
        let is_key = leaf.top_level.nesting.is_some() && leaf.line.since.is_some();
        let first = if is_key { Version(4, 1, 0) } else { since };
        let mut case = Case::new(row.clone(), first);
        case.step = format!("{} with {first}", leaf.path());
        case.apply_values(&row.with(&row.minimal(), leaf, Which::First)).await;
    });
}

fn assert_refused(leaf: &Leaf<'_>, since: Version, diagnostics: &Diagnostics) {
    let path = match leaf.line.since {
        Some(_) => leaf.path(),
        None => leaf.top_level.attribute.to_owned(),
    };
    assert_eq!(diagnostics.error_paths, [path], "{:?}", diagnostics.errors);
    let error = Json::from(diagnostics.errors[0].clone()).to_string();
    assert!(error.contains(&format!("requires PBS {since}")), "{error}");
}
