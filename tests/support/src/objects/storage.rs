//! The rows of datastores and S3 endpoints.

use serde_json::json;

use super::{Line, Needed, Row};

const DEVICE: &str = "11111111-2222-3333-4444-555555555555";
const OTHER_DEVICE: &str = "22222222-2222-3333-4444-555555555555";
const FOLDER: &str = "/srv/<name>/first";

pub(super) fn rows() -> Vec<Row> {
    vec![datastore(), removable_datastore(), s3_datastore(), s3_endpoint()]
}

fn datastore() -> Row {
    let mut lines = vec![
        Line::key("name", "<name>-tank", "<name>-pool").refuses(["ab", "a b", "a/b"]),
        Line::required("path", "path", FOLDER, "/srv/<name>/second")
            .replaces()
            .refuses(["", "relative/path", "/", "/a\nb"])
            .equals(["/srv//<name>/./first/"]),
        Line::local("reuse_datastore", false, false),
    ];
    lines.extend(settings());
    Row::new("pbs_datastore", "datastore", lines).lists_only_visible().representative()
}

/// A datastore on a removable device. Its path is relative to the file system of the device.
fn removable_datastore() -> Row {
    let lines = [
        Line::key("name", "<name>-stick", "<name>-disk"),
        Line::required("path", "path", "tank", "pool").replaces().refuses(["/absolute/path"]),
        Line::required("backing_device", "backing-device", DEVICE, OTHER_DEVICE)
            .replaces()
            .refuses(["sda1", "11111111-2222-3333-4444-55555555555A"]),
        Line::optional("gc_on_unmount", "gc-on-unmount", true, false).since("4.1.8"),
        Line::local("destroy_data", true, false),
        Line::comment(),
    ];
    Row::new("pbs_datastore", "datastore", lines)
        .labelled("pbs_datastore on a removable device")
        .needs([Needed::Device(DEVICE), Needed::Device(OTHER_DEVICE)])
        .only_simulated("a removable device")
}

/// A datastore in a bucket. Its path is the directory of the local cache.
fn s3_datastore() -> Row {
    let endpoint = |id: &str| {
        let object = json!({
            "id": id, "endpoint": "s3.example.com", "access-key": "key",
            "secret-key": "secret-of-the-endpoint",
        });
        Needed::Object("s3", id.to_owned(), object)
    };
    let bucket = [
        Line::required("endpoint", "client", "<name>-s3", "<name>-s3-other").refuses(["ab", "a b"]),
        Line::required("bucket", "bucket", "backups", "archive").refuses(["two\nlines"]),
        Line::optional("max_cache_size", "max-cache-size", "10 GiB", "20 GiB")
            .equals(["10240 MiB"])
            .refuses(["a lot", "-1 GiB"]),
    ];
    let lines = [
        Line::key("name", "<name>-cloud", "<name>-sky"),
        Line::required("path", "path", "/srv/<name>/cache", "/srv/<name>/other-cache").replaces(),
        Line::nested("s3", "backend", bucket)
            .always()
            .replaces()
            .default_key("type")
            .constant("type=s3")
            .since("4.0.11"),
        Line::local("overwrite_in_use", true, false),
        Line::local("destroy_data", true, false),
        Line::comment(),
    ];
    Row::new("pbs_datastore", "datastore", lines)
        .labelled("pbs_datastore in a bucket")
        .needs([endpoint("<name>-s3"), endpoint("<name>-s3-other")])
        .only_simulated("a server of S3")
}

