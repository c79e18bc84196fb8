//! The time that a server needs for each kind of call.
//!
//! PBS carries out writes one after the other, because each write holds a lock. Creating a token
//! takes longest, because PBS hashes the secret of the token.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use hyper::Method;
use tokio::time::{Instant, sleep_until};

/// The time that the server needs for each kind of call. All times are real time, not time on the
/// simulator's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Costs {
    /// Creating a token, or replacing its secret.
    pub create_token: Duration,
    /// Deleting a token.
    pub delete_token: Duration,
    /// Any other write of a user or token.
    pub write_user: Duration,
    /// Writing or deleting an ACL entry.
    pub write_acl: Duration,
    /// Reading the list of users with their tokens, or the access control list.
    pub read_list: Duration,
    /// Any other read.
    pub read: Duration,
}

impl Costs {
    /// The costs of PBS 4.2.3 on a machine without other load (measured).
    pub const MEASURED: Self = Self {
        create_token: Duration::from_millis(37),
        delete_token: Duration::from_millis(21),
        write_user: Duration::from_millis(2),
        write_acl: Duration::from_micros(1500),
        read_list: Duration::from_micros(1300),
        read: Duration::from_micros(500),
    };

    /// The costs multiplied by a factor.
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        let Self { create_token, delete_token, write_user, write_acl, read_list, read } = self;
        let scaled = |cost: Duration| cost.mul_f64(factor.max(0.0));
        Self {
            create_token: scaled(create_token),
            delete_token: scaled(delete_token),
            write_user: scaled(write_user),
            write_acl: scaled(write_acl),
            read_list: scaled(read_list),
            read: scaled(read),
        }
    }

    /// The cost of a call of an endpoint. `regenerates` says whether the call replaces a secret.
    pub(crate) fn of(&self, method: &Method, path: &str, regenerates: bool) -> Duration {
        const TOKEN: &str = "/access/users/{userid}/token/{token-name}";
        match (method.as_str(), path) {
            ("GET", "/access/users" | "/access/acl") => self.read_list,
            ("GET", _) => self.read,
            ("POST", TOKEN) => self.create_token,
            ("PUT", TOKEN) if regenerates => self.create_token,
            ("DELETE", TOKEN) => self.delete_token,
            (_, "/access/acl") => self.write_acl,
            (_, path) if path.starts_with("/access/users") => self.write_user,
            _ => Duration::ZERO,
        }
    }
}

/// The queue of the write requests, which the server carries out one after the other.
#[derive(Default)]
pub(crate) struct WriteQueue {
    /// Time at which the server has carried out all writes in the queue. `None` before the first
    /// write.
    idle_from: Mutex<Option<Instant>>,
}

impl WriteQueue {
    /// Waits as long as the server needs for a call with this cost. Before that, a write waits for
    /// all earlier writes. A read does not wait for other calls.
    pub(crate) async fn wait(&self, cost: Duration, is_write: bool) {
        if cost.is_zero() {
            return;
        }
        let now = Instant::now();
        let end = match is_write {
            false => now + cost,
            true => {
                let mut idle_from = self.idle_from.lock().unwrap_or_else(PoisonError::into_inner);
                let end = idle_from.map_or(now, |time| time.max(now)) + cost;
                *idle_from = Some(end);
                end
            }
        };
        sleep_until(end).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::{ROUTES, Route};

    #[test]
    fn every_endpoint_for_users_tokens_and_acl_entries_has_a_cost() {
        let cost = |route: &Route, regenerates| {
            let method = route.method.parse().unwrap();
            Costs::MEASURED.of(&method, route.path, regenerates)
        };
        for route in ROUTES.iter().copied().flatten() {
            let is_slow = route.method == "GET"
                || route.path.starts_with("/access/users")
                || route.path == "/access/acl";
            assert_eq!(!cost(route, false).is_zero(), is_slow, "{} {}", route.method, route.path);
        }
        let find = |method, path: &str| {
            let mut routes = ROUTES.iter().copied().flatten();
            routes.find(|route| route.method == method && route.path.ends_with(path)).unwrap()
        };
        let measured = Costs::MEASURED;
        assert_eq!(cost(find("POST", "/{token-name}"), false), measured.create_token);
        assert_eq!(cost(find("PUT", "/{token-name}"), true), measured.create_token);
        assert_eq!(cost(find("PUT", "/{token-name}"), false), measured.write_user);
        assert_eq!(cost(find("DELETE", "/{token-name}"), false), measured.delete_token);
        assert_eq!(cost(find("PUT", "/acl"), false), measured.write_acl);
        assert_eq!(cost(find("GET", "/acl"), false), measured.read_list);
    }

    #[tokio::test(start_paused = true)]
    async fn writes_wait_for_each_other_and_reads_do_not() {
        let queue = WriteQueue::default();
        let cost = Duration::from_millis(10);
        for (is_write, expected) in [(true, 30), (false, 10)] {
            let started = Instant::now();
            tokio::join!(
                queue.wait(cost, is_write),
                queue.wait(cost, is_write),
                queue.wait(cost, is_write)
            );
            assert_eq!(started.elapsed().as_millis(), expected, "write: {is_write}");
        }
    }
}
