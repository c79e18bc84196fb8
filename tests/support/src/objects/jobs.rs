//! The rows of the jobs that work on datastores.

use serde_json::{Value as Json, json};

use super::{Line, Needed, Row};

pub(super) fn rows() -> Vec<Row> {
    vec![prune_job(), verify_job(), sync_job(), push_job()]
}

/// The two datastores of the jobs in the rows: one for the first example values, one for the
/// second.
fn datastores() -> [Needed; 2] {
    ["<name>-data", "<name>-more"].map(|name| {
        let object = json!({ "name": name, "path": format!("/srv/{name}") });
        Needed::Object("datastore", name.to_owned(), object)
    })
}

/// The attributes that prune and verify jobs have in common.
fn job() -> [Line; 5] {
    let deep = ["a"; 9].join("/");
    [
        Line::key("id", "<name>-daily", "<name>-nightly").refuses(["ab", "a b"]),
        Line::required("datastore", "store", "<name>-data", "<name>-more").refuses(["a b", ""]),
        Line::optional("namespace", "ns", "prod/web", "test").refuses([
            "/prod",
            "prod//web",
            "a b",
            &deep,
        ]),
        Line::optional("max_depth", "max-depth", 0, 7).refuses([
            json!(-1),
            json!(8),
            Json::from(0.5),
        ]),
        Line::comment(),
    ]
}

fn verify_job() -> Row {
    let threads = |attribute, property, first: u64, default: u64| {
        Line::optional(attribute, property, first, default)
            .second_is_default()
            .since("4.0.20")
            .refuses([json!(0), json!(33), json!(1.5)])
    };
    let lines = [
        Line::optional("schedule", "schedule", "daily", "sat 04:00")
            .always_sent()
            .refuses(["sometimes"]),
        Line::flag("ignore_verified", "ignore-verified", true),
        Line::optional("outdated_after", "outdated-after", 0, 30).refuses([json!(-1), json!(1.5)]),
        threads("read_threads", "read-threads", 4, 1),
        threads("verify_threads", "verify-threads", 8, 4),
    ];
    Row::new("pbs_verify_job", "verify", job().into_iter().chain(lines).collect::<Vec<_>>())
        .needs(datastores())
        .lists_only_visible()
}

fn prune_job() -> Row {
    let refused = || [json!(0), json!(-1), json!(1.5)];
    let keep = |attribute, property, first: u64, second: u64| {
        Line::optional(attribute, property, first, second).refuses(refused())
    };
    let lines = [
        Line::required("schedule", "schedule", "daily", "mon..fri 21:00")
            .refuses(["sometimes", ""]),
        keep("keep_last", "keep-last", 3, 4),
        keep("keep_hourly", "keep-hourly", 24, 48),
        keep("keep_daily", "keep-daily", 14, 7),
        keep("keep_weekly", "keep-weekly", 8, 9),
        keep("keep_monthly", "keep-monthly", 12, 24),
        keep("keep_yearly", "keep-yearly", 1, 10),
        Line::enabled(),
    ];
    Row::new("pbs_prune_job", "prune", job().into_iter().chain(lines).collect::<Vec<_>>())
        .needs(datastores())
        .lists_only_visible()
        .representative()
}

/// The attributes of all sync jobs.
fn sync_job_lines() -> Vec<Line> {
    let limit = |attribute, property| {
        Line::optional(attribute, property, "10 MiB", "1.5 GB")
            .equals(["10MiB", "10485760"])
            .refuses(["fast", "-1 MB"])
    };
    let namespace = |attribute, property| {
        Line::optional(attribute, property, "prod/web", "test").refuses(["/prod", "a b"])
    };
    vec![
        Line::key("id", "<name>-pull", "<name>-fetch").refuses(["ab", "a b"]),
        Line::required("datastore", "store", "<name>-data", "<name>-more").refuses(["a b", ""]),
        namespace("namespace", "ns"),
        Line::required("remote_datastore", "remote-store", "theirs", "others").refuses(["a b", ""]),
        namespace("remote_namespace", "remote-ns"),
        Line::optional("max_depth", "max-depth", 0, 5).refuses([json!(-1), json!(8)]),
        Line::optional("schedule", "schedule", "daily", "sat 04:00")
            .always_sent()
            .refuses(["sometimes"]),
        Line::optional("owner", "owner", "sync@pbs", "sync@pbs!main").refuses(["nobody"]),
        Line::flag("remove_vanished", "remove-vanished", false),
        Line::optional(
            "group_filters",
            "group-filter",
            json!(["exclude:group:vm/100", "type:vm"]),
            json!(["regex:^host/web"]),
        )
        .refuses([json!(["include:type:vm"]), json!(["type:all"]), json!(["group:vm"])]),
        Line::optional("transfer_last", "transfer-last", 1, 30).refuses([json!(0), json!(1.5)]),
        Line::flag("encrypted_only", "encrypted-only", false),
        Line::flag("verified_only", "verified-only", false),
        Line::flag("run_on_mount", "run-on-mount", false).since("4.0.11"),
        limit("rate_in", "rate-in"),
        limit("burst_in", "burst-in"),
        limit("rate_out", "rate-out"),
        limit("burst_out", "burst-out"),
        Line::optional("worker_threads", "worker-threads", 8, 1)
            .second_is_default()
            .since("4.1.8")
            .refuses([json!(0), json!(33)]),
        Line::comment(),
    ]
}

fn remotes() -> [Needed; 2] {
    ["<name>-peer", "<name>-mirror"].map(|name| {
        let object = json!({
            "name": name, "host": "pbs2.example.com", "auth-id": "sync@pbs",
            "password": "password-of-the-remote",
        });
        Needed::Object("remote", name.to_owned(), object)
    })
}

fn sync_job() -> Row {
    let mut lines = sync_job_lines();
    lines.extend([
        Line::optional("remote", "remote", "<name>-peer", "<name>-mirror").refuses(["a b"]),
        Line::flag("resync_corrupt", "resync-corrupt", false)
            .stores(true, false)
            .cleared_by_default(),
    ]);
    let needs = [&datastores()[..], &remotes()].concat();
    Row::new("pbs_sync_job", "sync", lines).needs(needs).lists_only_visible()
}

/// A job that sends to a remote. The rows leave out `encryption_key`, because its change also
/// changes `associated_keys`.
fn push_job() -> Row {
    let mut lines = sync_job_lines();
    lines.extend([
        Line::required("remote", "remote", "<name>-peer", "<name>-mirror"),
        Line::required("sync_direction", "sync-direction", "push", "pull")
            .second_is_default()
            .replaces()
            .refuses(["both"]),
        Line::optional(
            "associated_keys",
            "associated-key",
            json!(["<name>-first", "<name>-second"]),
            json!(["<name>-second"]),
        )
        .left_alone()
        .since("4.1.9")
        .refuses([json!(["a b"])]),
    ]);
    let key =
        |name: &str| Needed::Object("encryption-keys", name.to_owned(), json!({ "id": name }));
    let keys = ["<name>-first", "<name>-second"].map(key);
    let needs = [&datastores()[..], &remotes(), &keys].concat();
    Row::new("pbs_sync_job", "sync", lines)
        .labelled("pbs_sync_job that pushes")
        .needs(needs)
        .lists_only_visible()
        .only_simulated("encryption keys")
}
