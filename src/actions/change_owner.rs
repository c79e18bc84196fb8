//! `pbs_change_owner`: hands backup groups to somebody else, since PBS refuses a backup
//! into a group that another user or token owns.

use crate::pbs::{AuthId, BackupGroup, Client, DatastoreName, Namespace};
use serde::Deserialize;
use tf_plugin::{Action, Attribute, Cx, Diagnostic, Field, Progress, Result, Schema, View};

pub(crate) struct ChangeOwner;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    datastore: DatastoreName,
    namespace: Option<Namespace>,
    backup_type: Option<String>,
    backup_id: Option<String>,
    new_owner: AuthId,
}

impl Action<Client> for ChangeOwner {
    const NAME: &'static str = "change_owner";
    type Config = Config;

    fn schema() -> Schema {
        Schema::new(
            "Hands backup groups to another user or token, for example after a token was renamed: PBS refuses a \
             backup into a group that somebody else owns.\n\n\
             Privileges on PBS: `Datastore.Audit` and `Datastore.Modify` on `/datastore/NAME`.",
            [
                Attribute::string("datastore", "The datastore that holds the groups.")
                    .required()
                    .parses::<DatastoreName>(),
                Attribute::string("namespace", "The namespace that holds them. Default: the root.")
                    .parses::<Namespace>()
                    .blank_is_none(),
                Attribute::string(
                    "backup_type",
                    "Only groups of this type: `vm`, `ct` or `host`. Default: all types.",
                )
                .check(|text| match text {
                    "vm" | "ct" | "host" => Ok(()),
                    _ => Err("It must be `vm`, `ct` or `host`.".into()),
                })
                .blank_is_none(),
                Attribute::string(
                    "backup_id",
                    "Only the group of this machine, such as `100`. Default: all machines.",
                )
                .blank_is_none(),
                Attribute::string("new_owner", "Who owns them from now on: a user or a token.")
                    .required()
                    .parses::<AuthId>(),
            ],
        )
    }

    fn validate(config: View<'_>, _: &mut Vec<Diagnostic>) -> Result<()> {
        let said = |field: Field<String>| match field {
            Field::Known(text) if text.is_empty() => Field::Null,
            field => field,
        };
        match (said(config.get("backup_type")?), said(config.get("backup_id")?)) {
            (Field::Null, Field::Known(_)) => Err(Diagnostic::error(
                "Missing backup_type",
                "A virtual machine and a container can have the same `backup_id`. Set `backup_type` too.",
            )
            .at("backup_id")),
            _ => Ok(()),
        }
    }

    async fn invoke(cx: &Cx<Client>, config: Config, progress: &Progress) -> Result<()> {
        let Config { datastore, namespace, backup_type, backup_id, new_owner } = config;
        let pbs = cx.client()?;
        let mut groups = pbs.backup_groups(&datastore, namespace.as_ref()).await?;
        let wanted = |group: &BackupGroup| {
            backup_type.as_ref().is_none_or(|wanted| *wanted == group.backup_type)
                && backup_id.as_ref().is_none_or(|wanted| *wanted == group.backup_id)
        };
        groups.retain(wanted);
        groups.sort_by(|a, b| (&a.backup_type, &a.backup_id).cmp(&(&b.backup_type, &b.backup_id)));
        if groups.is_empty() {
            return Err(none(&datastore, namespace.as_ref(), backup_type, backup_id));
        }
        let (theirs, others): (Vec<_>, Vec<_>) =
            groups.into_iter().partition(|group| group.owner.as_ref() == Some(&new_owner));
        progress.say(format!("{} to hand over, {} already theirs", others.len(), theirs.len()));
        for BackupGroup { backup_type, backup_id, owner: _ } in others {
            let namespace = namespace.as_ref();
            pbs.change_owner(&datastore, namespace, &backup_type, &backup_id, &new_owner).await?;
            progress.say(format!("{backup_type}/{backup_id} now belongs to {new_owner}"));
        }
        Ok(())
    }
}

fn none(
    datastore: &DatastoreName,
    namespace: Option<&Namespace>,
    backup_type: Option<String>,
    backup_id: Option<String>,
) -> Diagnostic {
    let group = match (backup_type, backup_id) {
        (Some(kind), Some(id)) => format!(" {kind}/{id}"),
        (Some(kind), None) => format!(" of type {kind}"),
        (None, _) => String::new(),
    };
    let place = match namespace {
        Some(namespace) => format!("the namespace {namespace} of the datastore {datastore}"),
        None => format!("the root of the datastore {datastore}"),
    };
    Diagnostic::failure(format!(
        "There is no backup group{group} in {place}, or the provider may not see it (`Datastore.Audit` on \
         `/datastore/{datastore}`)."
    ))
}
