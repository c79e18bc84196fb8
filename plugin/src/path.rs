//! Where inside a value something is: the steps that lead there from its root.
//!
//! Knows neither values nor schemas.

use std::fmt;

/// The way from a value's root to a place inside it, such as `grants[2].path`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Path {
    /// From the root inwards; empty for the root itself.
    pub steps: Vec<Step>,
}

/// One step inwards.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// Into an object, by the attribute's name.
    Attribute(String),
    /// Into a map, by its key.
    Key(String),
    /// Into a list, or a set in the order it was given; the first element is 0.
    Index(i64),
}

impl Step {
    /// To the element `index`, counted from 0.
    pub(super) fn at(index: usize) -> Self {
        Self::Index(i64::try_from(index).unwrap_or(i64::MAX))
    }
}

impl Path {
    /// The root.
    pub fn root() -> Self {
        Self::default()
    }

    /// The attribute `name` of the object found here.
    pub fn attribute(self, name: impl Into<String>) -> Self {
        self.step(Step::Attribute(name.into()))
    }

    /// The value that the map found here has under `key`.
    pub fn key(self, key: impl Into<String>) -> Self {
        self.step(Step::Key(key.into()))
    }

    /// The element `index` of the list or set found here.
    pub fn index(self, index: i64) -> Self {
        self.step(Step::Index(index))
    }

    /// One more step inwards.
    pub fn step(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// Whether this is the root.
    pub fn is_root(&self) -> bool {
        self.steps.is_empty()
    }

    /// The same place, seen from one level further out: what decoders do on their way back.
    pub(super) fn under(&mut self, step: Step) {
        self.steps.insert(0, step);
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.steps.iter().enumerate() {
            match step {
                Step::Attribute(name) if position == 0 => f.write_str(name)?,
                Step::Attribute(name) => write!(f, ".{name}")?,
                Step::Key(key) => write!(f, "[{key:?}]")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_terraform_writes_it() {
        assert_eq!(Path::root().to_string(), "");
        assert_eq!(
            Path::root().attribute("grants").index(2).attribute("path").to_string(),
            "grants[2].path"
        );
        assert_eq!(Path::root().attribute("triggers").key("a").to_string(), r#"triggers["a"]"#);
        assert_eq!(Path::root().key("a\"\n").to_string(), r#"["a\"\n"]"#);
    }

    #[test]
    fn grows_outwards_too() {
        let mut path = Path::root().attribute("path");
        path.under(Step::Index(2));
        assert_eq!(path, Path::root().index(2).attribute("path"));
        assert!(!path.is_root());
    }
}
