//! The body of a response that has a reply in it: it tells when the reply is on its way.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use tokio::sync::oneshot;

use crate::service::Delivered;

/// A reply in one piece. hyper writes it to the socket as soon as it has taken it.
pub(super) struct ReplyBody {
    bytes: Option<Bytes>,
    /// Dropped unused if the connection ends before.
    taken: Option<oneshot::Sender<()>>,
}

impl ReplyBody {
    /// Returns the body, and whether it was taken, once that is known.
    pub(super) fn new(bytes: Bytes) -> (Self, impl Future<Output = Delivered> + Send + 'static) {
        let (taken, told) = oneshot::channel();
        let delivered = async { if told.await.is_ok() { Delivered::Yes } else { Delivered::No } };
        (Self { bytes: Some(bytes), taken: Some(taken) }, delivered)
    }
}

impl HttpBody for ReplyBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let bytes = self.bytes.take();
        if let Some(taken) = self.taken.take() {
            // Nobody listens where nothing comes after the reply.
            let _ = taken.send(());
        }
        Poll::Ready(bytes.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_tells_whether_it_was_taken() {
        let (body, delivered) = ReplyBody::new(Bytes::from_static(b"{}"));
        assert_eq!(axum::body::to_bytes(axum::body::Body::new(body), 2).await.expect("it is there"), "{}");
        assert_eq!(delivered.await, Delivered::Yes);
        let (body, delivered) = ReplyBody::new(Bytes::from_static(b"{}"));
        drop(body);
        assert_eq!(delivered.await, Delivered::No);
    }
}
