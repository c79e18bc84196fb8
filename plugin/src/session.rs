//! A provider inside another process: served on a stream of the caller's, by the same
//! server and with the same limits. Knows no handshake, listener or signal.

use super::{
    context::{Clock, Random},
    provider::Provider,
    serve::{Lifecycle, Serving},
    server::Server,
};
use std::error::Error;
use tokio::io::{AsyncRead, AsyncWrite};

/// A provider that serves one peer, as a test wants it.
pub struct Session<P: Provider>(Serving<Server<P>>);

impl<P: Provider> Session<P> {
    /// Serves `provider` on `stream`, by this clock and these random bits.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn start(
        provider: P,
        clock: Clock,
        random: Random,
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    ) -> Self {
        Self(Serving::on(Server::new(provider, clock, random), stream))
    }

    /// What SIGTERM does to a process: cancels what can be cancelled, and goes on serving.
    pub fn stop(&self) {
        self.0.service.stop();
    }

    /// What the host's request for the end does to a process: closes what is open, waits a
    /// short while for what is under way, and ends the connection.
    ///
    /// # Errors
    /// When the connection did not end in order.
    pub async fn shutdown(self) -> Result<(), Box<dyn Error>> {
        self.0.shutdown().await
    }
}
