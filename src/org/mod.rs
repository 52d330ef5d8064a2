//! The org's schema: which objects, fields and relationships there are, in describe's spelling.
//!
//! Everything that a caller names is looked up here, without case, and what isn't found is denied.
//! Reading describes from an org is left to `upstream`; what an operation touches to `footprint`.

mod by_name;
mod copies;
mod describe;
mod formula;
mod nearest;
mod schema;

pub use copies::Copies;
pub use describe::{Described, Snapshot};
pub use formula::{FormulaError, FormulaReference};
pub use nearest::{nearest, nearest_first};
pub use schema::{Child, Field, Object, Schema, SchemaError};

#[cfg(test)]
mod tests;
