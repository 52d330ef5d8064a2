//! `Operation` → REST request: method, path and body, printed from typed parts alone.
//!
//! No text of a caller reaches a path: names and ids are validated types, and a query or a
//! search is printed from its tree and percent-encoded whole. Sending is left to `upstream`.

use std::fmt::Write as _;

use serde_json::Value;

use super::{FieldName, Operation};

/// The methods that Salesforce's REST API is asked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the HTTP method of that name")]
pub enum Method {
    Get,
    Post,
    Patch,
    Delete,
}

impl Method {
    /// The method that an operation is asked for with.
    pub fn of(operation: &Operation) -> Self {
        match operation {
            Operation::GetLimits
            | Operation::ListObjects
            | Operation::DescribeObject { .. }
            | Operation::Query(_)
            | Operation::Search(_)
            | Operation::GetRecord { .. } => Self::Get,
            Operation::CreateRecord { .. } => Self::Post,
            Operation::UpdateRecord { .. } => Self::Patch,
            Operation::DeleteRecord { .. } => Self::Delete,
        }
    }

    /// The method's name in HTTP.
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
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
}

/// A request to Salesforce, without host and credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Path and query, starting with `/services/data/`.
    pub path: String,
    /// A JSON body, for a write.
    pub body: Option<String>,
}

impl Request {
    /// The status with which Salesforce says that it did what was asked.
    pub fn success(operation: &Operation) -> u16 {
        match operation {
            Operation::GetLimits
            | Operation::ListObjects
            | Operation::DescribeObject { .. }
            | Operation::Query(_)
            | Operation::Search(_)
            | Operation::GetRecord { .. } => 200,
            Operation::CreateRecord { .. } => 201,
            Operation::UpdateRecord { .. } | Operation::DeleteRecord { .. } => 204,
        }
    }
}

/// Prints the request for an operation.
pub fn request(operation: &Operation, version: &ApiVersion) -> Request {
    let base = format!("/services/data/v{}", version.as_str());
    let (path, body) = match operation {
        Operation::GetLimits => (format!("{base}/limits"), None),
        Operation::ListObjects => (format!("{base}/sobjects"), None),
        Operation::DescribeObject { object } => {
            (format!("{base}/sobjects/{object}/describe"), None)
        }
        Operation::Query(query) => {
            (format!("{base}/query?q={}", percent_encode(&query.to_string())), None)
        }
        Operation::Search(search) => {
            (format!("{base}/search?q={}", percent_encode(&search.to_string())), None)
        }
        Operation::GetRecord { object, id, fields } => {
            let names: Vec<String> = fields.iter().map(ToString::to_string).collect();
            let fields = percent_encode(&names.join(","));
            (format!("{base}/sobjects/{object}/{id}?fields={fields}"), None)
        }
        Operation::CreateRecord { object, values } => {
            (format!("{base}/sobjects/{object}/"), Some(print_values(values)))
        }
        Operation::UpdateRecord { object, id, values } => {
            (format!("{base}/sobjects/{object}/{id}"), Some(print_values(values)))
        }
        Operation::DeleteRecord { object, id } => (format!("{base}/sobjects/{object}/{id}"), None),
    };
    Request { method: Method::of(operation), path, body }
}

fn print_values(values: &[(FieldName, Value)]) -> String {
    let mut body = String::from("{");
    for (at, (name, value)) in values.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        // A name is ASCII letters, digits and underscores; a `Value` prints as JSON.
        let _infallible = write!(body, "{comma}\"{name}\":{value}");
    }
    body.push('}');
    body
}

/// Encodes all but RFC 3986's unreserved characters.
fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len().saturating_mul(2));
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _infallible = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}
