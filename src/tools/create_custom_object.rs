//! `createCustomObject`: a new object.

use schemars::JsonSchema;
use serde::Deserialize;

use super::argument::CustomNameArgument;
use super::{ArgumentError, Definition, Effect, Seals, Tag};
use crate::footprint::Action;
use crate::salesforce::Operation;
use crate::salesforce::metadata::{Members, MetadataOperation, ObjectDefinition, ObjectMembers};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateCustomObject {
    /// Its API name, which ends in `__c`, for example `Invoice__c`.
    name: CustomNameArgument,
    /// What it is: label, pluralLabel and sharingModel at the least.
    definition: Members<ObjectMembers>,
}

impl Definition for CreateCustomObject {
    const NAME: &'static str = "createCustomObject";
    const UNIFIED: &'static str = "create_a_salesforce_custom_object";
    const TITLE: &'static str = "Create custom object";
    const DESCRIPTION: &'static str = "Makes a new object in the org \
        and returns its id. It has a name, an owner and the usual system fields; add others with \
        createCustomField.";
    const ACTIONS: &'static [Action] = &[Action::CreateMetadata];
    const EFFECT: Effect = Effect::Adds;
    const TAG: Tag = Tag::Metadata;
    const EXAMPLE: &'static str = r#"{"name":"Invoice__c","definition":{"label":"Invoice","pluralLabel":"Invoices","sharingModel":"Private","nameFormat":"INV-{0000}"}}"#;

    fn operation(self, _: &Seals<'_>) -> Result<Operation, ArgumentError> {
        let definition =
            ObjectDefinition::new(self.definition.0).map_err(ArgumentError::Definition)?;
        let definition = Box::new(definition);
        let operation = MetadataOperation::CreateObject { name: self.name.0, definition };
        Ok(Operation::Metadata(operation))
    }
}
