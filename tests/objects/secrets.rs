//! Secrets of configuration objects. A secret in the attribute `X` is stored in the state. A secret
//! in the write-only attribute `X_wo` is not stored, and is sent again only if `X_wo_version`
//! changes.

use pbs_sim::{Fault, FaultKind};
use serde_json::{Value as Json, json};
use test_support::{
    core::{Diagnostics, State},
    objects::{Leaf, Line},
};

use crate::case::{Case, rows_that};

/// Runs the check for every row with a secret.
fn every_secret(check: impl AsyncFn(&mut Case, &Secret) + Sync) {
    rows_that(
        |row| row.lines.iter().any(|line| line.is_secret),
        async |case| {
            for line in case.row.lines.clone().iter().filter(|line| line.is_secret) {
                case.step = line.attribute.to_owned();
                check(case, &Secret::of(case, line)).await;
            }
        },
    );
}

/// The three attributes of a secret, and two values.
struct Secret {
    name: String,
    property: &'static str,
    write_only: String,
    version: String,
    values: [Json; 2],
    /// What the server stores for each of the two values.
    stored: [Json; 2],
    is_optional: bool,
    /// The configuration with the required attributes, but without the secret.
    without: Json,
}

impl Secret {
    fn of(case: &Case, line: &Line) -> Self {
        let choice = case.row.minimal().filtered(&case.row, |leaf| leaf.top_level.is_secret);
        Self {
            name: line.attribute.to_owned(),
            property: line.property,
            write_only: format!("{}_wo", line.attribute),
            version: format!("{}_wo_version", line.attribute),
            values: line.values.each_ref().map(|value| value.configured.clone()),
            stored: line.values.each_ref().map(|value| value.stored.clone()),
            is_optional: line.is_optional_secret,
            without: case.row.configuration(&choice),
        }
    }

    /// The configuration with these attributes of the secret.
    fn config(
        &self,
        secret: Option<&Json>,
        write_only: Option<&Json>,
        version: Option<i64>,
    ) -> Json {
        let mut config = self.without.clone();
        config[&self.name] = json!(secret);
        config[&self.write_only] = json!(write_only);
        config[&self.version] = json!(version);
        config
    }

    /// The configuration with the write-only attribute.
    fn write_only(&self, number: usize, version: i64) -> Json {
        self.config(None, Some(&self.values[number]), Some(version))
    }

    /// The configuration with the stored attribute.
    fn stored(&self, number: usize) -> Json {
        self.config(Some(&self.values[number]), None, None)
    }

    /// Applies the configuration. The server must then have the secret with this number, and must
    /// have received `sent` writes.
    async fn apply(&self, case: &mut Case, config: &Json, number: usize, sent: usize) {
        case.simulator.clear_requests();
        case.apply(config).await;
        let on_server = case.raw().and_then(|stored| stored.get(self.property).cloned());
        assert!(on_server.as_ref() == Some(&self.stored[number]), "the server has another secret");
        assert_eq!(case.writes().len(), sent, "{:?}", case.writes());
        let attributes = case.state.attributes().expect("the object is in the state");
        assert_eq!(attributes[&self.write_only], Json::Null);
        let in_state = &attributes[&self.name];
        assert!(*in_state == config[&self.name], "the state has another secret");
        let text = attributes.to_string();
        let shown = [0, 1].map(|number| self.texts(number).iter().any(|it| text.contains(it)));
        let expected = [0, 1].map(|it| it == number && !in_state.is_null());
        assert_eq!(shown, expected, "which of the two secrets the state contains");
    }

    /// The paths of the errors that the validation or the plan of this configuration reports.
    async fn errors(&self, case: &Case, config: &Json) -> Vec<String> {
        let (provider, mut diagnostics) = (case.provider().await, Diagnostics::default());
        let type_name = case.row.type_name;
        provider.validate(type_name, config, &mut diagnostics).await;
        if diagnostics.errors.is_empty() {
            provider.planned(type_name, &case.state, Some(config), &mut diagnostics).await;
        }
        self.assert_hidden(&diagnostics);
        diagnostics.error_paths
    }

