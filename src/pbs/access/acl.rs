//! `/access/acl`: who is granted which role on what.

use crate::pbs::{AclPath, AuthId, Client, Grants, Result, RoleId, http::Call, snapshot::Area};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

const ACL: &str = "/access/acl";

/// One grant. Path, subject and role tell it apart; `propagate` is what it says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AclEntry {
    /// On what.
    pub path: AclPath,
    /// To whom.
    pub auth_id: AuthId,
    /// Which role.
    pub role: RoleId,
    /// Whether it counts below the path as well.
    pub propagate: bool,
}

impl AclEntry {
    /// Whether it is the same grant, whatever `propagate` says.
    #[must_use]
    pub fn is_the_same_as(&self, other: &Self) -> bool {
        self.path == other.path && self.auth_id == other.auth_id && self.role == other.role
    }

    /// Whether PBS cannot keep both: one is `NoAccess`, the other another role of the same subject
    /// on the same path.
    #[must_use]
    pub fn is_rival_of(&self, other: &Self) -> bool {
        let denies = |entry: &Self| entry.role.as_str() == "NoAccess";
        self.path == other.path && self.auth_id == other.auth_id && denies(self) != denies(other)
    }
}

impl Client {
    /// All entries that the caller may see, read once for all who ask at the same time. A caller
    /// who may not see all gets a part of them, or nothing, and no error: whether an entry that
    /// is missing really is, only [`may_see_all_acl`](Self::may_see_all_acl) tells.
    ///
    /// # Errors
    /// The server cannot be asked.
    pub async fn acl(&self) -> Result<Arc<Grants>> {
        let client = self.clone();
        let lists = &self.shared.lists;
        let fetch = || async move { client.acl_anew().await };
        lists.acl.read(&lists.epochs, &[Area::Acl], fetch).await
    }

    /// The same, shared with nobody.
    async fn acl_anew(&self) -> Result<Grants> {
        // With a `path`, but without `exact`, PBS answers paths like `//datastore`.
        let wires = self.send::<Vec<Wire>>(Call::get(["access", "acl"])).await?;
        Ok(wires.into_iter().filter_map(Wire::parsed).collect())
    }

    /// Whether the entry is there, as far as this client knows without asking anew: by the list as it
    /// stood when it first asked, and by what it has written since.
    ///
    /// # Errors
    /// The server cannot be asked.
    pub async fn acl_exists(&self, entry: &AclEntry) -> Result<bool> {
        let listed = self.first_acl().await?.of(&entry.auth_id);
        let listed = listed.iter().any(|one| one.is_the_same_as(entry));
        let written = self.shared.written_acl.lock();
        Ok(written.has_put(entry) || listed && !written.has_deleted(entry))
    }

    /// Whether [`acl`](Self::acl) shows every entry there is: the caller has `Sys.Audit` on
    /// `/access/acl`.
    ///
    /// # Errors
    /// The server cannot be asked.
    pub async fn may_see_all_acl(&self) -> Result<bool> {
        let client = self.clone();
        let lists = &self.shared.lists;
        let sees = lists.sees_all_acl.read(&lists.epochs, &[Area::Acl], || async move {
            let path: AclPath = ACL.parse()?;
            let permissions = client.permissions(None, Some(&path)).await?;
            Ok(permissions.get(ACL).is_some_and(|granted| granted.contains_key("Sys.Audit")))
        });
        Ok(*sees.await?)
    }

    /// Creates the entry, or gives an existing one this `propagate`. It is listed at once, but
    /// counts only after [`rights_in_effect`](Self::rights_in_effect). For `root@pam` itself PBS
    /// answers a success and stores nothing. Where the answer is lost, the list tells what was done.
    ///
    /// # Errors
    /// The user, token, role or path does not exist, or the caller may not grant it
    /// (`Permissions.Modify` on `/access/acl`).
    pub async fn put_acl(&self, entry: &AclEntry) -> Result<()> {
        let _beside_others = self.shared.acl_order.read().await;
        if let Err(error) = self.write_acl(entry, None).await {
            // What may have been done is looked after even when the run is asked to stop.
            let done = error.answer_lost()
                && self.uncancellable().acl_anew().await.is_ok_and(|all| all.contains(entry));
            if !done {
                return Err(error);
            }
        }
        let first = self.shared.first_acl.get().map_or(&[][..], |first| first.of(&entry.auth_id));
        self.shared.written_acl.lock().note_put(entry, first);
        Ok(())
    }