/// The settings that every datastore has.
fn settings() -> [Line; 12] {
    let event = |name: &'static str, first: &str, second: &str| {
        Line::optional(name, name, first, second).refuses(["sometimes"])
    };
    let count = |attribute, property| {
        Line::optional(attribute, property, 1000, 2000).refuses([json!(-1), json!(1.5)])
    };
    let size = |attribute, property| {
        Line::optional(attribute, property, "10 GiB", "2 TB")
            .equals(["10240 MiB"])
            .refuses(["a lot", "-1 B"])
    };
    [
        Line::optional("gc_schedule", "gc-schedule", "daily", "sat 04:00").refuses(["sometimes"]),
        Line::flag("verify_new", "verify-new", false),
        Line::optional("counter_reset_schedule", "counter-reset-schedule", "monthly", "weekly")
            .since("4.1.7")
            .refuses(["sometimes"]),
        Line::optional("notify_user", "notify-user", "admin@pbs", "root@pam").refuses(["nobody"]),
        Line::nested(
            "notify",
            "notify",
            [
                event("gc", "always", "never"),
                event("verify", "error", "always"),
                event("sync", "never", "error"),
                event("prune", "error", "never"),
            ],
        ),
        Line::optional(
            "notification_mode",
            "notification-mode",
            "legacy-sendmail",
            "notification-system",
        )
        .refuses(["pigeons"]),
        Line::nested(
            "notification_thresholds",
            "notification-thresholds",
            [
                count("s3_get", "s3-get"),
                count("s3_put", "s3-put"),
                count("s3_post", "s3-post"),
                count("s3_head", "s3-head"),
                count("s3_delete", "s3-delete"),
                size("s3_upload", "s3-upload"),
                size("s3_download", "s3-download"),
            ],
        )
        .since("4.1.7"),
        tuning(),
        Line::nested(
            "maintenance_mode",
            "maintenance-mode",
            [
                Line::required("type", "type", "read-only", "offline").refuses(["delete"]),
                Line::optional("message", "message", "moving", "back at noon")
                    .refuses(["one, two", "two\nlines"]),
            ],
        )
        .default_key("type")
        .left_alone(),
        Line::local("destroy_data", true, false),
        Line::local("keep_job_configs", false, true),
        Line::comment(),
    ]
}

fn tuning() -> Line {
    Line::nested(
        "tuning",
        "tuning",
        [
            Line::optional("chunk_order", "chunk-order", "none", "inode").refuses(["random"]),
            Line::optional("sync_level", "sync-level", "file", "filesystem").refuses(["disk"]),
            Line::optional("gc_atime_safety_check", "gc-atime-safety-check", false, true),
            Line::optional("gc_atime_cutoff", "gc-atime-cutoff", 1, 2880).refuses([0, 2881]),
            Line::optional("gc_cache_capacity", "gc-cache-capacity", 0, 8_388_608)
                .refuses([-1, 8_388_609]),
            Line::optional("default_verification_workers", "default-verification-workers", 1, 32)
                .since("4.0.22")
                .refuses([0, 33]),
            Line::optional("default_verification_readers", "default-verification-readers", 32, 1)
                .since("4.0.22")
                .refuses([0, 33]),
        ],
    )
}

fn s3_endpoint() -> Row {
    let fingerprint = |byte: &str| vec![byte; 32].join(":");
    let limit = |attribute, property| {
        Line::optional(attribute, property, "10 MiB", "1.5 GB")
            .since("4.0.22")
            .equals(["10MiB", "10485760"])
            .refuses(["fast", "-1 MB"])
    };
    let quirk = |name: &str| json!([name]);
    let lines = [
        Line::key("id", "<name>-s3", "<name>-minio").since("4.0.11").refuses(["ab", "a b"]),
        Line::required(
            "endpoint",
            "endpoint",
            "{{bucket}}.s3.{{region}}.example.com",
            "2001:db8::1",
        )
        .refuses([
            "",
            "https://s3.example.com",
            "s3.example.com:9000",
            "{{foo}}.example.com",
        ]),
        Line::optional("port", "port", 1, 65535).refuses([json!(0), json!(65536), json!(1.5)]),
        Line::optional("region", "region", "eu-west-1", "us-east-1").refuses(["EU West", "e"]),
        Line::optional("fingerprint", "fingerprint", fingerprint("ab"), fingerprint("0c"))
            .equals([fingerprint("AB"), "ab".repeat(32)])
            .refuses(["ab:cd"]),
        Line::required("access_key", "access-key", "first", "second").refuses(["", "a\nb"]),
        Line::secret("secret_key", "first-secret-key-of-s3", "second-secret-key-of-s3")
            .property("secret-key")
            .refuses([" white-space-of-s3", "line-of-s3\n"]),
        Line::flag("path_style", "path-style", false),
        Line::optional("put_rate_limit", "put-rate-limit", 10, 20)
            .replaces()
            .refuses([json!(0), json!(-1)]),
        Line::optional(
            "provider_quirks",
            "provider-quirks",
            quirk("skip-if-none-match-header"),
            quirk("delete-objects-via-delete-object"),
        )
        .refuses([quirk("slow")]),
        limit("rate_in", "rate-in"),
        limit("burst_in", "burst-in"),
        limit("rate_out", "rate-out"),
        limit("burst_out", "burst-out"),
    ];
    Row::new("pbs_s3_endpoint", "s3", lines).lists_only_visible()
}
