//! Requests in a request: `composite`, `batch`, `graph`, `tree` and sObject collections.
//!
//! What is inside goes through the router, so that it is answered as if it had come alone. Shapes:
//! REST API Developer Guide, "Composite Resources". Where the guide tells no code for an envelope
//! that can't be read, it gets `JSON_PARSER_ERROR`, the one that the guide shows for a bad
//! `referenceId`.

mod batch;
mod chain;
mod collections;
mod graph;
mod references;
mod subrequest;
mod tree;

use serde_json::{Map, Value as Body};

use super::answer::{Answer, Refusal};
use super::json::{Json, object};
use super::records;
use super::rest::{Org, Request, json_body};

impl Org {
    /// Answers for `composite` and what lies below it.
    pub(super) fn composite(
        &mut self,
        request: &Request,
        version: &str,
        rest: &[&str],
    ) -> Result<Answer, Refusal> {
        let method = request.method();
        match (rest, method.as_str()) {
            ([], "GET") => Ok(Answer::ok(resources(version))),
            ([], "POST") => self.chained(request, version),
            ([], method) => Err(Refusal::method(method, "GET, POST")),
            (["batch"], "POST") => self.batch(request, version),
            (["graph"], "POST") => self.graphs(request, version),
            (["tree", object], "POST") => self.trees(request, version, object),
            (["batch" | "graph"] | ["tree", _], method) => Err(Refusal::method(method, "POST")),
            (["sobjects", rest @ ..], method) => self.collections(request, version, method, rest),
            _elsewhere => Err(Refusal::not_found()),
        }
    }
}

/// The answer of `GET composite`.
fn resources(version: &str) -> Json {
    let url = |name: &str| format!("/services/data/v{version}/composite/{name}");
    object! {
        "tree" => url("tree"),
        "batch" => url("batch"),
        "sobjects" => url("sobjects"),
        "graph" => url("graph"),
    }
}

/// The members of an envelope.
#[derive(Debug)]
struct Envelope(Map<String, Body>);

impl Envelope {
    /// The body of a request that says that it is JSON.
    fn of(request: &Request) -> Result<Self, Refusal> {
        json_body(request)?;
        records::body(&request.body).map(Self)
    }

    /// A switch, which is off where it is not named.
    fn flag(&self, name: &str) -> Result<bool, Refusal> {
        match self.0.get(name) {
            None | Some(Body::Null) => Ok(false),
            Some(Body::Bool(on)) => Ok(*on),
            Some(_) => Err(malformed(format!("{name} must be true or false"))),
        }
    }

    /// A list that has to be there, with what it may hold at most.
    fn list(&self, name: &str, most: usize) -> Result<&[Body], Refusal> {
        let Some(Body::Array(list)) = self.0.get(name) else {
            return Err(malformed(format!("Missing required list: {name}")));
        };
        if list.len() > most {
            let message = format!("{name} may hold {most} at most, and holds {}", list.len());
            return Err(Refusal::new(400, "LIMIT_EXCEEDED", message));
        }
        Ok(list)
    }
}

/// 400 for an envelope that can't be read.
fn malformed(message: impl Into<String>) -> Refusal {
    Refusal::new(400, "JSON_PARSER_ERROR", message)
}

/// A member of a list as an object.
fn members(item: &Body) -> Result<&Map<String, Body>, Refusal> {
    item.as_object().ok_or_else(|| malformed("Each member of the list must be an object"))
}

/// A text member that has to be there.
fn text<'a>(item: &'a Map<String, Body>, name: &str) -> Result<&'a str, Refusal> {
    item.get(name)
        .and_then(Body::as_str)
        .ok_or_else(|| malformed(format!("Missing required field: {name}")))
}

/// An error as `tree` and collections show it: its code is called `statusCode`.
fn record_error(refusal: Refusal) -> Json {
    let fields: Vec<Json> = refusal.fields.into_iter().flatten().map(Json::from).collect();
    object! { "statusCode" => refusal.code, "message" => refusal.message, "fields" => fields }
}

/// A member of a JSON object.
fn member<'a>(json: &'a Json, name: &str) -> Option<&'a Json> {
    match json {
        Json::Object(members) => members.iter().find(|(key, _)| key == name).map(|(_, v)| v),
        Json::Null
        | Json::Bool(_)
        | Json::Int(_)
        | Json::Float(_)
        | Json::Text(_)
        | Json::List(_) => None,
    }
}

/// The `id` of an answer to a create.
fn id_of(answer: &Answer) -> Option<&str> {
    match answer.body.as_ref().and_then(|body| member(body, "id")) {
        Some(Json::Text(id)) => Some(id),
        Some(_) | None => None,
    }
}

#[cfg(test)]
mod tests;
