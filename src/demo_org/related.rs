//! Records beside a record: `sobjects/{object}/{id}/{relationship}`, upward to a parent and from
//! there on, or downward to children.
//!
//! REST API Developer Guide, "sObject Relationships".

use std::sync::Arc;

use super::answer::{Answer, Refusal, cut};
use super::catalog::ObjectDef;
use super::compute;
use super::query::{self, Row};
use super::records::{self, Writer};
use super::rest::{Org, Request, batch_size, json_body};
use crate::salesforce::RecordId;

/// Most relationships of a path.
const MOST_STEPS: usize = 5;

/// Where a path leads.
enum Place {
    Record(Arc<ObjectDef>, RecordId),
    /// The children of a record: their object and the place of their lookup.
    Children(Arc<ObjectDef>, usize, RecordId),
}

impl Org {
    /// Answers for what a path of relationships leads to.
    pub(super) fn related(
        &mut self,
        request: &Request,
        version: &str,
        object: &Arc<ObjectDef>,
        path: &[&str],
    ) -> Result<Answer, Refusal> {
        let [id, steps @ ..] = path else { return Err(Refusal::not_found()) };
        let id = records::record_id(object, id)?;
        records::existing(&self.store, object, &id)?;
        if steps.len() > MOST_STEPS {
            return Err(Refusal::not_found());
        }
        let mut place = Place::Record(Arc::clone(object), id);
        for step in steps {
            let Place::Record(object, id) = &place else { return Err(Refusal::not_found()) };
            place = self.step(object, id, step)?;
        }
        match (place, request.method().as_str()) {
            (Place::Record(object, id), "GET") => {
                self.resource(request, version, &["sobjects", &object.name, id.as_str()])
            }
            (Place::Record(object, id), "PATCH") => {
                json_body(request)?;
                let fields = records::body(&request.body)?;
                let writer = Writer { user: &self.user, now: self.now };
                records::update(&mut self.store, &object, &id, &fields, writer)?;
                Ok(Answer::no_content())
            }
            (Place::Record(object, id), "DELETE") => {
                records::delete(&mut self.store, &object, &id, self.now)?;
                Ok(Answer::no_content())
            }
            (Place::Record(..), method) => Err(Refusal::method(method, "DELETE, GET, PATCH")),
            (Place::Children(object, lookup, id), "GET") => {
                self.children(request, version, &object, lookup, &id)
            }
            (Place::Children(..), method) => Err(Refusal::method(method, "GET")),
        }
    }

    fn step(&self, object: &Arc<ObjectDef>, id: &RecordId, step: &str) -> Result<Place, Refusal> {
        if let Some((child, lookup, _)) = self.store.catalog().child(object, step) {
            return Ok(Place::Children(Arc::clone(child), lookup, id.clone()));
        }
        let Some((lookup, _)) = object.parent(step) else {
            let message = format!("The requested relationship does not exist: {}", cut(step));
            return Err(Refusal::new(404, "NOT_FOUND", message));
        };
        let record = self.store.record(object, id).ok_or_else(Refusal::not_found)?;
        let value = compute::value(&self.store, object, record, lookup);
        let parent = value.as_text().and_then(|id| self.store.target(id));
        let (object, record) = parent.ok_or_else(Refusal::not_found)?;
        Ok(Place::Record(Arc::clone(object), record.id.clone()))
    }

    fn children(
        &mut self,
        request: &Request,
        version: &str,
        object: &Arc<ObjectDef>,
        lookup: usize,
        id: &RecordId,
    ) -> Result<Answer, Refusal> {
        let list = request.parameter("fields").filter(|list| !list.trim().is_empty());
        let context = self.context(version);
        let mut rows = Vec::new();
        for record in self.store.records(object).iter().filter(|record| !record.deleted) {
            if record.stored(lookup).as_text() != Some(id.as_str()) {
                continue;
            }
            let row = Row { object, record };
            rows.push(match &list {
                Some(list) => query::fields(context, row, list)?,
                None => query::all_fields(context, row),
            });
        }
        let batch = batch_size(request.header("sforce-query-options"));
        Ok(Answer::ok(self.pages.first(rows, batch, version)))
    }
}
