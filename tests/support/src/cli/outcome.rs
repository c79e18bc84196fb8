//! The outcome of a Terraform command: exit code, output, diagnostics, plan. A failing test prints
//! them only through [`redacted`], because states and plans contain secrets.

use std::{collections::BTreeSet, fmt};

use serde_json::Value;

/// The outcome of one command.
#[derive(Debug)]
pub struct Outcome {
    /// The program and its arguments.
    pub command: String,
    /// The exit code; `None` if a signal ended the program.
    pub code: Option<i32>,
    /// The standard output of the program.
    pub stdout: String,
    /// The standard error of the program.
    pub stderr: String,
}

impl Outcome {
    /// Checks that the command has succeeded.
    #[track_caller]
    pub fn succeeded(self) -> Self {
        assert!(self.code == Some(0), "the command should have succeeded:\n{self}");
        self
    }

    /// Checks that the command has failed.
    #[track_caller]
    pub fn failed(self) -> Self {
        assert!(self.code == Some(1), "the command should have failed:\n{self}");
        self
    }

    /// Standard output as one JSON document.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("no JSON ({error}):\n{self}"))
    }

    /// The diagnostics of a command that was run with `-json`, without Terraform's own warning that
    /// the provider comes from a local directory.
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        const OVERRIDES: &str = "Provider development overrides are in effect";
        let lines = self.stdout.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines
            .filter(|line| line["type"] == "diagnostic")
            .filter(|line| line["diagnostic"]["summary"] != OVERRIDES)
            .map(|line| Diagnostic(line["diagnostic"].clone()))
            .collect()
    }

    /// The error diagnostics of a command that was run with `-json` and must have failed.
    #[track_caller]
    pub fn errors(self) -> Vec<Diagnostic> {
        let outcome = self.failed();
        let errors: Vec<_> =
            outcome.diagnostics().into_iter().filter(Diagnostic::is_error).collect();
        assert!(!errors.is_empty(), "the command failed without an error:\n{outcome}");
        errors
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code =
            self.code.map_or_else(|| "a signal".to_owned(), |code| format!("exit code {code}"));
        writeln!(f, "$ {}    ({code})", self.command)?;
        f.write_str(&redacted(&self.stdout))?;
        f.write_str(&redacted(&self.stderr))
    }
}

/// An error or a warning, as the option `-json` prints it.
pub struct Diagnostic(Value);

impl Diagnostic {
    /// Summary and detail.
    pub fn text(&self) -> String {
        let [summary, detail] =
            ["summary", "detail"].map(|part| self.0[part].as_str().unwrap_or_default());
        format!("{summary}\n{detail}")
    }

    /// Whether the diagnostic is an error.
    pub fn is_error(&self) -> bool {
        self.0["severity"] == "error"
    }

    /// The address of the block to which the diagnostic belongs.
    pub fn address(&self) -> &str {
        self.0["address"].as_str().unwrap_or_default()
    }

    /// Whether the diagnostic marks a line of the configuration that assigns this attribute.
    pub fn points_at(&self, attribute: &str) -> bool {
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

/// A plan, as `terraform show -json` prints it.
pub struct Plan {
    /// The whole document.
    pub json: Value,
    /// The outcome of `terraform plan`.
    pub outcome: Outcome,
}

impl Plan {
    /// The planned change of this resource.
    #[track_caller]
    pub fn change(&self, address: &str) -> Change {
        let change = self.changes().into_iter().find(|change| change.0["address"] == address);
        change.unwrap_or_else(|| panic!("{address} is not in the plan:\n{self}"))
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

/// The planned change of one resource.
pub struct Change(Value);

impl Change {
    /// The planned actions, for example `["update"]` or `["delete", "create"]`.
    pub fn actions(&self) -> Vec<&str> {
        self.0["change"]["actions"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    }

    /// The attributes whose values the plan changes, including those that are unknown until the
    /// apply.
    pub fn changed(&self) -> BTreeSet<String> {
        let [before, after] = ["before", "after"].map(|side| &self.0["change"][side]);
        let names = [before, after]
            .into_iter()
            .filter_map(Value::as_object)
            .flat_map(|object| object.keys());
        let differing = names.filter(|name| before[name.as_str()] != after[name.as_str()]).cloned();
        differing.chain(self.unknown()).collect()
    }

    /// The attributes that are unknown until the apply.
    pub fn unknown(&self) -> BTreeSet<String> {
        let unknown = self.0["change"]["after_unknown"].as_object().into_iter().flatten();
        unknown
            .filter(|(_, value)| **value == Value::Bool(true))
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// The attributes that force a replacement.
    pub fn replaced_by(&self) -> BTreeSet<String> {
        let paths = self.0["change"]["replace_paths"].as_array().into_iter().flatten();
        paths.filter_map(|path| path[0].as_str()).map(str::to_owned).collect()
    }

    /// Whether the object is being imported.
    pub fn imports(&self) -> bool {
        self.0["change"]["importing"].is_object()
    }
}

/// The text with `<redacted>` instead of each UUID, because token secrets are UUIDs.
pub fn redacted(text: &str) -> String {
    const UUID: &str = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    let is_uuid = |start: usize| {
        let window = text.as_bytes().get(start..start + UUID.len());
        window.is_some_and(|window| {
            let pairs = window.iter().zip(UUID.bytes());
            pairs.into_iter().all(|(byte, pattern)| {
                if pattern == b'x' { byte.is_ascii_hexdigit() } else { *byte == pattern }
            })
        })
    };
    let mut clean = String::with_capacity(text.len());
    let mut rest = 0;
    while let Some(start) = (rest..text.len()).find(|&start| is_uuid(start)) {
        clean.push_str(&text[rest..start]);
        clean.push_str("<redacted>");
        rest = start + UUID.len();
    }
    clean.push_str(&text[rest..]);
    clean
}
