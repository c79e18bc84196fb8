//! A choice of values for the attributes of a row.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::{Line, Nesting, Properties, Row};

/// For each chosen attribute, the number of its value: 0 for the first value in the row, 1 for the
/// second. An attribute of a nested object is named by a path, for example `tuning.chunk_order`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice(BTreeMap<String, usize>);

/// An attribute that is no nested object, so the line of the attribute has values.
#[derive(Clone, Copy)]
pub struct Leaf<'a> {
    /// The line of the row. For an attribute of a nested object, this is the line of the nested
    /// object.
    pub outer: &'a Line,
    /// The line of the attribute itself.
    pub line: &'a Line,
}

impl Leaf<'_> {
    /// The path of the attribute.
    pub fn path(&self) -> String {
        match self.outer.nesting {
            None => self.line.attribute.to_owned(),
            Some(_) => format!("{}.{}", self.outer.attribute, self.line.attribute),
        }
    }

    /// Whether every configuration of the row sets the attribute.
    pub fn is_required(&self) -> bool {
        self.outer.is_required && self.line.is_required
    }

    /// Whether the attribute is stored on the server, and can be set, changed and removed in place.
    pub fn is_optional(&self) -> bool {
        !self.is_required() && !self.outer.replaces && !self.outer.is_local()
    }

    /// The first version of PBS that has the property.
    pub fn since(&self) -> Option<&'static str> {
        self.line.since.or(self.outer.since)
    }
}

impl Row {
    /// All attributes that are no nested objects.
    pub fn leaves(&self) -> impl Iterator<Item = Leaf<'_>> {
        self.lines.iter().flat_map(|outer| {
            let lines = match outer.nesting {
                None => std::slice::from_ref(outer),
                Some(_) => outer.inner.as_slice(),
            };
            lines.iter().map(move |line| Leaf { outer, line })
        })
    }

    /// The choice with the first value of each required attribute, and no other attributes.
    pub fn minimal(&self) -> Choice {
        let required = self.leaves().filter(Leaf::is_required);
        Choice(required.map(|leaf| (leaf.path(), 0)).collect())
    }

    /// The choice with the value of this number for every attribute. An attribute whose change
    /// replaces the object keeps its first value.
    pub fn full(&self, number: usize) -> Choice {
        let number_of = |leaf: &Leaf<'_>| if leaf.outer.replaces { 0 } else { number };
        Choice(self.leaves().map(|leaf| (leaf.path(), number_of(&leaf))).collect())
    }

    /// The choice with the value of this number for an attribute. If the attribute is in a nested
    /// object, this function also chooses values for the required attributes of the nested object.
    pub fn with(&self, choice: &Choice, changed: &Leaf<'_>, number: usize) -> Choice {
        let mut choice = choice.clone();
        for leaf in self.leaves().filter(|leaf| leaf.outer.attribute == changed.outer.attribute) {
            if leaf.line.is_required {
                choice.0.entry(leaf.path()).or_insert(0);
            }
        }
        choice.0.insert(changed.path(), number);
        choice
    }

    /// The choice without an attribute. If the attribute is required in a nested object, the choice
    /// does not contain the nested object.
    pub fn without(&self, choice: &Choice, removed: &Leaf<'_>) -> Choice {
        let mut choice = choice.clone();
        for leaf in self.leaves().filter(|leaf| leaf.outer.attribute == removed.outer.attribute) {
            if removed.line.is_required || leaf.line.attribute == removed.line.attribute {
                choice.0.remove(&leaf.path());
            }
        }
        choice
    }

    /// The configuration with these values.
    pub fn configuration(&self, choice: &Choice) -> Json {
        self.lines
            .iter()
            .filter_map(|line| self.configured(line, choice))
            .collect::<Map<_, _>>()
            .into()
    }

    /// The configuration with these values, except that the attribute `leaf` has the given value.
    pub fn configuration_with(&self, choice: &Choice, leaf: &Leaf<'_>, value: &Json) -> Json {
        let mut config = self.configuration(&self.with(choice, leaf, 0));
        let outer = &mut config[leaf.outer.attribute];
        match leaf.outer.nesting {
            None => *outer = value.clone(),
            Some(Nesting::Object) => outer[leaf.line.attribute] = value.clone(),
            Some(Nesting::List) => outer[0][leaf.line.attribute] = value.clone(),
        }
        config
    }

    fn configured(&self, outer: &Line, choice: &Choice) -> Option<(String, Json)> {
        let values = self.chosen(outer, choice).map(|(leaf, number)| {
            (leaf.line.attribute.to_owned(), leaf.line.values[number].configured.clone())
        });
        let mut values: Map<_, _> = values.collect();
        let value = match outer.nesting {
            _ if values.is_empty() => return None,
            None => values.remove(outer.attribute)?,
            Some(Nesting::Object) => values.into(),
            Some(Nesting::List) => vec![Json::from(values)].into(),
        };
        Some((outer.attribute.to_owned(), value))
    }

    /// The properties that the server stores for an object with these values, including the id.
    pub fn stored(&self, choice: &Choice) -> Properties {
        let own = self.lines.iter().filter_map(|line| self.property(line, choice));
        own.chain(self.adds.clone()).collect()
    }

    fn property(&self, outer: &Line, choice: &Choice) -> Option<(String, Json)> {
        let mut values = self.chosen(outer, choice).filter_map(|(leaf, number)| {
            let stored = &leaf.line.values[number].stored;
            (!stored.is_null() && !leaf.line.is_local()).then_some((leaf.line.property, stored))
        });
        let Some(nesting) = outer.nesting else {
            let (property, value) = values.next()?;
            return Some((property.to_owned(), value.clone()));
        };
        let constant = (!outer.constant.is_empty()).then(|| outer.constant.to_owned());
        let pair = |(key, value): (&str, &Json)| match value {
            Json::String(text) => format!("{key}={text}"),
            other => format!("{key}={other}"),
        };
        let pairs: Vec<_> = values.map(pair).collect();
        let text = constant.into_iter().chain(pairs.iter().cloned()).collect::<Vec<_>>().join(",");
        let number = if nesting == Nesting::List { "0" } else { "" };
        (!pairs.is_empty()).then(|| (format!("{}{number}", outer.property), text.into()))
    }

    fn chosen<'a>(
        &'a self,
        outer: &'a Line,
        choice: &'a Choice,
    ) -> impl Iterator<Item = (Leaf<'a>, usize)> {
        self.leaves()
            .filter(move |leaf| leaf.outer.attribute == outer.attribute)
            .filter_map(|leaf| Some((leaf, *choice.0.get(&leaf.path())?)))
    }
}

/// The arguments of a block with this configuration, each in one line.
///
/// # Panics
/// If the configuration is not an object.
#[must_use]
pub fn arguments(configuration: &Json) -> String {
    let argument = |(name, value): (&String, &Json)| {
        // JSON is valid as an expression of Terraform if the beginnings of templates are escaped.
        let value = value.to_string().replace("${", "$${").replace("%{", "%%{");
        format!("{name} = {value}\n")
    };
    let arguments = configuration.as_object().expect("a configuration is an object");
    arguments.iter().map(argument).collect()
}

impl Choice {
    /// The choice without the attributes for which `remove` returns true.
    #[must_use]
    pub fn filtered(mut self, row: &Row, remove: impl Fn(&Leaf<'_>) -> bool) -> Self {
        for leaf in row.leaves().filter(remove) {
            self.0.remove(&leaf.path());
        }
        self
    }
}
