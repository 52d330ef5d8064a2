//! Reports: what the Analytics API runs.
//!
//! A saved report can show any field of any object, so its describe is read first, into a
//! [`ReportMetadata`]: everything that decides what comes back and how rows are chosen. The report
//! is then run with that metadata in the request, so that what was judged is what runs, although the
//! saved report may change meanwhile.

mod metadata;
mod read;
mod refusal;

use super::RecordId;

pub use metadata::{
    Aggregate, Column, DateFilter, Filter, FilterValue, Format, Grouping, ReportMetadata, Sort,
    SortKey, StandardFilter, TopRows, Use,
};
pub use refusal::ReportRefusal;

#[cfg(test)]
mod tests;

/// The most detail rows that Salesforce gives of one run (Reports and Dashboards REST API Developer
/// Guide, "Limits and Limitations").
pub const MOST_ROWS: u32 = 2_000;

/// A report, or what is to be known of it before it can run.
#[derive(Clone, Debug, PartialEq)]
pub enum ReportOperation {
    /// What a saved report shows.
    Describe {
        /// Which report.
        id: RecordId,
    },
    /// A saved report is run.
    Run {
        /// Which report.
        id: RecordId,
        /// What it shows.
        definition: Definition,
        /// The rows come back too, not their groups and summaries alone.
        details: bool,
        /// The most rows.
        limit: u32,
    },
}

/// What is known of a saved report.
#[derive(Clone, Debug, PartialEq)]
pub enum Definition {
    /// Nothing yet.
    Unread,
    /// All that it shows and goes by.
    Read(Box<ReportMetadata>),
    /// It shows something that can't be traced to fields.
    Refused(ReportRefusal),
}

impl ReportOperation {
    /// A run of a saved report, of which nothing is known yet.
    pub fn run(id: RecordId, details: bool) -> Self {
        Self::Run { id, definition: Definition::Unread, details, limit: MOST_ROWS }
    }

    /// Which report.
    pub fn id(&self) -> &RecordId {
        match self {
            Self::Describe { id } | Self::Run { id, .. } => id,
        }
    }

    /// Its name in audit records and spans.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Describe { .. } => "describeReport",
            Self::Run { .. } => "runReport",
        }
    }

    /// See [`super::Operation::lookup`].
    pub fn lookup(&self) -> Option<Self> {
        match self {
            Self::Run { id, definition: Definition::Unread, .. } => {
                Some(Self::Describe { id: id.clone() })
            }
            Self::Run { .. } | Self::Describe { .. } => None,
        }
    }

    /// See [`super::Operation::with_lookup`].
    pub fn with_lookup(self, answer: &[u8]) -> Option<Self> {
        match self {
            Self::Describe { .. } => None,
            Self::Run { id, details, limit, .. } => {
                let definition = match read::describe(answer)? {
                    Ok(metadata) => Definition::Read(Box::new(metadata)),
                    Err(refusal) => Definition::Refused(refusal),
                };
                Some(Self::Run { id, definition, details, limit })
            }
        }
    }

    /// Lowers the bound on rows; whether it was higher.
    pub fn bound_rows(&mut self, most: u32) -> bool {
        match self {
            Self::Describe { .. } | Self::Run { details: false, .. } => false,
            Self::Run { limit, .. } => {
                let bounded = *limit > most;
                *limit = most.min(*limit);
                bounded
            }
        }
    }
}
