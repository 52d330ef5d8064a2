//! `updateCustomField`: a changed field.

use schemars::JsonSchema;
use serde::Deserialize;

use super::argument::IdArgument;
use super::{ArgumentError, Definition, Effect, Seals, Tag};
use crate::footprint::Action;
use crate::salesforce::Operation;
use crate::salesforce::metadata::{Change, FieldMembers, Members, MetadataOperation, Sought};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdateCustomField {
    /// The field's id, which starts with `00N`; listCustomFields tells it.
    id: IdArgument,
    /// What is changed, for example `{"label": "Sales region"}`.
    changes: Members<FieldMembers>,
}

impl Definition for UpdateCustomField {
    const NAME: &'static str = "updateCustomField";
    const UNIFIED: &'static str = "update_a_salesforce_custom_field_by_id";
    const TITLE: &'static str = "Update custom field";
    const DESCRIPTION: &'static str = "Changes how one custom field is \
        defined; what is not named stays as it is. Its name and type can't be changed, and formulas \
        not at all.";
    const ACTIONS: &'static [Action] = &[Action::UpdateMetadata];
    const EFFECT: Effect = Effect::Overwrites;
    const TAG: Tag = Tag::Metadata;
    const EXAMPLE: &'static str =
        r#"{"id":"00NDm000000000DMAQ","changes":{"label":"Sales region"}}"#;

    fn operation(self, _: &Seals<'_>) -> Result<Operation, ArgumentError> {
        let changes = self.changes.0.as_change().map_err(ArgumentError::Definition)?;
        Ok(Operation::Metadata(MetadataOperation::UpdateField {
            id: self.id.0,
            field: Sought::Unasked,
            change: Box::new(Change::Asked(changes)),
        }))
    }
}
