//! Records as callers name and write them: how one is found, and what is set in it.

use std::fmt;

use serde_json::Value;

use super::{FieldName, ObjectName, RecordId, Reference, RelationshipName};

/// How one record of an object is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordKey {
    /// By its id.
    Id(RecordId),
    /// By the value of an external id; so rows are chosen by that field.
    External(ExternalKey),
    /// By what another part of the same composite answers with; only there.
    Reference(Reference),
}

/// The value of an external id field, fit to stand as one segment of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalKey {
    field: FieldName,
    value: String,
}

/// A value that can't stand in a path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the value of `{0}` must be 1 to 255 characters without `/`, `\\`, `@{{`, escapes such as `%2F` and \
     control characters, be neither `.` nor `..`, and not end in `.json` or `.xml`"
)]
pub struct ExternalKeyError(FieldName);

impl ExternalKey {
    /// A key. What a server on the way could read as more than one segment is refused, however often
    /// it would be encoded, and so is what could be read as a reference or as an answer's format.
    pub fn new(field: FieldName, value: impl Into<String>) -> Result<Self, ExternalKeyError> {
        let value = value.into();
        let length = (1..=255).contains(&value.chars().count());
        let plain = |c: char| !c.is_control() && c != '/' && c != '\\';
        let one_segment = value != "." && value != ".." && !Reference::is_in(&value);
        let one_way = !has_escape(&value) && !has_suffix(&value);
        if length && one_segment && one_way && value.chars().all(plain) {
            Ok(Self { field, value })
        } else {
            Err(ExternalKeyError(field))
        }
    }

    /// The field, one that describe marks `externalId` or `idLookup`.
    pub fn field(&self) -> &FieldName {
        &self.field
    }

    /// Its value, decoded.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The same key with the field in describe's spelling.
    #[must_use]
    pub fn spelled(self, field: FieldName) -> Self {
        Self { field, ..self }
    }
}

/// Whether a text would change when it was decoded once more.
fn has_escape(text: &str) -> bool {
    let digits = |rest: &str| {
        let mut rest = rest.bytes();
        (0..2).all(|_| rest.next().is_some_and(|b| b.is_ascii_hexdigit()))
    };
    text.split('%').skip(1).any(digits)
}

/// Whether a text ends like an address that asks for a format.
fn has_suffix(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    lower.ends_with(".json") || lower.ends_with(".xml")
}

/// What is set in a new or changed record.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecordBody {
    /// Fields and their values, in the order in which they were written. No name stands twice.
    pub values: Vec<(FieldName, FieldValue)>,
    /// Lookups that are set by an external id of the parent. No name stands twice.
    pub parents: Vec<(RelationshipName, ParentKey)>,
}

/// A value that is written as it was given.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldValue {
    /// Text, a number, a boolean or null, which clears the field. Resolving refuses anything else.
    Json(Value),
    /// What another part of the same composite answers with; only there.
    Reference(Reference),
}

/// A parent record, named by the value of an external id field.
#[derive(Clone, Debug, PartialEq)]
pub struct ParentKey {
    /// The parent's object, where the caller named it in `attributes.type`.
    pub object: Option<ObjectName>,
    /// The external id field.
    pub field: FieldName,
    /// Its value.
    pub value: FieldValue,
}

impl RecordBody {
    /// Nothing is set.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty() && self.parents.is_empty()
    }
}

impl From<Vec<(FieldName, Value)>> for RecordBody {
    fn from(values: Vec<(FieldName, Value)>) -> Self {
        let values = values.into_iter().map(|(name, value)| (name, FieldValue::Json(value)));
        Self { values: values.collect(), parents: Vec::new() }
    }
}

impl FieldValue {
    /// Whether it clears its field.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Json(Value::Null))
    }
}

impl fmt::Display for FieldValue {
    /// As JSON.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(value) => write!(f, "{value}"),
            // Letters, digits and `@{}._[]`: nothing that JSON escapes.
            Self::Reference(reference) => write!(f, "\"{reference}\""),
        }
    }
}
