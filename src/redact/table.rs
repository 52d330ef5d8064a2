//! Results of bulk jobs: CSV, of which only the permitted columns go on, while it is read.

use std::borrow::Cow;

use crate::csv::{Bounds, Dialect, ReadError, Reader, Record};
use crate::footprint::{Action, Footprint, Masked};
use crate::salesforce::RecordId;
use crate::salesforce::bulk::{
    BulkOperation, BulkQuery, Column, Ingest, IngestOperation, Outcomes,
};
use crate::soql::ast::{FieldExpr, Path, SelectItem};

use super::Visible;
use super::mask::{Masking, Masks};

/// A long text area holds 131,072 characters of at most four bytes.
const BOUNDS: Bounds = Bounds { field_bytes: 600_000, record_bytes: 4_000_000, columns: 1_100 };

/// A table that is being read.
#[derive(Debug)]
pub struct Table {
    reader: Reader,
    sheet: Sheet,
}

#[derive(Debug)]
struct Sheet {
    expected: Expected,
    /// For each column that is shown its place and what its values may be, once the header is read.
    shown: Option<Vec<(usize, Value)>>,
    /// The names of the columns that are shown.
    names: Vec<String>,
    rows: u64,
    dropped: u64,
}

/// Which header the table must have.
#[derive(Debug)]
enum Expected {
    /// These columns, in this order; all of them may be shown, some of them masked.
    Exactly(Vec<(String, Value)>),
    /// Salesforce's own, and these in any order, each with whether it may be shown.
    Outcomes { columns: Vec<(Column, bool)>, id: Value },
}

/// What may stand in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Value {
    /// Whatever the field holds.
    Field,
    /// The same, masked.
    Masked(Masking),
    /// The id of a record, or nothing.
    Id,
    /// `true`, `false` or nothing.
    Flag,
    /// A code, without the message behind it, which can tell other records' values.
    Error,
    /// Nothing, whatever stands there.
    Withheld,
}

/// Why a table isn't shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TableError<E> {
    /// It is not the table that was asked for.
    #[error("the results do not have the form that the job asks for")]
    Unlike,
    /// Whoever takes its rows wants no more.
    #[error("{0}")]
    Sink(E),
}

impl Table {
    /// The results that an operation reads; `None` for one that reads none.
    #[must_use]
    pub fn of(
        operation: &BulkOperation,
        footprint: &Footprint,
        visible: Visible<'_>,
        masks: &Masks,
    ) -> Option<Self> {
        let expected = match operation {
            BulkOperation::QueryResults { query, .. } => {
                Expected::Exactly(columns(query, &footprint.masked, masks)?)
            }
            BulkOperation::IngestResults { ingest, which, .. } => Expected::Outcomes {
                columns: outcomes(ingest, footprint, visible),
                id: id_of(ingest, *which),
            },
            BulkOperation::CreateIngest { .. }
            | BulkOperation::Upload { .. }
            | BulkOperation::CreateQuery(_)
            | BulkOperation::GetJob(_)
            | BulkOperation::AbortJob(_) => return None,
        };
        let sheet = Sheet { expected, shown: None, names: Vec::new(), rows: 0, dropped: 0 };
        Some(Self { reader: Reader::new(Dialect::default(), BOUNDS), sheet })
    }

    /// Reads a piece, and gives `sink` the names of the shown columns, once, and then their fields
    /// of each row.
    pub fn feed<E>(
        &mut self,
        chunk: &[u8],
        sink: &mut dyn FnMut(&[&str]) -> Result<(), E>,
    ) -> Result<(), TableError<E>> {
        let sheet = &mut self.sheet;
        self.reader.feed(chunk, &mut |record| sheet.take(record, sink)).map_err(wrong)
    }

    /// Ends a page. An empty one has not even a header.
    pub fn end_page<E>(
        &mut self,
        sink: &mut dyn FnMut(&[&str]) -> Result<(), E>,
    ) -> Result<(), TableError<E>> {
        let reader = std::mem::replace(&mut self.reader, Reader::new(Dialect::default(), BOUNDS));
        let sheet = &mut self.sheet;
        match reader.finish(&mut |record| sheet.take(record, sink)) {
            Err(ReadError::File(error)) if error.problem == crate::csv::Problem::EmptyFile => {}
            other => drop(other.map_err(wrong)?),
        }
        // The next page begins with its own header.
        sheet.shown = None;
        Ok(())
    }

    /// The names of the columns that are shown; known before the first row.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.sheet.names
    }

    /// The rows so far.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.sheet.rows
    }

    /// The columns that are not shown.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.sheet.dropped
    }
}

fn wrong<E>(error: ReadError<TableError<E>>) -> TableError<E> {
    match error {
        ReadError::File(_) => TableError::Unlike,
        ReadError::Sink(error) => error,
    }
}

/// The columns of a query's results: the paths of its fields. `None` where they are not all known,
/// or not all that is to be masked is among them.
fn columns(query: &BulkQuery, masked: &Masked, masks: &Masks) -> Option<Vec<(String, Value)>> {
    let column = |path: &Path| {
        let path = path.to_string();
        let masking = masked.field(&path).map(|field| Value::Masked(masks.masking(field)));
        (path, masking.unwrap_or(Value::Field))
    };
    let path = |item: &SelectItem| match item {
        SelectItem::Field { expr: FieldExpr::Path(path), alias: None } => Some(column(path)),
        SelectItem::Field { .. }
        | SelectItem::Count
        | SelectItem::Child { .. }
        | SelectItem::Fields { .. }
        | SelectItem::Typeof { .. } => None,
    };
    let columns: Vec<_> = query.query.select.iter().map(path).collect::<Option<_>>()?;
    let hidden = columns.iter().filter(|(_, value)| matches!(value, Value::Masked(_))).count();
    (hidden == masked.fields().len()).then_some(columns)
}