    /// The entries that PBS removes when this one is put: of one subject on one path it keeps either
    /// `NoAccess` or other roles (4.2.3, measured). Judged by the list as it stood when this client
    /// first asked, and by what it has written since: a list for every write would be too dear.
    ///
    /// # Errors
    /// The server cannot be asked.
    pub async fn displaced_by(&self, entry: &AclEntry) -> Result<Vec<AclEntry>> {
        let first = self.first_acl().await?;
        let written = self.shared.written_acl.lock();
        let listed = first.of(&entry.auth_id).iter().filter(|one| !written.has_deleted(one));
        let all = listed.cloned().chain(written.put_of(&entry.auth_id));
        let mut rivals: Vec<_> = all.filter(|one| one.is_rival_of(entry)).collect();
        rivals.sort();
        rivals.dedup_by(|one, other| one.is_the_same_as(other));
        Ok(rivals)
    }

    /// The entries of somebody who was just made: those of an earlier one of that name. Asks nothing
    /// anew where the list as it stood when this client first asked has none.
    ///
    /// # Errors
    /// The server cannot be asked.
    pub async fn inherited_by(&self, subject: &AuthId) -> Result<Vec<AclEntry>> {
        match self.first_acl().await?.of(subject) {
            [] => Ok(Vec::new()),
            // Since PBS 3.4 they may have gone in this run, with the earlier token.
            _ => Ok(self.acl().await?.of(subject).to_vec()),
        }
    }

    async fn first_acl(&self) -> Result<&Grants> {
        Ok(self.shared.first_acl.get_or_try_init(|| self.acl()).await?)
    }

    /// Deletes the entry; that there is none is a success. As [`put_acl`](Self::put_acl), it counts a
    /// little later, and where the answer is lost, the list tells what was done.
    ///
    /// # Errors
    /// The caller may not take it away (`Permissions.Modify` on `/access/acl`).
    pub async fn delete_acl(&self, entry: &AclEntry) -> Result<()> {
        if let Err(error) = self.write_acl(entry, Some(true)).await {
            let done = error.answer_lost() && self.uncancellable().has_gone(entry).await;
            if !done {
                return Err(error);
            }
        }
        self.shared.written_acl.lock().note_deleted(entry);
        Ok(())
    }

    /// The same for an entry that was there before this client came: if this client has put such a
    /// one, it was made anew and stays.
    ///
    /// # Errors
    /// As [`delete_acl`](Self::delete_acl).
    pub async fn delete_earlier_acl(&self, entry: &AclEntry) -> Result<()> {
        // Whoever puts the same entry does so wholly before or wholly after.
        let _alone = self.shared.acl_order.write().await;
        if self.shared.written_acl.lock().has_put(entry) {
            return Ok(());
        }
        self.delete_acl(entry).await
    }

    /// Whether it is surely not there: who may not see all entries cannot tell.
    async fn has_gone(&self, entry: &AclEntry) -> bool {
        let absent =
            |all: &Grants| !all.of(&entry.auth_id).iter().any(|one| one.is_the_same_as(entry));
        self.acl_anew().await.is_ok_and(|all| absent(&all))
            && self.may_see_all_acl().await.unwrap_or(false)
    }

    async fn write_acl(&self, entry: &AclEntry, delete: Option<bool>) -> Result<()> {
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
        let AclEntry { path, auth_id, role, propagate } = entry;
        // Without `propagate` PBS would not leave it as it is, but set it.
        let propagate = delete.is_none().then_some(*propagate);
        let _written = self.shared.lists.epochs.raise_at_end(&[Area::Acl]);
        let body = Body { path, auth_id, role, propagate, delete };
        let call = Call::put(["access", "acl"]).json(&body).needs("Permissions.Modify", ACL);
        self.send_write(call).await
    }
}

#[derive(Deserialize)]
pub(super) struct Wire {
    path: String,
    ugid: String,
    roleid: String,
    propagate: Option<bool>,
}

impl Wire {
    /// `None` for an entry whose names we cannot parse, such as a group of a future version: nobody
    /// can have asked for it.
    pub(super) fn parsed(self) -> Option<AclEntry> {
        Some(AclEntry {
            path: self.path.parse().ok()?,
            auth_id: self.ugid.parse().ok()?,
            role: self.roleid.parse().ok()?,
            propagate: self.propagate.unwrap_or(true),
        })
    }
}
