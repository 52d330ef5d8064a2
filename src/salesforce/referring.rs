//! What of an operation refers to the answers of other parts, wherever it stands.

use serde_json::Value;

use super::collection::CollectionOperation;
use super::{FieldValue, ObjectName, Operation, RecordBody, RecordKey, Reference, in_literals};

/// Where a reference stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Use {
    /// It names a record of this object.
    Record(ObjectName),
    /// It is a string literal of a query.
    Literal,
    /// It is a value that is written.
    Value,
}

/// References and where they stand; `None` where `@{` stands in another way.
type References = Option<Vec<(Use, Reference)>>;

impl Operation {
    /// Its references to other parts. `None` where a text has `@{` without being one whole
    /// reference, so that Salesforce could take it for one.
    pub fn references(&self) -> References {
        match self {
            Self::Query(call) => {
                let found = in_literals(&call.query.to_string())?;
                Some(found.into_iter().map(|(_, reference)| (Use::Literal, reference)).collect())
            }
            Self::Search(search) => none_in(&search.to_string()),
            Self::GetRecord { object, key, .. } | Self::DeleteRecord { object, key } => {
                Some(of_key(object, key))
            }
            Self::CreateRecord { body, .. } => of_body(body),
            Self::UpdateRecord { object, key, body } => {
                let mut found = of_key(object, key);
                found.extend(of_body(body)?);
                Some(found)
            }
            // An external id holds no `@{`.
            Self::UpsertRecord { body, .. } => of_body(body),
            Self::Records(operation) => of_collection(operation),
            Self::Envelope(_) => None,
            // Names, ids and numbers.
            Self::GetLimits
            | Self::ListObjects
            | Self::DescribeObject { .. }
            | Self::GetRelated { .. }
            | Self::RecentlyViewed { .. }
            | Self::CurrentUser => Some(Vec::new()),
            // No part is any of these.
            Self::Bulk(_) | Self::Report(_) | Self::Metadata(_) => None,
        }
    }
}

fn none_in(text: &str) -> References {
    (!Reference::is_in(text)).then(Vec::new)
}

fn of_key(object: &ObjectName, key: &RecordKey) -> Vec<(Use, Reference)> {
    match key {
        RecordKey::Reference(reference) => vec![(Use::Record(object.clone()), reference.clone())],
        RecordKey::Id(_) | RecordKey::External(_) => Vec::new(),
    }
}

fn of_body(body: &RecordBody) -> References {
    let values = body.values.iter().map(|(_, value)| value);
    of_values(values.chain(body.parents.iter().map(|(_, parent)| &parent.value)))
}

fn of_values<'a>(values: impl Iterator<Item = &'a FieldValue>) -> References {
    let mut found = Vec::new();
    for value in values {
        match value {
            FieldValue::Reference(reference) => found.push((Use::Value, reference.clone())),
            FieldValue::Json(Value::String(text)) => drop(none_in(text)?),
            FieldValue::Json(Value::Null | Value::Bool(_) | Value::Number(_)) => {}
            FieldValue::Json(Value::Array(_) | Value::Object(_)) => return None,
        }
    }
    Some(found)
}

fn of_collection(operation: &CollectionOperation) -> References {
    let mut found = Vec::new();
    for body in operation.bodies() {
        found.extend(of_body(body)?);
    }
    match operation {
        CollectionOperation::UpsertMany { records, .. } => {
            found.extend(of_values(records.iter().map(|(key, _)| key))?);
        }
        CollectionOperation::GetMany { .. }
        | CollectionOperation::CreateMany { .. }
        | CollectionOperation::UpdateMany { .. }
        | CollectionOperation::DeleteMany { .. }
        | CollectionOperation::Tree { .. } => {}
    }
    Some(found)
}
