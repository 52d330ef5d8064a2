//! The Tooling API: the org's own objects and fields.

/// One look at, or change of, an object or a field itself.
#[derive(Clone, Debug, PartialEq)]
pub enum MetadataOperation {}

impl MetadataOperation {
    /// Its name in audit records and spans.
    pub fn kind(&self) -> &'static str {
        match *self {}
    }

    /// Whether it can change anything in the org.
    pub fn writes(&self) -> bool {
        match *self {}
    }

    /// See [`super::Operation::lookup`].
    pub fn lookup(&self) -> Option<Self> {
        match *self {}
    }

    /// See [`super::Operation::with_lookup`].
    pub fn with_lookup(self, _answer: &[u8]) -> Option<Self> {
        match self {}
    }
}
