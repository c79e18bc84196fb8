//! `pbs_namespace`: one namespace, and how many backup groups it contains.

use super::backup_groups::count;
use crate::pbs::{Client, DatastoreName, Namespace as NamespacePath};
use serde::{Deserialize, Serialize};
use tf_plugin::{Attribute, Cx, DataSource, Diagnostic, Result, Schema};

pub(crate) struct Namespace;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    datastore: DatastoreName,
    path: NamespacePath,
    groups: Option<i64>,
}

impl DataSource<Client> for Namespace {
    const NAME: &'static str = "namespace";
    type State = State;

    fn schema() -> Schema {
        Schema::new(
            "Reads a namespace of a datastore. If the namespace does not exist, the data source \
             fails. To read the backup groups in the namespace, use the data source \
             `pbs_backup_groups`.\n\n\
             Privileges on PBS: `Datastore.Audit` on `/datastore/DATASTORE` or on the path of the \
             namespace. With only `Datastore.Backup`, `groups` counts only the groups that the \
             provider's own user or token owns.",
            [
                Attribute::string("datastore", "Name of the datastore.")
                    .required()
                    .parses::<DatastoreName>(),
                Attribute::string("path", "Path of the namespace, for example `prod/web`.")
                    .required()
                    .parses::<NamespacePath>(),
                Attribute::number(
                    "groups",
                    "Number of backup groups in the namespace. The groups in the namespaces below \
                     this namespace are not counted.",
                )
                .computed(),
            ],
        )
    }

    async fn read(cx: &Cx<Client>, config: State) -> Result<State> {
        let State { datastore, path, .. } = config;
        let pbs = cx.client()?;
        let namespaces = pbs.namespaces(&datastore).await?;
        if !namespaces.is_some_and(|namespaces| namespaces.contains(&path)) {
            return Err(Diagnostic::error(
                format!("There is no namespace {path}"),
                format!(
                    "The datastore {datastore} does not contain this namespace, or the provider's \
                     user or token lacks the privilege `Datastore.Audit` on \
                     `/datastore/{datastore}/{path}`. Check `datastore` and `path` for a spelling \
                     mistake."
                ),
            )
            .at("path"));
        }
        let groups = pbs.backup_groups(&datastore, Some(&path)).await?;
        Ok(State { datastore, path, groups: Some(count(groups.len())) })
    }
}
