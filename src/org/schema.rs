//! Objects and fields by name, built once from describe results and then only read.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::by_name::{ByName, Named};
use super::copies::Copies;
use super::describe::{DescribeChild, DescribeField, DescribeResult, Snapshot};
use super::formula::{self, FormulaError, FormulaReference};
use crate::salesforce::{FieldName, NameError, ObjectName, RelationshipName};

/// An org schema that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// Not JSON, or not of the form of an org schema or a describe result.
    #[error("not an org schema: expected {{\"apiVersion\":\"68.0\",\"sobjects\":[describe, …]}}")]
    Json(#[from] serde_json::Error),
    /// A name in it is not an API name.
    #[error("an object, field or relationship of the org schema has no usable name")]
    Name(#[from] NameError),
    /// The same object stands in it twice.
    #[error("the org schema describes `{0}` twice")]
    Twice(ObjectName),
    /// Two fields of an object differ only in case.
    #[error("the describe of `{0}` has `{1}` twice")]
    FieldTwice(ObjectName, FieldName),
    /// Two lookups of an object have the same relationship name.
    #[error("the describe of `{0}` has two relationships `{1}`")]
    RelationshipTwice(ObjectName, RelationshipName),
    /// Not a version such as `68.0`.
    #[error("the org schema's `apiVersion` is not a version that can be used; write 68.0")]
    Version,
    /// There is no object in it.
    #[error("the org schema describes no object")]
    Empty,
}

/// The schema of one org.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    api_version: String,
    classified: bool,
    objects: ByName<Arc<Object>>,
}

/// An object (an sObject type).
#[derive(Debug)]
pub struct Object {
    /// Its API name in describe's spelling.
    pub name: ObjectName,
    /// The first three characters of its records' ids, where it has any.
    pub key_prefix: Option<String>,
    /// Made by the org's own people.
    pub custom: bool,
    fields: ByName<Field>,
    name_field: Option<FieldName>,
    parents: ByName<Parent>,
    children: ByName<Child>,
}

/// A relationship to a parent.
#[derive(Debug)]
struct Parent {
    relationship: RelationshipName,
    /// The place of its lookup among the object's fields.
    lookup: usize,
}

/// A field of an object.
#[derive(Debug)]
pub struct Field {
    /// Its API name in describe's spelling.
    pub name: FieldName,
    /// Describe's `type`, for example `string` or `reference`.
    pub kind: String,
    /// Made by the org's own people.
    pub custom: bool,
    /// The name of the relationship to its parents, for a lookup.
    pub relationship: Option<RelationshipName>,
    /// The objects that a lookup can point to.
    pub reference_to: Vec<ObjectName>,
    /// Whether a path through the lookup reads whichever object it points to.
    pub polymorphic: bool,
    /// The fields that a compound field (a name, an address, a geolocation) is made of.
    pub components: Vec<FieldName>,
    /// Whether people know a record by it.
    pub name_field: bool,
    /// Whether records can be named by its values (`externalId` or `idLookup`).
    pub identifies: bool,
    /// Whether the org refuses a value that another record has. An external id counts as such,
    /// since not every snapshot says it.
    pub unique: bool,
    /// Computed by the org: a formula or a roll-up summary.
    pub calculated: bool,
    /// What a formula's text names; `None` where the org shows no formula (as for roll-ups).
    pub formula: Option<Result<Vec<FormulaReference>, FormulaError>>,
    /// What it shows of other fields without a formula.
    pub copies: Copies,
    /// The org's compliance categories for it (`ComplianceGroup`), for example `PII`.
    pub compliance: Vec<String>,
    /// The org's sensitivity level for it (`SecurityClassification`), for example `Confidential`.
    pub sensitivity: Option<String>,
}

/// A child relationship: the other side of a child's lookup.
#[derive(Debug)]
pub struct Child {
    /// Its name in describe's spelling.
    pub relationship: RelationshipName,
    /// The object of the children.
    pub object: ObjectName,
    /// The children's lookup field.
    pub field: FieldName,
}

impl Schema {
    /// Reads `{"apiVersion":"68.0","sobjects":[…]}`, each element a describe result as Salesforce
    /// gives it. Members that are not used are ignored.
    pub fn from_json(bytes: &[u8]) -> Result<Self, SchemaError> {
        Snapshot::from_json(bytes)?.schema()
    }

