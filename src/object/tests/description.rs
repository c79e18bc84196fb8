//! The descriptions of PBS's API in four versions of PBS. PBS prints these descriptions itself. The
//! fixtures contain only their facts: calls, parameters, types, limits, defaults and permissions.

use crate::pbs::Version;
use serde_json::{Map, Value, from_str};
use std::collections::BTreeMap;

/// The description of the API in one version of PBS.
pub(super) struct Description {
    pub(super) version: Version,
    calls: Vec<Value>,
}

/// The first version of PBS that has a call, a parameter, a key of a property string, or a value of
/// an enumeration. Contains only what PBS 3.4.0 lacks.
pub(super) struct FirstVersions(BTreeMap<String, String>);

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

    /// The parameters of the call with this method and path.
    pub(super) fn parameters(&self, method: &str, path: &str) -> Option<&Map<String, Value>> {
        self.call(method, path)?["params"].as_object()
    }

    /// The method and path of each call.
    pub(super) fn calls(&self) -> impl Iterator<Item = (&str, &str)> {
        self.calls
            .iter()
            .filter_map(|call| Some((call["method"].as_str()?, call["path"].as_str()?)))
    }
}

impl FirstVersions {
    /// Reads the file with the first versions.
    pub(super) fn read() -> Self {
        Self(from_str(include_str!("../../../tests/fixtures/pbs-api-since.json")).unwrap())
    }

    /// The first version in which the call has the parameter `name`. `None` if PBS 3.4.0 has the
    /// parameter. For a key of a property string, `name` is the name of the property, a full stop
    /// and the key.
    pub(super) fn of_parameter(&self, method: &str, path: &str, name: &str) -> Option<Version> {
        self.0.get(&format!("{method} {path} {name}")).map(|version| version.parse().unwrap())
    }
}
