//! The record of what this process has done to the ACL.

use crate::pbs::{AclPath, AuthId, Grant, Grants, Result, RoleId, access::settle::FlushQueue};
use parking_lot::Mutex;
use std::{collections::HashMap, sync::Arc};
use tokio::sync::{OnceCell, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// All state that a client keeps about its writes to the ACL.
///
/// PBS has one request that creates, changes or deletes a grant (ACL entry). The response does not
/// say whether the grant existed before, or which other grants PBS has removed. The ledger answers
/// these questions without reading the whole ACL for every write.
///
/// # What is remembered
/// - The initial list: the grants on the server when the ledger first needed them. The ledger reads
///   this list only once.
/// - For each grant that this process has written, whether the last write was a put, which creates
///   or changes the grant, or a deletion. Path, subject and role identify the grant. `propagate` is
///   not remembered.
///
/// A write is recorded after PBS has carried it out. If this process has written a grant, its last
/// write decides. After a put, the grant exists. After a deletion, the grant does not exist. Every
/// other grant exists if it is in the initial list. The ledger does not know the writes of other
/// processes after the initial list was read.
///
/// # `NoAccess` and other roles displace each other
/// For one subject (user or token) on one path, PBS keeps either `NoAccess` or other roles (4.2.3,
/// measured). Recording a put therefore also records a deletion of every grant that the new grant
/// excludes.
///
/// # A deletion must not remove a grant that this process has created
/// In one run, one resource can create the grant that another resource destroys, for example when
/// the address of a resource changes. The grant has to exist at the end of the run, regardless of
/// the order in which the two resources are applied.
/// [`Client::delete_preexisting_grant`](crate::pbs::Client::delete_preexisting_grant) therefore
/// does nothing if the last write of this process has put the grant.
///
/// # Locks
/// - Every put holds `write_order` in shared mode, from before its request until the put is
///   recorded. Puts can therefore run in parallel. `delete_preexisting_grant` holds `write_order`
///   in exclusive mode, from its check to the end of its request. Therefore no put of the same
///   grant can run in between. `delete_grant` does not take this lock, because it undoes a put of
///   the same process.
/// - `last_writes` is locked only while the map is read or changed, never during a request.
/// - The lock inside `flushes` is held while a flush (described below) is sent.
///
/// # When a grant becomes effective
/// PBS lists a changed grant immediately, but checks privileges against a cached ACL that is up to
/// 5 seconds old. A flush is an empty write to the user configuration. The flush changes nothing,
/// but makes PBS discard its cached ACL. Each task that waits for a changed grant takes a number
/// from `flushes`. A flush serves all tasks that have taken their number before the flush started.
/// Tasks that arrive during a flush share the next flush. The code that sends the flushes is in
/// [`settle`](super::settle).
#[derive(Default)]
pub(in crate::pbs) struct AclLedger {
    initial: OnceCell<Arc<Grants>>,
    last_writes: Mutex<LastWrites>,
    write_order: RwLock<()>,
    pub(super) flushes: FlushQueue,
}

/// The last write to each grant, by subject.
#[derive(Default)]
struct LastWrites(HashMap<AuthId, HashMap<(AclPath, RoleId), Write>>);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Write {
    Put,
    Deletion,
}

impl AclLedger {
    /// The initial list of grants. `fetch` reads the list when it is first needed.
    pub(super) async fn initial_grants<F>(&self, fetch: impl FnOnce() -> F) -> Result<&Grants>
    where
        F: Future<Output = Result<Arc<Grants>>>,
    {
        Ok(self.initial.get_or_try_init(fetch).await?)
    }

    /// Whether the grant exists, judged by the initial list and the writes of this process.
    pub(super) fn exists(&self, initial: &Grants, grant: &Grant) -> bool {
        match self.last_writes.lock().of(grant) {
            Some(write) => write == Write::Put,
            None => initial.of(&grant.auth_id).iter().any(|listed| listed.is_same_grant(grant)),
        }
    }

    /// The existing grants that PBS removes when `grant` is put. The list is sorted and has no
    /// duplicates.
    pub(super) fn displaced_by(&self, initial: &Grants, grant: &Grant) -> Vec<Grant> {
        let last_writes = self.last_writes.lock();
        let deleted = |listed: &Grant| last_writes.of(listed) == Some(Write::Deletion);
        let listed = initial.of(&grant.auth_id).iter().filter(|listed| !deleted(listed));
        let existing = listed.cloned().chain(last_writes.put_for(&grant.auth_id));
        let mut displaced: Vec<_> = existing.filter(|other| other.excludes(grant)).collect();
        displaced.sort();
        displaced.dedup_by(|grant, previous| grant.is_same_grant(previous));
        displaced
    }

    /// Whether the last write of this process to the grant was a put.
    pub(super) fn was_put(&self, grant: &Grant) -> bool {
        self.last_writes.lock().of(grant) == Some(Write::Put)
    }

    /// The lock for a put, shared with other puts.
    pub(super) async fn lock_for_put(&self) -> RwLockReadGuard<'_, ()> {
        self.write_order.read().await
    }

    /// The lock for a deletion that must not overlap with any put.
    pub(super) async fn lock_against_puts(&self) -> RwLockWriteGuard<'_, ()> {
        self.write_order.write().await
    }

    /// Records that PBS has carried out a put. Also records the deletion of the grants that the new
    /// grant excludes.
    pub(super) fn record_put(&self, grant: &Grant) {
        let subject = &grant.auth_id;
        let initial = self.initial.get().map_or(&[][..], |initial| initial.of(subject));
        let mut last_writes = self.last_writes.lock();
        let known = initial.iter().cloned().chain(last_writes.put_for(subject));
        let displaced: Vec<_> = known.filter(|other| other.excludes(grant)).collect();
        for other in &displaced {
            last_writes.record(other, Write::Deletion);
        }
        last_writes.record(grant, Write::Put);
    }

    /// Records that PBS has carried out a deletion.
    pub(super) fn record_deletion(&self, grant: &Grant) {
        self.last_writes.lock().record(grant, Write::Deletion);
    }
}

