//! Protocol errors: what went wrong, its JSON-RPC code, and its HTTP status in each era.

use serde_json::{Value, json};

use crate::jsonrpc::{INTERNAL_ERROR, INVALID_PARAMS, METHOD_NOT_FOUND, preview};

use super::revision::{Era, Revision};

/// A request that MCP answers with an error. Refusals of a *tool call* (policy, limits, arguments,
/// upstream) are not here: those are results with `isError`.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Fault {
    /// A routing header is missing, doubled, unreadable, or disagrees with the body.
    #[error("{0}")]
    HeaderMismatch(String),
    /// `params._meta` lacks what a modern request must carry.
    #[error("{0}")]
    InvalidMeta(String),
    /// A revision that we don't speak.
    #[error("protocol version `{}` is not supported", preview(.requested))]
    UnsupportedVersion {
        /// As the client named it.
        requested: String,
    },
    /// A method that doesn't exist in the request's era.
    #[error("no method `{}`", preview(.0))]
    MethodNotFound(String),
    /// A tool that this caller can't see, whether or not it exists.
    #[error("no tool `{}`", preview(.0))]
    UnknownTool(String),
    /// Parameters that the method can't be called with.
    #[error("{0}")]
    InvalidParams(String),
    /// The client lacks a capability that the call needs (modern; the value is a
    /// `ClientCapabilities` object that names it).
    #[error("the client does not declare a capability that this call needs")]
    MissingCapability(Value),
    /// A resource that isn't there. 2026-07-28 withdrew −32002 in favour of −32602.
    #[error("no resource `{}`", preview(.0))]
    UnknownResource(String),
    /// Our fault; what happened is in the log.
    #[error("internal error")]
    Internal,
}

impl Fault {
    /// The JSON-RPC code (−32020…−32022 are those of MCP 2026-07-28).
    #[must_use]
    pub const fn code(&self, era: Era) -> i32 {
        match self {
            Self::HeaderMismatch(_) => -32020,
            Self::MissingCapability(_) => -32021,
            Self::UnsupportedVersion { .. } => -32022,
            Self::MethodNotFound(_) => METHOD_NOT_FOUND,
            Self::InvalidMeta(_) | Self::UnknownTool(_) | Self::InvalidParams(_) => INVALID_PARAMS,
            Self::UnknownResource(_) => match era {
                Era::Legacy => -32002,
                Era::Modern => INVALID_PARAMS,
            },
            Self::Internal => INTERNAL_ERROR,
        }
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(&self, era: Era) -> u16 {
        match self {
            Self::HeaderMismatch(_)
            | Self::InvalidMeta(_)
            | Self::UnsupportedVersion { .. }
            | Self::MissingCapability(_) => 400,
            Self::MethodNotFound(_) => match era {
                Era::Legacy => 200,
                Era::Modern => 404,
            },
            Self::UnknownTool(_)
            | Self::InvalidParams(_)
            | Self::UnknownResource(_)
            | Self::Internal => 200,
        }
    }

    /// The error's `data`, if it has any.
    #[must_use]
    pub fn data(&self) -> Option<Value> {
        match self {
            Self::UnsupportedVersion { requested } => Some(json!({
                "supported": Revision::ALL.map(Revision::as_str),
                "requested": preview(requested),
            })),
            Self::MissingCapability(required) => Some(json!({ "requiredCapabilities": required })),
            Self::UnknownResource(uri) => Some(json!({ "uri": preview(uri) })),
            Self::HeaderMismatch(_)
            | Self::InvalidMeta(_)
            | Self::MethodNotFound(_)
            | Self::UnknownTool(_)
            | Self::InvalidParams(_)
            | Self::Internal => None,
        }
    }
}
