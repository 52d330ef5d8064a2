//! Records that are named by the value of a field: external ids and the like.

use std::sync::Arc;

use serde_json::{Map, Value as Body};

use super::answer::{Refusal, cut};
use super::catalog::{FieldDef, Kind, ObjectDef};
use super::records::{self, Writer};
use super::store::Store;
use crate::salesforce::RecordId;

/// The records that hold a value, written as text, in a field.
pub(super) fn found_by(
    store: &Store,
    object: &ObjectDef,
    field: usize,
    text: &str,
) -> Result<Vec<RecordId>, Refusal> {
    let def = object.fields.get(field).ok_or_else(Refusal::not_found)?;
    if def.kind == Kind::Id {
        let id = records::record_id(object, text)?;
        let record = store.record(object, &id).filter(|record| !record.deleted);
        return Ok(record.map(|record| record.id.clone()).into_iter().collect());
    }
    let value = records::value_of(store, def, &Body::String(text.to_owned()))?;
    if value.is_null() {
        return Ok(Vec::new());
    }
    let found = store.holding(object, field, &value);
    Ok(found.into_iter().map(|record| record.id.clone()).collect())
}

/// Refuses a value that several records hold.
pub(super) fn several(name: &str, ids: &[RecordId]) -> Refusal {
    let shown: Vec<&str> = ids.iter().take(10).map(RecordId::as_str).collect();
    let message =
        format!("{name}: more than one record found for external id field: [{}]", shown.join(", "));
    Refusal::new(300, "DUPLICATE_EXTERNAL_ID", message).of_fields(&[])
}

/// The one record that holds a value, written as text, in a field, to be pointed to.
pub(super) fn parent(
    store: &Store,
    object: &ObjectDef,
    field: usize,
    text: &str,
) -> Result<RecordId, Refusal> {
    let found = found_by(store, object, field, text)?;
    let name = object.fields.get(field).map_or("", |field| field.name.as_str());
    match found.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(invalid(format!(
            "Foreign key external ID: {} not found for field {name} in entity {}",
            cut(text),
            object.name
        ))),
        many => Err(Refusal { status: 400, ..several(name, many) }),
    }
}

/// The lookup behind a relationship in a body, as `Account` in `{"Account":{"Key__c":"A-1"}}`, and
/// the record that is named there by an external id; `None` where there is no such relationship.
pub(super) fn nested<'o>(
    store: &Store,
    object: &'o ObjectDef,
    body: &Map<String, Body>,
    name: &str,
) -> Option<Result<(usize, &'o FieldDef, RecordId), Refusal>> {
    let (index, lookup) = object.parent(name)?;
    let given = body.get(name)?.as_object()?;
    if body.keys().any(|key| key.eq_ignore_ascii_case(&lookup.name)) {
        return Some(Err(invalid(format!(
            "Cannot specify both an external ID reference {} and a salesforce id, {}",
            cut(name),
            lookup.name
        ))));
    }
    Some(referred(store, lookup, given).map(|id| (index, lookup, id)))
}

fn referred(
    store: &Store,
    lookup: &FieldDef,
    given: &Map<String, Body>,
) -> Result<RecordId, Refusal> {
    let kind = given.get("attributes").and_then(|attributes| attributes.get("type"));
    let target = match (kind.and_then(Body::as_str), lookup.reference_to.as_slice()) {
        (Some(kind), names) => names.iter().find(|name| name.eq_ignore_ascii_case(kind)),
        (None, [one]) => Some(one),
        (None, _) => None,
    };
    let target = target.and_then(|target| store.catalog().object(target)).ok_or_else(|| {
        let message = "The external foreign key reference does not reference a valid entity";
        invalid(format!("{message}: {}", lookup.relationship.as_deref().unwrap_or_default()))
    })?;
    let mut named = given.iter().filter(|(key, _)| *key != "attributes");
    let (Some((name, value)), None) = (named.next(), named.next()) else {
        let message = "One field must be provided in an external foreign key reference in entity";
        return Err(invalid(format!("{message}: {}", target.name)));
    };
    let (field, def) = target.field(name).filter(|(_, def)| def.external_id).ok_or_else(|| {
        let (name, object) = (cut(name), &target.name);
        invalid(format!("Field name provided, {name} does not match an External ID for {object}"))
    })?;
    let text = key_text(value).ok_or_else(|| {
        invalid(format!("The value of {} must be a string or a number", def.name))
    })?;
    parent(store, target, field, &text)
}

/// The value of an external id as text, where it is one.
pub(super) fn key_text(value: &Body) -> Option<String> {
    match value {
        Body::String(text) => Some(text.clone()),
        Body::Number(number) => Some(number.to_string()),
        Body::Null | Body::Bool(_) | Body::Array(_) | Body::Object(_) => None,
    }
}

fn invalid(message: String) -> Refusal {
    Refusal::new(400, "INVALID_FIELD", message)
}

/// Changes the record that holds `key` in the field of that name, or adds one; tells which, and
/// whether it is new.
pub(super) fn upsert(
    store: &mut Store,
    object: &Arc<ObjectDef>,
    name: &str,
    key: &str,
    mut fields: Map<String, Body>,
    writer: Writer<'_>,
) -> Result<(RecordId, bool), Refusal> {
    let (index, field) = object.field(name).ok_or_else(|| {
        let message = format!("Provided external ID field does not exist: {}", cut(name));
        Refusal::new(400, "NOT_FOUND", message)
    })?;
    let found = found_by(store, object, index, key)?;
    fields.retain(|other, _| !other.eq_ignore_ascii_case(name));
    match found.as_slice() {
        [] => {
            fields.insert(field.name.clone(), Body::String(key.to_owned()));
            records::create(store, object, &fields, writer).map(|id| (id, true))
        }
        [id] => records::update(store, object, id, &fields, writer).map(|()| (id.clone(), false)),
        many => Err(several(&field.name, many)),
    }
}
