//! The implementations of the plugin layer's traits for a declaration. They share the schemas of
//! the declaration.

use super::{Object, data_source, ids, lifecycle, list, migrate, plan, schema, secrets};
use crate::pbs::{Client, Key};
use std::sync::{Arc, OnceLock};
use tf_plugin::{
    AnyBlock, AnyDataSource, AnyList, AnyMigrate, AnyResource, BoxFuture, Cx, Diagnostic, Import,
    Json, Result, Schema, Sink, Value, View,
};

/// The declaration of a type, and the schemas of the type. The declaration and each schema are
/// built when they are first needed.
pub(super) struct ObjectAndSchemas {
    declare: fn() -> Object,
    object: OnceLock<Object>,
    resource_schema: OnceLock<Schema>,
    data_source_schema: OnceLock<Schema>,
}

impl ObjectAndSchemas {
    pub(super) fn new(declare: fn() -> Object) -> Self {
        Self {
            declare,
            object: OnceLock::new(),
            resource_schema: OnceLock::new(),
            data_source_schema: OnceLock::new(),
        }
    }

    pub(super) fn object(&self) -> &Object {
        self.object.get_or_init(self.declare)
    }

    pub(super) fn resource_schema(&self) -> &Schema {
        self.resource_schema.get_or_init(|| schema::resource(self.object()))
    }

    fn data_source_schema(&self) -> &Schema {
        self.data_source_schema.get_or_init(|| schema::data_source(self.object()))
    }
}

/// The resource of a declaration.
pub(super) struct ResourceOf(pub(super) Arc<ObjectAndSchemas>);

impl AnyBlock for ResourceOf {
    fn name(&self) -> &'static str {
        self.0.object().name
    }

    fn schema(&self) -> &Schema {
        self.0.resource_schema()
    }

    fn validate(&self, config: &Value, diagnostics: &mut Vec<Diagnostic>) -> Result<()> {
        let object = self.0.object();
        secrets::validate(&object.fields, config, diagnostics);
        (object.check)(View::new(config, self.schema()), diagnostics)
    }
}

impl AnyResource<Client> for ResourceOf {
    fn plan<'a>(
        &'a self,
        cx: &'a Cx<Client>,
        prior: &'a Value,
        config: &'a Value,
        planned: &'a mut Value,
        diagnostics: &'a mut Vec<Diagnostic>,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(plan::plan(&self.0, cx, prior, config, planned, diagnostics))
    }

    fn create<'a>(&'a self, cx: &'a Cx<Client>, plan: Value) -> BoxFuture<'a, Result<Value>> {
        Box::pin(async move { lifecycle::create(self.0.object(), cx, plan).await })
    }

    fn read<'a>(
        &'a self,
        cx: &'a Cx<Client>,
        prior: Value,
    ) -> BoxFuture<'a, Result<Option<Value>>> {
        Box::pin(async move { lifecycle::read(self.0.object(), cx, &prior).await })
    }

    fn update<'a>(
        &'a self,
        cx: &'a Cx<Client>,
        prior: Value,
        plan: Value,
    ) -> BoxFuture<'a, Result<Value>> {
        Box::pin(async move { lifecycle::update(self.0.object(), cx, &prior, plan).await })
    }

    fn delete<'a>(&'a self, cx: &'a Cx<Client>, prior: Value) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { lifecycle::delete(self.0.object(), cx, &prior).await })
    }

    fn import<'a>(
        &'a self,
        cx: &'a Cx<Client>,
        import: Import,
    ) -> BoxFuture<'a, Result<Option<Value>>> {
        Box::pin(async move { lifecycle::import(self.0.object(), cx, import).await })
    }

    fn identity(&self, state: &Value) -> Option<Value> {
        let (name, id) = self.0.object().identity(state)?;
        Some(Value::map([(name.to_owned(), Value::from(id))]))
    }

    fn round_trip(&self, state: &Value) -> Result<Value> {
        Ok(state.clone().conform(self.schema().ty())?)
    }
}

