//! `createBulkJob`: a job that writes or queries many records.

use schemars::JsonSchema;
use serde::Deserialize;

use super::argument::{ObjectArgument, Records};
use super::bulk_rows::{RowsArgument, read_csv};
use super::{ArgumentError, Definition, Effect, Seals, Tag};
use crate::csv::{Delimiter, Dialect, LineEnding};
use crate::footprint::Action;
use crate::salesforce::bulk::{BulkOperation, BulkQuery, Columns, Ingest, IngestOperation, Rows};
use crate::salesforce::{FieldName, Operation};
use crate::soql;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct CreateBulkJob {
    /// What the job does: `insert`, `update`, `upsert`, `delete`, `query` or `queryAll`.
    operation: String,
    /// API name of the object whose records are written. Not for queries.
    #[serde(default)]
    #[schemars(with = "ObjectArgument")]
    object: Option<ObjectArgument>,
    /// For `upsert`: the field that says which record each row is, one that describeObject shows as
    /// an external id.
    #[serde(default)]
    #[schemars(with = "String")]
    external_id_field: Option<String>,
    /// The records, at most 100,000 characters in all: objects with the same field names in each,
    /// for example `[{"Id":"003…","Email":"a@b.example"}]`. A lookup may be set by a field of its
    /// parent: `"Account.ExternalKey__c"`. Null clears a field, an empty text leaves it as it is.
    #[serde(default)]
    #[schemars(with = "Records")]
    rows: Option<RowsArgument>,
    /// The same records as CSV text, with a header.
    #[serde(default)]
    #[schemars(with = "String")]
    csv: Option<String>,
    /// For more records than that: the names of the columns of a file that will be sent to the
    /// `uploadUrl` of the answer. Instead of `rows` and `csv`.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    columns: Option<Vec<String>>,
    /// What separates the fields of `csv` or of the file: COMMA (if left out), TAB, SEMICOLON, PIPE,
    /// CARET or BACKQUOTE.
    #[serde(default)]
    #[schemars(with = "String")]
    column_delimiter: Option<String>,
    /// What ends the lines of `csv` or of the file: LF (if left out) or CRLF.
    #[serde(default)]
    #[schemars(with = "String")]
    line_ending: Option<String>,
    /// The most rows that the file may have.
    #[serde(default)]
    #[schemars(with = "u32")]
    max_rows: Option<u32>,
    /// For `query` and `queryAll`: the SOQL query, without GROUP BY, OFFSET, TYPEOF, subqueries,
    /// functions in SELECT and compound fields.
    #[serde(default)]
    #[schemars(with = "String")]
    query: Option<String>,
}

impl Definition for CreateBulkJob {
    const NAME: &'static str = "createBulkJob";
    const UNIFIED: &'static str = "create_a_salesforce_bulk_job";
    const TITLE: &'static str = "Create bulk job";
    const DESCRIPTION: &'static str = "Starts a job that writes or queries many records and \
        returns its id. Use it for more than 200 records; for fewer, the tools for single records \
        answer at once. Records go in `rows` or `csv`, or, for large files, as `columns` now and \
        the file later. Then call getBulkJob until the state is JobComplete, and \
        getBulkJobResults.";
    const ACTIONS: &'static [Action] =
        &[Action::Create, Action::Update, Action::Delete, Action::Select];
    const EFFECT: Effect = Effect::Varies;
    const TAG: Tag = Tag::Bulk;
    const EXAMPLE: &'static str = r#"{"operation":"insert","object":"Task","rows":[{"Subject":"Call back","Status":"Not Started","Priority":"Normal"},{"Subject":"Send offer","Status":"Not Started","Priority":"High"}]}"#;

