//! The fast upstream: an org that has an answer ready for everything, and an MCP server that does.

use std::collections::HashMap;
use std::convert::Infallible;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::rc::Rc;

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;

use crate::answers::Query;
use crate::server;

/// Everything that it can answer.
struct Answers {
    /// By the number that a query ends in.
    results: HashMap<usize, Bytes>,
    /// By the number that a path ends in.
    tool_results: HashMap<usize, Bytes>,
    describe: Bytes,
}

impl Answers {
    fn new(describe: Bytes) -> Self {
        let results = Query::all().map(|query| (query.limit, query.result().into()));
        let tool_results = Query::all().map(|query| (query.limit, query.tool_result().into()));
        Self { results: results.collect(), tool_results: tool_results.collect(), describe }
    }

    fn to(&self, method: &Method, uri: &str) -> Option<Bytes> {
        if uri == "/services/oauth2/token" {
            let token = r#"{"access_token":"access-token-of-the-benchmark","token_type":"Bearer"}"#;
            return Some(Bytes::from_static(token.as_bytes()));
        }
        if uri.ends_with("/describe") {
            return Some(self.describe.clone());
        }
        let number = number(uri)?;
        let known = if *method == Method::POST { &self.tool_results } else { &self.results };
        known.get(&number).cloned()
    }
}

/// The number that it ends in; a space before it is printed as `%20`.
fn number(uri: &str) -> Option<usize> {
    let at = uri.rfind(|c: char| !c.is_ascii_digit())?;
    let (before, digits) = uri.split_at_checked(at + 1)?;
    let spaced = digits.strip_prefix("20").filter(|_| before.ends_with('%'));
    spaced.unwrap_or(digits).parse().ok()
}

/// `describe` has what is answered to a describe call.
pub(crate) fn serve(address: SocketAddr, describe: &Path) -> io::Result<()> {
    let answers = Rc::new(Answers::new(fs::read(describe)?.into()));
    server::serve(address, move |request: Request<Incoming>| {
        let answers = Rc::clone(&answers);
        async move {
            let (head, body) = request.into_parts();
            if body.collect().await.is_err() {
                return Ok(refusal(400));
            }
            let uri = head.uri.path_and_query().map_or("/", |uri| uri.as_str());
            let Some(body) = answers.to(&head.method, uri) else { return Ok(refusal(404)) };
            let mut response = Response::new(Full::new(body));
            let headers = response.headers_mut();
            headers.insert("content-type", http::HeaderValue::from_static("application/json"));
            headers
                .insert("sforce-limit-info", http::HeaderValue::from_static("api-usage=18/100000"));
            Ok::<_, Infallible>(response)
        }
    })
}

/// The sink for spans: takes everything, says nothing.
pub(crate) fn sink(address: SocketAddr) -> io::Result<()> {
    server::serve(address, |request: Request<Incoming>| async move {
        let taken = request.into_body().collect().await.is_ok();
        Ok::<_, Infallible>(refusal(if taken { 200 } else { 400 }))
    })
}

fn refusal(status: u16) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    response
}
