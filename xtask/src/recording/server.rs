//! Makes the script's changes on a real server, through its API.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    Sender,
    script::{ADMINISTRATORS, BACKUP_GROUPS, BackupGroup, Change, DATASTORE, ROOT_TOKEN},
};
use crate::cli::Result;

/// The result of a change.
pub(super) enum Outcome {
    Done,
    /// The API cannot make the change. Contains the reason.
    Impossible(&'static str),
}

/// An entry of `GET /access/acl`.
struct AclEntry {
    path: String,
    auth_id: String,
    role: String,
    propagate: bool,
}

impl Sender {
    /// Makes the change. If the server returns a new secret, remembers it as the actual value of
    /// the recorded secret.
    pub(super) async fn change(&mut self, change: &Change) -> Result<Outcome> {
        match *change {
            Change::SetTokenComment { id, comment } => {
                self.api("PUT", &token_path(id), &[("comment", comment)]).await?;
            }
            Change::CreateUser(userid) => {
                let password = self.credentials.password_of(userid)?;
                let form = [("userid", userid), ("password", password)];
                self.api("POST", "/access/users", &form).await?;
            }
            Change::DisableUser(userid) => {
                self.api("PUT", &format!("/access/users/{userid}"), &[("enable", "0")]).await?;
            }
            Change::CreateToken { id, secret } => {
                let (data, _) = self.api("POST", &token_path(id), &[]).await?;
                self.learn_secret(id, secret, &data["value"])?;
            }
            Change::RegenerateSecret { id, secret } => {
                let (data, _) = self.api("PUT", &token_path(id), &[("regenerate", "1")]).await?;
                self.learn_secret(id, Some(secret), &data["secret"])?;
            }
            Change::DeleteToken(id) => {
                self.api("DELETE", &token_path(id), &[]).await?;
            }
            Change::Grant { path, auth_id, role, propagate } => {
                let propagate = if propagate { "1" } else { "0" };
                let form = [
                    ("path", path),
                    ("auth-id", auth_id),
                    ("role", role),
                    ("propagate", propagate),
                ];
                self.api("PUT", "/access/acl", &form).await?;
            }
            Change::Revoke { path, auth_id, role } => self.revoke(path, auth_id, role).await?,
            Change::RevokeAllButAdministrators => self.revoke_all_but(&ADMINISTRATORS).await?,
            Change::OwnBackupGroup(group, owner) => {
                return self.set_group_owner(group, owner).await;
            }
            Change::SetDatastoreSpace { .. } => {
                return Ok(Outcome::Impossible("the server reports the sizes of its own disk"));
            }
            Change::ExpectOrphanedSecrets { .. } => {
                return Ok(Outcome::Impossible("the API does not show stored secrets"));
            }
        }
        Ok(Outcome::Done)
    }

    /// Returns an error if the server has a user other than `root@pam`, a token other than
    /// [`ROOT_TOKEN`], or an ACL entry other than the role of this token. The recording would
    /// delete such a user, token or ACL entry. Also returns an error if the server does not have
    /// the datastore of the script.
    pub(super) async fn require_empty(&self) -> Result<()> {
        let (users, _) = self.api("GET", "/access/users?include_tokens=1", &[]).await?;
        for user in list(&users) {
            let userid = text(user, "userid");
            if userid != "root@pam" {
                return Err(not_empty(&format!("the user {userid}")));
            }
            let mut tokens = list(&user["tokens"]).iter().map(|token| text(token, "tokenid"));
            if let Some(other) = tokens.find(|token| *token != ROOT_TOKEN) {
                return Err(not_empty(&format!("the API token {other}")));
            }
        }
        for entry in self.acl().await? {
            if (entry.path.as_str(), entry.auth_id.as_str(), entry.role.as_str())
                != ("/", ROOT_TOKEN, "Admin")
            {
                let AclEntry { path, auth_id, role, .. } = entry;
                return Err(not_empty(&format!("the role {role} of {auth_id} on {path}")));
            }
        }
        let (datastores, _) = self.api("GET", "/admin/datastore", &[]).await?;
        let mut names = list(&datastores).iter().map(|datastore| text(datastore, "store"));
        if !names.any(|name| name == DATASTORE) {
            return Err(format!(
                "the server has no datastore {DATASTORE}. Create this datastore, because the \
                 recorded answers contain its name"
            )
            .into());
        }
        Ok(())
    }

    /// Deletes every user, token and ACL entry of the recording.
    pub(super) async fn clean(&self) -> Result<()> {
        self.revoke_all_but(&[ROOT_TOKEN]).await?;
        for group in BACKUP_GROUPS {
            self.set_group_owner(group, ROOT_TOKEN).await?;
        }
        let (users, _) = self.api("GET", "/access/users", &[]).await?;
        for userid in list(&users).iter().map(|user| text(user, "userid")) {
            if userid != "root@pam" {
                self.api("DELETE", &format!("/access/users/{userid}"), &[]).await?;
            }
        }
        Ok(())
    }

    /// The text that PBS writes to `acl.cfg` for the current ACL entries. The API does not return
    /// this file.
    pub(super) async fn acl_cfg(&self) -> Result<String> {
        Ok(acl_cfg(&self.acl().await?))
    }

