//! The engine for configuration objects. PBS treats nearly all of its configuration in the same
//! way, so a type is only a declaration: an [`Object`] with a [`Field`] for each attribute. The
//! engine derives everything else from the declaration: the resource, its data source, its list
//! resource, the import, and the migration of states of other providers.
//!
//! `field` declares attributes, and `schema` turns them into schemas. `wire` and `parts` convert
//! between attributes and properties with pure functions. `lifecycle` and its submodules send the
//! requests. `plan` and `secrets` contain the rules that the schema cannot express.

mod block;
mod change;
mod data_source;
mod field;
mod ids;
mod lifecycle;
mod list;
mod messages;
mod migrate;
mod parts;
mod plan;
mod private;
mod schema;
mod secrets;
#[cfg(test)]
mod tests;
mod wire;

pub(crate) use change::Change;
pub(crate) use field::Field;

use crate::pbs::{Client, DeleteOption, Kind, Property};
use block::{DataSourceOf, Declared, IdsOf, ListOf, MigrationOf, ResourceOf};
use std::sync::Arc;
use tf_plugin::{Attribute, BoxFuture, Cx, Diagnostic, Json, Offers, Result, Value, View};

/// The declaration of a type of configuration objects.
pub(crate) struct Object {
    name: &'static str,
    kind: &'static Kind,
    doc: &'static str,
    fields: Vec<Field>,
    moves_from: &'static [&'static str],
    foreign: (&'static [&'static str], Foreign),
    check: Check,
    warn: Warn,
    ask: Option<Ask>,
    fill: Option<Fill>,
    before_delete: Option<BeforeDelete>,
    creation_only: fn(&Value) -> Vec<(&'static str, Property)>,
    delete_options: fn(&Value) -> Vec<DeleteOption>,
    explain: fn(&str) -> Option<&'static str>,
    also_reads: Option<AlsoReads>,
}

/// Combines attributes of another provider's state into a property, and returns its name and text.
type Foreign = fn(&Json) -> Option<(&'static str, String)>;

/// Checks rules that involve several attributes of the configuration.
type Check = fn(View<'_>, &mut Vec<Diagnostic>) -> Result<()>;

/// Warns of the consequences of a planned change, without asking the server.
type Warn = fn(&Change<'_>, &mut Vec<Diagnostic>) -> Result<()>;

/// Warns of the consequences of a planned change. Asks the server only to decide about warnings.
type Ask = for<'a> fn(&'a Client, &'a Change<'a>) -> BoxFuture<'a, Vec<Diagnostic>>;

/// Plans values that differ from the configuration.
type Fill = fn(&Change<'_>, View<'_>) -> Result<Vec<(&'static str, Value)>>;

/// Refuses the deletion of the object with this state, if it would do harm.
type BeforeDelete = for<'a> fn(&'a Client, &'a Value) -> BoxFuture<'a, Result<()>>;

/// Reads further attributes of the object with this id.
type ReadMore =
    for<'a> fn(&'a Cx<Client>, &'a str) -> BoxFuture<'a, Result<Vec<(&'static str, Value)>>>;

/// The attributes that only the data source has.
struct AlsoReads {
    attributes: fn() -> Vec<Attribute>,
    read: ReadMore,
}

impl Object {
    /// Declares a type. `name` is its name without the provider's prefix, and `doc` is the
    /// beginning of its description.
    pub(crate) fn new(
        name: &'static str,
        kind: &'static Kind,
        doc: &'static str,
        fields: impl Into<Vec<Field>>,
    ) -> Self {
        Self {
            name,
            kind,
            doc,
            fields: fields.into(),
            moves_from: &[],
            foreign: (&[], |_| None),
            check: |_, _| Ok(()),
            warn: |_, _| Ok(()),
            ask: None,
            fill: None,
            before_delete: None,
            creation_only: |_| Vec::new(),
            delete_options: |_| Vec::new(),
            explain: |_| None,
            also_reads: None,
        }
    }

    /// The resource types of other providers whose objects can be moved to this type.
    #[must_use]
    pub(crate) fn moves_from(self, types: &'static [&'static str]) -> Self {
        Self { moves_from: types, ..self }
    }

    /// Combines these attributes of another provider's state into a property of PBS.
    #[must_use]
    pub(crate) fn combines(self, attributes: &'static [&'static str], combine: Foreign) -> Self {
        Self { foreign: (attributes, combine), ..self }
    }

    /// Adds a check of rules that involve several attributes.
    #[must_use]
    pub(crate) fn check(self, check: Check) -> Self {
        Self { check, ..self }
    }

    /// Adds warnings of a plan that need no request.
    #[must_use]
    pub(crate) fn warn(self, warn: Warn) -> Self {
        Self { warn, ..self }
    }

    /// Adds warnings of a plan that need requests.
    #[must_use]
    pub(crate) fn ask(self, ask: Ask) -> Self {
        Self { ask: Some(ask), ..self }
    }

    /// Adds planned values that differ from the configuration, or of attributes that the
    /// configuration does not set. The hook receives the change and the configuration.
    #[must_use]
    pub(crate) fn fill(self, fill: Fill) -> Self {
        Self { fill: Some(fill), ..self }
    }

    /// Adds a check before the object is deleted.
    #[must_use]
    pub(crate) fn before_delete(self, check: BeforeDelete) -> Self {
        Self { before_delete: Some(check), ..self }
    }

    /// Adds the parameters that only the creation has, and that PBS does not store. They depend on
    /// the plan.
    #[must_use]
    pub(crate) fn creation_only(
        self,
        parameters: fn(&Value) -> Vec<(&'static str, Property)>,
    ) -> Self {
        Self { creation_only: parameters, ..self }
    }

    /// Adds the parameters of the deletion. They depend on the state of the object.
    #[must_use]
    pub(crate) fn delete_options(self, options: fn(&Value) -> Vec<DeleteOption>) -> Self {
        Self { delete_options: options, ..self }
    }

    /// Adds advice to messages of PBS: to the refusal to create or change an object, and to the
    /// error of a task that creates an object. `explain` returns the advice for a message.
    #[must_use]
    pub(crate) fn explain(self, explain: fn(&str) -> Option<&'static str>) -> Self {
        Self { explain, ..self }
    }

    /// Adds attributes to the data source that are not part of the configuration. `read` returns
    /// their values for the object with an id.
    #[must_use]
    pub(crate) fn also_reads(self, attributes: fn() -> Vec<Attribute>, read: ReadMore) -> Self {
        Self { also_reads: Some(AlsoReads { attributes, read }), ..self }
    }

    /// The field of the object's id. `None` for a singleton.
    fn key(&self) -> Option<&Field> {
        self.fields.iter().find(|field| field.attribute.identity)
    }
}

/// Registers the resource of a declaration with its data sources, list resource and migration. The
/// declaration is built when it is first needed. `plural` is the name of the data source that reads
/// the ids of all objects, if there is one.
pub(crate) fn register(
    mut offers: Offers<Client>,
    declare: fn() -> Object,
    plural: Option<&'static str>,
) -> Offers<Client> {
    let declared = Arc::new(Declared::new(declare));
    if let Some(name) = plural {
        offers.data_sources.push(Arc::new(IdsOf::new(name, Arc::clone(&declared))));
    }
    offers.resources.push(Arc::new(ResourceOf(Arc::clone(&declared))));
    offers.data_sources.push(Arc::new(DataSourceOf(Arc::clone(&declared))));
    offers.lists.push(Arc::new(ListOf::new(Arc::clone(&declared))));
    offers.migrations.push(Arc::new(MigrationOf(declared)));
    offers
}
