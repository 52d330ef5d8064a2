//! `getCustomField`: the definition of one field.

use schemars::JsonSchema;
use serde::Deserialize;

use super::argument::IdArgument;
use super::{ArgumentError, Definition, Effect, Seals, Tag};
use crate::footprint::Action;
use crate::salesforce::Operation;
use crate::salesforce::metadata::{MetadataOperation, Sought};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GetCustomField {
    /// The field's id, which starts with `00N`; listCustomFields tells it.
    id: IdArgument,
}

impl Definition for GetCustomField {
    const NAME: &'static str = "getCustomField";
    const UNIFIED: &'static str = "get_single_salesforce_custom_field_by_id";
    const TITLE: &'static str = "Get custom field";
    const DESCRIPTION: &'static str = "Returns how one custom field is \
        defined. For the types of all fields of an object call describeObject.";
    const ACTIONS: &'static [Action] = &[Action::ReadMetadata];
    const EFFECT: Effect = Effect::Reads;
    const TAG: Tag = Tag::Metadata;
    const EXAMPLE: &'static str = r#"{"id":"00NDm0000000001MAA"}"#;

    fn operation(self, _: &Seals<'_>) -> Result<Operation, ArgumentError> {
        let operation = MetadataOperation::GetField { id: self.id.0, field: Sought::Unasked };
        Ok(Operation::Metadata(operation))
    }
}