    fn operation(self, _: &Seals<'_>) -> Result<Operation, ArgumentError> {
        let operation = match self.operation.as_str() {
            "query" => self.query_job(false)?,
            "queryAll" => self.query_job(true)?,
            "insert" => self.ingest_job(IngestOperation::Insert)?,
            "update" => self.ingest_job(IngestOperation::Update)?,
            "delete" => self.ingest_job(IngestOperation::Delete)?,
            "upsert" => {
                let field = self.external_id_field.as_deref();
                let field = field.ok_or_else(|| wrong("an upsert needs `externalIdField`"))?;
                let field = FieldName::parse(field).map_err(|error| wrong(&error.to_string()))?;
                self.ingest_job(IngestOperation::Upsert { field })?
            }
            "hardDelete" => {
                return Err(wrong("hardDelete is refused: use delete, which can be undone"));
            }
            "refresh" | "consentImport" => {
                let text =
                    format!("{} is refused: what it replaces can't be named", self.operation);
                return Err(wrong(&text));
            }
            _ => {
                return Err(wrong(
                    "`operation` must be insert, update, upsert, delete, query or queryAll",
                ));
            }
        };
        Ok(Operation::Bulk(operation))
    }
}

fn wrong(text: &str) -> ArgumentError {
    ArgumentError::Shape(text.to_owned())
}

impl CreateBulkJob {
    fn query_job(self, all_rows: bool) -> Result<BulkOperation, ArgumentError> {
        let others = self.object.is_some()
            || self.external_id_field.is_some()
            || self.rows.is_some()
            || self.csv.is_some()
            || self.columns.is_some()
            || self.column_delimiter.is_some()
            || self.line_ending.is_some()
            || self.max_rows.is_some();
        if others {
            return Err(wrong("a query job takes `operation` and `query` only; bound it by LIMIT"));
        }
        let query = self.query.ok_or_else(|| wrong("a query job needs `query`"))?;
        let query = soql::parse(&query).map_err(ArgumentError::Soql)?;
        Ok(BulkOperation::CreateQuery(Box::new(BulkQuery { query, all_rows })))
    }

    fn ingest_job(self, operation: IngestOperation) -> Result<BulkOperation, ArgumentError> {
        let dialect = self.dialect()?;
        if self.query.is_some() {
            return Err(wrong("`query` is for the operations query and queryAll"));
        }
        let upserts = matches!(operation, IngestOperation::Upsert { .. });
        if self.external_id_field.is_some() && !upserts {
            return Err(wrong("`externalIdField` is for the operation upsert"));
        }
        let object = self.object.ok_or_else(|| wrong("`object` is missing"))?.0;
        let as_written = self.column_delimiter.is_some() || self.line_ending.is_some();
        let (names, rows) = match (self.rows, self.csv, self.columns) {
            (Some(_), None, None) if as_written => {
                return Err(wrong(
                    "`columnDelimiter` and `lineEnding` are for CSV, not for `rows`",
                ));
            }
            (Some(RowsArgument { columns, rows }), None, None) => (columns, Rows::Inline(rows)),
            (None, Some(text), None) => {
                let (columns, rows) = read_csv(&text, dialect)?;
                (columns, Rows::Inline(rows))
            }
            (None, None, Some(columns)) => {
                (columns, Rows::Later { dialect, max_rows: self.max_rows })
            }
            (None, None, None) => {
                return Err(wrong("the records are missing: give `rows`, `csv` or `columns`"));
            }
            _ => return Err(wrong("give one of `rows`, `csv` and `columns`")),
        };
        if matches!(rows, Rows::Inline(_)) && self.max_rows.is_some() {
            return Err(wrong("`maxRows` is for a file that comes later"));
        }
        let columns = Columns::parse(names.iter().map(String::as_str));
        let columns = columns.map_err(|error| wrong(&error.to_string()))?;
        Ok(BulkOperation::CreateIngest { ingest: Ingest { object, operation, columns }, rows })
    }

    fn dialect(&self) -> Result<Dialect, ArgumentError> {
        let delimiter = match self.column_delimiter.as_deref() {
            None => Delimiter::default(),
            Some(name) => Delimiter::from_name(name).ok_or_else(|| {
                wrong("`columnDelimiter` must be COMMA, TAB, SEMICOLON, PIPE, CARET or BACKQUOTE")
            })?,
        };
        let line_ending = match self.line_ending.as_deref() {
            None => LineEnding::default(),
            Some(name) => LineEnding::from_name(name)
                .ok_or_else(|| wrong("`lineEnding` must be LF or CRLF"))?,
        };
        Ok(Dialect { delimiter, line_ending })
    }
}
