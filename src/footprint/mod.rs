//! `Operation` × org schema → `Footprint`: every object and field that an operation touches.
//!
//! There is one function for this, [`resolve`], so there is one place to be sound in. It brings all
//! names to describe's spelling on the way, so that what is printed and sent is what was judged.
//! Whether it is permitted is left to `policy`.

mod access;
mod choice;
mod clause;
mod error;
mod fields;
mod path;
mod query;
mod search;
mod suggest;

pub use access::{Access, Action, Footprint, Target};
pub use error::{FootprintError, Unresolved};

use std::collections::BTreeSet;

use serde_json::Value;
use smol_str::SmolStr;

use crate::org::{Object, Schema};
use crate::salesforce::{FieldName, ObjectName, Operation};
use crate::soql::ast::{Query, SelectItem};
use path::{Scope, Walk};

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
    let mut rows = Some(1);
    let operation = match operation {
        Operation::GetLimits => {
            walk.touch(Action::ReadLimits, Target::Org, "");
            Operation::GetLimits
        }
        Operation::ListObjects => {
            walk.touch(Action::ListObjects, Target::Org, "");
            for object in schema.objects() {
                walk.prune(describe(Target::Object(object.name.clone())));
            }
            rows = None;
            Operation::ListObjects
        }
        Operation::DescribeObject { object } => {
            let object = walk.object(object.as_str())?;
            walk.touch(Action::Describe, Target::Object(object.name.clone()), "");
            describe_parts(&mut walk, &object, schema);
            Operation::DescribeObject { object: object.name.clone() }
        }
        Operation::Query(query) => {
            let query = walk.query(*query)?;
            rows = most_rows(&query);
            Operation::Query(Box::new(query))
        }
        Operation::Search(search) => {
            let search = walk.search(&search)?;
            rows = Some(search.most_rows());
            Operation::Search(Box::new(search))
        }
        Operation::GetRecord { object, id, fields } => {
            let object = walk.record(&object, &id)?;
            let scope = Scope::of(object);
            let mut resolved = Vec::new();
            let mut known = BTreeSet::new();
            for field in &fields {
                let path = walk.path(&scope, field, &[Action::Select])?;
                if known.insert(path.to_string()) {
                    resolved.push(path);
                }
            }
            Operation::GetRecord { object: scope.object.name.clone(), id, fields: resolved }
        }
        Operation::CreateRecord { object, values } => {
            let object = walk.object(object.as_str())?;
            let (object, values) = write(&mut walk, Action::Create, &object, values)?;
            Operation::CreateRecord { object, values }
        }
        Operation::UpdateRecord { object, id, values } => {
            let object = walk.record(&object, &id)?;
            let (object, values) = write(&mut walk, Action::Update, &object, values)?;
            Operation::UpdateRecord { object, id, values }
        }
        Operation::DeleteRecord { object, id } => {
            let object = walk.record(&object, &id)?.name.clone();
            walk.touch(Action::Delete, Target::Object(object.clone()), "");
            Operation::DeleteRecord { object, id }
        }
    };
    Ok(Resolved { operation, footprint: walk.finish(rows) })
}

fn describe(target: Target) -> Access {
    Access { action: Action::Describe, target, path: SmolStr::default(), opaque: false }
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

/// The values of a new or changed record: known fields, each once, each with a scalar value. A
/// nested object would be a lookup on another object, so it is refused. A compound field sets its
/// parts, so that each of them is written too.
fn write(
    walk: &mut Walk<'_>,
    action: Action,
    object: &Object,
    values: Vec<(FieldName, Value)>,
) -> Result<(ObjectName, Vec<(FieldName, Value)>), FootprintError> {
    if values.is_empty() {
        return Err(Unresolved::NothingToWrite.into());
    }
    let mut resolved: Vec<(FieldName, Value)> = Vec::with_capacity(values.len());
    let mut written = BTreeSet::new();
    for (name, value) in values {
        let field = path::field(object, || object.name.to_string(), name.as_str())?;
        if field.name.as_str().eq_ignore_ascii_case("Id") || field.calculated {
            return Err(Unresolved::NotWritable(format!("{}.{}", object.name, field.name)).into());
        }
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
            Value::Array(_) | Value::Object(_) => {
                return Err(Unresolved::Value(field.name.to_string()).into());
            }
        }
        if !written.insert(field.name.clone()) {
            return Err(Unresolved::WrittenTwice(field.name.to_string()).into());
        }
        for part in std::iter::once(&field.name).chain(&field.components) {
            let target = Target::Field(object.name.clone(), part.clone());
            walk.touch(action, target, name.as_str());
        }
        resolved.push((field.name.clone(), value));
    }
    Ok((object.name.clone(), resolved))
}
