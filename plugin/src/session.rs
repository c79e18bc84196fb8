//! A provider that runs inside another process, such as a test. It is served on a stream of the
//! caller by the same server and with the same limits as in a process of its own, but without
//! handshake, listener and signal handling.

use crate::{
    context::{Clock, Random},
    provider::Provider,
    serve::{Lifecycle, Serving},
    server::Server,
};
use std::error::Error;
use tokio::io::{AsyncRead, AsyncWrite};

/// A provider that serves a single connection inside the current process.
pub struct Session<P: Provider>(Serving<Server<P>>);

impl<P: Provider> Session<P> {
    /// Serves `provider` on `stream`, with the given clock and source of random bits.
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

    /// Has the effect of SIGTERM: cancels the operations that can be cancelled, and keeps serving.
    pub fn stop(&self) {
        self.0.service.stop();
    }

    /// Has the effect of the Shutdown RPC: closes the ephemeral resources that are still open,
    /// waits a short time for requests in flight, and ends the connection.
    ///
    /// # Errors
    /// When the connection was not ended properly.
    pub async fn shutdown(self) -> Result<(), Box<dyn Error>> {
        self.0.shutdown().await
    }
}
