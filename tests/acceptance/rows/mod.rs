//! What the invariants need to know about a resource, one row each. In all texts the names of [`Names`](crate::world::Names) stand
//! for the objects; a body has one attribute a line.

mod acl;
mod api_token;
mod user;

use std::collections::BTreeMap;

use serde_json::Value;
use test_support::cli::World;

/// A resource of the provider, seen from outside.
pub(crate) struct Row {
    /// Says which row a failure is about.
    pub(crate) label: &'static str,
    pub(crate) resource: &'static str,
    /// Makes what the resource needs on the server.
    pub(crate) setup: fn(&World),
    /// Applied one after the other, each an update in place. The first has only what is required, the second everything.
    pub(crate) stages: &'static [Stage],
    /// What the second stage becomes when one attribute is changed that cannot change in place.
    pub(crate) replacements: &'static [(&'static str, &'static str)],
    pub(crate) import: Import,
    /// Bodies that are refused, each with the attribute that is to blame.
    pub(crate) rejections: &'static [(&'static str, &'static str)],
    /// They start from the second stage.
    pub(crate) drifts: &'static [Drift],
    /// Deletes the object outside.
    pub(crate) remove: fn(&World),
    /// The object on the server, with defaults filled in; null if it does not exist.
    pub(crate) find: fn(&World) -> Value,
    /// All objects of this type on the server that belong to the test. After `terraform destroy` there must be
    /// the same objects of all types as before.
    pub(crate) objects: fn(&World) -> Vec<Value>,
}

/// One configuration, and what the server has after it.
pub(crate) struct Stage {
    pub(crate) body: &'static str,
    /// What [`Row::find`] then says, as JSON; `"<any>"` stands for what depends on the clock.
    pub(crate) server: &'static str,
    /// The attributes that may be unknown in the plan of the step to this stage.
    pub(crate) unknown: &'static [&'static str],
}

/// A change made outside.
pub(crate) struct Drift {
    /// The one that shows it.
    pub(crate) attribute: &'static str,
    pub(crate) make: fn(&World),
}

/// How an existing object is taken over.
pub(crate) struct Import {
    pub(crate) body: &'static str,
    pub(crate) id: &'static str,
    pub(crate) identity: &'static [(&'static str, &'static str)],
    /// The attributes that the server does not return: null after an import.
    pub(crate) unavailable: &'static [&'static str],
}

impl Row {
    pub(crate) fn address(&self) -> String {
        format!("{}.it", self.resource)
    }

    pub(crate) fn minimal(&self) -> &'static Stage {
        &self.stages[0]
    }

    pub(crate) fn full(&self) -> &'static Stage {
        &self.stages[1]
    }
}

/// All objects on the server that belong to the test, by their type.
pub(crate) fn all_objects(world: &World) -> BTreeMap<&'static str, Vec<Value>> {
    ROWS.iter().map(|row| (row.resource, (row.objects)(world))).collect()
}

pub(crate) const ROWS: &[Row] = &[api_token::ROW, acl::OF_A_USER, acl::OF_A_TOKEN, user::ROW];
