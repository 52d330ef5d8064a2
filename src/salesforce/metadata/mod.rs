//! The Tooling API: the org's own objects and fields.
//!
//! What is made or changed is a closed set of types and members; formulas, roll-ups and relationships
//! that decide on access are not in it. An id names an object or a field only after Salesforce was
//! asked, so that operations by id have one lookup before they touch anything, and changes a second
//! one: Salesforce replaces a definition as a whole, so that a change is laid over what there is.

mod field;
mod found;
mod members;
mod name;
mod object;
mod refused;

pub use field::FieldDefinition;
pub use found::{FieldShown, shown_definition};
pub use members::{DefinitionError, FieldMembers, FieldType, Literal, Members, ObjectMembers};
pub use name::{CustomName, CustomNameError};
pub use object::ObjectDefinition;

use super::{FieldName, ObjectName, RecordId};

#[cfg(test)]
mod tests;

/// The first three characters of a custom object's id.
pub const OBJECT_PREFIX: &str = "01I";

/// The first three characters of a custom field's id.
pub const FIELD_PREFIX: &str = "00N";

/// One look at, or change of, an object or a field itself.
#[derive(Clone, Debug, PartialEq)]
pub enum MetadataOperation {
    /// Which object an id stands for, or which id a custom object has. Only ever a lookup.
    FindObject(ObjectKey),
    /// Which field an id stands for. Only ever a lookup.
    FindField {
        /// The id.
        id: RecordId,
    },
    /// The definition of an object that is about to be changed. Only ever a lookup.
    OpenObject {
        /// Its id.
        id: RecordId,
        /// The object.
        object: ObjectName,
    },
    /// The definition of a field that is about to be changed. Only ever a lookup.
    OpenField {
        /// Its id.
        id: RecordId,
        /// The field.
        field: FieldRef,
    },
    /// A new object.
    CreateObject {
        /// Its name.
        name: CustomName,
        /// What it is.
        definition: Box<ObjectDefinition>,
    },
    /// A changed object.
    UpdateObject {
        /// Its id.
        id: RecordId,
        /// The object behind the id.
        object: Sought<ObjectName>,
        /// What is changed.
        change: Box<Change<ObjectMembers, ObjectDefinition>>,
    },
    /// An object goes, with its fields and records.
    DeleteObject {
        /// Its id.
        id: RecordId,
        /// The object behind the id.
        object: Sought<ObjectName>,
    },
    /// The custom fields of an object.
    ListFields {
        /// Which object.
        object: ObjectName,
        /// The id that fields know a custom object by; never sought for a standard one.
        table: Sought<RecordId>,
    },
    /// One custom field.
    GetField {
        /// Its id.
        id: RecordId,
        /// The field behind the id.
        field: Sought<FieldRef>,
    },
    /// A new field.
    CreateField {
        /// Of which object.
        object: ObjectName,
        /// Its name.
        name: CustomName,
        /// What it is.
        definition: Box<FieldDefinition>,
    },
    /// A changed field.
    UpdateField {
        /// Its id.
        id: RecordId,
        /// The field behind the id.
        field: Sought<FieldRef>,
        /// What is changed.
        change: Box<Change<FieldMembers, FieldDefinition>>,
    },
    /// A field goes, with its values.
    DeleteField {
        /// Its id.
        id: RecordId,
        /// The field behind the id.
        field: Sought<FieldRef>,
    },
}

/// What a custom object is found by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObjectKey {
    /// Its id.
    Id(RecordId),
    /// Its name.
    Name(ObjectName),
}

/// A field by its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldRef {
    /// The object.
    pub object: ObjectName,
    /// The field.
    pub field: FieldName,
}

/// What Salesforce has to be asked for first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sought<T> {
    /// It wasn't asked yet.
    Unasked,
    /// It knows none.
    Missing,
    /// It is this.
    Found(T),
}

impl<T> Sought<T> {
    fn of(found: Option<T>) -> Self {
        found.map_or(Self::Missing, Self::Found)
    }
}

/// A change, before and after it was laid over what there is.
#[derive(Clone, Debug, PartialEq)]
pub enum Change<M, D> {
    /// What the caller changes.
    Asked(M),
    /// The whole, or why there can't be one.
    Laid(Result<D, DefinitionError>),
}

