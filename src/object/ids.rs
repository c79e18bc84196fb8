//! The data source that reads the ids of all objects of a kind, for example `pbs_prune_jobs`.

use super::Object;
use crate::{pbs::Client, shared::completeness::warn_of_incomplete_objects};
use tf_plugin::{Attribute, Cx, Result, Schema, Type, Value};

/// The name of the attribute with the ids: `names` or `ids`.
fn attribute_name(object: &Object) -> String {
    object.key().map_or_else(String::new, |key| format!("{}s", key.attribute.name))
}

/// The schema of the data source.
pub(super) fn schema(object: &Object) -> Schema {
    let (noun, name) = (object.kind.noun, attribute_name(object));
    let doc = format!(
        "Reads the {name} of the {noun}s that the provider's credentials are allowed to see. To \
         read one of the {noun}s, use the data source `pbs_{}`.\n\n{}",
        object.name,
        super::list::privileges(object)
    );
    let ids = format!("Sorted list of the {name} of the {noun}s.");
    Schema::new(doc, [Attribute::plain(Type::list(Type::String), name, ids).computed()])
}

/// Reads the ids of all objects that the caller is allowed to see.
pub(super) async fn read(object: &Object, cx: &Cx<Client>) -> Result<Value> {
    let pbs = cx.client()?;
    warn_of_incomplete_objects(cx, pbs, object.kind).await?;
    let ids = pbs.objects(object.kind).await?;
    let ids = Value::List(ids.keys().map(|id| Value::from(id.as_str())).collect());
    Ok(Value::map([(attribute_name(object), ids)]))
}
