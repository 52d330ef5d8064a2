//! HTTP around the org: connections, bounds, the recorder and the faults.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, RETRY_AFTER};
use hyper::{Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::Received;
use super::answer::{Answer, Refusal};
use super::bulk;
use super::faults::{self, Fault, Faults};
use super::kept::Kept;
use super::receive;
use super::rest::{Org, Request, limit_exceeded, session_invalid};

/// Most bytes of a request's body.
const MOST_BODY: usize = 1 << 20;
/// Most bytes of a request's path and query, as Salesforce has it.
const MOST_URI: usize = 16_384;
/// Most connections at a time.
const MOST_CONNECTIONS: usize = 512;
/// Most requests that are remembered; the oldest go first.
const MOST_RECEIVED: usize = 10_000;
/// Most bytes of a request's body that are remembered.
pub(super) const MOST_RECEIVED_BODY: usize = 4_096;

/// How long nothing is accepted after an accept that failed.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

const JSON: &str = "application/json;charset=UTF-8";
const CSV: &str = "text/csv; charset=UTF-8";

/// What connections share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) org: Mutex<Org>,
    pub(super) received: Mutex<VecDeque<Received>>,
    pub(super) kept: Mutex<Kept>,
    pub(super) faults: Faults,
}

impl Shared {
    pub(super) fn org(&self) -> MutexGuard<'_, Org> {
        self.org.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn received(&self) -> MutexGuard<'_, VecDeque<Received>> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes connections until it is aborted, and its connections with it.
pub(super) async fn run(listener: TcpListener, shared: Arc<Shared>) {
    let room = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else { return };
        // An accept fails for one connection, or for want of file handles: then the next one waits.
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        while connections.try_join_next().is_some() {}
        let shared = Arc::clone(&shared);
        connections.spawn(async move {
            let service = hyper::service::service_fn(|request| {
                let shared = Arc::clone(&shared);
                async move {
                    let response = respond(&shared, request).await;
                    keep(&shared, &response);
                    Ok::<_, Infallible>(response)
                }
            });
            // A connection that breaks is the caller's business.
            let _broken = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
            drop(permit);
        });
    }
}

async fn respond(shared: &Arc<Shared>, request: hyper::Request<Incoming>) -> Response<DemoBody> {
    let (head, body) = request.into_parts();
    let request = Request {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers,
        body: Vec::new(),
    };
    if let Some(job) = bulk::upload_to(&request) {
        let job = job.to_owned();
        return upload(shared, request, &job, body).await;
    }
    let read = Limited::new(body, MOST_BODY).collect().await.map(|body| body.to_bytes());
    let request =
        Request { body: read.as_ref().map(|body| body.to_vec()).unwrap_or_default(), ..request };
    record(shared, &request);
    let uri = request.path.len().saturating_add(request.query.len());
    if read.is_err() || uri > MOST_URI {
        let (status, message) =
            if uri > MOST_URI { (414, "URI Too Long") } else { (413, "Payload Too Large") };
        let refusal = Refusal::new(status, "UNKNOWN_EXCEPTION", message);
        return plain(shared, &request, refusal.into());
    }
    let fault = if request.is_token() || request.is_data() || request.is_user_info() {
        shared.faults.take(request.is_token())
    } else {
        None
    };
    let right = || shared.org().answer(&request);
    match fault {
        None => plain(shared, &request, right()),
        Some(fault) => faulty(shared, &request, fault, right).await,
    }
}

/// A file is not read whole before it is answered, as other bodies are.
async fn upload(
    shared: &Arc<Shared>,
    mut request: Request,
    job: &str,
    body: Incoming,
) -> Response<DemoBody> {
    let fault = shared.faults.take(false);
    let answer = if fault.as_ref().is_some_and(Fault::is_refusal) {
        receive::ignored(&mut request, body).await;
        Answer::no_content()
    } else {
        receive::file(shared, &mut request, job, body).await
    };
    record(shared, &request);
    match fault {
        None => plain(shared, &request, answer),
        Some(fault) => faulty(shared, &request, fault, || answer).await,
    }
}

/// Keeps an answer as it leaves, where answers are kept.
fn keep(shared: &Shared, response: &Response<DemoBody>) {
    let mut kept = shared.kept();
    kept.add(response.status().as_str().as_bytes());
    for (name, value) in response.headers() {
        kept.add(name.as_str().as_bytes());
        kept.add(value.as_bytes());
    }
    kept.add(&response.body().bytes);
}

fn record(shared: &Shared, request: &Request) {
    let query = if request.query.is_empty() { "" } else { "?" };
    let authorization = request.headers.get("authorization");
    let received = Received {
        method: request.method.clone(),
        path_and_query: format!("{}{query}{}", request.path, request.query),
        header_names: request.headers.keys().map(|name| name.as_str().to_owned()).collect(),
        authorization: authorization.map(|v| String::from_utf8_lossy(v.as_bytes()).into_owned()),
        body: request.body.iter().copied().take(MOST_RECEIVED_BODY).collect(),
    };
    let mut all = shared.received();
    if all.len() >= MOST_RECEIVED {
        all.pop_front();
    }
    all.push_back(received);
}

