//! The org's records: kept by object, found by id, never more than a bound.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::catalog::{Catalog, CatalogFull, DIGITS, FieldDef, Kind, ObjectDef};
use super::value::Value;
use crate::salesforce::RecordId;

/// Most records of all objects, deleted ones counted.
const MOST_RECORDS: usize = 50_000;

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
    /// Of each field that records are looked up by: the records that hold a value, deleted ones
    /// too.
    keys: BTreeMap<usize, BTreeMap<String, Vec<usize>>>,
}

/// Whether records are looked up by the field.
fn is_key(field: &FieldDef) -> bool {
    field.external_id || field.unique
}

impl Table {
    fn index(&mut self, place: usize, field: usize, value: &Value) {
        if !value.is_null() {
            let places = self.keys.entry(field).or_default().entry(value.group_key()).or_default();
            places.push(place);
        }
    }

    fn forget(&mut self, place: usize, field: usize, value: &Value) {
        let places = self.keys.get_mut(&field).and_then(|keys| keys.get_mut(&value.group_key()));
        if let Some(places) = places {
            places.retain(|other| *other != place);
        }
    }

    /// Looks all values up again, after the fields changed.
    fn reindex(&mut self, object: &ObjectDef) {
        self.keys.clear();
        for (field, _) in object.fields.iter().enumerate().filter(|(_, field)| is_key(field)) {
            for place in 0..self.records.len() {
                let value = self.records.get(place).map(|record| record.stored(field).clone());
                self.index(place, field, &value.unwrap_or(Value::Null));
            }
        }
    }
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

