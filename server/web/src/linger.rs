//! Requests that are answered before all of their body has come.
//!
//! Over HTTP/2 such an answer is followed by `RST_STREAM`, which is allowed (RFC 9113 section 8.1) and yet an error to curl
//! 7.88; over HTTP/1.1 the connection is closed, and with data on the way the answer may be lost. So the rest of the
//! body is taken in and thrown away, for a moment, in which clients read the answer and stop.

use axum::body::{Body, Bytes, HttpBody};
use futures::StreamExt;
use http_body::{Frame, SizeHint};
use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::time::timeout;

const MOMENT: Duration = Duration::from_secs(5);
const MOST: usize = 64 << 20;

/// A body whose rest is taken in when nobody wants it any more.
pub(crate) struct Lingering(Option<Body>);

impl Lingering {
    pub(crate) fn new(body: Body) -> Self {
        Self((!body.is_end_stream()).then_some(body))
    }
}

impl HttpBody for Lingering {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Some(body) = &mut self.0 else { return Poll::Ready(None) };
        let frame = ready!(Pin::new(body).poll_frame(cx));
        if !matches!(frame, Some(Ok(_))) {
            self.0 = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.0.as_ref().map_or_else(|| SizeHint::with_exact(0), HttpBody::size_hint)
    }
}

impl Drop for Lingering {
    fn drop(&mut self) {
        let Some(body) = self.0.take().filter(|body| !body.is_end_stream()) else { return };
        tokio::spawn(timeout(MOMENT, async move {
            let (mut rest, mut taken) = (body.into_data_stream(), 0);
            while let Some(Ok(bytes)) = rest.next().await {
                taken += bytes.len();
                if taken > MOST {
                    break;
                }
            }
        }));
    }
}
