//! `createRecords`: several new records in one request.

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
pub(super) struct CreateRecords {
    /// API name of the object, where all records are of one; else each says its own in
    /// `attributes`.
    #[serde(default)]
    #[schemars(with = "ObjectArgument")]
    object: Option<ObjectArgument>,
    /// The records, at most 200: objects from field names to values, for example
    /// `[{"attributes": {"type": "Task"}, "Subject": "Call back"}]`.
    records: Records,
    /// Carry out none where one fails. Without it, those that can be are.
    #[serde(default)]
    all_or_none: bool,
}

impl Definition for CreateRecords {
    const NAME: &'static str = "createRecords";
    const UNIFIED: &'static str = "create_many_salesforce_records";
    const TITLE: &'static str = "Create records";
    const DESCRIPTION: &'static str = "Creates up to 200 records in one request and returns the id of each, or \
        why it was not made. Use createRecordTree for records with new children.";
    const ACTIONS: &'static [Action] = &[Action::Create];
    const EFFECT: Effect = Effect::Adds;
    const TAG: Tag = Tag::Records;
    const EXAMPLE: &'static str = r#"{"object":"Task","records":[{"Subject":"Call back","Status":"Not Started","Priority":"Normal"},{"Subject":"Send the offer","Status":"Not Started","Priority":"High"}]}"#;

    fn operation(self, _: &Seals<'_>) -> Result<Operation, ArgumentError> {
        let object = self.object.as_ref().map(|object| &object.0);
        read::create(self.all_or_none, object, &self.records.0, Rules::default())
            .map(Operation::Records)
            .map_err(ArgumentError::Records)
    }
}
