//! `deleteRecord`: one record goes to the recycle bin.

use schemars::JsonSchema;
use serde::Deserialize;

use super::argument::{IdArgument, ObjectArgument};
use super::{ArgumentError, Definition, Effect, Seals, Tag};
use crate::footprint::Action;
use crate::salesforce::{Operation, RecordKey};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DeleteRecord {
    /// API name of the object, for example `Task`.
    object: ObjectArgument,
    /// The record's id, 15 or 18 characters.
    id: IdArgument,
}

impl Definition for DeleteRecord {
    const NAME: &'static str = "deleteRecord";
    const UNIFIED: &'static str = "delete_a_salesforce_record_by_id";
    const TITLE: &'static str = "Delete record";
    const DESCRIPTION: &'static str = "Moves one record to the org's recycle bin.";
    const ACTIONS: &'static [Action] = &[Action::Delete];
    const EFFECT: Effect = Effect::Overwrites;
    const TAG: Tag = Tag::Records;
    const EXAMPLE: &'static str = r#"{"object":"Task","id":"00TDm0000000001MAA"}"#;

    fn operation(self, _: &Seals<'_>) -> Result<Operation, ArgumentError> {
        Ok(Operation::DeleteRecord { object: self.object.0, key: RecordKey::Id(self.id.0) })
    }
}
