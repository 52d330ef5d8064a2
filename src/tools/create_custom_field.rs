//! `createCustomField`: a new field.

use schemars::JsonSchema;
use serde::Deserialize;

use super::argument::{CustomNameArgument, ObjectArgument};
use super::{ArgumentError, Definition, Effect, Seals, Tag};
use crate::footprint::Action;
use crate::salesforce::Operation;
use crate::salesforce::metadata::{FieldDefinition, FieldMembers, Members, MetadataOperation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateCustomField {
    /// API name of the object, for example `Account`.
    object: ObjectArgument,
    /// The field's API name, which ends in `__c`, for example `Region__c`.
    name: CustomNameArgument,
    /// What it is: label, type, and what fields of the type need.
    definition: Members<FieldMembers>,
}

impl Definition for CreateCustomField {
    const NAME: &'static str = "createCustomField";
    const UNIFIED: &'static str = "create_a_salesforce_custom_field";
    const TITLE: &'static str = "Create custom field";
    const DESCRIPTION: &'static str = "Adds a field to an object and \
        returns its id. Formulas, roll-ups, master-detail relationships and encrypted fields are not \
        made.";
    const ACTIONS: &'static [Action] = &[Action::CreateMetadata];
    const EFFECT: Effect = Effect::Adds;
    const TAG: Tag = Tag::Metadata;
    const EXAMPLE: &'static str = r#"{"object":"Invoice__c","name":"Region__c","definition":{"label":"Region","type":"Text","length":80}}"#;

    fn operation(self, _: &Seals<'_>) -> Result<Operation, ArgumentError> {
        let definition =
            FieldDefinition::new(self.definition.0).map_err(ArgumentError::Definition)?;
        Ok(Operation::Metadata(MetadataOperation::CreateField {
            object: self.object.0,
            name: self.name.0,
            definition: Box::new(definition),
        }))
    }
}
