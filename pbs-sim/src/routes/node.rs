//! Root index, `/ping`, `/version` and `/nodes`: the server itself and its certificate.

use serde_json::json;

use super::{Call, Route, get, subdirectories};
use crate::response::{CallResult, Success};

pub(super) const ROUTES: &[Route] = &[
    get("/", |_| {
        subdirectories(&[
            "access", "admin", "backup", "config", "nodes", "ping", "pull", "push", "reader",
            "status", "tape", "version",
        ])
    }),
    get("/ping", |_| Ok(Success::Data(json!({ "pong": true })))),
    get("/version", version),
    get("/nodes", |_| Ok(Success::Data(json!([{ "node": "localhost" }])))),
    get("/nodes/{node}/status", status),
    get("/nodes/{node}/certificates/info", certificates),
];

fn version(call: &mut Call) -> CallResult {
    let version = call.identity.version;
    Ok(Success::Data(json!({
        "release": version.2.to_string(),
        "repoid": "bc863d45e7fbadb3690143613ea70600535f23a1",
        "version": format!("{}.{}", version.0, version.1),
    })))
}

/// State of the node. The figures are constants, because the simulator does not measure its
/// machine.
fn status(call: &mut Call) -> CallResult {
    Ok(Success::Data(json!({
        "boot-info": { "mode": "legacy-bios", "secureboot": false },
        "cpu": 0.026030368763557465,
        "cpuinfo": { "cpus": 2, "model": "AMD EPYC", "sockets": 1 },
        "current-kernel": {
            "machine": "x86_64",
            "release": "6.17.2-1-pve",
            "sysname": "Linux",
            "version": "#1 SMP PREEMPT_DYNAMIC",
        },
        "info": { "fingerprint": call.identity.certificate.fingerprint },
        "kversion": "Linux 6.17.2-1-pve #1 SMP PREEMPT_DYNAMIC",
        "loadavg": [0.46, 1.15, 1.4],
        "memory": { "free": 24428593152_u64, "total": 25276502016_u64, "used": 479023104 },
        "root": { "avail": 77863243776_u64, "total": 270553174016_u64, "used": 19709505536_u64 },
        "swap": { "free": 0, "total": 0, "used": 0 },
        "uptime": 3942,
        "wait": 0.0,
    })))
}

fn certificates(call: &mut Call) -> CallResult {
    let certificate = &call.identity.certificate;
    let distinguished_name = "O = Simulated Proxmox Backup Server, CN = localhost";
    Ok(Success::Data(json!([{
        "filename": "proxy.pem",
        "fingerprint": certificate.fingerprint,
        "issuer": distinguished_name,
        "subject": distinguished_name,
        "notbefore": certificate.not_before,
        "notafter": certificate.not_after,
        "pem": certificate.pem,
        "public-key-bits": 256,
        "public-key-type": "id-ecPublicKey",
        "san": certificate.names,
    }])))
}
