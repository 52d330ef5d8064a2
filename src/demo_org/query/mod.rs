//! Queries, run for real over the syntax tree.
//!
//! The org reads names on its own (it does not use `footprint`), so that what Fieldgate believes
//! that a query reads can be held against what a query did read.

mod aggregate;
mod dates;
mod expression;
mod filter;
mod plan;
mod resolve;
mod search;
mod shape;
mod table;

use std::sync::Arc;

use super::answer::Refusal;
use super::catalog::ObjectDef;
use super::json::Json;
use super::store::{Record, Store};
use crate::soql::ast::Span;

pub(super) use search::search;
pub(super) use shape::{all_fields, fields, fields_of_all};
pub(super) use table::{FieldPath, Table, field_path, table};

/// What a query is run in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context<'a> {
    pub(super) store: &'a Store,
    pub(super) now: jiff::Timestamp,
    /// The version that urls of records name, for example `68.0`.
    pub(super) version: &'a str,
    /// Whether deleted records are seen, as `queryAll` does.
    pub(super) deleted: bool,
}

/// A record with its object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a> {
    pub(super) object: &'a Arc<ObjectDef>,
    pub(super) record: &'a Record,
}

/// What came out: the rows that the answer shows, and how many there are in all.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) total: usize,
    pub(super) rows: Vec<Json>,
    /// Whether the rows are groups, which have no further pages.
    pub(super) grouped: bool,
}

/// Runs a query.
pub(super) fn run(context: Context<'_>, text: &str) -> Result<Outcome, Refusal> {
    let query = crate::soql::parse(text)
        .map_err(|error| Fault::malformed(error.to_string(), error.span).refusal(text))?;
    plan::Plan::of(context, &query)
        .and_then(|plan| plan.run(context))
        .map_err(|fault| fault.refusal(text))
}

/// Why a query can't be run, and where in it.
#[derive(Debug)]
pub(super) struct Fault {
    code: &'static str,
    message: String,
    span: Span,
}

impl Fault {
    fn new(code: &'static str, message: impl Into<String>, span: Span) -> Self {
        Self { code, message: message.into(), span }
    }

    fn malformed(message: impl Into<String>, span: Span) -> Self {
        Self::new("MALFORMED_QUERY", message, span)
    }

    fn field(message: impl Into<String>, span: Span) -> Self {
        Self::new("INVALID_FIELD", message, span)
    }

    /// In Salesforce's form: the text around the place, a caret, row and column, the reason.
    pub(super) fn refusal(self, text: &str) -> Refusal {
        let before = text.get(..self.span.start).unwrap_or(text);
        let (rows, line) = before.rsplit_once('\n').map_or((0, before), |(earlier, line)| {
            (earlier.matches('\n').count().saturating_add(1), line)
        });
        let column = line.chars().count().saturating_add(1);
        let row = rows.saturating_add(1);
        let shown = column.min(30).saturating_sub(1);
        let start: String =
            line.chars().skip(column.saturating_sub(1).saturating_sub(shown)).collect();
        let rest = text.get(self.span.start..).unwrap_or_default();
        let rest: String = rest.chars().take_while(|c| *c != '\n').take(30).collect();
        let caret = " ".repeat(shown);
        let message = self.message;
        Refusal::new(
            400,
            self.code,
            format!("\n{start}{rest}\n{caret}^\nERROR at Row:{row}:Column:{column}\n{message}"),
        )
    }
}
