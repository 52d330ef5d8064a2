//! Tools as listed, and what calling one gives.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// `_meta` of a result or a tool: keys with a vendor prefix (`fieldgate/decisionId`).
pub type Meta = serde_json::Map<String, Value>;

/// The answer to `tools/list`. Not paginated: many hosts read only the first page.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ToolList {
    /// In a fixed order; what the caller may never use is left out.
    pub tools: Vec<Tool>,
}

/// One tool as listed.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tool {
    /// At most 32 of `[A-Za-z0-9_-]`, since hosts add a prefix and model APIs allow 64.
    pub name: Cow<'static, str>,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<Cow<'static, str>>,
    /// For the model; never empty.
    pub description: Cow<'static, str>,
    /// JSON Schema of the arguments, printed beforehand.
    pub input_schema: Box<RawValue>,
    /// JSON Schema of `structuredContent`, where every success carries it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_schema: Option<Box<RawValue>>,
    /// Hints.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub annotations: Option<Annotations>,
    /// More, under vendor prefixes.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

/// Hints to hosts: all four are always sent, since a missing one is read as the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Annotations {
    /// Changes nothing.
    pub read_only_hint: bool,
    /// May destroy or overwrite.
    pub destructive_hint: bool,
    /// Calling it twice is like calling it once.
    pub idempotent_hint: bool,
    /// Reaches beyond a closed set of things.
    pub open_world_hint: bool,
}

/// The result of a tool call.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ToolResult {
    /// What the model reads; always complete.
    pub content: Vec<Content>,
    /// The same for programs; left out where `is_error`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub structured_content: Option<Box<RawValue>>,
    /// Whether the call failed or was refused.
    pub is_error: bool,
}

impl ToolResult {
    /// A success with one text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self { content: vec![Content::text(text)], structured_content: None, is_error: false }
    }

    /// A failure or refusal with one sentence.
    #[must_use]
    pub fn error(text: impl Into<String>) -> Self {
        Self { content: vec![Content::text(text)], structured_content: None, is_error: true }
    }
}

/// One block of content.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Content {
    /// Text.
    Text {
        /// The text.
        text: String,
    },
    /// An image.
    #[serde(rename_all = "camelCase")]
    Image {
        /// Base64.
        data: String,
        /// Its media type.
        mime_type: String,
    },
    /// Sound.
    #[serde(rename_all = "camelCase")]
    Audio {
        /// Base64.
        data: String,
        /// Its media type.
        mime_type: String,
    },
    /// A resource within the result.
    Resource {
        /// `TextResourceContents` or `BlobResourceContents`.
        resource: Value,
    },
}

impl Content {
    /// A text block.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into() }
    }

    /// The bytes of its text, unescaped.
    pub(super) fn text_len(&self) -> usize {
        match self {
            Self::Text { text } => text.len(),
            Self::Image { data, .. } | Self::Audio { data, .. } => data.len(),
            Self::Resource { .. } => 0,
        }
    }
}

/// A modern call that needs answers from the client before it can go on (SEP-2322).
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InputRequired {
    /// What to ask, under keys of ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_requests: Option<Value>,
    /// State to echo: protect it, it comes back from the client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_state: Option<String>,
}
