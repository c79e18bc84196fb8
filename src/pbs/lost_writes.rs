//! Lost writes: writes whose response was lost. PBS may still carry out such a write later.
//!
//! PBS completes a write even if its client disconnects, and waits up to 10 seconds for each file
//! lock that the write needs (PBS 4.2.3, measured). A lost write can therefore take effect seconds
//! later, and undo a write that this client has sent meanwhile. For example, a late deletion would
//! delete a token that was created again.
//!
//! The client remembers each lost write until PBS can no longer carry out this write. During this
//! time, the client holds back every other write to the same object. The client does not hold back
//! a repetition of the lost write if the write is idempotent, that is, if carrying it out twice
//! does no harm.

use crate::pbs::{
    AuthId, Client, DatastoreName, Error, Grant, Kind, Namespace, Result, TokenId, UserId,
    http::Call,
};
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use reqwest::Method;
use std::time::Duration;
use tokio::sync::watch;

/// The largest [`limit`](Target::limit) of all targets.
const LONGEST_LIMIT: SignedDuration = SignedDuration::from_secs(65);

/// The object that a write changes.
#[derive(Clone, Debug)]
pub struct Target {
    /// The names of the objects to which this object belongs, followed by the name of this object.
    /// For example, a token belongs to its user.
    path: Vec<String>,
    /// Time after which PBS has certainly carried out or refused a write to this object: 10 seconds
    /// for each lock that the write needs, and a margin of 5 seconds.
    limit: Duration,
    /// Whether every write to this object also changes the objects that belong to it. If false,
    /// only a deletion of this object changes the objects that belong to it.
    writes_change_parts: bool,
}

impl Target {
    /// A configuration object.
    #[must_use]
    pub fn object(kind: &Kind, id: &str) -> Self {
        let path = vec![kind.noun.to_owned(), id.to_owned()];
        // Only datastores have tasks. When PBS deletes a datastore, it also deletes the prune,
        // verify, sync and tape backup jobs and the grants of this datastore. They are in other
        // files, so the deletion needs more locks.
        let limit = if kind.task_types.is_some() { 65 } else { 15 };
        Self { path, limit: Duration::from_secs(limit), writes_change_parts: false }
    }

    /// A namespace. The deletion of a namespace also changes the namespaces below it.
    #[must_use]
    pub fn namespace(store: &DatastoreName, namespace: &Namespace) -> Self {
        let names = namespace.as_str().split('/').map(str::to_owned);
        let path = [format!("namespaces of {store}")].into_iter().chain(names).collect();
        Self { path, limit: Duration::from_secs(15), writes_change_parts: false }
    }

    /// The password of a user. An update of the user does not change this object.
    pub(in crate::pbs) fn password(user: &UserId) -> Self {
        let mut target = Self::from(user);
        target.path.push("password".to_owned());
        target
    }
}

impl From<&UserId> for Target {
    fn from(user: &UserId) -> Self {
        let path = vec![user.to_string()];
        Self { path, limit: Duration::from_secs(35), writes_change_parts: false }
    }
}

impl From<&TokenId> for Target {
    fn from(token: &TokenId) -> Self {
        let path = vec![token.user().to_string(), format!("token {}", token.name())];
        Self { path, limit: Duration::from_secs(25), writes_change_parts: false }
    }
}

impl From<&Grant> for Target {
    fn from(grant: &Grant) -> Self {
        let mut path = match &grant.auth_id {
            AuthId::User(user) => Self::from(user),
            AuthId::Token(token) => Self::from(token),
        }
        .path;
        path.push(format!("grants on {}", grant.path));
        // When PBS stores a grant with the role `NoAccess`, it removes all other grants of the
        // subject on this path. When PBS stores one of these other grants, it removes `NoAccess`.
        let writes_change_parts = grant.denies_access();
        if !writes_change_parts {
            path.push(grant.role.to_string());
        }
        Self { path, limit: Duration::from_secs(15), writes_change_parts }
    }
}

