//! The keys that may come back, level by level, computed from the operation that was permitted.

use std::collections::BTreeMap;

use crate::salesforce::Operation;
use crate::soql::ast::{FieldExpr, Ident, Path, Query, SelectItem};

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
            Operation::Query(call) => Some(Self::Rows(row(&call.query))),
            Operation::GetRecord { fields, .. } => Some(Self::of_fields(fields)),
            Operation::Search(_)
            | Operation::GetLimits
            | Operation::ListObjects
            | Operation::DescribeObject { .. }
            | Operation::GetRelated { .. }
            | Operation::CreateRecord { .. }
            | Operation::UpdateRecord { .. }
            | Operation::UpsertRecord { .. }
            | Operation::DeleteRecord { .. }
            | Operation::RecentlyViewed { .. }
            | Operation::CurrentUser
            | Operation::Records(_)
            | Operation::Envelope(_)
            | Operation::Bulk(_)
            | Operation::Report(_)
            | Operation::Metadata(_) => None,
        }
    }
}

impl Shape {
    /// A record with these fields.
    pub(super) fn of_fields(fields: &[Path]) -> Self {
        let mut keys = BTreeMap::new();
        for path in fields {
            add(&mut keys, path);
        }
        Self::Record(keys)
    }
}

/// The keys of one row. In the rows of an aggregate query paths come back under their last name and
/// unnamed expressions as `expr0`, `expr1`, … (SOQL and SOSL Reference, "GROUP BY").
pub(super) fn row(query: &Query) -> BTreeMap<String, Shape> {
    let aggregate = query.is_aggregate();
    let mut keys = BTreeMap::new();
    let mut unnamed = 0usize;
    for item in &query.select {
        match item {
            // A query that was resolved has its fields by name.
            SelectItem::Count | SelectItem::Fields { .. } => {}
            SelectItem::Typeof { choice, .. } => {
                let record = steps(&mut keys, choice.relationship.segments());
                let branches = choice.branches.iter().flat_map(|branch| &branch.fields);
                if let Some(record) = record {
                    for field in branches.chain(&choice.otherwise) {
                        add(record, field);
                    }
                }
            }
            SelectItem::Child { query, .. } => {
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
            SelectItem::Field { expr, alias: None } if !aggregate && expr.keeps_name() => {
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

fn fold(name: &str) -> String {
    name.to_ascii_lowercase()
}

fn add(keys: &mut BTreeMap<String, Shape>, path: &Path) {
    if let Some(keys) = steps(keys, path.qualifiers.iter()) {
        keys.entry(fold(path.last.as_str())).or_insert(Shape::Value);
    }
}

/// The keys of the record at the end of these relationships.
fn steps<'a, 'b>(
    keys: &'a mut BTreeMap<String, Shape>,
    relationships: impl Iterator<Item = &'b Ident>,
) -> Option<&'a mut BTreeMap<String, Shape>> {
    let mut keys = keys;
    for step in relationships {
        let parent =
            keys.entry(fold(step.as_str())).or_insert_with(|| Shape::Record(BTreeMap::new()));
        match parent {
            Shape::Record(inner) => keys = inner,
            // A relationship never has the name of a selected field or child relationship.
            Shape::Value | Shape::Rows(_) => return None,
        }
    }
    Some(keys)
}
