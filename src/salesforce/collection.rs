//! Several records in one request: sObject collections and trees.

/// One request on several records.
#[derive(Clone, Debug, PartialEq)]
pub enum CollectionOperation {}

impl CollectionOperation {
    /// Its name in audit records and spans.
    pub fn kind(&self) -> &'static str {
        match *self {}
    }

    /// Whether it can change anything in the org.
    pub fn writes(&self) -> bool {
        match *self {}
    }

    /// What it takes from the buckets.
    pub fn cost(&self) -> u32 {
        match *self {}
    }
}