impl MetadataOperation {
    /// Its name in audit records and spans.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::FindObject(_) => "findCustomObject",
            Self::FindField { .. } => "findCustomField",
            Self::OpenObject { .. } => "openCustomObject",
            Self::OpenField { .. } => "openCustomField",
            Self::CreateObject { .. } => "createCustomObject",
            Self::UpdateObject { .. } => "updateCustomObject",
            Self::DeleteObject { .. } => "deleteCustomObject",
            Self::ListFields { .. } => "listCustomFields",
            Self::GetField { .. } => "getCustomField",
            Self::CreateField { .. } => "createCustomField",
            Self::UpdateField { .. } => "updateCustomField",
            Self::DeleteField { .. } => "deleteCustomField",
        }
    }

    /// Whether it can change anything in the org.
    pub fn writes(&self) -> bool {
        match self {
            Self::FindObject(_)
            | Self::FindField { .. }
            | Self::OpenObject { .. }
            | Self::OpenField { .. }
            | Self::ListFields { .. }
            | Self::GetField { .. } => false,
            Self::CreateObject { .. }
            | Self::UpdateObject { .. }
            | Self::DeleteObject { .. }
            | Self::CreateField { .. }
            | Self::UpdateField { .. }
            | Self::DeleteField { .. } => true,
        }
    }

    /// The id that the caller named.
    pub fn id(&self) -> Option<&RecordId> {
        match self {
            Self::FindObject(ObjectKey::Id(id))
            | Self::FindField { id }
            | Self::OpenObject { id, .. }
            | Self::OpenField { id, .. }
            | Self::UpdateObject { id, .. }
            | Self::DeleteObject { id, .. }
            | Self::GetField { id, .. }
            | Self::UpdateField { id, .. }
            | Self::DeleteField { id, .. } => Some(id),
            Self::FindObject(ObjectKey::Name(_))
            | Self::CreateObject { .. }
            | Self::ListFields { .. }
            | Self::CreateField { .. } => None,
        }
    }

    /// See [`super::Operation::lookup`].
    pub fn lookup(&self) -> Option<Self> {
        match self {
            Self::UpdateObject { id, object, change } => match (object, &**change) {
                (Sought::Unasked, _) => Some(Self::FindObject(ObjectKey::Id(id.clone()))),
                (Sought::Found(object), Change::Asked(_)) => {
                    Some(Self::OpenObject { id: id.clone(), object: object.clone() })
                }
                (Sought::Missing, _) | (Sought::Found(_), Change::Laid(_)) => None,
            },
            Self::UpdateField { id, field, change } => match (field, &**change) {
                (Sought::Unasked, _) => Some(Self::FindField { id: id.clone() }),
                (Sought::Found(field), Change::Asked(_)) => {
                    Some(Self::OpenField { id: id.clone(), field: field.clone() })
                }
                (Sought::Missing, _) | (Sought::Found(_), Change::Laid(_)) => None,
            },
            Self::DeleteObject { id, object: Sought::Unasked } => {
                Some(Self::FindObject(ObjectKey::Id(id.clone())))
            }
            Self::GetField { id, field: Sought::Unasked }
            | Self::DeleteField { id, field: Sought::Unasked } => {
                Some(Self::FindField { id: id.clone() })
            }
            Self::ListFields { object, table: Sought::Unasked } if is_custom(object) => {
                Some(Self::FindObject(ObjectKey::Name(object.clone())))
            }
            Self::FindObject(_)
            | Self::FindField { .. }
            | Self::OpenObject { .. }
            | Self::OpenField { .. }
            | Self::CreateObject { .. }
            | Self::DeleteObject { .. }
            | Self::ListFields { .. }
            | Self::GetField { .. }
            | Self::CreateField { .. }
            | Self::DeleteField { .. } => None,
        }
    }

    /// See [`super::Operation::with_lookup`].
    pub fn with_lookup(self, answer: &[u8]) -> Option<Self> {
        Some(match self {
            Self::UpdateObject { id, object: Sought::Unasked, change } => {
                let object = Sought::of(found::object(answer, &id)?);
                Self::UpdateObject { id, object, change }
            }
            Self::UpdateObject { id, object: Sought::Found(object), change } => {
                let Change::Asked(changes) = *change else { return None };
                let laid = found::changed_object(answer, &id, &object, changes)?;
                let change = Box::new(Change::Laid(laid));
                Self::UpdateObject { id, object: Sought::Found(object), change }
            }
            Self::DeleteObject { id, object: Sought::Unasked } => {
                let object = Sought::of(found::object(answer, &id)?);
                Self::DeleteObject { id, object }
            }
            Self::ListFields { object, table: Sought::Unasked } => {
                let table = Sought::of(found::object_id(answer, &object)?);
                Self::ListFields { object, table }
            }
            Self::GetField { id, field: Sought::Unasked } => {
                let field = Sought::of(found::field(answer, &id)?);
                Self::GetField { id, field }
            }
            Self::UpdateField { id, field: Sought::Unasked, change } => {
                let field = Sought::of(found::field(answer, &id)?);
                Self::UpdateField { id, field, change }
            }
            Self::UpdateField { id, field: Sought::Found(field), change } => {
                let Change::Asked(changes) = *change else { return None };
                let laid = found::changed_field(answer, &id, &field, changes)?;
                let change = Box::new(Change::Laid(laid));
                Self::UpdateField { id, field: Sought::Found(field), change }
            }
            Self::DeleteField { id, field: Sought::Unasked } => {
                let field = Sought::of(found::field(answer, &id)?);
                Self::DeleteField { id, field }
            }
            Self::FindObject(_)
            | Self::FindField { .. }
            | Self::OpenObject { .. }
            | Self::OpenField { .. }
            | Self::CreateObject { .. }
            | Self::UpdateObject { .. }
            | Self::DeleteObject { .. }
            | Self::ListFields { .. }
            | Self::GetField { .. }
            | Self::CreateField { .. }
            | Self::UpdateField { .. }
            | Self::DeleteField { .. } => return None,
        })
    }
}

/// Made by the org's own people or by a package, as its name says.
fn is_custom(object: &ObjectName) -> bool {
    object.as_str().to_ascii_lowercase().ends_with("__c")
}
