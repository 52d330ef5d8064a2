//! The Tooling API as far as the org's own objects and fields go: queries of `CustomObject` and
//! `CustomField`, and their life. What is made here stands in the next describe.
//!
//! Shapes: Tooling API, "CustomObject" and "CustomField".

mod field;
mod metadata;
mod object;

use serde::Deserialize;

use super::answer::{Answer, Refusal, cut};
use super::catalog::{Catalog, CatalogFull, FieldDef, ObjectDef};
use super::definitions;
use super::json::object;
use super::query::{self, Context, Row};
use super::records;
use super::rest::{Org, Request, batch_size, json_body, only};
use super::store::{Store, new_id};
use super::value::Value;
use crate::salesforce::RecordId;
use crate::soql::ast::SelectItem;

/// What is shown of one record at a time.
const ONE_AT_A_TIME: [&str; 2] = ["FullName", "Metadata"];

/// A record of the Tooling API: the place of a custom object, or of a field in its object.
#[derive(Clone, Copy, Debug)]
enum Place {
    Object(usize),
    Field(usize, usize),
}

impl Org {
    /// Answers what comes below `tooling`.
    pub(super) fn tooling(
        &mut self,
        request: &Request,
        version: &str,
        rest: &[&str],
    ) -> Result<Answer, Refusal> {
        // The urls in the answers lie below `tooling`.
        let version = format!("{version}/tooling");
        match rest {
            ["query"] => self.tooling_query(request, &version),
            ["query", locator] => {
                only(request, "GET")?;
                self.pages.next(locator, &version).map(Answer::ok)
            }
            ["sobjects", kind, rest @ ..] => self.tooling_sobject(request, &version, kind, rest),
            _elsewhere => Err(Refusal::not_found()),
        }
    }

    fn tooling_query(&mut self, request: &Request, version: &str) -> Result<Answer, Refusal> {
        only(request, "GET")?;
        let text = request.parameter("q").unwrap_or_default();
        let store = if definitions::are_asked_for(&text) {
            definitions::records(self.store.catalog())
        } else {
            records(self.store.catalog())
        };
        let found =
            query::run(Context { store: &store, now: self.now, version, deleted: false }, &text)?;
        if found.total > 1 && shows_metadata(&text) {
            let message = format!(
                "When retrieving results with Metadata or FullName fields, the query qualifications \
                 must specify no more than one row for retrieval. Result size: {}",
                found.total
            );
            return Err(Refusal::new(400, "MALFORMED_QUERY", message));
        }
        let batch = batch_size(request.header("sforce-query-options"));
        if found.grouped {
            let body =
                object! { "totalSize" => found.total, "done" => true, "records" => found.rows };
            return Ok(Answer::ok(body));
        }
        Ok(Answer::ok(self.pages.first(found.rows, batch, version)))
    }

    fn tooling_sobject(
        &mut self,
        request: &Request,
        version: &str,
        kind: &str,
        rest: &[&str],
    ) -> Result<Answer, Refusal> {
        let store = records(self.store.catalog());
        let kind = store.catalog().object(kind).ok_or_else(Refusal::not_found)?;
        let is_field = kind.name == "CustomField";
        let method = request.method();
        match (rest, method.as_str()) {
            ([], "POST") => {
                json_body(request)?;
                let id =
                    if is_field { self.make_field(request) } else { self.make_object(request) }?;
                let body = object! {
                    "id" => id.as_str(),
                    "success" => true,
                    "errors" => Vec::new(),
                    "warnings" => Vec::new(),
                    "infos" => Vec::new(),
                };
                Ok(Answer { status: 201, ..Answer::ok(body) })
            }
            ([], method) => Err(Refusal::method(method, "POST")),
            ([id], "GET") => {
                let id = records::record_id(kind, id)?;
                let record = store.record(kind, &id).ok_or_else(Refusal::not_found)?;
                let context = Context { store: &store, now: self.now, version, deleted: false };
                Ok(Answer::ok(query::all_fields(context, Row { object: kind, record })))
            }
            ([id], "PATCH" | "DELETE") => {
                let id = records::record_id(kind, id)?;
                let place = place(self.store.catalog(), &id).ok_or_else(Refusal::not_found)?;
                if method == "DELETE" {
                    self.remove(place)?;
                } else {
                    json_body(request)?;
                    self.change(place, request)?;
                }
                Ok(Answer::no_content())
            }
            ([_], method) => Err(Refusal::method(method, "DELETE, GET, PATCH")),
            _elsewhere => Err(Refusal::not_found()),
        }
    }

