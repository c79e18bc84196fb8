//! What the practitioner is told. Knows nothing of who says it.

use super::{
    path::{Path, Step},
    value::Error,
};

/// The result of everything that a resource does.
pub type Result<T, E = Diagnostic> = std::result::Result<T, E>;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Terraform stops.
    Error,
    /// Terraform goes on.
    Warning,
}

/// An error or warning as Terraform shows it: a summary line, a paragraph and,
/// where `attribute` is set, the line of configuration that it is about.
///
/// Neither text may ever hold a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// One line. `None` lets the server write it, which knows the operation
    /// and the type.
    pub summary: Option<String>,
    /// What happened, then what to do.
    pub detail: String,
    /// The attribute that it is about.
    pub attribute: Option<Path>,
}

impl Diagnostic {
    /// An error whose summary the server writes.
    pub fn failure(detail: impl Into<String>) -> Self {
        Self { severity: Severity::Error, summary: None, detail: detail.into(), attribute: None }
    }

    /// An error.
    pub fn error(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { summary: Some(summary.into()), ..Self::failure(detail) }
    }

    /// A warning.
    pub fn warning(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(summary, detail) }
    }

    /// Points at an attribute at the top of the configuration.
    #[must_use]
    pub fn at(self, attribute: &str) -> Self {
        self.at_path(Path::default().attribute(attribute))
    }

    /// Points at an attribute anywhere.
    #[must_use]
    pub fn at_path(self, path: Path) -> Self {
        Self { attribute: Some(path), ..self }
    }

    /// The same, seen from one level further out.
    #[must_use]
    pub(super) fn under(self, attribute: &str) -> Self {
        let mut path = self.attribute.clone().unwrap_or_default();
        path.under(Step::Attribute(attribute.to_owned()));
        self.at_path(path)
    }

    /// Whether Terraform stops.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// The same as a warning, for what must not be an error any more.
    #[must_use]
    pub fn demoted(self) -> Self {
        Self { severity: Severity::Warning, ..self }
    }

    /// Gives a summary where there is none yet.
    #[must_use]
    pub fn or_summary(self, summary: impl FnOnce() -> String) -> Self {
        Self { summary: Some(self.summary.unwrap_or_else(summary)), ..self }
    }
}

/// The text as a sentence: with a capital letter and a full stop.
pub fn sentence(text: String) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase()).into_iter().flatten();
    let mut sentence: String = first.chain(letters).collect();
    if !sentence.ends_with(['.', '!', '?', '\n']) {
        sentence.push('.');
    }
    sentence
}

impl From<Error> for Diagnostic {
    /// For values that do not fit their type.
    fn from(error: Error) -> Self {
        let Error { path, message } = error;
        Self { attribute: (!path.is_root()).then_some(path), ..Self::failure(message) }
    }
}
