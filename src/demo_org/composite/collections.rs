//! `composite/sobjects`: many records in one call.

use std::sync::Arc;

use serde_json::{Map, Value as Body};

use super::super::answer::{Answer, Refusal, cut};
use super::super::external;
use super::super::json::{Json, object};
use super::super::query::{self, Row};
use super::super::rest::{Org, Request};
use super::{Envelope, id_of, malformed, record_error};
use crate::salesforce::RecordId;

/// Most records that one call writes.
const MOST_WRITTEN: usize = 200;
/// Most records that one call reads.
const MOST_READ: usize = 2_000;

/// A record that was written, and by an upsert, whether it is new.
struct Done {
    id: String,
    created: Option<bool>,
}

impl Done {
    fn of(id: &str) -> Self {
        Self { id: id.to_owned(), created: None }
    }
}

/// What happened to one record.
type Written = Result<Done, Refusal>;

impl Org {
    /// Answers for `composite/sobjects` and what lies below it.
    pub(super) fn collections(
        &mut self,
        request: &Request,
        version: &str,
        method: &str,
        rest: &[&str],
    ) -> Result<Answer, Refusal> {
        match (rest, method) {
            ([], "POST" | "PATCH") => {
                let (records, together) = records(request)?;
                let create = method == "POST";
                let write = |org: &mut Self, record: Map<String, Body>| {
                    org.write_one(request, version, create, record)
                };
                Ok(Answer::ok(self.write_all(records, together, write)))
            }
            ([], "DELETE") => {
                let ids = parameter_list(request, "ids")?;
                at_most(ids.len(), MOST_WRITTEN)?;
                let together = request.parameter("allOrNone");
                let together = together.is_some_and(|value| value.eq_ignore_ascii_case("true"));
                let delete = |org: &mut Self, id: String| org.delete_one(request, version, &id);
                Ok(Answer::ok(self.write_all(ids, together, delete)))
            }
            ([], method) => Err(Refusal::method(method, "DELETE, PATCH, POST")),
            ([object], "GET") => {
                let ids = parameter_list(request, "ids")?;
                let fields = request.parameter("fields").unwrap_or_default();
                self.read_all(version, object, &ids, &fields)
            }
            ([object], "POST") => {
                let envelope = Envelope::of(request)?;
                let ids = texts(envelope.list("ids", usize::MAX)?)?;
                let fields = texts(envelope.list("fields", MOST_READ)?)?;
                self.read_all(version, object, &ids, &fields.join(","))
            }
            ([_], method) => Err(Refusal::method(method, "GET, POST")),
            ([object, field], "PATCH") => self.upsert_all(request, object, field),
            ([_, _], method) => Err(Refusal::method(method, "PATCH")),
            _elsewhere => Err(Refusal::not_found()),
        }
    }

    /// Writes each of a list; with `together`, all of them or none.
    fn write_all<T>(
        &mut self,
        list: Vec<T>,
        together: bool,
        write: impl Fn(&mut Self, T) -> Written,
    ) -> Json {
        let before = together.then(|| self.store.clone());
        let results: Vec<Written> = list.into_iter().map(|one| write(self, one)).collect();
        let failed = results.iter().any(Result::is_err);
        let before = before.filter(|_| failed);
        let rolled_back = before.is_some();
        if let Some(before) = before {
            self.store = before;
        }
        let shown = results.into_iter().map(|result| match result {
            Ok(_) if rolled_back => failure(all_or_none()),
            Ok(Done { id, created: None }) => {
                object! { "id" => id, "success" => true, "errors" => Vec::new() }
            }
            Ok(Done { id, created: Some(created) }) => object! {
                "id" => id, "success" => true, "errors" => Vec::new(), "created" => created,
            },
            Err(refusal) => failure(refusal),
        });
        Json::List(shown.collect())
    }

    fn write_one(
        &mut self,
        request: &Request,
        version: &str,
        create: bool,
        mut record: Map<String, Body>,
    ) -> Written {
        let kind = self.kind_of(&record)?;
        if create {
            let body = Body::Object(record).to_string().into_bytes();
            let inner = request.inner("POST", "", body);
            let answer = self.resource(&inner, version, &["sobjects", &kind])?;
            return Ok(Done::of(id_of(&answer).unwrap_or_default()));
        }
        let Some(id) = take(&mut record, "Id") else {
            let message = "Id not specified in an update call";
            return Err(Refusal::new(400, "MISSING_ARGUMENT", message));
        };
        let body = Body::Object(record).to_string().into_bytes();
        let inner = request.inner("PATCH", "", body);
        self.resource(&inner, version, &["sobjects", &kind, &id])?;
        Ok(Done::of(&full(&id)))
    }

