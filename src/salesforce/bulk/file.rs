//! A file of records on its way to Salesforce: read, held against what the job declares, printed anew.
//!
//! It takes the file in pieces and gives pieces back, so that it never holds more than one record.

use super::{ColumnError, Columns, Ingest, IngestOperation};
use crate::csv::{self, Bounds, Dialect, Printer, ReadError, Reader, Record};
use crate::salesforce::RecordId;

/// The largest file that is sent, in bytes: Salesforce takes 150 MB in base64.
pub const MOST_FILE_BYTES: u64 = 100_000_000;

/// Salesforce takes 32,000 characters in a field and 400,000 in a record, of at most four bytes.
#[must_use]
pub fn bounds() -> Bounds {
    Bounds { field_bytes: 128_000, record_bytes: 1_600_000, columns: 1_000 }
}

/// Why a file is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// It can't be read.
    #[error("{0}")]
    Csv(#[from] csv::Error),
    /// A cell of its header is no column.
    #[error("{0}")]
    Column(#[from] ColumnError),
    /// The header has a column that the job doesn't declare.
    #[error(
        "row 1, column {column}: `{name}` is not a column of this job, which has {declared}: the \
         file's header must name the same columns, in any order"
    )]
    Undeclared {
        /// The cell's number, from 1.
        column: usize,
        /// The column.
        name: String,
        /// What the job declares.
        declared: String,
    },
    /// The header lacks a column that the job declares.
    #[error("row 1: the header has no column `{0}`, which this job declares")]
    Missing(String),
    /// There are more records than the job may have.
    #[error("row {row}: this job may have {most} rows")]
    TooManyRows {
        /// The record's number, from 1: the header is row 1.
        row: u64,
        /// How many records there may be.
        most: u32,
    },
    /// The file is larger than Salesforce takes.
    #[error(
        "row {row}: the file is larger than {MOST_FILE_BYTES} bytes: split it into several jobs"
    )]
    TooLarge {
        /// The record's number, from 1.
        row: u64,
    },
    /// The id of a record is none, or one of another object.
    #[error("row {row}, column {column}: `Id` must be the id of a record of the job's object")]
    Id {
        /// The record's number, from 1.
        row: u64,
        /// The field's number, from 1.
        column: usize,
    },
    /// There is no record in it.
    #[error("the file has a header and no rows")]
    NoRows,
}

impl FileError {
    /// The record that is wrong, from 1, and the field in it.
    pub fn place(&self) -> (Option<u64>, Option<usize>) {
        match self {
            Self::Csv(error) => (Some(error.row), Some(error.column)),
            Self::Column(error) => (Some(1), Some(error.column)),
            Self::Undeclared { column, .. } => (Some(1), Some(*column)),
            Self::Missing(_) => (Some(1), None),
            Self::TooManyRows { row, .. } | Self::TooLarge { row } => (Some(*row), None),
            Self::Id { row, column } => (Some(*row), Some(*column)),
            Self::NoRows => (None, None),
        }
    }
}

/// A file that is being read.
#[derive(Debug)]
pub struct IngestFile {
    reader: Reader,
    sheet: Sheet,
}

/// The same, without what reads the text.
#[derive(Debug)]
struct Sheet {
    printer: Printer,
    /// What the job declares, in the order in which it is printed.
    columns: Columns,
    /// For each of them its place in the file, once the header is read.
    places: Option<Vec<usize>>,
    /// The column of record ids, among the printed ones.
    id: Option<usize>,
    /// What the ids of the object's records begin with.
    key_prefix: Option<String>,
    rows: u64,
    most_rows: u32,
    bytes: u64,
}

impl IngestFile {
    /// A file for a job. `key_prefix` is that of the ids of its object's records.
    #[must_use]
    pub fn new(ingest: &Ingest, key_prefix: Option<&str>, dialect: Dialect, max_rows: u32) -> Self {
        let sheet = Sheet {
            printer: Printer::new(Dialect::default()),
            columns: ingest.columns.clone(),
            places: None,
            id: id_column(ingest),
            key_prefix: key_prefix.map(str::to_owned),
            rows: 0,
            most_rows: max_rows,
            bytes: 0,
        };
        Self { reader: Reader::new(dialect, bounds()), sheet }
    }

    /// Reads a piece, and adds to `into` what of it is to be sent.
    pub fn feed(&mut self, chunk: &[u8], into: &mut Vec<u8>) -> Result<(), FileError> {
        let sheet = &mut self.sheet;
        self.reader.feed(chunk, &mut |record| sheet.take(record, into)).map_err(refused)
    }

