//! Writes log events as JSON lines to stderr, in the format that Terraform reads.
//!
//! Only the events of this crate and of the provider's crate are logged. Events of other crates may
//! contain credentials, for example in HTTP headers.

use crate::serve::About;
use jiff::Timestamp;
use serde_json::{Map, Value};
use std::{
    ffi::OsString,
    fmt,
    io::{self, Write},
};
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
    span::{Attributes, Id, Record},
};

/// The maximum length of a line in bytes. Core reads stderr through a buffer of 64 KiB, and does
/// not recognize JSON in a longer line.
const LINE_LIMIT: usize = 60 << 10;

/// The maximum length of one string in bytes. Even if every character has to be escaped, the string
/// fits into [`LINE_LIMIT`].
const TEXT_LIMIT: usize = 8 << 10;

/// The name of this crate.
const CRATE: &str = env!("CARGO_CRATE_NAME");

/// Installs the log for the whole process, at the level that the environment variables set.
///
/// A panic is always logged as one line, even if the log is off. The line contains the position of
/// the panic. The line does not contain the panic's message, because the message may quote a value.
/// Core reports a crash of the plugin if a line has the form in which Go reports a panic. The line
/// that is logged here does not have this form, because the process survives a panic.
pub(super) fn install(about: &About, env: &dyn Fn(&str) -> Option<OsString>) {
    let log = || Log {
        root: format!("provider.{}", about.name),
        provider_crate: about.crate_name,
        now: Timestamp::now,
        write,
    };
    let level = level(about.name, env);
    if level != LevelFilter::OFF {
        // This fails only if a log is already installed.
        let _ = tracing::subscriber::set_global_default(LevelSubscriber { level, log: log() });
    }
    let (log, crate_name) = (log(), about.crate_name);
    std::panic::set_hook(Box::new(move |panic| {
        let message = match panic.location() {
            Some(location) => format!("panicked at {}:{}", location.file(), location.line()),
            None => "panicked".to_owned(),
        };
        let fields = Map::from_iter([("@message".into(), message.into())]);
        log.write_line(&Level::ERROR, crate_name, fields);
    }));
}

fn write(line: &str) {
    // An error is ignored, because there is no other place to report it.
    let _ = io::stderr().lock().write_all(line.as_bytes());
}

/// The log level: the first non-empty value among `TF_LOG_PROVIDER_<NAME>`, `TF_LOG_PROVIDER` and
/// `TF_LOG`. As in Terraform, a value that is not the name of a level means `TRACE`.
fn level(provider: &str, env: &dyn Fn(&str) -> Option<OsString>) -> LevelFilter {
    let specific = format!("TF_LOG_PROVIDER_{}", provider.to_uppercase());
    let non_empty = |name| env(name).filter(|value| !value.is_empty());
    let Some(level) = non_empty(&specific)
        .or_else(|| non_empty("TF_LOG_PROVIDER"))
        .or_else(|| non_empty("TF_LOG"))
    else {
        return LevelFilter::OFF;
    };
    match level.to_string_lossy().to_uppercase().as_str() {
        "OFF" => LevelFilter::OFF,
        "ERROR" => LevelFilter::ERROR,
        "WARN" => LevelFilter::WARN,
        "INFO" => LevelFilter::INFO,
        "DEBUG" => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    }
}

/// Passes the events at or above a level to the log.
struct LevelSubscriber<W> {
    level: LevelFilter,
    log: Log<W>,
}

impl<W: Fn(&str) + Send + Sync + 'static> Subscriber for LevelSubscriber<W> {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= self.level && self.log.module(metadata.target()).is_some()
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level)
    }

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(Map::new());
        event.record(&mut fields);
        self.log.write_line(event.metadata().level(), event.metadata().target(), fields.0);
    }

    // Spans are not logged, so they all share one id.
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Formats log lines and passes them to `write`.
struct Log<W> {
    /// The `@module` of the provider as a whole, such as `provider.pbs`.
    root: String,
    /// The name of the provider's crate. Its modules are logged directly below `root`.
    provider_crate: &'static str,
    now: fn() -> Timestamp,
    write: W,
}

impl<W: Fn(&str)> Log<W> {
    /// The `@module` for the target of an event: `provider.pbs.…` in the provider's crate, and
    /// `provider.pbs.plugin.…` in this crate. `None` for any other crate.
    fn module(&self, target: &str) -> Option<String> {
        let below = |parent: &str, path: &str| match path.strip_prefix("::") {
            _ if path.is_empty() => Some(parent.to_owned()),
            Some(path) => Some(format!("{parent}.{}", path.replace("::", "."))),
            None => None,
        };
        if let Some(path) = target.strip_prefix(CRATE) {
            return below(&format!("{}.plugin", self.root), path);
        }
        below(&self.root, target.strip_prefix(self.provider_crate)?)
    }

