//! Responses and their bodies: nothing, one JSON message, or server-sent events that end in one.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{BufMut as _, Bytes, BytesMut};
use http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::socket::Busy;

/// A finished answer to one message.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) message: Vec<u8>,
}

impl Answer {
    /// An answer of that status, which falls back to 500 where it is no status.
    pub(super) fn new(status: u16, message: Vec<u8>) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, headers: Vec::new(), message }
    }
}

/// A response's body.
#[derive(Debug)]
pub(super) struct AnswerBody {
    content: Content,
    /// Until the answer is written, silence of the peer is no fault.
    _busy: Option<Busy>,
}

#[derive(Debug)]
enum Content {
    Whole(Option<Bytes>),
    Events(Events),
    Pieces { incoming: mpsc::Receiver<Piece>, ended: bool },
}

/// A piece of an answer that is streamed as it is.
#[derive(Debug)]
pub(super) enum Piece {
    Bytes(Bytes),
    End,
}

/// An answer that ended before it was complete: the connection is broken off, so that the client
/// can tell.
#[derive(Debug, thiserror::Error)]
#[error("the answer broke off")]
pub(super) struct BrokenOff;

#[derive(Debug)]
struct Events {
    incoming: mpsc::Receiver<Bytes>,
    last: Option<oneshot::Receiver<Answer>>,
    finished: Option<Bytes>,
    comment: Interval,
}

/// How often a silent stream says that it is alive: load balancers cut idle ones after a minute.
const COMMENT_EVERY: Duration = Duration::from_secs(15);

/// One message as a server-sent event. Printed JSON has no line ends.
pub(super) fn event(message: &[u8]) -> Bytes {
    let mut event = BytesMut::with_capacity(message.len().saturating_add(32));
    event.put_slice(b"event: message\ndata: ");
    event.put_slice(message);
    event.put_slice(b"\n\n");
    event.freeze()
}

impl AnswerBody {
    pub(super) fn whole(bytes: impl Into<Bytes>) -> Self {
        Self { content: Content::Whole(Some(bytes.into())), _busy: None }
    }

    /// `first` and then what comes, ended by the answer itself.
    pub(super) fn events(
        first: Bytes,
        incoming: mpsc::Receiver<Bytes>,
        last: oneshot::Receiver<Answer>,
    ) -> Self {
        let mut comment = interval(COMMENT_EVERY);
        comment.set_missed_tick_behavior(MissedTickBehavior::Delay);
        comment.reset();
        let events = Events { incoming, last: Some(last), finished: Some(first), comment };
        Self { content: Content::Events(events), _busy: None }
    }

    /// What comes, up to [`Piece::End`].
    pub(super) fn pieces(incoming: mpsc::Receiver<Piece>) -> Self {
        Self { content: Content::Pieces { incoming, ended: false }, _busy: None }
    }

    pub(super) fn holding(mut self, busy: Busy) -> Self {
        self._busy = Some(busy);
        self
    }
}

impl Events {
    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if let Some(first) = self.finished.take() {
            return Poll::Ready(Some(first));
        }
        let Some(last) = &mut self.last else { return Poll::Ready(None) };
        if let Poll::Ready(Some(event)) = self.incoming.poll_recv(cx) {
            return Poll::Ready(Some(event));
        }
        if let Poll::Ready(answer) = Pin::new(last).poll(cx) {
            self.last = None;
            // What was said before the end may have come between the two polls.
            let mut rest = BytesMut::new();
            while let Ok(event) = self.incoming.try_recv() {
                rest.extend_from_slice(&event);
            }
            if let Ok(answer) = answer {
                rest.extend_from_slice(&event(&answer.message));
            }
            return Poll::Ready(Some(rest.freeze()));
        }
        ready!(self.comment.poll_tick(cx));
        Poll::Ready(Some(Bytes::from_static(b": alive\n\n")))
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        let chunk = match &mut self.get_mut().content {
            Content::Whole(bytes) => bytes.take(),
            Content::Events(events) => ready!(events.poll_event(cx)),
            Content::Pieces { ended: true, .. } => None,
            Content::Pieces { incoming, ended } => match ready!(incoming.poll_recv(cx)) {
                Some(Piece::Bytes(bytes)) => Some(bytes),
                Some(Piece::End) => {
                    *ended = true;
                    None
                }
                None => return Poll::Ready(Some(Err(BrokenOff))),
            },
        };
        Poll::Ready(chunk.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        match &self.content {
            Content::Whole(bytes) => bytes.as_ref().is_none_or(Bytes::is_empty),
            Content::Events(_) => false,
            Content::Pieces { ended, .. } => *ended,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Whole(bytes) => SizeHint::with_exact(
                bytes.as_ref().map_or(0, |b| u64::try_from(b.len()).unwrap_or(u64::MAX)),
            ),
            Content::Events(_) | Content::Pieces { .. } => SizeHint::default(),
        }
    }
}

/// Room for the headers that all have, and those of limits.
const USUAL_HEADERS: usize = 12;

/// A response with the headers that all have.
pub(super) fn respond(
    status: StatusCode,
    content_type: Option<HeaderValue>,
    body: AnswerBody,
) -> Response<AnswerBody> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.reserve(USUAL_HEADERS);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Some(content_type) = content_type {
        headers.insert(CONTENT_TYPE, content_type);
    }
    response
}

/// A response with one JSON message.
pub(super) fn json(answer: Answer) -> Response<AnswerBody> {
    let json = HeaderValue::from_static("application/json");
    let mut response = respond(answer.status, Some(json), AnswerBody::whole(answer.message));
    add(&mut response, answer.headers);
    response
}

/// A response that streams events.
pub(super) fn stream(body: AnswerBody) -> Response<AnswerBody> {
    let events = HeaderValue::from_static("text/event-stream");
    let mut response = respond(StatusCode::OK, Some(events), body);
    let buffering = HeaderName::from_static("x-accel-buffering");
    response.headers_mut().insert(buffering, HeaderValue::from_static("no"));
    response
}

/// Adds headers, the later of a name replacing the earlier.
pub(super) fn add(response: &mut Response<AnswerBody>, more: Vec<(HeaderName, HeaderValue)>) {
    for (name, value) in more {
        response.headers_mut().insert(name, value);
    }
}

/// Makes the response the connection's last.
pub(super) fn close(response: &mut Response<AnswerBody>) {
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
}
