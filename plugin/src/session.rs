//! Serves a provider inside another process, for example a test. The caller passes the stream on
//! which the provider is served. The gRPC server and its limits are the same as in a provider's own
//! process. There is no handshake, no listener and no signal handling.

use crate::{
    clock::Clock,
    context::Random,
    provider::Provider,
    serve::{Lifecycle, RunningServer},
    server::Server,
};
use std::error::Error;
use tokio::io::{AsyncRead, AsyncWrite};

/// A provider that serves a single connection inside the current process.
pub struct Session<P: Provider>(RunningServer<Server<P>>);

impl<P: Provider> Session<P> {
    /// Serves `provider` on `stream`, with the given clock and source of random bits.
    ///
    /// # Panics
    /// This function panics if it is called outside of a Tokio runtime.
    pub fn start(
        provider: P,
        clock: Clock,
        random: Random,
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    ) -> Self {
        Self(RunningServer::for_stream(Server::new(provider, clock, random), stream))
    }

    /// Cancels the operations that can be cancelled. The provider keeps serving. The StopProvider
    /// RPC has the same effect.
    pub fn stop(&self) {
        self.0.service.stop();
    }

    /// Ends the provider in the same way as the Shutdown RPC: closes the ephemeral resources that
    /// are still open, waits a short time for requests in flight, and ends the connection.
    ///
    /// # Errors
    /// The gRPC server has failed or panicked.
    pub async fn shutdown(self) -> Result<(), Box<dyn Error>> {
        self.0.shutdown().await
    }
}
