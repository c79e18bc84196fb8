//! The objects on the simulated server, as the scenarios compare them.

use std::collections::BTreeMap;

use pbs_sim::Simulator;
use serde_json::Value as Json;

use crate::objects::ROWS;

/// The objects on the server by type and id, without the secrets of tokens.
pub(crate) type Server = BTreeMap<String, String>;

/// The objects on the server.
pub(crate) fn objects(simulator: &Simulator) -> Server {
    simulator.world(|world| {
        let namespaces = world.datastore_mut("store1").namespaces.clone();
        let namespaces =
            namespaces.into_iter().map(|path| (format!("namespace store1:{path}"), String::new()));
        let users =
            world.users().iter().map(|(id, user)| (format!("user {id}"), format!("{user:?}")));
        let tokens = world.tokens().iter().map(|(id, token)| {
            let pbs_sim::Token { comment, enable, expire, secret: _ } = token;
            // The provider's waits move the clock ahead by some minutes at most, so a computed
            // expiration date can be some minutes later than without a fault.
            let hour = expire.map(|seconds| seconds / 3600);
            (format!("api_token {id}"), format!("{comment:?} {enable:?} {hour:?}"))
        });
        let grants = world.acl().into_iter().map(|entry| {
            let pbs_sim::AclEntry { path, auth_id, role, propagate } = entry;
            (format!("acl {path}?{auth_id}?{role}"), format!("{propagate}"))
        });
        let objects = ROWS.iter().flat_map(|row| {
            let prefix = row.type_name.trim_start_matches("pbs_");
            let stored = world.objects(row.kind).into_iter();
            stored
                .map(move |(id, object)| (format!("{prefix} {id}"), Json::from(object).to_string()))
        });
        users.chain(tokens).chain(grants).chain(objects).chain(namespaces).collect()
    })
}
