//! `getOrganizationLimits`: the org's limits and what is left of them.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{ArgumentError, Definition, Effect, Seals, Tag};
use crate::footprint::Action;
use crate::salesforce::Operation;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GetOrganizationLimits {}

impl Definition for GetOrganizationLimits {
    const NAME: &'static str = "getOrganizationLimits";
    const UNIFIED: &'static str = "list_all_salesforce_limits";
    const TITLE: &'static str = "Get organization limits";
    const DESCRIPTION: &'static str = "Returns the org's API limits and how much of each is left. \
        Call it before long work to see whether the org can bear it.";
    const ACTIONS: &'static [Action] = &[Action::ReadLimits];
    const EFFECT: Effect = Effect::Reads;
    const TAG: Tag = Tag::Org;
    const EXAMPLE: &'static str = "{}";

    fn operation(self, _: &Seals<'_>) -> Result<Operation, ArgumentError> {
        Ok(Operation::GetLimits)
    }
}
