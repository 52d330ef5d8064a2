//! Messages of ours, printed.

use serde::Serialize;
use serde::ser::Error as _;

use super::id::Id;

/// The `error` member of a response.
#[derive(Debug, Clone, Serialize)]
pub struct ErrorObject<'a, D: Serialize> {
    /// The code.
    pub code: i32,
    /// One sentence.
    pub message: &'a str,
    /// More, for programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<D>,
}

#[derive(Serialize)]
struct Printed<'a, P: Serialize, R: Serialize, E: Serialize> {
    jsonrpc: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a Id>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    params: Option<P>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<R>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<E>,
}

type Nothing = ();

/// Prints a successful response, which will take some `room` bytes.
///
/// # Errors
/// Only where `result` itself can't be printed as JSON.
pub fn print_result<R: Serialize>(
    id: &Id,
    result: R,
    room: usize,
) -> Result<Vec<u8>, serde_json::Error> {
    let mut message = Vec::with_capacity(room);
    let printed = Printed::<Nothing, R, Nothing> {
        jsonrpc: "2.0",
        id: Some(id),
        method: None,
        params: None,
        result: Some(result),
        error: None,
    };
    serde_json::to_writer(&mut message, &printed)?;
    Ok(message)
}

/// As [`print_result`], with a member before the others of the result, which is an object: its key,
/// and what writes its value as JSON.
///
/// # Errors
/// Where the member can't be written, or `others` can't be printed as an object.
pub fn print_result_of<R: Serialize>(
    id: &Id,
    (key, write): (&str, impl FnOnce(&mut Vec<u8>) -> serde_json::Result<()>),
    others: R,
    room: usize,
) -> serde_json::Result<Vec<u8>> {
    let others = serde_json::to_vec(&others)?;
    let others = others.strip_prefix(b"{");
    let others = others.ok_or_else(|| serde_json::Error::custom("the others are no object"))?;
    let mut message = Vec::with_capacity(room.saturating_add(others.len()));
    message.extend_from_slice(br#"{"jsonrpc":"2.0","id":"#);
    serde_json::to_writer(&mut message, id)?;
    message.extend_from_slice(br#","result":{"#);
    push_text(&mut message, key);
    message.push(b':');
    write(&mut message)?;
    if others != b"}" {
        message.push(b',');
    }
    message.extend_from_slice(others);
    message.push(b'}');
    Ok(message)
}

/// Appends a text as a JSON string (RFC 8259, section 7), byte by byte: in JSON within JSON nearly
/// each word has a quote beside it, and serde's printer goes from one escape to the next.
pub fn push_text(json: &mut Vec<u8>, text: &str) {
    const HEX: [u8; 16] = *b"0123456789abcdef";
    json.reserve(text.len().saturating_add(2));
    json.push(b'"');
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => json.extend([b'\\', byte]),
            b'\n' => json.extend(*b"\\n"),
            b'\r' => json.extend(*b"\\r"),
            b'\t' => json.extend(*b"\\t"),
            0x08 => json.extend(*b"\\b"),
            0x0c => json.extend(*b"\\f"),
            0x00..=0x1f => {
                let low = HEX.get(usize::from(byte & 0x0f)).copied().unwrap_or(b'0');
                json.extend(*b"\\u00");
                json.push(if byte < 0x10 { b'0' } else { b'1' });
                json.push(low);
            }
            _ => json.push(byte),
        }
    }
    json.push(b'"');
}

/// Prints an error response; without an id the member is left out, never null.
///
/// # Errors
/// Only where `data` itself can't be printed as JSON.
pub fn print_error<D: Serialize>(
    id: Option<&Id>,
    error: ErrorObject<'_, D>,
) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&Printed::<Nothing, Nothing, ErrorObject<'_, D>> {
        jsonrpc: "2.0",
        id,
        method: None,
        params: None,
        result: None,
        error: Some(error),
    })
}

/// Prints a request of ours to the client.
///
/// # Errors
/// Only where `params` itself can't be printed as JSON.
pub fn print_request<P: Serialize>(
    id: &Id,
    method: &str,
    params: P,
) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&Printed::<P, Nothing, Nothing> {
        jsonrpc: "2.0",
        id: Some(id),
        method: Some(method),
        params: Some(params),
        result: None,
        error: None,
    })
}

/// Prints a notification of ours to the client.
///
/// # Errors
/// Only where `params` itself can't be printed as JSON.
pub fn print_notification<P: Serialize>(
    method: &str,
    params: P,
) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&Printed::<P, Nothing, Nothing> {
        jsonrpc: "2.0",
        id: None,
        method: Some(method),
        params: Some(params),
        result: None,
        error: None,
    })
}