    fn learn_secret(&mut self, id: &str, recorded: Option<&str>, actual: &Value) -> Result<()> {
        let actual =
            actual.as_str().ok_or_else(|| format!("the server returned no secret of {id}"))?;
        // The secret is remembered even if no recorded request uses it, because `refuse_secrets`
        // searches for all secrets.
        let recorded = recorded.map_or_else(|| format!("<secret of {id}>"), str::to_owned);
        self.substitutions.secrets.insert(recorded, actual.to_owned());
        Ok(())
    }

    async fn acl(&self) -> Result<Vec<AclEntry>> {
        let (entries, _) = self.api("GET", "/access/acl", &[]).await?;
        let entry = |entry: &Value| AclEntry {
            path: text(entry, "path").to_owned(),
            auth_id: text(entry, "ugid").to_owned(),
            role: text(entry, "roleid").to_owned(),
            propagate: entry["propagate"] != false,
        };
        Ok(list(&entries).iter().map(entry).collect())
    }

    async fn revoke(&self, path: &str, auth_id: &str, role: &str) -> Result<()> {
        let form = [("path", path), ("auth-id", auth_id), ("role", role), ("delete", "1")];
        self.api("PUT", "/access/acl", &form).await.map(drop)
    }

    /// Removes all ACL entries except the entries with the role Admin on `/` for these users and
    /// tokens.
    async fn revoke_all_but(&self, administrators: &[&str]) -> Result<()> {
        for AclEntry { path, auth_id, role, .. } in self.acl().await? {
            let stays =
                path == "/" && role == "Admin" && administrators.contains(&auth_id.as_str());
            if !stays {
                self.revoke(&path, &auth_id, &role).await?;
            }
        }
        Ok(())
    }

    async fn set_group_owner(&self, group: BackupGroup, owner: &str) -> Result<Outcome> {
        let BackupGroup { namespace, backup_type, backup_id } = group;
        let path = format!("/admin/datastore/{DATASTORE}");
        // If the namespace does not exist, PBS refuses this request. The group then does not exist
        // either.
        let groups = self.api("GET", &format!("{path}/groups?ns={namespace}"), &[]).await;
        let (groups, _) = groups.unwrap_or_default();
        let exists = list(&groups).iter().any(|group| {
            text(group, "backup-type") == backup_type && text(group, "backup-id") == backup_id
        });
        if !exists {
            return Ok(Outcome::Impossible(
                "the backup group does not exist; make a backup with proxmox-backup-client before",
            ));
        }
        let mut form =
            vec![("backup-type", backup_type), ("backup-id", backup_id), ("new-owner", owner)];
        if !namespace.is_empty() {
            form.push(("ns", namespace));
        }
        self.api("POST", &format!("{path}/change-owner"), &form).await?;
        Ok(Outcome::Done)
    }
}

fn not_empty(what: &str) -> Box<dyn std::error::Error + Send + Sync> {
    format!(
        "the server has {what}. The recording deletes all users, tokens and ACL entries but \
         {ROOT_TOKEN}: use a server that was installed for it"
    )
    .into()
}

fn token_path(id: &str) -> String {
    let (user, name) = id.split_once('!').unwrap_or((id, ""));
    format!("/access/users/{user}/token/{name}")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

/// The text of `acl.cfg`. Entries with the same path and the same `propagate` are in one line if
/// their ids have the same roles.
fn acl_cfg(entries: &[AclEntry]) -> String {
    let mut ids_by_role: BTreeMap<(&str, bool, &str), BTreeSet<&str>> = BTreeMap::new();
    for AclEntry { path, auth_id, role, propagate } in entries {
        ids_by_role.entry((path, *propagate, role)).or_default().insert(auth_id);
    }
    let mut roles_by_ids: BTreeMap<(&str, bool, String), Vec<&str>> = BTreeMap::new();
    for ((path, propagate, role), ids) in ids_by_role {
        let ids = ids.into_iter().collect::<Vec<_>>().join(",");
        roles_by_ids.entry((path, propagate, ids)).or_default().push(role);
    }
    let mut text = String::new();
    for ((path, propagate, ids), roles) in roles_by_ids {
        text += &format!("acl:{}:{path}:{ids}:{}\n", u8::from(propagate), roles.join(","));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acl_cfg_lists_ids_with_the_same_roles_in_one_line() {
        let entry = |path: &str, auth_id: &str, role: &str, propagate| AclEntry {
            path: path.into(),
            auth_id: auth_id.into(),
            role: role.into(),
            propagate,
        };
        let entries = [
            entry("/datastore", "b@pbs", "Audit", true),
            entry("/", "b@pbs", "Admin", true),
            entry("/", "a@pbs", "Admin", true),
            entry("/datastore", "b@pbs", "Admin", true),
            entry("/datastore", "c@pbs", "Audit", false),
        ];
        let expected = "acl:1:/:a@pbs,b@pbs:Admin\n\
            acl:0:/datastore:c@pbs:Audit\n\
            acl:1:/datastore:b@pbs:Admin,Audit\n";
        assert_eq!(acl_cfg(&entries), expected);
    }
}