    fn make_object(&mut self, request: &Request) -> Result<RecordId, Refusal> {
        let body: object::Body = read(&request.body)?;
        let name = body.name(self.store.catalog())?;
        let made = body.checked()?;
        self.store.add_object(&name, |object| made.put(object)).map_err(full)?;
        let object = self.store.catalog().object(&name).ok_or_else(Refusal::not_found)?;
        object_id(object).ok_or_else(Refusal::not_found)
    }

    fn make_field(&mut self, request: &Request) -> Result<RecordId, Refusal> {
        let body: field::Body = read(&request.body)?;
        let (object, name) = body.name(self.store.catalog())?;
        let made = body.made(self.store.catalog(), &name)?;
        self.store.add_field(object, made).map_err(full)?;
        let object = self.store.catalog().at(object);
        let field = object.and_then(|object| object.field(&name)).map(|(_, field)| field);
        field.and_then(field_id).ok_or_else(Refusal::not_found)
    }

    fn change(&mut self, place: Place, request: &Request) -> Result<(), Refusal> {
        match place {
            Place::Object(index) => {
                let body: object::Body = read(&request.body)?;
                let object = self.store.catalog().at(index).ok_or_else(Refusal::not_found)?;
                body.refuse_other_name(&object.name)?;
                let made = body.checked()?;
                self.store.change_object(index, |object| made.put(object));
            }
            Place::Field(index, place) => {
                let body: field::Body = read(&request.body)?;
                let catalog = self.store.catalog();
                let object = catalog.at(index).ok_or_else(Refusal::not_found)?;
                let old = object.fields.get(place).ok_or_else(Refusal::not_found)?;
                let changed = body.changed(catalog, object, old)?;
                self.store.change_field(index, place, changed);
            }
        }
        Ok(())
    }

    fn remove(&mut self, place: Place) -> Result<(), Refusal> {
        match place {
            Place::Object(index) => self.store.remove_object(index),
            Place::Field(index, place) => {
                refuse_named(self.store.catalog(), index, place)?;
                self.store.remove_field(index, place);
            }
        }
        Ok(())
    }
}

/// Refuses to remove a field that a formula of its object names.
fn refuse_named(catalog: &Catalog, index: usize, place: usize) -> Result<(), Refusal> {
    let object = catalog.at(index).ok_or_else(Refusal::not_found)?;
    let field = object.fields.get(place).ok_or_else(Refusal::not_found)?;
    let names = |formula: &String| {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        formula.split(|c| !word(c)).any(|name| name.eq_ignore_ascii_case(&field.name))
    };
    let naming = object.fields.iter().find(|other| other.formula.as_ref().is_some_and(names));
    let Some(naming) = naming else { return Ok(()) };
    let message = format!(
        "This custom field is referenced elsewhere in salesforce.com. : Custom Field Definition - {}",
        naming.name
    );
    Err(Refusal::new(400, "DEPENDENCY_EXISTS", message).of_fields(&[]))
}

/// Reads a body as Salesforce's parser reads one.
fn read<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Refusal> {
    serde_json::from_slice(bytes).map_err(|error| {
        let reason: String = error.to_string().chars().take(300).collect();
        Refusal::new(400, "JSON_PARSER_ERROR", reason)
    })
}

fn full(_full: CatalogFull) -> Refusal {
    let message = "reached maximum number of custom objects or custom fields";
    Refusal::new(400, "LIMIT_EXCEEDED", message).of_fields(&[])
}

/// Refuses a part of a body with the code that metadata is refused with.
fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new(400, "FIELD_INTEGRITY_EXCEPTION", message).of_fields(&[])
}

/// A name that the org's people give, without `__c` at its end.
fn developer_name(text: &str) -> Result<&str, Refusal> {
    let name = text.strip_suffix("__c").unwrap_or_default();
    let letters = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if letters && name.len() <= 40 && !name.contains("__") && !name.ends_with('_') {
        return Ok(name);
    }
    let message = format!(
        "The name can only contain underscores and alphanumeric characters. It must be unique, begin \
         with a letter, not include spaces, not end with an underscore, not contain two consecutive \
         underscores, have at most 40 characters, and be followed by __c: {}",
        cut(text)
    );
    Err(Refusal::new(400, "INVALID_FULL_NAME", message).of_fields(&["FullName"]))
}

