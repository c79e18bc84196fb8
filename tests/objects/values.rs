//! The values that reach the server when an object is created, and when its attributes are set,
//! changed and removed.

use serde_json::{Value as Json, json};
use test_support::objects::{Choice, Leaf, Row, Which};

use crate::case::{Case, every_row, rows_that};

#[test]
fn a_creation_with_the_required_attributes_stores_only_these() {
    every_row(async |case| {
        let minimal = case.row.minimal();
        case.apply_values(&minimal).await;
    });
}

#[test]
fn an_optional_attribute_is_set_changed_and_removed_in_place() {
    every_row(async |case| {
        let row = case.row.clone();
        let minimal = row.minimal();
        case.apply_values(&minimal).await;
        let in_place = |leaf: &Leaf<'_>| !leaf.top_level.replaces && !leaf.top_level.is_local();
        for leaf in row.leaves().filter(in_place) {
            for which in [Which::First, Which::Second, Which::First] {
                case.step = format!("value {which:?} of {}", leaf.path());
                case.apply_values(&row.with(&minimal, &leaf, which)).await;
            }
            if leaf.is_optional() {
                case.step = format!("removal of {}", leaf.path());
                case.apply_values(&row.without(&row.with(&minimal, &leaf, Which::First), &leaf))
                    .await;
                case.apply_values(&minimal).await;
            }
        }
    });
}

#[test]
fn a_creation_with_an_optional_attribute_stores_its_value() {
    every_row(async |case| {
        let row = case.row.clone();
        for leaf in row.leaves().filter(Leaf::is_optional) {
            case.step = format!("creation with {}", leaf.path());
            let mut created = Case::new(row.clone(), Default::default());
            created.step = case.step.clone();
            created.apply_values(&row.with(&row.minimal(), &leaf, Which::Second)).await;
        }
    });
}

#[test]
fn all_attributes_are_set_changed_and_removed_together() {
    every_row(async |case| {
        let row = case.row.clone();
        for (step, choice) in [
            ("creation with all first values", row.full(Which::First)),
            ("change to all second values", row.full(Which::Second)),
            (
                "removal of all optional attributes",
                row.full(Which::First).filtered(&row, is_removable),
            ),
            ("change to all first values", row.full(Which::First)),
        ] {
            case.step = step.to_owned();
            case.apply_values(&choice).await;
        }
    });
}

fn is_removable(leaf: &Leaf<'_>) -> bool {
    leaf.is_optional() || leaf.top_level.is_local()
}

/// Null, an empty text, an empty list and an empty object have the same meaning as an omitted
/// attribute. An attribute whose default is a text is an exception: it rejects an empty text.
#[test]
fn a_blank_value_has_the_meaning_of_an_omitted_attribute() {
    every_row(async |case| {
        let row = case.row.clone();
        let minimal = row.minimal();
        for leaf in row.leaves().filter(|leaf| !leaf.line.is_required && !leaf.top_level.is_local())
        {
            let set = row.with(&minimal, &leaf, Which::First);
            let unset = row.without(&set, &leaf);
            for blank in blanks(&leaf.line.values[0].configured, &leaf.line.default) {
                let config = row.configuration_with(&minimal, &leaf, &blank);
                let name = format!("{} = {blank}", leaf.path());
                check_blank(&row, &name, &config, &unset, &set, leaf.top_level.replaces).await;
            }
        }
        for top_level in row.lines.iter().filter(|line| line.nesting.is_some() && !line.is_required)
        {
            let mut set = minimal.clone();
            for leaf in top_level.leaves() {
                set = row.with(&set, &leaf, Which::First);
            }
            for blank in blanks(&row.configuration(&set)[top_level.attribute], &Json::Null) {
                if blank == json!({}) && top_level.inner.iter().any(|line| line.is_required) {
                    continue;
                }
                let mut config = row.configuration(&minimal);
                config[top_level.attribute] = blank.clone();
                let name = format!("{} = {blank}", top_level.attribute);
                check_blank(&row, &name, &config, &minimal, &set, top_level.replaces).await;
            }
        }
    });
}

/// Creates the object with the configuration `blank`, changes the object to the values of `set`,
/// applies `blank` again, and finally omits the attribute. After each of these steps except the
/// change to `set`, the server must store the values of `unset`.
async fn check_blank(
    row: &Row,
    name: &str,
    blank: &Json,
    unset: &Choice,
    set: &Choice,
    replaces: bool,
) {
    let mut case = Case::new(row.clone(), Default::default());
    case.step = format!("{name} at the creation");
    case.apply(blank).await;
    case.assert_stored(unset);
    if replaces {
        return;
    }
    case.step = format!("{name} after a value");
    case.apply_values(set).await;
    case.apply(blank).await;
    case.assert_stored(unset);
    case.step = format!("{name} before its omission");
    case.apply_values(unset).await;
}

