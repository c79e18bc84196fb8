//! `pbs_change_owner`: changes the owner of backup groups. PBS accepts backups into a group only
//! from the owner of the group.

use crate::pbs::{AuthId, BackupGroup, Client, DatastoreName, Error, Namespace};
use serde::Deserialize;
use tf_plugin::{
    Action, Attribute, Cx, Diagnostic, Field, Progress, Result, Schema, View, sentence,
};

pub(crate) struct ChangeOwner;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    datastore: DatastoreName,
    namespace: Option<Namespace>,
    backup_type: Option<String>,
    backup_id: Option<String>,
    all: Option<bool>,
    new_owner: AuthId,
}

impl Action<Client> for ChangeOwner {
    const NAME: &'static str = "change_owner";
    type Config = Config;

    fn schema() -> Schema {
        Schema::new(
            "Changes the owner of existing backup groups.\n\n\
             A backup group belongs to the user or token that made the first backup of the group. \
             PBS accepts backups into a group only from the owner of the group. Use this action to \
             let another token continue the backups of a group, for example after a token was \
             renamed. Groups that already belong to `new_owner` do not change.\n\n\
             To select all groups of a type, set `backup_type`. To select one group, set \
             `backup_type` and `backup_id`. To select all groups of the namespace, set `all = \
             true`. A configuration that selects no groups is an error.\n\n\
             Without this action, for example with OpenTofu, run `proxmox-backup-client \
             change-owner GROUP NEW_OWNER --ns NAMESPACE` as a user with the privilege \
             `Datastore.Modify`. GROUP is, for example, `host/laptop`.\n\n\
             Privileges on PBS: `Datastore.Audit` and `Datastore.Modify` on `/datastore/DATASTORE` \
             for the provider's user or token. If `Datastore.Audit` is missing, PBS shows the \
             action only the groups that belong to the provider's user or token. The action then \
             changes only these groups, even with `all = true`.",
            [
                Attribute::string("datastore", "Name of the datastore that contains the groups.")
                    .required()
                    .parses::<DatastoreName>(),
                Attribute::string(
                    "namespace",
                    "Namespace that contains the groups. Groups in the namespaces below this \
                     namespace are not changed. Default: the root namespace.",
                )
                .parses::<Namespace>()
                .blank_is_none(),
                Attribute::string(
                    "backup_type",
                    "Type of the groups to change: `vm`, `ct` or `host`.",
                )
                .check(check_backup_type),
                Attribute::string(
                    "backup_id",
                    "Id of the group to change, for example `100` for a virtual machine. Requires \
                     `backup_type`. Default: all groups of this type.",
                )
                .check(|text| match text {
                    "" => Err(
                        "The value is empty. Set `backup_id` to the id of a group. To select all \
                         groups of a type, omit `backup_id`."
                            .into(),
                    ),
                    _ => Ok(()),
                }),
                Attribute::boolean(
                    "all",
                    "Whether to change all groups of the namespace. Cannot be `true` together with \
                     `backup_type` or `backup_id`. Default: `false`.",
                ),
                Attribute::string(
                    "new_owner",
                    "User (`user@realm`) or API token (`user@realm!name`) that becomes the owner.",
                )
                .required()
                .parses::<AuthId>(),
            ],
        )
    }

    async fn invoke(cx: &Cx<Client>, config: Config, progress: &Progress) -> Result<()> {
        let Config { datastore, namespace, backup_type, backup_id, all, new_owner } = config;
        let all = all.unwrap_or_default();
        let pbs = cx.client()?;
        let groups = pbs.backup_groups(&datastore, namespace.as_ref()).await;
        let mut groups = groups.map_err(refused)?;
        groups.retain(|group| {
            backup_type.as_ref().map_or(all, |backup_type| *backup_type == group.backup_type)
                && backup_id.as_ref().is_none_or(|backup_id| *backup_id == group.backup_id)
        });
        groups.sort_by(|a, b| (&a.backup_type, &a.backup_id).cmp(&(&b.backup_type, &b.backup_id)));
        if groups.is_empty() {
            return Err(no_backup_group(&datastore, namespace.as_ref(), backup_type, backup_id));
        }
        let (unchanged, groups): (Vec<_>, Vec<_>) =
            groups.into_iter().partition(|group| group.owner.as_ref() == Some(&new_owner));
        progress.say(format!(
            "Backup groups to change: {}, unchanged: {}",
            groups.len(),
            unchanged.len()
        ));
        let total = groups.len();
        for (done, group) in groups.into_iter().enumerate() {
            let BackupGroup { backup_type, backup_id, owner: _ } = group;
            let namespace = namespace.as_ref();
            let changed =
                pbs.change_owner(&datastore, namespace, &backup_type, &backup_id, &new_owner).await;
            changed.map_err(|error| {
                let mut diagnostic = refused(error);
                diagnostic.detail += &format!(
                    "\n\n\
                     The error occurred for the backup group {backup_type}/{backup_id}. {done} of \
                     {total} groups already have the new owner, and keep this owner. Correct the \
                     cause, and invoke the action again to change the remaining groups."
                );
                diagnostic
            })?;
            progress.say(format!("{backup_type}/{backup_id} now belongs to {new_owner}"));
        }
        Ok(())
    }

