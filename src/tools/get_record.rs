//! `getRecord`: chosen fields of one record.

use schemars::JsonSchema;
use serde::Deserialize;

use super::argument::{
    FieldArgument, IdArgument, ObjectArgument, PathArgument, fields_or_all, key,
};
use super::{ArgumentError, Definition, Effect, Seals, Tag};
use crate::footprint::Action;
use crate::salesforce::Operation;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct GetRecord {
    /// API name of the object, for example `Account`.
    object: ObjectArgument,
    /// The record's id, 15 or 18 characters. Leave it out where you give an external id.
    #[serde(default)]
    #[schemars(with = "IdArgument")]
    id: Option<IdArgument>,
    /// API name of an external id field of the object, for example `ExternalKey__c`.
    #[serde(default)]
    #[schemars(with = "FieldArgument")]
    external_id_field: Option<FieldArgument>,
    /// The value of that field in the record.
    #[serde(default)]
    #[schemars(with = "String")]
    external_id: Option<String>,
    /// The fields to return, for example `["Name", "Owner.Name"]`. Name those that you need: left
    /// out, every field is read, and one that you may not read refuses the call.
    #[serde(default)]
    #[schemars(with = "Vec<PathArgument>")]
    fields: Option<Vec<PathArgument>>,
}

impl Definition for GetRecord {
    const NAME: &'static str = "getRecord";
    const UNIFIED: &'static str = "get_single_salesforce_record_by_id";
    const TITLE: &'static str = "Get record";
    const DESCRIPTION: &'static str = "Returns chosen fields of one record by its id, or by the value of an \
        external id field. Use executeQuery to find records by their values.";
    const ACTIONS: &'static [Action] = &[Action::Select];
    const EFFECT: Effect = Effect::Reads;
    const TAG: Tag = Tag::Records;
    const EXAMPLE: &'static str =
        r#"{"object":"Account","id":"001Dm0000000001IAA","fields":["Name"]}"#;

    fn operation(self, _: &Seals<'_>) -> Result<Operation, ArgumentError> {
        Ok(Operation::GetRecord {
            object: self.object.0,
            key: key(self.id, self.external_id_field, self.external_id)?,
            fields: fields_or_all(self.fields)?,
        })
    }
}
