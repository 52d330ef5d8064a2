//! Bulk API 2.0: what a file of records is made of, in types.
//!
//! Reading the file itself is `csv`'s business; here a header's cells become columns.

mod column;

pub use column::{Column, ColumnError, ColumnProblem, Columns};

#[cfg(test)]
mod tests;
