//! Requests about one record.

use std::fmt::Write as _;

use super::encode::percent_encode;
use super::{Method, Request};
use crate::salesforce::{
    ExternalKey, ObjectName, RecordBody, RecordId, RecordKey, RelationshipName,
};
use crate::soql::ast::Path;

pub(super) fn get(base: &str, object: &ObjectName, key: &RecordKey, fields: &[Path]) -> Request {
    Request::get(format!("{base}/sobjects/{object}/{}?fields={}", segment(key), list(fields)))
}

/// REST API Developer Guide, "sObject Relationships".
pub(super) fn related(
    base: &str,
    object: &ObjectName,
    id: &RecordId,
    path: &[RelationshipName],
    fields: &[Path],
) -> Request {
    let steps: String = path.iter().map(|step| format!("/{step}")).collect();
    Request::get(format!("{base}/sobjects/{object}/{id}{steps}?fields={}", list(fields)))
}

pub(super) fn upsert(
    base: &str,
    object: &ObjectName,
    key: &ExternalKey,
    body: &RecordBody,
    update_only: bool,
) -> Request {
    let only = if update_only { "?updateOnly=true" } else { "" };
    let path = format!("{base}/sobjects/{object}/{}{only}", external(key));
    Request::json(Method::Patch, path, print(body))
}

fn list(fields: &[Path]) -> String {
    let names: Vec<String> = fields.iter().map(ToString::to_string).collect();
    percent_encode(&names.join(","))
}

/// The segments of a path that name a record.
pub(super) fn segment(key: &RecordKey) -> String {
    match key {
        RecordKey::Id(id) => id.to_string(),
        RecordKey::External(key) => external(key),
        // Salesforce looks for references in the address as it is written.
        RecordKey::Reference(reference) => reference.to_string(),
    }
}

fn external(key: &ExternalKey) -> String {
    format!("{}/{}", key.field(), percent_encode(key.value()))
}

/// A record as JSON.
pub(super) fn print(body: &RecordBody) -> String {
    let mut json = String::from("{");
    print_members(&mut json, body);
    json.push('}');
    json
}

/// The members of a record, joined by commas.
pub(super) fn print_members(json: &mut String, body: &RecordBody) {
    // Names are ASCII letters, digits and underscores; values print as JSON.
    for (name, value) in &body.values {
        separate(json);
        let _infallible = write!(json, "\"{name}\":{value}");
    }
    for (relationship, parent) in &body.parents {
        separate(json);
        let _infallible = write!(json, "\"{relationship}\":{{");
        if let Some(object) = &parent.object {
            let _infallible = write!(json, "\"attributes\":{{\"type\":\"{object}\"}},");
        }
        let _infallible = write!(json, "\"{}\":{}}}", parent.field, parent.value);
    }
}

/// A comma, unless the object or array has just begun.
pub(super) fn separate(json: &mut String) {
    if !json.ends_with(['{', '[']) {
        json.push(',');
    }
}