/// The lost writes that PBS may still carry out.
#[derive(Default)]
pub(in crate::pbs) struct LostWrites(Mutex<Vec<LostWrite>>);

/// A write whose response was lost.
struct LostWrite {
    target: Target,
    method: Method,
    body: Option<Bytes>,
    idempotent: bool,
    /// Time after which PBS can no longer carry out the write.
    possible_until: Timestamp,
}

impl LostWrites {
    /// Remembers that the response to `call` was lost. `sent_at` is the time of the last
    /// attempt.
    pub(in crate::pbs) fn record(&self, call: &Call<'_>, sent_at: Timestamp) {
        let Some(target) = &call.target else { return };
        let limit = SignedDuration::try_from(target.limit).unwrap_or(SignedDuration::MAX);
        self.0.lock().push(LostWrite {
            target: target.clone(),
            method: call.method.clone(),
            body: call.body.clone(),
            idempotent: !call.not_idempotent,
            possible_until: sent_at.saturating_add(limit).unwrap_or(Timestamp::MAX),
        });
    }

    /// Forgets the lost writes to exactly this object, because their outcome is known.
    fn forget(&self, target: &Target) {
        self.0.lock().retain(|lost| lost.target.path != target.path);
    }

    /// The time until which PBS may carry out a lost write for which `applies` is true. `None` if
    /// there is no such write. First, this function forgets the writes that PBS can no longer carry
    /// out.
    fn possible_until(
        &self,
        now: Timestamp,
        applies: impl Fn(&LostWrite) -> bool,
    ) -> Option<Timestamp> {
        let mut lost = self.0.lock();
        // If the clock was set back to a time before the write was sent, the write is also
        // forgotten.
        lost.retain(|lost| {
            now < lost.possible_until && lost.possible_until <= now + lost.target.limit
        });
        lost.iter().filter(|lost| applies(lost)).map(|lost| lost.possible_until).max()
    }
}

impl LostWrite {
    /// Whether the result depends on the order in which PBS carries out this lost write and `call`.
    fn conflicts_with(&self, call: &Call<'_>) -> bool {
        let Some(target) = &call.target else { return false };
        let is_repetition = self.target.path == target.path
            && self.idempotent
            && self.method == call.method
            && self.body == call.body;
        // Whether a write with this method to `outer` also changes `inner`.
        let changes = |outer: &Target, method: &Method, inner: &Target| {
            (outer.writes_change_parts || method == Method::DELETE)
                && inner.path.starts_with(&outer.path)
        };
        !is_repetition
            && (self.target.path == target.path
                || changes(&self.target, &self.method, target)
                || changes(target, &call.method, &self.target))
    }
}

/// The outcome of a creation whose response was lost.
pub enum LostCreation<T> {
    /// The object exists.
    Exists(T),
    /// The object does not exist, and PBS will not create it later.
    NotCreated,
    /// The object does not exist, but PBS may still create it. The client has not waited, because
    /// the run was asked to stop or because this client never waits.
    Pending,
    /// The outcome is not known, because the request that looks up the object has failed.
    Unknown(Error),
}

impl Client {
    /// Finds out whether PBS has carried out a creation whose response was lost. `look_up` reads
    /// the object. If the object does not exist, this function waits until PBS can no longer create
    /// it, and looks it up again.
    pub async fn outcome_of_lost_creation<T, F>(
        &self,
        target: impl Into<Target>,
        look_up: impl Fn() -> F,
    ) -> LostCreation<T>
    where
        F: Future<Output = Result<Option<T>>>,
    {
        let target = target.into();
        let mut found = look_up().await;
        if let Ok(None) = found {
            if !self.wait_for_lost_writes(target.clone()).await {
                return LostCreation::Pending;
            }
            found = look_up().await;
        }
        match found {
            Ok(Some(object)) => {
                self.shared.lost_writes.forget(&target);
                LostCreation::Exists(object)
            }
            Ok(None) => LostCreation::NotCreated,
            Err(error) => LostCreation::Unknown(error),
        }
    }

