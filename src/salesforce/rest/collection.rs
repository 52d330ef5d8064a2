//! Requests about several records.

use std::fmt::Write as _;

use serde_json::Value;

use super::record::{print_members, separate};
use super::{Method, Request};
use crate::salesforce::collection::{CollectionOperation, TreeRecord};
use crate::salesforce::{ObjectName, RecordBody, RecordId};

pub(super) fn request(operation: &CollectionOperation, base: &str) -> Request {
    let path = format!("{base}/composite/sobjects");
    match operation {
        CollectionOperation::GetMany { object, ids, fields } => {
            // A read, by POST: so many ids and fields would not fit into an address.
            let ids = texts(ids.iter().map(ToString::to_string));
            let fields = texts(fields.iter().map(ToString::to_string));
            let body = format!("{{\"ids\":{ids},\"fields\":{fields}}}");
            Request::json(Method::Post, format!("{path}/{object}"), body)
        }
        CollectionOperation::CreateMany { all_or_none, records } => {
            let records = records.iter().map(|(object, body)| record(object, |_| {}, body));
            Request::json(Method::Post, path, list(*all_or_none, records))
        }
        CollectionOperation::UpdateMany { all_or_none, records } => {
            let records = records.iter().map(|(object, id, body)| {
                record(object, |json| drop(write!(json, ",\"id\":\"{id}\"")), body)
            });
            Request::json(Method::Patch, path, list(*all_or_none, records))
        }
        CollectionOperation::UpsertMany { all_or_none, object, field, records } => {
            let records = records.iter().map(|(value, body)| {
                record(object, |json| drop(write!(json, ",\"{field}\":{value}")), body)
            });
            let path = format!("{path}/{object}/{field}");
            Request::json(Method::Patch, path, list(*all_or_none, records))
        }
        CollectionOperation::DeleteMany { all_or_none, ids } => {
            let ids: Vec<&str> = ids.iter().map(RecordId::as_str).collect();
            Request::delete(format!("{path}?ids={}&allOrNone={all_or_none}", ids.join(",")))
        }
        CollectionOperation::Tree { object, records } => {
            let mut json = String::from("{\"records\":");
            nodes(&mut json, records);
            json.push('}');
            Request::json(Method::Post, format!("{base}/composite/tree/{object}"), json)
        }
    }
}

pub(super) fn succeeded(operation: &CollectionOperation, status: u16) -> bool {
    match operation {
        CollectionOperation::GetMany { .. }
        | CollectionOperation::CreateMany { .. }
        | CollectionOperation::UpdateMany { .. }
        | CollectionOperation::UpsertMany { .. }
        | CollectionOperation::DeleteMany { .. } => status == 200,
        CollectionOperation::Tree { .. } => status == 201,
    }
}

fn texts(texts: impl Iterator<Item = String>) -> Value {
    texts.map(Value::from).collect()
}

fn list(all_or_none: bool, records: impl Iterator<Item = String>) -> String {
    let records: Vec<String> = records.collect();
    format!("{{\"allOrNone\":{all_or_none},\"records\":[{}]}}", records.join(","))
}

/// A record with its type, and the member that names it.
fn record(object: &ObjectName, name: impl FnOnce(&mut String), body: &RecordBody) -> String {
    let mut json = format!("{{\"attributes\":{{\"type\":\"{object}\"}}");
    name(&mut json);
    print_members(&mut json, body);
    json.push('}');
    json
}

/// Records with their children. They are resolved, so that none is deeper than a tree may be.
fn nodes(json: &mut String, records: &[TreeRecord]) {
    json.push('[');
    for record in records {
        separate(json);
        let reference = Value::from(record.reference.as_str());
        json.push_str("{\"attributes\":{");
        if let Some(object) = &record.object {
            let _infallible = write!(json, "\"type\":\"{object}\",");
        }
        let _infallible = write!(json, "\"referenceId\":{reference}}}");
        print_members(json, &record.body);
        for (relationship, children) in &record.children {
            let _infallible = write!(json, ",\"{relationship}\":{{\"records\":");
            nodes(json, children);
            json.push('}');
        }
        json.push('}');
    }
    json.push(']');
}
