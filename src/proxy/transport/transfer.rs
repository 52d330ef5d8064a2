//! Files: requests whose body or answer is streamed, at paths of their own beside MCP's.
//!
//! The exchange has checked the head, Host, Origin and the method, and knows who calls. The endpoint
//! gets the body piece by piece and gives the answer piece by piece, in a task of its own, so that a
//! client which hangs up can't end it before it is recorded.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use http::{HeaderName, HeaderValue, Response, StatusCode, request};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout, timeout_at};

use super::answer::{AnswerBody, Piece, add, close, respond};
use super::endpoint::Endpoint;
use super::exchange::{Refused, Shared};
use super::refusal::Refusal;

/// How many pieces of an answer may wait for a slow client.
const PIECES_AHEAD: usize = 2;

/// A request for a file, whose caller is known.
#[derive(Debug)]
pub struct Transfer {
    /// The path, without a query.
    pub path: String,
    /// The query, which nothing here has a use for.
    pub query: bool,
    /// `Content-Type`, where there is exactly one.
    pub content_type: Option<String>,
    /// The body is compressed, or otherwise not as it is.
    pub encoded: bool,
    /// `Content-Length`.
    pub length: Option<u64>,
    /// The body.
    pub body: TransferBody,
    /// Where the answer goes.
    pub reply: TransferReply,
    /// The other end of the connection.
    pub peer: SocketAddr,
    /// `traceparent` of the request.
    pub traceparent: Option<String>,
}

/// A body that is read piece by piece.
#[derive(Debug)]
pub struct TransferBody {
    incoming: Incoming,
    idle: Duration,
    deadline: Instant,
}

/// Why a body ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyFault {
    /// It stood still, or took too long altogether.
    #[error("the file did not arrive in time")]
    Slow,
    /// The client hung up.
    #[error("the file broke off")]
    Broken,
}

impl TransferBody {
    /// The next piece; `None` at the end.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, BodyFault> {
        loop {
            let now = Instant::now();
            let until = now.checked_add(self.idle).unwrap_or(now).min(self.deadline);
            let frame = timeout_at(until, self.incoming.frame()).await;
            match frame.map_err(|_elapsed| BodyFault::Slow)? {
                None => return Ok(None),
                Some(Err(_broken)) => return Err(BodyFault::Broken),
                // Trailers say nothing here.
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(bytes) if bytes.is_empty() => {}
                    Ok(bytes) => return Ok(Some(bytes)),
                    Err(_trailers) => {}
                },
            }
        }
    }
}

/// The head of an answer.
#[derive(Clone, Debug)]
pub struct TransferHead {
    /// The status.
    pub status: StatusCode,
    /// `Content-Type`.
    pub content_type: HeaderValue,
    /// Further headers.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

/// Where an answer goes, once.
#[derive(Debug)]
pub struct TransferReply(oneshot::Sender<(TransferHead, Content)>);

#[derive(Debug)]
enum Content {
    Whole(Bytes),
    Pieces(mpsc::Receiver<Piece>),
}

impl TransferReply {
    /// Answers at once.
    pub fn whole(self, head: TransferHead, body: impl Into<Bytes>) {
        // The client may be gone.
        let _gone = self.0.send((head, Content::Whole(body.into())));
    }

    /// Begins an answer that comes in pieces.
    #[must_use]
    pub fn begin(self, head: TransferHead) -> TransferSender {
        let (pieces, incoming) = mpsc::channel(PIECES_AHEAD);
        let _gone = self.0.send((head, Content::Pieces(incoming)));
        TransferSender(pieces)
    }
}

/// The pieces of an answer. Dropped before its end, the client sees that the answer is incomplete.
#[derive(Debug)]
pub struct TransferSender(mpsc::Sender<Piece>);

impl TransferSender {
    /// Sends a piece, once there is room for it. Returns whether the client can still get it.
    pub async fn send(&self, piece: Bytes) -> bool {
        self.0.send(Piece::Bytes(piece)).await.is_ok()
    }

    /// Says that the answer is complete.
    pub async fn finish(self) {
        let _gone = self.0.send(Piece::End).await;
    }
}

/// Hands a request to the endpoint and waits for the head of its answer.
pub(super) async fn transfer<E: Endpoint>(
    shared: &Arc<Shared<E>>,
    caller: E::Caller,
    head: &request::Parts,
    body: Incoming,
    peer: SocketAddr,
) -> Result<Response<AnswerBody>, Refused> {
    let place = Arc::clone(&shared.transfers).try_acquire_owned().map_err(|_full| {
        Refused(Refusal::Busy, Some((RETRY_AFTER, HeaderValue::from_static("5"))))
    })?;
    let timeouts = shared.settings.timeouts;
    let now = Instant::now();
    let body = TransferBody {
        incoming: body,
        idle: timeouts.body,
        deadline: now.checked_add(timeouts.transfer).unwrap_or(now),
    };
    let (reply, answered) = oneshot::channel();
    let transfer = Transfer {
        path: head.uri.path().to_owned(),
        query: head.uri.query().is_some(),
        content_type: one(&head.headers, &CONTENT_TYPE),
        encoded: head
            .headers
            .get_all(CONTENT_ENCODING)
            .iter()
            .any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity")),
        length: one(&head.headers, &CONTENT_LENGTH).and_then(|digits| digits.parse().ok()),
        body,
        reply: TransferReply(reply),
        peer,
        traceparent: one(&head.headers, &HeaderName::from_static("traceparent"))
            .filter(|text| text.len() <= 64),
    };
    let (endpoint, running) = (Arc::clone(&shared.endpoint), shared.running.clone());
    let own = caller.clone();
    drop(tokio::spawn(async move {
        endpoint.transfer(own, transfer).await;
        drop((place, running));
    }));
    // The endpoint has deadlines of its own; this one only stands behind them.
    let answered = timeout(timeouts.transfer.saturating_add(timeouts.drain), answered).await;
    let Ok(Ok((TransferHead { status, content_type, headers }, content))) = answered else {
        return Err(Refusal::Failed.into());
    };
    let body = match content {
        Content::Whole(bytes) => AnswerBody::whole(bytes),
        Content::Pieces(incoming) => AnswerBody::pieces(incoming),
    };
    let mut response = respond(status, Some(content_type), body);
    let own = shared.endpoint.headers(&caller);
    add(&mut response, own);
    add(&mut response, headers);
    if status != StatusCode::OK {
        // The rest of a body that is not read could be taken for a request.
        close(&mut response);
    }
    Ok(response)
}

/// The value of a header that is there once, as text.
fn one(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok().map(str::to_owned),
        _ => None,
    }
}

/// The refusal of another method than the path's.
pub(super) fn other_method(right: &http::Method) -> Refused {
    let allow = HeaderValue::from_str(right.as_str()).ok();
    Refused(Refusal::TransferMethod, allow.map(|allow| (ALLOW, allow)))
}