/// Null, and the empty value of the same type as `value`. They have the same meaning as an omitted
/// attribute.
fn blanks(value: &Json, default: &Json) -> Vec<Json> {
    let blank = match value {
        Json::String(_) if default.is_null() => Some(json!("")),
        Json::Array(_) => Some(json!([])),
        Json::Object(_) => Some(json!({})),
        _ => None,
    };
    [Json::Null].into_iter().chain(blank).collect()
}

/// A local attribute is an attribute that the server does not know.
#[test]
fn a_local_attribute_is_recorded_in_the_state_without_a_request() {
    rows_that(
        |row| row.lines.iter().any(|line| line.is_local()),
        async |case| {
            let row = case.row.clone();
            let minimal = row.minimal();
            case.apply_values(&minimal).await;
            for leaf in row.leaves().filter(|leaf| leaf.top_level.is_local()) {
                for which in [Which::First, Which::Second, Which::First] {
                    case.step = format!("value {which:?} of {}", leaf.path());
                    case.simulator.clear_requests();
                    let choice = row.with(&minimal, &leaf, which);
                    case.apply_values(&choice).await;
                    assert_eq!(case.writes(), [""; 0]);
                    let recorded = case.state.attributes().unwrap_or_default();
                    let configured = row.configuration(&choice);
                    assert_eq!(recorded[leaf.line.attribute], configured[leaf.line.attribute]);
                }
                case.apply_values(&minimal).await;
                let recorded = case.state.attributes().unwrap_or_default();
                assert_eq!(recorded[leaf.line.attribute], leaf.line.default, "the default");
            }
        },
    );
}

/// A value that another client has set stays on the server as long as the configuration does not
/// set the attribute.
#[test]
fn a_value_that_is_left_alone_survives_other_changes_and_is_shown() {
    rows_that(
        |row| row.lines.iter().any(|line| line.is_left_alone),
        async |case| {
            let row = case.row.clone();
            let minimal = row.minimal();
            for top_level in row.lines.iter().filter(|line| line.is_left_alone) {
                case.step = format!("{}, set by another client", top_level.attribute);
                case.apply_values(&minimal).await;
                let mut set = minimal.clone();
                for leaf in top_level.leaves() {
                    set = row.with(&set, &leaf, Which::Second);
                }
                case.put(row.stored(&set));
                case.apply(&case.minimal()).await;
                let shown = case.state.attributes().unwrap_or_default();
                assert_eq!(
                    without_nulls(&shown[top_level.attribute]),
                    row.configuration(&set)[top_level.attribute]
                );

                let other = row.leaves().find(|leaf| {
                    leaf.is_optional()
                        && leaf.top_level.attribute != top_level.attribute
                        && leaf.top_level.nesting.is_none()
                });
                let other = other.expect("the row has another attribute");
                case.apply(&row.configuration(&row.with(&minimal, &other, Which::First))).await;
                case.assert_stored(&row.with(&set, &other, Which::First));
                case.apply(&case.minimal()).await;
                case.assert_stored(&set);

                // Terraform stores nothing if a plan is empty, so the provider cannot remember
                // that the configuration has set a value that the server had before.
                case.apply_values(&set).await;
                case.apply(&case.minimal()).await;
                case.assert_stored(&set);

                // If the configuration changes the value, the provider removes the value when the
                // configuration no longer sets the attribute.
                let leaf = top_level.leaves().next();
                let leaf = leaf.expect("the attribute has a value");
                case.apply_values(&row.with(&set, &leaf, Which::First)).await;
                case.apply_values(&minimal).await;
            }
        },
    );
}

/// The value without null attributes, also in nested objects.
pub(crate) fn without_nulls(value: &Json) -> Json {
    match value {
        Json::Object(entries) => entries
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.clone(), without_nulls(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Json::Array(items) => items.iter().map(without_nulls).collect(),
        other => other.clone(),
    }
}

#[test]
fn another_spelling_of_a_value_changes_nothing() {
    every_row(async |case| {
        let row = case.row.clone();
        let full = row.full(Which::First);
        case.apply_values(&full).await;
        for leaf in row.leaves() {
            for spelling in &leaf.line.equal {
                case.step = format!("{} = {spelling}", leaf.path());
                let config = row.configuration_with(&full, &leaf, spelling);
                case.assert_settled(&config).await;
                let mut created = Case::new(row.clone(), Default::default());
                created.step = format!("creation with {} = {spelling}", leaf.path());
                created.apply(&config).await;
            }
        }
    });
}

/// Guards against a row whose tests cannot fail, because its values do not differ.
#[test]
fn the_values_of_an_attribute_in_a_row_differ_on_the_server() {
    every_row(async |case| {
        let row = case.row.clone();
        let minimal = row.minimal();
        let stored = |choice: &Choice| row.normalized(&row.stored(choice));
        for leaf in row.leaves().filter(|leaf| !leaf.top_level.is_local()) {
            case.step = leaf.path();
            let [first, second] = [Which::First, Which::Second]
                .map(|which| stored(&row.with(&minimal, &leaf, which)));
            assert!(first != second, "both values are the same");
            let is_default = first == stored(&minimal);
            assert!(leaf.is_required() || !is_default, "the first value is the default");
        }
    });
}
