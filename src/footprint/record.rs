//! The footprint of operations on one record.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use super::error::{FootprintError, Unresolved};
use super::path::{Scope, Walk, copied, field, parent};
use super::privilege;
use super::{Action, Place, Target};
use crate::org::{Field, Object};
use crate::salesforce::{
    ExternalKey, FieldName, FieldValue, ObjectName, Operation, ParentKey, RecordBody, RecordKey,
    Reference, RelationshipName,
};
use crate::soql::ast::{Ident, Path, Span};

type Result<T> = std::result::Result<T, FootprintError>;

/// What a read without a list of fields returns.
pub(super) fn all_fields(object: &Object) -> Vec<Path> {
    let span = Span { start: 0, end: 0 };
    let path = |field: &Field| Path { qualifiers: Vec::new(), last: field.name.ident(span) };
    object.fields().map(path).collect()
}

impl Walk<'_> {
    /// The operations on one record; every other is returned as it is.
    pub(super) fn record_operation(
        &mut self,
        operation: Operation,
        place: Place,
    ) -> Result<Operation> {
        Ok(match operation {
            Operation::GetRecord { object, key, fields } => {
                let (object, key) = self.keyed(&object, key, place)?;
                let fields = self.fields_of(&object, &fields)?;
                Operation::GetRecord { object: object.name.clone(), key, fields }
            }
            Operation::CreateRecord { object, body } => {
                let object = self.object(object.as_str())?;
                let body = self.written(&[Action::Create], &object, body, place)?;
                Operation::CreateRecord { object: object.name.clone(), body }
            }
            Operation::UpdateRecord { object, key: RecordKey::External(key), body } => {
                // The same request without `updateOnly` would make a record where there is none.
                let object = self.object(object.as_str())?;
                let key = self.external(&object, key)?;
                self.upsert(&object, &key, body, true, place)?
            }
            Operation::UpdateRecord { object, key, body } => {
                let (object, key) = self.keyed(&object, key, place)?;
                let body = self.written(&[Action::Update], &object, body, place)?;
                Operation::UpdateRecord { object: object.name.clone(), key, body }
            }
            Operation::UpsertRecord { object, key, body, update_only } => {
                let object = self.object(object.as_str())?;
                let key = self.external(&object, key)?;
                self.upsert(&object, &key, body, update_only, place)?
            }
            Operation::DeleteRecord { object, key } => {
                let (object, key) = self.keyed(&object, key, place)?;
                self.delete(&object);
                Operation::DeleteRecord { object: object.name.clone(), key }
            }
            other @ (Operation::GetLimits
            | Operation::ListObjects
            | Operation::DescribeObject { .. }
            | Operation::Query(_)
            | Operation::Search(_)
            | Operation::GetRelated { .. }
            | Operation::RecentlyViewed { .. }
            | Operation::CurrentUser
            | Operation::Records(_)
            | Operation::Envelope(_)
            | Operation::Bulk(_)
            | Operation::Report(_)
            | Operation::Metadata(_)) => other,
        })
    }

    pub(super) fn delete(&mut self, object: &Object) {
        let target = Target::Object(object.name.clone());
        if let Some(action) = privilege::of_object(&object.name) {
            self.touch(action, target.clone(), "");
        }
        self.touch(Action::Delete, target, "");
    }

    /// The fields to return of a record, each once; all where none is named.
    pub(super) fn fields_of(&mut self, object: &Arc<Object>, fields: &[Path]) -> Result<Vec<Path>> {
        if fields.is_empty() {
            let all = all_fields(object);
            return if all.is_empty() { Ok(all) } else { self.fields_of(object, &all) };
        }
        let scope = Scope::of(Arc::clone(object));
        let mut resolved = Vec::new();
        let mut known = BTreeSet::new();
        for field in fields {
            let path = self.path(&scope, field, &[Action::Select])?;
            if known.insert(path.to_string()) {
                resolved.push(path);
            }
        }
        Ok(resolved)
    }

    /// An upsert makes a record or changes one, and sets the external id in a new one.
    fn upsert(
        &mut self,
        object: &Object,
        key: &ExternalKey,
        body: RecordBody,
        update_only: bool,
        place: Place,
    ) -> Result<Operation> {
        let field = field(object, || object.name.to_string(), key.field().as_str())?;
        let body = self.upsert_body(object, field, body, update_only, place)?;
        let object = object.name.clone();
        Ok(Operation::UpsertRecord { object, key: key.clone(), body, update_only })
    }

    /// What an upsert sets besides its key, which can be nothing where a new record may be made.
    pub(super) fn upsert_body(
        &mut self,
        object: &Object,
        key: &Field,
        body: RecordBody,
        update_only: bool,
        place: Place,
    ) -> Result<RecordBody> {
        if body.values.iter().any(|(name, _)| *name == key.name) {
            return Err(Unresolved::WrittenTwice(key.name.to_string()).into());
        }
        if update_only {
            return self.written(&[Action::Update], object, body, place);
        }
        let mut written = BTreeSet::new();
        self.set(&[Action::Create], object, key, key.name.as_str(), &mut written)?;
        self.written_besides(&[Action::Create, Action::Update], object, body, place, written)
    }

    /// The object of a record, and its key in describe's spelling.
    fn keyed(
        &mut self,
        object: &ObjectName,
        key: RecordKey,
        place: Place,
    ) -> Result<(Arc<Object>, RecordKey)> {
        Ok(match key {
            RecordKey::Id(id) => (self.record(object, &id)?, RecordKey::Id(id)),
            RecordKey::External(key) => {
                let object = self.object(object.as_str())?;
                let key = self.external(&object, key)?;
                (object, RecordKey::External(key))
            }
            // What it leads to is checked where the parts are known together.
            RecordKey::Reference(reference) if place == Place::AmongParts => {
                (self.object(object.as_str())?, RecordKey::Reference(reference))
            }
            RecordKey::Reference(reference) => {
                return Err(Unresolved::ReferenceAlone(reference.to_string()).into());
            }
        })
    }

    /// Whether there is a record with that value can be told from the answer, so that the field is
    /// filtered on.
    pub(super) fn external(&mut self, object: &Object, key: ExternalKey) -> Result<ExternalKey> {
        let field = field(object, || object.name.to_string(), key.field().as_str())?;
        self.identifying(object, field, object.name.as_str())?;
        Ok(key.spelled(field.name.clone()))
    }

    /// The same of a field at a place: an object that the caller named, or a relationship.
    pub(super) fn identifying(
        &mut self,
        object: &Object,
        field: &Field,
        place: &str,
    ) -> Result<()> {
        if field.name.as_str().eq_ignore_ascii_case("Id") {
            return Err(Unresolved::IdAsKey.into());
        }
        if !field.identifies {
            let path = format!("{place}.{}", field.name);
            return Err(Unresolved::NotAnExternalId(path).into());
        }
        self.field(Action::Filter, object, field, field.name.as_str());
        Ok(())
    }

    /// What is set in a new or changed record: known fields, each once, each with a scalar value. A
    /// compound field sets its parts, so that each of them is written too.
    pub(super) fn written(
        &mut self,
        actions: &[Action],
        object: &Object,
        body: RecordBody,
        place: Place,
    ) -> Result<RecordBody> {
        self.written_besides(actions, object, body, place, BTreeSet::new())
    }

    /// The same, where `written` is set already.
    pub(super) fn written_besides(
        &mut self,
        actions: &[Action],
        object: &Object,
        body: RecordBody,
        place: Place,
        mut written: BTreeSet<FieldName>,
    ) -> Result<RecordBody> {
        if body.is_empty() && written.is_empty() {
            return Err(Unresolved::NothingToWrite.into());
        }
        if let Some(action) = privilege::of_object(&object.name) {
            self.touch(action, Target::Object(object.name.clone()), "");
        }
        let mut resolved = RecordBody::default();
        for (name, value) in body.values {
            let field = field(object, || object.name.to_string(), name.as_str())?;
            self.set(actions, object, field, name.as_str(), &mut written)?;
            scalar(field, &value, place)?;
            resolved.values.push((field.name.clone(), value));
        }
        for (name, key) in body.parents {
            let (spelled, key) =
                self.parent_key(actions, object, &name, key, &mut written, place)?;
            resolved.parents.push((spelled, key));
        }
        Ok(resolved)
    }

    /// One field that is written, its parts, and what these are copies of. Whether a write of a unique
    /// field succeeds tells whether another record has the value, so that it is filtered on too.
    pub(super) fn set(
        &mut self,
        actions: &[Action],
        object: &Object,
        field: &Field,
        path: &str,
        written: &mut BTreeSet<FieldName>,
    ) -> Result<()> {
        if field.name.as_str().eq_ignore_ascii_case("Id") || field.calculated {
            return Err(Unresolved::NotWritable(format!("{}.{}", object.name, field.name)).into());
        }
        if !written.insert(field.name.clone()) {
            return Err(Unresolved::WrittenTwice(field.name.to_string()).into());
        }
        if let Some(action) = privilege::of_field(&object.name, &field.name) {
            self.touch(action, Target::Field(object.name.clone(), field.name.clone()), path);
        }
        let parts = field.components.iter().filter_map(|part| object.field(part));
        let schema = self.schema;
        let own = std::iter::once(field).chain(parts);
        let all = own.flat_map(|part| std::iter::once((object, part)).chain(copied(schema, part)));
        for (object, part) in all {
            let told = part.unique.then_some(&Action::Filter);
            for action in actions.iter().chain(told) {
                self.touch(*action, Target::Field(object.name.clone(), part.name.clone()), path);
            }
        }
        Ok(())
    }

    /// A lookup that is set by an external id of the parent: the lookup is written, and parents are
    /// chosen by that field.
    pub(super) fn parent_key(
        &mut self,
        actions: &[Action],
        object: &Object,
        name: &RelationshipName,
        key: ParentKey,
        written: &mut BTreeSet<FieldName>,
        place: Place,
    ) -> Result<(RelationshipName, ParentKey)> {
        let step = Ident::new(name.as_str(), Span::default())
            .ok_or_else(|| Unresolved::Object(name.to_string()))?;
        let lookup = parent(object, || object.name.to_string(), &step)?;
        self.set(actions, object, lookup, name.as_str(), written)?;
        let target = match (&key.object, lookup.reference_to.as_slice()) {
            (None, [only]) if !lookup.polymorphic => only.clone(),
            (Some(object), targets) if targets.contains(object) => object.clone(),
            (Some(object), _) => {
                return Err(Unresolved::NotATarget {
                    relationship: name.to_string(),
                    object: object.to_string(),
                }
                .into());
            }
            (None, _) => return Err(Unresolved::ParentWithoutType(name.to_string()).into()),
        };
        let unknown = || Unresolved::Target { relationship: name.to_string() };
        let parent = self.schema.object(&target).cloned().ok_or_else(unknown)?;
        let found = field(&parent, || name.to_string(), key.field.as_str())?;
        self.identifying(&parent, found, name.as_str())?;
        scalar(found, &key.value, place)?;
        if key.value.is_null() {
            return Err(Unresolved::Value(format!("{name}.{}", found.name)).into());
        }
        let spelled = lookup.relationship.clone().unwrap_or_else(|| name.clone());
        let object = key.object.is_some().then(|| parent.name.clone());
        Ok((spelled, ParentKey { object, field: found.name.clone(), value: key.value }))
    }
}

/// Refuses lists and objects, which would be records of their own, and references outside a
/// composite.
pub(super) fn scalar(field: &Field, value: &FieldValue, place: Place) -> Result<()> {
    match value {
        // Among parts Salesforce would put an answer of another part in its place.
        FieldValue::Json(Value::String(text))
            if place == Place::AmongParts && Reference::is_in(text) =>
        {
            Err(Unresolved::Value(field.name.to_string()).into())
        }
        FieldValue::Json(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
            Ok(())
        }
        FieldValue::Json(Value::Array(_) | Value::Object(_)) => {
            Err(Unresolved::Value(field.name.to_string()).into())
        }
        FieldValue::Reference(_) if place == Place::AmongParts => Ok(()),
        FieldValue::Reference(reference) => {
            Err(Unresolved::ReferenceAlone(reference.to_string()).into())
        }
    }
}
