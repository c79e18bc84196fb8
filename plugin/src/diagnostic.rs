//! Errors and warnings for the user.

use crate::{
    path::{Path, Step},
    value::Error,
};

/// The result of a method that can fail with a diagnostic for the user.
pub type Result<T, E = Diagnostic> = std::result::Result<T, E>;

/// The severity of a diagnostic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The operation failed.
    Error,
    /// The operation continues.
    Warning,
}

/// An error or warning. Terraform shows the summary and the detail. If `attribute` is set,
/// Terraform also shows the line of the configuration that sets the attribute.
///
/// The summary and the detail must not contain a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The severity.
    pub severity: Severity,
    /// The title, on one line. If it is `None`, the plugin layer generates a title from the
    /// operation and the type, for example "Could not create pbs_user".
    pub summary: Option<String>,
    /// What happened, and what to do.
    pub detail: String,
    /// The attribute that the diagnostic is about.
    pub attribute: Option<Path>,
    /// Whether an object could not be created because it exists already. If the same run deletes
    /// the object at another resource address, the plugin layer waits for the deletion, and then
    /// tries to create the object again.
    pub object_exists: bool,
}

impl Diagnostic {
    /// An error with a summary that the plugin layer generates.
    pub fn failure(detail: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            summary: None,
            detail: detail.into(),
            attribute: None,
            object_exists: false,
        }
    }

    /// An error with this summary and this detail.
    pub fn error(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { summary: Some(summary.into()), ..Self::failure(detail) }
    }

    /// A warning with this summary and this detail.
    pub fn warning(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(summary, detail) }
    }

    /// Sets `attribute` to an attribute at the top level of the block.
    #[must_use]
    pub fn at(self, attribute: &str) -> Self {
        self.at_path(Path::default().attribute(attribute))
    }

    /// Sets `attribute` to an attribute at any depth.
    #[must_use]
    pub fn at_path(self, path: Path) -> Self {
        Self { attribute: Some(path), ..self }
    }

    /// Puts an attribute's name in front of the diagnostic's path. The path inside the value of the
    /// attribute thereby becomes a path inside the block.
    #[must_use]
    pub(crate) fn under(self, attribute: &str) -> Self {
        let mut path = self.attribute.clone().unwrap_or_default();
        path.under(Step::Attribute(attribute.to_owned()));
        self.at_path(path)
    }

    /// Marks this error as the error for an object that could not be created because it exists
    /// already.
    #[must_use]
    pub fn object_exists(self) -> Self {
        Self { object_exists: true, ..self }
    }

    /// Whether this is an error.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// Turns an error into a warning.
    #[must_use]
    pub fn demoted(self) -> Self {
        Self { severity: Severity::Warning, ..self }
    }

    /// Sets the summary if there is none.
    #[must_use]
    pub fn or_summary(self, summary: impl FnOnce() -> String) -> Self {
        Self { summary: Some(self.summary.unwrap_or_else(summary)), ..self }
    }
}

/// Turns a text into a sentence: changes the first letter to a capital letter, and adds a full
/// stop. No full stop is added after `.`, `!`, `?` or a line break.
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
    /// Converts an error about a value, for example about a value that does not match its type.
    fn from(error: Error) -> Self {
        let Error { path, message } = error;
        Self { attribute: (!path.is_root()).then_some(path), ..Self::failure(message) }
    }
}
