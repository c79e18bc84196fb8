//! The engine for configuration objects. PBS treats nearly all objects in its configuration in the
//! same way, so a type of the provider is only a declaration: an [`Object`] with a [`Field`] for
//! each attribute. From this declaration, the engine derives the resource, the data source, the
//! list resource, the import, and the migration of states of other providers.
//!
//! `field` contains the declarations of attributes. `schema` turns declarations into schemas.
//! `wire` and `parts` convert between attributes and PBS's properties with pure functions.
//! `lifecycle` and its submodules send the requests. `plan` and `secrets` contain the rules that a
//! schema cannot express.

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
use block::{DataSourceOf, IdsOf, ListOf, MigrationOf, ObjectAndSchemas, ResourceOf};
use std::sync::Arc;
use tf_plugin::{Attribute, BoxFuture, Cx, Diagnostic, Json, Offers, Result, Value, View};

/// The declaration of a type of configuration objects. The methods of the same names, for example
/// [`Object::check`], describe the functions in the fields.
pub(crate) struct Object {
    /// The name of the type without the provider's prefix, for example `prune_job`.
    name: &'static str,
    kind: &'static Kind,
    /// The beginning of the description of the type.
    doc: &'static str,
    fields: Vec<Field>,
    moves_from: &'static [&'static str],
    /// The attributes and the function of [`Object::combines`].
    combined_attributes: (&'static [&'static str], Combine),
    check: Check,
    warn: Warn,
    ask: Option<Ask>,
    fill: Option<Fill>,
    before_delete: Option<BeforeDelete>,
    creation_only: fn(&Value) -> Vec<(&'static str, Property)>,
    delete_options: fn(&Value) -> Vec<DeleteOption>,
    explain: fn(&str) -> Option<&'static str>,
    data_source_attributes: Option<DataSourceAttributes>,
}

