//! Decides when the process ends. This depends on signals, connections and the Shutdown RPC.

use std::{io, time::Duration};
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender},
    time::{Instant, sleep, sleep_until},
};

/// The time limit for the service's shutdown if core waits for the end of the process. Core kills
/// the process two seconds after calling the Shutdown RPC.
pub(super) const SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(1500);

/// The time limit for the service's shutdown if core does not wait for the end of the process.
pub(super) const CLEANUP_TIMEOUT: Duration = Duration::from_secs(30);

/// How long the process waits for its first connection.
const FIRST_CONNECTION_TIMEOUT: Duration = Duration::from_secs(60);

/// How long the process waits for another connection after its last connection has closed. Without
/// this limit, the process would never end if core was killed, because a killed core cannot call
/// the Shutdown RPC.
const RECONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long core may stay connected after SIGTERM. After this time the process ends in any case.
const TERMINATION_GRACE_PERIOD: Duration = Duration::from_secs(60);

/// Who has started the process.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Launcher {
    /// Terraform or OpenTofu, which ends the process with the Shutdown RPC.
    Core,
    /// A developer, with `--debug`. The process serves one core after another, until the developer
    /// ends it.
    Developer,
}

/// An event that can influence when the process ends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Event {
    /// A connection was opened. If the provider uses TLS, the TLS handshake has succeeded.
    Connected,
    /// A connection that was reported as `Connected` was closed.
    Disconnected,
    /// The process has received SIGTERM. If a developer has started the process, a signal of the
    /// terminal has the same effect, for example the signal for Ctrl-C.
    Terminate,
    /// Core has called the Shutdown RPC and waits for the response.
    Shutdown,
}

/// Why the process ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum EndReason {
    /// Core has called the Shutdown RPC.
    Shutdown,
    /// No connection is open, and none was opened in time.
    NoConnection,
    /// [`Event::Terminate`] was received. If core has started the process, the grace period has
    /// passed as well.
    Terminated,
}

/// Waits until the process has to end. Calls `stop` on [`Event::Terminate`]. If core has
/// started the process, also calls `stop` when the last connection closes.
pub(super) async fn wait_for_end(
    launcher: Launcher,
    events: &mut UnboundedReceiver<Event>,
    stop: impl Fn(),
) -> EndReason {
    let mut open_connections = 0_usize;
    let mut connection_timeout = (launcher == Launcher::Core).then_some(FIRST_CONNECTION_TIMEOUT);
    let mut deadline: Option<Instant> = None;
    loop {
        let no_connection = async {
            match connection_timeout {
                Some(timeout) if open_connections == 0 => sleep(timeout).await,
                _ => std::future::pending().await,
            }
        };
        let deadline_passed = async {
            match deadline {
                Some(deadline) => sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            Some(event) = events.recv() => match event {
                Event::Connected => {
                    open_connections += 1;
                    connection_timeout =
                        connection_timeout.map(|timeout| timeout.min(RECONNECT_TIMEOUT));
                }
                Event::Disconnected => {
                    open_connections -= 1;
                    // Without a connection, no state can be returned to core, and the secret of a
                    // new object would be lost. Running operations are therefore cancelled.
                    if open_connections == 0 && launcher == Launcher::Core {
                        stop();
                    }
                }
                Event::Shutdown => return EndReason::Shutdown,
                Event::Terminate => {
                    stop();
                    if launcher == Launcher::Developer {
                        return EndReason::Terminated;
                    }
                    deadline.get_or_insert_with(|| Instant::now() + TERMINATION_GRACE_PERIOD);
                    // The process ends as soon as no connection is open.
                    connection_timeout = Some(Duration::ZERO);
                }
            },
            () = no_connection => return EndReason::NoConnection,
            () = deadline_passed => return EndReason::Terminated,
        }
    }
}

/// Turns signals into events. The signals of a terminal are SIGINT for Ctrl-C, SIGQUIT for Ctrl-\,
/// and SIGHUP when the terminal is closed or its SSH connection is lost. These signals reach the
/// whole process group, including a provider that core has started. A provider that core has
/// started ignores these signals, because it notices the effect of the signals on core. If core
/// handles the signal, core calls the StopProvider RPC. If the signal ends core, the connection is
/// closed.
#[cfg(unix)]
pub(super) fn watch_signals(launcher: Launcher, events: UnboundedSender<Event>) -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let terminal_signals = [SignalKind::interrupt(), SignalKind::quit(), SignalKind::hangup()]
        .map(|kind| (kind, launcher == Launcher::Developer));
    for (kind, terminates) in terminal_signals.into_iter().chain([(SignalKind::terminate(), true)])
    {
        let (mut signals, events) = (signal(kind)?, events.clone());
        tokio::spawn(async move {
            while signals.recv().await.is_some() {
                if terminates && events.send(Event::Terminate).is_err() {
                    return;
                }
            }
        });
    }
    Ok(())
}

