//! The data source of a declaration that reads one object.

use super::{Object, messages, schema, wire};
use crate::pbs::{Client, Key};
use tf_plugin::{Cx, Result, Value};

/// Reads the object whose id is in the configuration.
pub(super) async fn read(object: &Object, cx: &Cx<Client>, config: &Value) -> Result<Value> {
    let id = match object.kind.key {
        Key::Singleton(id) => id,
        Key::Property(_) => object.identity(config).map_or("", |(_, id)| id),
    };
    let pbs = cx.client()?;
    let Some(record) = pbs.object(object.kind, id).await? else {
        let attribute = object.key().map_or(schema::SINGLETON, |field| &field.attribute.name);
        return Err(messages::not_found(object.kind, id, attribute));
    };
    let mut state = wire::decode(&object.fields, &record, &Value::Null);
    if let Some(attributes) = state.as_map_mut() {
        for field in &object.fields {
            if !schema::has_property(field) {
                attributes.remove(&*field.attribute.name);
                attributes.remove(&wire::write_only_name(field));
                attributes.remove(&wire::version_name(field));
            }
        }
        if let Key::Singleton(id) = object.kind.key {
            attributes.insert(schema::SINGLETON.to_owned(), id.into());
        }
        if let Some(additional) = &object.data_source_attributes {
            for (name, value) in (additional.read)(cx, id).await? {
                attributes.insert(name.to_owned(), value);
            }
        }
    }
    Ok(state)
}
