//! Requests whose body holds the requests of their parts.

use std::fmt::Write as _;

use serde_json::Value;

use super::encode::encode_but_references;
use super::record::separate;
use super::{ApiVersion, Method, Request, query, request as part_request};
use crate::salesforce::Operation;
use crate::salesforce::envelope::{Envelope, Part};

pub(super) fn request(envelope: &Envelope, version: &ApiVersion) -> Request {
    let base = version.base();
    let (resource, body) = match envelope {
        Envelope::Composite { all_or_none, parts } => {
            let parts = composite_parts(parts, version);
            // In the order in which the parts stand: references look back.
            let options = format!("\"allOrNone\":{all_or_none},\"collateSubrequests\":false");
            ("composite", format!("{{{options},\"compositeRequest\":{parts}}}"))
        }
        Envelope::Batch { halt_on_error, parts } => {
            let parts = batch_parts(parts, version);
            let halt = format!("\"haltOnError\":{halt_on_error}");
            ("composite/batch", format!("{{{halt},\"batchRequests\":{parts}}}"))
        }
        Envelope::Graph { graphs } => {
            let mut json = String::from("[");
            for graph in graphs {
                separate(&mut json);
                let parts = composite_parts(&graph.parts, version);
                let id = Value::from(graph.id.as_str());
                let _infallible = write!(json, "{{\"graphId\":{id},\"compositeRequest\":{parts}}}");
            }
            json.push(']');
            ("composite/graph", format!("{{\"graphs\":{json}}}"))
        }
    };
    Request::json(Method::Post, format!("{base}/{resource}"), body)
}

fn composite_parts(parts: &[Part], version: &ApiVersion) -> String {
    let mut json = String::from("[");
    for part in parts {
        separate(&mut json);
        let request = referring(&part.operation, version);
        let _infallible = write!(
            json,
            "{{\"method\":\"{}\",\"url\":{},\"referenceId\":{}",
            request.method.name(),
            Value::from(request.path),
            Value::from(part.reference.as_str()),
        );
        if let Some(body) = request.body {
            let _infallible = write!(json, ",\"body\":{}", body.text);
        }
        json.push('}');
    }
    json.push(']');
    json
}

/// The request of an operation that may refer to the answers of others.
pub(super) fn referring(operation: &Operation, version: &ApiVersion) -> Request {
    if let Operation::Query(call) = operation {
        return query(call, &version.base(), encode_but_references);
    }
    part_request(operation, version)
}

/// A batch's addresses start at the version: `v68.0/sobjects/…`.
fn batch_parts(parts: &[Part], version: &ApiVersion) -> String {
    let mut json = String::from("[");
    for part in parts {
        separate(&mut json);
        let request = part_request(&part.operation, version);
        let url = request.path.strip_prefix("/services/data/").unwrap_or(&request.path);
        let method = request.method.name();
        let url = Value::from(url);
        let _infallible = write!(json, "{{\"method\":\"{method}\",\"url\":{url}");
        if let Some(body) = request.body {
            let _infallible = write!(json, ",\"richInput\":{}", body.text);
        }
        json.push('}');
    }
    json.push(']');
    json
}