    /// Waits until PBS can no longer carry out a lost write to the object. Returns false if PBS may
    /// still carry out such a write. This is the case if the run was asked to stop, or if this
    /// client was created by [`without_waiting`](Self::without_waiting).
    pub async fn wait_for_lost_writes(&self, target: impl Into<Target>) -> bool {
        let target = target.into();
        let until = self.possible_until(&target);
        self.wait_until(until).await
    }

    /// The time until which PBS may carry out a lost write to the object. `None` if there is no
    /// lost write to the object.
    #[must_use]
    pub fn may_be_carried_out_until(&self, target: impl Into<Target>) -> Option<Timestamp> {
        self.possible_until(&target.into())
    }

    /// Waits until PBS can no longer carry out a lost write that conflicts with `call`. `name` is
    /// the name of the call for errors. A client that was created by
    /// [`without_waiting`](Self::without_waiting) does not wait.
    ///
    /// # Errors
    /// [`Error::Stopped`] if the run was asked to stop. After this error, the call must not be
    /// sent.
    pub(in crate::pbs) async fn wait_for_conflicting_writes(
        &self,
        call: &Call<'_>,
        name: &str,
    ) -> Result<()> {
        if !self.waits_for_lost_writes {
            return Ok(());
        }
        let lost_writes = &self.shared.lost_writes;
        let until = lost_writes.possible_until(self.now(), |lost| lost.conflicts_with(call));
        match self.wait_until(until).await {
            true => Ok(()),
            false => Err(Error::Stopped { request: name.to_owned() }),
        }
    }

    /// Like [`may_be_carried_out_until`](Self::may_be_carried_out_until), with a reference.
    fn possible_until(&self, target: &Target) -> Option<Timestamp> {
        let lost_writes = &self.shared.lost_writes;
        lost_writes.possible_until(self.now(), |lost| lost.target.path == target.path)
    }

    /// Waits until PBS can no longer carry out a lost write of an earlier run. `until` is the time
    /// in Unix seconds that the earlier run has stored for this write. The wait lasts at most 65
    /// seconds, because PBS carries out no write later than this. Returns false if the wait ended
    /// early, for example because the run was asked to stop.
    pub async fn wait_for_earlier_run(&self, until: i64) -> bool {
        let latest = self.now().saturating_add(LONGEST_LIMIT).unwrap_or(Timestamp::MAX);
        let until = Timestamp::from_second(until).unwrap_or(Timestamp::MIN);
        self.wait_until(Some(until.min(latest))).await
    }

    /// Waits until this time, and returns true. If `until` is `None` or in the past, returns true
    /// at once. If this client never waits for lost writes, returns false at once. If the run is
    /// asked to stop during the wait, ends the wait and returns false.
    async fn wait_until(&self, until: Option<Timestamp>) -> bool {
        let Some(until) = until else { return true };
        let Ok(duration) = Duration::try_from(until.duration_since(self.now())) else {
            return true;
        };
        tracing::debug!(
            seconds = duration.as_secs(),
            "waiting until PBS can no longer carry out a request whose response was lost"
        );
        let clock = &self.shared.config.clock;
        tokio::select! {
            biased;
            () = stopped(self.run_stop.clone()), if self.waits_for_lost_writes => false,
            () = async {}, if !self.waits_for_lost_writes => false,
            () = clock.sleep(duration) => true,
        }
    }

    fn now(&self) -> Timestamp {
        let clock = &self.shared.config.clock;
        clock.now()
    }
}

