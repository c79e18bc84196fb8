//! The descriptions that four versions of PBS print of their API, reduced to facts: calls,
//! parameters, types, limits, defaults and permissions.

use crate::pbs::Version;
use serde_json::{Map, Value, from_str};
use std::collections::BTreeMap;

/// The description of one version.
pub(super) struct Description {
    pub(super) version: Version,
    calls: Vec<Value>,
}

/// The calls, parameters, keys of property strings and values of enumerations that PBS 3.4.0 lacks,
/// each with the first version that has it.
pub(super) struct Since(BTreeMap<String, String>);

/// All descriptions, the oldest first.
pub(super) fn descriptions() -> Vec<Description> {
    [
        ("3.4.8", include_str!("../../../tests/fixtures/pbs-3.4.8/api.json")),
        ("4.0.11", include_str!("../../../tests/fixtures/pbs-4.0.11/api.json")),
        ("4.1.0", include_str!("../../../tests/fixtures/pbs-4.1.0/api.json")),
        ("4.2.3", include_str!("../../../tests/fixtures/pbs-4.2.3/api.json")),
    ]
    .map(|(version, text)| Description {
        version: version.parse().unwrap(),
        calls: from_str(text).unwrap(),
    })
    .into()
}

impl Description {
    /// The call with this method and path.
    pub(super) fn call(&self, method: &str, path: &str) -> Option<&Value> {
        self.calls.iter().find(|call| call["method"] == method && call["path"] == path)
    }

    /// The parameters of a call.
    pub(super) fn parameters(&self, method: &str, path: &str) -> Option<&Map<String, Value>> {
        self.call(method, path)?["params"].as_object()
    }

    /// The methods and paths of all calls.
    pub(super) fn calls(&self) -> impl Iterator<Item = (&str, &str)> {
        self.calls
            .iter()
            .filter_map(|call| Some((call["method"].as_str()?, call["path"].as_str()?)))
    }
}

impl Since {
    pub(super) fn read() -> Self {
        Self(from_str(include_str!("../../../tests/fixtures/pbs-api-since.json")).unwrap())
    }

    /// The first version that has the parameter `name` of a call. `None` if 3.4.0 has it. For a key
    /// of a property string, `name` is the name of the property, a full stop and the key.
    pub(super) fn of(&self, method: &str, path: &str, name: &str) -> Option<Version> {
        self.0.get(&format!("{method} {path} {name}")).map(|version| version.parse().unwrap())
    }
}
