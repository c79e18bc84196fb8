//! Changes that replace the object, and values that validation rejects.

use test_support::{core::Diagnostics, objects::Which};

use crate::case::every_row;

#[test]
fn a_change_of_an_attribute_that_cannot_be_updated_plans_a_replacement() {
    every_row(async |case| {
        let row = case.row.clone();
        let minimal = row.minimal();
        case.apply_values(&minimal).await;
        let (provider, mut diagnostics) = (case.provider().await, Diagnostics::default());
        for leaf in row.leaves().filter(|leaf| leaf.top_level.replaces) {
            case.step = format!("replacement because of {}", leaf.path());
            let config = row.configuration(&row.with(&minimal, &leaf, Which::Second));
            let plan =
                provider.planned(row.type_name, &case.state, Some(&config), &mut diagnostics).await;
            case.assert_none(&diagnostics);
            let replaced_by = plan.expect("a plan").replaced_by;
            assert_eq!(replaced_by, [leaf.top_level.attribute]);
        }
    });
}

#[test]
fn a_refused_value_causes_an_error_at_its_attribute_and_no_request() {
    every_row(async |case| {
        let row = case.row.clone();
        let provider = case.provider().await;
        for leaf in row.leaves() {
            for refused in &leaf.line.refused {
                case.step = format!("{} = {refused}", leaf.path());
                let config = row.configuration_with(&row.minimal(), &leaf, refused);
                let mut diagnostics = Diagnostics::default();
                provider.validate(row.type_name, &config, &mut diagnostics).await;
                let path = leaf.path();
                assert!(
                    diagnostics.error_paths.contains(&path),
                    "no error points at {path}: {:?}",
                    diagnostics.errors
                );
            }
        }
        assert_eq!(case.simulator.requests().len(), 0, "a request was sent");
    });
}

#[test]
fn the_values_of_a_row_are_accepted() {
    every_row(async |case| {
        let row = case.row.clone();
        let provider = case.provider().await;
        for leaf in row.leaves() {
            for which in [Which::First, Which::Second] {
                case.step = format!("value {which:?} of {}", leaf.path());
                let config = row.configuration(&row.with(&row.minimal(), &leaf, which));
                let mut diagnostics = Diagnostics::default();
                provider.validate(row.type_name, &config, &mut diagnostics).await;
                case.assert_none(&diagnostics);
            }
        }
    });
}
