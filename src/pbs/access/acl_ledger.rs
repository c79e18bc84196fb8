//! The record of what this process has done to the ACL.

use crate::pbs::{AclPath, AuthId, Grant, Grants, Result, RoleId, access::settle::Settling};
use parking_lot::Mutex;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};
use tokio::sync::OnceCell;

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
/// A write is recorded after PBS has carried it out. If this process has written a grant, the last
/// of these writes decides whether the grant exists. After a put, the grant exists. After a
/// deletion, the grant does not exist. Every other grant exists if it is in the initial list. The
/// ledger does not know the writes of other processes after the initial list was read.
///
/// # `NoAccess` and other roles displace each other
/// For one subject (user or token) on one path, PBS keeps either `NoAccess` or other roles (PBS
/// 4.2.3, measured). Recording a put therefore also records a deletion of every grant that the new
/// grant excludes.
///
/// # A grant is created only once
/// PBS has no request that creates a grant and fails if the grant exists. A creation therefore
/// first claims the grant in the ledger. The claim fails if the grant exists on the server, or if
/// this process has created it. In the second case, two resources declare the same grant.
///
/// PBS keeps the grants of a deleted user, and PBS before 3.4 also keeps the grants of a deleted
/// token. If this process has created a user or token, all grants of this user or token in the
/// initial list are leftovers of an earlier user or token with the same id. A leftover can be
/// claimed.
///
/// # Locks
/// - `last_writes` and `new_subjects` are locked only while they are read or changed, never during
///   a request.
/// - The lock inside `settling` is held while a flush (described below) is sent.
///
/// # When a grant becomes effective
/// PBS lists a changed grant immediately, but checks privileges against a cached ACL that is up to
/// 5 seconds old. Every write to the user configuration makes PBS discard its cached ACL. Each
/// waiter, that is, each call that waits for a changed grant, takes a number from `settling`. A
/// write to the user configuration serves all waiters that have taken their number before the write
/// was sent. If no such write is on its way, a waiter sends a flush, which is an update of a user
/// or token that changes nothing. The code is in [`settle`](super::settle).
#[derive(Default)]
pub(in crate::pbs) struct AclLedger {
    initial: OnceCell<Arc<Grants>>,
    last_writes: Mutex<LastWrites>,
    new_subjects: Mutex<HashSet<AuthId>>,
    pub(in crate::pbs) settling: Settling,
}

/// Why a grant cannot be created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExistingGrant {
    /// The grant is on the server and was not created by this process.
    CreatedEarlier,
    /// This process has created the grant.
    CreatedInThisRun,
}

/// The last write to each grant, by subject.
#[derive(Default)]
struct LastWrites(HashMap<AuthId, HashMap<(AclPath, RoleId), Write>>);

/// A write to a grant.
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

    /// The existing grants that PBS removes when it stores `grant`. The list is sorted and has no
    /// duplicates.
    pub(super) fn displaced_by(&self, initial: &Grants, grant: &Grant) -> Vec<Grant> {
        let last_writes = self.last_writes.lock();
        let deleted = |listed: &Grant| last_writes.last_write_to(listed) == Some(Write::Deletion);
        let listed = initial.of(&grant.auth_id).iter().filter(|listed| !deleted(listed));
        let existing = listed.cloned().chain(last_writes.grants_put_for(&grant.auth_id));
        let mut displaced: Vec<_> = existing.filter(|other| other.excludes(grant)).collect();
        displaced.sort();
        displaced.dedup_by(|grant, previous| grant.is_same_grant(previous));
        displaced
    }

    /// Claims a grant for its creation. Fails if the grant exists. If the creation fails, record a
    /// deletion to release the grant.
    pub(super) fn claim(&self, initial: &Grants, grant: &Grant) -> Result<(), ExistingGrant> {
        let mut last_writes = self.last_writes.lock();
        match last_writes.last_write_to(grant) {
            Some(Write::Put) => return Err(ExistingGrant::CreatedInThisRun),
            None if initial.has(grant) && !self.new_subjects.lock().contains(&grant.auth_id) => {
                return Err(ExistingGrant::CreatedEarlier);
            }
            None | Some(Write::Deletion) => {}
        }
        last_writes.record(grant, Write::Put);
        Ok(())
    }

    /// Records that this process has created a user or token.
    pub(super) fn record_new_subject(&self, subject: AuthId) {
        self.new_subjects.lock().insert(subject);
    }

    /// Records that PBS has carried out a put. Also records the deletion of the grants that the new
    /// grant excludes.
    pub(super) fn record_put(&self, grant: &Grant) {
        let subject = &grant.auth_id;
        let initial = self.initial.get().map_or(&[][..], |initial| initial.of(subject));
        let mut last_writes = self.last_writes.lock();
        let existing = initial.iter().cloned().chain(last_writes.grants_put_for(subject));
        let displaced: Vec<_> = existing.filter(|other| other.excludes(grant)).collect();
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

    fn last_write_to(&self, grant: &Grant) -> Option<Write> {
        let Grant { path, auth_id, role, propagate: _ } = grant;
        self.0.get(auth_id)?.get(&(path.clone(), role.clone())).copied()
    }

    /// All grants of the subject for which the last write was a put. Their `propagate` is always
    /// true, because the ledger does not remember the real value.
    fn grants_put_for(&self, subject: &AuthId) -> impl Iterator<Item = Grant> {
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
    async fn a_grant_can_be_claimed_only_if_it_does_not_exist() {
        let (audit, admin) = (grant("Audit"), grant("Admin"));
        let (ledger, initial) = ledger(&audit).await;
        assert_eq!(ledger.claim(&initial, &audit), Err(ExistingGrant::CreatedEarlier));
        assert_eq!(ledger.claim(&initial, &admin), Ok(()));
        assert_eq!(ledger.claim(&initial, &admin), Err(ExistingGrant::CreatedInThisRun));
        ledger.record_deletion(&admin);
        assert_eq!(ledger.claim(&initial, &admin), Ok(()), "the grant was released");
        ledger.record_deletion(&audit);
        let not_propagated = Grant { propagate: false, ..audit };
        assert_eq!(ledger.claim(&initial, &not_propagated), Ok(()), "the grant was deleted");
    }

    #[tokio::test]
    async fn the_leftover_grant_of_a_new_subject_can_be_claimed() {
        let audit = grant("Audit");
        let (ledger, initial) = ledger(&audit).await;
        ledger.record_new_subject(audit.auth_id.clone());
        assert_eq!(ledger.claim(&initial, &audit), Ok(()));
        assert_eq!(ledger.claim(&initial, &audit), Err(ExistingGrant::CreatedInThisRun));
    }

    #[tokio::test]
    async fn no_access_and_other_roles_displace_each_other() {
        let (audit, admin, no_access) = (grant("Audit"), grant("Admin"), grant("NoAccess"));
        let (ledger, initial) = ledger(&audit).await;
        ledger.record_put(&admin);
        assert_eq!(ledger.displaced_by(&initial, &no_access), [admin.clone(), audit.clone()]);
        assert_eq!(ledger.displaced_by(&initial, &grant("DatastoreReader")), []);
        ledger.record_put(&no_access);
        assert_eq!(ledger.displaced_by(&initial, &audit), [no_access]);
        assert_eq!(ledger.claim(&initial, &admin), Ok(()), "`NoAccess` has displaced `Admin`");
        ledger.record_deletion(&admin);
        ledger.record_put(&audit);
        let claimed = ledger.claim(&initial, &grant("NoAccess"));
        assert_eq!(claimed, Ok(()), "`Audit` has displaced `NoAccess`");
    }
}
