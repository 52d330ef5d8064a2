//! A job as a typed value, and as the text that is sealed for an agent to carry.

use serde::{Deserialize, Serialize};

use super::Columns;
use crate::salesforce::{FieldName, ObjectName, RecordId};
use crate::soql;
use crate::soql::ast::Query;

/// A job that Salesforce has made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "Written", try_from = "Written")]
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

/// A job as it is sealed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: String,
    operation: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    object: Option<ObjectName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<FieldName>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    columns: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    query: Option<String>,
}

impl From<Job> for Written {
    fn from(Job { id, work }: Job) -> Self {
        let id = id.to_string();
        match work {
            Work::Ingest(Ingest { object, operation, columns }) => Self {
                id,
                operation: operation.name().to_owned(),
                object: Some(object),
                columns: columns.iter().map(ToString::to_string).collect(),
                query: None,
                key: match operation {
                    IngestOperation::Upsert { field } => Some(field),
                    IngestOperation::Insert | IngestOperation::Update | IngestOperation::Delete => {
                        None
                    }
                },
            },
            Work::Query(query) => Self {
                id,
                operation: query.name().to_owned(),
                object: None,
                key: None,
                columns: Vec::new(),
                query: Some(query.query.to_string()),
            },
        }
    }
}

impl TryFrom<Written> for Job {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, &'static str> {
        Self::read(written).ok_or("not a job")
    }
}

impl Job {
    fn read(written: Written) -> Option<Self> {
        let Written { id, operation, object, key, columns, query } = written;
        let all_rows = match operation.as_str() {
            "query" => Some(false),
            "queryAll" => Some(true),
            _ => None,
        };
        let work = if let Some(all_rows) = all_rows {
            let query = soql::parse(&query?).ok()?;
            Work::Query(Box::new(BulkQuery { query, all_rows }))
        } else {
            let operation = match operation.as_str() {
                "insert" => IngestOperation::Insert,
                "update" => IngestOperation::Update,
                "upsert" => IngestOperation::Upsert { field: key? },
                "delete" => IngestOperation::Delete,
                _ => return None,
            };
            let columns = Columns::parse(columns.iter().map(String::as_str)).ok()?;
            Work::Ingest(Ingest { object: object?, operation, columns })
        };
        Some(Self { id: RecordId::parse(&id).ok()?, work })
    }
}
