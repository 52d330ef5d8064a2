//! The footprint of requests on several records: that of each record, as if it stood alone.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::error::{FootprintError, Unresolved};
use super::path::{Walk, field};
use super::record::scalar;
use super::{Action, Place, Walked};
use crate::org::{Field, Object};
use crate::salesforce::collection::{
    CollectionOperation, MOST_LEVELS, MOST_RECORDS, MOST_TYPES, TreeRecord,
};
use crate::salesforce::{FieldName, FieldValue, ObjectName, Operation, RecordBody, RecordId};

type Result<T> = std::result::Result<T, FootprintError>;

/// What is the same for all records of a tree, and where the walk is in it.
struct Growth {
    types: BTreeSet<ObjectName>,
    level: usize,
    place: Place,
}

impl Walk<'_> {
    pub(super) fn collection(
        &mut self,
        operation: CollectionOperation,
        place: Place,
    ) -> Result<Walked> {
        let records = operation.len();
        if records == 0 {
            return Err(Unresolved::NoRecords.into());
        }
        if records > MOST_RECORDS {
            return Err(Unresolved::TooMany { what: "records", most: MOST_RECORDS }.into());
        }
        let operation = match operation {
            CollectionOperation::GetMany { object, ids, fields } => {
                let known = self.object(object.as_str())?;
                for id in &ids {
                    self.record(&object, id)?;
                }
                let fields = self.fields_of(&known, &fields)?;
                CollectionOperation::GetMany { object: known.name.clone(), ids, fields }
            }
            CollectionOperation::CreateMany { all_or_none, records } => {
                let records = records.into_iter().map(|(object, body)| {
                    let object = self.object(object.as_str())?;
                    let body = self.written(&[Action::Create], &object, body, place)?;
                    Ok((object.name.clone(), body))
                });
                let records = records.collect::<Result<_>>()?;
                CollectionOperation::CreateMany { all_or_none, records }
            }
            CollectionOperation::UpdateMany { all_or_none, records } => {
                let records = records.into_iter().map(|(object, id, body)| {
                    let object = self.record(&object, &id)?;
                    let body = self.written(&[Action::Update], &object, body, place)?;
                    Ok((object.name.clone(), id, body))
                });
                let records = records.collect::<Result<_>>()?;
                CollectionOperation::UpdateMany { all_or_none, records }
            }
            CollectionOperation::UpsertMany { all_or_none, object, field, records } => {
                let object = self.object(object.as_str())?;
                let (field, records) = self.upserted(&object, &field, records, place)?;
                let object = object.name.clone();
                CollectionOperation::UpsertMany { all_or_none, object, field, records }
            }
            CollectionOperation::DeleteMany { all_or_none, ids } => {
                for id in &ids {
                    let object = self.object_of(id)?;
                    self.delete(&object);
                }
                CollectionOperation::DeleteMany { all_or_none, ids }
            }
            CollectionOperation::Tree { object, records } => {
                let root = self.object(object.as_str())?;
                let mut growth = Growth { types: BTreeSet::new(), level: 0, place };
                let records = self.nodes(&root, None, records, &mut growth)?;
                CollectionOperation::Tree { object: root.name.clone(), records }
            }
        };
        Ok((Operation::Records(operation), u32::try_from(records).ok()))
    }

    fn upserted(
        &mut self,
        object: &Object,
        key: &FieldName,
        records: Vec<(FieldValue, RecordBody)>,
        place: Place,
    ) -> Result<(FieldName, Vec<(FieldValue, RecordBody)>)> {
        let key = field(object, || object.name.to_string(), key.as_str())?;
        self.identifying(object, key, object.name.as_str())?;
        let mut resolved = Vec::with_capacity(records.len());
        for (value, body) in records {
            scalar(key, &value, place)?;
            if value.is_null() {
                return Err(Unresolved::NoKey(key.name.to_string()).into());
            }
            resolved.push((value, self.upsert_body(object, key, body, false, place)?));
        }
        Ok((key.name.clone(), resolved))
    }

    /// The object of a record of which only the id is known. Where its prefix is that of none or of
    /// several objects, nobody could say what would be touched.
    fn object_of(&self, id: &RecordId) -> Result<Arc<Object>> {
        let prefix = Some(id.key_prefix());
        let mut found = self.schema.objects().filter(|known| known.key_prefix.as_deref() == prefix);
        match (found.next(), found.next()) {
            (Some(only), None) => Ok(Arc::clone(only)),
            (None, _) | (Some(_), Some(_)) => Err(Unresolved::Prefix(id.clone()).into()),
        }
    }

    /// Records of a tree with their children. A child's lookup to its parent is written too.
    fn nodes(
        &mut self,
        object: &Arc<Object>,
        lookup: Option<&Field>,
        records: Vec<TreeRecord>,
        growth: &mut Growth,
    ) -> Result<Vec<TreeRecord>> {
        growth.level = growth.level.saturating_add(1);
        if growth.level > MOST_LEVELS {
            return Err(Unresolved::TooMany { what: "levels", most: MOST_LEVELS }.into());
        }
        growth.types.insert(object.name.clone());
        if growth.types.len() > MOST_TYPES {
            return Err(Unresolved::TooMany { what: "objects", most: MOST_TYPES }.into());
        }
        let mut resolved = Vec::with_capacity(records.len());
        for record in records {
            resolved.push(self.node(object, lookup, record, growth)?);
        }
        growth.level = growth.level.saturating_sub(1);
        Ok(resolved)
    }

    fn node(
        &mut self,
        object: &Arc<Object>,
        lookup: Option<&Field>,
        record: TreeRecord,
        growth: &mut Growth,
    ) -> Result<TreeRecord> {
        let TreeRecord { reference, object: written, body, children } = record;
        let within = |error: FootprintError| error.in_record(&reference);
        if let Some(written) = written.filter(|written| *written != object.name) {
            return Err(within(Unresolved::OtherType(written.to_string()).into()));
        }
        let body = self.new_child(object, lookup, body, growth.place).map_err(within)?;
        let mut beneath = Vec::with_capacity(children.len());
        for (name, children) in children {
            let child = object.child(&name).ok_or_else(|| Unresolved::Child {
                place: object.name.to_string(),
                object: object.name.clone(),
                relationship: name.to_string(),
            });
            let child = child.map_err(|kind| within(kind.into()))?;
            let (next, lookup) = self
                .schema
                .object(&child.object)
                .and_then(|next| Some((next, next.field(&child.field)?)))
                .ok_or_else(|| Unresolved::Target { relationship: name.to_string() })
                .map_err(|kind| within(kind.into()))?;
            let children = self.nodes(next, Some(lookup), children, growth)?;
            beneath.push((child.relationship.clone(), children));
        }
        let object = Some(object.name.clone());
        Ok(TreeRecord { reference, object, body, children: beneath })
    }

    fn new_child(
        &mut self,
        object: &Object,
        lookup: Option<&Field>,
        body: RecordBody,
        place: Place,
    ) -> Result<RecordBody> {
        let mut written = BTreeSet::new();
        if let Some(lookup) = lookup {
            let path = lookup.name.as_str();
            self.set(&[Action::Create], object, lookup, path, &mut written)?;
        }
        self.written_besides(&[Action::Create], object, body, place, written)
    }
}
