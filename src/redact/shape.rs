//! The keys that may come back, level by level, computed from the operation that was permitted.

use super::keys::Keys;
use super::mask::{Masking, Masks};
use crate::footprint::Masked;
use crate::salesforce::Operation;
use crate::soql::ast::{FieldExpr, Ident, Path, Query, SelectItem};

/// What may stand at one place of an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// One value, of which only a mask is shown.
    Masked(Masking),
    /// One value: text, a number, a boolean, null, or the parts of an address or a location.
    Value,
    /// A record: these keys, compared without case, and the type in `attributes`.
    Record(Keys),
    /// The rows of a query or of a child subquery, each a record with these keys.
    Rows(Keys),
}

impl Shape {
    /// The shape of the answer to a query or a record read; `None` for other operations, and where
    /// not all that is to be masked has its place in it.
    pub(super) fn of(operation: &Operation, masked: &Masked, masks: &Masks) -> Option<Self> {
        match operation {
            Operation::Query(call) => Some(Self::Rows(row(&call.query, masked, masks)))
                .filter(|shape| shape.masks(masked)),
            Operation::GetRecord { fields, .. } => Self::of_fields(fields, masked, masks),
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
    /// A record with these fields; `None` where not all that is to be masked is among them.
    pub(super) fn of_fields(fields: &[Path], masked: &Masked, masks: &Masks) -> Option<Self> {
        let mut keys = Keys::default();
        for path in fields {
            add(&mut keys, path, value(path, masked, masks));
        }
        Some(Self::Record(keys)).filter(|shape| shape.masks(masked))
    }

    /// Whether all that is to be masked has its place.
    fn masks(&self, masked: &Masked) -> bool {
        masked.is_empty() || self.count_masked() == masked.fields().len()
    }

    fn count_masked(&self) -> usize {
        match self {
            Self::Value => 0,
            Self::Masked(_) => 1,
            Self::Record(keys) | Self::Rows(keys) => count_masked(keys),
        }
    }
}

/// The keys of one row. In the rows of an aggregate query paths come back under their last name and
/// unnamed expressions as `expr0`, `expr1`, … (SOQL and SOSL Reference, "GROUP BY").
pub(super) fn row(query: &Query, masked: &Masked, masks: &Masks) -> Keys {
    let aggregate = query.is_aggregate();
    let mut keys = Keys::default();
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
                        add(record, field, Shape::Value);
                    }
                }
            }
            SelectItem::Child { query, .. } => {
                let name = query.from.source.last.as_str();
                let rows = Shape::Rows(row(query, masked.list(name), masks));
                keys.put(name, rows);
            }
            SelectItem::Field { alias: Some(alias), .. } => {
                keys.put(alias.as_str(), Shape::Value);
            }
            SelectItem::Field { expr: FieldExpr::Path(path), alias: None } if aggregate => {
                keys.put(path.last.as_str(), Shape::Value);
            }
            SelectItem::Field { expr: FieldExpr::Path(path), alias: None } => {
                add(&mut keys, path, value(path, masked, masks));
            }
            SelectItem::Field { expr, alias: None } if !aggregate && expr.keeps_name() => {
                add(&mut keys, expr.path(), Shape::Value);
            }
            SelectItem::Field { alias: None, .. } => {
                keys.put(&format!("expr{unnamed}"), Shape::Value);
                unnamed = unnamed.saturating_add(1);
            }
        }
    }
    keys
}

/// How many fields of a row are masked.
pub(super) fn count_masked(keys: &Keys) -> usize {
    keys.shapes().map(Shape::count_masked).sum()
}

fn value(path: &Path, masked: &Masked, masks: &Masks) -> Shape {
    let masked = if masked.is_empty() { None } else { masked.field(&path.to_string()) };
    masked.map_or(Shape::Value, |field| Shape::Masked(masks.masking(field)))
}

/// What one of two fields of a name masks is masked.
fn add(keys: &mut Keys, path: &Path, shape: Shape) {
    if let Some(keys) = steps(keys, path.qualifiers.iter()) {
        let name = path.last.as_str();
        if keys.get_mut(name).is_none_or(|known| *known == Shape::Value) {
            keys.put(name, shape);
        }
    }
}

/// The keys of the record at the end of these relationships.
fn steps<'a, 'b>(
    keys: &'a mut Keys,
    relationships: impl Iterator<Item = &'b Ident>,
) -> Option<&'a mut Keys> {
    let mut keys = keys;
    for step in relationships {
        let name = step.as_str();
        if keys.get_mut(name).is_none() {
            keys.put(name, Shape::Record(Keys::default()));
        }
        match keys.get_mut(name)? {
            Shape::Record(inner) => keys = inner,
            // A relationship never has the name of a selected field or child relationship.
            Shape::Value | Shape::Masked(_) | Shape::Rows(_) => return None,
        }
    }
    Some(keys)
}
