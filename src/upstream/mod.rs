//! The Salesforce REST client: Fieldgate's credential, the connection, and [`Upstream::send`].
//!
//! On an agent's behalf it sends what was admitted and nothing else: [`Upstream::send`], and
//! [`Upstream::send_file`] and [`Upstream::receive`] for what is streamed, take an [`Admitted`] and
//! send the request in it, which was printed from the operation in it:
//!
//! ```compile_fail,E0308
//! use fieldgate::{limits::Printed, upstream::Upstream};
//! async fn uncharged(upstream: &Upstream, printed: Printed) {
//!     let _ = upstream.send(printed).await;
//! }
//! ```
//!
//! It never retries what Salesforce refuses for its rate and never waits on it. What an answer may
//! show is left to `redact`.

mod classification;
mod connection;
mod error;
mod file;
mod results;
mod schema;
mod token;

pub use classification::Classification;
pub use connection::ConnectionSettings;
pub use error::UpstreamError;
pub use file::{File, FileSender, Gone, file};
pub use results::Results;
pub use schema::ReadSchemaError;
pub use token::Credential;

use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use reqwest::RequestBuilder;
use reqwest::header::HeaderMap;
use secrecy::ExposeSecret as _;

use crate::limits::Admitted;
use crate::salesforce::bulk::ResultsLocator;
use crate::salesforce::rest::{ApiVersion, Method, Request};
use crate::salesforce::{Fault, FaultKind, Usage};
use connection::{Connection, RawAnswer};
use token::Tokens;

/// The org that operations are sent to.
#[derive(Debug)]
pub struct Upstream {
    connection: Connection,
    tokens: Tokens,
    version: ApiVersion,
    usage: Mutex<Option<Usage>>,
}

/// What Salesforce answered to an admitted operation.
#[derive(Debug)]
pub struct Answer {
    /// What was sent, and that it was permitted.
    pub admitted: Admitted,
    /// The HTTP status.
    pub status: u16,
    /// The whole body.
    pub body: Bytes,
    /// `Retry-After` in seconds, where Salesforce sent one; at most a day.
    pub retry_after: Option<Duration>,
    /// Where the results of a query job go on.
    pub next_results: Option<ResultsLocator>,
}

impl Answer {
    fn of(admitted: Admitted, answer: RawAnswer) -> Self {
        let RawAnswer { status, headers, body } = answer;
        let (retry_after, next_results) = (retry_after(&headers), next_results(&headers));
        Self { admitted, status, body, retry_after, next_results }
    }
}

/// The longest wait that an answer of Salesforce may advise.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600);

impl Upstream {
    /// A client for one org. Nothing is sent yet.
    pub fn new(
        connection: &ConnectionSettings,
        credential: Credential,
        version: ApiVersion,
    ) -> Result<Self, UpstreamError> {
        Ok(Self {
            connection: Connection::new(connection)?,
            tokens: Tokens::new(credential),
            version,
            usage: Mutex::new(None),
        })
    }

    /// The API version that requests are made at.
    pub fn version(&self) -> &ApiVersion {
        &self.version
    }

    /// The org's host and port.
    pub fn address(&self) -> (&str, Option<u16>) {
        self.connection.address()
    }

    /// The org's daily quota as the last answer told it.
    pub fn usage(&self) -> Option<Usage> {
        self.usage.lock().map_or(None, |usage| *usage)
    }

    /// Sends an operation that was permitted and admitted. `Err` carries no answer; whether the
    /// operation may have been carried out all the same, the error says.
    pub async fn send(&self, admitted: Admitted) -> Result<Answer, UpstreamError> {
        let answer = self.exchange(admitted.request()).await?;
        Ok(Answer::of(admitted, answer))
    }

    /// One exchange; a token that the org no longer takes is renewed once. The request was not
    /// carried out then, so that it may be sent again even if it writes.
    async fn exchange(&self, request: &Request) -> Result<RawAnswer, UpstreamError> {
        let (answer, serial) = self.once(request).await?;
        let expired = answer.status == 401
            && Fault::read(answer.status, &answer.body).kind() == FaultKind::Credential;
        if !(expired && self.tokens.renewable()) {
            return Ok(answer);
        }
        self.tokens.refused(serial).await;
        Ok(self.once(request).await?.0)
    }

    async fn once(&self, request: &Request) -> Result<(RawAnswer, u64), UpstreamError> {
        let (mut builder, serial) = self.builder(request).await?;
        if let Some(body) = &request.body {
            let content_type = body.content_type.as_ref();
            builder = builder.header("content-type", content_type).body(body.text.clone());
        }
        let answer = self.connection.exchange(builder, request.first_bytes).await?;
        self.note_usage(&answer.headers);
        Ok((answer, serial))
    }

    /// A request without its body, and the serial number of the access token in it.
    async fn builder(&self, request: &Request) -> Result<(RequestBuilder, u64), UpstreamError> {
        let token = self.tokens.get(&self.connection).await?;
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Patch => reqwest::Method::PATCH,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut builder = self
            .connection
            .request(method, &request.path, request.accept)?
            .bearer_auth(token.secret.expose_secret());
        if let Some(rows) = request.page_rows {
            builder = builder.header("sforce-query-options", format!("batchSize={rows}"));
        }
        Ok((builder, token.serial))
    }

    fn note_usage(&self, headers: &HeaderMap) {
        let header = headers.get("sforce-limit-info").and_then(|value| value.to_str().ok());
        if let (Some(usage), Ok(mut last)) = (header.and_then(Usage::parse), self.usage.lock()) {
            *last = Some(usage);
        }
    }
}

/// `Retry-After` in seconds. The form with a date is not used by Salesforce.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
    seconds.map(|seconds| Duration::from_secs(seconds).min(LONGEST_WAIT))
}

/// Where the results of a query job go on.
fn next_results(headers: &HeaderMap) -> Option<ResultsLocator> {
    ResultsLocator::parse(headers.get("sforce-locator")?.to_str().ok()?)
}