/// The columns of an ingest job, each with whether all that it shows may be read.
fn outcomes(ingest: &Ingest, footprint: &Footprint, visible: Visible<'_>) -> Vec<(Column, bool)> {
    let columns = ingest.columns.iter().map(|column| {
        let text = column.to_string();
        let mut targets = footprint.pruned.iter().filter(|access| access.path == text).peekable();
        let asked = targets.peek().is_some();
        let shown = asked && targets.all(|access| visible(Action::Select, &access.target));
        (column.clone(), shown)
    });
    columns.collect()
}

/// What `sf__Id` shows. Of a row that failed the id is shown only where the caller wrote it: there it
/// could be that of another record, which this one would duplicate.
fn id_of(ingest: &Ingest, which: Outcomes) -> Value {
    let made = match which {
        Outcomes::Successful => true,
        Outcomes::Failed | Outcomes::Unprocessed => false,
    };
    match ingest.operation {
        IngestOperation::Update | IngestOperation::Delete => Value::Id,
        IngestOperation::Insert | IngestOperation::Upsert { .. } if made => Value::Id,
        IngestOperation::Insert | IngestOperation::Upsert { .. } => Value::Withheld,
    }
}

impl Sheet {
    fn take<E>(
        &mut self,
        record: Record<'_>,
        sink: &mut dyn FnMut(&[&str]) -> Result<(), E>,
    ) -> Result<(), TableError<E>> {
        let fields: Vec<&str> = record.fields().collect();
        let Some(shown) = &self.shown else {
            let first = self.names.is_empty();
            self.header(&fields)?;
            let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
            return if first { sink(&names).map_err(TableError::Sink) } else { Ok(()) };
        };
        self.rows = self.rows.saturating_add(1);
        let row = shown.iter().map(|(place, value)| {
            let field = fields.get(*place).copied().unwrap_or_default();
            reduced(field, *value).ok_or(TableError::Unlike)
        });
        let row: Vec<Cow<'_, str>> = row.collect::<Result<_, _>>()?;
        let row: Vec<&str> = row.iter().map(AsRef::as_ref).collect();
        sink(&row).map_err(TableError::Sink)
    }

    fn header<E>(&mut self, cells: &[&str]) -> Result<(), TableError<E>> {
        let mut names = Vec::new();
        let mut shown = Vec::new();
        let mut dropped = 0u64;
        match &self.expected {
            Expected::Exactly(columns) => {
                let same = columns.len() == cells.len()
                    && columns
                        .iter()
                        .zip(cells)
                        .all(|((name, _), cell)| name.eq_ignore_ascii_case(cell));
                if !same {
                    return Err(TableError::Unlike);
                }
                names.extend(columns.iter().map(|(name, _)| name.clone()));
                shown.extend(columns.iter().map(|(_, value)| *value).enumerate());
            }
            Expected::Outcomes { columns, id } => {
                for (place, cell) in cells.iter().enumerate() {
                    let (name, value, visible) =
                        outcome(columns, *id, cell).ok_or(TableError::Unlike)?;
                    if names.contains(&name) {
                        return Err(TableError::Unlike);
                    }
                    if visible {
                        names.push(name);
                        shown.push((place, value));
                    } else {
                        dropped = dropped.saturating_add(1);
                    }
                }
            }
        }
        // Another page must not have other columns than the first.
        if !self.names.is_empty() && self.names != names {
            return Err(TableError::Unlike);
        }
        self.names = names;
        self.shown = Some(shown);
        self.dropped = dropped;
        Ok(())
    }
}

/// One column of ingest results: its name, what may stand in it, and whether it may be shown.
fn outcome(columns: &[(Column, bool)], id: Value, cell: &str) -> Option<(String, Value, bool)> {
    let own = [("sf__Id", id), ("sf__Created", Value::Flag), ("sf__Error", Value::Error)];
    if let Some((name, value)) = own.iter().find(|(name, _)| *name == cell) {
        return Some(((*name).to_owned(), *value, true));
    }
    let found = Column::parse(cell).ok()?;
    let (column, visible) = columns.iter().find(|(column, _)| *column == found)?;
    Some((column.to_string(), Value::Field, *visible))
}

/// A value as it may be shown; `None` where it is not what the column holds.
fn reduced(text: &str, value: Value) -> Option<Cow<'_, str>> {
    let shown = match value {
        // An empty cell stands for null.
        Value::Masked(masking) if !text.is_empty() => return Some(masking.shown(text).into()),
        Value::Masked(_) | Value::Field => Some(text),
        Value::Id => (text.is_empty() || RecordId::parse(text).is_ok()).then_some(text),
        Value::Withheld => Some(""),
        Value::Flag => matches!(text, "" | "true" | "false").then_some(text),
        Value::Error => {
            let code = text.split(':').next().unwrap_or_default();
            let plain = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
            let known = code.len() <= 80 && code.bytes().all(plain);
            Some(if known { code } else { "UNKNOWN_EXCEPTION" })
        }
    };
    shown.map(Cow::Borrowed)
}
