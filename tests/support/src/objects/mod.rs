//! Test data of the configuration objects: one row for each type, and one line for each attribute.
//!
//! The tests generate the creation, the change and the removal of every attribute from the rows, as
//! well as drift, replacement, import and refusal. The rows are pure data. They use no type of the
//! provider. If they did, a property misspelt in the provider would be misspelt in the test, too.
//!
//! An id in a row contains the placeholder `<name>`. The test replaces the placeholder with a
//! prefix of its own, because ids must be unique on a real server.

mod choice;
mod jobs;
mod line;
mod notifications;
mod other_providers;
mod others;
mod properties;
mod storage;

pub use choice::{Choice, Leaf, Which, arguments};
pub use line::{Example, Line, Nesting};
pub use other_providers::{Foreign, foreign_states};

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

/// The properties of an object on the server.
pub type Properties = Map<String, Json>;

/// The test data of one type.
#[derive(Clone)]
pub struct Row {
    /// The name of the row in the message of a failing test. It differs from the type if the type
    /// has several rows.
    pub label: &'static str,
    /// The type, for example `pbs_remote`.
    pub type_name: &'static str,
    /// The path of the collection below `/config`. The settings of the node have the kind `node`.
    pub kind: &'static str,
    /// The attribute that identifies the object.
    pub key: &'static str,
    /// The attributes.
    pub lines: Vec<Line>,
    /// The objects that must exist on the server before this object is created.
    pub needs: Vec<Needed>,
    /// The properties that the server adds to a new object.
    pub adds: Properties,
    /// Whether PBS leaves out of a list the objects that the caller may not see. If false, PBS
    /// refuses to list anything for a caller without the privilege.
    pub lists_only_visible: bool,
    /// Whether there is only one object, which always exists.
    pub is_singleton: bool,
    /// Why the row cannot be used with a real server, if it cannot.
    pub needs_simulator: Option<&'static str>,
    /// Whether the row stands for its class of types in the tests that do not run with every row.
    /// There are four classes: the types with a secret, the types whose changes run as tasks of the
    /// server, the types with a single object, and all other types. Each class has one
    /// representative row.
    pub is_representative: bool,
}

/// What must exist on the server before an object is created.
#[derive(Clone)]
pub enum Needed {
    /// An object of this kind, with this id and these properties. The properties include the id.
    Object(&'static str, String, Json),
    /// A device with a file system of this UUID.
    Device(&'static str),
}

/// All rows.
pub fn rows() -> Vec<Row> {
    [storage::rows(), jobs::rows(), notifications::rows(), others::rows()].concat()
}

/// The first row of each type.
pub fn types() -> Vec<Row> {
    let mut rows = rows();
    let mut known = BTreeSet::new();
    rows.retain(|row| known.insert(row.type_name));
    rows
}

/// The attribute that identifies the only object of a singleton type, and the value of this
/// attribute.
const SINGLETON: (&str, &str) = ("node", "localhost");

impl Row {
    fn new(type_name: &'static str, kind: &'static str, lines: impl Into<Vec<Line>>) -> Self {
        let lines = lines.into();
        let key = lines.iter().find(|line| line.is_key).map(|line| line.attribute);
        Self {
            label: type_name,
            type_name,
            kind,
            key: key.unwrap_or(SINGLETON.0),
            lists_only_visible: false,
            is_singleton: key.is_none(),
            lines,
            needs: Vec::new(),
            adds: Properties::new(),
            needs_simulator: None,
            is_representative: false,
        }
    }

    fn labelled(self, label: &'static str) -> Self {
        Self { label, ..self }
    }

    fn needs(self, needs: impl Into<Vec<Needed>>) -> Self {
        Self { needs: needs.into(), ..self }
    }

    fn adds(self, property: &str, value: &str) -> Self {
        Self { adds: Properties::from_iter([(property.to_owned(), value.into())]), ..self }
    }

    fn only_simulated(self, reason: &'static str) -> Self {
        Self { needs_simulator: Some(reason), ..self }
    }

    fn lists_only_visible(self) -> Self {
        Self { lists_only_visible: true, ..self }
    }

    fn representative(self) -> Self {
        Self { is_representative: true, ..self }
    }

    /// The row with this text in place of `<name>`.
    #[must_use]
    pub fn with_name(mut self, name: &str) -> Self {
        for line in &mut self.lines {
            line.rename(name);
        }
        for needed in &mut self.needs {
            if let Needed::Object(_, id, object) = needed {
                *id = id.replace("<name>", name);
                line::rename(object, name);
            }
        }
        self
    }

    /// The id of the object with the first value of its key.
    pub fn id(&self) -> String {
        let key = self.lines.iter().find(|line| line.is_key);
        let value = key.and_then(|line| line.values[0].configured.as_str());
        value.unwrap_or(SINGLETON.1).to_owned()
    }

    /// The line of this attribute.
    ///
    /// # Panics
    /// If the row has no such line.
    pub fn line(&self, attribute: &str) -> &Line {
        let line = self.lines.iter().find(|line| line.attribute == attribute);
        line.unwrap_or_else(|| panic!("the row {} has no line of {attribute}", self.label))
    }
}
