//! A request's id: a string or an integer, never null (MCP is stricter here than JSON-RPC).

use std::fmt;

use serde::{Serialize, Serializer};

/// The longest string id accepted, in bytes: it is echoed, logged and put on spans.
pub(super) const MAX_ID_LEN: usize = 256;

/// A JSON-RPC request id, echoed exactly.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Id {
    /// An integer id.
    Number(i64),
    /// A string id, at most 256 bytes.
    Text(String),
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => serializer.serialize_i64(*number),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}