impl Object {
    /// The name and the value of the attribute that identifies the object with this state. `None`
    /// if the value is not known.
    pub(super) fn identity<'a>(&'a self, state: &'a Value) -> Option<(&'a str, &'a str)> {
        let name = match (self.kind.key, self.key()) {
            (Key::Property(_), Some(field)) => &field.attribute.name,
            _ => schema::SINGLETON,
        };
        Some((name, state.get(name)?.as_str()?))
    }
}

/// The data source of a declaration that reads one object.
pub(super) struct DataSourceOf(pub(super) Arc<ObjectAndSchemas>);

impl AnyBlock for DataSourceOf {
    fn name(&self) -> &'static str {
        self.0.object().name
    }

    fn schema(&self) -> &Schema {
        self.0.data_source_schema()
    }

    fn validate(&self, _: &Value, _: &mut Vec<Diagnostic>) -> Result<()> {
        Ok(())
    }
}

impl AnyDataSource<Client> for DataSourceOf {
    fn read<'a>(&'a self, cx: &'a Cx<Client>, config: Value) -> BoxFuture<'a, Result<Value>> {
        Box::pin(async move { data_source::read(self.0.object(), cx, &config).await })
    }
}

/// The data source that reads the ids of all objects of a declaration.
pub(super) struct IdsOf {
    name: &'static str,
    declaration: Arc<ObjectAndSchemas>,
    schema: OnceLock<Schema>,
}

impl IdsOf {
    pub(super) fn new(name: &'static str, declaration: Arc<ObjectAndSchemas>) -> Self {
        Self { name, declaration, schema: OnceLock::new() }
    }
}

impl AnyBlock for IdsOf {
    fn name(&self) -> &'static str {
        self.name
    }

    fn schema(&self) -> &Schema {
        self.schema.get_or_init(|| ids::schema(self.declaration.object()))
    }

    fn validate(&self, _: &Value, _: &mut Vec<Diagnostic>) -> Result<()> {
        Ok(())
    }
}

impl AnyDataSource<Client> for IdsOf {
    fn read<'a>(&'a self, cx: &'a Cx<Client>, _: Value) -> BoxFuture<'a, Result<Value>> {
        Box::pin(async move { ids::read(self.declaration.object(), cx).await })
    }
}

/// The list resource of a declaration. Its block has no arguments.
pub(super) struct ListOf {
    declaration: Arc<ObjectAndSchemas>,
    schema: OnceLock<Schema>,
}

impl ListOf {
    pub(super) fn new(declaration: Arc<ObjectAndSchemas>) -> Self {
        Self { declaration, schema: OnceLock::new() }
    }
}

impl AnyBlock for ListOf {
    fn name(&self) -> &'static str {
        self.declaration.object().name
    }

    fn schema(&self) -> &Schema {
        self.schema.get_or_init(|| list::schema(self.declaration.object()))
    }

    fn validate(&self, _: &Value, _: &mut Vec<Diagnostic>) -> Result<()> {
        Ok(())
    }
}

impl AnyList<Client> for ListOf {
    fn list<'a>(&'a self, cx: &'a Cx<Client>, _: Value, sink: Sink) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { list::list(self.declaration.object(), cx, sink).await })
    }
}

/// The conversion of the states of other providers to states of this provider.
pub(super) struct MigrationOf(pub(super) Arc<ObjectAndSchemas>);

impl AnyMigrate for MigrationOf {
    fn name(&self) -> &'static str {
        self.0.object().name
    }

    fn moves_from(&self) -> &'static [&'static str] {
        self.0.object().moves_from
    }

    fn dropped(&self, state: &Json) -> Vec<String> {
        migrate::dropped(self.0.object(), state)
    }

    fn upgrade(&self, version: i64, state: Json) -> Result<Option<Value>> {
        match version {
            // The state comes from another provider: this provider never writes version 0, because
            // its schemas have version 1.
            0 => Ok(Some(migrate::convert(self.0.object(), &state)?)),
            _ => Ok(None),
        }
    }

    fn move_from(&self, _: &str, _: i64, state: Json) -> Result<Value> {
        migrate::convert(self.0.object(), &state)
    }
}
