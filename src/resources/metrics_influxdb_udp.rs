//! `pbs_metrics_influxdb_udp`: a server that receives metrics by UDP.

use super::metrics_influxdb_http::{enabled, explain, name};
use crate::{
    object::{Field, Object},
    pbs::{kinds, notation::HostPort},
};

pub(crate) fn metrics_influxdb_udp() -> Object {
    Object::new(
        "metrics_influxdb_udp",
        &kinds::INFLUXDB_UDP,
        "Manages an InfluxDB server that receives the metrics of PBS by UDP: the usage of the \
         processor, the memory, the network and the datastores. The data is not encrypted, and PBS \
         does not notice if the server does not receive it.",
        [
            name(),
            Field::text(
                "host",
                "host",
                "Host name or IP address of the server, and the port, for example \
                 `influxdb.example.com:8089` or `[2001:db8::1]:8089`.",
            )
            .parses::<HostPort>()
            .required(),
            Field::integer(
                "mtu",
                "mtu",
                "Largest size of a packet in bytes, 1 to 65535. Default: `1500`.",
                1..=65535,
            )
            .default(1500_i64),
            enabled(),
            Field::comment(),
        ],
    )
    .explain(explain)
}
