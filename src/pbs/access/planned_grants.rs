//! The changes of grants that the current plan contains.
//!
//! Whether a grant has an effect depends on other grants. If the same plan creates these other
//! grants, the provider must not warn that the grant has no effect.

use crate::pbs::{AuthId, Client, Grant, Grants, lost_writes::stopped};
use parking_lot::Mutex;
use std::{sync::OnceLock, time::Duration};
use tokio::sync::watch;

/// The plan counts as complete if Terraform plans no further grant within this time.
const PAUSE: Duration = Duration::from_millis(500);

/// The time limit for all waits of one run together.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// The planned changes of grants in this process.
#[derive(Default)]
pub(in crate::pbs) struct PlannedGrants {
    changes: Mutex<Vec<Change>>,
    /// Number of grants that were planned so far, including grants that do not change.
    count: watch::Sender<u64>,
    /// The time at which every wait ends at the latest. It is set when the first wait begins.
    end_of_waits: OnceLock<jiff::Timestamp>,
}

/// A planned change of one grant. `old` is `None` if the grant does not exist before the apply.
struct Change {
    old: Option<Grant>,
    new: PlannedGrant,
}

/// The planned state of a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlannedGrant {
    /// The grant exists after the apply.
    Known(Grant),
    /// A grant exists after the apply, but a part of this grant is not known yet.
    Unknown,
    /// The grant does not exist after the apply.
    Deleted,
}

impl Client {
    /// Records the plan for one grant. `old` is the grant before the apply, or `None` if the grant
    /// does not exist before the apply.
    pub fn record_planned_grant(&self, old: Option<&Grant>, new: PlannedGrant) {
        let planned_grants = &self.shared.planned_grants;
        if old.is_none() || old != new.known() {
            planned_grants.changes.lock().push(Change { old: old.cloned(), new });
        }
        planned_grants.count.send_modify(|count| *count += 1);
    }

    /// The grants that one user or token has after the apply, according to the changes that have
    /// been planned so far. `grants` contains all grants that exist before the apply. Returns
    /// `None` if a part of any planned grant is not known yet.
    #[must_use]
    pub fn after_plan(&self, grants: &Grants, subject: &AuthId) -> Option<Grants> {
        let changes = self.shared.planned_grants.changes.lock();
        let kept = |grant: &&Grant| {
            let is_same = |other: &Grant| other.is_same_grant(grant);
            !changes.iter().any(|change| change.replaced().any(is_same))
        };
        let all_are_known = changes.iter().all(|change| change.new != PlannedGrant::Unknown);
        let new = changes.iter().filter_map(|change| change.new.known());
        let new = new.filter(|grant| grant.auth_id == *subject);
        all_are_known.then(|| grants.of(subject).iter().filter(kept).chain(new).cloned().collect())
    }

    /// Whether the condition holds when Terraform has planned all grants. Returns false as soon as
    /// the condition does not hold.
    ///
    /// Terraform does not announce the end of a plan, but plans independent grants at the same
    /// time. The plan therefore counts as complete when no grant has been planned for half a
    /// second. All waits of one run together take at most two seconds. The wait also ends when the
    /// run is asked to stop.
    pub async fn holds_after_plan(&self, condition: impl Fn() -> bool) -> bool {
        let clock = &self.shared.config.clock;
        let planned_grants = &self.shared.planned_grants;
        let end = *planned_grants.end_of_waits.get_or_init(|| {
            clock.now().saturating_add(LONGEST_WAIT).unwrap_or(jiff::Timestamp::MAX)
        });
        let mut count = planned_grants.count.subscribe();
        while condition() {
            let remaining = Duration::try_from(end.duration_since(clock.now())).unwrap_or_default();
            tokio::select! {
                biased;
                () = stopped(self.stop.clone()) => break,
                Ok(()) = count.changed(), if !remaining.is_zero() => {}
                () = clock.sleep(remaining.min(PAUSE)) => break,
            }
        }
        condition()
    }
}

impl Change {
    /// The grants that [`Client::after_plan`] must not copy from the list of existing grants to its
    /// result: the old grant, which this change deletes or replaces, and the new grant, which
    /// `after_plan` adds itself. The list can already contain the new grant with another
    /// `propagate`.
    fn replaced(&self) -> impl Iterator<Item = &Grant> {
        self.old.iter().chain(self.new.known())
    }
}

impl PlannedGrant {
    /// The grant after the apply, if it exists and all its parts are known.
    fn known(&self) -> Option<&Grant> {
        match self {
            Self::Known(grant) => Some(grant),
            Self::Unknown | Self::Deleted => None,
        }
    }
}
