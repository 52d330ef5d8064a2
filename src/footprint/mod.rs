//! `Operation` × org schema → `Footprint`: every object and field that an operation touches.
//!
//! There is one function for this, [`resolve`], so there is one place to be sound in. It brings all
//! names to describe's spelling on the way, so that what is printed and sent is what was judged.
//! Whether it is permitted is left to `policy`.

mod access;
mod choice;
mod bulk;
mod clause;
mod collection;
mod envelope;
mod error;
mod fields;
mod keys;
mod known;
mod masked;
mod metadata;
mod narrow;
mod path;
mod person;
mod privilege;
mod query;
mod record;
mod reference;
mod related;
mod report;
mod search;
mod suggest;

pub use access::{Access, Action, Footprint, PartFootprint, Target, TargetKind};
pub use error::{FootprintError, Unresolved};
pub use masked::{Holds, Masked, MaskedField};
pub use person::{NAME_PARTS, USER_INFO};

use std::collections::BTreeSet;

use crate::org::{Object, Schema};
use crate::salesforce::{Operation, QueryCall};
use crate::soql::ast::{Query, SelectItem};
use path::Walk;

#[cfg(test)]
mod tests;

/// An operation whose names are all known to the org schema, with what it touches.
#[derive(Debug)]
pub struct Resolved {
    operation: Operation,
    footprint: Footprint,
}

impl Resolved {
    /// The operation, its names in describe's spelling.
    pub fn operation(&self) -> &Operation {
        &self.operation
    }

    /// What it touches.
    pub fn footprint(&self) -> &Footprint {
        &self.footprint
    }
}

/// Looks every name of an operation up in the org's schema and gathers what it touches. What can't
/// be resolved is an error, and so a denial.
pub fn resolve(operation: Operation, schema: &Schema) -> Result<Resolved, FootprintError> {
    let mut walk = Walk::new(schema);
    let (operation, rows) = walk.operation(operation, Place::Alone)?;
    Ok(Resolved { operation, footprint: walk.finish(rows) })
}

/// Where an operation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// It is the whole call, or a part that knows nothing of the others.
    Alone,
    /// Among parts of which each may refer to the answers of those before it.
    AmongParts,
}

/// An operation in describe's spelling, and how many rows it answers with at the most.
type Walked = (Operation, Option<u32>);

impl Walk<'_> {
    fn operation(&mut self, operation: Operation, place: Place) -> Result<Walked, FootprintError> {
        Ok(match operation {
            Operation::GetLimits => {
                self.touch(Action::ReadLimits, Target::Org, "");
                (Operation::GetLimits, Some(1))
            }
            Operation::ListObjects => {
                self.touch(Action::ListObjects, Target::Org, "");
                for object in self.schema.objects() {
                    self.prune(describe(Target::Object(object.name.clone())));
                }
                (Operation::ListObjects, None)
            }
            Operation::DescribeObject { object } => {
                let object = self.object(object.as_str())?;
                self.touch(Action::Describe, Target::Object(object.name.clone()), "");
                describe_parts(self, &object, self.schema);
                (Operation::DescribeObject { object: object.name.clone() }, Some(1))
            }
            Operation::Query(call) => {
                let query = self.query(call.query)?;
                let rows = most_rows(&query);
                (Operation::Query(Box::new(QueryCall { query, ..*call })), rows)
            }
            Operation::Search(search) => {
                let search = self.search(&search)?;
                let rows = search.most_rows();
                (Operation::Search(Box::new(search)), Some(rows))
            }
            Operation::GetRelated { object, id, path, fields, limit } => {
                self.related(&object, &id, &path, &fields, limit)?
            }
            Operation::GetRecord { .. }
            | Operation::CreateRecord { .. }
            | Operation::UpdateRecord { .. }
            | Operation::UpsertRecord { .. }
            | Operation::DeleteRecord { .. } => (self.record_operation(operation, place)?, Some(1)),
            Operation::RecentlyViewed { objects, limit } => {
                self.recently_viewed(&objects, limit)?
            }
            Operation::CurrentUser => self.current_user()?,
            Operation::Records(operation) => self.collection(operation, place)?,
            Operation::Envelope(envelope) => self.envelope(envelope)?,
            Operation::Bulk(operation) => self.bulk(operation)?,
            Operation::Report(operation) => self.report(operation)?,
            Operation::Metadata(operation) => self.metadata(operation)?,
        })
    }
}

fn describe(target: Target) -> Access {
    Access::plain(Action::Describe, target)
}

/// A describe answer names the object's own fields, and the objects on the other side of its
/// lookups and child relationships.
fn describe_parts(walk: &mut Walk<'_>, object: &Object, schema: &Schema) {
    for field in object.fields() {
        walk.prune(describe(Target::Field(object.name.clone(), field.name.clone())));
    }
    let mut others = BTreeSet::new();
    others.extend(object.fields().flat_map(|field| field.reference_to.iter()));
    others.extend(object.children().map(|child| &child.object));
    for name in others {
        if let Some(other) = schema.object(name) {
            walk.prune(describe(Target::Object(other.name.clone())));
        }
    }
    for child in object.children() {
        if let Some(lookup) = schema.object(&child.object).and_then(|o| o.field(&child.field)) {
            walk.prune(describe(Target::Field(child.object.clone(), lookup.name.clone())));
        }
    }
}

/// How many rows a query answers with at the most, those of its child subqueries included: its
/// `LIMIT`, or one for an aggregate over all, and as many children for each as they have together.
fn most_rows(query: &Query) -> Option<u32> {
    let own = match (query.is_single_row(), query.limit) {
        (true, Some(limit)) => limit.min(1),
        (true, None) => 1,
        (false, limit) => limit?,
    };
    let mut each = 1u32;
    for item in &query.select {
        match item {
            SelectItem::Child { query, .. } => each = each.saturating_add(most_rows(query)?),
            SelectItem::Count
            | SelectItem::Field { .. }
            | SelectItem::Fields { .. }
            | SelectItem::Typeof { .. } => {}
        }
    }
    Some(own.saturating_mul(each))
}
