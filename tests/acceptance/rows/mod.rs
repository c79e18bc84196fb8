//! Test data for the tests of `invariants.rs` and `outage.rs`. Each resource has at least one
//! [`Row`]. The texts contain the placeholders of [`Names`](test_support::cli::Names). A body is
//! the content of a `resource` block, with one attribute per line.
//!
//! The rows of configuration objects are generated from the rows of [`test_support::objects`].

mod acl;
mod api_token;
mod namespace;
mod objects;
mod user;

use std::{collections::BTreeMap, sync::LazyLock};

use serde_json::Value;
use test_support::cli::World;

/// The test data of one resource.
pub(crate) struct Row {
    /// The name of the row in the message of a failing test.
    pub(crate) label: &'static str,
    pub(crate) resource: &'static str,
    /// Creates the objects on the server that the resource needs.
    pub(crate) setup: &'static (dyn Fn(&World) + Sync),
    /// Configurations that are applied one after the other. The first configuration creates the
    /// object. Each later configuration updates the object. The first configuration has only the
    /// required attributes. The second configuration has all attributes.
    pub(crate) stages: &'static [Stage],
    /// The attributes that cannot be updated. Each entry has the name of the attribute, and the
    /// body of the second stage with another value of the attribute.
    pub(crate) replacements: &'static [(&'static str, &'static str)],
    pub(crate) import: Import,
    /// Invalid bodies, each with the attribute at which the error must point.
    pub(crate) rejections: &'static [(&'static str, &'static str)],
    /// Changes outside of Terraform, each made after the second stage.
    pub(crate) drifts: &'static [Drift],
    /// Deletes the object outside of Terraform.
    pub(crate) remove: &'static (dyn Fn(&World) + Sync),
    /// The object on the server, with defaults filled in. If the object does not exist, this is
    /// null.
    pub(crate) find: &'static (dyn Fn(&World) -> Value + Sync),
    /// All objects of this type on the server that belong to the test. After `terraform destroy`,
    /// the server must have the same objects of all types as before the test.
    pub(crate) objects: &'static (dyn Fn(&World) -> Vec<Value> + Sync),
    /// Whether the object exists only once and cannot be deleted.
    pub(crate) is_singleton: bool,
    /// The attributes with which the tests run, because Terraform treats all other attributes of
    /// the row like one of these. If `None`, the tests run with every attribute of the row.
    pub(crate) sample: Option<&'static [&'static str]>,
    /// Whether the row runs with Terraform but not with OpenTofu. If `PBS_TEST_TERRAFORM` is set,
    /// the row runs with every program nevertheless.
    pub(crate) is_for_terraform: bool,
    /// Why the row cannot be used with a real server, if it cannot.
    pub(crate) needs_simulator: Option<&'static str>,
}

/// A configuration, and the object on the server after it was applied.
pub(crate) struct Stage {
    pub(crate) body: &'static str,
    /// The value of [`Row::find`] as JSON. `"<any>"` stands for a value that depends on the time.
    pub(crate) server: &'static str,
    /// The attributes that are allowed to be unknown in the plan of the change to this stage.
    pub(crate) unknown: &'static [&'static str],
}

/// A change outside of Terraform.
pub(crate) struct Drift {
    /// The attribute that differs after the change.
    pub(crate) attribute: &'static str,
    pub(crate) make: &'static (dyn Fn(&World) + Sync),
}

/// How an existing object is imported.
pub(crate) struct Import {
    pub(crate) body: &'static str,
    /// The body with which the object is created. `None` if [`Self::body`] also creates the object.
    /// Only this body contains a secret, because the server does not return secrets.
    pub(crate) creation: Option<&'static str>,
    pub(crate) id: &'static str,
    pub(crate) identity: &'static [(&'static str, &'static str)],
    /// The attributes that are null after an import, because the server does not return them.
    pub(crate) unavailable: &'static [&'static str],
}

impl Row {
    /// Default values of the fields, for struct update syntax.
    const BASE: Self = Self {
        label: "",
        resource: "",
        setup: &|_| {},
        stages: &[],
        replacements: &[],
        import: Import { body: "", creation: None, id: "", identity: &[], unavailable: &[] },
        rejections: &[],
        drifts: &[],
        remove: &|_| {},
        find: &|_| Value::Null,
        objects: &|_| Vec::new(),
        is_singleton: false,
        sample: None,
        is_for_terraform: false,
        needs_simulator: None,
    };

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

pub(crate) static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let mut rows = vec![api_token::ROW, acl::OF_A_USER, acl::OF_A_TOKEN, namespace::ROW, user::ROW];
    rows.extend(objects::rows());
    rows
});
