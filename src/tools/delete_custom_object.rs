//! `deleteCustomObject`: an object goes, with its fields and records.

use schemars::JsonSchema;
use serde::Deserialize;

use super::argument::IdArgument;
use super::{ArgumentError, Definition, Effect, Seals, Tag};
use crate::footprint::Action;
use crate::salesforce::Operation;
use crate::salesforce::metadata::{MetadataOperation, Sought};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DeleteCustomObject {
    /// The object's id, which starts with `01I`; createCustomObject returns it.
    id: IdArgument,
}

impl Definition for DeleteCustomObject {
    const NAME: &'static str = "deleteCustomObject";
    const UNIFIED: &'static str = "delete_a_salesforce_custom_object_by_id";
    const TITLE: &'static str = "Delete custom object";
    const DESCRIPTION: &'static str = "Removes one custom object with \
        all its fields and all its records.";
    const ACTIONS: &'static [Action] = &[Action::DeleteMetadata];
    const EFFECT: Effect = Effect::Overwrites;
    const TAG: Tag = Tag::Metadata;
    const EXAMPLE: &'static str = r#"{"id":"01IDm000000000BMAQ"}"#;

    fn operation(self, _: &Seals<'_>) -> Result<Operation, ArgumentError> {
        let operation = MetadataOperation::DeleteObject { id: self.id.0, object: Sought::Unasked };
        Ok(Operation::Metadata(operation))
    }
}
