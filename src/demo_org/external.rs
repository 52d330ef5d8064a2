//! Records that are named by the value of a field: external ids and the like.

use std::sync::Arc;

use serde_json::{Map, Value as Body};

use super::answer::{Refusal, cut};
use super::catalog::{Kind, ObjectDef};
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