    /// Stores a value. Trailing nulls take no room.
    fn set(&mut self, field: usize, value: Value) {
        if self.values.len() <= field && !value.is_null() {
            self.values.resize(field.saturating_add(1), Value::Null);
        }
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

    /// The records, none of them deleted, that hold a value in a field.
    pub(super) fn holding(&self, object: &ObjectDef, field: usize, value: &Value) -> Vec<&Record> {
        let Some(table) = self.tables.get(object.index) else { return Vec::new() };
        let alive = |record: &&Record| !record.deleted;
        if object.fields.get(field).is_some_and(is_key) {
            let places = table.keys.get(&field).and_then(|keys| keys.get(&value.group_key()));
            let places = places.into_iter().flatten();
            return places.filter_map(|place| table.records.get(*place)).filter(alive).collect();
        }
        let key = value.group_key();
        let same = |record: &&Record| record.stored(field).group_key() == key;
        table.records.iter().filter(alive).filter(same).collect()
    }

    /// Changes fields of a record.
    pub(super) fn change(
        &mut self,
        object: &ObjectDef,
        id: &RecordId,
        values: impl IntoIterator<Item = (usize, Value)>,
        now: Timestamp,
    ) {
        let Some(table) = self.tables.get_mut(object.index).map(Arc::make_mut) else { return };
        let Some(place) = table.places.get(id).copied() else { return };
        for (field, value) in values {
            let Some(record) = table.records.get_mut(place) else { return };
            let before = record.stored(field).clone();
            record.set(field, value.clone());
            if object.fields.get(field).is_some_and(is_key) {
                table.forget(place, field, &before);
                table.index(place, field, &value);
            }
        }
        if let Some(record) = table.records.get_mut(place) {
            stamp(object, record, now);
        }
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
        if self.tables.iter().map(|table| table.records.len()).sum::<usize>() >= MOST_RECORDS {
            return Err(Full);
        }
        let place = self.tables.get(object.index).ok_or(Full)?.records.len();
        let id = new_id(&object.prefix, place).ok_or(Full)?;
        self.put(object, id.clone(), values);
        Ok(id)
    }

    /// Adds a record with an id that no record of the object has.
    pub(super) fn put(
        &mut self,
        object: &ObjectDef,
        id: RecordId,
        values: impl IntoIterator<Item = (usize, Value)>,
    ) {
        let Some(table) = self.tables.get_mut(object.index).map(Arc::make_mut) else { return };
        let place = table.records.len();
        let mut record = Record {
            id: id.clone(),
            deleted: false,
            values: Vec::with_capacity(object.fields.len()),
        };
        record.set(0, Value::Text(id.as_str().to_owned()));
        for (field, value) in values {
            if object.fields.get(field).is_some_and(is_key) {
                table.index(place, field, &value);
            }
            record.set(field, value);
        }
        table.records.push(record);
        table.places.insert(id, place);
    }

    /// Deletes a record: what belongs to it goes too, other lookups to it are emptied.
    pub(super) fn delete(&mut self, object: &Arc<ObjectDef>, id: &RecordId, now: Timestamp) {
        let mut doomed = vec![(Arc::clone(object), id.clone())];
        while let Some((object, id)) = doomed.pop() {
            let Some(table) = self.tables.get_mut(object.index).map(Arc::make_mut) else {
                continue;
            };
            let place = table.places.get(&id);
            let Some(record) = place.and_then(|place| table.records.get_mut(*place)) else {
                continue;
            };
            if std::mem::replace(&mut record.deleted, true) {
                continue;
            }
            stamp(&object, record, now);
            for (child, lookup, field) in self.catalog.children(&object) {
                let Some(table) = self.tables.get_mut(child.index).map(Arc::make_mut) else {
                    continue;
                };
                let pointing = table
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

impl Store {
    /// Adds a custom object, which `fill` completes.
    pub(super) fn add_object(
        &mut self,
        name: &str,
        fill: impl FnOnce(&mut ObjectDef),
    ) -> Result<(), CatalogFull> {
        self.catalog.add_object(name).map(fill)?;
        self.tables.resize_with(self.catalog.places(), Arc::default);
        Ok(())
    }

    /// Removes an object with its records, and the lookups that pointed to it alone.
    pub(super) fn remove_object(&mut self, object: usize) {
        let mut pointing = self.catalog.remove_object(object);
        if let Some(table) = self.tables.get_mut(object).map(Arc::make_mut) {
            *table = Table::default();
        }
        // The last fields first, so that the places of those before them still hold.
        pointing.sort_unstable();
        for (child, field) in pointing.into_iter().rev() {
            self.remove_field(child, field);
        }
    }

    /// Changes what an object is called and who sees it.
    pub(super) fn change_object(&mut self, object: usize, change: impl FnOnce(&mut ObjectDef)) {
        if let Some(object) = self.catalog.object_mut(object) {
            change(object);
        }
    }

    /// Adds a field; a checkbox is unticked in the records that are there.
    pub(super) fn add_field(&mut self, object: usize, field: FieldDef) -> Result<(), CatalogFull> {
        let boolean = field.kind == Kind::Boolean;
        self.catalog.add_field(object, field)?;
        let place = self.catalog.at(object).and_then(|object| object.fields.len().checked_sub(1));
        let (Some(place), Some(table)) = (place, self.tables.get_mut(object).map(Arc::make_mut))
        else {
            return Ok(());
        };
        if boolean {
            table.records.iter_mut().for_each(|record| record.set(place, Value::Bool(false)));
        }
        Ok(())
    }

    /// Puts another definition in the place of a field's.
    pub(super) fn change_field(&mut self, object: usize, place: usize, field: FieldDef) {
        let fields = self.catalog.object_mut(object).map(|object| &mut object.fields);
        if let Some(old) = fields.and_then(|fields| fields.get_mut(place)) {
            *old = field;
        }
        self.reindex(object);
    }

    /// Removes a field with its values.
    pub(super) fn remove_field(&mut self, object: usize, place: usize) {
        let Some(fields) = self.catalog.object_mut(object).map(|object| &mut object.fields) else {
            return;
        };
        if place >= fields.len() {
            return;
        }
        fields.remove(place);
        let records =
            self.tables.get_mut(object).map(Arc::make_mut).map(|table| &mut table.records);
        for record in records.into_iter().flatten().filter(|record| place < record.values.len()) {
            record.values.remove(place);
        }
        self.reindex(object);
    }

    fn reindex(&mut self, object: usize) {
        if let (Some(def), Some(table)) =
            (self.catalog.at(object), self.tables.get_mut(object).map(Arc::make_mut))
        {
            table.reindex(def);
        }
    }
}

/// Notes a change on a record.
fn stamp(object: &ObjectDef, record: &mut Record, now: Timestamp) {
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
    let mut digits = [b'0'; 9];
    let mut rest = place.checked_add(1)?;
    for digit in digits.iter_mut().rev() {
        *digit = *DIGITS.get(rest.checked_rem(62)?)?;
        rest = rest.checked_div(62)?;
    }
    let number = String::from_utf8(digits.to_vec()).ok()?;
    RecordId::parse(&format!("{prefix}Dm0{number}")).ok()
}
