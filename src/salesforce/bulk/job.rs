//! A job as a typed value, and as the text that is sealed for an agent to carry.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Columns;
use crate::salesforce::{FieldName, ObjectName, RecordId};
use crate::soql;
use crate::soql::ast::Query;

/// A job that Salesforce has made.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Its id.
    pub id: RecordId,
    /// What it does; what its later steps touch follows from this.
    pub work: Work,
}

/// What a job does.
#[derive(Clone, Debug, PartialEq)]
pub enum Work {
    /// It writes records.
    Ingest(Ingest),
    /// It queries records.
    Query(Box<BulkQuery>),
}

/// Records that are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ingest {
    /// Of which object.
    pub object: ObjectName,
    /// How.
    pub operation: IngestOperation,
    /// The fields that each record gives.
    pub columns: Columns,
}

/// How a job writes its records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IngestOperation {
    /// New records.
    Insert,
    /// Changes of records that are named by their ids.
    Update,
    /// Changes of records that are named by an external id, or new ones.
    Upsert {
        /// The external id.
        field: FieldName,
    },
    /// Records go to the recycle bin.
    Delete,
}

impl IngestOperation {
    /// Its name, as Salesforce and arguments spell it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Upsert { .. } => "upsert",
            Self::Delete => "delete",
        }
    }
}

/// A query whose rows are gathered by a job.
#[derive(Clone, Debug, PartialEq)]
pub struct BulkQuery {
    /// The query.
    pub query: Query,
    /// Deleted and archived rows too (`queryAll`).
    pub all_rows: bool,
}

impl BulkQuery {
    /// Its name, as Salesforce and arguments spell it.
    pub fn name(&self) -> &'static str {
        if self.all_rows { "queryAll" } else { "query" }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written<'a> {
    id: &'a str,
    #[serde(borrow)]
    operation: std::borrow::Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    object: Option<ObjectName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<FieldName>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    columns: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    query: Option<String>,
}

/// Printed, as it is sealed.
impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.id.as_str();
        let written = match &self.work {
            Work::Ingest(Ingest { object, operation, columns }) => Written {
                id,
                operation: operation.name().into(),
                object: Some(object.clone()),
                key: match operation {
                    IngestOperation::Upsert { field } => Some(field.clone()),
                    IngestOperation::Insert | IngestOperation::Update | IngestOperation::Delete => {
                        None
                    }
                },
                columns: columns.iter().map(ToString::to_string).collect(),
                query: None,
            },
            Work::Query(query) => Written {
                id,
                operation: query.name().into(),
                object: None,
                key: None,
                columns: Vec::new(),
                query: Some(query.query.to_string()),
            },
        };
        f.write_str(&serde_json::to_string(&written).map_err(|_not_json| fmt::Error)?)
    }
}

impl Job {
    /// Reads what [`Job::to_string`] printed; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let written: Written<'_> = serde_json::from_str(text).ok()?;
        let ingest = |operation| {
            let columns = Columns::parse(written.columns.iter().map(String::as_str)).ok()?;
            Some(Work::Ingest(Ingest { object: written.object.clone()?, operation, columns }))
        };
        let query = |all_rows| {
            let query = soql::parse(written.query.as_deref()?).ok()?;
            Some(Work::Query(Box::new(BulkQuery { query, all_rows })))
        };
        let work = match written.operation.as_ref() {
            "insert" => ingest(IngestOperation::Insert),
            "update" => ingest(IngestOperation::Update),
            "upsert" => ingest(IngestOperation::Upsert { field: written.key.clone()? }),
            "delete" => ingest(IngestOperation::Delete),
            "query" => query(false),
            "queryAll" => query(true),
            _ => None,
        };
        Some(Self { id: RecordId::parse(written.id).ok()?, work: work? })
    }
}
