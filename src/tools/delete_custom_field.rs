//! `deleteCustomField`: a field goes, with its values.

use schemars::JsonSchema;
use serde::Deserialize;

use super::argument::IdArgument;
use super::{ArgumentError, Definition, Effect, Seals, Tag};
use crate::footprint::Action;
use crate::salesforce::Operation;
use crate::salesforce::metadata::{MetadataOperation, Sought};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DeleteCustomField {
    /// The field's id, which starts with `00N`; listCustomFields tells it.
    id: IdArgument,
}

impl Definition for DeleteCustomField {
    const NAME: &'static str = "deleteCustomField";
    const UNIFIED: &'static str = "delete_a_salesforce_custom_field_by_id";
    const TITLE: &'static str = "Delete custom field";
    const DESCRIPTION: &'static str = "Removes one custom field with \
        the values that records have in it.";
    const ACTIONS: &'static [Action] = &[Action::DeleteMetadata];
    const EFFECT: Effect = Effect::Overwrites;
    const TAG: Tag = Tag::Metadata;
    const EXAMPLE: &'static str = r#"{"id":"00NDm000000000DMAQ"}"#;

    fn operation(self, _: &Seals<'_>) -> Result<Operation, ArgumentError> {
        let operation = MetadataOperation::DeleteField { id: self.id.0, field: Sought::Unasked };
        Ok(Operation::Metadata(operation))
    }
}