    /// Puts objects together into a schema.
    pub(super) fn new(
        api_version: String,
        classified: bool,
        objects: impl IntoIterator<Item = Result<Object, SchemaError>>,
    ) -> Result<Self, SchemaError> {
        let objects = objects.into_iter().map(|object| object.map(Arc::new));
        let objects: Vec<_> = objects.collect::<Result<_, _>>()?;
        if objects.is_empty() {
            return Err(SchemaError::Empty);
        }
        let twice = |object: Arc<Object>| SchemaError::Twice(object.name.clone());
        Ok(Self { api_version, classified, objects: ByName::new(objects).map_err(twice)? })
    }

    /// The same schema with these objects in the place of what they were, and without one.
    pub fn with(
        &self,
        described: Vec<Object>,
        gone: Option<&ObjectName>,
    ) -> Result<Self, SchemaError> {
        let described: Vec<_> = described.into_iter().map(Arc::new).collect();
        let anew = |name: &ObjectName| described.iter().any(|object| object.name == *name);
        let kept = self.objects().filter(|old| gone != Some(&old.name) && !anew(&old.name));
        let objects = kept.cloned().chain(described.iter().cloned()).collect();
        let twice = |object: Arc<Object>| SchemaError::Twice(object.name.clone());
        let objects = ByName::new(objects).map_err(twice)?;
        Ok(Self { objects, api_version: self.api_version.clone(), classified: self.classified })
    }

    /// Whether the org said how it classifies its fields. Where it didn't, none of them is
    /// classified here, which says nothing of the org.
    pub fn classified(&self) -> bool {
        self.classified
    }

    /// The API version that the describes were read at, for example `68.0`.
    pub fn api_version(&self) -> &str {
        &self.api_version
    }

    /// The object of that name.
    pub fn object(&self, name: &ObjectName) -> Option<&Arc<Object>> {
        self.object_named(name.as_str())
    }

    /// The object of that name, if it is the name of one.
    pub fn object_named(&self, name: &str) -> Option<&Arc<Object>> {
        self.objects.get(name)
    }

    /// All objects, in the order of their names.
    pub fn objects(&self) -> impl Iterator<Item = &Arc<Object>> {
        self.objects.iter()
    }
}

impl Object {
    pub(super) fn read(describe: DescribeResult) -> Result<Self, SchemaError> {
        let name = ObjectName::parse(&describe.name)?;
        let components = components(&describe.fields)?;
        let fields = describe.fields.into_iter();
        let fields = fields.map(|field| Field::read(&name, field, &components));
        let fields: Vec<_> = fields.collect::<Result<_, _>>()?;
        let name_field = fields.iter().rfind(|field| field.name_field).map(|f| f.name.clone());
        let fields = match ByName::new(fields) {
            Ok(fields) => fields,
            Err(twice) => return Err(SchemaError::FieldTwice(name, twice.name)),
        };
        let parents = match ByName::new(parents(&fields)) {
            Ok(parents) => parents,
            Err(twice) => return Err(SchemaError::RelationshipTwice(name, twice.relationship)),
        };
        Ok(Self {
            key_prefix: describe.key_prefix,
            custom: describe.custom,
            fields,
            name_field,
            parents,
            children: children(describe.child_relationships)?,
            name,
        })
    }

    /// The field of that name.
    pub fn field(&self, name: &FieldName) -> Option<&Field> {
        self.field_named(name.as_str())
    }

    /// The field of that name, if it is the name of one.
    pub fn field_named(&self, name: &str) -> Option<&Field> {
        self.fields.get(name)
    }

    /// The field that people know a record by: `Name`, or for example `CaseNumber` of Case.
    pub fn name_field(&self) -> Option<&Field> {
        self.name_field.as_ref().and_then(|name| self.field(name))
    }

    /// The place of the field of that name among [`Self::fields`].
    pub fn place_of(&self, name: &FieldName) -> Option<usize> {
        self.fields.place_of(name.as_str())
    }

    /// All fields, in the order of their names.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter()
    }

    /// The lookup field behind a relationship to a parent, for example `OwnerId` for `Owner`.
    pub fn parent(&self, relationship: &RelationshipName) -> Option<&Field> {
        self.parent_named(relationship.as_str())
    }

    /// The lookup field behind a relationship of that name, if it is the name of one.
    pub fn parent_named(&self, relationship: &str) -> Option<&Field> {
        self.fields.at(self.parents.get(relationship)?.lookup)
    }

    /// The names of the relationships to parents.
    pub fn parents(&self) -> impl Iterator<Item = &RelationshipName> {
        self.parents.iter().map(|parent| &parent.relationship)
    }

    /// The child relationship of that name, for example `Contacts` of `Account`.
    pub fn child(&self, relationship: &RelationshipName) -> Option<&Child> {
        self.child_named(relationship.as_str())
    }

    /// The child relationship of that name, if it is the name of one.
    pub fn child_named(&self, relationship: &str) -> Option<&Child> {
        self.children.get(relationship)
    }

    /// All child relationships, in the order of their names.
    pub fn children(&self) -> impl Iterator<Item = &Child> {
        self.children.iter()
    }
}

