//! The words of the upstream: names, record ids, operations, the REST requests that they are
//! printed as, faults and the usage header.
//!
//! Nothing here decides, and nothing here knows a particular org: `org` holds the schema.

pub mod bulk;
mod fault;
mod name;
mod operation;
mod record_id;
pub mod rest;
mod usage;

pub use fault::{Fault, FaultKind};
pub use name::{FieldName, NameError, ObjectName, RelationshipName};
pub use operation::Operation;
pub use record_id::{RecordId, RecordIdError};
pub use usage::Usage;

#[cfg(test)]
mod tests;
