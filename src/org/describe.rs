//! The members of Salesforce's describe results that are used here; all others are ignored.
//!
//! Shapes: REST API Developer Guide, "sObject Describe".

use serde::Deserialize;

/// `{"apiVersion":"68.0","sobjects":[describe, …]}`: the form of an org-schema file.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SchemaFile {
    pub(super) api_version: String,
    pub(super) sobjects: Vec<DescribeResult>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DescribeResult {
    pub(super) name: String,
    pub(super) key_prefix: Option<String>,
    #[serde(default)]
    pub(super) custom: bool,
    #[serde(default)]
    pub(super) fields: Vec<DescribeField>,
    #[serde(default)]
    pub(super) child_relationships: Vec<DescribeChild>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DescribeField {
    pub(super) name: String,
    #[serde(default)]
    pub(super) r#type: String,
    #[serde(default)]
    pub(super) custom: bool,
    pub(super) relationship_name: Option<String>,
    #[serde(default)]
    pub(super) reference_to: Vec<String>,
    #[serde(default)]
    pub(super) polymorphic_foreign_key: bool,
    #[serde(default)]
    pub(super) name_pointing: bool,
    #[serde(default)]
    pub(super) name_field: bool,
    pub(super) compound_field_name: Option<String>,
    #[serde(default)]
    pub(super) external_id: bool,
    #[serde(default)]
    pub(super) id_lookup: bool,
    #[serde(default)]
    pub(super) calculated: bool,
    pub(super) calculated_formula: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DescribeChild {
    #[serde(rename = "childSObject")]
    pub(super) child_sobject: String,
    pub(super) field: String,
    pub(super) relationship_name: Option<String>,
}
