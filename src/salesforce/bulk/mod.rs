//! Bulk API 2.0: jobs that load or query many records, and what a file of records is made of.
//!
//! Reading the file itself is `csv`'s business; here a header's cells become columns.

mod column;

pub use column::{Column, ColumnError, ColumnProblem, Columns};

#[cfg(test)]
mod tests;

/// A bulk job, or a step of one.
#[derive(Clone, Debug, PartialEq)]
pub enum BulkOperation {}

impl BulkOperation {
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