/// The relationships of an object's lookups.
fn parents(fields: &ByName<Field>) -> Vec<Parent> {
    let lookups = fields.iter().enumerate();
    lookups
        .filter_map(|(lookup, field)| {
            field.relationship.clone().map(|relationship| Parent { relationship, lookup })
        })
        .collect()
}

/// An object's child relationships. A name that leads to two places is no name: a query that uses
/// it is refused.
fn children(described: Vec<DescribeChild>) -> Result<ByName<Child>, SchemaError> {
    let mut children: BTreeMap<RelationshipName, Option<Child>> = BTreeMap::new();
    for child in described {
        if let Some(child) = Child::read(child)? {
            children
                .entry(child.relationship.clone())
                .and_modify(|ambiguous| *ambiguous = None)
                .or_insert(Some(child));
        }
    }
    let unambiguous = children.into_values().flatten().collect();
    Ok(ByName::new(unambiguous).unwrap_or_default())
}

/// Compound field → its parts, from the parts' `compoundFieldName`.
fn components(
    fields: &[DescribeField],
) -> Result<BTreeMap<FieldName, Vec<FieldName>>, SchemaError> {
    let mut components: BTreeMap<FieldName, Vec<FieldName>> = BTreeMap::new();
    for field in fields {
        if let Some(compound) = &field.compound_field_name {
            let compound = FieldName::parse(compound)?;
            let part = FieldName::parse(&field.name)?;
            if compound != part {
                components.entry(compound).or_default().push(part);
            }
        }
    }
    Ok(components)
}

impl Field {
    /// Whether nobody knows what it shows: the org computes it and hides from what, or in a formula
    /// that can't be read, or it holds values of any other field, as a history does.
    pub fn is_opaque(&self) -> bool {
        let hidden = self.calculated && !matches!(self.formula, Some(Ok(_)));
        hidden || self.copies == Copies::Unknown
    }

    fn read(
        object: &ObjectName,
        describe: DescribeField,
        components: &BTreeMap<FieldName, Vec<FieldName>>,
    ) -> Result<Self, SchemaError> {
        let name = FieldName::parse(&describe.name)?;
        let formula = describe.calculated_formula.filter(|text| !text.trim().is_empty());
        let reference_to: Vec<_> =
            describe.reference_to.iter().map(|n| ObjectName::parse(n)).collect::<Result<_, _>>()?;
        Ok(Self {
            kind: describe.r#type,
            custom: describe.custom,
            relationship: describe
                .relationship_name
                .map(|n| RelationshipName::parse(&n))
                .transpose()?,
            polymorphic: reference_to.len() > 1
                || describe.polymorphic_foreign_key
                || describe.name_pointing,
            reference_to,
            components: components.get(&name).cloned().unwrap_or_default(),
            name_field: describe.name_field,
            identifies: describe.external_id || describe.id_lookup,
            unique: describe.unique || describe.external_id,
            calculated: describe.calculated || formula.is_some(),
            formula: formula.map(|text| formula::references(&text)),
            copies: Copies::of(object, &name),
            compliance: compliance(describe.compliance_group.as_deref()),
            sensitivity: describe.security_classification.filter(|text| !text.trim().is_empty()),
            name,
        })
    }
}

/// The values of a multi-select picklist.
fn compliance(group: Option<&str>) -> Vec<String> {
    let values = group.unwrap_or_default().split(';').map(str::trim);
    values.filter(|value| !value.is_empty()).map(str::to_owned).collect()
}

impl Child {
    /// `None` for the many child relationships without a name, which no query can walk.
    fn read(describe: DescribeChild) -> Result<Option<Self>, SchemaError> {
        let Some(relationship) = describe.relationship_name else { return Ok(None) };
        Ok(Some(Self {
            relationship: RelationshipName::parse(&relationship)?,
            object: ObjectName::parse(&describe.child_sobject)?,
            field: FieldName::parse(&describe.field)?,
        }))
    }
}

impl Named for Arc<Object> {
    fn name(&self) -> &str {
        self.name.as_str()
    }
}
impl Named for Field {
    fn name(&self) -> &str {
        self.name.as_str()
    }
}
impl Named for Parent {
    fn name(&self) -> &str {
        self.relationship.as_str()
    }
}
impl Named for Child {
    fn name(&self) -> &str {
        self.relationship.as_str()
    }
}
