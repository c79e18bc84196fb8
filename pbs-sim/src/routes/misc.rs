//! Version, indexes, roles, realms, permissions, and the node's own figures.

use serde_json::{Map, Value, json};

use super::{Access, Call, Route, is_token_of, shuffled};
use crate::{
    answer::{Outcome, Refusal, Reply},
    id::is_acl_path,
    params::{ACL_PATH, AUTH_ID, optional},
    roles::ROLES,
};

pub(super) const ROUTES: &[Route] = &[
    get("", Access::Anybody, |_| {
        index(&[
            "access", "admin", "backup", "config", "nodes", "ping", "pull", "push", "reader",
            "status", "tape", "version",
        ])
    }),
    get("access", Access::Anybody, |_| {
        index(&[
            "acl",
            "domains",
            "openid",
            "password",
            "permissions",
            "roles",
            "tfa",
            "ticket",
            "users",
            "vncticket",
        ])
    }),
    get("ping", Access::World, |_| Ok(Reply::Data(json!({ "pong": true })))),
    get("version", Access::Anybody, version),
    get("access/domains", Access::World, domains),
    get("access/roles", Access::Anybody, roles),
    Route {
        method: "GET",
        path: "access/permissions",
        access: Access::Anybody,
        params: &[optional("auth-id", AUTH_ID), optional("path", ACL_PATH)],
        locks: &[],
        run: permissions,
    },
    get("nodes", Access::Superuser, |_| Ok(Reply::Data(json!([{ "node": "localhost" }])))),
    get("nodes/localhost/status", Access::Privilege("Sys.Audit", "/system/status"), status),
    get(
        "nodes/localhost/certificates/info",
        Access::Privilege("Sys.Modify", "/system/certificates"),
        certificates,
    ),
];

const fn get(path: &'static str, access: Access, run: fn(&mut Call) -> Outcome) -> Route {
    Route { method: "GET", path, access, params: &[], locks: &[], run }
}

fn index(subdirs: &[&str]) -> Outcome {
    let entries = subdirs.iter().map(|subdir| json!({ "subdir": subdir })).collect();
    Ok(Reply::Data(entries))
}

fn version(call: &mut Call) -> Outcome {
    let version = call.server.version;
    Ok(Reply::Data(json!({
        "release": version.2.to_string(),
        "repoid": "bc863d45e7fbadb3690143613ea70600535f23a1",
        "version": format!("{}.{}", version.0, version.1),
    })))
}

fn domains(_: &mut Call) -> Outcome {
    let realms = json!([
        {
            "comment": "Linux PAM standard authentication",
            "default": true,
            "realm": "pam",
            "type": "pam",
        },
        { "comment": "Proxmox Backup authentication server", "realm": "pbs", "type": "pbs" },
    ]);
    let digest = "2109f3c3fd14d088ff27ddb0a4c9210fada320c9e380b387e165112ed2a2ee42";
    Ok(Reply::WithDigest(realms, digest.into()))
}

fn roles(call: &mut Call) -> Outcome {
    let roles = ROLES.iter().map(
        |role| json!({ "roleid": role.id, "comment": role.comment, "privs": role.privileges }),
    );
    let roles = roles.collect();
    Ok(Reply::Data(shuffled(call, roles)))
}

/// Privilege → whether it propagates, by path; paths without a privilege are left out.
fn permissions(call: &mut Call) -> Outcome {
    let subject = call.args.text("auth-id").unwrap_or(call.caller);
    let own = subject == call.caller || is_token_of(subject, call.caller);
    if !own && !call.may("Sys.Audit", "/access") {
        return Err(Refusal::bad(format!("not allowed to list permissions of {subject}")));
    }
    let paths: Vec<String> = match call.args.text("path") {
        Some(path) if is_acl_path(path) => vec![path.into()],
        _ => {
            let top = ["/", "/access", "/datastore", "/remote", "/system"].map(String::from);
            call.world.rights.nodes().chain(top).collect()
        }
    };
    let mut all = Map::new();
    for path in paths {
        let rights = call.world.rights.rights(subject, &path);
        let here: Map<String, Value> = rights
            .here
            .names()
            .map(|name| (name.to_string(), rights.below.has(name).into()))
            .collect();
        if !here.is_empty() {
            all.insert(path, here.into());
        }
    }
    Ok(Reply::Data(all.into()))
}

/// Made-up figures: nothing is measured.
fn status(call: &mut Call) -> Outcome {
    Ok(Reply::Data(json!({
        "boot-info": { "mode": "legacy-bios", "secureboot": false },
        "cpu": 0.026030368763557465,
        "cpuinfo": { "cpus": 2, "model": "AMD EPYC", "sockets": 1 },
        "current-kernel": {
            "machine": "x86_64",
            "release": "6.17.2-1-pve",
            "sysname": "Linux",
            "version": "#1 SMP PREEMPT_DYNAMIC",
        },
        "info": { "fingerprint": call.server.certificate.fingerprint },
        "kversion": "Linux 6.17.2-1-pve #1 SMP PREEMPT_DYNAMIC",
        "loadavg": [0.46, 1.15, 1.4],
        "memory": { "free": 24428593152_u64, "total": 25276502016_u64, "used": 479023104 },
        "root": { "avail": 77863243776_u64, "total": 270553174016_u64, "used": 19709505536_u64 },
        "swap": { "free": 0, "total": 0, "used": 0 },
        "uptime": 3942,
        "wait": 0.0,
    })))
}

fn certificates(call: &mut Call) -> Outcome {
    let certificate = &call.server.certificate;
    let name = "O = Simulated Proxmox Backup Server, CN = localhost";
    Ok(Reply::Data(json!([{
        "filename": "proxy.pem",
        "fingerprint": certificate.fingerprint,
        "issuer": name,
        "subject": name,
        "notbefore": certificate.not_before,
        "notafter": certificate.not_after,
        "pem": certificate.pem,
        "public-key-bits": 256,
        "public-key-type": "id-ecPublicKey",
        "san": certificate.names,
    }])))
}
