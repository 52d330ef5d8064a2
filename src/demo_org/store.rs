//! The org's records: kept by object, found by id, never more than a bound.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::catalog::{Catalog, Kind, ObjectDef};
use super::value::Value;
use crate::salesforce::RecordId;

/// Most records of one object, deleted ones counted.
const MOST_RECORDS: usize = 5_000;

/// The objects, and all records of all of them. A clone shares its tables until one of the two
/// writes, so it is what a transaction goes back to.
#[derive(Clone, Debug)]
pub(super) struct Store {
    catalog: Catalog,
    /// Each at the place of its object in the catalog.
    tables: Vec<Arc<Table>>,
}

#[derive(Clone, Debug, Default)]
struct Table {
    records: Vec<Record>,
    places: BTreeMap<RecordId, usize>,
}

/// One record: a value for each field of its object, in the catalog's order.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) id: RecordId,
    pub(super) deleted: bool,
    values: Vec<Value>,
}

impl Record {
    /// The stored value of a field; computed fields store nothing.
    pub(super) fn stored(&self, field: usize) -> &Value {
        self.values.get(field).unwrap_or(&Value::Null)
    }

    /// Stores a value.
    pub(super) fn set(&mut self, field: usize, value: Value) {
        if let Some(place) = self.values.get_mut(field) {
            *place = value;
        }
    }
}

/// Why a record can't be stored: the org is full.
#[derive(Debug)]
pub(super) struct Full;

impl Store {
    /// A store with no records.
    pub(super) fn new(catalog: Catalog) -> Self {
        let tables = catalog.objects().map(|_| Arc::default()).collect();
        Self { catalog, tables }
    }

    /// The objects.
    pub(super) fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The records of an object, deleted ones too, in the order of their creation.
    pub(super) fn records(&self, object: &ObjectDef) -> &[Record] {
        self.tables.get(object.index).map_or(&[], |table| table.records.as_slice())
    }

    /// The record of that id, deleted or not.
    pub(super) fn record(&self, object: &ObjectDef, id: &RecordId) -> Option<&Record> {
        let table = self.tables.get(object.index)?;
        table.records.get(*table.places.get(id)?)
    }

    /// The record of that id, deleted or not, to be changed.
    pub(super) fn record_mut(&mut self, object: &ObjectDef, id: &RecordId) -> Option<&mut Record> {
        let table = Arc::make_mut(self.tables.get_mut(object.index)?);
        table.records.get_mut(*table.places.get(id)?)
    }

    /// The record that an id points to, whatever its object, unless it is deleted.
    pub(super) fn target(&self, id: &str) -> Option<(&Arc<ObjectDef>, &Record)> {
        let id = RecordId::parse(id).ok()?;
        let object = self.catalog.object_of_prefix(id.key_prefix())?;
        self.record(object, &id).filter(|record| !record.deleted).map(|record| (object, record))
    }

    /// Adds a record with a new id and the given values.
    pub(super) fn insert(
        &mut self,
        object: &ObjectDef,
        values: impl IntoIterator<Item = (usize, Value)>,
    ) -> Result<RecordId, Full> {
        let table = Arc::make_mut(self.tables.get_mut(object.index).ok_or(Full)?);
        let place = table.records.len();
        if place >= MOST_RECORDS {
            return Err(Full);
        }
        let id = new_id(&object.prefix, place).ok_or(Full)?;
        let mut record = Record {
            id: id.clone(),
            deleted: false,
            values: vec![Value::Null; object.fields.len()],
        };
        record.set(0, Value::Text(id.as_str().to_owned()));
        for (field, value) in values {
            record.set(field, value);
        }
        table.records.push(record);
        table.places.insert(id.clone(), place);
        Ok(id)
    }

    /// Deletes a record: what belongs to it goes too, other lookups to it are emptied.
    pub(super) fn delete(&mut self, object: &Arc<ObjectDef>, id: &RecordId, now: Timestamp) {
        let mut doomed = vec![(Arc::clone(object), id.clone())];
        while let Some((object, id)) = doomed.pop() {
            let Some(record) = self.record_mut(&object, &id) else { continue };
            if std::mem::replace(&mut record.deleted, true) {
                continue;
            }
            stamp(&object, record, now);
            for (child, lookup, field) in self.catalog.children(&object) {
                let Some(table) = self.tables.get_mut(child.index) else { continue };
                let pointing = Arc::make_mut(table)
                    .records
                    .iter_mut()
                    .filter(|r| !r.deleted && r.stored(lookup).as_text() == Some(id.as_str()));
                for record in pointing {
                    if field.cascade {
                        doomed.push((Arc::clone(child), record.id.clone()));
                    } else {
                        record.set(lookup, Value::Null);
                    }
                }
            }
        }
    }
}

/// Notes a change on a record.
pub(super) fn stamp(object: &ObjectDef, record: &mut Record, now: Timestamp) {
    for (index, field) in object.fields.iter().enumerate() {
        if field.kind == Kind::DateTime
            && matches!(field.name.as_str(), "LastModifiedDate" | "SystemModstamp")
        {
            record.set(index, Value::DateTime(now));
        }
    }
}

/// The id of the `place`th record: a prefix, a pod of three characters and a base-62 number.
pub(super) fn new_id(prefix: &str, place: usize) -> Option<RecordId> {
    const DIGITS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut digits = [b'0'; 9];
    let mut rest = place.checked_add(1)?;
    for digit in digits.iter_mut().rev() {
        *digit = *DIGITS.get(rest.checked_rem(62)?)?;
        rest = rest.checked_div(62)?;
    }
    let number = String::from_utf8(digits.to_vec()).ok()?;
    RecordId::parse(&format!("{prefix}Dm0{number}")).ok()
}
