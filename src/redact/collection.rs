//! Answers to requests on several records: which were read or written, and why others were not.
//!
//! Errors are told by their codes, in our words: Salesforce's own can hold values and names of what
//! the caller may not see.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::Value;

use super::shape::Shape;
use super::{Masks, Pruned, RedactError, Window, list_of_records};
use crate::footprint::Footprint;
use crate::salesforce::collection::{CollectionOperation, TreeRecord, tree};
use crate::salesforce::{Fault, RecordId};

/// What became of one record.
#[derive(Deserialize)]
struct Done {
    id: Option<RecordId>,
    success: bool,
    created: Option<bool>,
    #[serde(default)]
    errors: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Grown {
    has_errors: bool,
    results: Vec<GrownRecord>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GrownRecord {
    reference_id: String,
    id: RecordId,
}

pub(super) fn prune(
    operation: &CollectionOperation,
    footprint: &Footprint,
    masks: &Masks,
    window: Window,
    body: &[u8],
) -> Result<Pruned, RedactError> {
    let ids: Vec<Option<&RecordId>> = match operation {
        CollectionOperation::GetMany { ids, fields, .. } => {
            let shape = Shape::of_fields(fields, &footprint.masked, masks).ok_or(RedactError)?;
            let out = list_of_records(&shape, footprint, window, body)?;
            let most = u64::try_from(ids.len()).unwrap_or(u64::MAX);
            let all = out.shown.saturating_add(out.cut);
            return if all <= most { Ok(out) } else { Err(RedactError) };
        }
        CollectionOperation::Tree { records, .. } => return grown(records, body),
        CollectionOperation::UpdateMany { records, .. } => {
            records.iter().map(|(_, id, _)| Some(id)).collect()
        }
        CollectionOperation::DeleteMany { ids, .. } => ids.iter().map(Some).collect(),
        CollectionOperation::CreateMany { .. } | CollectionOperation::UpsertMany { .. } => {
            vec![None; operation.len()]
        }
    };
    let done: Vec<Done> = serde_json::from_slice(body).map_err(|_unlike| RedactError)?;
    if done.len() != ids.len() {
        return Err(RedactError);
    }
    let mut out = Pruned { json: "{\"results\":[".to_owned(), ..Pruned::default() };
    for (done, asked_for) in done.iter().zip(ids) {
        if out.json.ends_with('}') {
            out.json.push(',');
        }
        one(&mut out, done, asked_for, footprint)?;
    }
    out.json.push_str("]}");
    Ok(out)
}

/// The id of a record that failed is told only where the caller wrote it: there it could be that of
/// another record, which this one would duplicate.
fn one(
    out: &mut Pruned,
    done: &Done,
    asked_for: Option<&RecordId>,
    footprint: &Footprint,
) -> Result<(), RedactError> {
    let id = asked_for.or_else(|| done.id.as_ref().filter(|_| done.success));
    out.json.push('{');
    if let Some(id) = id {
        let _infallible = write!(out.json, "\"id\":\"{id}\",");
    } else if done.success {
        return Err(RedactError);
    }
    let _infallible = write!(out.json, "\"success\":{}", done.success);
    if let Some(created) = done.created.filter(|_| done.success) {
        let _infallible = write!(out.json, ",\"created\":{created}");
    }
    if done.success {
        out.rows = out.rows.saturating_add(1);
    } else {
        let written = |name: &str| footprint.names(name);
        let errors: Value =
            done.errors.iter().map(|error| Fault::of_record(error).told(&written)).collect();
        let _infallible = write!(out.json, ",\"errors\":{errors}");
    }
    out.json.push('}');
    Ok(())
}

/// A tree is made whole or not at all: each of its records has an id.
fn grown(records: &[TreeRecord], body: &[u8]) -> Result<Pruned, RedactError> {
    let grown: Grown = serde_json::from_slice(body).map_err(|_unlike| RedactError)?;
    let mut left: BTreeSet<&str> = tree(records).iter().map(|r| r.reference.as_str()).collect();
    let mut out =
        Pruned { json: "{\"hasErrors\":false,\"results\":[".to_owned(), ..Pruned::default() };
    for GrownRecord { reference_id, id } in &grown.results {
        if !left.remove(reference_id.as_str()) {
            return Err(RedactError);
        }
        if out.rows > 0 {
            out.json.push(',');
        }
        out.rows = out.rows.saturating_add(1);
        let reference = Value::from(reference_id.as_str());
        let _infallible = write!(out.json, "{{\"referenceId\":{reference},\"id\":\"{id}\"}}");
    }
    out.json.push_str("]}");
    if grown.has_errors || !left.is_empty() { Err(RedactError) } else { Ok(out) }
}
