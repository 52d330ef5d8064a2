//! What the Salesforce API can do on an agent's behalf, as one typed value.

use serde_json::Value;

use super::{FieldName, ObjectName, RecordId};
use crate::soql::ast::{Path, Query};
use crate::sosl::ast::Search;

/// One thing that Salesforce is asked to do. Tools make it, `footprint` says what it touches, and
/// `upstream` prints the request from it.
#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    /// The org's limits and what is left of them.
    GetLimits,
    /// The objects of the org.
    ListObjects,
    /// One object's fields and relationships.
    DescribeObject {
        /// Which object.
        object: ObjectName,
    },
    /// A SOQL query.
    Query(Box<Query>),
    /// A SOSL search.
    Search(Box<Search>),
    /// Chosen fields of one record.
    GetRecord {
        /// Which object the record is of.
        object: ObjectName,
        /// Which record.
        id: RecordId,
        /// The fields to return, as paths from the object; never empty.
        fields: Vec<Path>,
    },
    /// A new record.
    CreateRecord {
        /// Which object it is of.
        object: ObjectName,
        /// Its values; each name once.
        values: Vec<(FieldName, Value)>,
    },
    /// New values for fields of one record.
    UpdateRecord {
        /// Which object the record is of.
        object: ObjectName,
        /// Which record.
        id: RecordId,
        /// The new values; each name once, never empty.
        values: Vec<(FieldName, Value)>,
    },
    /// One record goes to the recycle bin.
    DeleteRecord {
        /// Which object the record is of.
        object: ObjectName,
        /// Which record.
        id: RecordId,
    },
}

impl Operation {
    /// The operation's name in audit records and spans.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::GetLimits => "getLimits",
            Self::ListObjects => "listObjects",
            Self::DescribeObject { .. } => "describeObject",
            Self::Query(_) => "query",
            Self::Search(_) => "search",
            Self::GetRecord { .. } => "getRecord",
            Self::CreateRecord { .. } => "createRecord",
            Self::UpdateRecord { .. } => "updateRecord",
            Self::DeleteRecord { .. } => "deleteRecord",
        }
    }

    /// Whether it can change anything in the org.
    pub fn writes(&self) -> bool {
        match self {
            Self::GetLimits
            | Self::ListObjects
            | Self::DescribeObject { .. }
            | Self::Query(_)
            | Self::Search(_)
            | Self::GetRecord { .. } => false,
            Self::CreateRecord { .. } | Self::UpdateRecord { .. } | Self::DeleteRecord { .. } => {
                true
            }
        }
    }
}
