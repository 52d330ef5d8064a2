//! The second pass: the envelope's members, typed and borrowed.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::id::Id;
use super::scan::{Fault, Limits, scan};
use super::{INVALID_REQUEST, PARSE_ERROR};

/// The longest method name, in bytes: it is logged and put on spans.
const MAX_METHOD: usize = 128;

/// One JSON-RPC message from a client.
#[derive(Debug)]
pub enum Message<'a> {
    /// Wants an answer.
    Request(Request<'a>),
    /// Wants none.
    Notification(Notification<'a>),
    /// Answers a request that the server had sent.
    Response(Response<'a>),
}

/// A request.
#[derive(Debug)]
pub struct Request<'a> {
    /// The id to echo.
    pub id: Id,
    /// The method: 1 to 128 bytes, without control characters.
    pub method: Cow<'a, str>,
    /// The parameters as sent: a JSON object.
    pub params: Option<&'a RawValue>,
}

/// A notification.
#[derive(Debug)]
pub struct Notification<'a> {
    /// The method: 1 to 128 bytes, without control characters.
    pub method: Cow<'a, str>,
    /// The parameters as sent: a JSON object.
    pub params: Option<&'a RawValue>,
}

/// A client's answer to a request of ours.
#[derive(Debug)]
pub struct Response<'a> {
    /// The id of our request.
    pub id: Id,
    /// The result, or the error object, as sent.
    pub outcome: Result<&'a RawValue, &'a RawValue>,
}

/// A refused envelope, and the id where it could be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{fault}")]
pub struct EnvelopeError {
    /// What was wrong.
    pub fault: Fault,
    /// The id to echo. Where it is unreadable the answer has no `id` (MCP admits no null).
    pub id: Option<Id>,
}

impl EnvelopeError {
    /// The JSON-RPC code: −32700 or −32600.
    #[must_use]
    pub const fn code(&self) -> i32 {
        if self.fault.is_parse_error() { PARSE_ERROR } else { INVALID_REQUEST }
    }
}

#[derive(Deserialize)]
struct Members<'a> {
    #[serde(borrow, default)]
    jsonrpc: Option<&'a RawValue>,
    #[serde(borrow, default)]
    method: Option<&'a RawValue>,
    // A bare reference would be read as absent where it is null.
    #[serde(borrow, default, deserialize_with = "present")]
    params: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    result: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    error: Option<&'a RawValue>,
}

fn present<'de: 'a, 'a, D>(deserializer: D) -> Result<Option<&'a RawValue>, D::Error>
where
    D: serde::Deserializer<'de>,
{
    <&'a RawValue>::deserialize(deserializer).map(Some)
}

/// Parses one message.
///
/// # Errors
/// [`EnvelopeError`] for whatever is not exactly one well-formed message within `limits`.
pub fn parse(bytes: &[u8], limits: Limits) -> Result<Message<'_>, EnvelopeError> {
    let refuse = |fault| EnvelopeError { fault, id: None };
    let text = std::str::from_utf8(bytes).map_err(|_invalid| refuse(Fault::NotUtf8))?;
    if text.starts_with('\u{feff}') {
        return Err(refuse(Fault::ByteOrderMark));
    }
    let id = scan(text, limits).map_err(|(fault, id)| EnvelopeError { fault, id })?;
    let refuse = |fault| EnvelopeError { fault, id: id.clone() };
    let members: Members<'_> = serde_json::from_str(text)
        .map_err(|error| refuse(Fault::Syntax { line: error.line(), column: error.column() }))?;
    if members.jsonrpc.and_then(string).as_deref() != Some("2.0") {
        return Err(refuse(Fault::BadVersion));
    }
    let Some(method) = members.method else {
        return response(id, members.result, members.error);
    };
    if members.result.is_some() || members.error.is_some() {
        return Err(refuse(Fault::NoKind));
    }
    let method = string(method)
        .filter(|name| {
            !name.is_empty() && name.len() <= MAX_METHOD && !name.chars().any(char::is_control)
        })
        .ok_or_else(|| refuse(Fault::BadMethod))?;
    if members.params.is_some_and(|params| !params.get().starts_with('{')) {
        return Err(refuse(Fault::BadParams));
    }
    let params = members.params;
    Ok(match id {
        Some(id) => Message::Request(Request { id, method, params }),
        None => Message::Notification(Notification { method, params }),
    })
}

fn response<'a>(
    id: Option<Id>,
    result: Option<&'a RawValue>,
    error: Option<&'a RawValue>,
) -> Result<Message<'a>, EnvelopeError> {
    let outcome = match (result, error) {
        (Some(result), None) => Ok(result),
        (None, Some(error)) => Err(error),
        (None, None) | (Some(_), Some(_)) => {
            return Err(EnvelopeError { fault: Fault::NoKind, id });
        }
    };
    match id {
        Some(id) => Ok(Message::Response(Response { id, outcome })),
        None => Err(EnvelopeError { fault: Fault::NoKind, id: None }),
    }
}

/// A JSON string's text, borrowed where it has no escapes.
fn string(raw: &RawValue) -> Option<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
    serde_json::from_str::<Text<'_>>(raw.get()).ok().map(|Text(text)| text)
}
