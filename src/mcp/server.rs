//! What a server says about itself.

use serde_json::Value;

/// The identity and abilities that `initialize` and `server/discover` tell.
#[derive(Debug, Clone)]
pub struct ServerInfo {
    /// The programmatic name.
    pub name: String,
    /// The name for people.
    pub title: Option<String>,
    /// The version.
    pub version: String,
    /// Advice to the model, shown by hosts that choose to.
    pub instructions: Option<String>,
    /// `ServerCapabilities`, for instance `{"tools": {}}`.
    pub capabilities: Value,
    /// How long a client may keep a list, in milliseconds (modern).
    pub ttl_ms: u64,
}

impl ServerInfo {
    /// A server with tools and nothing else.
    #[must_use]
    pub fn tools_only(name: &str, version: &str) -> Self {
        Self {
            name: name.to_owned(),
            title: None,
            version: version.to_owned(),
            instructions: None,
            capabilities: serde_json::json!({ "tools": {} }),
            ttl_ms: 0,
        }
    }

    /// `Implementation`, as it stands in results.
    pub(super) fn implementation(&self) -> Value {
        let mut shape = serde_json::json!({ "name": self.name, "version": self.version });
        if let (Some(title), Some(members)) = (&self.title, shape.as_object_mut()) {
            members.insert("title".to_owned(), Value::from(title.as_str()));
        }
        shape
    }
}