    fn write_line(&self, level: &Level, target: &str, mut fields: Map<String, Value>) {
        let module = self.module(target).unwrap_or_else(|| self.root.clone());
        fields.insert("@level".into(), level.as_str().to_lowercase().into());
        fields.insert("@module".into(), module.into());
        fields.insert("@timestamp".into(), format!("{:.6}", (self.now)()).into());
        fields.entry("@message").or_insert_with(|| "".into());
        let json = |fields: &_| serde_json::to_string(fields).unwrap_or_default();
        let mut line = json(&fields);
        // A line that is too long loses all fields of the event except the message.
        if line.len() > LINE_LIMIT {
            fields.retain(|name, _| name.starts_with('@'));
            line = json(&fields);
        }
        line.push('\n');
        (self.write)(&line);
    }
}

/// Collects the fields of an event.
struct Fields(Map<String, Value>);

impl Fields {
    fn insert(&mut self, field: &Field, value: impl Into<Value>) {
        let name = if field.name() == "message" { "@message" } else { field.name() };
        self.0.insert(name.into(), value.into());
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if value.len() <= TEXT_LIMIT {
            self.insert(field, value);
        } else {
            let prefix = (0..=TEXT_LIMIT).rev().find_map(|end| value.get(..end));
            self.insert(field, format!("{}…", prefix.unwrap_or_default()));
        }
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.insert(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.insert(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.insert(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.insert(field, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    /// The lines that are logged during `action`.
    fn logged(level: LevelFilter, action: impl FnOnce()) -> Vec<String> {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let write = {
            let lines = lines.clone();
            move |line: &str| lines.lock().unwrap().push(line.to_owned())
        };
        let now = || "2026-11-23T20:48:06.8631Z".parse().unwrap();
        let provider_crate = "terraform_provider_pbs";
        let log = Log { root: "provider.pbs".into(), provider_crate, now, write };
        tracing::subscriber::with_default(LevelSubscriber { level, log }, action);
        lines.lock().unwrap().clone()
    }

    #[test]
    fn an_event_is_logged_as_one_line() {
        let lines = logged(LevelFilter::DEBUG, || {
            tracing::info!(tries = 2, ok = true, path = %"/acl", "asked\nagain");
            tracing::trace!("below the level");
        });
        assert_eq!(
            lines,
            [concat!(
                r#"{"@level":"info","@message":"asked\nagain","@module":"provider.pbs.plugin.log.tests","#,
                r#""@timestamp":"2026-11-23T20:48:06.863100Z","ok":true,"path":"/acl","tries":2}"#,
                "\n"
            )]
        );
    }

    #[test]
    fn events_of_other_crates_are_not_logged() {
        let lines = logged(LevelFilter::TRACE, || {
            tracing::error!(target: "hyper::proto", "authorization: secret");
            tracing::error!(target: "terraform_provider_pbs_other", "no");
            tracing::error!(target: "tf_plugin_other", "no");
            tracing::error!(target: "terraform_provider_pbs", "yes");
        });
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].contains(r#""@message":"yes","@module":"provider.pbs","#), "{lines:?}");
    }

    #[test]
    fn a_line_fits_into_the_buffer_of_core() {
        let control_characters = "\u{1}".repeat(100_000);
        let euro_signs = "€".repeat(100_000);
        let lines = logged(LevelFilter::TRACE, || {
            tracing::warn!("{euro_signs}");
            tracing::warn!(
                a = control_characters,
                b = control_characters,
                c = control_characters,
                "three long fields"
            );
        });
        for line in &lines {
            assert!(line.len() < 64 << 10, "{}", line.len());
            serde_json::from_str::<Value>(line).unwrap();
        }
        assert!(
            lines[0].contains("€…"),
            "the string is cut between characters and ends with an ellipsis"
        );
        assert!(lines[1].contains(r#""@message":"three long fields""#));
    }

    #[test]
    fn the_most_specific_variable_sets_the_level() {
        let cases: [(&[(&str, &str)], LevelFilter); 8] = [
            (&[], LevelFilter::OFF),
            (&[("TF_LOG", "")], LevelFilter::OFF),
            (&[("TF_LOG", "warn")], LevelFilter::WARN),
            (&[("TF_LOG", "JSON")], LevelFilter::TRACE),
            (&[("TF_LOG", "trace"), ("TF_LOG_PROVIDER", "Off")], LevelFilter::OFF),
            (&[("TF_LOG_PROVIDER", "error"), ("TF_LOG_PROVIDER_PBS", "info")], LevelFilter::INFO),
            (&[("TF_LOG_PROVIDER_OTHER", "info")], LevelFilter::OFF),
            (&[("TF_LOG", "loud")], LevelFilter::TRACE),
        ];
        for (vars, expected) in cases {
            let env = |name: &str| {
                vars.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into())
            };
            assert_eq!(level("pbs", &env), expected, "{vars:?}");
        }
    }
}
