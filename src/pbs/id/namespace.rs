//! Where a namespace is: above or below others, and its ACL path.

use super::{DatastoreName, Namespace};

impl DatastoreName {
    /// The ACL path of a namespace of the datastore. `None` stands for the root namespace.
    #[must_use]
    pub fn acl_path(&self, namespace: Option<&str>) -> String {
        match namespace {
            Some(namespace) => format!("/datastore/{self}/{namespace}"),
            None => format!("/datastore/{self}"),
        }
    }
}

impl Namespace {
    /// The path of the parent and the last name. The parent is `None` if it is the root namespace.
    #[must_use]
    pub fn parent_and_name(&self) -> (Option<&str>, &str) {
        match self.0.rsplit_once('/') {
            Some((parent, name)) => (Some(parent), name),
            None => (None, &self.0),
        }
    }

    /// The number of levels that `namespace` is below `base`, 0 for the same namespace. `None` if
    /// `namespace` is neither `base` nor below `base`. As an argument, `None` stands for the root
    /// namespace.
    #[must_use]
    pub fn levels_below(namespace: Option<&Self>, base: Option<&Self>) -> Option<usize> {
        let [text, base_text] = [namespace, base].map(|path| path.map_or("", Self::as_str));
        let rest = text.strip_prefix(base_text)?;
        let is_whole_name = base.is_none() || rest.is_empty() || rest.starts_with('/');
        is_whole_name.then(|| rest.split('/').filter(|name| !name.is_empty()).count())
    }

    /// Whether `namespace` is `base`, or below it by at most `max_depth` levels. If `max_depth` is
    /// `None`, all levels count.
    #[must_use]
    pub fn is_within(
        namespace: Option<&Self>,
        base: Option<&Self>,
        max_depth: Option<i64>,
    ) -> bool {
        let levels =
            Self::levels_below(namespace, base).and_then(|levels| i64::try_from(levels).ok());
        levels.is_some_and(|levels| max_depth.is_none_or(|most| levels <= most))
    }

    /// Whether this namespace is below the other one, at any depth.
    #[must_use]
    pub fn is_below(&self, other: &Self) -> bool {
        Self::levels_below(Some(self), Some(other)).is_some_and(|levels| levels > 0)
    }
}
