//! Answers pruned to what was permitted: the second wall.
//!
//! From the permitted operation follows which keys may come back at each level; everything else is
//! dropped, whatever Salesforce sends. An answer that doesn't have the form that it must have is an
//! error, and nothing of it is passed on.

mod metadata;
mod search;
mod shape;
mod stream;
mod text;

use std::collections::BTreeSet;

use serde::de::DeserializeSeed as _;

use crate::footprint::{Footprint, Target};
use crate::salesforce::{Operation, RecordId};
use shape::Shape;
use stream::{Place, Written};

#[cfg(test)]
mod tests;

/// An answer that may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pruned {
    /// One JSON object.
    pub json: String,
    /// Records, objects or fields in it.
    pub rows: u64,
    /// Keys or elements of Salesforce's answer that were not permitted.
    pub dropped: u64,
    /// Salesforce has more rows than it sent.
    pub more: bool,
}

/// An answer of Salesforce that does not have the form of an answer to the operation.
#[derive(Debug, thiserror::Error)]
#[error("the answer does not have the form that the operation asks for")]
pub struct RedactError;

/// Prunes the body of a successful answer. `visible` says which of the footprint's pruned accesses
/// were permitted.
pub fn prune(
    operation: &Operation,
    footprint: &Footprint,
    visible: &dyn Fn(&Target) -> bool,
    body: &[u8],
) -> Result<Pruned, RedactError> {
    let not_understood = |_: serde_json::Error| RedactError;
    let listed = |listed: metadata::Listed| Pruned {
        json: listed.json,
        rows: listed.kept,
        dropped: listed.dropped,
        more: false,
    };
    match operation {
        Operation::GetLimits => metadata::limits(body).map(listed).map_err(not_understood),
        Operation::ListObjects => {
            metadata::objects(body, visible).map(listed).map_err(not_understood)
        }
        Operation::DescribeObject { object } => {
            metadata::describe(body, object, visible).map(listed).map_err(not_understood)
        }
        Operation::Query(_) | Operation::GetRecord { .. } => records(operation, footprint, body),
        Operation::Search(search) => search::prune(search, footprint, body),
        Operation::CreateRecord { .. } => created(body),
        Operation::UpdateRecord { id, .. } | Operation::DeleteRecord { id, .. } => Ok(Pruned {
            json: format!("{{\"id\":\"{id}\",\"success\":true}}"),
            rows: 1,
            dropped: 0,
            more: false,
        }),
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
    Ok(Pruned { json: out.json, rows: out.records, dropped: out.dropped, more: out.more })
}

fn created(body: &[u8]) -> Result<Pruned, RedactError> {
    #[derive(serde::Deserialize)]
    struct Created {
        id: RecordId,
        success: bool,
    }
    let created: Created = serde_json::from_slice(body).map_err(|_not_understood| RedactError)?;
    if !created.success {
        return Err(RedactError);
    }
    Ok(Pruned {
        json: format!("{{\"id\":\"{}\",\"success\":true}}", created.id),
        rows: 1,
        dropped: 0,
        more: false,
    })
}
