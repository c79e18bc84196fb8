//! Collects every secret that the simulated server gives to a token while a test runs commands.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use pbs_sim::Simulator;

/// The ids and secrets of all tokens that exist for at least a few milliseconds during `act`.
pub(super) fn issued_during(
    simulator: &Simulator,
    act: impl FnOnce(),
) -> BTreeSet<(String, String)> {
    let done = AtomicBool::new(false);
    let watch = || {
        let mut secrets = BTreeSet::new();
        while !done.load(Ordering::Relaxed) {
            simulator.world(|world| {
                let tokens = world.tokens().iter();
                secrets.extend(tokens.map(|(id, token)| (id.clone(), token.secret.clone())));
            });
            thread::sleep(Duration::from_millis(2));
        }
        secrets
    };
    thread::scope(|scope| {
        let watcher = scope.spawn(watch);
        // Ends the watching thread, even if `act` panics.
        let end = SetOnDrop(&done);
        act();
        drop(end);
        watcher.join().expect("watching does not panic")
    })
}

struct SetOnDrop<'a>(&'a AtomicBool);

impl Drop for SetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
