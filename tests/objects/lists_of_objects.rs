//! Attributes that are lists of nested objects. The server stores each element in a separate
//! property. The rows of [`test_support::objects`] contain only one element of such a list.

use serde_json::{Value as Json, json};
use test_support::{core::Diagnostics, objects::rows};

use crate::case::{Case, run};

/// Runs the check with the settings of the node, which contain the list `acme_domains`.
fn with_domains(check: impl AsyncFn(&mut Case)) {
    let row = rows().into_iter().find(|row| row.kind == "node").expect("the row of the node");
    run(Case::new(row, Default::default()), check);
}

fn domains(names: &[&str]) -> Json {
    let domain = |name: &&str| json!({ "domain": name });
    json!({ "acme_domains": names.iter().map(domain).collect::<Vec<_>>() })
}

#[test]
fn elements_are_stored_in_consecutive_properties() {
    with_domains(async |case| {
        for names in [
            &["a.example.com"][..],
            &["a.example.com", "b.example.com", "c.example.com"],
            &["b.example.com", "c.example.com"],
            &["c.example.com", "b.example.com"],
            &["a.example.com", "b.example.com", "c.example.com", "d.example.com", "e.example.com"],
            &[],
            &["b.example.com"],
        ] {
            case.step = format!("{names:?}");
            case.apply(&domains(names)).await;
            let stored = case.raw().unwrap_or_default();
            let expected = names
                .iter()
                .enumerate()
                .map(|(number, name)| (format!("acmedomain{number}"), Json::from(*name)));
            assert_eq!(stored, expected.collect());
        }
    });
}

#[test]
fn a_gap_between_the_properties_is_drift_only_if_the_elements_differ() {
    with_domains(async |case| {
        let config = domains(&["a.example.com", "b.example.com"]);
        case.apply(&config).await;
        let mut properties = case.raw().unwrap_or_default();
        let second = properties.remove("acmedomain1").expect("the second element");
        properties.insert("acmedomain4".to_owned(), second);
        case.put(properties);
        case.assert_settled(&config).await;

        let mut properties = case.raw().unwrap_or_default();
        properties.remove("acmedomain0");
        case.put(properties);
        case.apply(&config).await;
        let shown = case.state.attributes().unwrap_or_default();
        assert_eq!(shown["acme_domains"].as_array().map(Vec::len), Some(2));
        // The provider removes the element that another client has put into a later property.
        // Otherwise, the list would contain this element twice.
        let stored = case.raw().unwrap_or_default();
        assert_eq!(stored.keys().collect::<Vec<_>>(), ["acmedomain0", "acmedomain1"]);
    });
}

#[test]
fn too_many_and_repeated_elements_are_refused() {
    with_domains(async |case| {
        let many = ["a", "b", "c", "d", "e", "f"].map(|name| format!("{name}.example.com"));
        for names in [
            &many.each_ref().map(String::as_str)[..],
            &["a.example.com", "b.example.com", "a.example.com"],
        ] {
            case.step = format!("{names:?}");
            let (provider, mut diagnostics) = (case.provider().await, Diagnostics::default());
            provider.validate("pbs_node_config", &domains(names), &mut diagnostics).await;
            assert_eq!(diagnostics.error_paths, ["acme_domains"]);
        }
        assert_eq!(case.simulator.requests().len(), 0, "a request was sent");
    });
}
