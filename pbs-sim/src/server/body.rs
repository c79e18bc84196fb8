//! Body of a response. The fault [`FaultKind::Truncated`](crate::FaultKind::Truncated) cuts the
//! body in half.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

/// A body that is sent completely or truncated. The header of a truncated body announces the full
/// length, but only the first half is sent.
pub(super) struct ResponseBody {
    /// Length in bytes that the header `Content-Length` announces.
    content_length: u64,
    /// The bytes that have not been handed to hyper yet. `None` if hyper has received all bytes.
    unsent_bytes: Option<Bytes>,
    /// In a truncated body, the pause between the last byte and the error that aborts the
    /// connection. The pause gives hyper time to send the bytes that it already has.
    pause_before_abort: Option<Pin<Box<Sleep>>>,
}

impl ResponseBody {
    /// A body that is sent completely.
    pub(super) fn complete(body: Bytes) -> Self {
        Self {
            content_length: body.len() as u64,
            unsent_bytes: Some(body).filter(|body| !body.is_empty()),
            pause_before_abort: None,
        }
    }

    /// A body of which only the first half is sent.
    pub(super) fn truncated(body: Bytes) -> Self {
        Self {
            content_length: body.len() as u64,
            pause_before_abort: Some(Box::pin(sleep(Duration::from_millis(5)))),
            ..Self::complete(body.slice(..body.len() / 2))
        }
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(data) = self.unsent_bytes.take() {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        match &mut self.pause_before_abort {
            None => Poll::Ready(None),
            Some(pause) => {
                ready!(pause.as_mut().poll(cx));
                Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into())))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.unsent_bytes.is_none() && self.pause_before_abort.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.content_length)
    }
}
