//! The types that a declaration offers to the plugin layer, and the schemas that they share.

use super::{Object, data_source, ids, lifecycle, list, migrate, plan, schema, secrets};
use crate::pbs::{Client, Key};
use std::sync::{Arc, OnceLock};
use tf_plugin::{
    AnyBlock, AnyDataSource, AnyList, AnyMigrate, AnyResource, BoxFuture, Cx, Diagnostic, Import,
    Json, Result, Schema, Sink, Value, View,
};

/// A declaration and its schemas. The declaration and each schema are built when they are first
/// needed.
pub(super) struct Declared {
    declare: fn() -> Object,
    object: OnceLock<Object>,
    resource: OnceLock<Schema>,
    data_source: OnceLock<Schema>,
}

impl Declared {
    pub(super) fn new(declare: fn() -> Object) -> Self {
        Self {
            declare,
            object: OnceLock::new(),
            resource: OnceLock::new(),
            data_source: OnceLock::new(),
        }
    }

    pub(super) fn object(&self) -> &Object {
        self.object.get_or_init(self.declare)
    }

    pub(super) fn resource_schema(&self) -> &Schema {
        self.resource.get_or_init(|| schema::resource(self.object()))
    }

    fn data_source_schema(&self) -> &Schema {
        self.data_source.get_or_init(|| schema::data_source(self.object()))
    }
}

/// The managed resource.
pub(super) struct ResourceOf(pub(super) Arc<Declared>);

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
    /// The name and the value of the attribute that identifies the object. `None` if the value is
    /// not known.
    pub(super) fn identity<'a>(&'a self, state: &'a Value) -> Option<(&'a str, &'a str)> {
        let name = match (self.kind.key, self.key()) {
            (Key::Property(_), Some(field)) => &field.attribute.name,
            _ => schema::SINGLETON,
        };
        Some((name, state.get(name)?.as_str()?))
    }
}

/// The data source that reads one object.
pub(super) struct DataSourceOf(pub(super) Arc<Declared>);

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

/// The data source that reads the ids of all objects.
pub(super) struct IdsOf {
    name: &'static str,
    declared: Arc<Declared>,
    schema: OnceLock<Schema>,
}

impl IdsOf {
    pub(super) fn new(name: &'static str, declared: Arc<Declared>) -> Self {
        Self { name, declared, schema: OnceLock::new() }
    }
}

impl AnyBlock for IdsOf {
    fn name(&self) -> &'static str {
        self.name
    }

    fn schema(&self) -> &Schema {
        self.schema.get_or_init(|| ids::schema(self.declared.object()))
    }

    fn validate(&self, _: &Value, _: &mut Vec<Diagnostic>) -> Result<()> {
        Ok(())
    }
}

impl AnyDataSource<Client> for IdsOf {
    fn read<'a>(&'a self, cx: &'a Cx<Client>, _: Value) -> BoxFuture<'a, Result<Value>> {
        Box::pin(async move { ids::read(self.declared.object(), cx).await })
    }
}

/// The list resource. Its block has no arguments.
pub(super) struct ListOf {
    declared: Arc<Declared>,
    schema: OnceLock<Schema>,
}

impl ListOf {
    pub(super) fn new(declared: Arc<Declared>) -> Self {
        Self { declared, schema: OnceLock::new() }
    }
}

impl AnyBlock for ListOf {
    fn name(&self) -> &'static str {
        self.declared.object().name
    }

    fn schema(&self) -> &Schema {
        self.schema.get_or_init(|| list::schema(self.declared.object()))
    }

    fn validate(&self, _: &Value, _: &mut Vec<Diagnostic>) -> Result<()> {
        Ok(())
    }
}

impl AnyList<Client> for ListOf {
    fn list<'a>(&'a self, cx: &'a Cx<Client>, _: Value, sink: Sink) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { list::list(self.declared.object(), cx, sink).await })
    }
}

/// The conversion of states of other providers.
pub(super) struct MigrationOf(pub(super) Arc<Declared>);

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
            // This provider has never written version 0, because its schemas begin with version 1.
            // The state therefore comes from another provider.
            0 => Ok(Some(migrate::convert(self.0.object(), &state)?)),
            _ => Ok(None),
        }
    }

    fn move_from(&self, _: &str, _: i64, state: Json) -> Result<Value> {
        migrate::convert(self.0.object(), &state)
    }
}
