//! The position of a namespace in the tree of namespaces, and the ACL path of a namespace.

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
    /// The path of the parent namespace, and the last name of this namespace. The path is `None` if
    /// the parent is the root namespace.
    #[must_use]
    pub fn parent_and_name(&self) -> (Option<&str>, &str) {
        match self.0.rsplit_once('/') {
            Some((parent, name)) => (Some(parent), name),
            None => (None, &self.0),
        }
    }

    /// The number of levels between `namespace` and `base`, if `namespace` is `base` (0 levels) or
    /// below `base`. Otherwise, the result is `None`. An argument that is `None` stands for the
    /// root namespace.
    #[must_use]
    pub fn levels_below(namespace: Option<&Self>, base: Option<&Self>) -> Option<usize> {
        let [text, base_text] = [namespace, base].map(|path| path.map_or("", Self::as_str));
        let rest = text.strip_prefix(base_text)?;
        let ends_at_a_name = base.is_none() || rest.is_empty() || rest.starts_with('/');
        ends_at_a_name.then(|| rest.split('/').filter(|name| !name.is_empty()).count())
    }

    /// Whether `namespace` is `base`, or is at most `max_depth` levels below `base`. If `max_depth`
    /// is `None`, the number of levels does not matter. A namespace that is `None` is the root
    /// namespace.
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

    /// Whether this namespace is below `base`, at any depth. No namespace is below itself.
    #[must_use]
    pub fn is_below(&self, base: &Self) -> bool {
        Self::levels_below(Some(self), Some(base)).is_some_and(|levels| levels > 0)
    }
}
