//! The number of requests, and the properties that every update contains.

use pbs_sim::Version;
use serde_json::json;
use test_support::{
    core::{Diagnostics, State},
    objects::{Leaf, Row, Which, rows},
};

use crate::case::{Case, every_row, rows_that, run};

const JOBS: usize = 2000;

#[test]
fn a_refresh_of_many_objects_of_a_kind_is_one_request() {
    let row = rows().into_iter().find(|row| row.kind == "prune").expect("there are prune jobs");
    run(Case::new(row, Version::default()), async |case| {
        case.apply_values(&case.row.minimal()).await;
        let (attributes, mut stored) = (case.state.attributes(), case.raw());
        let id = |number: usize| format!("job-{number}");
        case.simulator.world(|world| {
            let properties = stored.take().unwrap_or_default();
            for number in 0..JOBS {
                world.put_object("prune", &id(number), properties.clone().into());
            }
        });
        let (provider, mut diagnostics) = (case.provider().await, Diagnostics::default());
        let mut attributes = attributes.unwrap_or_default();
        case.simulator.clear_requests();
        for number in 0..JOBS {
            attributes["id"] = json!(id(number));
            let mut state = State::of(&attributes);
            provider.refresh("pbs_prune_job", &mut state, &mut diagnostics).await;
            assert!(!state.is_empty(), "the job {number} is lost");
        }
        case.assert_none(&diagnostics);
        let requests = case.simulator.requests();
        let requests: Vec<_> = requests.iter().map(|it| (&*it.method, &*it.path)).collect();
        assert_eq!(requests, [("GET", "/config/prune")]);
    });
}

#[test]
fn a_run_without_changes_sends_no_write() {
    every_row(async |case| {
        let full = case.row.full(Which::First);
        case.apply_values(&full).await;
        case.simulator.clear_requests();
        case.apply_values(&full).await;
        assert_eq!(case.writes(), [""; 0]);
    });
}

#[test]
fn a_change_of_one_attribute_is_one_write() {
    every_row(async |case| {
        let row = case.row.clone();
        let minimal = row.minimal();
        case.apply_values(&minimal).await;
        for leaf in row.leaves().filter(|leaf| leaf.is_optional()) {
            for (step, choice) in [
                ("the first value", row.with(&minimal, &leaf, Which::First)),
                ("the second value", row.with(&minimal, &leaf, Which::Second)),
                ("the removal", minimal.clone()),
            ] {
                case.step = format!("{step} of {}", leaf.path());
                let must_write =
                    row.normalized(&row.stored(&choice)) != case.stored().unwrap_or_default();
                case.simulator.clear_requests();
                case.apply_values(&choice).await;
                assert_eq!(case.writes().len(), usize::from(must_write), "{:?}", case.writes());
            }
        }
    });
}

#[test]
fn every_update_contains_the_properties_that_are_always_sent() {
    let has_always_sent_property = |row: &Row| row.lines.iter().any(|line| line.is_always_sent);
    rows_that(has_always_sent_property, async |case| {
        let row = case.row.clone();
        let (first, second) = (row.full(Which::First), row.full(Which::Second));
        for always_sent in row.leaves().filter(|leaf| leaf.line.is_always_sent) {
            let expected = &row.stored(&first)[always_sent.line.property];
            for leaf in row.leaves().filter(Leaf::is_optional) {
                if leaf.path() == always_sent.path() {
                    continue;
                }
                case.step = format!("change of {}", leaf.path());
                case.apply_values(&first).await;
                case.simulator.clear_requests();
                case.apply_values(&row.with(&first, &leaf, Which::Second)).await;
                let requests = case.simulator.requests();
                let update = requests.iter().find(|it| it.method == "PUT").expect("an update");
                let sent = update.params.iter().find(|(name, _)| name == always_sent.line.property);
                assert_eq!(sent.map(|(_, value)| json!(value)).as_ref(), Some(expected));
            }
            // If the attribute has no value, the update does not contain its property.
            case.step = "no value".to_owned();
            case.apply_values(&row.without(&second, &always_sent)).await;
            case.simulator.clear_requests();
            case.apply_values(&row.without(&first, &always_sent)).await;
            let requests = case.simulator.requests();
            let update = requests.iter().find(|it| it.method == "PUT").expect("an update");
            assert!(update.params.iter().all(|(name, _)| name != always_sent.line.property));
        }
    });
}
