//! `Operation` → REST request: method, path and body, printed from typed parts alone.
//!
//! No text of a caller reaches a path: names and ids are validated types, and a query or a
//! search is printed from its tree and percent-encoded whole. Sending is left to `upstream`.

pub mod bulk;
mod collection;
mod encode;
mod envelope;
mod metadata;
mod record;
mod report;

use std::borrow::Cow;

use super::{Operation, QueryCall};
pub(crate) use encode::percent_encode;

const JSON: &str = "application/json";

/// The methods that Salesforce's REST API is asked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the HTTP method of that name")]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// The method's name in HTTP.
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// The oldest version that Salesforce still serves (REST API Developer Guide, "API End-of-Life").
const OLDEST: u16 = 31;

/// The longest path and query that is sent, in bytes. Salesforce takes 16,384 bytes of address and
/// headers together; the rest is for the host, the access token and the other headers.
pub const MOST_PATH_BYTES: usize = 13 * 1024;

/// The rows that one page of a query is asked to hold, the fewest that Salesforce lets one ask for
/// (REST API Developer Guide, "Query Options Header").
pub const PAGE_ROWS: u32 = 200;

/// A version of the API, for example `68.0`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiVersion(String);

impl ApiVersion {
    /// Reads `NN.0`; `None` for anything else, and for versions that are retired.
    pub fn parse(text: &str) -> Option<Self> {
        let major = text.strip_suffix(".0")?;
        let digits = (2..=3).contains(&major.len()) && major.bytes().all(|b| b.is_ascii_digit());
        let supported = !major.starts_with('0') && major.parse::<u16>().ok()? >= OLDEST;
        (digits && supported).then(|| Self(text.to_owned()))
    }

    /// For example `68.0`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Where this version's resources start.
    pub fn base(&self) -> String {
        format!("/services/data/v{}", self.0)
    }
}

/// A request to Salesforce, without host and credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Path and query, starting with `/services/`.
    pub path: String,
    /// What is sent, for a write and for some reads.
    pub body: Option<Body>,
    /// The rows of a page, for a query.
    pub page_rows: Option<u32>,
    /// The media type that is asked for.
    pub accept: &'static str,
    /// How much of the answer is wanted; `None` for all of it, or none of it where it is longer
    /// than what is taken.
    pub first_bytes: Option<usize>,
}

/// What a request carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// Its media type.
    pub content_type: Cow<'static, str>,
    /// The text.
    pub text: String,
}

impl Request {
    fn new(method: Method, path: String, body: Option<String>) -> Self {
        let body = body.map(|text| Body { content_type: JSON.into(), text });
        Self { method, path, body, page_rows: None, accept: JSON, first_bytes: None }
    }

    /// A read.
    pub fn get(path: String) -> Self {
        Self::new(Method::Get, path, None)
    }

    /// A request with a JSON body.
    pub fn json(method: Method, path: String, body: String) -> Self {
        Self::new(method, path, Some(body))
    }

    /// A deletion.
    pub fn delete(path: String) -> Self {
        Self::new(Method::Delete, path, None)
    }

    /// Whether a status is the one with which Salesforce says that it did what was asked.
    pub fn succeeded(operation: &Operation, status: u16) -> bool {
        match operation {
            Operation::GetLimits
            | Operation::ListObjects
            | Operation::DescribeObject { .. }
            | Operation::Query(_)
            | Operation::Search(_)
            | Operation::GetRecord { .. }
            | Operation::GetRelated { .. }
            | Operation::RecentlyViewed { .. }
            | Operation::CurrentUser
            | Operation::Report(_)
            | Operation::Envelope(_) => status == 200,
            Operation::CreateRecord { .. } => status == 201,
            Operation::UpdateRecord { .. } | Operation::DeleteRecord { .. } => status == 204,
            // 204 from versions before 46.0.
            Operation::UpsertRecord { .. } => matches!(status, 200 | 201 | 204),
            Operation::Records(operation) => collection::succeeded(operation, status),
            Operation::Bulk(operation) => bulk::succeeded(operation, status),
            Operation::Metadata(operation) => metadata::succeeded(operation, status),
        }
    }
}

/// Prints the request for an operation.
pub fn request(operation: &Operation, version: &ApiVersion) -> Request {
    let base = version.base();
    match operation {
        Operation::GetLimits => Request::get(format!("{base}/limits")),
        Operation::ListObjects => Request::get(format!("{base}/sobjects")),
        Operation::DescribeObject { object } => {
            Request::get(format!("{base}/sobjects/{object}/describe"))
        }
        Operation::Query(call) => query(call, &base, percent_encode),
        Operation::Search(search) => {
            Request::get(format!("{base}/search?q={}", percent_encode(&search.to_string())))
        }
        Operation::GetRecord { object, key, fields } => record::get(&base, object, key, fields),
        Operation::GetRelated { object, id, path, fields, .. } => {
            record::related(&base, object, id, path, fields)
        }
        Operation::CreateRecord { object, body } => {
            let path = format!("{base}/sobjects/{object}/");
            Request::json(Method::Post, path, record::print(body))
        }
        Operation::UpdateRecord { object, key, body } => {
            let path = format!("{base}/sobjects/{object}/{}", record::segment(key));
            Request::json(Method::Patch, path, record::print(body))
        }
        Operation::UpsertRecord { object, key, body, update_only } => {
            record::upsert(&base, object, key, body, *update_only)
        }
        Operation::DeleteRecord { object, key } => {
            Request::delete(format!("{base}/sobjects/{object}/{}", record::segment(key)))
        }
        Operation::RecentlyViewed { .. } => {
            // Salesforce chooses over all objects, so that more is asked for than is shown.
            Request::get(format!("{base}/recent?limit=200"))
        }
        Operation::CurrentUser => Request::get("/services/oauth2/userinfo".to_owned()),
        Operation::Records(operation) => collection::request(operation, &base),
        Operation::Envelope(envelope) => envelope::request(envelope, version),
        Operation::Bulk(operation) => bulk::request(operation, &base),
        Operation::Report(operation) => report::request(operation, &base),
        Operation::Metadata(operation) => metadata::request(operation, &base),
    }
}

fn query(call: &QueryCall, base: &str, encode: fn(&str) -> String) -> Request {
    let QueryCall { query, all_rows, page } = call;
    let resource = if *all_rows { "queryAll" } else { "query" };
    let path = match page {
        None => format!("{base}/{resource}?q={}", encode(&query.to_string())),
        Some(locator) => format!("{base}/{resource}/{}", locator.as_str()),
    };
    Request { page_rows: Some(PAGE_ROWS), ..Request::get(path) }
}