    /// Ends the file, and says how many records it has.
    pub fn finish(self, into: &mut Vec<u8>) -> Result<u64, FileError> {
        let Self { reader, mut sheet } = self;
        reader.finish(&mut |record| sheet.take(record, into)).map_err(refused)?;
        if sheet.rows == 0 { Err(FileError::NoRows) } else { Ok(sheet.rows) }
    }

    /// The records so far.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.sheet.rows
    }
}

fn refused(error: ReadError<FileError>) -> FileError {
    match error {
        ReadError::File(error) => FileError::Csv(error),
        ReadError::Sink(error) => error,
    }
}

/// Where the ids of the records stand, for operations that name records by them.
fn id_column(ingest: &Ingest) -> Option<usize> {
    let by_id = match &ingest.operation {
        IngestOperation::Insert | IngestOperation::Upsert { .. } => false,
        IngestOperation::Update | IngestOperation::Delete => true,
    };
    let is_id = |column: &super::Column| {
        column.relationship.is_none() && column.field.as_str().eq_ignore_ascii_case("Id")
    };
    ingest.columns.iter().position(is_id).filter(|_| by_id)
}

/// Whether a field holds the id of a record of the object.
fn is_id(text: &str, prefix: Option<&str>) -> bool {
    RecordId::parse(text).is_ok_and(|id| prefix.is_none_or(|prefix| prefix == id.key_prefix()))
}

impl Ingest {
    /// Checks the ids in records that stand in a call.
    pub fn check_rows(&self, rows: &[Vec<String>], prefix: Option<&str>) -> Result<(), FileError> {
        let Some(at) = id_column(self) else { return Ok(()) };
        for (row, fields) in (2..).zip(rows) {
            let good = fields.get(at).is_some_and(|field| is_id(field, prefix));
            if !good {
                return Err(FileError::Id { row, column: at.saturating_add(1) });
            }
        }
        Ok(())
    }
}

impl Sheet {
    fn take(&mut self, record: Record<'_>, into: &mut Vec<u8>) -> Result<(), FileError> {
        let before = into.len();
        let fields: Vec<&str> = record.fields().collect();
        let Some(places) = &self.places else {
            self.places = Some(self.header(&fields)?);
            let names: Vec<String> = self.columns.iter().map(ToString::to_string).collect();
            self.printer.print(names.iter().map(String::as_str), into)?;
            return self.count(record.row(), into.len().saturating_sub(before));
        };
        self.rows = self.rows.saturating_add(1);
        if self.rows > u64::from(self.most_rows) {
            return Err(FileError::TooManyRows { row: record.row(), most: self.most_rows });
        }
        if let Some(at) = self.id {
            let place = places.get(at).copied().unwrap_or_default();
            let prefix = self.key_prefix.as_deref();
            if !fields.get(place).is_some_and(|id| is_id(id, prefix)) {
                let column = place.saturating_add(1);
                return Err(FileError::Id { row: record.row(), column });
            }
        }
        let ordered = places.iter().filter_map(|place| fields.get(*place).copied());
        self.printer.print(ordered, into)?;
        self.count(record.row(), into.len().saturating_sub(before))
    }

    fn count(&mut self, row: u64, bytes: usize) -> Result<(), FileError> {
        self.bytes = self.bytes.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
        if self.bytes > MOST_FILE_BYTES { Err(FileError::TooLarge { row }) } else { Ok(()) }
    }

    /// For each declared column its place in the file: the same columns, whatever their order and
    /// the case of their letters.
    fn header(&self, cells: &[&str]) -> Result<Vec<usize>, FileError> {
        let found = Columns::parse(cells.iter().copied())?;
        for (number, column) in (1..).zip(&found) {
            if !self.columns.iter().any(|declared| declared == column) {
                let names: Vec<String> =
                    self.columns.iter().take(20).map(ToString::to_string).collect();
                let more = if names.len() < self.columns.as_slice().len() { ", …" } else { "" };
                let declared = format!("{}{more}", names.join(", "));
                return Err(FileError::Undeclared {
                    column: number,
                    name: column.to_string(),
                    declared,
                });
            }
        }
        let place = |column: &super::Column| {
            let place = found.iter().position(|other| other == column);
            place.ok_or_else(|| FileError::Missing(column.to_string()))
        };
        self.columns.iter().map(place).collect()
    }
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
