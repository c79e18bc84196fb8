//! The ways to read an object that Terraform has not created: import, data source and list.

use serde_json::{Value as Json, json};
use test_support::{
    core::{Diagnostics, State},
    objects::{Leaf, Which},
};

use crate::case::{Case, every_row};

#[test]
fn an_import_by_id_or_identity_gives_the_state_of_the_creation() {
    every_row(async |case| {
        let (created, config) = case.create_for_import().await;
        let (id, key) = (case.row.id(), case.row.key);
        for by_identity in [false, true] {
            case.step = format!("import, by identity: {by_identity}");
            let (provider, mut diagnostics) = (case.provider().await, Diagnostics::default());
            let (type_name, mut state) = (case.row.type_name, State::default());
            match by_identity {
                true => {
                    let identity = json!({ key: id });
                    provider
                        .import_by_identity(type_name, &identity, &mut state, &mut diagnostics)
                        .await;
                }
                false => provider.import(type_name, &id, &mut state, &mut diagnostics).await,
            }
            case.assert_none(&diagnostics);
            assert_eq!(without_secrets(case, &state), created);
            case.state = state;
            case.assert_settled(&config).await;
        }
    });
}

#[test]
fn an_import_of_an_object_that_does_not_exist_is_an_error() {
    every_row(async |case| {
        let (provider, mut diagnostics) = (case.provider().await, Diagnostics::default());
        let mut state = State::default();
        provider.import(case.row.type_name, "acc-missing", &mut state, &mut diagnostics).await;
        assert_eq!(diagnostics.errors.len(), 1);
        assert!(state.is_empty());
    });
}

#[test]
fn the_data_source_returns_the_values_of_the_state() {
    every_row(async |case| {
        let (created, _) = case.create_for_import().await;
        let config = match case.row.is_singleton {
            true => json!({}),
            false => json!({ case.row.key: case.row.id() }),
        };
        let (provider, mut diagnostics) = (case.provider().await, Diagnostics::default());
        let found = provider.read_data_source(case.row.type_name, &config, &mut diagnostics).await;
        case.assert_none(&diagnostics);
        let found = found.expect("a result");
        for line in case.row.lines.iter().filter(|line| !line.is_local() && !line.is_secret) {
            assert_eq!(found[line.attribute], created[line.attribute], "{}", line.attribute);
        }
        let names = |object: &Json| -> Vec<String> {
            object.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect()
        };
        let hidden = case.row.lines.iter().filter(|line| line.is_local() || line.is_secret);
        for line in hidden {
            let shown = names(&found).iter().any(|name| name.starts_with(line.attribute));
            assert!(!shown, "the data source shows {}", line.attribute);
        }
    });
}

#[test]
fn the_data_source_of_all_objects_returns_their_ids_sorted() {
    every_row(async |case| {
        if case.row.is_singleton {
            return;
        }
        case.create_for_import().await;
        let (provider, mut diagnostics) = (case.provider().await, Diagnostics::default());
        let name = ["s", "_servers"].map(|ending| format!("{}{ending}", case.row.type_name));
        let name = name.iter().find(|name| provider.has_data_source(name));
        let name = name.expect("the type has a data source that reads all objects");
        let found = provider.read_data_source(name, &json!({}), &mut diagnostics).await;
        case.assert_none(&diagnostics);
        let found = found.expect("a result");
        let kind = case.row.kind;
        let ids: Vec<_> = case.simulator.world(|world| world.objects(kind).into_keys().collect());
        assert!(ids.contains(&case.row.id()));
        match name.as_str() {
            "pbs_datastores" => {
                let datastores = found["datastores"].as_array().expect("a list");
                let names: Vec<_> = datastores.iter().map(|it| it["name"].clone()).collect();
                assert_eq!(json!(names), json!(ids));
            }
            _ => assert_eq!(found[format!("{}s", case.row.key)], json!(ids)),
        }
    });
}

#[test]
fn the_list_contains_the_object_with_its_identity_and_values() {
    every_row(async |case| {
        let (created, _) = case.create_for_import().await;
        let (provider, mut diagnostics) = (case.provider().await, Diagnostics::default());
        let listed = provider.list(case.row.type_name, &json!({}), &mut diagnostics).await;
        case.assert_none(&diagnostics);
        let identity = json!({ case.row.key: case.row.id() });
        let found: Vec<_> = listed.iter().filter(|it| it.identity == identity).collect();
        assert_eq!(found.len(), 1, "the list contains the object once");
        assert_eq!(found[0].attributes, created);
        let count = case.simulator.world(|world| world.objects(case.row.kind).len());
        assert_eq!(listed.len(), count, "the list contains all objects");
    });
}

impl Case {
    /// Creates the object with all attributes that the server stores. Returns the state and the
    /// configuration of the object, both without secrets.
    async fn create_for_import(&mut self) -> (Json, Json) {
        let row = self.row.clone();
        let is_local = |leaf: &Leaf<'_>| leaf.top_level.is_local();
        let choice = row.full(Which::First).filtered(&row, is_local);
        self.apply_values(&choice).await;
        let config = choice.filtered(&row, |leaf| leaf.top_level.is_secret);
        (without_secrets(self, &self.state), row.configuration(&config))
    }
}

/// The attributes of the state. Secrets are null.
fn without_secrets(case: &Case, state: &State) -> Json {
    let mut attributes = state.attributes().expect("the object is in the state");
    for line in case.row.lines.iter().filter(|line| line.is_secret) {
        attributes[line.attribute] = Json::Null;
    }
    attributes
}