impl LastWrites {
    fn record(&mut self, grant: &Grant, write: Write) {
        let Grant { path, auth_id, role, propagate: _ } = grant.clone();
        self.0.entry(auth_id).or_default().insert((path, role), write);
    }

    fn of(&self, grant: &Grant) -> Option<Write> {
        let Grant { path, auth_id, role, propagate: _ } = grant;
        self.0.get(auth_id)?.get(&(path.clone(), role.clone())).copied()
    }

    /// All grants of the subject for which the last write was a put. Their `propagate` is always
    /// true, because the ledger does not remember the real value.
    fn put_for(&self, subject: &AuthId) -> impl Iterator<Item = Grant> {
        let writes = self.0.get(subject).into_iter().flatten();
        writes.filter(|(_, write)| **write == Write::Put).map(|((path, role), _)| Grant {
            path: path.clone(),
            auth_id: subject.clone(),
            role: role.clone(),
            propagate: true,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(role: &str) -> Grant {
        Grant {
            path: "/datastore".parse().unwrap(),
            auth_id: "one@pbs".parse().unwrap(),
            role: role.parse().unwrap(),
            propagate: true,
        }
    }

    async fn ledger(listed: &Grant) -> (AclLedger, Arc<Grants>) {
        let initial: Arc<Grants> = Arc::new([listed.clone()].into_iter().collect());
        let ledger = AclLedger::default();
        ledger.initial_grants(async || Ok(Arc::clone(&initial))).await.unwrap();
        (ledger, initial)
    }

    #[tokio::test]
    async fn the_last_write_of_this_process_outweighs_the_initial_list() {
        let (audit, admin) = (grant("Audit"), grant("Admin"));
        let (ledger, initial) = ledger(&audit).await;
        assert!(ledger.exists(&initial, &audit) && !ledger.exists(&initial, &admin));
        assert!(!ledger.was_put(&audit), "only the initial list contains the grant");
        ledger.record_put(&admin);
        assert!(ledger.exists(&initial, &admin) && ledger.was_put(&admin));
        ledger.record_deletion(&audit);
        assert!(!ledger.exists(&initial, &audit));
        ledger.record_put(&Grant { propagate: false, ..audit.clone() });
        assert!(ledger.exists(&initial, &audit) && ledger.was_put(&audit));
    }

    #[tokio::test]
    async fn no_access_and_other_roles_displace_each_other() {
        let (audit, admin, no_access) = (grant("Audit"), grant("Admin"), grant("NoAccess"));
        let (ledger, initial) = ledger(&audit).await;
        ledger.record_put(&admin);
        assert_eq!(ledger.displaced_by(&initial, &no_access), [admin.clone(), audit.clone()]);
        assert_eq!(ledger.displaced_by(&initial, &grant("DatastoreReader")), []);
        ledger.record_put(&no_access);
        assert!(!ledger.exists(&initial, &audit) && !ledger.exists(&initial, &admin));
        assert_eq!(ledger.displaced_by(&initial, &audit), [no_access]);
        ledger.record_put(&audit);
        assert!(!ledger.exists(&initial, &grant("NoAccess")) && ledger.was_put(&audit));
    }

    #[tokio::test]
    async fn puts_and_an_exclusive_deletion_never_overlap() {
        let ledger = AclLedger::default();
        let (first, second) = (ledger.lock_for_put().await, ledger.lock_for_put().await);
        assert!(ledger.write_order.try_write().is_err());
        drop((first, second));
        let _deleting = ledger.lock_against_puts().await;
        assert!(ledger.write_order.try_read().is_err());
    }
}