    fn assert_hidden(&self, diagnostics: &Diagnostics) {
        let texts = || diagnostics.errors.iter().chain(&diagnostics.warnings);
        for value in [self.texts(0), self.texts(1)].iter().flatten() {
            assert!(!texts().any(|text| text.contains(value)), "a diagnostic shows a secret");
        }
    }

    /// The texts that no diagnostic may contain: the value, or each element of a map. The result
    /// contains each text as it is configured and as the server stores it.
    fn texts(&self, number: usize) -> Vec<String> {
        let elements = self.values[number].as_object().into_iter().flat_map(|map| map.values());
        let stored = self.stored[number].as_array().into_iter().flatten();
        let stored = stored.filter_map(|item| item.as_str()?.split_once(",value="));
        let plain = [&self.values[number]].into_iter().chain(elements).filter_map(Json::as_str);
        plain.chain(stored.map(|(_, value)| value)).map(str::to_owned).collect()
    }
}

#[test]
fn a_stored_secret_is_sent_when_it_changes() {
    every_secret(async |case, secret| {
        secret.apply(case, &secret.stored(0), 0, 1).await;
        secret.apply(case, &secret.stored(0), 0, 0).await;
        secret.apply(case, &secret.stored(1), 1, 1).await;
    });
}

#[test]
fn a_write_only_secret_is_sent_when_its_version_changes() {
    every_secret(async |case, secret| {
        secret.apply(case, &secret.write_only(0, 1), 0, 1).await;
        // Another secret with the same version is not noticed.
        secret.apply(case, &secret.write_only(1, 1), 0, 0).await;
        secret.apply(case, &secret.write_only(1, 2), 1, 1).await;
        secret.apply(case, &secret.write_only(1, 2), 1, 0).await;
        // The version can also become smaller.
        secret.apply(case, &secret.write_only(0, 1), 0, 1).await;
        // An ephemeral secret need not be available as long as the version does not change.
        secret.apply(case, &secret.config(None, None, Some(1)), 0, 0).await;
    });
}

#[test]
fn a_change_of_another_attribute_does_not_send_the_secret() {
    every_secret(async |case, secret| {
        let row = case.row.clone();
        let is_simple = |leaf: &Leaf<'_>| leaf.is_optional() && leaf.top_level.nesting.is_none();
        let other = row.leaves().find(is_simple).expect("a type has an optional attribute").line;
        for mut config in [secret.stored(0), secret.write_only(0, 1)] {
            case.apply(&config).await;
            config[other.attribute] = other.values[0].configured.clone();
            secret.apply(case, &config, 0, 1).await;
            let requests = case.simulator.requests();
            let update = requests.iter().find(|request| request.method == "PUT");
            let update = update.expect("the other attribute was sent");
            assert!(update.param(secret.property).is_none(), "the secret was sent");
            case.destroy().await;
        }
    });
}

#[test]
fn a_secret_moves_between_the_state_and_the_write_only_attribute() {
    every_secret(async |case, secret| {
        secret.apply(case, &secret.stored(0), 0, 1).await;
        secret.apply(case, &secret.write_only(1, 1), 1, 1).await;
        secret.apply(case, &secret.stored(0), 0, 1).await;
    });
}

#[test]
fn secrets_that_contradict_each_other_are_refused() {
    every_secret(async |case, secret| {
        let [first, second] = secret.values.each_ref().map(Some);
        for (config, expected) in [
            (secret.config(first, second, Some(1)), &secret.write_only),
            (secret.config(first, second, None), &secret.write_only),
            (secret.config(first, None, Some(1)), &secret.version),
            (secret.config(None, first, None), &secret.write_only),
            (secret.config(None, None, Some(1)), &secret.write_only),
            (secret.config(None, first, Some(-1)), &secret.version),
        ] {
            assert_eq!(secret.errors(case, &config).await, [expected.as_str()]);
        }
        let needed = if secret.is_optional { vec![] } else { vec![secret.name.clone()] };
        assert_eq!(secret.errors(case, &secret.without).await, needed);
        assert_eq!(case.writes(), [""; 0]);

        case.apply(&secret.write_only(0, 1)).await;
        let config = secret.config(None, None, Some(2));
        assert_eq!(secret.errors(case, &config).await, [secret.write_only.as_str()]);
    });
}

