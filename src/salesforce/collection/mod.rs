//! Several records in one request: sObject collections and trees.
//!
//! REST API Developer Guide, "sObject Collections" and "sObject Tree". How many records there may
//! be, and what they touch, is for `footprint` to say;
//! [`read`] reads the bodies.

pub mod read;

use super::{FieldName, FieldValue, ObjectName, RecordBody, RecordId, RelationshipName};
use crate::soql::ast::Path;

/// The most records of one request. Salesforce would read more at once; no caller needs them.
pub const MOST_RECORDS: usize = 200;

/// The most levels of a tree, its roots included.
pub const MOST_LEVELS: usize = 5;

/// The most objects whose records a tree holds.
pub const MOST_TYPES: usize = 5;

/// One request on several records.
#[derive(Clone, Debug, PartialEq)]
pub enum CollectionOperation {
    /// Chosen fields of several records of one object.
    GetMany {
        /// Which object the records are of.
        object: ObjectName,
        /// Which records; never empty.
        ids: Vec<RecordId>,
        /// The fields to return, as paths from the object; never empty.
        fields: Vec<Path>,
    },
    /// New records, of several objects perhaps.
    CreateMany {
        /// None is made where one fails.
        all_or_none: bool,
        /// Of which object each is, and what is set in it.
        records: Vec<(ObjectName, RecordBody)>,
    },
    /// New values for fields of several records, of several objects perhaps.
    UpdateMany {
        /// None is changed where one fails.
        all_or_none: bool,
        /// Which records, and what is set in them.
        records: Vec<(ObjectName, RecordId, RecordBody)>,
    },
    /// New values for the records with these external ids, or new records with them.
    UpsertMany {
        /// None is changed or made where one fails.
        all_or_none: bool,
        /// Which object the records are of.
        object: ObjectName,
        /// The external id field.
        field: FieldName,
        /// Its value in each record, and what else is set there.
        records: Vec<(FieldValue, RecordBody)>,
    },
    /// Several records go to the recycle bin. Only their ids say which objects they are of.
    DeleteMany {
        /// None is deleted where one fails.
        all_or_none: bool,
        /// Which records.
        ids: Vec<RecordId>,
    },
    /// New records with children, all of them or none.
    Tree {
        /// The object of the outermost records.
        object: ObjectName,
        /// The outermost records.
        records: Vec<TreeRecord>,
    },
}

/// A new record with its children.
#[derive(Clone, Debug, PartialEq)]
pub struct TreeRecord {
    /// What the answer calls it, its `referenceId`; no other record of the tree has the same.
    pub reference: String,
    /// Its object, where the caller wrote `attributes.type`. Resolving puts it there.
    pub object: Option<ObjectName>,
    /// What is set in it.
    pub body: RecordBody,
    /// Its children by child relationship, none of which stands twice.
    pub children: Vec<(RelationshipName, Vec<Self>)>,
}

impl CollectionOperation {
    /// Its name in audit records and spans.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::GetMany { .. } => "getRecords",
            Self::CreateMany { .. } => "createRecords",
            Self::UpdateMany { .. } => "updateRecords",
            Self::UpsertMany { .. } => "upsertRecords",
            Self::DeleteMany { .. } => "deleteRecords",
            Self::Tree { .. } => "createRecordTree",
        }
    }

    /// Whether it can change anything in the org.
    pub fn writes(&self) -> bool {
        match self {
            Self::GetMany { .. } => false,
            Self::CreateMany { .. }
            | Self::UpdateMany { .. }
            | Self::UpsertMany { .. }
            | Self::DeleteMany { .. }
            | Self::Tree { .. } => true,
        }
    }

    /// What it takes from the buckets: a read as much as a query, a write as much as its records
    /// would one by one, but no more than a bucket can be expected to hold.
    pub fn cost(&self) -> u32 {
        let records = match self {
            Self::GetMany { .. } => 1,
            Self::CreateMany { .. }
            | Self::UpdateMany { .. }
            | Self::UpsertMany { .. }
            | Self::DeleteMany { .. }
            | Self::Tree { .. } => self.len(),
        };
        u32::try_from(records).unwrap_or(u32::MAX).clamp(1, 25)
    }

    /// How many records it reads or writes.
    pub fn len(&self) -> usize {
        match self {
            Self::GetMany { ids, .. } | Self::DeleteMany { ids, .. } => ids.len(),
            Self::CreateMany { records, .. } => records.len(),
            Self::UpdateMany { records, .. } => records.len(),
            Self::UpsertMany { records, .. } => records.len(),
            Self::Tree { records, .. } => tree(records).len(),
        }
    }

    /// Whether there is no record at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What is set in each record that is written, in order.
    pub fn bodies(&self) -> Vec<&RecordBody> {
        match self {
            Self::GetMany { .. } | Self::DeleteMany { .. } => Vec::new(),
            Self::CreateMany { records, .. } => records.iter().map(|(_, body)| body).collect(),
            Self::UpdateMany { records, .. } => records.iter().map(|(.., body)| body).collect(),
            Self::UpsertMany { records, .. } => records.iter().map(|(_, body)| body).collect(),
            Self::Tree { records, .. } => {
                tree(records).into_iter().map(|record| &record.body).collect()
            }
        }
    }
}

/// All records of a tree, each before its children.
pub fn tree(records: &[TreeRecord]) -> Vec<&TreeRecord> {
    let mut all = Vec::new();
    let mut open: Vec<&TreeRecord> = records.iter().rev().collect();
    while let Some(record) = open.pop() {
        all.push(record);
        let children = record.children.iter().flat_map(|(_, children)| children);
        let at = open.len();
        open.extend(children);
        if let Some(added) = open.get_mut(at..) {
            added.reverse();
        }
    }
    all
}
