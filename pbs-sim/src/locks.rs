//! The lock files that writes take, in the order of PBS, which differs from call to call: deleting
//! a token and deleting a user can each hold what the other wants (PBS 4.2.3, measured).

use std::time::Duration;

use tokio::{
    sync::{Mutex, MutexGuard},
    time::{sleep, timeout},
};

use crate::answer::Refusal;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lock {
    Users,
    Acl,
    Tfa,
}

#[derive(Default)]
pub(crate) struct Locks {
    users: Mutex<()>,
    acl: Mutex<()>,
    tfa: Mutex<()>,
}

/// How long a call dawdles between two locks: enough for two deletions side by side to meet.
const BETWEEN: Duration = Duration::from_millis(1);

impl Locks {
    /// Takes the locks in this order; each may take `patience`.
    pub(crate) async fn take(
        &self,
        wanted: &[Lock],
        patience: Duration,
    ) -> Result<Vec<MutexGuard<'_, ()>>, Refusal> {
        let mut held = Vec::new();
        for lock in wanted {
            if !held.is_empty() {
                sleep(BETWEEN).await;
            }
            let (mutex, file) = match lock {
                Lock::Users => (&self.users, ".user.lck"),
                Lock::Acl => (&self.acl, ".acl.lck"),
                Lock::Tfa => (&self.tfa, "tfa.json.lock"),
            };
            match timeout(patience, mutex.lock()).await {
                Ok(guard) => held.push(guard),
                Err(_) => {
                    return Err(Refusal::bad(format!(
                        "Unable to acquire lock \"/etc/proxmox-backup/{file}\" - Interrupted system call (os error 4)"
                    )));
                }
            }
        }
        Ok(held)
    }
}