/// Turns Ctrl-C and Ctrl-Break into events. A provider that core has started ignores Ctrl-C and
/// Ctrl-Break, and waits for the StopProvider RPC.
#[cfg(windows)]
pub(super) fn watch_signals(launcher: Launcher, events: UnboundedSender<Event>) -> io::Result<()> {
    use tokio::signal::windows::{ctrl_break, ctrl_c};

    let (mut ctrl_c, mut ctrl_break) = (ctrl_c()?, ctrl_break()?);
    tokio::spawn(async move {
        loop {
            tokio::select! {
                Some(()) = ctrl_c.recv() => {}
                Some(()) = ctrl_break.recv() => {}
                else => return,
            }
            if launcher == Launcher::Developer && events.send(Event::Terminate).is_err() {
                return;
            }
        }
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use tokio::sync::mpsc;

    /// Events, each with the time in seconds that passes between the previous event and this event.
    type Script<'a> = &'a [(u64, Event)];

    /// Sends the events of the script. Returns why the process ended, after how many seconds, and
    /// how often `stop` was called. If the process has not ended an hour after the last event, the
    /// reason is `None`.
    async fn play(launcher: Launcher, script: Script<'_>) -> (Option<EndReason>, u64, u32) {
        let (events, mut received_events) = mpsc::unbounded_channel();
        let stops = Cell::new(0);
        let start = Instant::now();
        let send_events = async {
            for &(wait, event) in script {
                sleep(Duration::from_secs(wait)).await;
                events.send(event).unwrap();
            }
            sleep(Duration::from_secs(3600)).await;
        };
        let stop = || stops.set(stops.get() + 1);
        let reason = tokio::select! {
            reason = wait_for_end(launcher, &mut received_events, stop) => Some(reason),
            () = send_events => None,
        };
        (reason, start.elapsed().as_secs(), stops.get())
    }

    #[tokio::test(start_paused = true)]
    async fn events_decide_when_a_provider_started_by_core_ends() {
        use Event::*;
        // The name, the events, the reason of the end, the seconds until the end or until the end
        // of the test, and the number of calls of `stop`.
        let cases: [(&str, Script<'_>, Option<EndReason>, u64, u32); 10] = [
            ("no connection", &[], Some(EndReason::NoConnection), 60, 0),
            ("a late first connection", &[(59, Connected)], None, 3659, 0),
            (
                "the last connection closes",
                &[(1, Connected), (9, Disconnected)],
                Some(EndReason::NoConnection),
                15,
                1,
            ),
            (
                "one of two connections closes",
                &[(1, Connected), (1, Connected), (1, Disconnected)],
                None,
                3603,
                0,
            ),
            (
                "another connection opens in time",
                &[(1, Connected), (9, Disconnected), (4, Connected)],
                None,
                3614,
                1,
            ),
            ("Shutdown RPC", &[(1, Connected), (2, Shutdown)], Some(EndReason::Shutdown), 3, 0),
            (
                "SIGTERM without a connection",
                &[(2, Terminate)],
                Some(EndReason::NoConnection),
                2,
                1,
            ),
            (
                "SIGTERM, then the last connection closes",
                &[(1, Connected), (2, Terminate), (20, Disconnected)],
                Some(EndReason::NoConnection),
                23,
                2,
            ),
            (
                "SIGTERM twice, and the connection stays open",
                &[(1, Connected), (2, Terminate), (10, Terminate)],
                Some(EndReason::Terminated),
                63,
                2,
            ),
            (
                "SIGTERM, then Shutdown RPC",
                &[(1, Connected), (2, Terminate), (3, Shutdown)],
                Some(EndReason::Shutdown),
                6,
                1,
            ),
        ];
        for (name, script, reason, seconds, stops) in cases {
            assert_eq!(play(Launcher::Core, script).await, (reason, seconds, stops), "{name}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_provider_started_by_a_developer_ends_only_on_termination() {
        use Event::*;
        let script = [(1, Connected), (1, Disconnected)];
        assert_eq!(play(Launcher::Developer, &script).await, (None, 3602, 0));
        let script = [(1, Connected), (1, Terminate)];
        assert_eq!(play(Launcher::Developer, &script).await, (Some(EndReason::Terminated), 2, 1));
    }
}
