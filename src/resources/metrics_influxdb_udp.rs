//! `pbs_metrics_influxdb_udp`: a server that receives metrics by UDP.

use super::metrics_influxdb_http::{enabled, explain, name};
use crate::{
    object::{Field, Object},
    pbs::{kinds, notation::HostPort},
};
use tf_plugin::Json;

pub(crate) fn metrics_influxdb_udp() -> Object {
    Object::new(
        "metrics_influxdb_udp",
        &kinds::INFLUXDB_UDP,
        "Manages an InfluxDB server that receives the metrics of PBS by UDP: the usage of the \
         processor, the memory, the network and the datastores. The data is not encrypted, and PBS \
         does not notice whether the server receives the data. PBS refuses to store an enabled \
         server if PBS cannot resolve its host name.",
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
    .moves_from(&["pbs_metrics_server"])
    .combines(&["type", "server", "port"], |state| Some(("host", host(state)?)))
}

/// Combines the host and the port, which are two attributes in the state of the other provider,
/// into the property `host`. `None` if one of the attributes is missing.
fn host(state: &Json) -> Option<String> {
    let attribute = |name| state.get(name);
    let (Json::String(server), Json::Number(port)) = (attribute("server")?, attribute("port")?)
    else {
        return None;
    };
    let port = port.to_i64()?;
    Some(match server.parse::<std::net::Ipv6Addr>() {
        Ok(address) => format!("[{address}]:{port}"),
        Err(_) => format!("{}:{port}", server.as_str()),
    })
}
