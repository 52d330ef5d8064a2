//! `deleteRecords`: several records go to the recycle bin.

use schemars::JsonSchema;
use serde::Deserialize;

use super::argument::IdArgument;
use super::{ArgumentError, Definition, Effect, Seals, Tag};
use crate::footprint::Action;
use crate::salesforce::Operation;
use crate::salesforce::collection::CollectionOperation;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct DeleteRecords {
    /// The records' ids, at most 200, of one object or of several.
    ids: Vec<IdArgument>,
    /// Carry out none where one fails. Without it, those that can be are.
    #[serde(default)]
    all_or_none: bool,
}

impl Definition for DeleteRecords {
    const NAME: &'static str = "deleteRecords";
    const UNIFIED: &'static str = "delete_many_salesforce_records";
    const TITLE: &'static str = "Delete records";
    const DESCRIPTION: &'static str = "Moves up to 200 records to the org's recycle bin in one request and says \
        of each whether it was deleted.";
    const ACTIONS: &'static [Action] = &[Action::Delete];
    const EFFECT: Effect = Effect::Overwrites;
    const TAG: Tag = Tag::Records;
    const EXAMPLE: &'static str = r#"{"ids":["00TDm0000000002MAA","00TDm0000000003MAA"]}"#;

    fn operation(self, _: &Seals<'_>) -> Result<Operation, ArgumentError> {
        Ok(Operation::Records(CollectionOperation::DeleteMany {
            all_or_none: self.all_or_none,
            ids: self.ids.into_iter().map(|id| id.0).collect(),
        }))
    }
}