/// Combines attributes in the state of another provider into one property of PBS. Returns the name
/// and the text of the property. `None` if the property has no value.
type Combine = fn(&Json) -> Option<(&'static str, String)>;

/// Checks rules that involve several attributes of the configuration, and adds diagnostics.
type Check = fn(View<'_>, &mut Vec<Diagnostic>) -> Result<()>;

/// Adds warnings of the consequences of a planned change. Sends no request.
type Warn = fn(&Change<'_>, &mut Vec<Diagnostic>) -> Result<()>;

/// Returns warnings of the consequences of a planned change. Sends requests to find out whether
/// there is a reason for a warning.
type Ask = for<'a> fn(&'a Client, &'a Change<'a>) -> BoxFuture<'a, Vec<Diagnostic>>;

/// Returns the names and planned values of attributes whose planned values differ from the
/// configuration. The second argument is the configuration.
type Fill = fn(&Change<'_>, View<'_>) -> Result<Vec<(&'static str, Value)>>;

/// Checks, before the object with this state is deleted, whether the deletion would do harm.
/// Returns an error if the object must not be deleted.
type BeforeDelete = for<'a> fn(&'a Client, &'a Value) -> BoxFuture<'a, Result<()>>;

/// Reads the attributes of the object with this id that only the data source has. Returns their
/// names and values.
type ReadAttributes =
    for<'a> fn(&'a Cx<Client>, &'a str) -> BoxFuture<'a, Result<Vec<(&'static str, Value)>>>;

/// The attributes that only the data source has.
struct DataSourceAttributes {
    attributes: fn() -> Vec<Attribute>,
    read: ReadAttributes,
}

impl Object {
    /// Declares a type. `name` is the name of the type without the provider's prefix. `doc` is the
    /// beginning of the description of the type.
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
            combined_attributes: (&[], |_| None),
            check: |_, _| Ok(()),
            warn: |_, _| Ok(()),
            ask: None,
            fill: None,
            before_delete: None,
            creation_only: |_| Vec::new(),
            delete_options: |_| Vec::new(),
            explain: |_| None,
            data_source_attributes: None,
        }
    }

    /// Sets the resource types of other providers from which a `moved` block can move an object to
    /// this type.
    #[must_use]
    pub(crate) fn moves_from(self, types: &'static [&'static str]) -> Self {
        Self { moves_from: types, ..self }
    }

    /// Adds a function that combines these attributes in the state of another provider into one
    /// property of PBS.
    #[must_use]
    pub(crate) fn combines(self, attributes: &'static [&'static str], combine: Combine) -> Self {
        Self { combined_attributes: (attributes, combine), ..self }
    }

    /// Adds a check of rules that involve several attributes of the configuration.
    #[must_use]
    pub(crate) fn check(self, check: Check) -> Self {
        Self { check, ..self }
    }

    /// Adds a function that warns of the consequences of a planned change without a request.
    #[must_use]
    pub(crate) fn warn(self, warn: Warn) -> Self {
        Self { warn, ..self }
    }

    /// Adds a function that sends requests to find out whether the plan must show a warning.
    #[must_use]
    pub(crate) fn ask(self, ask: Ask) -> Self {
        Self { ask: Some(ask), ..self }
    }

    /// Adds a function that plans attributes whose planned values differ from the configuration,
    /// for example because the configuration does not set them.
    #[must_use]
    pub(crate) fn fill(self, fill: Fill) -> Self {
        Self { fill: Some(fill), ..self }
    }

    /// Adds a check that runs before the object is deleted, and that can refuse the deletion.
    #[must_use]
    pub(crate) fn before_delete(self, check: BeforeDelete) -> Self {
        Self { before_delete: Some(check), ..self }
    }

    /// Adds a function that returns parameters for the request that creates the object. PBS does
    /// not store these parameters. The argument of the function is the planned state.
    #[must_use]
    pub(crate) fn creation_only(
        self,
        parameters: fn(&Value) -> Vec<(&'static str, Property)>,
    ) -> Self {
        Self { creation_only: parameters, ..self }
    }

    /// Adds a function that returns parameters for the request that deletes the object. The
    /// argument of the function is the state of the object.
    #[must_use]
    pub(crate) fn delete_options(self, options: fn(&Value) -> Vec<DeleteOption>) -> Self {
        Self { delete_options: options, ..self }
    }

    /// Adds advice to errors: if PBS refuses to create or change the object, or if a task that
    /// creates the object fails. The argument of `explain` is PBS's message. `explain` returns the
    /// advice, or `None` if it has no advice about this message.
    #[must_use]
    pub(crate) fn explain(self, explain: fn(&str) -> Option<&'static str>) -> Self {
        Self { explain, ..self }
    }

    /// Adds attributes that only the data source has, because they are not part of PBS's
    /// configuration. `read` reads their values.
    #[must_use]
    pub(crate) fn data_source_attributes(
        self,
        attributes: fn() -> Vec<Attribute>,
        read: ReadAttributes,
    ) -> Self {
        Self { data_source_attributes: Some(DataSourceAttributes { attributes, read }), ..self }
    }

    /// The field for the id of the object. `None` for a singleton.
    fn key(&self) -> Option<&Field> {
        self.fields.iter().find(|field| field.attribute.identity)
    }
}

/// Registers the resource, the data source, the list resource and the migration of a declaration.
/// `declare` builds the declaration when it is first needed. `plural` is the name of the data
/// source that reads the ids of all objects. `None` if there is no such data source.
pub(crate) fn register(
    mut offers: Offers<Client>,
    declare: fn() -> Object,
    plural: Option<&'static str>,
) -> Offers<Client> {
    let declaration = Arc::new(ObjectAndSchemas::new(declare));
    if let Some(name) = plural {
        offers.data_sources.push(Arc::new(IdsOf::new(name, Arc::clone(&declaration))));
    }
    offers.resources.push(Arc::new(ResourceOf(Arc::clone(&declaration))));
    offers.data_sources.push(Arc::new(DataSourceOf(Arc::clone(&declaration))));
    offers.lists.push(Arc::new(ListOf::new(Arc::clone(&declaration))));
    offers.migrations.push(Arc::new(MigrationOf(declaration)));
    offers
}
