//! The keys that may come back, level by level, computed from the operation that was permitted.

use std::collections::BTreeMap;

use crate::salesforce::Operation;
use crate::soql::ast::{FieldExpr, Function, Path, Query, SelectItem};

/// What may stand at one place of an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// One value: text, a number, a boolean, null, or the parts of an address or a location.
    Value,
    /// A record: these keys, compared without case, and the type in `attributes`.
    Record(BTreeMap<String, Self>),
    /// The rows of a query or of a child subquery, each a record with these keys.
    Rows(BTreeMap<String, Self>),
}

impl Shape {
    /// The shape of the answer to a query or a record read; `None` for other operations.
    pub(super) fn of(operation: &Operation) -> Option<Self> {
        match operation {
            Operation::Query(query) => Some(Self::Rows(row(query))),
            Operation::GetRecord { fields, .. } => {
                let mut keys = BTreeMap::new();
                for path in fields {
                    add(&mut keys, path);
                }
                Some(Self::Record(keys))
            }
            Operation::Search(_)
            | Operation::GetLimits
            | Operation::ListObjects
            | Operation::DescribeObject { .. }
            | Operation::CreateRecord { .. }
            | Operation::UpdateRecord { .. }
            | Operation::DeleteRecord { .. } => None,
        }
    }
}

/// The keys of one row. In the rows of an aggregate query paths come back under their last name and
/// unnamed expressions as `expr0`, `expr1`, … (SOQL and SOSL Reference, "GROUP BY").
pub(super) fn row(query: &Query) -> BTreeMap<String, Shape> {
    let aggregate = query.group_by.is_some()
        || query.select.iter().any(|item| match item {
            SelectItem::Field { expr, .. } => expr.is_aggregate(),
            SelectItem::Count | SelectItem::Child { .. } => false,
        });
    let mut keys = BTreeMap::new();
    let mut unnamed = 0usize;
    for item in &query.select {
        match item {
            SelectItem::Count => {}
            SelectItem::Child { query } => {
                keys.insert(fold(query.from.source.last.as_str()), Shape::Rows(row(query)));
            }
            SelectItem::Field { alias: Some(alias), .. } => {
                keys.insert(fold(alias.as_str()), Shape::Value);
            }
            SelectItem::Field { expr: FieldExpr::Path(path), alias: None } if aggregate => {
                keys.insert(fold(path.last.as_str()), Shape::Value);
            }
            SelectItem::Field { expr: FieldExpr::Path(path), alias: None } => {
                add(&mut keys, path);
            }
            SelectItem::Field { expr, alias: None } if !aggregate && keeps_name(expr) => {
                add(&mut keys, expr.path());
            }
            SelectItem::Field { alias: None, .. } => {
                keys.insert(format!("expr{unnamed}"), Shape::Value);
                unnamed = unnamed.saturating_add(1);
            }
        }
    }
    keys
}

/// Whether the value of a function comes back under the name of its field.
fn keeps_name(expr: &FieldExpr) -> bool {
    expr.functions().all(|function| {
        matches!(function, Function::ToLabel | Function::ConvertCurrency | Function::Format)
    })
}

fn fold(name: &str) -> String {
    name.to_ascii_lowercase()
}

fn add(keys: &mut BTreeMap<String, Shape>, path: &Path) {
    let mut keys = keys;
    for step in &path.qualifiers {
        let parent =
            keys.entry(fold(step.as_str())).or_insert_with(|| Shape::Record(BTreeMap::new()));
        match parent {
            Shape::Record(inner) => keys = inner,
            // A relationship never has the name of a selected field or child relationship.
            Shape::Value | Shape::Rows(_) => return,
        }
    }
    keys.entry(fold(path.last.as_str())).or_insert(Shape::Value);
}