fn plain(shared: &Shared, request: &Request, answer: Answer) -> Response<DemoBody> {
    let mut body = answer.body;
    let lying = (request.is_data() || request.is_user_info()) && shared.faults.lying();
    if let Some(body) = body.as_mut().filter(|_| lying) {
        faults::embellish(body);
    }
    let (bytes, kind) = match (&body, answer.csv) {
        (Some(body), _) => (Bytes::from(body.to_bytes()), Some(JSON)),
        (None, Some(csv)) if lying => (Bytes::from(faults::embellish_csv(&csv)), Some(CSV)),
        (None, Some(csv)) => (Bytes::from(csv), Some(CSV)),
        (None, None) => (Bytes::new(), None),
    };
    let mut response = Response::new(DemoBody::whole(bytes));
    *response.status_mut() = status(answer.status);
    if let Some(kind) = kind {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    if request.is_data() {
        header(&mut response, HeaderName::from_static("sforce-limit-info"), &shared.org().usage());
    }
    for (name, value) in &answer.headers {
        header(&mut response, HeaderName::from_static(name), value);
    }
    response
}

/// What a fault makes of the right answer, which is asked for only where it is given.
async fn faulty(
    shared: &Shared,
    request: &Request,
    fault: Fault,
    right: impl FnOnce() -> Answer,
) -> Response<DemoBody> {
    let right = || plain(shared, request, right());
    let refuse = |refusal: Refusal| plain(shared, request, refusal.into());
    match fault {
        Fault::LimitExceeded => refuse(limit_exceeded()),
        Fault::SessionInvalid => refuse(session_invalid()),
        Fault::TooManyRequests { retry_after_s } => {
            let mut response =
                refuse(Refusal::new(429, "REQUEST_LIMIT_EXCEEDED", "Too many requests"));
            header(&mut response, RETRY_AFTER, &retry_after_s.to_string());
            response
        }
        Fault::ServerError => {
            let message = "An unexpected error occurred. Please include this ErrorId";
            refuse(Refusal::new(500, "UNKNOWN_EXCEPTION", message))
        }
        Fault::Hang => {
            shared.faults.hang().await;
            right()
        }
        Fault::Truncated => right().map(DemoBody::truncated),
        Fault::Giant { bytes } => right().map(|body| body.padded(bytes)),
        Fault::ContentType(value) => {
            let mut response = right();
            header(&mut response, CONTENT_TYPE, &value);
            response
        }
        Fault::Redirect(to) => {
            let mut response = Response::new(DemoBody::whole(Bytes::new()));
            *response.status_mut() = StatusCode::FOUND;
            header(&mut response, LOCATION, &to);
            response
        }
        Fault::Raw { status: code, content_type, body } => {
            let mut response = Response::new(DemoBody::whole(Bytes::from(body)));
            *response.status_mut() = status(code);
            header(&mut response, CONTENT_TYPE, &content_type);
            response
        }
    }
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Sets a header; a value that can't be one is left out.
fn header(response: &mut Response<DemoBody>, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// A body: some bytes, then perhaps spaces, then perhaps a broken connection.
#[derive(Debug)]
pub(super) struct DemoBody {
    bytes: Bytes,
    spaces: u64,
    end: End,
}

/// How a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Whole,
    /// With a pause, in which what was sent so far gets out, before the connection breaks.
    Pause,
    Break,
}

impl DemoBody {
    fn whole(bytes: Bytes) -> Self {
        Self { bytes, spaces: 0, end: End::Whole }
    }

    fn truncated(mut self) -> Self {
        let half = self.bytes.len().checked_div(2).unwrap_or_default();
        self.bytes.truncate(half);
        Self { end: End::Pause, ..self }
    }

    fn padded(self, total: u64) -> Self {
        let own = u64::try_from(self.bytes.len()).unwrap_or(u64::MAX);
        Self { spaces: total.saturating_sub(own), ..self }
    }
}

impl Body for DemoBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        static SPACES: [u8; 65_536] = [b' '; 65_536];
        if !self.bytes.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.bytes)))));
        }
        if self.spaces > 0 {
            let now = usize::try_from(self.spaces).unwrap_or(usize::MAX).min(SPACES.len());
            self.spaces = self.spaces.saturating_sub(u64::try_from(now).unwrap_or(u64::MAX));
            let chunk = Bytes::from_static(SPACES.get(..now).unwrap_or_default());
            return Poll::Ready(Some(Ok(Frame::data(chunk))));
        }
        match self.end {
            End::Whole => Poll::Ready(None),
            End::Pause => {
                self.end = End::Break;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            End::Break => Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into()))),
        }
    }

    fn size_hint(&self) -> SizeHint {
        if self.end != End::Whole {
            return SizeHint::default();
        }
        let own = u64::try_from(self.bytes.len()).unwrap_or(u64::MAX);
        SizeHint::with_exact(own.saturating_add(self.spaces))
    }
}
