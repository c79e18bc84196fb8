//! Looks over the server's shoulder: every secret that it gives to a token while something is done.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use pbs_sim::Simulator;

pub(crate) struct Watch;

impl Watch {
    /// The ids and secrets of all tokens that exist for more than a moment meanwhile.
    pub(crate) fn during(simulator: &Simulator, act: impl FnOnce()) -> BTreeSet<(String, String)> {
        let done = AtomicBool::new(false);
        let watch = || {
            let mut seen = BTreeSet::new();
            while !done.load(Ordering::Relaxed) {
                simulator.world(|world| {
                    let all = world.tokens().iter();
                    seen.extend(all.map(|(id, token)| (id.clone(), token.secret.clone())));
                });
                thread::sleep(Duration::from_millis(2));
            }
            seen
        };
        thread::scope(|scope| {
            let watching = scope.spawn(watch);
            // The watch ends also when what is done fails.
            let _end = OnDrop(&done);
            act();
            drop(_end);
            watching.join().expect("it only looks")
        })
    }
}

struct OnDrop<'a>(&'a AtomicBool);

impl Drop for OnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
