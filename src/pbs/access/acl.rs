//! `/access/acl`: reading and writing grants.

use crate::pbs::{
    AclPath, AuthId, Client, Error, ExistingGrant, Grant, Grants, Result, RoleId, http::Call,
    snapshot::Area,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

const ACL: &str = "/access/acl";

impl Client {
    /// All grants that the authenticated user or token can see. Simultaneous readers share one
    /// list.
    ///
    /// Without sufficient privileges, PBS returns a shorter or empty list and no error. A grant
    /// that is not in the list can therefore exist, unless
    /// [`can_see_all_grants`](Self::can_see_all_grants) is true.
    ///
    /// # Errors
    /// The request fails.
    pub async fn grants(&self) -> Result<Arc<Grants>> {
        let client = self.clone();
        let lists = &self.shared.lists;
        let fetch = || async move { client.fetch_grants().await };
        lists.grants.read(&lists.epochs, &[Area::Acl], fetch).await
    }

    /// Like [`grants`](Self::grants), but always sends a request and never uses the shared list.
    async fn fetch_grants(&self) -> Result<Grants> {
        // The request has no parameter `path`. With `path` but without `exact`, PBS would return
        // malformed paths such as `//datastore`.
        let entries = self.send::<Vec<Wire>>(Call::get(["access", "acl"])).await?;
        Ok(entries.into_iter().filter_map(Wire::into_grant).collect())
    }

    /// Whether the authenticated user or token can see every grant, that is, has the privilege
    /// `Sys.Audit` on `/access/acl`.
    ///
    /// # Errors
    /// The request fails.
    pub async fn can_see_all_grants(&self) -> Result<bool> {
        let client = self.clone();
        let lists = &self.shared.lists;
        let can_see = lists.can_see_all_grants.read(&lists.epochs, &[Area::Acl], || async move {
            client.has_privilege("Sys.Audit", ACL).await
        });
        Ok(*can_see.await?)
    }

    /// All grants, or `None` if the authenticated user or token is not allowed to see all grants. A
    /// grant that is not in the list certainly does not exist, because the client checks the
    /// privilege before it requests the list. Simultaneous readers share one list.
    ///
    /// # Errors
    /// A request fails.
    pub async fn all_grants(&self) -> Result<Option<Arc<Grants>>> {
        let client = self.clone();
        let lists = &self.shared.lists;
        let fetch = || async move {
            match client.can_see_all_grants().await? {
                true => Ok(Some(Arc::new(client.fetch_grants().await?))),
                false => Ok(None),
            }
        };
        let all_grants = lists.all_grants.read(&lists.epochs, &[Area::Acl], fetch).await?;
        Ok(all_grants.as_ref().clone())
    }

    /// Claims a grant for its creation, so that no other creation in this run can claim the grant,
    /// and returns `None`. If the grant exists already, claims nothing, and returns whether the
    /// grant was created in this run or earlier. If the creation of a claimed grant fails, call
    /// [`release_grant`](Self::release_grant).
    ///
    /// The result comes from the list of grants that the client has read once, and from the later
    /// writes of this client.
    ///
    /// # Errors
    /// The request for the list fails.
    pub async fn claim_grant(&self, grant: &Grant) -> Result<Option<ExistingGrant>> {
        let initial = self.initial_grants().await?;
        Ok(self.shared.acl_ledger.claim(initial, grant).err())
    }

    /// If the creation of a user or token has succeeded, or its response was lost, records that
    /// this client has created the user or token. If the initial list contains grants of this user
    /// or token, these grants are leftovers of an earlier user or token with the same id.
    pub(super) fn record_creation<T>(&self, subject: AuthId, created: &Result<T>) {
        if created.as_ref().err().is_none_or(Error::response_lost) {
            self.shared.acl_ledger.record_new_subject(subject);
        }
    }

    /// Releases a claimed grant that was not created.
    pub fn release_grant(&self, grant: &Grant) {
        self.shared.acl_ledger.record_deletion(grant);
    }

    /// The existing grants that PBS removes when it stores `grant`. For one subject on one path,
    /// PBS keeps either `NoAccess` or other roles (PBS 4.2.3, measured). The result comes from the
    /// initial list, which is the first list of grants that this client has read, and from the
    /// later writes of this client. Reading the whole list for every write would be slow.
    ///
    /// # Errors
    /// The request for the initial list fails.
    pub async fn grants_displaced_by(&self, grant: &Grant) -> Result<Vec<Grant>> {
        let initial = self.initial_grants().await?;
        Ok(self.shared.acl_ledger.displaced_by(initial, grant))
    }

    /// The grants that already exist for a user or token that was just created. They are left over
    /// from a deleted user or token with the same id. The initial list is the first list of grants
    /// that this client has read. If it contains no grant of this user or token, the client sends
    /// no further request.
    ///
    /// # Errors
    /// The request fails.
    pub async fn leftover_grants(&self, subject: &AuthId) -> Result<Vec<Grant>> {
        match self.initial_grants().await?.of(subject) {
            [] => Ok(Vec::new()),
            // The grants in the initial list might no longer exist, because PBS 3.4 and later
            // delete the grants of a deleted token.
            _ => Ok(self.grants().await?.of(subject).to_vec()),
        }
    }

    async fn initial_grants(&self) -> Result<&Grants> {
        self.shared.acl_ledger.initial_grants(|| self.grants()).await
    }

    /// Creates the grant (ACL entry). If the grant exists already, sets its property `propagate`.
    ///
    /// PBS lists the grant immediately, but the grant is effective only after
    /// [`wait_until_effective`](Self::wait_until_effective). If the subject is `root@pam`, PBS
    /// reports a success but stores nothing. If the response is lost, the list of grants is read to
    /// find out whether the request was carried out.
    ///
    /// # Errors
    /// - PBS cannot store grants for this user or token.
    /// - The user, token, role or path does not exist.
    /// - The authenticated user or token lacks the privilege `Permissions.Modify` on `/access/acl`.
    pub async fn put_grant(&self, grant: &Grant) -> Result<()> {
        grant.auth_id.user().check_grantable()?;
        if let Err(error) = self.write_acl(grant, None).await {
            self.resolve_lost_write(grant, error, |grants, _| grants.contains(grant)).await?;
        }
        self.shared.acl_ledger.record_put(grant);
        Ok(())
    }

    /// Deletes the grant. Succeeds even if the grant does not exist. The deletion is effective only
    /// after [`wait_until_effective`](Self::wait_until_effective). If the response is lost, the
    /// list of grants is read to find out whether the request was carried out.
    ///
    /// # Errors
    /// The request fails, or the authenticated user or token lacks the privilege
    /// `Permissions.Modify` on `/access/acl`.
    pub async fn delete_grant(&self, grant: &Grant) -> Result<()> {
        if let Err(error) = self.write_acl(grant, Some(true)).await {
            let is_missing = |grants: &Grants, is_complete| is_complete && !grants.has(grant);
            self.resolve_lost_write(grant, error, is_missing).await?;
        }
        self.shared.acl_ledger.record_deletion(grant);
        Ok(())
    }

    /// Finds out whether PBS has carried out a write to this grant. `error` is the error of the
    /// write. `is_carried_out` decides this from two arguments: the list of grants, and whether
    /// this list is complete. The client reads the list even if the run was asked to stop.
    ///
    /// # Errors
    /// - `error`, if it does not report a lost response, or if the outcome of the write remains
    ///   unknown.
    /// - [`Error::NotCarriedOut`], if PBS will not carry out the write.
    async fn resolve_lost_write(
        &self,
        grant: &Grant,
        error: Error,
        is_carried_out: impl Fn(&Grants, bool) -> bool,
    ) -> Result<()> {
        if !error.response_lost() {
            return Err(error);
        }
        let uncancellable = self.uncancellable();
        let outcome = async || {
            let is_complete = uncancellable.can_see_all_grants().await.ok()?;
            let grants = uncancellable.fetch_grants().await.ok()?;
            Some((is_carried_out(&grants, is_complete), is_complete))
        };
        if let Some((true, _)) = outcome().await {
            return Ok(());
        }
        if !self.wait_for_lost_writes(grant).await {
            return Err(error);
        }
        match outcome().await {
            Some((true, _)) => Ok(()),
            Some((false, true)) => Err(error.into_not_carried_out()),
            Some((false, false)) | None => Err(error),
        }
    }

    /// Sends the request that writes a grant. If `delete` is `Some(true)`, the request deletes the
    /// grant.
    async fn write_acl(&self, grant: &Grant, delete: Option<bool>) -> Result<()> {
        #[derive(Serialize)]
        #[serde(rename_all = "kebab-case")]
        struct Body<'a> {
            path: &'a AclPath,
            auth_id: &'a AuthId,
            role: &'a RoleId,
            #[serde(skip_serializing_if = "Option::is_none")]
            propagate: Option<bool>,
            #[serde(skip_serializing_if = "Option::is_none")]
            delete: Option<bool>,
        }
        let Grant { path, auth_id, role, propagate } = grant;
        // A put always sends `propagate`, because PBS sets `propagate` to true if the request does
        // not contain it.
        let propagate = delete.is_none().then_some(*propagate);
        let _grants_lock = self.lock_grants_for_write().await;
        let _epoch = self.shared.lists.epochs.advance_on_drop(&[Area::Acl]);
        let body = Body { path, auth_id, role, propagate, delete };
        let call = Call::put(["access", "acl"]).json(&body).changes(grant);
        let call = call.needs("Permissions.Modify", ACL);
        self.send_write(call).await.map_err(|error| with_advice_on_path(error, path))
    }
}

