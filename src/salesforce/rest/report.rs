//! Requests of this kind of operation.

use serde_json::json;

use super::{Method, Request};
use crate::salesforce::RecordId;
use crate::salesforce::report::{Definition, ReportOperation};

pub(super) fn request(operation: &ReportOperation, base: &str) -> Request {
    match operation {
        ReportOperation::Describe { id } => describe(id, base),
        ReportOperation::Run { id, definition: Definition::Read(metadata), details, .. } => {
            let path = format!("{base}/analytics/reports/{id}?includeDetails={details}");
            let body = json!({ "reportMetadata": metadata.to_json() });
            Request::json(Method::Post, path, body.to_string())
        }
        // No footprint lets it come this far.
        ReportOperation::Run {
            id,
            definition: Definition::Unread | Definition::Refused(_),
            ..
        } => describe(id, base),
    }
}

fn describe(id: &RecordId, base: &str) -> Request {
    Request::get(format!("{base}/analytics/reports/{id}/describe"))
}
