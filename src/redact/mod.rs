//! Answers pruned to what was permitted: the second wall.
//!
//! From the permitted operation follows which keys may come back at each level; everything else is
//! dropped, whatever Salesforce sends. An answer that doesn't have the form that it must have is an
//! error, and nothing of it is passed on.

mod bulk;
mod collection;
mod definition;
mod envelope;
mod keys;
mod mask;
mod metadata;
mod person;
mod report;
mod search;
mod shape;
mod stream;
mod table;
mod text;
mod window;

use serde::de::DeserializeSeed as _;
use serde_json::value::RawValue;

use crate::footprint::{Action, Footprint, Target};
use crate::salesforce::{Locator, Operation, RecordId, RecordKey};
pub use mask::{HashKey, Mask, Masks};
pub use table::{Table, TableError};

use shape::Shape;
use stream::{Place, Written};
use window::Cutter;
pub use window::Window;

#[cfg(test)]
mod tests;

/// An answer that may be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// One JSON object.
    pub json: String,
    /// Records, objects or fields in it, records at every level.
    pub rows: u64,
    /// Rows or elements of the outermost list that are in it, where it is one.
    pub shown: u64,
    /// Further rows or elements that could be shown and would make it too long.
    pub cut: u64,
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

    /// What an agent is told of an answer that was cut; `None` for one that is whole.
    pub fn cut_note(&self) -> Option<String> {
        let all = self.shown.saturating_add(self.cut);
        match (self.cut, self.shown) {
            (0, _) => None,
            (_, 0) => Some(
                "Note: nothing is shown, because the first row alone is longer than an answer may \
                 be here. Ask for fewer fields, or for fewer child rows."
                    .to_owned(),
            ),
            (_, shown) => Some(format!(
                "Note: {shown} of {all} are shown, because an answer may hold no more text here. \
                 Ask for fewer fields, or for the rest: a query with ORDER BY takes LIMIT and \
                 OFFSET."
            )),
        }
    }
}

impl From<Written> for Pruned {
    fn from(out: Written) -> Self {
        let Written { json, records, dropped, more, next, cutter, .. } = out;
        let Cutter { shown, cut, .. } = cutter;
        // The next page would leave out what was cut from this one.
        let next = next.filter(|_| cut == 0);
        Self { json, rows: records, shown, cut, dropped, more, next, job: None }
    }
}

/// An answer of Salesforce that does not have the form of an answer to the operation.
#[derive(Debug, thiserror::Error)]
#[error("the answer does not have the form that the operation asks for")]
pub struct RedactError;

/// Whether an action on a target was permitted: one of the footprint's accesses, or one of those to
/// be pruned.
pub type Visible<'a> = &'a dyn Fn(Action, &Target) -> bool;

/// Prunes the body of a successful answer, all of it; what may be seen only masked is redacted.
pub fn prune(
    operation: &Operation,
    footprint: &Footprint,
    visible: Visible<'_>,
    body: &[u8],
) -> Result<Pruned, RedactError> {
    prune_within(operation, footprint, visible, &Masks::default(), Window::default(), body)
}

/// Prunes the body of a successful answer, as much of it as the window lets through. What isn't a
/// list is shown whole.
pub fn prune_within(
    operation: &Operation,
    footprint: &Footprint,
    visible: Visible<'_>,
    masks: &Masks,
    window: Window,
    body: &[u8],
) -> Result<Pruned, RedactError> {
    let described = |target: &Target| visible(Action::Describe, target);
    let not_understood = |_: serde_json::Error| RedactError;
    let listed = |listed: metadata::Listed| Pruned {
        shown: listed.kept,
        cut: listed.cut,
        dropped: listed.dropped,
        ..Pruned::whole(listed.json, listed.kept)
    };
    match operation {
        Operation::GetLimits => metadata::limits(body).map(listed).map_err(not_understood),
        Operation::ListObjects => {
            metadata::objects(body, &described, window).map(listed).map_err(not_understood)
        }
        Operation::DescribeObject { object } => {
            metadata::describe(body, object, &described, window).map(listed).map_err(not_understood)
        }
        Operation::Query(_) | Operation::GetRecord { .. } => {
            records(operation, footprint, masks, window, body)
        }
        Operation::Search(search) => search::prune(search, footprint, masks, window, body),
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
        Operation::CurrentUser => person::current_user(footprint, visible, body),
        Operation::Records(operation) => {
            collection::prune(operation, footprint, masks, window, body)
        }
        Operation::Envelope(envelope) => {
            envelope::prune(envelope, footprint, visible, masks, window, body)
        }
        Operation::Bulk(operation) => {
            bulk::prune(operation, footprint, visible, masks, window, body)
        }
        Operation::Report(operation) => report::prune(operation, footprint, visible, body),
        Operation::Metadata(operation) => definition::prune(operation, footprint, visible, body),
    }
}

fn records(
    operation: &Operation,
    footprint: &Footprint,
    masks: &Masks,
    window: Window,
    body: &[u8],
) -> Result<Pruned, RedactError> {
    let shape = Shape::of(operation, &footprint.masked, masks).ok_or(RedactError)?;
    let mut out = Written::within(window);
    // What is left of an answer is hardly ever longer.
    out.json.reserve(body.len().min(window.most_bytes));
    read_as(&shape, footprint, body, &mut out)?;
    Ok(out.into())
}

/// A list of records of one shape, null for one that there is not.
fn list_of_records(
    shape: &Shape,
    footprint: &Footprint,
    window: Window,
    body: &[u8],
) -> Result<Pruned, RedactError> {
    let elements: Vec<&RawValue> = serde_json::from_slice(body).map_err(|_unlike| RedactError)?;
    let mut out = Written::within(window);
    out.json.push_str("{\"records\":[");
    let mut empty = true;
    for element in elements {
        let mark = out.mark();
        if !empty {
            out.json.push(',');
        }
        if element.get() == "null" {
            out.json.push_str("null");
        } else {
            read_as(shape, footprint, element.get().as_bytes(), &mut out)?;
        }
        empty &= !out.keep(&mark);
    }
    out.json.push_str("]}");
    Ok(out.into())
}

fn read_as(
    shape: &Shape,
    footprint: &Footprint,
    body: &[u8],
    out: &mut Written,
) -> Result<(), RedactError> {
    let mut objects: Vec<&str> =
        footprint.accesses.iter().filter_map(|a| Some(a.target.object()?.as_str())).collect();
    objects.sort_unstable();
    objects.dedup();
    let types = |name: &str| name == "AggregateResult" || objects.binary_search(&name).is_ok();
    // Checked once here, and not again for each text in it.
    let body = std::str::from_utf8(body).map_err(|_not_text| RedactError)?;
    let mut from = serde_json::Deserializer::from_str(body);
    Place { shape, types: &types, out, nullable: false }
        .deserialize(&mut from)
        .and_then(|()| from.end())
        .map_err(|_not_understood| RedactError)
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
