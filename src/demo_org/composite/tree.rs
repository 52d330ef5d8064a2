//! `POST composite/tree/{object}`: new records with their children, all of them or none.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use serde_json::{Map, Value as Body};

use super::super::answer::{Answer, Refusal, cut};
use super::super::catalog::{Catalog, ObjectDef};
use super::super::json::{Json, object};
use super::super::rest::{Org, Request};
use super::{Envelope, id_of, malformed, record_error};

/// Most records of all trees.
const MOST_RECORDS: usize = 200;
/// Most levels of a tree.
const MOST_LEVELS: usize = 5;
/// Most objects whose records are in a request.
const MOST_OBJECTS: usize = 5;

/// A record of a tree, without its children.
struct Node {
    reference: String,
    object: Arc<ObjectDef>,
    fields: Map<String, Body>,
    parent: Option<Parent>,
}

/// The place of a parent among the records, and the lookup that points to it.
#[derive(Clone)]
struct Parent {
    place: usize,
    lookup: String,
}

/// Records that are still to be read, all of one object and below one parent.
struct Siblings {
    object: Arc<ObjectDef>,
    level: usize,
    parent: Option<Parent>,
    records: Vec<Body>,
}

/// What is wrong with a tree: with the record of a reference id, or with the request.
enum Fault {
    Record(String, Refusal),
    Request(Refusal),
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::Request(refusal)
    }
}

impl Org {
    /// Answers `POST composite/tree/{object}`.
    pub(super) fn trees(
        &mut self,
        request: &Request,
        version: &str,
        object: &str,
    ) -> Result<Answer, Refusal> {
        let root = self.store.catalog().object(object).ok_or_else(Refusal::not_found)?;
        let envelope = Envelope::of(request)?;
        let records = envelope.list("records", MOST_RECORDS)?.to_vec();
        let roots = Siblings { object: Arc::clone(root), level: 1, parent: None, records };
        let nodes = read(self.store.catalog(), roots);
        let before = self.store.clone();
        match nodes.and_then(|nodes| self.plant(request, version, nodes)) {
            Ok(results) => Ok(Answer { status: 201, ..Answer::ok(response(false, results)) }),
            Err(Fault::Request(refusal)) => Err(refusal),
            Err(Fault::Record(reference, refusal)) => {
                self.store = before;
                let errors = vec![record_error(refusal)];
                let result = object! { "referenceId" => reference, "errors" => errors };
                Ok(Answer { status: 400, ..Answer::ok(response(true, vec![result])) })
            }
        }
    }

    /// Creates the records, parents before their children.
    fn plant(
        &mut self,
        request: &Request,
        version: &str,
        nodes: Vec<Node>,
    ) -> Result<Vec<Json>, Fault> {
        let mut ids: Vec<String> = Vec::with_capacity(nodes.len());
        let mut results = Vec::with_capacity(nodes.len());
        for Node { reference, object, mut fields, parent } in nodes {
            let parent = parent.and_then(|parent| Some((ids.get(parent.place)?, parent.lookup)));
            if let Some((id, lookup)) = parent {
                fields.retain(|name, _| !name.eq_ignore_ascii_case(&lookup));
                fields.insert(lookup, Body::String(id.clone()));
            }
            let body = Body::Object(fields).to_string().into_bytes();
            let inner = request.inner("POST", "", body);
            let created = self.resource(&inner, version, &["sobjects", &object.name]);
            let answer = created.map_err(|refusal| Fault::Record(reference.clone(), refusal))?;
            let id = id_of(&answer).unwrap_or_default().to_owned();
            results.push(object! { "referenceId" => reference, "id" => id.as_str() });
            ids.push(id);
        }
        Ok(results)
    }
}

fn response(errors: bool, results: Vec<Json>) -> Json {
    object! { "hasErrors" => errors, "results" => results }
}

/// Reads trees level by level.
fn read(catalog: &Catalog, roots: Siblings) -> Result<Vec<Node>, Fault> {
    let mut nodes: Vec<Node> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut objects = BTreeSet::new();
    let mut open = VecDeque::from([roots]);
    while let Some(Siblings { object, level, parent, records }) = open.pop_front() {
        objects.insert(object.index);
        for record in records {
            let (reference, mut fields) = identity(&object, record)?;
            let wrong = |refusal| Fault::Record(reference.clone(), refusal);
            if nodes.len() >= MOST_RECORDS {
                return Err(wrong(limit(&format!("{MOST_RECORDS} records"))));
            }
            if level > MOST_LEVELS {
                return Err(wrong(limit(&format!("{MOST_LEVELS} levels"))));
            }
            if objects.len() > MOST_OBJECTS {
                return Err(wrong(limit(&format!("{MOST_OBJECTS} types of records"))));
            }
            if !seen.insert(reference.clone()) {
                let message = "Duplicate ReferenceId provided in the request.";
                return Err(wrong(Refusal::new(400, "INVALID_INPUT", message)));
            }
            let place = nodes.len();
            for (name, records) in take_children(&mut fields) {
                let Some((child, lookup, _)) = catalog.child(&object, &name) else {
                    return Err(wrong(no_column(&object, &name)));
                };
                let lookup = child.fields.get(lookup).map(|field| field.name.clone());
                open.push_back(Siblings {
                    object: Arc::clone(child),
                    level: level.saturating_add(1),
                    parent: lookup.map(|lookup| Parent { place, lookup }),
                    records,
                });
            }
            let (object, parent) = (Arc::clone(&object), parent.clone());
            nodes.push(Node { reference, object, fields, parent });
        }
    }
    Ok(nodes)
}

/// The reference id of a record, and the record without its attributes.
fn identity(object: &ObjectDef, record: Body) -> Result<(String, Map<String, Body>), Fault> {
    let Body::Object(mut fields) = record else {
        return Err(malformed("Each record must be an object").into());
    };
    let attributes = fields.remove("attributes").unwrap_or_default();
    let attribute = |name: &str| attributes.get(name).and_then(Body::as_str);
    let Some(reference) = attribute("referenceId") else {
        return Err(malformed("Each record must have attributes with a referenceId").into());
    };
    let kind = attribute("type").unwrap_or_default();
    if kind.eq_ignore_ascii_case(&object.name) {
        return Ok((reference.to_owned(), fields));
    }
    let message = format!("A record of type {} is expected, not '{}'", object.name, cut(kind));
    let refusal = Refusal::new(400, "INVALID_INPUT", message);
    Err(Fault::Record(reference.to_owned(), refusal))
}

/// Takes out what holds a list of records, as a relationship to children does.
fn take_children(fields: &mut Map<String, Body>) -> Vec<(String, Vec<Body>)> {
    let names: Vec<String> = fields
        .iter()
        .filter(|(_, value)| value.get("records").is_some_and(Body::is_array))
        .map(|(name, _)| name.clone())
        .collect();
    let take = |name: String| {
        let records =
            fields.remove(&name)?.get_mut("records")?.as_array_mut().map(std::mem::take)?;
        Some((name, records))
    };
    names.into_iter().filter_map(take).collect()
}

fn limit(what: &str) -> Refusal {
    Refusal::new(400, "INVALID_INPUT", format!("Include up to {what} in the request."))
}

fn no_column(object: &ObjectDef, name: &str) -> Refusal {
    let message = format!("No such column '{}' on sobject of type {}", cut(name), object.name);
    Refusal::new(400, "INVALID_FIELD", message)
}
