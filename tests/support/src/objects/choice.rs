//! Chooses values for the attributes of one type of configuration object. The values come from the
//! row of the type, which is the test data of the type.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::{Example, Line, Nesting, Properties, Row};

/// One of the two example values of an attribute in its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The first example value.
    First,
    /// The second example value.
    Second,
}

/// The example value of each chosen attribute. An attribute of a nested object is named by a path,
/// for example `tuning.chunk_order`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice(BTreeMap<String, Which>);

/// An attribute that is no nested object, so its line has values.
#[derive(Clone, Copy)]
pub struct Leaf<'a> {
    /// The line of the top-level attribute: the attribute itself, or the nested object that
    /// contains it.
    pub top_level: &'a Line,
    /// The line of the attribute itself.
    pub line: &'a Line,
}

impl Leaf<'_> {
    /// The path of the attribute.
    pub fn path(&self) -> String {
        match self.top_level.nesting {
            None => self.line.attribute.to_owned(),
            Some(_) => format!("{}.{}", self.top_level.attribute, self.line.attribute),
        }
    }

    /// Whether every configuration of the row sets the attribute.
    pub fn is_required(&self) -> bool {
        self.top_level.is_required && self.line.is_required
    }

    /// Whether the attribute is stored on the server, and can be set, changed and removed in place.
    pub fn is_optional(&self) -> bool {
        !self.is_required() && !self.top_level.replaces && !self.top_level.is_local()
    }

    /// The first version of PBS that has the property.
    pub fn since(&self) -> Option<&'static str> {
        self.line.since.or(self.top_level.since)
    }
}

impl Line {
    /// The attribute itself, or the attributes of the nested object.
    pub fn leaves(&self) -> impl Iterator<Item = Leaf<'_>> {
        let lines = match self.nesting {
            None => std::slice::from_ref(self),
            Some(_) => self.inner.as_slice(),
        };
        lines.iter().map(|line| Leaf { top_level: self, line })
    }

    /// The given example value of the attribute.
    #[must_use]
    pub fn example(&self, which: Which) -> &Example {
        &self.values[which as usize]
    }
}

impl Row {
    /// All attributes that are no nested objects.
    pub fn leaves(&self) -> impl Iterator<Item = Leaf<'_>> {
        self.lines.iter().flat_map(Line::leaves)
    }

    /// The choice with the first value of each required attribute, and no other attributes.
    pub fn minimal(&self) -> Choice {
        let required = self.leaves().filter(Leaf::is_required);
        Choice(required.map(|leaf| (leaf.path(), Which::First)).collect())
    }

    /// The choice with the given example value of each attribute. An attribute whose change
    /// replaces the object keeps its first value.
    pub fn full(&self, which: Which) -> Choice {
        let which_of = |leaf: &Leaf<'_>| match leaf.top_level.replaces {
            true => Which::First,
            false => which,
        };
        Choice(self.leaves().map(|leaf| (leaf.path(), which_of(&leaf))).collect())
    }

    /// `choice` with the given example value of an attribute. If the attribute is in a nested
    /// object, this function also chooses values for the required attributes of the nested object.
    pub fn with(&self, choice: &Choice, changed: &Leaf<'_>, which: Which) -> Choice {
        let mut choice = choice.clone();
        for leaf in changed.top_level.leaves() {
            if leaf.line.is_required {
                choice.0.entry(leaf.path()).or_insert(Which::First);
            }
        }
        choice.0.insert(changed.path(), which);
        choice
    }

    /// `choice` without the attribute `removed`. If the attribute is required in a nested object,
    /// the choice does not contain the nested object.
    pub fn without(&self, choice: &Choice, removed: &Leaf<'_>) -> Choice {
        let mut choice = choice.clone();
        for leaf in removed.top_level.leaves() {
            if removed.line.is_required || leaf.line.attribute == removed.line.attribute {
                choice.0.remove(&leaf.path());
            }
        }
        choice
    }

    /// The configuration of an object with the chosen values.
    pub fn configuration(&self, choice: &Choice) -> Json {
        self.lines
            .iter()
            .filter_map(|line| self.configured(line, choice))
            .collect::<Map<_, _>>()
            .into()
    }

    /// The configuration of an object with the chosen values, except that the attribute `leaf` has
    /// the given value.
    pub fn configuration_with(&self, choice: &Choice, leaf: &Leaf<'_>, value: &Json) -> Json {
        let mut config = self.configuration(&self.with(choice, leaf, Which::First));
        let top_level = &mut config[leaf.top_level.attribute];
        match leaf.top_level.nesting {
            None => *top_level = value.clone(),
            Some(Nesting::Object) => top_level[leaf.line.attribute] = value.clone(),
            Some(Nesting::List) => top_level[0][leaf.line.attribute] = value.clone(),
        }
        config
    }

    /// The name and the configured value of a top-level attribute. `None` if the choice contains
    /// no value for it.
    fn configured(&self, top_level: &Line, choice: &Choice) -> Option<(String, Json)> {
        let values = choice.of(top_level).map(|(leaf, which)| {
            (leaf.line.attribute.to_owned(), leaf.line.example(which).configured.clone())
        });
        let mut values: Map<_, _> = values.collect();
        let value = match top_level.nesting {
            _ if values.is_empty() => return None,
            None => values.remove(top_level.attribute)?,
            Some(Nesting::Object) => values.into(),
            Some(Nesting::List) => vec![Json::from(values)].into(),
        };
        Some((top_level.attribute.to_owned(), value))
    }

    /// The properties that the server stores for an object with these values, including the id.
    pub fn stored(&self, choice: &Choice) -> Properties {
        let own = self.lines.iter().filter_map(|line| self.property(line, choice));
        own.chain(self.adds.clone()).collect()
    }

    fn property(&self, top_level: &Line, choice: &Choice) -> Option<(String, Json)> {
        let mut values = choice.of(top_level).filter_map(|(leaf, which)| {
            let stored = &leaf.line.example(which).stored;
            (!stored.is_null() && !leaf.line.is_local()).then_some((leaf.line.property, stored))
        });
        let Some(nesting) = top_level.nesting else {
            let (property, value) = values.next()?;
            return Some((property.to_owned(), value.clone()));
        };
        let constant = (!top_level.constant.is_empty()).then(|| top_level.constant.to_owned());
        let pair = |(key, value): (&str, &Json)| match value {
            Json::String(text) => format!("{key}={text}"),
            other => format!("{key}={other}"),
        };
        let pairs: Vec<_> = values.map(pair).collect();
        let text = constant.into_iter().chain(pairs.iter().cloned()).collect::<Vec<_>>().join(",");
        let number = if nesting == Nesting::List { "0" } else { "" };
        (!pairs.is_empty()).then(|| (format!("{}{number}", top_level.property), text.into()))
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
    /// The leaves of a top-level attribute that have a value, with the chosen example value.
    fn of<'a>(&self, top_level: &'a Line) -> impl Iterator<Item = (Leaf<'a>, Which)> {
        top_level.leaves().filter_map(|leaf| Some((leaf, *self.0.get(&leaf.path())?)))
    }

    /// The choice without the attributes for which `remove` returns true.
    #[must_use]
    pub fn filtered(mut self, row: &Row, remove: impl Fn(&Leaf<'_>) -> bool) -> Self {
        for leaf in row.leaves().filter(remove) {
            self.0.remove(&leaf.path());
        }
        self
    }
}
