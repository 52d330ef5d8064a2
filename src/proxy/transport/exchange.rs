//! One HTTP request on its way to the endpoint: routing, access, authentication, media, body.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::header::{
    ACCEPT, ALLOW, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, ORIGIN,
    RETRY_AFTER, TRANSFER_ENCODING, WWW_AUTHENTICATE,
};
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::jsonrpc::{ErrorObject, INVALID_REQUEST, print_error};

use super::access::Access;
use super::answer::{Answer, AnswerBody, add, close, json, respond};
use super::dispatch::{Dispatch, Head};
use super::endpoint::{CallerHead, Endpoint, PageRequest};
use super::peer::Pending;
use super::refusal::Refusal;
use super::settings::TransportSettings;
use super::socket::{Conversation, HeadVerdict};
use super::transfer::{other_method, transfer};

/// What all exchanges of one server share.
#[derive(Debug)]
pub(super) struct Shared<E> {
    pub(super) endpoint: Arc<E>,
    pub(super) settings: TransportSettings,
    pub(super) access: Access,
    pub(super) bodies: Arc<Semaphore>,
    /// Places for files on their way.
    pub(super) transfers: Arc<Semaphore>,
    pub(super) pending: Arc<Pending>,
    /// Cloned into every detached call, so that shutting down can wait for them.
    pub(super) running: tokio::sync::mpsc::Sender<()>,
}

/// A refusal with the header it needs, if any.
pub(super) struct Refused(pub(super) Refusal, pub(super) Option<(HeaderName, HeaderValue)>);

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self(refusal, None)
    }
}

