//! `getRelatedRecords`: the records that relationships lead to from one record.

use schemars::JsonSchema;
use serde::Deserialize;

use super::argument::{
    IdArgument, ObjectArgument, PathArgument, Relationships, fields_or_all, limit,
};
use super::{ArgumentError, Definition, Effect, Seals, Tag};
use crate::footprint::Action;
use crate::salesforce::Operation;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct GetRelatedRecords {
    /// API name of the object of the record to start from, for example `Account`.
    object: ObjectArgument,
    /// That record's id, 15 or 18 characters.
    id: IdArgument,
    /// The relationships to follow: parents, then perhaps one to children, for example
    /// `["Contacts"]` or `["Account", "Contacts"]`.
    path: Relationships,
    /// The fields to return of the records at the end, for example `["Name", "Email"]`.
    /// Left out, every field is read.
    #[serde(default)]
    #[schemars(with = "Vec<PathArgument>")]
    fields: Option<Vec<PathArgument>>,
    /// The most records to return; 50 where it is left out.
    #[serde(default)]
    #[schemars(with = "u32")]
    limit: Option<u32>,
}

impl Definition for GetRelatedRecords {
    const NAME: &'static str = "getRelatedRecords";
    const UNIFIED: &'static str = "list_all_salesforce_related_records";
    const TITLE: &'static str = "Get related records";
    const DESCRIPTION: &'static str = "Returns the children of a record, its parent, or the children of its \
        parent, without a query. describeObject names the relationships.";
    const ACTIONS: &'static [Action] = &[Action::Select];
    const EFFECT: Effect = Effect::Reads;
    const TAG: Tag = Tag::Records;
    const EXAMPLE: &'static str = r#"{"object":"Account","id":"001Dm0000000001IAA","path":["Contacts"],"fields":["Name","Title"]}"#;

    fn operation(self, _: &Seals<'_>) -> Result<Operation, ArgumentError> {
        if self.path.0.is_empty() {
            return Err(ArgumentError::Empty("path"));
        }
        Ok(Operation::GetRelated {
            object: self.object.0,
            id: self.id.0,
            path: self.path.0,
            fields: fields_or_all(self.fields)?,
            limit: limit(self.limit, 50, 2_000)?,
        })
    }
}
