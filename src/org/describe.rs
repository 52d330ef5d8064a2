//! The members of Salesforce's describe results that are used here, and files of them.
//!
//! All other members are ignored, and left out of a snapshot: it is a file to be kept and compared.
//! How the org classifies a field stands beside describe's members, under the names that
//! `FieldDefinition` has for it. Shapes: REST API Developer Guide, "sObject Describe".

use serde::{Deserialize, Serialize};

use super::schema::{Object, Schema, SchemaError};
use crate::salesforce::ObjectName;
use crate::salesforce::rest::ApiVersion;

/// What is known of an org, before it is a [`Schema`]: the form of an org-schema file,
/// `{"apiVersion":"68.0","sobjects":[describe, …]}`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    api_version: String,
    /// The org was asked how it classifies its fields, and answered.
    #[serde(default)]
    classified: bool,
    sobjects: Vec<DescribeResult>,
}

impl Snapshot {
    /// A snapshot of these describes. `classified` says that [`Described::classify`] was told all
    /// that the org says.
    pub fn new(api_version: String, classified: bool, described: Vec<Described>) -> Self {
        let sobjects = described.into_iter().map(|Described(result)| result).collect();
        Self { api_version, classified, sobjects }
    }

    /// Reads an org-schema file. Members that are not used are ignored.
    pub fn from_json(bytes: &[u8]) -> Result<Self, SchemaError> {
        let snapshot: Self = serde_json::from_slice(bytes)?;
        match ApiVersion::parse(&snapshot.api_version) {
            Some(_) => Ok(snapshot),
            None => Err(SchemaError::Version),
        }
    }

    /// Writes an org-schema file: an object, a field or a relationship a line.
    pub fn write(&self, out: &mut impl std::io::Write) -> std::io::Result<()> {
        write!(out, "{{\"apiVersion\":{}", serde_json::to_string(&self.api_version)?)?;
        write!(out, ",\"classified\":{},\"sobjects\":[", self.classified)?;
        for (nth, object) in self.sobjects.iter().enumerate() {
            out.write_all(if nth == 0 { b"\n" } else { b",\n" })?;
            object.write(out)?;
        }
        out.write_all(b"\n]}\n")
    }

    /// The schema.
    pub fn schema(self) -> Result<Schema, SchemaError> {
        let objects = self.sobjects.into_iter().map(Object::read);
        Schema::new(self.api_version, self.classified, objects)
    }
}

/// One describe result.
#[derive(Debug)]
pub struct Described(DescribeResult);

impl Described {
    /// Reads one describe result as Salesforce gives it.
    pub fn from_json(bytes: &[u8]) -> Result<Self, SchemaError> {
        Ok(Self(serde_json::from_slice(bytes)?))
    }

    /// The name of what it describes.
    pub fn name(&self) -> Result<ObjectName, SchemaError> {
        Ok(ObjectName::parse(&self.0.name)?)
    }

    /// How many fields it describes.
    pub fn field_count(&self) -> usize {
        self.0.fields.len()
    }

    /// Notes how the org classifies a field; one that isn't described is passed over.
    pub fn classify(&mut self, field: &str, group: Option<String>, sensitivity: Option<String>) {
        let field = self.0.fields.iter_mut().find(|f| f.name.eq_ignore_ascii_case(field));
        if let Some(field) = field {
            field.compliance_group = group;
            field.security_classification = sensitivity;
        }
    }

    /// The object.
    pub fn object(self) -> Result<Object, SchemaError> {
        Object::read(self.0)
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DescribeResult {
    pub(super) name: String,
    #[serde(default)]
    pub(super) label: String,
    pub(super) key_prefix: Option<String>,
    #[serde(default)]
    pub(super) custom: bool,
    #[serde(default)]
    pub(super) fields: Vec<DescribeField>,
    #[serde(default)]
    pub(super) child_relationships: Vec<DescribeChild>,
}

impl DescribeResult {
    fn write(&self, out: &mut impl std::io::Write) -> std::io::Result<()> {
        write!(out, "{{\"name\":{}", serde_json::to_string(&self.name)?)?;
        if let Some(prefix) = &self.key_prefix {
            write!(out, ",\"keyPrefix\":{}", serde_json::to_string(prefix)?)?;
        }
        write!(out, ",\"custom\":{}", self.custom)?;
        lines(out, "fields", &self.fields)?;
        lines(out, "childRelationships", &self.child_relationships)?;
        out.write_all(b"}")
    }
}

fn lines<T: Serialize>(
    out: &mut impl std::io::Write,
    name: &str,
    values: &[T],
) -> std::io::Result<()> {
    write!(out, ",\"{name}\":[")?;
    for (nth, value) in values.iter().enumerate() {
        out.write_all(if nth == 0 { b"\n  " } else { b",\n  " })?;
        serde_json::to_writer(&mut *out, value)?;
    }
    out.write_all(b"]")
}

/// Members that say no more than their absence are left out of a snapshot.
fn is_false(value: &bool) -> bool {
    !*value
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DescribeField {
    pub(super) name: String,
    #[serde(default)]
    pub(super) r#type: String,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) custom: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) relationship_name: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) reference_to: Vec<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) polymorphic_foreign_key: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) name_pointing: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) name_field: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) compound_field_name: Option<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) external_id: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) id_lookup: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) unique: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) calculated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) calculated_formula: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) compliance_group: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) security_classification: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DescribeChild {
    #[serde(rename = "childSObject")]
    pub(super) child_sobject: String,
    pub(super) field: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) relationship_name: Option<String>,
}
