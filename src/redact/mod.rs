//! Answers pruned to what was permitted: the second wall.
//!
//! From the permitted operation follows which keys may come back at each level; everything else is
//! dropped, whatever Salesforce sends. An answer that doesn't have the form that it must have is an
//! error, and nothing of it is passed on.

mod bulk;
mod collection;
mod definition;
mod envelope;
mod metadata;
mod person;
mod report;
mod search;
mod shape;
mod stream;
mod table;
mod text;

use std::collections::BTreeSet;

use serde::de::DeserializeSeed as _;

use crate::footprint::{Action, Footprint, Target};
use crate::salesforce::{Locator, Operation, RecordId, RecordKey};
pub use table::{Table, TableError};

use shape::Shape;
use stream::{Place, Written};

#[cfg(test)]
mod tests;

/// An answer that may be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// One JSON object.
    pub json: String,
    /// Records, objects or fields in it.
    pub rows: u64,
    /// Keys or elements of Salesforce's answer that were not permitted.
    pub dropped: u64,
    /// Salesforce has more rows than it sent.
    pub more: bool,
    /// Where it goes on with them, for a query.
    pub next: Option<Locator>,
    /// The bulk job that was made; its id is not in `json`.
    pub job: Option<RecordId>,
}

impl Pruned {
    /// An answer with everything in it.
    fn whole(json: String, rows: u64) -> Self {
        Self { json, rows, ..Self::default() }
    }
}

/// An answer of Salesforce that does not have the form of an answer to the operation.
#[derive(Debug, thiserror::Error)]
#[error("the answer does not have the form that the operation asks for")]
pub struct RedactError;

/// Whether an action on a target was permitted: one of the footprint's accesses, or one of those to
/// be pruned.
pub type Visible<'a> = &'a dyn Fn(Action, &Target) -> bool;

/// Prunes the body of a successful answer.
pub fn prune(
    operation: &Operation,
    footprint: &Footprint,
    visible: Visible<'_>,
    body: &[u8],
) -> Result<Pruned, RedactError> {
    let described = |target: &Target| visible(Action::Describe, target);
    let not_understood = |_: serde_json::Error| RedactError;
    let listed = |listed: metadata::Listed| Pruned {
        json: listed.json,
        rows: listed.kept,
        dropped: listed.dropped,
        ..Pruned::default()
    };
    match operation {
        Operation::GetLimits => metadata::limits(body).map(listed).map_err(not_understood),
        Operation::ListObjects => {
            metadata::objects(body, &described).map(listed).map_err(not_understood)
        }
        Operation::DescribeObject { object } => {
            metadata::describe(body, object, &described).map(listed).map_err(not_understood)
        }
        Operation::Query(_) | Operation::GetRecord { .. } => records(operation, footprint, body),
        Operation::Search(search) => search::prune(search, footprint, body),
        Operation::CreateRecord { .. } => created(body),
        Operation::UpdateRecord { key, .. } | Operation::DeleteRecord { key, .. } => Ok(done(key)),
        // Versions before 46.0 answer an update with nothing.
        Operation::UpsertRecord { key, .. } if body.is_empty() => {
            Ok(done(&RecordKey::External(key.clone())))
        }
        Operation::UpsertRecord { .. } => created(body),
        // Resolved into a query or a record read.
        Operation::GetRelated { .. } => Err(RedactError),
        Operation::RecentlyViewed { objects, limit } => {
            person::recently_viewed(objects, *limit, body)
        }
        Operation::CurrentUser => person::current_user(visible, body),
        Operation::Records(operation) => collection::prune(operation, footprint, body),
        Operation::Envelope(envelope) => envelope::prune(envelope, footprint, visible, body),
        Operation::Bulk(operation) => bulk::prune(operation, footprint, visible, body),
        Operation::Report(operation) => report::prune(operation, footprint, visible, body),
        Operation::Metadata(operation) => definition::prune(operation, footprint, visible, body),
    }
}

fn records(
    operation: &Operation,
    footprint: &Footprint,
    body: &[u8],
) -> Result<Pruned, RedactError> {
    let shape = Shape::of(operation).ok_or(RedactError)?;
    let objects: BTreeSet<&str> =
        footprint.accesses.iter().filter_map(|a| Some(a.target.object()?.as_str())).collect();
    let types = |name: &str| name == "AggregateResult" || objects.contains(name);
    let mut out = Written::default();
    let mut from = serde_json::Deserializer::from_slice(body);
    Place { shape: &shape, types: &types, out: &mut out, nullable: false }
        .deserialize(&mut from)
        .and_then(|()| from.end())
        .map_err(|_not_understood| RedactError)?;
    Ok(Pruned {
        json: out.json,
        rows: out.records,
        dropped: out.dropped,
        more: out.more,
        next: out.next,
        job: None,
    })
}

/// The answer to a change that Salesforce answers with nothing.
fn done(key: &RecordKey) -> Pruned {
    let json = match key {
        RecordKey::Id(id) => format!("{{\"id\":\"{id}\",\"success\":true}}"),
        RecordKey::External(_) | RecordKey::Reference(_) => "{\"success\":true}".to_owned(),
    };
    Pruned::whole(json, 1)
}

fn created(body: &[u8]) -> Result<Pruned, RedactError> {
    #[derive(serde::Deserialize)]
    struct Created {
        id: RecordId,
        success: bool,
        created: Option<bool>,
    }
    let created: Created = serde_json::from_slice(body).map_err(|_not_understood| RedactError)?;
    if !created.success {
        return Err(RedactError);
    }
    // Told of an upsert only.
    let how = match created.created {
        Some(created) => format!(",\"created\":{created}"),
        None => String::new(),
    };
    Ok(Pruned::whole(format!("{{\"id\":\"{}\",\"success\":true{how}}}", created.id), 1))
}
