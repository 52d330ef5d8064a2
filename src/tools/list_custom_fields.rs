//! `listCustomFields`: the custom fields of an object.

use schemars::JsonSchema;
use serde::Deserialize;

use super::argument::ObjectArgument;
use super::{ArgumentError, Definition, Effect, Seals, Tag};
use crate::footprint::Action;
use crate::salesforce::Operation;
use crate::salesforce::metadata::{MetadataOperation, Sought};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ListCustomFields {
    /// API name of the object, for example `Account`.
    object: ObjectArgument,
}

impl Definition for ListCustomFields {
    const NAME: &'static str = "listCustomFields";
    const UNIFIED: &'static str = "list_all_salesforce_custom_fields";
    const TITLE: &'static str = "List custom fields";
    const DESCRIPTION: &'static str = "Lists the custom fields of one \
        object with their ids, which getCustomField, updateCustomField and deleteCustomField take.";
    const ACTIONS: &'static [Action] = &[Action::ReadMetadata];
    const EFFECT: Effect = Effect::Reads;
    const TAG: Tag = Tag::Metadata;
    const EXAMPLE: &'static str = r#"{"object":"Account"}"#;

    fn operation(self, _: &Seals<'_>) -> Result<Operation, ArgumentError> {
        let operation =
            MetadataOperation::ListFields { object: self.object.0, table: Sought::Unasked };
        Ok(Operation::Metadata(operation))
    }
}
