//! `updateCustomObject`: a changed object.

use schemars::JsonSchema;
use serde::Deserialize;

use super::argument::IdArgument;
use super::{ArgumentError, Definition, Effect, Seals, Tag};
use crate::footprint::Action;
use crate::salesforce::Operation;
use crate::salesforce::metadata::{Change, Members, MetadataOperation, ObjectMembers, Sought};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdateCustomObject {
    /// The object's id, which starts with `01I`; createCustomObject returns it.
    id: IdArgument,
    /// What is changed, for example `{"label": "Bill"}`.
    changes: Members<ObjectMembers>,
}

impl Definition for UpdateCustomObject {
    const NAME: &'static str = "updateCustomObject";
    const UNIFIED: &'static str = "update_a_salesforce_custom_object_by_id";
    const TITLE: &'static str = "Update custom object";
    const DESCRIPTION: &'static str = "Changes what the org says of \
        one of its custom objects; what is not named stays as it is.";
    const ACTIONS: &'static [Action] = &[Action::UpdateMetadata];
    const EFFECT: Effect = Effect::Overwrites;
    const TAG: Tag = Tag::Metadata;
    const EXAMPLE: &'static str =
        r#"{"id":"01IDm000000000BMAQ","changes":{"description":"What customers owe"}}"#;

    fn operation(self, _: &Seals<'_>) -> Result<Operation, ArgumentError> {
        let changes = self.changes.0.as_change().map_err(ArgumentError::Definition)?;
        Ok(Operation::Metadata(MetadataOperation::UpdateObject {
            id: self.id.0,
            object: Sought::Unasked,
            change: Box::new(Change::Asked(changes)),
        }))
    }
}
