//! `getCurrentUser`: the Salesforce user that all agents act as.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{ArgumentError, Definition, Effect, Seals, Tag};
use crate::footprint::Action;
use crate::salesforce::Operation;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct GetCurrentUser {}

impl Definition for GetCurrentUser {
    const NAME: &'static str = "getCurrentUser";
    const UNIFIED: &'static str = "get_single_salesforce_current_user";
    const TITLE: &'static str = "Get current user";
    const DESCRIPTION: &'static str = "Returns id, name and locale of Fieldgate's Salesforce user, as far as you \
        may see them. All agents share that user; it owns what they create.";
    const ACTIONS: &'static [Action] = &[Action::Select];
    const EFFECT: Effect = Effect::Reads;
    const TAG: Tag = Tag::Org;
    const EXAMPLE: &'static str = r#"{}"#;

    fn operation(self, _: &Seals<'_>) -> Result<Operation, ArgumentError> {
        Ok(Operation::CurrentUser)
    }
}
