//! Datastores, their backup groups, and who owns those.

use serde_json::{Value, json};

use super::{Access, Call, Route};
use crate::{
    answer::{Outcome, Refusal, Reply},
    datastore::Datastore,
    id::{token_of, user_of},
    params::{ANY_TEXT, AUTH_ID, BACKUP_ID, DATASTORE, NAMESPACE, optional, required},
};

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "admin/datastore",
        access: Access::Anybody,
        params: &[],
        locks: &[],
        run: list,
    },
    Route {
        method: "GET",
        path: "admin/datastore/{store}/status",
        access: Access::Anybody,
        params: &[required("store", DATASTORE)],
        locks: &[],
        run: status,
    },
    Route {
        method: "GET",
        path: "admin/datastore/{store}/namespace",
        access: Access::Anybody,
        params: &[required("store", DATASTORE), optional("parent", NAMESPACE)],
        locks: &[],
        run: namespaces,
    },
    Route {
        method: "GET",
        path: "admin/datastore/{store}/groups",
        access: Access::Anybody,
        params: &[required("store", DATASTORE), optional("ns", NAMESPACE)],
        locks: &[],
        run: groups,
    },
    Route {
        method: "POST",
        path: "admin/datastore/{store}/change-owner",
        access: Access::Anybody,
        params: &[
            required("store", DATASTORE),
            optional("ns", NAMESPACE),
            required("backup-type", ANY_TEXT),
            required("backup-id", BACKUP_ID),
            required("new-owner", AUTH_ID),
        ],
        locks: &[],
        run: change_owner,
    },
    Route {
        method: "GET",
        path: "config/datastore",
        access: Access::Anybody,
        params: &[],
        locks: &[],
        run: configs,
    },
    Route {
        method: "GET",
        path: "config/datastore/{name}",
        access: Access::Privilege("Datastore.Audit", "/datastore/{name}"),
        params: &[required("name", DATASTORE)],
        locks: &[],
        run: config,
    },
    Route {
        method: "GET",
        path: "status/datastore-usage",
        access: Access::Anybody,
        params: &[],
        locks: &[],
        run: usage,
    },
];

/// Whether the caller may see the datastore, or the namespace in it, at all.
fn sees(call: &Call, store: &str, namespace: &str) -> bool {
    let path = place(store, namespace);
    call.may("Datastore.Audit", &path) || call.may("Datastore.Backup", &path)
}

fn list(call: &mut Call) -> Outcome {
    let stores = call.world.datastores.iter().filter(|(name, _)| sees(call, name, ""));
    let stores: Vec<Value> = stores
        .map(|(name, store)| {
            json!({
                "store": name,
                "comment": store.comment,
                "backend-type": "filesystem",
                "mount-status": "nonremovable",
            })
        })
        .collect();
    Ok(Reply::Data(stores.into()))
}

fn status(call: &mut Call) -> Outcome {
    let store = store(call, "")?;
    Ok(Reply::Data(json!({
        "total": store.total,
        "used": store.used,
        "avail": store.avail,
        "backend-type": "filesystem",
    })))
}

