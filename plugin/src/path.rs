//! Paths of attributes and elements inside a value.

use std::fmt;

/// The path from the root of a value to an attribute or element inside the value, such as
/// `grants[2].path`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Path {
    /// The steps from the root inwards. Empty for the root itself.
    pub steps: Vec<Step>,
}

/// One step of a [`Path`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// The step from an object to its attribute with this name.
    Attribute(String),
    /// The step from a map to its element with this key.
    Key(String),
    /// The step from a list or set to its element with this index, counted from 0. The elements of
    /// a set are counted in their stored order.
    Index(i64),
}

impl Step {
    /// The step to the element with this index.
    pub(super) fn index(index: usize) -> Self {
        Self::Index(i64::try_from(index).unwrap_or(i64::MAX))
    }
}

impl Path {
    /// The path of the root itself.
    pub fn root() -> Self {
        Self::default()
    }

    /// Extends this path by an attribute of an object.
    pub fn attribute(self, name: impl Into<String>) -> Self {
        self.step(Step::Attribute(name.into()))
    }

    /// Extends this path by an element of a map.
    pub fn key(self, key: impl Into<String>) -> Self {
        self.step(Step::Key(key.into()))
    }

    /// Extends this path by `step`.
    pub fn step(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// Whether this is the path of the root itself.
    pub fn is_root(&self) -> bool {
        self.steps.is_empty()
    }

    /// Puts `step` in front of this path. The decoder of a list, for example, calls this with the
    /// index of an element if the element contains an error.
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
    fn display_uses_terraform_syntax() {
        assert_eq!(Path::root().to_string(), "");
        assert_eq!(
            Path::root().attribute("grants").step(Step::Index(2)).attribute("path").to_string(),
            "grants[2].path"
        );
        assert_eq!(Path::root().attribute("triggers").key("a").to_string(), r#"triggers["a"]"#);
        assert_eq!(Path::root().key("a\"\n").to_string(), r#"["a\"\n"]"#);
    }

    #[test]
    fn under_puts_a_step_in_front() {
        let mut path = Path::root().attribute("path");
        path.under(Step::Index(2));
        assert_eq!(path, Path::root().step(Step::Index(2)).attribute("path"));
        assert!(!path.is_root());
    }
}
