//! The rows of remotes, metric servers, traffic control rules and the settings of the node.

use serde_json::json;

use super::{Line, Row};

pub(super) fn rows() -> Vec<Row> {
    vec![remote(), influxdb_http(), influxdb_udp(), traffic_control_rule(), node_config()]
}

fn remote() -> Row {
    let fingerprint = |byte: &str| vec![byte; 32].join(":");
    let long = "x".repeat(769);
    let lines = [
        Line::key("name", "<name>-offsite", "<name>-other").refuses(["ab", "a b"]),
        Line::required("host", "host", "pbs.example.com", "2001:db8::1").refuses([
            "",
            "a b",
            "https://pbs.example.com",
            "pbs.example.com:8007",
        ]),
        Line::optional("port", "port", 1, 65535).refuses([json!(0), json!(65536), json!(1.5)]),
        Line::required("auth_id", "auth-id", "sync@pbs", "sync@pbs!main").refuses(["", "sync"]),
        Line::secret("password", "first-password-of-remote", "second-password-of-remote")
            .refuses(["line-of-remote\n", &long]),
        Line::optional("fingerprint", "fingerprint", fingerprint("ab"), fingerprint("0c"))
            .equals([fingerprint("AB"), "ab".repeat(32)])
            .refuses(["ab:cd", "not a fingerprint"]),
        Line::flag("use_node_proxy", "use-node-proxy", false).since("4.1.6"),
        Line::comment(),
    ];
    Row::new("pbs_remote", "remote", lines).lists_only_visible().representative()
}

fn influxdb_http() -> Row {
    let lines = [
        Line::key("name", "<name>-influx", "<name>-metrics").refuses(["ab", "a b"]),
        Line::required("url", "url", "https://influx.example.com:8086", "http://[::1]:8086/x")
            .refuses(["", "influx.example.com", "ftp://example.com", "https://a b"]),
        Line::optional_secret("token", "first-token-of-influx", "second-token-of-influx")
            .always()
            .refuses([" white-space-of-influx", "line-of-influx\n"]),
        Line::optional("bucket", "bucket", "backup", "proxmox").second_is_default(),
        Line::optional("organization", "organization", "example", "proxmox").second_is_default(),
        Line::optional("max_body_size", "max-body-size", 1_000_000, 25_000_000)
            .second_is_default()
            .refuses([json!(0), json!(-1), json!(1.5)]),
        Line::flag("verify_tls", "verify-tls", true),
        Line::flag("enabled", "enable", true),
        Line::comment(),
    ];
    Row::new("pbs_metrics_influxdb_http", "metrics/influxdb-http", lines)
        .only_simulated("an InfluxDB server")
}

fn influxdb_udp() -> Row {
    let lines = [
        Line::key("name", "<name>-udp", "<name>-other").refuses(["ab", "a b"]),
        Line::required("host", "host", "192.0.2.1:8089", "[2001:db8::1]:8089").refuses([
            "",
            "influx.example.com",
            "influx.example.com:0x",
            "2001:db8::1",
        ]),
        Line::optional("mtu", "mtu", 9000, 1500)
            .second_is_default()
            .refuses([json!(0), json!(65536)]),
        Line::flag("enabled", "enable", true),
        Line::comment(),
    ];
    Row::new("pbs_metrics_influxdb_udp", "metrics/influxdb-udp", lines)
}

fn traffic_control_rule() -> Row {
    let limit = |attribute, property| {
        Line::optional(attribute, property, "10 MiB", "1.5 GB")
            .equals(["10MiB", "10 Mi", "10485760"])
            .refuses(["fast", "-1 MB"])
    };
    let lines = [
        Line::key("name", "<name>-office", "<name>-home").refuses(["ab", "a b"]),
        Line::required(
            "networks",
            "network",
            json!(["192.168.1.0/24", "fd00::/8"]),
            json!(["0.0.0.0/0"]),
        )
        .refuses([json!([]), json!(["192.168.1.1"]), json!(["10.0.0.0/33"])]),
        limit("rate_in", "rate-in"),
        limit("burst_in", "burst-in"),
        limit("rate_out", "rate-out"),
        limit("burst_out", "burst-out"),
        Line::optional(
            "timeframes",
            "timeframe",
            json!(["mon..fri 8-17", "sat 8:00-12:30"]),
            json!(["8-17"]),
        )
        .refuses([json!(["17-8"])]),
        Line::optional("users", "users", json!(["a@pbs", "b@pam"]), json!(["c@pbs"]))
            .since("4.0.22")
            .refuses([json!(["nobody"])]),
        Line::comment(),
    ];
    Row::new("pbs_traffic_control_rule", "traffic-control", lines)
}

fn node_config() -> Row {
    let lines = [
        Line::optional(
            "http_proxy",
            "http-proxy",
            "http://proxy.example.com:3128",
            "http://[2001:db8::1]:8080",
        )
        .sensitive()
        .refuses(["https://proxy.example.com", "http://proxy.example.com/path"]),
        Line::optional("email_from", "email-from", "pbs@example.com", "backup@example.com")
            .refuses(["x", "two\nlines"]),
        Line::optional(
            "ciphers_tls_1_2",
            "ciphers-tls-1.2",
            "ECDHE-RSA-AES128-GCM-SHA256",
            "HIGH:!aNULL",
        )
        .refuses(["a;b"]),
        Line::optional(
            "ciphers_tls_1_3",
            "ciphers-tls-1.3",
            "TLS_AES_128_GCM_SHA256",
            "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256",
        )
        .refuses(["a;b"]),
        Line::optional("default_lang", "default-lang", "de", "pt_BR").refuses(["xx"]),
        // PBS adds a line break at the end (PBS 4.2.3, recorded).
        Line::optional("description", "description", "# The server\nin Vienna\n", "moved\n")
            .equals(["# The server\nin Vienna"])
            .refuses(["a\tb"]),
        Line::optional("task_log_max_days", "task-log-max-days", 0, 365)
            .refuses([json!(-1), json!(1.5)]),
        // The properties are in Base64 (PBS 4.2.3, recorded).
        Line::optional("consent_text", "consent-text", "# Read this\n\nüß", "Do you agree?")
            .stores("IyBSZWFkIHRoaXMKCsO8w58=", "RG8geW91IGFncmVlPw=="),
        Line::optional("acme_account", "acme", "default", "staging")
            .stores("account=default", "account=staging")
            .refuses(["a b"]),
        Line::list(
            "acme_domains",
            "acmedomain",
            [
                Line::required("domain", "domain", "pbs.example.com", "backup.example.com")
                    .refuses(["a b", "example.com."]),
                Line::optional("alias", "alias", "_acme.example.com", "alias.example.com")
                    .refuses(["a b"]),
                Line::optional("plugin", "plugin", "dns", "other").refuses(["a b"]),
            ],
        )
        .default_key("domain"),
        // PBS stores the name first (PBS 4.2.3, recorded).
        Line::optional(
            "location",
            "location",
            "name=Vienna,latitude=48.2,longitude=16.37",
            "latitude=-33.9,longitude=18.4",
        )
        .equals(["latitude=48.2,longitude=16.37,name=Vienna"])
        .since("4.2.3")
        .refuses(["Vienna", "latitude=48.2"]),
    ];
    let lines = lines.map(Line::left_alone);
    Row::new("pbs_node_config", "node", lines)
        .only_simulated("settings that other tests use, too")
        .representative()
}