fn namespaces(call: &mut Call) -> Outcome {
    let parent = call.args.text("parent").unwrap_or_default();
    let store = store(call, parent)?;
    let below = |ns: &&str| {
        parent.is_empty()
            || ns.strip_prefix(parent).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let all = std::iter::once("").chain(store.namespaces.iter().map(String::as_str));
    let shown: Vec<Value> = all.filter(below).map(|ns| json!({ "ns": ns })).collect();
    Ok(Reply::Data(shown.into()))
}

fn groups(call: &mut Call) -> Outcome {
    let namespace = call.args.text("ns").unwrap_or_default();
    let store = store(call, namespace)?;
    let all = call.may("Datastore.Audit", &place(call.args.word("store"), namespace));
    let shown: Vec<Value> = store
        .groups
        .iter()
        .filter(|group| group.namespace == namespace)
        .filter(|group| all || owns(call.caller, &group.owner))
        .map(|group| {
            json!({
                "backup-type": group.backup_type,
                "backup-id": group.backup_id,
                "backup-count": group.backup_count,
                "last-backup": group.last_backup,
                "owner": group.owner,
                "files": [],
            })
        })
        .collect();
    Ok(Reply::Data(shown.into()))
}

fn change_owner(call: &mut Call) -> Outcome {
    let args = &call.args;
    let (kind, id) = (args.word("backup-type"), args.word("backup-id"));
    let (namespace, owner) = (args.text("ns").unwrap_or_default(), args.word("new-owner"));
    if !["vm", "ct", "host"].contains(&kind) {
        return Err(Refusal::bad(format!(
            "unknown variant `{kind}`, expected one of `vm`, `ct`, `host`"
        )));
    }
    let path = store(call, namespace)?.path.clone();
    let any = call.may("Datastore.Modify", &place(args.word("store"), namespace));
    let active = call.world.is_active(owner, call.now);
    let store = call.world.datastores.get_mut(args.word("store"));
    let group = store.and_then(|store| {
        store.groups.iter_mut().find(|group| {
            group.namespace == namespace && group.backup_type == kind && group.backup_id == id
        })
    });
    let Some(group) = group else {
        let below: String = namespace
            .split('/')
            .filter(|ns| !ns.is_empty())
            .map(|ns| format!("ns/{ns}/"))
            .collect();
        return Err(Refusal::bad(format!(
            "unable to read \"{path}/{below}{kind}/{id}/owner\" - No such file or directory (os error 2)"
        )));
    };
    let own = owns(call.caller, &group.owner) && owns(call.caller, owner);
    if !(any || own) {
        return Err(Refusal::forbidden());
    }
    if !active {
        let what = if token_of(owner).is_some() { "API token" } else { "user" };
        return Err(Refusal::bad(format!("{what} '{owner}' is inactive or non-existent")));
    }
    group.owner = owner.into();
    Ok(Reply::Data(Value::Null))
}

fn configs(call: &mut Call) -> Outcome {
    let stores = call.world.datastores.iter();
    let shown: Vec<Value> = stores
        .filter(|(name, _)| call.may("Datastore.Audit", &place(name, "")))
        .map(|(name, store)| show_config(name, store))
        .collect();
    Ok(Reply::WithDigest(shown.into(), call.world.datastores_digest()))
}

fn config(call: &mut Call) -> Outcome {
    let name = call.args.word("name");
    let store = call.world.datastores.get(name).ok_or_else(|| no_such(name))?;
    Ok(Reply::WithDigest(show_config(name, store), call.world.datastores_digest()))
}

/// One figure every half hour of the last month; nothing was measured yet.
fn usage(call: &mut Call) -> Outcome {
    let step = 1800;
    let steps = 1440;
    let stores = call.world.datastores.iter().filter(|(name, _)| sees(call, name, ""));
    let shown: Vec<Value> = stores
        .map(|(name, store)| {
            json!({
                "store": name,
                "total": store.total,
                "used": store.used,
                "avail": store.avail,
                "backend-type": "filesystem",
                "mount-status": "nonremovable",
                "gc-status": {
                    "disk-bytes": 0,
                    "disk-chunks": 0,
                    "index-data-bytes": 0,
                    "index-file-count": 0,
                    "pending-bytes": 0,
                    "pending-chunks": 0,
                    "removed-bad": 0,
                    "removed-bytes": 0,
                    "removed-chunks": 0,
                    "still-bad": 0,
                    "upid": null,
                },
                "history": vec![Value::Null; steps],
                "history-delta": step,
                "history-start": call.now.saturating_sub(step * steps as u64),
            })
        })
        .collect();
    Ok(Reply::Data(shown.into()))
}

/// The datastore of the path, if the caller may see it.
fn store<'a>(call: &'a Call, namespace: &str) -> Result<&'a Datastore, Refusal> {
    let name = call.args.word("store");
    if !sees(call, name, namespace) {
        return Err(Refusal::forbidden());
    }
    call.world.datastores.get(name).ok_or_else(|| no_such(name))
}

fn place(store: &str, namespace: &str) -> String {
    format!("/datastore/{store}/{namespace}").trim_end_matches('/').into()
}

fn no_such(store: &str) -> Refusal {
    Refusal::bad(format!("no such datastore '{store}'"))
}

/// A user owns what belongs to its tokens too.
fn owns(caller: &str, owner: &str) -> bool {
    caller == owner || caller == user_of(owner)
}

fn show_config(name: &str, store: &Datastore) -> Value {
    let mut shown = json!({ "name": name, "path": store.path });
    if let Some(comment) = &store.comment {
        shown["comment"] = comment.as_str().into();
    }
    shown
}