#[test]
fn an_imported_object_needs_no_secret_and_receives_a_configured_secret_once() {
    every_secret(async |case, secret| {
        for (config, number) in [(secret.stored(1), 1), (secret.write_only(0, 1), 0)] {
            case.apply(&secret.stored(1 - number)).await;
            case.import().await;
            secret.apply(case, &config, number, 1).await;
            secret.apply(case, &config, number, 0).await;
        }
        case.import().await;
        case.simulator.clear_requests();
        case.apply(&secret.without).await;
        assert_eq!(case.writes(), [""; 0]);
    });
}

#[test]
fn an_optional_secret_is_removed_when_the_configuration_no_longer_has_it() {
    every_secret(async |case, secret| {
        if !secret.is_optional {
            return;
        }
        for config in [secret.stored(0), secret.write_only(0, 1)] {
            case.apply(&config).await;
            case.simulator.clear_requests();
            case.apply(&secret.without).await;
            let on_server = case.raw().and_then(|stored| stored.get(secret.property).cloned());
            assert!(on_server.is_none(), "the server still has the secret");
            assert_eq!(case.writes().len(), 1, "{:?}", case.writes());
        }
    });
}

#[test]
fn no_diagnostic_shows_a_secret_that_the_server_repeats() {
    every_secret(async |case, secret| {
        for config in [secret.stored(0), secret.write_only(0, 1)] {
            let repeated = format!("cannot use {:?}", secret.texts(0));
            let fault = Fault::new("POST", "**", FaultKind::Status(400, repeated.clone()));
            case.simulator.fault(fault);
            let mut diagnostics = Diagnostics::default();
            let (provider, mut state) = (case.provider().await, State::default());
            provider.change(case.row.type_name, &mut state, &config, &mut diagnostics).await;
            assert_eq!(diagnostics.errors.len(), 1);
            let has_message = diagnostics.errors[0].contains("cannot use");
            assert!(has_message, "the error lacks the message of the server");
            secret.assert_hidden(&diagnostics);
            case.simulator.clear_faults();

            case.apply(&secret.stored(1)).await;
            case.simulator.fault(Fault::new("PUT", "**", FaultKind::Status(400, repeated)));
            let mut diagnostics = Diagnostics::default();
            let (type_name, mut state) = (case.row.type_name, case.state.clone());
            provider.change(type_name, &mut state, &config, &mut diagnostics).await;
            assert_eq!(diagnostics.errors.len(), 1);
            secret.assert_hidden(&diagnostics);
            case.simulator.clear_faults();
            case.destroy().await;
        }
    });
}

#[test]
fn the_error_about_an_invalid_secret_does_not_quote_the_secret() {
    every_secret(async |case, secret| {
        let line = case.row.line(&secret.name).clone();
        for refused in &line.refused {
            for (config, path) in [
                (secret.config(Some(refused), None, None), &secret.name),
                (secret.config(None, Some(refused), Some(1)), &secret.write_only),
            ] {
                let (provider, mut diagnostics) = (case.provider().await, Diagnostics::default());
                provider.validate(case.row.type_name, &config, &mut diagnostics).await;
                assert_eq!(diagnostics.error_paths, [path.as_str()]);
                let element = || refused.as_object()?.values().next()?.as_str();
                let quoted = refused.as_str().or_else(element).expect("a text").trim();
                let shown = diagnostics.errors.iter().any(|text| text.contains(quoted));
                assert!(!shown, "the error quotes the secret");
            }
        }
    });
}

impl Case {
    /// Replaces the state with the state of an import.
    async fn import(&mut self) {
        let (provider, mut diagnostics) = (self.provider().await, Diagnostics::default());
        let (type_name, id) = (self.row.type_name, self.row.id());
        self.state = State::default();
        provider.import(type_name, &id, &mut self.state, &mut diagnostics).await;
        self.assert_none(&diagnostics);
    }
}
