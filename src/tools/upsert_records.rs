//! `upsertRecords`: several records that an external id names are changed or made.

use schemars::JsonSchema;
use serde::Deserialize;

use super::argument::{FieldArgument, ObjectArgument, Records};
use super::{ArgumentError, Definition, Effect, Seals, Tag};
use crate::footprint::Action;
use crate::salesforce::Operation;
use crate::salesforce::body::Rules;
use crate::salesforce::collection::read;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct UpsertRecords {
    /// API name of the object of all records.
    object: ObjectArgument,
    /// API name of its external id field, for example `ExternalKey__c`.
    external_id_field: FieldArgument,
    /// The records, at most 200: each its external id and the fields to set, for example
    /// `[{"ExternalKey__c": "A-1", "Name": "Acme"}]`.
    records: Records,
    /// Carry out none where one fails. Without it, those that can be are.
    #[serde(default)]
    all_or_none: bool,
}

impl Definition for UpsertRecords {
    const NAME: &'static str = "upsertRecords";
    const UNIFIED: &'static str = "upsert_many_salesforce_records";
    const TITLE: &'static str = "Upsert records";
    const DESCRIPTION: &'static str = "Changes up to 200 records that are named by an external id, and makes \
        those that are not there yet. Says of each whether it was changed or created.";
    const ACTIONS: &'static [Action] = &[Action::Update];
    const EFFECT: Effect = Effect::Overwrites;
    const TAG: Tag = Tag::Records;
    const EXAMPLE: &'static str = r#"{"object":"Account","externalIdField":"ExternalKey__c","records":[{"ExternalKey__c":"A-1","Name":"Acme"}]}"#;

    fn operation(self, _: &Seals<'_>) -> Result<Operation, ArgumentError> {
        let (object, field) = (self.object.0, self.external_id_field.0);
        read::upsert(self.all_or_none, object, field, &self.records.0, Rules::default())
            .map(Operation::Records)
            .map_err(ArgumentError::Records)
    }
}
