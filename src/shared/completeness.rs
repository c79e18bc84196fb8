//! Warnings about lists that may be incomplete. PBS leaves out the objects that the provider's user
//! or token is not allowed to see, and reports no error.

use crate::pbs::{Client, DatastoreName, Kind, Privilege, UserId};
use tf_plugin::{Cx, Diagnostic, Result};

/// Warns if PBS shows the provider only some of the grants.
pub(crate) async fn warn_of_incomplete_grants(cx: &Cx<Client>, pbs: &Client) -> Result<()> {
    if !pbs.can_see_all_grants().await? {
        cx.warn(incomplete("grants", "`Sys.Audit` on `/access/acl`", "`Audit`"));
    }
    Ok(())
}

/// Warns if PBS shows the provider only the provider's own user and the tokens of this user.
/// `objects` is the name of the objects in the list, in the plural. `owners` are the users in the
/// list, or the users to whom the tokens in the list belong.
pub(crate) async fn warn_of_incomplete_users<'a>(
    cx: &Cx<Client>,
    pbs: &Client,
    objects: &str,
    mut owners: impl Iterator<Item = &'a UserId>,
) -> Result<()> {
    const USERS: &str = "/access/users";
    // A list that contains a user other than the provider's own user is complete. The function then
    // sends no request.
    let caller = pbs.caller();
    let own_user = caller.as_ref().map(|caller| caller.user());
    if owners.all(|owner| Some(owner) == own_user) && !pbs.has_privilege("Sys.Audit", USERS).await?
    {
        cx.warn(incomplete(objects, &format!("`Sys.Audit` on `{USERS}`"), "`Audit`"));
    }
    Ok(())
}

/// Warns if the provider lacks the privileges to see all datastores. Call this function only if the
/// list of datastores is empty. A token often needs only some datastores. A list with some
/// datastores is therefore no reason for a warning.
pub(crate) async fn warn_of_hidden_datastores(cx: &Cx<Client>, pbs: &Client) -> Result<()> {
    const DATASTORES: &str = "/datastore";
    if !pbs.has_one_of_below(&["Datastore.Audit", "Datastore.Backup"], DATASTORES).await? {
        cx.warn(incomplete(
            "datastores",
            "`Datastore.Audit` or `Datastore.Backup` on `/datastore` and the paths below",
            "`DatastoreAudit`",
        ));
    }
    Ok(())
}

/// Warns if PBS shows the provider only some of the objects of this kind.
pub(crate) async fn warn_of_incomplete_objects(
    cx: &Cx<Client>,
    pbs: &Client,
    kind: &Kind,
) -> Result<()> {
    let Some(Privilege(privilege, path)) = kind.see_all_privilege else { return Ok(()) };
    if !pbs.has_privilege(privilege, path).await? {
        let role = match path.split('/').nth(1) {
            Some("remote") => "`RemoteAudit`",
            Some("datastore") => "`DatastoreAudit`",
            _ => "`Audit`",
        };
        let objects = format!("{}s", kind.noun);
        cx.warn(incomplete(&objects, &format!("`{privilege}` on `{path}`"), role));
    }
    Ok(())
}

/// Warns if PBS does not show the provider all tasks of other users and tokens.
pub(crate) async fn warn_of_incomplete_tasks(cx: &Cx<Client>, pbs: &Client) -> Result<()> {
    const PATH: &str = "/system/tasks";
    if !pbs.has_privilege("Sys.Audit", PATH).await? {
        cx.warn(incomplete("tasks", &format!("`Sys.Audit` on `{PATH}`"), "`Audit`"));
    }
    Ok(())
}

/// Warns that PBS does not show the provider the usage of a datastore.
pub(crate) fn warn_of_hidden_usage(cx: &Cx<Client>, datastore: &DatastoreName) {
    cx.warn(Diagnostic::warning(
        format!("The usage of the datastore {datastore} is not visible"),
        "`total_bytes`, `used_bytes` and `available_bytes` are null, because PBS shows the usage \
         only to users and tokens with the privilege `Datastore.Audit` on the datastore itself. \
         This privilege on a namespace of the datastore is not sufficient.",
    ));
}

/// The warning about a list that may be incomplete. `privilege` names the missing privilege and the
/// path on which the privilege is needed. `role` is a role with this privilege.
fn incomplete(objects: &str, privilege: &str, role: &str) -> Diagnostic {
    Diagnostic::warning(
        format!("The list of {objects} may be incomplete"),
        format!(
            "PBS may hide some {objects} from the provider, because the provider's user or token \
             lacks the privilege {privilege}. To see all {objects}, give this user or token a role \
             with the privilege, such as {role}. If the provider logs in with a token, the token \
             and its user both need the role."
        ),
    )
}
