//! `updateRecords`: new values for fields of several records.

use schemars::JsonSchema;
use serde::Deserialize;

use super::argument::{ObjectArgument, Records};
use super::{ArgumentError, Definition, Effect, Seals, Tag};
use crate::footprint::Action;
use crate::salesforce::Operation;
use crate::salesforce::body::Rules;
use crate::salesforce::collection::read;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct UpdateRecords {
    /// API name of the object, where all records are of one; else each says its own in
    /// `attributes`.
    #[serde(default)]
    #[schemars(with = "ObjectArgument")]
    object: Option<ObjectArgument>,
    /// The records, at most 200: each its `id` and the fields to change, for example
    /// `[{"id": "00TDm0000000002MAA", "Status": "Completed"}]`.
    records: Records,
    /// Carry out none where one fails. Without it, those that can be are.
    #[serde(default)]
    all_or_none: bool,
}

impl Definition for UpdateRecords {
    const NAME: &'static str = "updateRecords";
    const UNIFIED: &'static str = "update_many_salesforce_records";
    const TITLE: &'static str = "Update records";
    const DESCRIPTION: &'static str = "Changes up to 200 records in one request and says of each whether it was \
        changed. Fields that are not named keep their values; null clears a field.";
    const ACTIONS: &'static [Action] = &[Action::Update];
    const EFFECT: Effect = Effect::Overwrites;
    const TAG: Tag = Tag::Records;
    const EXAMPLE: &'static str = r#"{"object":"Opportunity","records":[{"id":"006Dm0000000001IAA","StageName":"Negotiation/Review"},{"id":"006Dm0000000002IAA","StageName":"Negotiation/Review"}]}"#;

    fn operation(self, _: &Seals<'_>) -> Result<Operation, ArgumentError> {
        let object = self.object.as_ref().map(|object| &object.0);
        read::update(self.all_or_none, object, &self.records.0, Rules::default())
            .map(Operation::Records)
            .map_err(ArgumentError::Records)
    }
}
