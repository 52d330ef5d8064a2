//! `updateRecord`: new values for fields of one record, which an external id may make.

use schemars::JsonSchema;
use serde::Deserialize;

use super::argument::{FieldArgument, IdArgument, ObjectArgument, Values, key};
use super::{ArgumentError, Definition, Effect, Seals, Tag};
use crate::footprint::Action;
use crate::salesforce::{Operation, RecordKey};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct UpdateRecord {
    /// API name of the object, for example `Opportunity`.
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
    /// The new values: an object from field names to text, numbers, booleans or null, for example
    /// `{"StageName": "Negotiation/Review"}`; a lookup may be set by an external id of the parent.
    /// Fields that are not named keep their values.
    fields: Values,
    /// With an external id: make no new record where there is none yet.
    #[serde(default)]
    update_only: bool,
}

impl Definition for UpdateRecord {
    const NAME: &'static str = "updateRecord";
    const UNIFIED: &'static str = "update_a_salesforce_record_by_id";
    const TITLE: &'static str = "Update record";
    const DESCRIPTION: &'static str = "Changes the named fields of one record; null clears a field. With an \
        external id instead of an id it is an upsert: where no record has that value, a \
        new one is made with it, unless `updateOnly` is true.";
    const ACTIONS: &'static [Action] = &[Action::Update];
    const EFFECT: Effect = Effect::Overwrites;
    const TAG: Tag = Tag::Records;
    const EXAMPLE: &'static str = r#"{"object":"Opportunity","id":"006Dm0000000001IAA","fields":{"StageName":"Negotiation/Review"}}"#;

    fn operation(self, _: &Seals<'_>) -> Result<Operation, ArgumentError> {
        let Self { object, id, external_id_field, external_id, fields, update_only } = self;
        let object = object.0;
        let body = fields.of(&object)?;
        Ok(match key(id, external_id_field, external_id)? {
            RecordKey::External(key) => Operation::UpsertRecord { object, key, body, update_only },
            key @ (RecordKey::Id(_) | RecordKey::Reference(_)) => {
                Operation::UpdateRecord { object, key, body }
            }
        })
    }
}
