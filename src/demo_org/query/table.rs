//! Queries whose rows are lines of a table: plain fields, also of parents, and nothing below.

use std::sync::Arc;

use super::super::answer::Refusal;
use super::super::catalog::{Catalog, FieldDef, Kind, ObjectDef};
use super::super::value::Value;
use super::expression::Expression;
use super::plan::Plan;
use super::resolve::{Column, Leaf, Scope};
use super::{Context, Fault, Row};
use crate::soql::ast::{Query, SelectItem, Span};

/// Columns and rows.
#[derive(Debug)]
pub(in super::super) struct Table {
    /// The object of `FROM`.
    pub(in super::super) object: String,
    pub(in super::super) header: Vec<String>,
    pub(in super::super) rows: Vec<Vec<Value>>,
}

/// Runs a query as a table. `GROUP BY`, `OFFSET`, `TYPEOF`, aggregates, compound fields and child
/// subqueries have no place in one.
pub(in super::super) fn table(context: Context<'_>, text: &str) -> Result<Table, Refusal> {
    let query = crate::soql::parse(text)
        .map_err(|error| Fault::malformed(error.to_string(), error.span).refusal(text))?;
    refuse_other_clauses(&query)?;
    run(context, &query).map_err(|fault| fault.refusal(text)).and_then(|found| match found {
        Ok(table) => Ok(table),
        Err(what) => Err(unsupported(what)),
    })
}

fn unsupported(what: &str) -> Refusal {
    Refusal::new(400, "API_ERROR", format!("{what} is not supported in a bulk query"))
}

fn refuse_other_clauses(query: &Query) -> Result<(), Refusal> {
    if query.group_by.is_some() {
        return Err(unsupported("GROUP BY"));
    }
    if query.offset.is_some() {
        return Err(unsupported("OFFSET"));
    }
    let other = query.select.iter().find_map(|item| match item {
        SelectItem::Field { expr, .. } if expr.is_aggregate() => Some("an aggregate function"),
        SelectItem::Field { .. } => None,
        SelectItem::Count => Some("COUNT()"),
        SelectItem::Child { .. } => Some("a parent-to-child subquery"),
        SelectItem::Fields { .. } => Some("FIELDS()"),
        SelectItem::Typeof { .. } => Some("TYPEOF"),
    });
    other.map_or(Ok(()), |what| Err(unsupported(what)))
}

fn run(context: Context<'_>, query: &Query) -> Result<Result<Table, &'static str>, Fault> {
    let plan = Plan::of(context, query)?;
    let no_object = || Fault::malformed("no object", Span::default());
    let object = context.store.catalog().at(plan.object().index).ok_or_else(no_object)?;
    let scope = Scope::new(context.store.catalog(), object, &query.from);
    let mut columns = Vec::new();
    let mut header = Vec::new();
    for item in &query.select {
        let SelectItem::Field { expr, alias } = item else { continue };
        let column = Expression::of(&scope, expr)?;
        if column.column.field().is_some_and(|field| field.kind == Kind::Address) {
            return Ok(Err("a compound address field"));
        }
        header.push(alias.as_ref().map_or_else(|| column.column.path(), ToString::to_string));
        columns.push(column);
    }
    let rows = plan.found(context);
    let cells = |row| columns.iter().map(|column| column.value(context, row)).collect();
    let rows = rows.into_iter().map(cells).collect();
    Ok(Ok(Table { object: object.name.clone(), header, rows }))
}

/// A field, perhaps of a parent, that is read row by row.
#[derive(Debug)]
pub(in super::super) struct FieldPath(Column);

/// The field at the end of a path from an object.
pub(in super::super) fn field_path(
    catalog: &Catalog,
    object: &Arc<ObjectDef>,
    path: &str,
) -> Option<FieldPath> {
    let column = Scope::bare(catalog, object).column(&super::shape::path(path)?).ok()?;
    Some(FieldPath(column))
}

impl FieldPath {
    /// The field, where its object is known.
    pub(in super::super) fn field(&self) -> Option<&FieldDef> {
        self.0.field()
    }

    /// `Object.Field`, where the object is known.
    pub(in super::super) fn qualified_name(&self) -> Option<String> {
        match &self.0.leaf {
            Leaf::Field(object, _) => Some(format!("{}.{}", object.name, self.0.name())),
            Leaf::Name(_) => None,
        }
    }

    /// The value in a row.
    pub(in super::super) fn value(&self, context: Context<'_>, row: Row<'_>) -> Value {
        self.0.value(context, row)
    }
}
