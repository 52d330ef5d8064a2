//! What is sealed for an agent that may send a file, fetch one, or go on reading.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{Job, Outcomes, ResultsLocator};
use crate::csv::{Delimiter, Dialect, LineEnding};
use crate::salesforce::RecordId;

/// The most bytes that stand in an address: sealed they grow by a third, and a head has 16 KiB.
pub const MOST_GRANT_BYTES: usize = 8_000;

/// The most bytes of a query job's query, so that the job can be sealed for its agent.
pub const MOST_QUERY_BYTES: usize = 50_000;

/// The right to send a job's file.
#[derive(Clone, Debug, PartialEq)]
pub struct Upload {
    /// The job.
    pub job: Job,
    /// How the file is written.
    pub dialect: Dialect,
    /// The most records.
    pub max_rows: u32,
}

/// The right to fetch a job's results.
#[derive(Clone, Debug, PartialEq)]
pub struct Download {
    /// The job.
    pub job: Job,
    /// Which records, of an ingest job.
    pub which: Option<Outcomes>,
}

/// Where the results of a query job go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageCursor {
    /// The job's id.
    pub job: RecordId,
    /// The place.
    pub page: ResultsLocator,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenUpload {
    upload: Job,
    delimiter: String,
    lines: String,
    max_rows: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenDownload {
    results: Job,
    which: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCursor {
    results_of: String,
    page: String,
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    serde_json::from_slice(bytes).ok()
}

fn print(written: &impl Serialize) -> Vec<u8> {
    // Texts and numbers can always be printed.
    serde_json::to_vec(written).unwrap_or_default()
}

impl Job {
    /// Reads what [`Job::print`] printed; `None` for anything else.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        read(bytes)
    }

    /// The text that is sealed.
    #[must_use]
    pub fn print(&self) -> Vec<u8> {
        print(self)
    }
}

impl Upload {
    /// Reads what [`Upload::print`] printed; `None` for anything else.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let WrittenUpload { upload: job, delimiter, lines, max_rows } = read(bytes)?;
        let delimiter = Delimiter::from_name(&delimiter)?;
        let dialect = Dialect { delimiter, line_ending: LineEnding::from_name(&lines)? };
        Some(Self { job, dialect, max_rows })
    }

    /// The text that is sealed.
    #[must_use]
    pub fn print(&self) -> Vec<u8> {
        print(&WrittenUpload {
            upload: self.job.clone(),
            delimiter: self.dialect.delimiter.name().to_owned(),
            lines: self.dialect.line_ending.name().to_owned(),
            max_rows: self.max_rows,
        })
    }
}

impl Download {
    /// Reads what [`Download::print`] printed; `None` for anything else.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let WrittenDownload { results: job, which } = read(bytes)?;
        let which = match which {
            Some(name) => Some(Outcomes::named(&name)?),
            None => None,
        };
        Some(Self { job, which })
    }

    /// The text that is sealed.
    #[must_use]
    pub fn print(&self) -> Vec<u8> {
        let which = self.which.map(|which| which.name().to_owned());
        print(&WrittenDownload { results: self.job.clone(), which })
    }
}

impl PageCursor {
    /// Reads what [`PageCursor::print`] printed; `None` for anything else.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let WrittenCursor { results_of, page } = read(bytes)?;
        let (job, page) = (RecordId::parse(&results_of).ok()?, ResultsLocator::parse(&page)?);
        Some(Self { job, page })
    }

    /// The text that is sealed.
    #[must_use]
    pub fn print(&self) -> Vec<u8> {
        let (results_of, page) = (self.job.to_string(), self.page.as_str().to_owned());
        print(&WrittenCursor { results_of, page })
    }
}
