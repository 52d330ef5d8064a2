//! Bulk API 2.0: jobs that load or query many records, and what a file of records is made of.
//!
//! Reading a file's text is `csv`'s business; here a header's cells become columns, and a file's
//! records those of a job.

mod column;
mod file;
mod grant;
mod job;

pub use column::{Column, ColumnError, ColumnProblem, Columns};
pub use file::{FileError, IngestFile, MOST_FILE_BYTES, bounds};
pub use grant::{Download, MOST_GRANT_BYTES, MOST_QUERY_BYTES, PageCursor, Upload};
pub use job::{BulkQuery, Ingest, IngestOperation, Job, Work};

use super::RecordId;
use crate::csv::Dialect;

#[cfg(test)]
mod job_tests;
#[cfg(test)]
mod tests;

/// A bulk job, or a step of one.
#[derive(Clone, Debug, PartialEq)]
pub enum BulkOperation {
    /// A job that writes records.
    CreateIngest {
        /// What it writes.
        ingest: Ingest,
        /// The records, or that they come later.
        rows: Rows,
    },
    /// The records of a job that waits for them, as a file that is read while it is sent on.
    Upload {
        /// The job's id.
        job: RecordId,
        /// What it writes.
        ingest: Ingest,
        /// The most records.
        max_rows: u32,
    },
    /// A job that queries records.
    CreateQuery(Box<BulkQuery>),
    /// How far a job is.
    GetJob(Box<Job>),
    /// Stops a job.
    AbortJob(Box<Job>),
    /// What became of the records that a job was to write.
    IngestResults {
        /// The job's id.
        job: RecordId,
        /// What it writes.
        ingest: Ingest,
        /// Which of its records.
        which: Outcomes,
        /// The most records to show; `None` for all of them.
        max_rows: Option<u32>,
    },
    /// What a job's query found.
    QueryResults {
        /// The job's id.
        job: RecordId,
        /// What it asks.
        query: Box<BulkQuery>,
        /// The page; the first where there is none.
        page: Option<ResultsLocator>,
        /// The most records of a page; `None` for all records, page by page.
        max_rows: Option<u32>,
    },
}

/// The records that a new job writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rows {
    /// They stand in the call: for each record a field for each column.
    Inline(Vec<Vec<String>>),
    /// They come in a file of their own.
    Later {
        /// How it will be written.
        dialect: Dialect,
        /// The most records, where the caller or the server sets a bound.
        max_rows: Option<u32>,
    },
}

/// Records of an ingest job, by what became of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcomes {
    /// They were written.
    Successful,
    /// Salesforce refused them.
    Failed,
    /// The job ended before their turn.
    Unprocessed,
}

impl Outcomes {
    /// The one of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|which| which.name() == name)
    }

    /// All of them.
    pub const ALL: [Self; 3] = [Self::Successful, Self::Failed, Self::Unprocessed];

    /// Its name in arguments.
    pub fn name(self) -> &'static str {
        match self {
            Self::Successful => "successful",
            Self::Failed => "failed",
            Self::Unprocessed => "unprocessed",
        }
    }
}

/// Where Salesforce goes on with a query job's results, for example `MTAwMDA`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultsLocator(String);

impl ResultsLocator {
    /// Letters, digits and the other characters of base64, at most 200; `None` for anything else,
    /// and for the word `null` with which Salesforce says that there is no more.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_=+/".contains(&b);
        let fits = (1..=200).contains(&text.len()) && text.bytes().all(plain);
        (fits && text != "null").then(|| Self(text.to_owned()))
    }

    /// As Salesforce gave it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A step that the job at hand doesn't have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StepError {
    /// Results of a query are asked for as if they were written records.
    #[error("this job is a query: its results have no `which`")]
    WhichOfQuery,
    /// The other way round.
    #[error("this job writes records: say `which` results, successful, failed or unprocessed")]
    WhichMissing,
    /// A cursor of another job, or of results that have no pages.
    #[error("this cursor belongs to the results of another job")]
    OtherCursor,
}

impl BulkOperation {
    /// Reading the results of a job. `page` is what stood in a cursor: the job's id and the place.
    pub fn results(
        job: Job,
        which: Option<Outcomes>,
        page: Option<(RecordId, ResultsLocator)>,
        max_rows: Option<u32>,
    ) -> Result<Self, StepError> {
        let Job { id: job, work } = job;
        if page.as_ref().is_some_and(|(of, _)| *of != job) {
            return Err(StepError::OtherCursor);
        }
        match (work, which) {
            (Work::Query(query), None) => {
                let page = page.map(|(_, locator)| locator);
                Ok(Self::QueryResults { job, query, page, max_rows })
            }
            (Work::Query(_), Some(_)) => Err(StepError::WhichOfQuery),
            (Work::Ingest(_), None) => Err(StepError::WhichMissing),
            (Work::Ingest(_), Some(_)) if page.is_some() => Err(StepError::OtherCursor),
            (Work::Ingest(ingest), Some(which)) => {
                Ok(Self::IngestResults { job, ingest, which, max_rows })
            }
        }
    }
}

impl BulkOperation {
    /// Its name in audit records and spans.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::CreateIngest { .. } => "createBulkIngest",
            Self::Upload { .. } => "uploadBulkRows",
            Self::CreateQuery(_) => "createBulkQuery",
            Self::GetJob(_) => "getBulkJob",
            Self::AbortJob(_) => "abortBulkJob",
            Self::IngestResults { .. } => "getBulkIngestResults",
            Self::QueryResults { .. } => "getBulkQueryResults",
        }
    }

    /// Whether it can change anything in the org.
    pub fn writes(&self) -> bool {
        match self {
            Self::CreateIngest { .. } | Self::Upload { .. } | Self::AbortJob(_) => true,
            // A query job is a thing of the org's, but none of its records.
            Self::CreateQuery(_)
            | Self::GetJob(_)
            | Self::IngestResults { .. }
            | Self::QueryResults { .. } => false,
        }
    }

    /// What it takes from the buckets: a job is one thing, however many records it is about.
    pub fn cost(&self) -> u32 {
        1
    }

    /// The query that it makes a job of, or whose results it reads.
    pub fn query(&self) -> Option<&BulkQuery> {
        match self {
            Self::CreateQuery(query) | Self::QueryResults { query, .. } => Some(query),
            Self::GetJob(job) | Self::AbortJob(job) => match &job.work {
                Work::Query(query) => Some(query),
                Work::Ingest(_) => None,
            },
            Self::CreateIngest { .. } | Self::Upload { .. } | Self::IngestResults { .. } => None,
        }
    }
}