    fn validate(config: View<'_>, _: &mut Vec<Diagnostic>) -> Result<()> {
        let filters: [Field<String>; 2] = [config.get("backup_type")?, config.get("backup_id")?];
        match (&filters, config.get("all")?) {
            ([Field::Null, Field::Known(_)], _) => Err(Diagnostic::error(
                "Missing backup_type",
                "`backup_id` alone does not identify a group, because a virtual machine and a \
                 container can have the same `backup_id`. Set `backup_type`, too.",
            )
            .at("backup_id")),
            ([Field::Null, Field::Null], Field::Null | Field::Known(false)) => {
                Err(Diagnostic::error(
                    "No backup groups are selected",
                    "The configuration does not say which groups get the new owner. To change all \
                     groups of a type, set `backup_type`. To change one group, set `backup_type` \
                     and `backup_id`. To change all groups of the namespace, set `all = true`.",
                ))
            }
            (filters, Field::Known(true))
                if filters.iter().any(|filter| matches!(filter, Field::Known(_))) =>
            {
                Err(Diagnostic::error(
                    "Conflicting arguments",
                    "`all = true` selects all groups of the namespace, but `backup_type` or \
                     `backup_id` is set as well. Remove `all`, or remove `backup_type` and \
                     `backup_id`.",
                )
                .at("all"))
            }
            _ => Ok(()),
        }
    }
}

fn check_backup_type(text: &str) -> Result<(), String> {
    match text {
        "vm" | "ct" | "host" => Ok(()),
        "" => Err("The value is empty. Set `backup_type` to `vm`, `ct` or `host`. To select all \
                   groups, omit `backup_type` and set `all = true`."
            .into()),
        _ => Err("The value must be `vm`, `ct` or `host`.".into()),
    }
}

/// The diagnostic for an error of PBS. If PBS refuses a parameter, the diagnostic names the
/// argument with the value of the parameter, and says what is missing on the server.
fn refused(error: Error) -> Diagnostic {
    let (attribute, fault) = match error.refused_parameter() {
        Some("store") => ("datastore", "There is no such datastore."),
        Some("ns") => ("namespace", "The datastore has no such namespace."),
        Some("new-owner") => {
            ("new_owner", "The user or token does not exist, is disabled, or has expired.")
        }
        _ => return error.into(),
    };
    let text = format!("{fault} {}", sentence(error.to_string()));
    Diagnostic::error(format!("Invalid {attribute}"), text).at(attribute)
}

fn no_backup_group(
    datastore: &DatastoreName,
    namespace: Option<&Namespace>,
    backup_type: Option<String>,
    backup_id: Option<String>,
) -> Diagnostic {
    let selection = match (backup_type, backup_id) {
        (Some(backup_type), Some(id)) => format!(" {backup_type}/{id}"),
        (Some(backup_type), None) => format!(" of type {backup_type}"),
        (None, _) => String::new(),
    };
    let place = match namespace {
        Some(namespace) => format!("the namespace {namespace} of the datastore {datastore}"),
        None => format!("the root namespace of the datastore {datastore}"),
    };
    Diagnostic::failure(format!(
        "There is no backup group{selection} in {place}, or the provider's user or token is not \
         allowed to see such a group. Check the arguments of the action. Also check that the \
         provider's user or token has the privilege `Datastore.Audit` on `/datastore/{datastore}`."
    ))
}
