//! Requests to the Tooling API.

use serde_json::{Value, json};

use super::encode::percent_encode;
use super::{Method, Request};
use crate::salesforce::ObjectName;
use crate::salesforce::metadata::{Change, MetadataOperation, ObjectKey, Sought};

const OBJECT: &str = "CustomObject";
const FIELD: &str = "CustomField";

pub(super) fn request(operation: &MetadataOperation, base: &str) -> Request {
    let one =
        |kind: &str, id: &dyn std::fmt::Display| format!("{base}/tooling/sobjects/{kind}/{id}");
    let all = |kind: &str| format!("{base}/tooling/sobjects/{kind}");
    // Ids and names are letters, digits and underscores: nothing in them ends a text.
    let query =
        |soql: String| Request::get(format!("{base}/tooling/query?q={}", percent_encode(&soql)));
    match operation {
        MetadataOperation::FindObject(key) => query(format!(
            "SELECT Id, DeveloperName, NamespacePrefix FROM {OBJECT} WHERE {}",
            object_is(key)
        )),
        MetadataOperation::FindField { id } => query(format!(
            "SELECT Id, DeveloperName, NamespacePrefix, TableEnumOrId, FullName FROM {FIELD} WHERE Id = '{id}'"
        )),
        MetadataOperation::OpenObject { id, .. } => Request::get(one(OBJECT, id)),
        MetadataOperation::OpenField { id, .. } | MetadataOperation::GetField { id, .. } => {
            Request::get(one(FIELD, id))
        }
        MetadataOperation::ListFields { object, table } => {
            let table = match table {
                Sought::Found(id) => id.as_str(),
                Sought::Unasked | Sought::Missing => object.as_str(),
            };
            query(format!(
                "SELECT Id, DeveloperName, NamespacePrefix, TableEnumOrId FROM {FIELD} WHERE TableEnumOrId = '{table}' ORDER BY DeveloperName"
            ))
        }
        MetadataOperation::CreateObject { name, definition } => {
            let body = json!({ "FullName": name.as_str(), "Metadata": definition.metadata() });
            Request::json(Method::Post, all(OBJECT), body.to_string())
        }
        MetadataOperation::CreateField { object, name, definition } => {
            let full_name = format!("{object}.{name}");
            let body = json!({ "FullName": full_name, "Metadata": definition.metadata() });
            Request::json(Method::Post, all(FIELD), body.to_string())
        }
        MetadataOperation::UpdateObject { id, change, .. } => {
            let metadata = match &**change {
                Change::Laid(Ok(definition)) => definition.metadata(),
                Change::Laid(Err(_)) | Change::Asked(_) => Value::Null,
            };
            changed(one(OBJECT, id), &metadata)
        }
        MetadataOperation::UpdateField { id, change, .. } => {
            let metadata = match &**change {
                Change::Laid(Ok(definition)) => definition.metadata(),
                Change::Laid(Err(_)) | Change::Asked(_) => Value::Null,
            };
            changed(one(FIELD, id), &metadata)
        }
        MetadataOperation::DeleteObject { id, .. } => Request::delete(one(OBJECT, id)),
        MetadataOperation::DeleteField { id, .. } => Request::delete(one(FIELD, id)),
    }
}

/// A change that was not laid over what there is was not resolved either, and is never sent.
fn changed(path: String, metadata: &Value) -> Request {
    Request::json(Method::Patch, path, json!({ "Metadata": metadata }).to_string())
}

fn object_is(key: &ObjectKey) -> String {
    match key {
        ObjectKey::Id(id) => format!("Id = '{id}'"),
        ObjectKey::Name(name) => {
            let (namespace, name) = developer_name(name);
            let namespace = match namespace {
                Some(namespace) => format!("'{namespace}'"),
                None => "NULL".to_owned(),
            };
            format!("DeveloperName = '{name}' AND NamespacePrefix = {namespace}")
        }
    }
}

/// `Invoice__c` is `Invoice`, and `ns__Invoice__c` that of `ns`.
fn developer_name(name: &ObjectName) -> (Option<&str>, &str) {
    let name = name.as_str();
    let bare = name.len().checked_sub(3).and_then(|end| name.get(..end)).unwrap_or(name);
    match bare.split_once("__") {
        Some((namespace, bare)) => (Some(namespace), bare),
        None => (None, bare),
    }
}

pub(super) fn succeeded(operation: &MetadataOperation, status: u16) -> bool {
    match operation {
        MetadataOperation::FindObject(_)
        | MetadataOperation::FindField { .. }
        | MetadataOperation::OpenObject { .. }
        | MetadataOperation::OpenField { .. }
        | MetadataOperation::ListFields { .. }
        | MetadataOperation::GetField { .. } => status == 200,
        MetadataOperation::CreateObject { .. } | MetadataOperation::CreateField { .. } => {
            status == 201
        }
        MetadataOperation::UpdateObject { .. }
        | MetadataOperation::DeleteObject { .. }
        | MetadataOperation::UpdateField { .. }
        | MetadataOperation::DeleteField { .. } => status == 204,
    }
}
