//! The words of the upstream: names, record ids, operations, the REST requests that they are
//! printed as, faults and the usage header.
//!
//! Nothing here decides, and nothing here knows a particular org: `org` holds the schema.

pub mod body;
pub mod bulk;
pub mod collection;
pub mod envelope;
mod fault;
pub mod metadata;
mod name;
mod operation;
pub mod part;
mod record;
mod record_id;
mod reference;
mod referring;
pub mod report;
pub mod rest;
mod usage;

pub use fault::{Fault, FaultKind};
pub(crate) use name::folded_hash;
pub use name::{FieldName, NameError, ObjectName, RelationshipName};
pub use operation::{Locator, Operation, QueryCall};
pub use record::{ExternalKey, ExternalKeyError, FieldValue, ParentKey, RecordBody, RecordKey};
pub use record_id::{RecordId, RecordIdError};
pub use reference::{Reference, Step, in_literals, is_name as is_reference_name};
pub use referring::Use;
pub use usage::Usage;

#[cfg(test)]
mod tests;
