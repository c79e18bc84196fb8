//! The list resource of a declaration, which `terraform query` uses.

use super::{Object, lifecycle, schema::shown_path};
use crate::{
    pbs::{Client, Key, Privilege},
    shared::completeness::warn_of_incomplete_objects,
};
use tf_plugin::{Cx, Found, Result, Schema, Sink, Value};

/// The schema of the `list` block, which has no arguments.
pub(super) fn schema(object: &Object) -> Schema {
    let noun = object.kind.noun;
    let doc = match (object.kind.key, object.kind.see_all_privilege) {
        (Key::Singleton(_), _) => format!("Lists the {noun}, which is a single object."),
        (_, Some(_)) => {
            format!("Lists the {noun}s that the provider's credentials are allowed to see.")
        }
        (_, None) => format!("Lists the {noun}s."),
    };
    Schema::new(format!("{doc}\n\n{}", privileges(object)), [])
}

/// The paragraph of a description about the privileges to see all objects.
pub(super) fn privileges(object: &Object) -> String {
    let noun = object.kind.noun;
    let Privilege(read, path) = object.kind.privileges.read;
    match object.kind.see_all_privilege {
        Some(Privilege(all, path)) => format!(
            "Privileges on PBS: `{all}` on `{path}` to see all {noun}s. If the provider's user or \
             token lacks this privilege on `{path}`, the list contains only the {noun}s that this \
             user or token is allowed to read, and the provider shows a warning."
        ),
        None => format!("Privileges on PBS: `{read}` on `{}`.", shown_path(path)),
    }
}

/// Sends each object to core, in the order of the ids.
pub(super) async fn list(object: &Object, cx: &Cx<Client>, mut sink: Sink) -> Result<()> {
    let pbs = cx.client()?;
    let ids = match object.kind.key {
        Key::Singleton(id) => vec![id.to_owned()],
        Key::Property(_) => {
            warn_of_incomplete_objects(cx, pbs, object.kind).await?;
            pbs.objects(object.kind).await?.keys().cloned().collect()
        }
    };
    for id in ids {
        let state = lifecycle::state_of(object, pbs, &id).await?;
        let Some(state) = state else { continue };
        let Some((name, _)) = object.identity(&state) else { continue };
        let identity = Value::map([(name.to_owned(), Value::from(id.as_str()))]);
        let state = sink.wants_state().then_some(state);
        if sink.send(Ok(Found { identity, name: id, state })).await.is_break() {
            break;
        }
    }
    Ok(())
}
