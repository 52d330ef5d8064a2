//! Rows by external id: `sobjects/{object}/{field}/{value}`.

use std::sync::Arc;

use serde_json::{Map, Value as Body};

use super::answer::{Answer, Refusal, cut};
use super::catalog::ObjectDef;
use super::external;
use super::json::{Json, object};
use super::records::{self, Writer};
use super::rest::{Org, Request, json_body};
use crate::salesforce::RecordId;

impl Org {
    /// Answers for the row that holds `value` in a field.
    pub(super) fn keyed(
        &mut self,
        request: &Request,
        version: &str,
        object: &Arc<ObjectDef>,
        (name, value): (&str, &str),
    ) -> Result<Answer, Refusal> {
        let field = key_field(object, name)?;
        let method = request.method();
        if !matches!(method.as_str(), "DELETE" | "GET" | "PATCH") {
            return Err(Refusal::method(&method, "DELETE, GET, PATCH"));
        }
        let found = external::found_by(&self.store, object, field, value)?;
        if found.len() > 1 {
            let url =
                |id| Json::from(format!("/services/data/v{version}/sobjects/{}/{id}", object.name));
            let urls: Vec<Json> = found.iter().map(url).collect();
            return Ok(Answer { status: 300, ..Answer::ok(Json::List(urls)) });
        }
        let id = found.first().map(RecordId::as_str);
        match (method.as_str(), id) {
            ("PATCH", id) => {
                json_body(request)?;
                let update_only = request.parameter("updateOnly");
                if id.is_none() && update_only.is_some_and(|only| only == "true") {
                    return Err(Refusal::not_found());
                }
                let fields = records::body(&request.body)?;
                let (id, created) = self.upsert(object, name, value, fields)?;
                Ok(upserted(version, object, &id, created))
            }
            (_, Some(id)) => self.resource(request, version, &["sobjects", &object.name, id]),
            (_, None) => Err(Refusal::not_found()),
        }
    }

    /// Changes the record that holds `key` in a field, or adds one; tells which, and whether it is
    /// new.
    pub(super) fn upsert(
        &mut self,
        object: &Arc<ObjectDef>,
        name: &str,
        key: &str,
        fields: Map<String, Body>,
    ) -> Result<(RecordId, bool), Refusal> {
        let field = key_field(object, name)?;
        if fields.keys().any(|other| other.eq_ignore_ascii_case(name)) {
            let name = cut(name);
            let message = format!("The {name} field should not be specified in the sobject data.");
            return Err(Refusal::new(400, "INVALID_FIELD", message).of_fields(&[&name]));
        }
        let writer = Writer { user: &self.user, now: self.now };
        if field == 0 {
            let id = records::record_id(object, key)?;
            records::update(&mut self.store, object, &id, &fields, writer)?;
            return Ok((id, false));
        }
        external::upsert(&mut self.store, object, name, key, fields, writer)
    }
}

/// The place of the field that records are found by: an external id, or the id, which is the first.
fn key_field(object: &ObjectDef, name: &str) -> Result<usize, Refusal> {
    let field = object.field(name).filter(|(place, field)| *place == 0 || field.external_id);
    field.map(|(place, _)| place).ok_or_else(|| {
        let message = "Provided external ID field does not exist or is not accessible";
        Refusal::new(404, "NOT_FOUND", format!("{message}: {}", cut(name)))
    })
}

fn upserted(version: &str, object: &ObjectDef, id: &RecordId, created: bool) -> Answer {
    let body = object! {
        "id" => id.as_str(), "success" => true, "errors" => Vec::new(), "created" => created,
    };
    if !created {
        return Answer::ok(body);
    }
    let location = format!("/services/data/v{version}/sobjects/{}/{id}", object.name);
    Answer { status: 201, headers: vec![("location", location)], ..Answer::ok(body) }
}
