//! What the Salesforce API can do on an agent's behalf, as one typed value.

use super::bulk::BulkOperation;
use super::collection::CollectionOperation;
use super::envelope::Envelope;
use super::metadata::MetadataOperation;
use super::report::ReportOperation;
use super::{ExternalKey, ObjectName, RecordBody, RecordId, RecordKey, RelationshipName};
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
    Query(Box<QueryCall>),
    /// A SOSL search.
    Search(Box<Search>),
    /// Chosen fields of one record.
    GetRecord {
        /// Which object the record is of.
        object: ObjectName,
        /// Which record.
        key: RecordKey,
        /// The fields to return, as paths from the object. None stands for all that the object has,
        /// which resolving writes out.
        fields: Vec<Path>,
    },
    /// Chosen fields of the records that a relationship leads to. Resolving makes it a query, or a
    /// record read where all steps lead to parents.
    GetRelated {
        /// Which object the record is of.
        object: ObjectName,
        /// Which record.
        id: RecordId,
        /// The relationships to walk from the record: parents, then perhaps one to children; never
        /// empty.
        path: Vec<RelationshipName>,
        /// The fields to return, as paths from the object that the relationships lead to. None
        /// stands for all that it has.
        fields: Vec<Path>,
        /// The most children to return.
        limit: u32,
    },
    /// A new record.
    CreateRecord {
        /// Which object it is of.
        object: ObjectName,
        /// What is set in it.
        body: RecordBody,
    },
    /// New values for fields of one record.
    UpdateRecord {
        /// Which object the record is of.
        object: ObjectName,
        /// Which record.
        key: RecordKey,
        /// What is set in it; never empty.
        body: RecordBody,
    },
    /// New values for the record with that external id, or a new record with it.
    UpsertRecord {
        /// Which object the record is of.
        object: ObjectName,
        /// Which record.
        key: ExternalKey,
        /// What is set in it.
        body: RecordBody,
        /// Where there is no such record, none is made.
        update_only: bool,
    },
    /// One record goes to the recycle bin.
    DeleteRecord {
        /// Which object the record is of.
        object: ObjectName,
        /// Which record.
        key: RecordKey,
    },
    /// The records of chosen objects that Salesforce's user, which all agents share, saw last.
    RecentlyViewed {
        /// Of which objects; never empty, each once.
        objects: Vec<ObjectName>,
        /// The most records.
        limit: u32,
    },
    /// The Salesforce user that all agents act as.
    CurrentUser,
    /// Several records in one request.
    Records(CollectionOperation),
    /// Several operations in one request.
    Envelope(Envelope),
    /// A bulk job, or a step of one.
    Bulk(BulkOperation),
    /// A report.
    Report(ReportOperation),
    /// The org's own objects and fields.
    Metadata(MetadataOperation),
}

/// A SOQL query and which of its rows are asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct QueryCall {
    /// The query.
    pub query: Query,
    /// Deleted and archived rows too (`queryAll`).
    pub all_rows: bool,
    /// The page; the first where there is none.
    pub page: Option<Locator>,
}

/// Where Salesforce goes on with a query that it has answered in part, for example
/// `01gD0000002HU6KIAW-2000`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locator(String);

impl Locator {
    /// Letters, digits and `-`, at most 100; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        let fits = (1..=100).contains(&text.len()) && text.bytes().all(plain);
        fits.then(|| Self(text.to_owned()))
    }

    /// The locator as Salesforce gave it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Query> for QueryCall {
    fn from(query: Query) -> Self {
        Self { query, all_rows: false, page: None }
    }
}

impl Operation {
    /// The first page of a query, without deleted rows.
    pub fn query(query: Query) -> Self {
        Self::Query(Box::new(query.into()))
    }

    /// The query, for an operation that is one.
    pub fn as_query(&self) -> Option<&Query> {
        self.as_query_call().map(|call| &call.query)
    }

    /// The query with its page, for an operation that is one.
    pub fn as_query_call(&self) -> Option<&QueryCall> {
        match self {
            Self::Query(call) => Some(call),
            Self::GetLimits
            | Self::ListObjects
            | Self::DescribeObject { .. }
            | Self::Search(_)
            | Self::GetRecord { .. }
            | Self::GetRelated { .. }
            | Self::CreateRecord { .. }
            | Self::UpdateRecord { .. }
            | Self::UpsertRecord { .. }
            | Self::DeleteRecord { .. }
            | Self::RecentlyViewed { .. }
            | Self::CurrentUser
            | Self::Records(_)
            | Self::Envelope(_)
            | Self::Bulk(_)
            | Self::Report(_)
            | Self::Metadata(_) => None,
        }
    }

