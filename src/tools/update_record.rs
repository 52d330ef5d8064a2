//! `updateRecord`: new values for fields of one record.

use schemars::JsonSchema;
use serde::Deserialize;

use super::argument::{IdArgument, ObjectArgument, Values};
use super::{ArgumentError, Definition, Effect, Seals, Tag};
use crate::footprint::Action;
use crate::salesforce::{Operation, RecordKey};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdateRecord {
    /// API name of the object, for example `Opportunity`.
    object: ObjectArgument,
    /// The record's id, 15 or 18 characters.
    id: IdArgument,
    /// The new values: an object from field names to text, numbers, booleans or null, for example
    /// `{"StageName": "Negotiation/Review"}`. Fields that are not named keep their values.
    fields: Values,
}

impl Definition for UpdateRecord {
    const NAME: &'static str = "updateRecord";
    const UNIFIED: &'static str = "update_a_salesforce_record_by_id";
    const TITLE: &'static str = "Update record";
    const DESCRIPTION: &'static str =
        "Changes the named fields of one record; null clears a field.";
    const ACTIONS: &'static [Action] = &[Action::Update];
    const EFFECT: Effect = Effect::Overwrites;
    const TAG: Tag = Tag::Records;
    const EXAMPLE: &'static str = r#"{"object":"Opportunity","id":"006Dm0000000001IAA","fields":{"StageName":"Negotiation/Review"}}"#;

    fn operation(self, _: &Seals<'_>) -> Result<Operation, ArgumentError> {
        Ok(Operation::UpdateRecord {
            object: self.object.0,
            key: RecordKey::Id(self.id.0),
            body: self.fields.0.into(),
        })
    }
}
