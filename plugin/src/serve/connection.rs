//! Accepting connections: the TLS handshake where there is one, and the count of
//! those who have passed it.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::mpsc::{Sender, UnboundedSender};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tonic::transport::server::Connected;

use super::lifetime::Event;
use super::listener::Listener;

/// A peer that has not shown its certificate by then is turned away.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Hands on every connection that may talk to us, for ever. Handshakes run beside
/// each other, so that a peer that says nothing holds up nobody.
pub(super) async fn accept(
    listener: &Listener,
    acceptor: Option<TlsAcceptor>,
    events: &UnboundedSender<Event>,
    ready: &Sender<io::Result<Connection>>,
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
        let (acceptor, events, ready) = (acceptor.clone(), events.clone(), ready.clone());
        tokio::spawn(async move {
            let stream: Box<dyn Duplex> = match acceptor {
                None => Box::new(stream),
                Some(acceptor) => match timeout(HANDSHAKE, acceptor.accept(stream)).await {
                    Ok(Ok(stream)) => Box::new(stream),
                    Ok(Err(error)) => return tracing::warn!(%error, "turned a connection away"),
                    Err(_) => return tracing::warn!("turned away a connection that said nothing"),
                },
            };
            // Fails only when the server has ended.
            let _ = ready.send(Ok(Connection::new(stream, events))).await;
        });
    }
}

/// A stream to a peer, counted while it lives.
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

/// What bytes come and go through.
pub(crate) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}
