//! `deleteRecord`: one record goes to the recycle bin.

use schemars::JsonSchema;
use serde::Deserialize;

use super::argument::{FieldArgument, IdArgument, ObjectArgument, key};
use super::{ArgumentError, Definition, Effect, Seals, Tag};
use crate::footprint::Action;
use crate::salesforce::Operation;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct DeleteRecord {
    /// API name of the object, for example `Task`.
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
}

impl Definition for DeleteRecord {
    const NAME: &'static str = "deleteRecord";
    const UNIFIED: &'static str = "delete_a_salesforce_record_by_id";
    const TITLE: &'static str = "Delete record";
    const DESCRIPTION: &'static str = "Moves one record to the org's recycle bin, named by its id or by the \
        value of an external id field.";
    const ACTIONS: &'static [Action] = &[Action::Delete];
    const EFFECT: Effect = Effect::Overwrites;
    const TAG: Tag = Tag::Records;
    const EXAMPLE: &'static str = r#"{"object":"Task","id":"00TDm0000000001MAA"}"#;

    fn operation(self, _: &Seals<'_>) -> Result<Operation, ArgumentError> {
        let key = key(self.id, self.external_id_field, self.external_id)?;
        Ok(Operation::DeleteRecord { object: self.object.0, key })
    }
}
