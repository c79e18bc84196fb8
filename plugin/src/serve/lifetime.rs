//! When the process ends. Knows events and time; what has to be done at the end is
//! not decided here.

use std::io;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::time::{Instant, sleep, sleep_until};

/// How long a host that has asked for the end is kept waiting; it kills after two
/// seconds.
pub(super) const SHUTDOWN: Duration = Duration::from_millis(1500);

/// How long writes in flight and cleaning up may take when no host waits.
pub(super) const CLEANUP: Duration = Duration::from_secs(30);

/// How long to wait for the first connection.
const FIRST: Duration = Duration::from_secs(60);

/// How long to stay when the last connection has gone: a killed host does not say
/// good-bye.
const LINGER: Duration = Duration::from_secs(5);

/// How long a host that is still connected may go on after SIGTERM.
const NOTICE: Duration = Duration::from_secs(60);

/// Who has started the process.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Host {
    /// Terraform or OpenTofu, which owns the process.
    Terraform,
    /// A developer, who ends it; hosts come and go.
    Debugger,
}

/// What happens to the process.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Event {
    /// A peer has connected, and shown its certificate if it needs one.
    Connected,
    /// Such a peer has gone.
    Disconnected,
    /// SIGTERM; Ctrl-C too when it is a developer's.
    Terminate,
    /// The host asks for the end and waits for it.
    Shutdown,
}

/// Why the process ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum End {
    Shutdown,
    Alone,
    Terminated,
}

/// Waits until the process has to end. Calls `stop` at the first sign of it that
/// leaves time.
pub(super) async fn end(host: Host, events: &mut UnboundedReceiver<Event>, stop: impl Fn()) -> End {
    let mut peers = 0_usize;
    let mut patience = (host == Host::Terraform).then_some(FIRST);
    let mut deadline: Option<Instant> = None;
    loop {
        let alone = async {
            match patience {
                Some(patience) if peers == 0 => sleep(patience).await,
                _ => std::future::pending().await,
            }
        };
        let overdue = async {
            match deadline {
                Some(deadline) => sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            Some(event) = events.recv() => match event {
                Event::Connected => {
                    peers += 1;
                    patience = patience.map(|patience| patience.min(LINGER));
                }
                Event::Disconnected => {
                    peers -= 1;
                    // Nobody is left to keep the secret of what would be made now.
                    if peers == 0 && host == Host::Terraform {
                        stop();
                    }
                }
                Event::Shutdown => return End::Shutdown,
                Event::Terminate => {
                    stop();
                    if host == Host::Debugger {
                        return End::Terminated;
                    }
                    deadline.get_or_insert_with(|| Instant::now() + NOTICE);
                    patience = Some(Duration::ZERO);
                }
            },
            () = alone => return End::Alone,
            () = overdue => return End::Terminated,
        }
    }
}

/// Turns signals into events. Ctrl-C reaches the whole process group, so it is not
/// for us: the host asks with StopProvider when it wants that.
#[cfg(unix)]
pub(super) fn watch_signals(host: Host, events: UnboundedSender<Event>) -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::spawn(async move {
        loop {
            let ours = tokio::select! {
                Some(()) = interrupt.recv() => host == Host::Debugger,
                Some(()) = terminate.recv() => true,
                else => return,
            };
            if ours && events.send(Event::Terminate).is_err() {
                return;
            }
        }
    });
    Ok(())
}

/// Turns Ctrl-C and Ctrl-Break into events, if they are for us.
#[cfg(windows)]
pub(super) fn watch_signals(host: Host, events: UnboundedSender<Event>) -> io::Result<()> {
    use tokio::signal::windows::{ctrl_break, ctrl_c};

    let (mut interrupt, mut brk) = (ctrl_c()?, ctrl_break()?);
    tokio::spawn(async move {
        loop {
            tokio::select! {
                Some(()) = interrupt.recv() => {}
                Some(()) = brk.recv() => {}
                else => return,
            }
            if host == Host::Debugger && events.send(Event::Terminate).is_err() {
                return;
            }
        }
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use tokio::sync::mpsc;

    use super::*;

    /// Seconds to wait, and what happens then.
    type Script<'a> = &'a [(u64, Event)];

    /// Plays events, each some seconds after the one before, and tells how it ended,
    /// after how many seconds, and how often it was told to stop.
    async fn play(host: Host, script: Script<'_>) -> (Option<End>, u64, u32) {
        let (events, mut heard) = mpsc::unbounded_channel();
        let stops = Cell::new(0);
        let begun = Instant::now();
        let player = async {
            for &(wait, event) in script {
                sleep(Duration::from_secs(wait)).await;
                events.send(event).unwrap();
            }
            sleep(Duration::from_secs(3600)).await;
        };
        let ended = tokio::select! {
            end = end(host, &mut heard, || stops.set(stops.get() + 1)) => Some(end),
            () = player => None,
        };
        (ended, begun.elapsed().as_secs(), stops.get())
    }

    #[tokio::test(start_paused = true)]
    async fn it_ends_when_nobody_is_left_or_asks_for_it() {
        use Event::*;
        let cases: [(&str, Script<'_>, Option<End>, u64, u32); 10] = [
            ("nobody connects", &[], Some(End::Alone), 60, 0),
            ("a late first connection", &[(59, Connected)], None, 3659, 0),
            ("the last one goes", &[(1, Connected), (9, Disconnected)], Some(End::Alone), 15, 1),
            (
                "one of two goes",
                &[(1, Connected), (1, Connected), (1, Disconnected)],
                None,
                3603,
                0,
            ),
            (
                "another one comes in time",
                &[(1, Connected), (9, Disconnected), (4, Connected)],
                None,
                3614,
                1,
            ),
            ("asked for", &[(1, Connected), (2, Shutdown)], Some(End::Shutdown), 3, 0),
            ("SIGTERM alone", &[(2, Terminate)], Some(End::Alone), 2, 1),
            (
                "SIGTERM, then the host goes",
                &[(1, Connected), (2, Terminate), (20, Disconnected)],
                Some(End::Alone),
                23,
                2,
            ),
            (
                "SIGTERM twice, and the host stays",
                &[(1, Connected), (2, Terminate), (10, Terminate)],
                Some(End::Terminated),
                63,
                2,
            ),
            (
                "SIGTERM, then asked for",
                &[(1, Connected), (2, Terminate), (3, Shutdown)],
                Some(End::Shutdown),
                6,
                1,
            ),
        ];
        for (name, script, end, after, stops) in cases {
            assert_eq!(play(Host::Terraform, script).await, (end, after, stops), "{name}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_debugged_provider_outlives_its_hosts() {
        use Event::*;
        let script = [(1, Connected), (1, Disconnected)];
        assert_eq!(play(Host::Debugger, &script).await, (None, 3602, 0));
        let script = [(1, Connected), (1, Terminate)];
        assert_eq!(play(Host::Debugger, &script).await, (Some(End::Terminated), 2, 1));
    }
}
