//! `describeObject`: the fields and relationships of one object that the agent may know of.

use schemars::JsonSchema;
use serde::Deserialize;

use super::argument::ObjectArgument;
use super::{ArgumentError, Definition, Effect, Seals, Tag};
use crate::footprint::Action;
use crate::salesforce::Operation;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DescribeObject {
    /// API name of the object, for example `Account`.
    object: ObjectArgument,
}

impl Definition for DescribeObject {
    const NAME: &'static str = "describeObject";
    const UNIFIED: &'static str = "get_single_salesforce_object_describe_by_id";
    const TITLE: &'static str = "Describe object";
    const DESCRIPTION: &'static str = "Returns the fields and relationships of one object that you \
        may use: names, types, picklist values. Call it before you query or write an object that \
        you don't know.";
    const ACTIONS: &'static [Action] = &[Action::Describe];
    const EFFECT: Effect = Effect::Reads;
    const TAG: Tag = Tag::Metadata;
    const EXAMPLE: &'static str = r#"{"object":"Contact"}"#;

    fn operation(self, _: &Seals<'_>) -> Result<Operation, ArgumentError> {
        Ok(Operation::DescribeObject { object: self.object.0 })
    }
}
