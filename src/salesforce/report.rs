//! Reports: what the Analytics API runs.

/// A report, or what is to be known of it before it can run.
#[derive(Clone, Debug, PartialEq)]
pub enum ReportOperation {}

impl ReportOperation {
    /// Its name in audit records and spans.
    pub fn kind(&self) -> &'static str {
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
