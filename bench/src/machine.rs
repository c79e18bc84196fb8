//! Describes the machine on which the figures were measured, because figures from different
//! machines cannot be compared.

use std::fs;

/// Processor, number of cores, operating system and load, in one line.
pub(crate) fn description() -> String {
    let value_in = |file: &str, key: &str| {
        let text = fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(key)).unwrap_or_default().to_owned();
        line.split_once([':', '=']).map(|(_, value)| value.trim().trim_matches('"').to_owned())
    };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split_whitespace().next().unwrap_or("unknown").to_owned();
    format!(
        "{cores} × {}, {}, load at the end {load}\n",
        value_in("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown processor".into()),
        value_in("/etc/os-release", "PRETTY_NAME").unwrap_or_else(|| "unknown system".into()),
    )
}
