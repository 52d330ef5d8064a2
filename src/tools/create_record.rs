//! `createRecord`: a new record.

use schemars::JsonSchema;
use serde::Deserialize;

use super::argument::{ObjectArgument, Values};
use super::{ArgumentError, Definition, Effect, Seals, Tag};
use crate::footprint::Action;
use crate::salesforce::Operation;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateRecord {
    /// API name of the object, for example `Task`.
    object: ObjectArgument,
    /// The record's values: an object from field names to text, numbers, booleans or null, for
    /// example `{"Subject": "Call back", "Status": "Not Started"}`.
    fields: Values,
}

impl Definition for CreateRecord {
    const NAME: &'static str = "createRecord";
    const UNIFIED: &'static str = "create_a_salesforce_record";
    const TITLE: &'static str = "Create record";
    const DESCRIPTION: &'static str = "Creates one record and returns its id. Call describeObject \
        first to learn which fields it needs.";
    const ACTIONS: &'static [Action] = &[Action::Create];
    const EFFECT: Effect = Effect::Adds;
    const TAG: Tag = Tag::Records;
    const EXAMPLE: &'static str = r#"{"object":"Task","fields":{"Subject":"Call back","Status":"Not Started","Priority":"Normal"}}"#;

    fn operation(self, _: &Seals<'_>) -> Result<Operation, ArgumentError> {
        let ObjectArgument(object) = self.object;
        let body = self.fields.of(&object)?;
        Ok(Operation::CreateRecord { object, body })
    }
}
