//! The strict JSON-RPC 2.0 envelope: bytes in, one typed [`Message`] out, and messages printed.
//!
//! Pure; knows neither MCP nor HTTP. Two passes over the bytes: [`scan()`] refuses whatever two
//! parsers could read differently (duplicate keys, spelling variants of the envelope's keys, byte
//! order marks, trailing bytes) and whatever is too deep or too many, holding nothing but the keys
//! of the objects that are open; then the envelope's own members are parsed, with `params` left as
//! the raw text it was. No tree of values is ever built from a caller's bytes.
//!
//! Batches (arrays) are refused in every revision; see [`crate::mcp`] for the one that had them.

mod id;
mod message;
mod print;
mod scan;

#[cfg(test)]
mod tests;

pub use id::Id;
pub use message::{EnvelopeError, Message, Notification, Request, Response, parse};
pub use print::{ErrorObject, print_error, print_notification, print_request, print_result};
pub use scan::{Fault, Limits, scan};

/// The bytes were not JSON (JSON-RPC 2.0, section 5.1).
pub const PARSE_ERROR: i32 = -32700;
/// The JSON was not a request (JSON-RPC 2.0, section 5.1).
pub const INVALID_REQUEST: i32 = -32600;
/// No such method (JSON-RPC 2.0, section 5.1).
pub const METHOD_NOT_FOUND: i32 = -32601;
/// The method's parameters were wrong (JSON-RPC 2.0, section 5.1).
pub const INVALID_PARAMS: i32 = -32602;
/// Our fault (JSON-RPC 2.0, section 5.1).
pub const INTERNAL_ERROR: i32 = -32603;

/// Shortens hostile text for a message: at most 80 characters, control characters replaced.
#[must_use]
pub fn preview(text: &str) -> String {
    const LIMIT: usize = 80;
    let mut short: String = text
        .chars()
        .take(LIMIT)
        .map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c })
        .collect();
    if text.chars().nth(LIMIT).is_some() {
        short.push('…');
    }
    short
}
