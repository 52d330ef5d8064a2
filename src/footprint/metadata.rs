//! The footprint of looks at, and changes of, objects and fields themselves.
//!
//! Which object or field an id stands for is told to nobody who may not read metadata of the whole
//! org: an id tells nothing until Salesforce was asked. What is behind it must stand in the org's
//! schema, and is then asked for by its name like any other.

use std::sync::Arc;

use super::error::{FootprintError, Unresolved};
use super::path::Walk;
use super::{Access, Action, Target, Walked};
use crate::org::{Field, Object};
use crate::salesforce::metadata::{
    Change, FIELD_PREFIX, FieldDefinition, FieldRef, MetadataOperation, OBJECT_PREFIX,
    ObjectDefinition, ObjectKey, ObjectMembers, Sought,
};
use crate::salesforce::{ObjectName, Operation, RecordId};

type Result<T> = std::result::Result<T, FootprintError>;

impl Walk<'_> {
    pub(super) fn metadata(&mut self, operation: MetadataOperation) -> Result<Walked> {
        use MetadataOperation as M;
        let mut rows = 1;
        let operation = match operation {
            M::FindObject(ObjectKey::Id(id)) => {
                self.look_behind(&id, OBJECT_PREFIX, "custom object")?;
                M::FindObject(ObjectKey::Id(id))
            }
            M::FindObject(ObjectKey::Name(name)) => {
                let object = self.object(name.as_str())?;
                self.touch(Action::ReadMetadata, of(&object), "");
                M::FindObject(ObjectKey::Name(object.name.clone()))
            }
            M::FindField { id } => {
                self.look_behind(&id, FIELD_PREFIX, "custom field")?;
                M::FindField { id }
            }
            // The first half of a change: nothing of it is shown, but that it can't be made.
            M::OpenObject { id, object } => {
                let object = self.behind_object(&object)?;
                self.touch(Action::UpdateMetadata, of(&object), "");
                M::OpenObject { id, object: object.name.clone() }
            }
            M::OpenField { id, field } => {
                let field = self.named(&field, Action::UpdateMetadata)?;
                M::OpenField { id, field }
            }
            M::CreateObject { name, definition } => {
                self.touch(Action::CreateMetadata, Target::Org, "");
                M::CreateObject { name, definition }
            }
            M::UpdateObject { id, object, change } => {
                let object = self.behind_object(&sought(&id, object)?)?;
                let change = self.change_object(&object, laid(&id, *change)?);
                M::UpdateObject { id, object: Sought::Found(object.name.clone()), change }
            }
            M::DeleteObject { id, object } => {
                let object = self.behind_object(&sought(&id, object)?)?;
                self.delete_object(&object);
                M::DeleteObject { id, object: Sought::Found(object.name.clone()) }
            }
            M::ListFields { object, table } => {
                let object = self.object(object.as_str())?;
                rows = self.list_fields(&object);
                if table == Sought::Missing {
                    return Err(Unresolved::NotCustom(object.name.to_string()).into());
                }
                M::ListFields { object: object.name.clone(), table }
            }
            M::GetField { id, field } => {
                let field = self.named(&sought(&id, field)?, Action::ReadMetadata)?;
                self.shows_targets(&field);
                M::GetField { id, field: Sought::Found(field) }
            }
            M::CreateField { object, name, definition } => {
                let object = self.object(object.as_str())?;
                self.touch(Action::CreateMetadata, of(&object), "");
                let definition = self.lookup_target(*definition)?;
                M::CreateField { object: object.name.clone(), name, definition }
            }
            M::UpdateField { id, field, change } => {
                let field = self.named(&sought(&id, field)?, Action::UpdateMetadata)?;
                let change = Box::new(Change::Laid(Ok(laid(&id, *change)?)));
                M::UpdateField { id, field: Sought::Found(field), change }
            }
            M::DeleteField { id, field } => {
                let field = self.named(&sought(&id, field)?, Action::DeleteMetadata)?;
                M::DeleteField { id, field: Sought::Found(field) }
            }
        };
        Ok((Operation::Metadata(operation), Some(rows)))
    }

    /// Anything of the org could be behind an id.
    fn look_behind(
        &mut self,
        id: &RecordId,
        prefix: &'static str,
        what: &'static str,
    ) -> Result<()> {
        if id.key_prefix() != prefix {
            return Err(Unresolved::NotAnIdOf { what, prefix }.into());
        }
        self.touch(Action::ReadMetadata, Target::Org, "");
        Ok(())
    }

    fn change_object(
        &mut self,
        object: &Object,
        definition: ObjectDefinition,
    ) -> Box<Change<ObjectMembers, ObjectDefinition>> {
        self.touch(Action::UpdateMetadata, of(object), "");
        // Who may see the records of an object that has some.
        if definition.changes_sharing() {
            self.touch(Action::ChangeAccess, of(object), "");
        }
        Box::new(Change::Laid(Ok(definition)))
    }

    /// An object goes with its own fields, and with the lookups of others that lead to it.
    fn delete_object(&mut self, object: &Object) {
        self.touch(Action::DeleteMetadata, of(object), "");
        let schema = self.schema;
        let leads_here = |field: &Field| field.custom && field.reference_to.contains(&object.name);
        for other in schema.objects() {
            let own = other.name == object.name;
            for field in other.fields().filter(|field| own && field.custom || leads_here(field)) {
                self.touch(Action::DeleteMetadata, field_of(other, field), "");
            }
        }
    }

    /// How many fields can come back: each is asked for alone.
    fn list_fields(&mut self, object: &Object) -> u32 {
        self.touch(Action::ReadMetadata, of(object), "");
        let mut rows = 0u32;
        for field in object.fields().filter(|field| field.custom) {
            self.prune(Access::plain(Action::ReadMetadata, field_of(object, field)));
            rows = rows.saturating_add(1);
        }
        rows
    }

    /// A new lookup tells that there is the object that it leads to.
    fn lookup_target(&mut self, definition: FieldDefinition) -> Result<Box<FieldDefinition>> {
        let Some(target) = definition.leads_to() else { return Ok(Box::new(definition)) };
        let target = self.object(target.as_str())?;
        self.touch(Action::Describe, of(&target), "");
        Ok(Box::new(definition.leading_to(target.name.clone())))
    }

    /// The objects that a lookup's definition names.
    fn shows_targets(&mut self, field: &FieldRef) {
        let object = self.schema.object(&field.object);
        let known = object.and_then(|object| object.field(&field.field));
        for target in known.into_iter().flat_map(|field| &field.reference_to) {
            if let Some(target) = self.schema.object(target) {
                self.prune(Access::plain(Action::Describe, of(target)));
            }
        }
    }

    /// The object that an id stands for. Its name is Salesforce's, which no text tells.
    fn behind_object(&self, object: &ObjectName) -> Result<Arc<Object>> {
        let known = self.schema.object(object).filter(|object| object.custom);
        Ok(known.cloned().ok_or(Unresolved::BehindId { what: "custom object" })?)
    }

    /// The field that an id stands for, touched.
    fn named(&mut self, field: &FieldRef, action: Action) -> Result<FieldRef> {
        let unknown = || Unresolved::BehindId { what: "custom field" };
        let object = self.schema.object(&field.object).ok_or_else(unknown)?;
        let known = object.field(&field.field).filter(|field| field.custom).ok_or_else(unknown)?;
        self.touch(action, field_of(object, known), "");
        Ok(FieldRef { object: object.name.clone(), field: known.name.clone() })
    }
}

fn of(object: &Object) -> Target {
    Target::Object(object.name.clone())
}

fn field_of(object: &Object, field: &Field) -> Target {
    Target::Field(object.name.clone(), field.name.clone())
}

/// What was found behind an id.
fn sought<T>(id: &RecordId, sought: Sought<T>) -> Result<T> {
    match sought {
        Sought::Found(found) => Ok(found),
        Sought::Missing => Err(Unresolved::NothingBehindId(id.clone()).into()),
        Sought::Unasked => Err(Unresolved::NotLookedUp(id.clone()).into()),
    }
}

/// A change that was laid over what there is.
fn laid<M, D>(id: &RecordId, change: Change<M, D>) -> Result<D> {
    match change {
        Change::Laid(laid) => Ok(laid.map_err(Unresolved::Definition)?),
        Change::Asked(_) => Err(Unresolved::NotLookedUp(id.clone()).into()),
    }
}
