//! `listAllObjects`: the objects that the agent may describe.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{ArgumentError, Definition, Effect, Seals, Tag};
use crate::footprint::Action;
use crate::salesforce::Operation;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ListAllObjects {}

impl Definition for ListAllObjects {
    const NAME: &'static str = "listAllObjects";
    const UNIFIED: &'static str = "list_all_salesforce_objects";
    const TITLE: &'static str = "List all objects";
    const DESCRIPTION: &'static str = "Lists the Salesforce objects that you may use. Call it \
        first when you don't know an object's API name, then describeObject for its fields.";
    const ACTIONS: &'static [Action] = &[Action::ListObjects];
    const EFFECT: Effect = Effect::Reads;
    const TAG: Tag = Tag::Metadata;
    const EXAMPLE: &'static str = "{}";

    fn operation(self, _: &Seals<'_>) -> Result<Operation, ArgumentError> {
        Ok(Operation::ListObjects)
    }
}