    /// Upserts records of one object by the values that they hold in a field.
    fn upsert_all(
        &mut self,
        request: &Request,
        object: &str,
        field: &str,
    ) -> Result<Answer, Refusal> {
        let object =
            Arc::clone(self.store.catalog().object(object).ok_or_else(Refusal::not_found)?);
        let (records, together) = records(request)?;
        let write = |org: &mut Self, mut record: Map<String, Body>| {
            let kind = org.kind_of(&record)?;
            if kind != object.name {
                let message = format!("A record of type {} is expected, not {kind}", object.name);
                return Err(Refusal::new(400, "INVALID_TYPE", message));
            }
            let Some(key) = take(&mut record, field) else {
                let message = format!("{} not specified", cut(field));
                return Err(Refusal::new(400, "MISSING_ARGUMENT", message));
            };
            let (id, created) = org.upsert(&object, field, &key, record)?;
            Ok(Done { id: id.to_string(), created: Some(created) })
        };
        Ok(Answer::ok(self.write_all(records, together, write)))
    }

    fn delete_one(&mut self, request: &Request, version: &str, id: &str) -> Written {
        let malformed = || {
            let message = format!("malformed id {}", cut(id));
            Refusal::new(400, "MALFORMED_ID", message)
        };
        let parsed = RecordId::parse(id).map_err(|_not_an_id| malformed())?;
        let object = self.store.catalog().object_of_prefix(parsed.key_prefix());
        let kind = object.ok_or_else(malformed)?.name.clone();
        let inner = request.inner("DELETE", "", Vec::new());
        self.resource(&inner, version, &["sobjects", &kind, id])?;
        Ok(Done::of(&full(id)))
    }

    /// The object that the attributes of a record name.
    fn kind_of(&self, record: &Map<String, Body>) -> Result<String, Refusal> {
        let kind = record.get("attributes").and_then(|attributes| attributes.get("type"));
        let kind = kind.and_then(Body::as_str).unwrap_or_default();
        let object = self.store.catalog().object(kind).ok_or_else(|| {
            let message = format!("sObject type '{}' is not supported.", cut(kind));
            Refusal::new(400, "INVALID_TYPE", message)
        })?;
        Ok(object.name.clone())
    }

    /// The records of some ids in their order, null for one that there is not.
    fn read_all(
        &self,
        version: &str,
        object: &str,
        ids: &[String],
        fields: &str,
    ) -> Result<Answer, Refusal> {
        let object = self.store.catalog().object(object).ok_or_else(Refusal::not_found)?;
        at_most(ids.len(), MOST_READ)?;
        if fields.trim().is_empty() {
            return Err(malformed("Missing required list: fields"));
        }
        let rows = ids.iter().map(|id| {
            let record = self.store.record(object, &RecordId::parse(id).ok()?)?;
            Some(Row { object, record }).filter(|_| !record.deleted)
        });
        let found = query::fields_of_all(self.context(version), object, rows, fields)?;
        Ok(Answer::ok(Json::List(found)))
    }
}

/// The records of a body, and whether all of them are written or none.
fn records(request: &Request) -> Result<(Vec<Map<String, Body>>, bool), Refusal> {
    let envelope = Envelope::of(request)?;
    let together = envelope.flag("allOrNone")?;
    let list = envelope.list("records", usize::MAX)?;
    at_most(list.len(), MOST_WRITTEN)?;
    let records: Result<Vec<_>, _> =
        list.iter().map(|item| super::members(item).cloned()).collect();
    records.map(|records| (records, together))
}

/// Takes an id or a key out of a record; its name is compared without case.
fn take(record: &mut Map<String, Body>, name: &str) -> Option<String> {
    let key = record.keys().find(|key| key.eq_ignore_ascii_case(name))?.clone();
    external::key_text(&record.remove(&key)?)
}

fn parameter_list(request: &Request, name: &str) -> Result<Vec<String>, Refusal> {
    let list = request.parameter(name).unwrap_or_default();
    let list: Vec<String> =
        list.split(',').map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned).collect();
    if list.is_empty() {
        Err(malformed(format!("Missing required list: {name}")))
    } else {
        Ok(list)
    }
}

fn texts(list: &[Body]) -> Result<Vec<String>, Refusal> {
    let text = |item: &Body| item.as_str().map(str::to_owned);
    let texts: Option<Vec<String>> = list.iter().map(text).collect();
    texts.ok_or_else(|| malformed("Each member of the list must be a string"))
}

fn at_most(count: usize, most: usize) -> Result<(), Refusal> {
    if count <= most {
        return Ok(());
    }
    let message =
        format!("record limit reached. cannot submit more than {most} records into this call");
    Err(Refusal::new(400, "EXCEEDED_ID_LIMIT", message))
}

/// An id with all its 18 characters.
fn full(id: &str) -> String {
    RecordId::parse(id).map_or_else(|_not_an_id| id.to_owned(), |id| id.as_str().to_owned())
}

fn all_or_none() -> Refusal {
    let message = "Record rolled back because not all records were valid and the request was using \
                   AllOrNone header";
    Refusal::new(400, "ALL_OR_NONE_OPERATION_ROLLED_BACK", message)
}

/// A record that was not written. In a list, one that there is not is a bad reference.
fn failure(refusal: Refusal) -> Json {
    let refusal = if refusal.code == "NOT_FOUND" {
        Refusal::new(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
    } else {
        refusal
    };
    object! { "success" => false, "errors" => vec![record_error(refusal)] }
}