    /// The operation's name in audit records and spans.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::GetLimits => "getLimits",
            Self::ListObjects => "listObjects",
            Self::DescribeObject { .. } => "describeObject",
            Self::Query(call) if call.all_rows => "queryAll",
            Self::Query(_) => "query",
            Self::Search(_) => "search",
            Self::GetRecord { .. } => "getRecord",
            Self::GetRelated { .. } => "getRelated",
            Self::CreateRecord { .. } => "createRecord",
            Self::UpdateRecord { .. } => "updateRecord",
            Self::UpsertRecord { .. } => "upsertRecord",
            Self::DeleteRecord { .. } => "deleteRecord",
            Self::RecentlyViewed { .. } => "recentlyViewed",
            Self::CurrentUser => "currentUser",
            Self::Records(operation) => operation.kind(),
            Self::Envelope(envelope) => envelope.kind(),
            Self::Bulk(operation) => operation.kind(),
            Self::Report(operation) => operation.kind(),
            Self::Metadata(operation) => operation.kind(),
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
            | Self::GetRecord { .. }
            | Self::GetRelated { .. }
            | Self::RecentlyViewed { .. }
            | Self::CurrentUser => false,
            Self::CreateRecord { .. }
            | Self::UpdateRecord { .. }
            | Self::UpsertRecord { .. }
            | Self::DeleteRecord { .. } => true,
            Self::Records(operation) => operation.writes(),
            Self::Envelope(envelope) => envelope.writes(),
            Self::Bulk(operation) => operation.writes(),
            Self::Report(_) => false,
            Self::Metadata(operation) => operation.writes(),
        }
    }

    /// What must be asked of Salesforce before anybody can say what this touches, an operation of
    /// its own with a footprint of its own: the columns of a report, the field behind an id.
    pub fn lookup(&self) -> Option<Self> {
        match self {
            Self::Report(operation) => operation.lookup().map(Self::Report),
            Self::Metadata(operation) => operation.lookup().map(Self::Metadata),
            Self::GetLimits
            | Self::ListObjects
            | Self::DescribeObject { .. }
            | Self::Query(_)
            | Self::Search(_)
            | Self::GetRecord { .. }
            | Self::GetRelated { .. }
            | Self::CreateRecord { .. }
            | Self::UpdateRecord { .. }
            | Self::UpsertRecord { .. }
            | Self::DeleteRecord { .. }
            | Self::RecentlyViewed { .. }
            | Self::CurrentUser
            | Self::Records(_)
            | Self::Envelope(_)
            | Self::Bulk(_) => None,
        }
    }

    /// This operation, with what its lookup answered; `None` where the answer is not one.
    pub fn with_lookup(self, answer: &[u8]) -> Option<Self> {
        match self {
            Self::Report(operation) => operation.with_lookup(answer).map(Self::Report),
            Self::Metadata(operation) => operation.with_lookup(answer).map(Self::Metadata),
            Self::GetLimits
            | Self::ListObjects
            | Self::DescribeObject { .. }
            | Self::Query(_)
            | Self::Search(_)
            | Self::GetRecord { .. }
            | Self::GetRelated { .. }
            | Self::CreateRecord { .. }
            | Self::UpdateRecord { .. }
            | Self::UpsertRecord { .. }
            | Self::DeleteRecord { .. }
            | Self::RecentlyViewed { .. }
            | Self::CurrentUser
            | Self::Records(_)
            | Self::Envelope(_)
            | Self::Bulk(_) => None,
        }
    }

    /// What it takes from the buckets: one for each thing that a single call could ask for.
    pub fn cost(&self) -> u32 {
        match self {
            Self::GetLimits
            | Self::ListObjects
            | Self::DescribeObject { .. }
            | Self::Query(_)
            | Self::Search(_)
            | Self::GetRecord { .. }
            | Self::GetRelated { .. }
            | Self::CreateRecord { .. }
            | Self::UpdateRecord { .. }
            | Self::UpsertRecord { .. }
            | Self::DeleteRecord { .. }
            | Self::RecentlyViewed { .. }
            | Self::CurrentUser
            | Self::Report(_)
            | Self::Metadata(_) => 1,
            Self::Records(operation) => operation.cost(),
            Self::Envelope(envelope) => envelope.cost(),
            Self::Bulk(operation) => operation.cost(),
        }
    }
}