/// Waits until the value of the stop signal `stop` is true.
pub(in crate::pbs) async fn stopped(mut stop: watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        // The sender is gone, so no stop signal can come.
        std::future::pending::<()>().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_900_000_000, 0);

    fn put(target: impl Into<Target>, body: &str) -> Call<'static> {
        Call::put(["x"]).json(&body).changes(target)
    }

    fn delete(target: impl Into<Target>) -> Call<'static> {
        Call::delete(["x"]).changes(target)
    }

    fn user(id: &str) -> Target {
        (&id.parse::<UserId>().unwrap()).into()
    }

    fn token(id: &str) -> Target {
        (&id.parse::<TokenId>().unwrap()).into()
    }

    fn grant(subject: &str, path: &str, role: &str) -> Target {
        let (path, auth_id) = (path.parse().unwrap(), subject.parse().unwrap());
        (&Grant { path, auth_id, role: role.parse().unwrap(), propagate: true }).into()
    }

    /// The seconds for which `later` waits if the response to `lost` was lost.
    fn seconds_to_wait(lost: &Call<'_>, later: &Call<'_>) -> i64 {
        let writes = LostWrites::default();
        writes.record(lost, NOW);
        let until = writes.possible_until(NOW, |lost| lost.conflicts_with(later));
        until.map_or(0, |until| until.as_second() - NOW.as_second())
    }

    #[test]
    fn a_write_waits_for_a_different_lost_write_to_the_same_object() {
        let (audit, admin) = (grant("a@pbs", "/", "Audit"), grant("a@pbs", "/", "Admin"));
        let no_access = grant("a@pbs", "/", "NoAccess");
        for (lost, later, seconds) in [
            (put(token("a@pbs!t"), "1"), put(token("a@pbs!t"), "1"), 0),
            (put(token("a@pbs!t"), "1"), put(token("a@pbs!t"), "2"), 25),
            (put(token("a@pbs!t"), "1").not_idempotent(), put(token("a@pbs!t"), "1"), 25),
            (put(token("a@pbs!t"), "1"), put(token("a@pbs!u"), "2"), 0),
            (put(user("a@pbs"), "1"), put(token("a@pbs!t"), "2"), 0),
            (delete(user("a@pbs")), put(token("a@pbs!t"), "2"), 35),
            (put(token("a@pbs!t"), "1"), delete(user("a@pbs")), 25),
            (delete(user("a@pbs")), put(grant("a@pbs!t", "/", "Audit"), "2"), 35),
            (put(user("a@pbs"), "1"), put(Target::password(&"a@pbs".parse().unwrap()), "2"), 0),
            (put(audit.clone(), "1"), put(audit.clone(), "2"), 15),
            (put(audit.clone(), "1"), put(admin.clone(), "2"), 0),
            (put(audit.clone(), "1"), put(no_access.clone(), "2"), 15),
            (put(no_access.clone(), "1"), put(admin, "2"), 15),
            (put(no_access, "1"), put(grant("a@pbs", "/access", "Admin"), "2"), 0),
        ] {
            let wait = seconds_to_wait(&lost, &later);
            assert_eq!(wait, seconds, "{:?} {:?}", lost.target, later.target);
        }
        let without_target = Call::put(["x"]);
        assert_eq!(seconds_to_wait(&put(audit, "1"), &without_target), 0);
    }

    #[test]
    fn a_lost_write_is_forgotten_after_its_limit_or_when_its_outcome_is_known() {
        let (writes, target) = (LostWrites::default(), token("a@pbs!t"));
        let until = |now| writes.possible_until(now, |_| true);
        writes.record(&put(target.clone(), "1"), NOW);
        let limit = NOW + SignedDuration::from_secs(25);
        assert_eq!(until(NOW), Some(limit));
        assert_eq!(until(limit), None);
        writes.record(&put(target.clone(), "1"), NOW);
        writes.forget(&token("a@pbs!u"));
        assert_eq!(until(NOW), Some(limit));
        writes.forget(&target);
        assert_eq!(until(NOW), None);
        writes.record(&put(target, "1"), NOW);
        let clock_set_back = NOW - SignedDuration::from_hours(1);
        assert_eq!(until(clock_set_back), None);
    }
}
