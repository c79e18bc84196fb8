//! `pbs_metrics_influxdb_http`: a server that receives metrics by HTTP.

use crate::{
    object::{Field, Object},
    pbs::{
        kinds,
        notation::{InfluxName, InfluxToken, InfluxUrl, MetricServerName},
    },
};

pub(crate) fn metrics_influxdb_http() -> Object {
    Object::new(
        "metrics_influxdb_http",
        &kinds::INFLUXDB_HTTP,
        "Manages an InfluxDB server that receives the metrics of PBS by HTTP: the usage of the \
         processor, the memory, the network and the datastores. Before PBS stores an enabled \
         server, PBS connects to `url`. If the server does not respond, PBS refuses to create or \
         change the server. Requires InfluxDB 2 or another server with the same API.",
        [
            name(),
            Field::text(
                "url",
                "url",
                "URL of the server, for example `https://influxdb.example.com:8086`.",
            )
            .parses::<InfluxUrl>()
            .required(),
            Field::secret("token", "token", "API token for the server.").parses::<InfluxToken>(),
            Field::text(
                "bucket",
                "bucket",
                "Name of the bucket, 1 to 32 characters. Default: `proxmox`.",
            )
            .parses::<InfluxName>()
            .default("proxmox"),
            Field::text(
                "organization",
                "organization",
                "Name of the organization, 1 to 32 characters. Default: `proxmox`.",
            )
            .parses::<InfluxName>()
            .default("proxmox"),
            Field::integer(
                "max_body_size",
                "max-body-size",
                "Largest size of a request in bytes. Default: `25000000`.",
                1..=i64::MAX,
            )
            .default(25_000_000_i64),
            Field::flag(
                "verify_tls",
                "verify-tls",
                "Whether PBS checks the certificate of the server. Default: `true`.",
            )
            .default(true),
            enabled(),
            Field::comment(),
        ],
    )
    .explain(explain)
    .moves_from(&["pbs_metrics_server"])
    .combines(&["type"], |_| None)
}

/// The attribute `name`. HTTP servers and UDP servers have this attribute.
pub(super) fn name() -> Field {
    Field::text(
        "name",
        "name",
        "Name of the server in PBS, 3 to 32 letters, digits, `_`, `.` and `-`. The name must be \
         unique among all InfluxDB servers, both HTTP and UDP.",
    )
    .parses::<MetricServerName>()
    .key()
}

/// The attribute `enabled`. HTTP servers and UDP servers have this attribute.
pub(super) fn enabled() -> Field {
    let doc = "Whether PBS sends metrics to the server. Default: `true`.";
    Field::flag("enabled", "enable", doc).default(true)
}

/// The advice for a message of PBS. `None` if the message does not report a failed connection. PBS
/// connects to an enabled server before it stores the object (PBS 4.2.3, recorded).
pub(super) fn explain(message: &str) -> Option<&'static str> {
    let is_connection = ["could not connect to ", "cannot connect to ", "got bad status"]
        .iter()
        .any(|start| message.starts_with(start));
    is_connection.then_some(
        "PBS connects to an enabled InfluxDB server before it stores the change. Check the \
         address, the port and the server itself. To store the change without a connection, set \
         `enabled = false`.",
    )
}