/// Answers one request.
pub(super) async fn exchange<E: Endpoint>(
    shared: Arc<Shared<E>>,
    conversation: Arc<Conversation>,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> Response<AnswerBody> {
    let busy = conversation.busy();
    let chunked = request.headers().contains_key(TRANSFER_ENCODING);
    let answered = match conversation.next() {
        HeadVerdict::Cleared => answer(&shared, peer, request).await,
        HeadVerdict::Refused(fault) => Err(Refusal::Head(fault).into()),
        HeadVerdict::Unseen => Err(Refusal::Desync.into()),
    };
    let mut response = answered.unwrap_or_else(|Refused(refusal, header)| {
        shared.endpoint.refused(&refusal, peer);
        refuse(&refusal, header)
    });
    if chunked {
        // The inspector judges no head after a chunked one.
        close(&mut response);
    }
    response.map(|body| body.holding(busy))
}

fn refuse(refusal: &Refusal, header: Option<(HeaderName, HeaderValue)>) -> Response<AnswerBody> {
    let text = refusal.to_string();
    let error = ErrorObject::<()> { code: INVALID_REQUEST, message: &text, data: None };
    let message = print_error(None, error).unwrap_or_default();
    let mut response = json(Answer::new(refusal.status(), message));
    add(&mut response, header.into_iter().collect());
    if refusal.ends_connection() {
        close(&mut response);
    }
    response
}

async fn answer<E: Endpoint>(
    shared: &Arc<Shared<E>>,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> Result<Response<AnswerBody>, Refused> {
    let (head, body) = request.into_parts();
    let path = head.uri.path();
    let host_allowed =
        head.headers.get(HOST).is_some_and(|host| shared.access.admits_host(host.as_bytes()));
    let serves = shared.endpoint.serves(path);
    if !serves && (head.method == Method::GET || head.method == Method::HEAD) {
        let request = PageRequest { method: &head.method, path, host_allowed, peer };
        if let Some(page) = shared.endpoint.page(&request) {
            let body = AnswerBody::whole(page.body);
            return Ok(respond(page.status, Some(page.content_type), body));
        }
    }
    if !host_allowed {
        return Err(Refusal::Host.into());
    }
    let origins = head.headers.get_all(ORIGIN).iter().map(HeaderValue::as_bytes);
    if !shared.access.admits_origins(origins) {
        return Err(Refusal::Origin.into());
    }
    let file = shared.endpoint.transfers(path);
    match &file {
        Some(right) if head.method != *right => return Err(other_method(right)),
        None if !serves => return Err(Refusal::NotFound.into()),
        None if head.method != Method::POST => {
            return Err(Refused(Refusal::Method, Some((ALLOW, HeaderValue::from_static("POST")))));
        }
        Some(_) | None => {}
    }
    let caller = shared
        .endpoint
        .authenticate(&CallerHead { path, headers: &head.headers, peer })
        .map_err(|refused| {
        let refusal =
            Refusal::Unauthorized { forbidden: refused.forbidden, message: refused.message };
        Refused(refusal, Some((WWW_AUTHENTICATE, refused.challenge)))
    })?;
    if file.is_some() {
        return transfer(shared, caller, &head, body, peer).await;
    }
    check_media(&head.headers)?;
    let (bytes, hold) = read_body(shared, &head.headers, body).await?;
    let dispatch = Dispatch { shared: Arc::clone(shared), caller, hold };
    let seen = Head { headers: &head.headers, path, peer, events: admits_events(&head.headers) };
    Ok(dispatch.message(&bytes, &seen).await)
}

fn check_media(headers: &HeaderMap) -> Result<(), Refusal> {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let is_json = match (types.next(), types.next()) {
        (Some(one), None) => essence(one.as_bytes()).eq_ignore_ascii_case(b"application/json"),
        (None, _) | (Some(_), Some(_)) => false,
    };
    if !is_json {
        return Err(Refusal::MediaType);
    }
    let encoded = headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity"));
    if encoded {
        return Err(Refusal::ContentEncoding);
    }
    let any = headers.contains_key(ACCEPT);
    if any && !accepts(headers, &[b"application/json", b"application/*", b"*/*"]) {
        return Err(Refusal::Accept);
    }
    Ok(())
}

fn admits_events(headers: &HeaderMap) -> bool {
    accepts(headers, &[b"text/event-stream", b"text/*", b"*/*"])
}

/// Whether Accept names one of these ranges. Weights don't matter: there is nothing to choose.
fn accepts(headers: &HeaderMap, ranges: &[&[u8]]) -> bool {
    headers
        .get_all(ACCEPT)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .any(|item| ranges.iter().any(|range| essence(item).eq_ignore_ascii_case(range)))
}

/// A media type without its parameters.
fn essence(value: &[u8]) -> &[u8] {
    value.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii()
}

/// Reads a body within its deadline, its own limit, and the limit of all bodies together.
async fn read_body<E>(
    shared: &Shared<E>,
    headers: &HeaderMap,
    body: Incoming,
) -> Result<(Bytes, Option<OwnedSemaphorePermit>), Refused> {
    let limit = shared.settings.max_body;
    let declared = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|digits| digits.parse::<usize>().ok());
    if declared.is_some_and(|length| length > limit) {
        return Err(Refusal::TooLarge(limit).into());
    }
    match timeout(shared.settings.timeouts.body, collect(&shared.bodies, limit, body)).await {
        Ok(Ok(collected)) => Ok(collected),
        Ok(Err(Refusal::Busy)) => {
            Err(Refused(Refusal::Busy, Some((RETRY_AFTER, HeaderValue::from_static("1")))))
        }
        Ok(Err(refusal)) => Err(refusal.into()),
        Err(_elapsed) => Err(Refusal::SlowBody.into()),
    }
}

async fn collect(
    bodies: &Arc<Semaphore>,
    limit: usize,
    mut body: Incoming,
) -> Result<(Bytes, Option<OwnedSemaphorePermit>), Refusal> {
    let mut bytes = BytesMut::new();
    let mut hold: Option<OwnedSemaphorePermit> = None;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_broken| Refusal::BrokenBody)?.into_data() else { continue };
        if data.len() > limit.saturating_sub(bytes.len()) {
            return Err(Refusal::TooLarge(limit));
        }
        let size = u32::try_from(data.len()).map_err(|_huge| Refusal::TooLarge(limit))?;
        let more =
            Arc::clone(bodies).try_acquire_many_owned(size).map_err(|_none| Refusal::Busy)?;
        match &mut hold {
            Some(hold) => hold.merge(more),
            None => hold = Some(more),
        }
        bytes.extend_from_slice(&data);
    }
    Ok((bytes.freeze(), hold))
}

/// A body-less 202.
pub(super) fn accepted() -> Response<AnswerBody> {
    respond(StatusCode::ACCEPTED, None, AnswerBody::whole(Bytes::new()))
}