/// Labels and texts are bounded as Salesforce bounds them.
fn bounded(what: &str, text: &str, most: usize) -> Result<String, Refusal> {
    if text.chars().count() > most {
        let message = format!("{what}: data value too large: {} (max length={most})", cut(text));
        return Err(Refusal::new(400, "STRING_TOO_LONG", message).of_fields(&[]));
    }
    Ok(text.to_owned())
}

/// Whether a query shows what is shown of one record at a time.
fn shows_metadata(text: &str) -> bool {
    let Ok(query) = crate::soql::parse(text) else { return false };
    query.select.iter().any(|item| match item {
        SelectItem::Field { expr, .. } => {
            ONE_AT_A_TIME.iter().any(|name| expr.path().last.is(name))
        }
        SelectItem::Count
        | SelectItem::Child { .. }
        | SelectItem::Fields { .. }
        | SelectItem::Typeof { .. } => false,
    })
}

fn object_id(object: &ObjectDef) -> Option<RecordId> {
    new_id("01I", object.index)
}

fn field_id(field: &FieldDef) -> Option<RecordId> {
    new_id("00N", field.number)
}

/// What an id names.
fn place(catalog: &Catalog, id: &RecordId) -> Option<Place> {
    let custom = |object: &&std::sync::Arc<ObjectDef>| object.custom();
    let named = catalog.objects().filter(custom).find(|o| object_id(o).as_ref() == Some(id));
    if let Some(object) = named {
        return Some(Place::Object(object.index));
    }
    catalog.objects().find_map(|object| {
        let fields = object.fields.iter().enumerate();
        fields
            .filter(|(_, field)| field.custom())
            .find(|(_, field)| field_id(field).as_ref() == Some(id))
            .map(|(place, _)| Place::Field(object.index, place))
    })
}

/// The org's custom objects and fields as records.
fn records(catalog: &Catalog) -> Store {
    let mut store = Store::new(Catalog::of(include_str!("objects.txt")));
    for object in catalog.objects() {
        let table = object_id(object).filter(|_| object.custom());
        if let Some(id) = &table {
            let row = [
                ("DeveloperName", Value::text(object.name.trim_end_matches("__c"))),
                ("ManageableState", Value::text("unmanaged")),
                ("SharingModel", Value::text(&object.sharing_model)),
                ("Description", object.description.as_deref().map_or(Value::Null, Value::text)),
                ("FullName", Value::text(&object.name)),
                ("Metadata", Value::Compound(metadata::of_object(object))),
            ];
            put(&mut store, "CustomObject", id, row);
        }
        let table = table.map_or_else(|| object.name.clone(), |id| id.to_string());
        for field in object.fields.iter().filter(|field| field.custom()) {
            let Some(id) = field_id(field) else { continue };
            let number = |n: u32| Value::Int(n.into());
            let numeric = field.numeric();
            let row = [
                ("DeveloperName", Value::text(field.name.trim_end_matches("__c"))),
                ("TableEnumOrId", Value::text(&table)),
                ("EntityDefinitionId", Value::text(&table)),
                ("ManageableState", Value::text("unmanaged")),
                ("InlineHelpText", field.help.as_deref().map_or(Value::Null, Value::text)),
                ("Length", if numeric { Value::Null } else { number(field.length) }),
                ("Precision", if numeric { number(field.length) } else { Value::Null }),
                ("Scale", if numeric { number(field.scale) } else { Value::Null }),
                ("FullName", Value::text(&format!("{}.{}", object.name, field.name))),
                ("Metadata", Value::Compound(metadata::of_field(field))),
            ];
            put(&mut store, "CustomField", &id, row);
        }
    }
    store
}

fn put<const N: usize>(store: &mut Store, object: &str, id: &RecordId, row: [(&str, Value); N]) {
    let Some(object) = store.catalog().object(object).cloned() else { return };
    let place = |(name, value)| object.field(name).map(|(index, _)| (index, value));
    store.put(&object, id.clone(), row.into_iter().filter_map(place));
}
