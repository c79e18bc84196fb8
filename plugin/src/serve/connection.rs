//! Accepts connections, and reports when they open and close. If the provider uses TLS, each
//! connection starts with a TLS handshake.

use super::{lifetime::Event, listener::Listener};
use std::{
    convert::Infallible,
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::mpsc::{Sender, UnboundedSender},
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;
use tonic::transport::server::Connected;

/// The time limit for the TLS handshake of a connection.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// Accepts connections forever, and sends each connection to `connections`. If there is an
/// `acceptor`, performs the TLS handshake of the connection first. Handshakes run concurrently, so
/// that an idle peer does not delay other peers.
pub(super) async fn accept(
    listener: &Listener,
    acceptor: Option<TlsAcceptor>,
    events: &UnboundedSender<Event>,
    connections: &Sender<io::Result<Connection>>,
) -> Infallible {
    loop {
        let stream = match listener.accept().await {
            Ok(stream) => stream,
            Err(error) => {
                tracing::warn!(%error, "could not accept a connection");
                sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let (acceptor, events, connections) =
            (acceptor.clone(), events.clone(), connections.clone());
        tokio::spawn(async move {
            let stream: Box<dyn Duplex> = match acceptor {
                None => Box::new(stream),
                Some(acceptor) => match timeout(HANDSHAKE_TIMEOUT, acceptor.accept(stream)).await {
                    Ok(Ok(stream)) => Box::new(stream),
                    Ok(Err(error)) => return tracing::warn!(%error, "a TLS handshake failed"),
                    Err(_) => return tracing::warn!("a TLS handshake timed out"),
                },
            };
            // This fails only if the gRPC server has ended.
            let _ = connections.send(Ok(Connection::new(stream, events))).await;
        });
    }
}

/// The stream of a connection. It reports [`Event::Connected`] when it is created and
/// [`Event::Disconnected`] when it is dropped.
pub(super) struct Connection {
    stream: Box<dyn Duplex>,
    events: UnboundedSender<Event>,
}

impl Connection {
    pub(super) fn new(stream: Box<dyn Duplex>, events: UnboundedSender<Event>) -> Self {
        let _ = events.send(Event::Connected);
        Self { stream, events }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let _ = self.events.send(Event::Disconnected);
    }
}

impl Connected for Connection {
    type ConnectInfo = ();

    fn connect_info(&self) {}
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

/// A stream that bytes can be read from and written to.
pub(crate) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}
