//! States of other providers are converted, and the next plan changes nothing.

use serde_json::{Value as Json, json};
use test_support::{
    core::{Diagnostics, State},
    objects::{Foreign, foreign_states, rows},
    values::filled,
};

use crate::{
    case::{Case, run},
    values::without_nulls,
};

/// Runs the check for every state of another provider.
fn every_state(check: impl AsyncFn(&mut Case, &Foreign)) {
    for foreign in foreign_states() {
        let matches = |row: &test_support::objects::Row| {
            row.type_name == foreign.type_name
                && foreign.converted["s3"].is_object()
                    == row.lines.iter().any(|it| it.attribute == "s3")
        };
        let row = rows().into_iter().find(matches).expect("the row of the type");
        run(Case::new(row, Default::default()), async |case| {
            let source = foreign.moved_from.unwrap_or(foreign.type_name);
            case.step = format!("the state of a {source} of another provider");
            check(case, &foreign).await;
        });
    }
}

/// Converts `state`, a state of another provider, into a state of this provider.
async fn convert(case: &Case, foreign: &Foreign, state: &Json) -> (State, Diagnostics) {
    let (provider, mut diagnostics) = (case.provider().await, Diagnostics::default());
    let target = foreign.type_name;
    let state = match foreign.moved_from {
        Some(source) => provider.move_from(source, target, state, &mut diagnostics).await,
        None => provider.upgrade(target, 0, state, &mut diagnostics).await,
    };
    (state, diagnostics)
}

async fn converted(case: &Case, foreign: &Foreign) -> State {
    let (state, diagnostics) = convert(case, foreign, &foreign.state).await;
    case.assert_none(&diagnostics);
    state
}

#[test]
fn a_state_of_another_provider_keeps_every_value_that_this_provider_has() {
    every_state(async |case, foreign| {
        let attributes = converted(case, foreign).await.attributes().expect("a state");
        for line in &case.row.lines {
            let expected = match &foreign.converted[line.attribute] {
                Json::Null => &line.default,
                value => value,
            };
            let actual = without_nulls(&attributes[line.attribute]);
            // A failure does not show the values, because they can be secret.
            assert!(actual == *expected, "{} differs", line.attribute);
        }
    });
}

#[test]
fn the_plan_after_the_conversion_is_empty() {
    every_state(async |case, foreign| {
        case.apply(&foreign.converted).await;
        case.state = converted(case, foreign).await;
        case.simulator.clear_requests();
        case.assert_settled(&foreign.converted).await;
        assert_eq!(case.writes(), [""; 0]);
    });
}

#[test]
fn a_state_with_other_contents_is_converted_without_a_crash() {
    every_state(async |case, foreign| {
        let names = foreign.state.as_object().into_iter().flatten().map(|(name, _)| name);
        for name in names {
            for value in ["[]", "{}", "\"\"", "\"x=,\"", "-1", "1e30", "true", "null", "[{}]"] {
                case.step = format!("{name} = {value}");
                let mut state = foreign.state.clone();
                state[name] = serde_json::from_str(value).expect("the value is JSON");
                let (_, diagnostics) = convert(case, foreign, &state).await;
                let crashed = diagnostics.errors.iter().any(|text| text.contains("crashed"));
                assert!(!crashed, "the conversion crashes");
            }
        }
    });
}

/// The other tests would not notice a misspelt attribute in an expected state, because they compare
/// only the attributes of the type.
#[test]
fn the_expected_states_have_only_attributes_of_the_type() {
    every_state(async |case, foreign| {
        let provider = case.provider().await;
        let attributes = provider.attributes(foreign.type_name);
        // `filled` panics if an attribute does not exist.
        filled(attributes, foreign.converted.clone(), None);
    });
}

#[test]
fn an_argument_that_the_type_does_not_have_is_named_in_a_warning() {
    every_state(async |case, foreign| {
        for (value, expected) in [(json!(7), true), (json!(""), false), (json!(null), false)] {
            let mut state = foreign.state.clone();
            state["keep_forever"] = value;
            let (_, diagnostics) = convert(case, foreign, &state).await;
            let mentions = |text: &String| text.contains("keep_forever");
            let is_named = diagnostics.warnings.iter().any(mentions);
            assert_eq!(is_named, expected, "{}: {:?}", foreign.type_name, diagnostics.warnings);
        }
    });
}

/// The conversion leaves out the prune settings, because PBS would turn them into a prune job that
/// no configuration has declared.
#[test]
fn the_prune_settings_of_a_datastore_are_left_out_and_named() {
    every_state(async |case, foreign| {
        if foreign.type_name != "pbs_datastore" {
            return;
        }
        let mut state = foreign.state.clone();
        state["prune_schedule"] = json!("daily");
        state["keep_last"] = json!(3);
        let (converted, diagnostics) = convert(case, foreign, &state).await;
        let expected = "does not have under the same name: keep_last, prune_schedule.";
        let is_named = diagnostics.warnings.iter().any(|text| text.contains(expected));
        assert!(is_named, "{:?}", diagnostics.warnings);
        case.state = converted;
        case.apply(&foreign.converted).await;
        assert_eq!(case.simulator.world(|world| world.objects("prune").len()), 0);
    });
}