/// Adds advice to the error for a path that the server does not know, although PBS 4.2.3 knows the
/// path. For example, PBS 3.4.8 does not know the paths of S3 endpoints and encryption keys
/// (measured).
fn with_advice_on_path(error: Error, path: &AclPath) -> Error {
    match error.refusal() {
        Some((400, message))
            if path.tree_is_known() && message == format!("invalid acl path '{path}'.") =>
        {
            error.with_advice(
                ". The server is too old for this path, which Proxmox Backup Server 4.2 accepts. \
                 Upgrade the server, or choose another path",
            )
        }
        _ => error,
    }
}

/// An entry of the ACL as PBS sends it.
#[derive(Deserialize)]
pub(super) struct Wire {
    path: String,
    ugid: String,
    ugid_type: Option<String>,
    roleid: String,
    propagate: Option<bool>,
}

impl Wire {
    /// The grant, or `None` if the entry is for a group or if a name in the entry cannot be parsed.
    /// An entry without a grant can be ignored, because no request of this client can name the
    /// entry. Entries for groups are recognized by their type, because the name of a group can look
    /// like the id of a user: PBS reads an entry for the user `@a@pbs` as an entry for the group
    /// `a@pbs` (PBS 4.2.3, measured).
    pub(super) fn into_grant(self) -> Option<Grant> {
        if self.ugid_type.is_some_and(|kind| kind != "user") {
            return None;
        }
        Some(Grant {
            path: self.path.parse().ok()?,
            auth_id: self.ugid.parse().ok()?,
            role: self.roleid.parse().ok()?,
            propagate: self.propagate.unwrap_or(true),
        })
    }
}
