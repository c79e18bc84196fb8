//! What a command of Terraform has said: exit code, output, diagnostics, plan. Whatever a failing test prints goes through
//! [`redacted`], since states and plans hold secrets.

use std::{collections::BTreeSet, fmt};

use serde_json::Value;

#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) what: String,
    /// `None` when a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    #[track_caller]
    pub(crate) fn succeeded(self) -> Self {
        assert!(self.code == Some(0), "it should have succeeded:\n{self}");
        self
    }

    #[track_caller]
    pub(crate) fn failed(self) -> Self {
        assert!(self.code == Some(1), "it should have failed:\n{self}");
        self
    }

    /// Standard output as one JSON document.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("no JSON ({e}):\n{self}"))
    }

    /// The diagnostics of a command that was run with `-json`.
    pub(crate) fn diagnostics(&self) -> Vec<Diagnostic> {
        let lines = self.stdout.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines
            .filter(|line| line["type"] == "diagnostic")
            .map(|line| Diagnostic(line["diagnostic"].clone()))
            .collect()
    }

    /// The error diagnostics of a command that was run with `-json` and must have failed.
    #[track_caller]
    pub(crate) fn errors(self) -> Vec<Diagnostic> {
        let outcome = self.failed();
        let errors: Vec<_> =
            outcome.diagnostics().into_iter().filter(Diagnostic::is_error).collect();
        assert!(!errors.is_empty(), "it failed without an error:\n{outcome}");
        errors
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code =
            self.code.map_or_else(|| "a signal".to_owned(), |code| format!("exit code {code}"));
        writeln!(f, "$ {}    ({code})", self.what)?;
        f.write_str(&redacted(&self.stdout))?;
        f.write_str(&redacted(&self.stderr))
    }
}

/// An error or a warning, as `-json` gives it.
pub(crate) struct Diagnostic(Value);

impl Diagnostic {
    /// Summary and detail together.
    pub(crate) fn text(&self) -> String {
        let [summary, detail] =
            ["summary", "detail"].map(|part| self.0[part].as_str().unwrap_or_default());
        format!("{summary}\n{detail}")
    }

    pub(crate) fn is_error(&self) -> bool {
        self.0["severity"] == "error"
    }

    /// The block that it is about.
    pub(crate) fn address(&self) -> &str {
        self.0["address"].as_str().unwrap_or_default()
    }

    /// Whether the source line it marks is the assignment of this attribute.
    pub(crate) fn points_at(&self, attribute: &str) -> bool {
        let code = self.0["snippet"]["code"].as_str().unwrap_or_default();
        let rest = code.trim_start().strip_prefix(attribute);
        rest.is_some_and(|rest| rest.trim_start().starts_with('='))
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.0["snippet"]["code"].as_str().unwrap_or("no source line");
        write!(f, "{}\n  at: {}", redacted(&self.text()), redacted(code.trim()))
    }
}

/// A plan, as `terraform show -json` tells it.
pub(crate) struct Plan {
    pub(crate) json: Value,
    pub(crate) outcome: Outcome,
}

impl Plan {
    /// What is to become of this resource.
    #[track_caller]
    pub(crate) fn change(&self, address: &str) -> Change {
        let found = self.changes().into_iter().find(|change| change.0["address"] == address);
        found.unwrap_or_else(|| panic!("the plan says nothing of {address}:\n{self}"))
    }

    fn changes(&self) -> Vec<Change> {
        self.json["resource_changes"]
            .as_array()
            .into_iter()
            .flatten()
            .cloned()
            .map(Change)
            .collect()
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.outcome.fmt(f)
    }
}

/// One resource's part of a plan.
pub(crate) struct Change(Value);

impl Change {
    /// `["no-op"]`, `["create"]`, `["update"]`, `["delete", "create"]` …
    pub(crate) fn actions(&self) -> Vec<&str> {
        self.0["change"]["actions"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    }

    /// The attributes that will differ, those included that are known only after the apply.
    pub(crate) fn changed(&self) -> BTreeSet<String> {
        let [before, after] = ["before", "after"].map(|side| &self.0["change"][side]);
        let names = [before, after]
            .into_iter()
            .filter_map(Value::as_object)
            .flat_map(|object| object.keys());
        let differing = names.filter(|name| before[name.as_str()] != after[name.as_str()]).cloned();
        differing.chain(self.unknown()).collect()
    }

    /// The attributes that are known only after the apply.
    pub(crate) fn unknown(&self) -> BTreeSet<String> {
        let unknown = self.0["change"]["after_unknown"].as_object().into_iter().flatten();
        unknown
            .filter(|(_, value)| **value == Value::Bool(true))
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// The attributes because of which the object is replaced.
    pub(crate) fn replaced_by(&self) -> BTreeSet<String> {
        let paths = self.0["change"]["replace_paths"].as_array().into_iter().flatten();
        paths.filter_map(|path| path[0].as_str()).map(str::to_owned).collect()
    }

    /// Whether the object is being imported.
    pub(crate) fn imports(&self) -> bool {
        self.0["change"]["importing"].is_object()
    }
}

/// The text without anything that has the form of a token's secret, a UUID.
pub(crate) fn redacted(text: &str) -> String {
    const UUID: &str = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    let fits = |start: usize| {
        let window = text.as_bytes().get(start..start + UUID.len());
        window.is_some_and(|window| {
            let pairs = window.iter().zip(UUID.bytes());
            pairs.into_iter().all(|(byte, form)| {
                if form == b'x' { byte.is_ascii_hexdigit() } else { *byte == form }
            })
        })
    };
    let mut clean = String::with_capacity(text.len());
    let mut rest = 0;
    while let Some(start) = (rest..text.len()).find(|&start| fits(start)) {
        clean.push_str(&text[rest..start]);
        clean.push_str("<redacted>");
        rest = start + UUID.len();
    }
    clean.push_str(&text[rest..]);
    clean
}
